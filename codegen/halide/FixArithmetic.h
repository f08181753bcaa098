//===- FixArithmetic.h - One order of rounding for a kernel -----*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_CODEGEN_HALIDE_FIXARITHMETIC_H
#define EKE_CODEGEN_HALIDE_FIXARITHMETIC_H

#include "dialects/halide/Expressible.h"

namespace llvm {
class Module;
} // namespace llvm

namespace mlir::eke {

/// Settles how the floating-point operations of a kernel round, before LLVM
/// optimises it: a product that is added to something becomes one operation with
/// it (`llvm.fmuladd`), and nothing else is left that LLVM might round in one way
/// here and in another way there. The lanes of a vector may still be added up in
/// any order, as LLVM does that by the type of the vector alone. So a kernel for
/// many rows rounds each row as the kernel for one row does.
///
/// Halide believes that what it accumulates is never infinite or NaN: LLVM must not.
/// `extrema` says what the largest and smallest numbers that a reduction finds are if
/// one is NaN.
void fixArithmetic(llvm::Module &module, halide::Extrema extrema);

} // namespace mlir::eke

#endif // EKE_CODEGEN_HALIDE_FIXARITHMETIC_H
