//===- LoadModule.h - From what the user names to a module ------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_PIPELINE_LOADMODULE_H
#define EKE_COMPILER_PIPELINE_LOADMODULE_H

#include "compiler/frontend/Model.h"
#include "compiler/pipeline/ExitOptions.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/Error.h"

#include <optional>
#include <vector>

namespace mlir::eke {

/// Is `path` a module, and not the description of a model?
inline bool isModuleFile(StringRef path) { return path.ends_with(".mlir"); }

/// What a command line may say about a language model that is not yet a module.
struct ModelOptions {
  /// The row count of the widest trunk.
  uint32_t rows = 16;
  /// Where it may stop, in place of what its description says; see
  /// ExitOptions.h.
  ExitOptions exits;
  /// The token that starts every text, in place of what its description says; -1: none.
  std::optional<int64_t> bos;
  /// How many positions caches have, in place of those that the model was trained for.
  std::optional<uint32_t> context;
  ChatOptions chat;
  /// Whether the program gives embeddings of texts.
  bool embeds = false;
  /// Whether the model may be a program, which holds one (see ModelNote.h).
  bool takesPrograms = false;
  /// Of a model that is priced only: the sub-tokens of its tokens, though it was trained
  /// without. Weights then hold any numbers.
  std::optional<uint32_t> whatIfFold;
};

/// Reads a Hugging Face directory, a directory with a model.textproto, a
/// .textproto file, an .mlir file of any phase before `llvm`, or a program where that may
/// be. The result has the attributes `eke.root` and `eke.source`. Null after a diagnostic.
OwningOpRef<ModuleOp> loadModule(MLIRContext &context, StringRef path,
                                 const ModelOptions &options);

/// The folder `eke.root`.
StringRef getRoot(ModuleOp module);

/// The tokenizer of `module` as the runtime's tables; empty if it has none.
llvm::Expected<std::vector<uint8_t>> loadTokenizer(ModuleOp module);

} // namespace mlir::eke

#endif // EKE_COMPILER_PIPELINE_LOADMODULE_H
