//===- Profile.h - Counts by layer, kernel and phase ------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_PROFILE_PROFILE_H
#define EKE_COMPILER_PROFILE_PROFILE_H

#include "compiler/profile/Cycles.h"
#include "compiler/profile/Trace.h"

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
};

/// A part of the run.
struct Phase {
  llvm::StringRef name;
  uint64_t tokens = 0;
  /// Most instructions first.
  std::vector<Row> rows;
  Counts total;
};

struct Profile {
  std::string path, model, hash, target, weightsFormat, emulator, cpuModel;
  Phase start, prefill, decode, end;
  /// The position of each decoded token, and its instructions.
  std::vector<std::pair<uint64_t, uint64_t>> steps;
};

/// Adds up what a trace says. `model` may be null.
Profile summarize(const Program &program, const Decoder &decoder,
                  llvm::ArrayRef<CallSite> sites, const Trace &trace,
                  const CycleModel *model);

} // namespace mlir::eke::profile

#endif // EKE_COMPILER_PROFILE_PROFILE_H
