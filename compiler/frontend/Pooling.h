//===- Pooling.h - One vector of those of a text's tokens -------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef EKE_COMPILER_FRONTEND_POOLING_H
#define EKE_COMPILER_FRONTEND_POOLING_H

#include "compiler/frontend/Model.h"

#include "mlir/IR/Builders.h"

namespace mlir::eke {

/// The sum of the rows of `x` and of `vector`, which has as many elements as one.
Value addToRows(OpBuilder &builder, Location loc, Value x, Value vector);

/// The vector, as a matrix of one row, that `encoder` says of the first `length` rows of
/// `x`.
Value buildPooling(OpBuilder &builder, Location loc,
                   const proto::Encoder &encoder, Value x, Value length);

} // namespace mlir::eke

#endif // EKE_COMPILER_FRONTEND_POOLING_H
