//===- CallStack.h - Which pipeline a stack belongs to ----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   older   | return address into the runtime |
//           | the entry's own data            |
//           | return address into the entry   |  <- behind the call of a kernel
//   younger | what the kernel left there …    |
//
// Programs hold no tables to unwind kernels with, and need none: the oldest
// return address into an entry is that of the call which is under way. Older than
// it is the entry's own data, which holds none; addresses that earlier calls have
// left behind are younger.
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_METER_CALLSTACK_H
#define EKE_COMPILER_METER_CALLSTACK_H

#include "compiler/meter/Trace.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"

namespace mlir::eke::profile {

/// The calls that entries make, and functions of the model that they call.
class CallStack {
public:
  /// A call, by the functions it is from and goes to; `site` is the index of the
  /// call site if that is a kernel.
  struct Call {
    uint64_t caller = 0, callee = 0; // 0: not known
    std::optional<size_t> site;
  };

  CallStack() = default;
  CallStack(const CompiledProgram &program, const Decoder &decoder,
            llvm::ArrayRef<CallSite> sites);

  /// A call that returns to `next`.
  void add(uint64_t next, const Call &call);

  /// The call site under way, or nothing if the entry at address `entry` is
  /// between calls of kernels. `words` is the stack up to that entry, the youngest
  /// first; the instruction pointer is in the function at `function`.
  std::optional<size_t> findSite(llvm::ArrayRef<uint64_t> words, uint64_t entry,
                                 uint64_t function) const;

private:
  llvm::DenseMap<uint64_t, Call> calls;
  llvm::DenseSet<uint64_t> callers, kernels;
};

} // namespace mlir::eke::profile

#endif // EKE_COMPILER_METER_CALLSTACK_H
