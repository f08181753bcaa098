//===- Chat.cpp - Chat templates, attacked --------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/frontend/chat/DeriveChat.h"
#include "test/fuzz/readers/Reader.h"

namespace mlir::eke::test {

void attack(llvm::StringRef input) {
  jinja::Dict tokens;
  tokens.set("bos_token", jinja::Value::textOf("<s>"));
  tokens.set("eos_token", jinja::Value::textOf("</s>"));
  auto chat = deriveChat(input, tokens, Date::parse("2025-06-30"));
  if (!accepts(chat))
    return;
  require(!chat->after_user().empty() && !chat->after_assistant().empty(),
          "a form of chats has texts between messages");
}

} // namespace mlir::eke::test
