//===- CountInstructions.h - Static counts of an entry's code ---*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What one call of an entry executes on one thread, without running it: of each block
// of machine code, as it is in the program, the number of its instructions, times how often
// it is executed. The latter follows from the trip counts of loops in a copy, which are
// constants once kernels are in the entries that call them and the position is one; a branch
// that depends on data is taken as often as LLVM thinks.
//
//===----------------------------------------------------------------------===//

#ifndef EKE_CODEGEN_LLVM_COUNTINSTRUCTIONS_H
#define EKE_CODEGEN_LLVM_COUNTINSTRUCTIONS_H

#include "codegen/llvm/CountMachineCode.h"
#include "codegen/llvm/Translate.h"

#include "dialects/eke/EkeDialect.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"

namespace mlir::eke {

/// What a call of an entry executes for one pipeline.
struct PipelineCounts {
  /// That of its `kernel_name`, as labels spell it.
  std::string name;
  /// How often the pipeline runs.
  double times = 0;
  CodeCounts code;
};

struct InstructionCounts {
  /// The entry.
  std::string name;
  int64_t rows = 1;
  /// By name. Without one: what is outside of all.
  std::vector<PipelineCounts> pipelines;

  CodeCounts getTotal() const;
};

/// Counts for each entry of `module`, which is in the LLVM dialect. A scalar argument
/// called `position` is `position`, others are the most that they may be. There are no
/// cycles if the target names no `cycle_cpu`.
llvm::Expected<std::vector<InstructionCounts>>
countInstructions(ModuleOp module, ArrayRef<KernelCode> kernels,
                  int64_t position);

} // namespace mlir::eke

#endif // EKE_CODEGEN_LLVM_COUNTINSTRUCTIONS_H
