//===- DeriveChat.h - From a chat template to what stands between messages ===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A template is a program that prints a whole conversation. A compiled model wants to
// read only what is new, and has no Jinja. So the template is tried on conversations of
// markers, and what it prints between them is kept; then it is compared, on others, with
// what that gives.
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_FRONTEND_CHAT_DERIVECHAT_H
#define EKE_COMPILER_FRONTEND_CHAT_DERIVECHAT_H

#include "compiler/frontend/chat/Date.h"
#include "compiler/frontend/chat/JinjaValue.h"
#include "compiler/frontend/model.pb.h"

#include "llvm/Support/Error.h"

namespace mlir::eke {

/// Derives the form of conversations from a template. `tokens` are what it knows besides
/// the messages: texts of special tokens, such as `eos_token`; `today` is the day that it
/// prints if it asks for one. Fails, with the reason, if the template does not put the same
/// texts between all messages.
llvm::Expected<::eke::proto::Chat>
deriveChat(llvm::StringRef source, const jinja::Dict &tokens,
           const std::optional<Date> &today = std::nullopt);

} // namespace mlir::eke

#endif // EKE_COMPILER_FRONTEND_CHAT_DERIVECHAT_H
