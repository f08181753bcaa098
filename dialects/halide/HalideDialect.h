//===- HalideDialect.h - The halide dialect ---------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_DIALECTS_HALIDE_HALIDEDIALECT_H
#define EKE_DIALECTS_HALIDE_HALIDEDIALECT_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/halide/HalideDialect.h.inc"
#include "dialects/halide/HalideEnums.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/halide/HalideAttrs.h.inc"

#define GET_OP_CLASSES
#include "dialects/halide/HalideOps.h.inc"

namespace mlir::eke::halide {

/// What Halide's time and memory grow with, at least linearly, has bounds far above
/// what a schedule needs: the factor of a directive, and the copies of a body that
/// unrolling makes or the elements of a vector.
inline constexpr int64_t kMostFactor = 65536, kMostCopies = 4096;

/// The attribute that names a stage, on an op in the body of a pipeline.
inline constexpr llvm::StringLiteral stageAttrName = "halide.stage";

/// How the labels start that programs have in front of their calls of kernels;
/// the pipeline's name and `.NUMBER` follow.
inline constexpr llvm::StringLiteral callLabelPrefix = "eke.call.";

/// The attribute that names the loops of such an op.
inline constexpr llvm::StringLiteral varsAttrName = "halide.vars";

/// The attribute that says what divides the dynamic extents of such an op.
inline constexpr llvm::StringLiteral extentMultipleAttrName =
    "halide.extent_multiple";

/// The names of the loops of a linalg op: `halide.vars`, or d0, d1, …
SmallVector<std::string> getLoopNames(Operation *linalgOp);

} // namespace mlir::eke::halide

#endif // EKE_DIALECTS_HALIDE_HALIDEDIALECT_H
