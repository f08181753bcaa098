//===- Digest.cpp - What stands for texts ---------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/support/Digest.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/BLAKE3.h"

std::string mlir::eke::digest(llvm::ArrayRef<llvm::StringRef> texts) {
  llvm::BLAKE3 hash;
  for (llvm::StringRef text : texts) {
    uint64_t size = text.size();
    hash.update(llvm::ArrayRef(reinterpret_cast<uint8_t *>(&size), 8));
    hash.update(text);
  }
  return llvm::toHex(hash.final<16>(), /*LowerCase=*/true);
}
