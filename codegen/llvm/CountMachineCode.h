//===- CountMachineCode.h - Instructions of machine functions ---*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_CODEGEN_LLVM_COUNTMACHINECODE_H
#define EKE_CODEGEN_LLVM_COUNTMACHINECODE_H

#include "dialects/eke/Traffic.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/Error.h"
#include "llvm/Target/TargetMachine.h"

namespace mlir::eke {

/// What a call of a function executes, without what it calls.
struct FunctionCounts {
  std::array<double, kInstructionKinds> counts = {};
  /// How often it calls which function.
  llvm::MapVector<const llvm::Function *, double> calls;
};

/// Tells LLVM how often the loops of `module` run, where that is a constant: as weights
/// of the branches that leave them.
void weighLoops(llvm::Module &module, llvm::TargetMachine &machine);

/// Generates code for `module`, and counts it by function.
llvm::Expected<llvm::MapVector<const llvm::Function *, FunctionCounts>>
countMachineCode(llvm::Module &module, llvm::TargetMachine &machine);

} // namespace mlir::eke

#endif // EKE_CODEGEN_LLVM_COUNTMACHINECODE_H
