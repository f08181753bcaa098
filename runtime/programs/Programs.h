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
int runLanguage(const Program &program, int argc, char **argv);

/// Runs one entry on tensors from files; for any model.
int runTensors(const Program &program, int argc, char **argv);

/// Creates the threads `--threads` asks for, or fails.
void startThreads(int64_t threads);

/// Prints what --version says.
int printVersion(const eke_model &model);

/// Where the statistics go, and what was known before the run.
class Statistics {
public:
  /// `path` is null when nobody asked. Opens the file, so that one that cannot
  /// be written is found before the work. Call it before threads start.
  explicit Statistics(const char *path);

  InstructionCounter counter;

  /// Writes the members every program has; the caller adds its own through
  /// `addMembers` first.
  void write(const Program &program, int64_t threads,
             void (*addMembers)(JsonObject &json, const void *ctx),
             const void *ctx) const;

  /// Whether the statistics follow the output on the same stream.
  bool areOnStdout() const { return fd == 1; }

private:
  const char *path;
  int fd = -1;
  uint64_t rssAtStart;
};

/// Adds an inner object with tokens, seconds and instructions.
void addUsage(JsonObject &json, const char *key, const Usage &usage);

} // namespace eke::rt

#endif // EKE_RUNTIME_PROGRAMS_PROGRAMS_H
