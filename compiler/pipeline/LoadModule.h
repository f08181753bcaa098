//===- LoadModule.h - From what the user names to a module ------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_PIPELINE_LOADMODULE_H
#define EKE_COMPILER_PIPELINE_LOADMODULE_H

#include "compiler/pipeline/ExitOptions.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/Error.h"

#include <vector>

namespace mlir::eke {

/// The folder from which relative file names in a module are seen; written into
/// modules so that a dump compiles from wherever it lies.
inline constexpr llvm::StringLiteral kRootAttr = "eke.root";
/// The tokenizer.json of a language model, seen from the root.
inline constexpr llvm::StringLiteral kTokenizerAttr = "eke.tokenizer";
/// A digest of what the model says, apart from where its files lie; what the
/// phases and their readers change in it leaves it the same model.
inline constexpr llvm::StringLiteral kSourceAttr = "eke.source";
/// The last phase that a module has been through.
inline constexpr llvm::StringLiteral kPhaseAttr = "eke.phase";

/// Is `path` a module, and not the description of a model?
inline bool isModuleFile(StringRef path) { return path.ends_with(".mlir"); }

/// What a command line may say about a language model that is not yet a module.
struct ModelOptions {
  /// The row count of the widest trunk.
  uint32_t rows = 16;
  /// Where it may stop, in place of what its description says; see
  /// ExitOptions.h.
  ExitOptions exits;
};

/// Reads a Hugging Face directory, a directory with a model.textproto, a
/// .textproto file, or an .mlir file of any phase before `llvm`. The result has
/// the attributes above. Null after a diagnostic.
OwningOpRef<ModuleOp> loadModule(MLIRContext &context, StringRef path,
                                 const ModelOptions &options);

/// The folder `eke.root`.
StringRef getRoot(ModuleOp module);

/// The tokenizer of `module` as the runtime's tables; empty if it has none.
llvm::Expected<std::vector<uint8_t>> loadTokenizer(ModuleOp module);

} // namespace mlir::eke

#endif // EKE_COMPILER_PIPELINE_LOADMODULE_H
