//===- HalideCodegen.h - From halide.kernel to bitcode ----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_CODEGEN_HALIDE_HALIDECODEGEN_H
#define EKE_CODEGEN_HALIDE_HALIDECODEGEN_H

#include "dialects/eke/EkeDialect.h"
#include "dialects/halide/HalideDialect.h"

#include "llvm/Support/Error.h"

#include <string>

namespace mlir::eke {

/// A kernel as LLVM bitcode, to be linked with its callers and optimised.
struct CompiledKernel {
  std::string symbol;
  /// Readable by the LLVM that Eke is built with. No function names a CPU, and
  /// beside `symbol` nothing is defined that is not internal. What is called:
  /// `halide_do_par_for` where the schedule says `parallel`, and libm.
  std::string bitcode;
  /// Halide's loops, for people to read.
  std::string statement;
};

/// Fails if Halide does not know the target's `halide_target`, or takes it for another
/// architecture than LLVM takes its triple for. The error names the field.
llvm::Error checkHalideTarget(TargetAttr target);

/// Compiles a kernel for `target`, in Halide's notation: architecture, width,
/// system and features ("arm-64-linux-arm_dot_prod"). Fails with a diagnostic
/// at the op.
FailureOr<CompiledKernel> compileKernel(halide::KernelOp op, StringRef target);

/// The same kernel under another name. What else it defines, and its loops for people to
/// read, are renamed where they bear its name.
CompiledKernel renameKernel(const CompiledKernel &kernel, StringRef symbol);

} // namespace mlir::eke

#endif // EKE_CODEGEN_HALIDE_HALIDECODEGEN_H
