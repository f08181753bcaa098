//===- HalideExpr.h - The ops of MLIR as Halide expressions -----*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_CODEGEN_HALIDE_HALIDEEXPR_H
#define EKE_CODEGEN_HALIDE_HALIDEEXPR_H

#include "codegen/halide/Kernel.h"

#include <Halide.h>

namespace mlir::eke::kernel {

/// The type of values. f16 is its bits, since nothing computes in it; index is
/// 32 bits, as Halide's own indices.
Halide::Type valueType(const TypeName &name);

/// The value of an op of MLIR or of a constant.
Halide::Expr makeExpr(const Expr &expr, const std::vector<Halide::Expr> &args);

/// `value`, an f32 or an i32, which neither Halide nor its LLVM looks into: a call that
/// disappears when the kernel is made (DefineCalls.h).
Halide::Expr hide(const Halide::Expr &value);

/// Is `op` a sum, a difference or a product of integers?
bool isWrapping(const std::string &op);

/// The result of such an op where it may be too large for its type.
Halide::Expr makeWrapping(const Expr &expr,
                          const std::vector<Halide::Expr> &args);

/// Is `op` the larger or the smaller of two floating-point numbers?
bool isExtremum(const std::string &op);

/// The result of such an op as a call that has its meaning for NaN and for zeros of
/// two signs, and becomes its instruction (DefineCalls.h).
Halide::Expr makeExtremum(const std::string &op,
                          const std::vector<Halide::Expr> &args);

} // namespace mlir::eke::kernel

#endif // EKE_CODEGEN_HALIDE_HALIDEEXPR_H
