//===- CountMachineCode.h - What machine functions execute ------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_CODEGEN_LLVM_COUNTMACHINECODE_H
#define EKE_CODEGEN_LLVM_COUNTMACHINECODE_H

#include "codegen/llvm/CycleModel.h"

#include "dialects/eke/Traffic.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/Error.h"
#include "llvm/Target/TargetMachine.h"

#include <map>

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

/// What an execution of a block takes for one pipeline.
struct PartCounts {
  /// How often it gets to the pipeline's label.
  double times = 0;
  CodeCounts own;
};

/// The code of blocks by their names (see `nameBlocks`), and in each by pipeline. Without a
/// name: it is that of the caller.
using MachineCounts =
    llvm::StringMap<std::map<std::string, std::unique_ptr<PartCounts>>>;

/// Generates code for `module`, as for a program, and counts it. Without `model` there are no
/// cycles.
llvm::Expected<MachineCounts> countMachineCode(llvm::Module &module,
                                               llvm::TargetMachine &machine,
                                               const CycleModel *model);

} // namespace mlir::eke

#endif // EKE_CODEGEN_LLVM_COUNTMACHINECODE_H
