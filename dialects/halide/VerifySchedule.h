//===- VerifySchedule.h - Does a schedule fit its algorithm? ----*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_DIALECTS_HALIDE_VERIFYSCHEDULE_H
#define EKE_DIALECTS_HALIDE_VERIFYSCHEDULE_H

#include "mlir/IR/Block.h"
#include "mlir/IR/BuiltinAttributes.h"

namespace mlir::eke::halide {

/// Checks that the stages of `body` have distinct names and that `schedule`
/// (null, or an array of StageAttr) fits them; reports errors at `op`.
LogicalResult verifySchedule(Operation *op, Block &body, ArrayAttr schedule);

} // namespace mlir::eke::halide

#endif // EKE_DIALECTS_HALIDE_VERIFYSCHEDULE_H
