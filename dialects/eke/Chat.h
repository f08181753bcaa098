//===- Chat.h - What a conversation looks like ------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   eke.chat = {start = "<user>", after_user = "<model>", after_assistant = "</s><user>"}
//
// on the module of a language model: the texts between the messages of a conversation, and
// in front of the first. With `before_system` and `after_system`, a system message and
// these may stand in place of `start`. `trims_user` and `trims_system` say that messages
// lose the white space at their ends, and `date` which day the texts call today's.
//
//===----------------------------------------------------------------------===//

#ifndef EKE_DIALECTS_EKE_CHAT_H
#define EKE_DIALECTS_EKE_CHAT_H

#include "mlir/IR/BuiltinAttributes.h"

#include <optional>
#include <string>

namespace mlir::eke {

inline constexpr llvm::StringLiteral kChatAttr = "eke.chat";

/// The contents of `eke.chat`.
struct ChatForm {
  std::string start, afterUser, afterAssistant;
  /// Before and behind a system message, if there may be one.
  std::optional<std::pair<std::string, std::string>> aroundSystem = {};
  bool trimsUser = false, trimsSystem = false;
  /// The day that the texts call today's; empty if they name none.
  std::string date = {};
};

Attribute getChatAttr(MLIRContext *context, const ChatForm &form);

/// Nothing if the attribute is not what `getChatAttr` makes.
std::optional<ChatForm> readChatAttr(Attribute attr);

} // namespace mlir::eke

#endif // EKE_DIALECTS_EKE_CHAT_H
