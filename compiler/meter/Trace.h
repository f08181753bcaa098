//===- Trace.h - Runs a program and reads what was counted ------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_METER_TRACE_H
#define EKE_COMPILER_METER_TRACE_H

#include "compiler/meter/CacheLevels.h"
#include "compiler/meter/Decoder.h"
#include "compiler/meter/Launcher.h"
#include "compiler/meter/Regions.h"
#include "compiler/meter/Workload.h"

namespace mlir::eke::profile {

/// Where the program calls the kernel of a pipeline.
struct CallSite {
  std::string pipeline, kernel;
  uint64_t call = 0, next = 0; // addresses of the call and behind it
};

/// The calls behind the program's labels.
llvm::Expected<std::vector<CallSite>>
findCallSites(const CompiledProgram &program, const Decoder &decoder);

/// What ran in one place: in the call of a kernel, or outside of all.
struct Cell {
  /// How often each block ran, by its address and number of instructions.
  std::map<std::pair<uint64_t, uint64_t>, uint64_t> blocks;
  /// What each instruction read and wrote.
  std::map<uint64_t, Bytes> accesses;
  uint64_t calls = 0;

  void add(const Cell &other);
};

/// What ran in a part of the run, by the index of the call site; `outside` is
/// what ran outside of all kernels.
struct TraceSection {
  std::vector<Cell> sites;
  Cell outside;
  /// Of each level of caches that is simulated, the bytes of the lines that it fetched
  /// and wrote back.
  std::vector<Bytes> transfers;
  /// What was accessed in each of the program's memories.
  std::vector<Bytes> memories;

  void add(const TraceSection &other);
};

/// One run of a program, from its start to its end.
struct Trace {
  /// Up to the first call of the trunk, or of the entry that is called.
  TraceSection start;
  /// The prompt, up to the first token that was generated from it.
  TraceSection prefill;
  uint64_t prefillTokens = 0;
  /// One per token: from a call of the trunk to the next one; or one per call.
  std::vector<TraceSection> steps;
  /// The last step, and the end of the program.
  TraceSection end;
};

/// Runs the program in an emulator and counts; says why if it does not do all steps.
/// `compiler` is the path of the running compiler.
llvm::Expected<Trace>
runProgram(const CompiledProgram &program, llvm::ArrayRef<CallSite> sites,
           llvm::ArrayRef<CacheLevel> caches, const Workload &workload,
           const Launcher &launcher, llvm::StringRef compiler);

} // namespace mlir::eke::profile

#endif // EKE_COMPILER_METER_TRACE_H
