//===- Emit.h - From a lowered module to a file -----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_CODEGEN_LLVM_EMIT_H
#define EKE_CODEGEN_LLVM_EMIT_H

#include "codegen/llvm/Manifest.h"
#include "codegen/llvm/Translate.h"

#include <functional>
#include <string>
#include <vector>

namespace mlir::eke {

enum class EmitKind {
  Executable, // a static ELF executable
  Library,    // a static library without main, and its C header
  Object,     // one relocatable object, weights included
  Assembly,   // the code as assembly, without weights
  LLVMIR      // the code as LLVM IR, optimised, without weights
};

/// What the module does not say.
struct EmitOptions {
  EmitKind kind = EmitKind::Executable;
  /// The file to write and, of a library, its header; parts of it are files in
  /// `partsFolder`. If emission fails, what is there means nothing.
  std::string output, header, partsFolder;
  /// What people will call the output.
  std::string name;
  /// Runs the tools that link.
  std::function<llvm::Error(llvm::ArrayRef<StringRef>)> runTool;
  /// Reports an error that has no place in the module; by default as a diagnostic.
  std::function<void(llvm::Error)> report;
  /// The folder from which relative payload files are seen.
  std::string payloadFolder;
  /// The folder with runtime-ARCH.bc and runtime-main-ARCH.bc.
  std::string runtimeFolder;
  std::string compilerVersion;
  /// Enters the model's hash, beside the weights.
  std::string description;
  /// An `eke_tokenizer` with its tables; empty if there is none.
  std::vector<uint8_t> tokenizer;
  std::vector<KernelCode> kernels;
  /// Says for the manifest what it was made of. Called when the weights were read:
  /// what is wrong with those has a place in the module.
  std::function<llvm::Expected<std::vector<ManifestInput>>()> listInputs;
  /// What reports on the program need; empty if there is nothing.
  std::string modelNote;
  /// Takes what is worth knowing, a line at a time; null: nobody asked.
  std::function<void(const llvm::Twine &)> tell;
  /// Leave an executable its table of symbols.
  bool keepsSymbols = false;
};

/// Writes the file for `module`, which is in the LLVM dialect apart from
/// weights, states and metadata.
LogicalResult emitModule(ModuleOp module, const EmitOptions &options);

/// A kernel on its own, optimised as one of `model`, as LLVM IR and as assembly.
struct KernelListing {
  std::string llvmIR;
  std::string assembly;
};
llvm::Expected<KernelListing> listKernel(ModuleOp model,
                                         const KernelCode &kernel);

} // namespace mlir::eke

#endif // EKE_CODEGEN_LLVM_EMIT_H
