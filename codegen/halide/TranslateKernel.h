//===- TranslateKernel.h - From MLIR to kernel descriptions -----*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_CODEGEN_HALIDE_TRANSLATEKERNEL_H
#define EKE_CODEGEN_HALIDE_TRANSLATEKERNEL_H

#include "codegen/halide/Kernel.h"
#include "dialects/halide/HalideDialect.h"

namespace mlir::eke {

/// Describes `op` to Halide. Fails with a diagnostic at the op if Halide cannot
/// express it (see `halide::whyNotHalide`).
FailureOr<kernel::Kernel> translateKernel(halide::KernelOp op);

} // namespace mlir::eke

#endif // EKE_CODEGEN_HALIDE_TRANSLATEKERNEL_H
