//===- Dump.h - Everything on the way, as files -----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_PIPELINE_DUMP_H
#define EKE_COMPILER_PIPELINE_DUMP_H

#include "codegen/halide/HalideCodegen.h"
#include "codegen/llvm/Emit.h"

#include "mlir/IR/BuiltinOps.h"

namespace mlir::eke {

/// Writes what `--dump-ir=DIR` asks for; does nothing without a folder.
///
///   DIR/00-input.mlir, 01-import.mlir, …     the module after each phase
///   DIR/kernels/NAME.stmt, .ll, .s          each kernel in Halide's loops, as
///                                           LLVM IR and as assembly
class Dump {
public:
  /// `folder` is created if it does not exist.
  static llvm::Expected<Dump> create(StringRef folder);

  llvm::Error addModule(ModuleOp module, StringRef phase);
  llvm::Error addKernel(ModuleOp module, const CompiledKernel &kernel);

private:
  explicit Dump(StringRef folder) : folder(folder) {}

  std::string folder;
  unsigned count = 0;
};

/// `module` as text that can be read back.
std::string printModule(ModuleOp module);

} // namespace mlir::eke

#endif // EKE_COMPILER_PIPELINE_DUMP_H
