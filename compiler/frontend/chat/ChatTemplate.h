//===- ChatTemplate.h - Where a model says how chats look -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_FRONTEND_CHAT_CHATTEMPLATE_H
#define EKE_COMPILER_FRONTEND_CHAT_CHATTEMPLATE_H

#include "compiler/frontend/Model.h"

namespace mlir::eke {

/// Adds to a description the form of conversations that its tokenizer's files give: the
/// template in a GGUF file, or chat_template.jinja or tokenizer_config.json beside the
/// tokenizer. Of a template whose form cannot be derived it warns. A template that
/// `options` name stands in place of these.
llvm::Error addChat(const ChatOptions &options, ModelDescription &description);

/// The same by the template that `options` name; one that cannot be taken is an error.
llvm::Error setChat(const ChatOptions &options, ModelDescription &description);

} // namespace mlir::eke

#endif // EKE_COMPILER_FRONTEND_CHAT_CHATTEMPLATE_H
