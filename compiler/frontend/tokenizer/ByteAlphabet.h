//===- ByteAlphabet.h - GPT-2's letters for bytes -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_FRONTEND_TOKENIZER_BYTEALPHABET_H
#define EKE_COMPILER_FRONTEND_TOKENIZER_BYTEALPHABET_H

#include "compiler/frontend/tokenizer/Unicode.h"

#include <array>

namespace mlir::eke {

/// The character that stands for each byte in byte-level vocabularies.
/// Printable bytes stand for themselves, the others for U+0100 and up.
class ByteAlphabet {
public:
  ByteAlphabet() {
    bytes.fill(-1);
    int next = 256;
    for (int byte = 0; byte < 256; ++byte) {
      bool isPrintable =
          (byte >= 33 && byte <= 126) || (byte >= 161 && byte != 173);
      bytes[isPrintable ? byte : next++] = byte;
    }
  }

  /// The bytes that `text` stands for, or nothing if it is not of the alphabet.
  std::optional<std::string> decode(llvm::StringRef text) const {
    std::string decoded;
    for (uint32_t code : unicode::decode(text)) {
      if (code >= bytes.size() || bytes[code] < 0)
        return std::nullopt;
      decoded.push_back(char(bytes[code]));
    }
    return decoded;
  }

private:
  std::array<int, 324> bytes;
};

} // namespace mlir::eke

#endif // EKE_COMPILER_FRONTEND_TOKENIZER_BYTEALPHABET_H
