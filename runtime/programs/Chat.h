//===- Chat.h - Talking with a model ----------------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef EKE_RUNTIME_PROGRAMS_CHAT_H
#define EKE_RUNTIME_PROGRAMS_CHAT_H

#include "runtime/programs/LanguageOptions.h"

namespace eke::rt {

/// Answers one message, or the lines of standard input, as the request says.
void runChat(const Program &program, const Tokenizer &tokenizer,
             LanguageRequest &request, StopTexts &stops);

} // namespace eke::rt

#endif // EKE_RUNTIME_PROGRAMS_CHAT_H
