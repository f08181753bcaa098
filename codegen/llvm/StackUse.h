//===- StackUse.h - The most stack that code takes --------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_CODEGEN_LLVM_STACKUSE_H
#define EKE_CODEGEN_LLVM_STACKUSE_H

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Pass.h"

#include <set>
#include <string>
#include <vector>

namespace mlir::eke {

/// What a machine function takes of the stack, and what it calls.
struct StackFrame {
  uint64_t bytes = 0;
  /// By symbol.
  std::set<std::string> callees;
  /// Does it call by an address, or take more stack than is known when compiled?
  bool callsAddress = false, isDynamic = false;
};

/// The frames of a module's functions by symbol.
using StackFrames = llvm::StringMap<StackFrame>;

/// A pass that records the frames of functions once their code is final.
llvm::Pass *createStackFramesPass(StackFrames &frames);

/// The most stack that a call of a function takes, with all that it calls.
struct StackUse {
  uint64_t bytes = 0;
  /// What is not in it: functions of other objects, functions that call by an address, that
  /// call themselves, or whose frames have no fixed size. Sorted.
  std::vector<std::string> outside, byAddress, recursive, dynamic;

  /// "1024 bytes, and what memcpy takes"; of functions that `bytes` leaves out otherwise, why.
  std::string describe() const;
};

StackUse findStackUse(const StackFrames &frames, llvm::StringRef function);

} // namespace mlir::eke

#endif // EKE_CODEGEN_LLVM_STACKUSE_H
