//===- Profile.h - Counts by layer, kernel and phase ------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_METER_PROFILE_H
#define EKE_COMPILER_METER_PROFILE_H

#include "codegen/llvm/CycleModel.h"
#include "compiler/meter/Decoder.h"
#include "compiler/meter/Sample.h"
#include "compiler/meter/Trace.h"

namespace mlir::eke::profile {

/// What ran, all of it counted.
struct Counts {
  uint64_t instructions = 0;
  std::array<uint64_t, classCount> classes = {};
  Bytes bytes = {};
  /// An estimate, 0 without a model.
  double cycles = 0;

  void add(const Counts &other);
};

/// What ran for one pipeline of the model, in its kernel and what that calls;
/// or else in one function outside of kernels, which has no pipeline.
struct Row {
  std::string layer, pipeline, symbol;
  uint64_t calls = 0;
  Counts counts;
  /// What of the phase's `SampledPhase` was here.
  uint64_t samples = 0;
};

/// A part of the run.
struct RunPhase {
  llvm::StringRef name;
  /// Its tokens or calls; 0 if it has none.
  uint64_t steps = 0;
  /// Most instructions first.
  std::vector<Row> rows;
  Counts total;
  /// What each level of the profile's caches fetched and wrote back.
  std::vector<Bytes> transfers;
  /// What each memory of a board served.
  std::vector<Bytes> memories;
  /// Without samples if none were taken.
  SampledPhase sampled;
};

struct Profile {
  std::string path, model, hash, target, weightsFormat, emulator, cpuModel;
  /// The entry that was called, as NAME/ROWS; empty if tokens were decoded.
  std::string entry;
  /// What repeats: the tokens that are decoded, or the calls.
  RunPhase repeated;
  /// What comes before; of a call, no `prefill`.
  RunPhase start, prefill;
  RunPhase end;
  /// The caches that were simulated, if any were.
  CacheLevels caches;
  /// The memories of the board, by name; none of a program for a system.
  std::vector<std::string> memories;
  /// The instructions of each step.
  std::vector<uint64_t> steps;
  /// How often it ran to be sampled, and on how many threads.
  uint64_t sampledRuns = 0;
  unsigned sampledThreads = 0;

  /// What a step is: "token" or "call".
  llvm::StringRef getUnit() const { return entry.empty() ? "token" : "call"; }
};

/// Adds up what a trace of `workload` says. `model` may be null.
Profile summarize(const CompiledProgram &program, const Workload &workload,
                  const Decoder &decoder, llvm::ArrayRef<CallSite> sites,
                  const Trace &trace, const CycleModel *model);

/// Says in each row what was sampled there.
void addSamples(Profile &profile, const Samples &samples);

} // namespace mlir::eke::profile

#endif // EKE_COMPILER_METER_PROFILE_H
