//===- JinjaTokens.h - A template as tokens -------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_FRONTEND_CHAT_JINJATOKENS_H
#define EKE_COMPILER_FRONTEND_CHAT_JINJATOKENS_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace mlir::eke::jinja {

struct Token {
  enum class Kind {
    Data,       ///< text outside of brackets
    BeginPrint, ///< {{
    EndPrint,   ///< }}
    BeginBlock, ///< {%
    EndBlock,   ///< %}
    Name,
    Text, ///< a string, without quotes and escapes
    Integer,
    Real,
    Operator,
    End
  };
  Kind kind;
  std::string text;
  unsigned line;

  bool is(Kind wanted, llvm::StringRef what) const {
    return kind == wanted && text == what;
  }
};

/// The error of a template: "line N: what".
llvm::Error errorAt(unsigned line, const llvm::Twine &what);

/// Cuts a template at its brackets as transformers configures Jinja: a newline behind a
/// block is left out (trim_blocks), as is white space in front of one that starts a line
/// (lstrip_blocks), and the template's last newline. Comments are left out, raw blocks
/// are data.
llvm::Expected<std::vector<Token>> tokenize(llvm::StringRef source);

} // namespace mlir::eke::jinja

#endif // EKE_COMPILER_FRONTEND_CHAT_JINJATOKENS_H
