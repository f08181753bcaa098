//===- CountExecutions.h - How often blocks are executed --------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_CODEGEN_LLVM_COUNTEXECUTIONS_H
#define EKE_CODEGEN_LLVM_COUNTEXECUTIONS_H

#include "llvm/ADT/StringMap.h"
#include "llvm/IR/Module.h"
#include "llvm/Target/TargetMachine.h"

#include <map>
#include <optional>

namespace mlir::eke {

/// The pipeline whose label this text is, or nothing: "eke.call.NAME.NUMBER:".
std::optional<llvm::StringRef> getPipelineLabel(llvm::StringRef assembly);

/// How often a block is executed, by the pipeline under way: code behind the label of a
/// pipeline's call is that pipeline's, up to the next label. In front of all labels, the
/// pipeline has no name.
using Executions = std::map<std::string, double>;

/// Names every block of `module`, so that it is known again behind a back end.
void nameBlocks(llvm::Module &module);

/// Has the block a name of `nameBlocks`?
bool isNamedBlock(const llvm::BasicBlock &block);

/// Counts executions of the blocks in each of `entries`, by name, for one call of the entry.
/// `module`, whose functions `nameBlocks` has been through, is used up: all that an entry calls
/// is put into it, where extents of dimensions, which callers store and kernels load, are
/// constants, and so are the trip counts of loops.
llvm::SmallVector<llvm::StringMap<Executions>>
countExecutions(llvm::Module &module, llvm::ArrayRef<llvm::Function *> entries,
                llvm::TargetMachine &machine);

} // namespace mlir::eke

#endif // EKE_CODEGEN_LLVM_COUNTEXECUTIONS_H
