//===- CountMachineCode.h - What machine functions execute ------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_CODEGEN_LLVM_COUNTMACHINECODE_H
#define EKE_CODEGEN_LLVM_COUNTMACHINECODE_H

#include "codegen/llvm/CycleModel.h"

#include "dialects/eke/Traffic.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/Error.h"
#include "llvm/Target/TargetMachine.h"

namespace mlir::eke {

/// What code executes: instructions by `InstructionKind`, and the cycles that a model
/// of the CPU estimates for them.
struct CodeCounts {
  std::array<double, kInstructionKinds> instructions = {};
  double cycles = 0;

  void add(const CodeCounts &other, double times = 1);
  /// Instructions of all kinds.
  double sum() const;
};

/// What a call of a function executes for one pipeline.
struct PartCounts {
  /// How often it gets there.
  double times = 0;
  /// Without what is called.
  CodeCounts own;
  /// How often which function is called.
  llvm::MapVector<const llvm::Function *, double> calls;
};

/// The parts of a function by the names of pipelines: code behind the label of a
/// pipeline's call is that pipeline's, up to the next one. The part without a name is in
/// front of all labels.
using FunctionCounts =
    llvm::MapVector<llvm::StringRef, std::unique_ptr<PartCounts>>;

/// Tells LLVM how often the loops of `module` run, where that is a constant: as weights
/// of the branches that leave them.
void weighLoops(llvm::Module &module, llvm::TargetMachine &machine);

/// Generates code for `module`, and counts it by function. Without `model` there are no
/// cycles. Names of pipelines live as long as `module`.
llvm::Expected<llvm::MapVector<const llvm::Function *, FunctionCounts>>
countMachineCode(llvm::Module &module, llvm::TargetMachine &machine,
                 const CycleModel *model);

} // namespace mlir::eke

#endif // EKE_CODEGEN_LLVM_COUNTMACHINECODE_H
