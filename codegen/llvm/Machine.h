//===- Machine.h - LLVM IR to machine code ----------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_CODEGEN_LLVM_MACHINE_H
#define EKE_CODEGEN_LLVM_MACHINE_H

#include "codegen/llvm/StackUse.h"
#include "dialects/eke/EkeDialect.h"

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/Error.h"
#include "llvm/Target/TargetMachine.h"

namespace mlir::eke {

/// On a function of the runtime: it is for every CPU of the architecture, since it
/// runs before the program knows which one it is on.
inline constexpr llvm::StringLiteral kAnyCpuAttr = "eke-any-cpu";

/// Makes LLVM know the back ends that Eke uses.
void initializeBackEnds();

/// Creates LLVM's back end for `target`. Its code runs wherever it is loaded, unless there is
/// no system to load it.
llvm::Expected<std::unique_ptr<llvm::TargetMachine>>
createMachine(TargetAttr target);

/// Sets the triple and data layout of `module`, and makes every function that
/// it defines a function that throws nothing and is for this very CPU, or has
/// `kAnyCpuAttr`.
void retarget(llvm::Module &module, const llvm::TargetMachine &machine);

/// Gives every definition internal linkage but those that `isPublic` accepts.
void internalize(llvm::Module &module,
                 llvm::function_ref<bool(const llvm::GlobalValue &)> isPublic);

/// How many bytes ahead code should ask for weights: 0 if the image's `imageBytes`
/// stay in the target's last cache, or if its caches need no such help.
int64_t getPrefetchDistance(TargetAttr target, int64_t imageBytes);

/// Reports code that LLVM's verifier refuses: `whose` says where it comes from.
llvm::Error verify(const llvm::Module &module, llvm::StringRef whose);

/// Runs LLVM's O3 pipeline, without unrolling: schedules decide on that. See
/// PrefetchStreamsPass for `prefetchDistance`; 0 is no prefetch. Fails if one of our
/// rewrites, or all passes together, leave code that is not valid.
llvm::Error optimize(llvm::Module &module, llvm::TargetMachine &machine,
                     int64_t prefetchDistance);

/// Writes `module`, which is altered on the way, as object file or assembly. Adds the frames
/// of its functions to `frames`, if that is not null.
llvm::Error emitMachineCode(llvm::Module &module, llvm::TargetMachine &machine,
                            llvm::CodeGenFileType type,
                            llvm::raw_pwrite_stream &os,
                            StackFrames *frames = nullptr);

} // namespace mlir::eke

#endif // EKE_CODEGEN_LLVM_MACHINE_H
