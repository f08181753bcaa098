//===- Workload.h - What a measured program does ----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_METER_WORKLOAD_H
#define EKE_COMPILER_METER_WORKLOAD_H

#include "compiler/meter/CompiledProgram.h"
#include "compiler/support/TemporaryFolder.h"

namespace mlir::eke::profile {

/// What a command line may say about it.
struct WorkloadOptions {
  /// The entry to call, as NAME or NAME/ROWS; empty: a language model decodes, of
  /// another model the only entry is called.
  std::string entry;
  /// Files with the inputs of that entry, in order; none: they are made up.
  std::vector<std::string> inputs;
  /// How many tokens to decode, behind how many others; or how often to call.
  uint64_t tokens = 8, promptTokens = 16, calls = 8;
};

/// What a program does while it is measured: step by step, it decodes tokens behind a
/// prompt, or calls one entry.
class Workload {
public:
  /// Fails if the program cannot do it. `program` outlives the result.
  static llvm::Expected<Workload> create(const CompiledProgram &program,
                                         const WorkloadOptions &options);

  /// The entry that is called; null if tokens are decoded.
  const Entry *getEntry() const { return entry; }
  /// What a step is: "token" or "call".
  llvm::StringRef getUnit() const { return entry ? "call" : "token"; }
  uint64_t getSteps() const { return steps; }
  /// The tokens that come before the steps.
  uint64_t getPromptTokens() const { return promptTokens; }

  /// The arguments by which the program does so many steps. Outputs of an entry go
  /// nowhere or, if some are named, into these files.
  std::vector<std::string>
  getArguments(uint64_t steps, llvm::ArrayRef<std::string> outputs = {}) const;

private:
  explicit Workload(TemporaryFolder folder) : folder(std::move(folder)) {}
  llvm::Error prepareText(const CompiledProgram &program);
  llvm::Error prepareCall(const CompiledProgram &program,
                          const WorkloadOptions &options);

  /// Holds the prompt or the inputs.
  TemporaryFolder folder;
  const Entry *entry = nullptr;
  uint64_t steps = 0, promptTokens = 0;
  /// What all runs have in common.
  std::vector<std::string> arguments;
};

} // namespace mlir::eke::profile

#endif // EKE_COMPILER_METER_WORKLOAD_H
