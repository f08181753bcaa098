//===- Generator.h - The way in which a program generates -------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef EKE_RUNTIME_PROGRAMS_GENERATOR_H
#define EKE_RUNTIME_PROGRAMS_GENERATOR_H

#include "runtime/programs/EarlyExit.h"
#include "runtime/programs/LanguageOptions.h"
#include "runtime/programs/Programs.h"
#include "runtime/programs/PromptCache.h"
#include "runtime/programs/Speculation.h"

namespace eke::rt {

/// Continues texts, plainly, with drafts or with early exits, and counts what that takes.
/// It reserves all it needs when it is made.
class Generator {
public:
  Generator(Session &session, const LanguageRequest &request,
            const InstructionCounter &counter);

  /// Continues the sequence of the session by some tokens, and then by what the model
  /// makes of them; `text` are all its tokens, of which these are the last.
  GenerateResult run(const int32_t *text, int64_t textSize, int64_t newSize,
                     TokenSink sink);

  /// Tokens that had been read before.
  int64_t cached = 0;

  /// Writes what all runs together took.
  void addMembers(JsonObject &json) const;

private:
  Session &session;
  const LanguageRequest &request;
  const InstructionCounter &counter;
  Sampler sampler;
  EarlyExit exit;
  DraftMemory draftMemory;
  SpeculationResult speculation;
  GenerateResult total;
};

} // namespace eke::rt

#endif // EKE_RUNTIME_PROGRAMS_GENERATOR_H
