//===- Programs.h - The command lines of compiled models --------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef EKE_RUNTIME_PROGRAMS_PROGRAMS_H
#define EKE_RUNTIME_PROGRAMS_PROGRAMS_H

#include "runtime/programs/Json.h"
#include "runtime/programs/Session.h"

namespace eke::rt {

/// Generates or scores text.
int runLanguage(const eke_model &model, int argc, char **argv);

/// Makes vectors of texts.
int runEncoder(const eke_model &model, int argc, char **argv);

/// Runs one entry on tensors from files; for any model.
int runTensors(const eke_model &model, int argc, char **argv);

/// Where the statistics go, and what was known before the run.
class Statistics {
public:
  /// `path` is null when nobody asked. Opens the file, so that one that cannot
  /// be written is found before the work. Call it before threads start.
  explicit Statistics(const char *path);

  InstructionCounter counter;

  /// Writes the members every program has; the caller adds its own through
  /// `addMembers` first.
  void write(const eke_model &model, int64_t threads,
             void (*addMembers)(JsonObject &json, const void *ctx),
             const void *ctx) const;

  /// Whether the statistics follow the output on the same stream.
  bool areOnStdout() const { return fd == 1; }

private:
  const char *path;
  int fd = -1;
  MemoryStatus memory;
};

/// Adds an inner object with tokens, seconds and instructions.
void addUsage(JsonObject &json, const char *key, const Usage &usage);

} // namespace eke::rt

#endif // EKE_RUNTIME_PROGRAMS_PROGRAMS_H
