//===- TakenApart.h - Sums that are not added as they are ------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_CODEGEN_HALIDE_TAKENAPART_H
#define EKE_CODEGEN_HALIDE_TAKENAPART_H

#include "codegen/halide/Kernel.h"

namespace mlir::eke::kernel {

/// Would term number `term` of the accumulation `step` lose what it is if it were not
/// hidden? Numbers that are added up may be grouped by LLVM, which also takes those apart
/// that are sums themselves: of a sum of x - x, where x may be infinite, nothing would be
/// left. And Halide leaves out steps that add 0 x or 0 / x, which it takes for 0.
bool isTakenApart(const Kernel &kernel, const Stage &stage, const Expr &step,
                  int term);

} // namespace mlir::eke::kernel

#endif // EKE_CODEGEN_HALIDE_TAKENAPART_H
