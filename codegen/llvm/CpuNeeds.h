//===- CpuNeeds.h - What code needs of a CPU --------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_CODEGEN_LLVM_CPUNEEDS_H
#define EKE_CODEGEN_LLVM_CPUNEEDS_H

#include "runtime/include/eke/program.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/IR/Module.h"
#include "llvm/Target/TargetMachine.h"

namespace mlir::eke {

/// The extensions that code for `machine` may use beyond the base of its
/// architecture, in the order in which a program can ask for them.
llvm::SmallVector<eke_cpu_feature>
listCpuNeeds(const llvm::TargetMachine &machine);

/// Defines the `eke_program_needs` that a main declares, if it does.
void emitCpuNeeds(llvm::Module &module, llvm::StringRef target,
                  llvm::ArrayRef<eke_cpu_feature> needs);

} // namespace mlir::eke

#endif // EKE_CODEGEN_LLVM_CPUNEEDS_H
