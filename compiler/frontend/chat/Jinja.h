//===- Jinja.h - Templates in the language Jinja --------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   text --JinjaTokens--> tokens --JinjaParser--> tree --JinjaInterpreter--> text
//
// The part of Jinja 3 that chat templates use, configured as transformers does. What is
// left out is an error that names it: templates that include others, recursive loops.
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_FRONTEND_CHAT_JINJA_H
#define EKE_COMPILER_FRONTEND_CHAT_JINJA_H

#include "compiler/frontend/chat/Date.h"
#include "compiler/frontend/chat/JinjaTree.h"

namespace mlir::eke::jinja {

/// What a template may take, whatever it says.
inline constexpr size_t kMostTemplateBytes = 1 << 20;
inline constexpr size_t kMostSteps = 1 << 18;
inline constexpr size_t kMostOutputBytes = 1 << 22;

/// The function by which templates ask for today's date.
inline constexpr llvm::StringLiteral kDateFunction = "strftime_now";

class Template {
public:
  /// Errors begin with "line N: ".
  static llvm::Expected<Template> parse(llvm::StringRef source);

  /// What the template gives for these variables. It fails, as with an error of its own
  /// (`raise_exception`), where Jinja does. `today` is what transformers' `strftime_now`
  /// prints; without it there is no such function.
  llvm::Expected<std::string>
  render(const Dict &variables,
         const std::optional<Date> &today = std::nullopt) const;

private:
  explicit Template(Body body) : body(std::move(body)) {}

  Body body;
};

} // namespace mlir::eke::jinja

#endif // EKE_COMPILER_FRONTEND_CHAT_JINJA_H
