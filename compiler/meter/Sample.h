//===- Sample.h - The time that kernels take --------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Runs a program for this machine natively, without emulator, again and again: in
// turns undisturbed, which gives the time per step, and stopped some thousand
// times a second, which gives the share of every pipeline.
//
//   time of a pipeline = time per step * samples in it / samples of the phase
//
// A step is a token or a call of an entry.
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_METER_SAMPLE_H
#define EKE_COMPILER_METER_SAMPLE_H

#include "compiler/meter/Workload.h"

namespace mlir::eke::profile {

struct SampleOptions {
  unsigned threads = 1;
  /// How long to go on. One run of each kind is made in any case.
  double seconds = 3;
};

/// A pipeline of the model and its kernel; or no pipeline, and a function outside
/// of kernels.
struct SamplePlace {
  std::string pipeline, symbol;
  bool operator<(const SamplePlace &other) const {
    return std::tie(pipeline, symbol) < std::tie(other.pipeline, other.symbol);
  }
};

/// The samples of the prompt, or of the steps behind it.
struct SampledPhase {
  /// By the clock, in runs that nobody disturbed: their median.
  double secondsPerStep = 0;
  uint64_t samples = 0;
  std::map<SamplePlace, uint64_t> places;

  /// The time per step of so many samples.
  double getSeconds(uint64_t count) const {
    return samples == 0 ? 0 : secondsPerStep * double(count) / double(samples);
  }
  /// The time per step of a kernel, for all pipelines together that it runs for.
  double getKernelSeconds(llvm::StringRef symbol) const;
};

struct Samples {
  /// Of a call, there is no `prefill`.
  SampledPhase prefill, repeated;
  unsigned threads = 1;
  /// Runs of either kind.
  uint64_t runs = 0;
};

/// Whether programs for `triple` can be sampled on this machine.
bool canSample(const llvm::Triple &triple);

/// Samples a program. What is counted is the time that passes on its first
/// thread, which waits for the others in the kernels they help with.
llvm::Expected<Samples> sample(const CompiledProgram &program,
                               const Workload &workload,
                               const SampleOptions &options);

} // namespace mlir::eke::profile

#endif // EKE_COMPILER_METER_SAMPLE_H
