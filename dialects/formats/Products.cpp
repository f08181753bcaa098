//===- Products.cpp - What products with weights are made of --------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/formats/Products.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

namespace mlir::eke {

int64_t dimOf(Value tensor, unsigned index) {
  return cast<RankedTensorType>(tensor.getType()).getDimSize(index);
}

Value toF32(LinalgBuilder &l, Value value) {
  if (value.getType().isF32())
    return value;
  if (isa<FloatType>(value.getType()))
    return arith::ExtFOp::create(l.b, l.loc, l.b.getF32Type(), value);
  return arith::SIToFPOp::create(l.b, l.loc, l.b.getF32Type(), value);
}

Value extendSigned(LinalgBuilder &l, Value value, Type type) {
  return arith::ExtSIOp::create(l.b, l.loc, type, value);
}

Value mul(LinalgBuilder &l, Value x, Value y) {
  if (isa<FloatType>(x.getType()))
    return arith::MulFOp::create(l.b, l.loc, x, y);
  return arith::MulIOp::create(l.b, l.loc, x, y);
}

Value add(LinalgBuilder &l, Value x, Value y) {
  if (isa<FloatType>(x.getType()))
    return arith::AddFOp::create(l.b, l.loc, x, y);
  return arith::AddIOp::create(l.b, l.loc, x, y);
}

Value divide(LinalgBuilder &l, Value index, int64_t by) {
  return arith::DivUIOp::create(l.b, l.loc, index, l.index(by));
}

Value remainder(LinalgBuilder &l, Value index, int64_t by) {
  return arith::RemUIOp::create(l.b, l.loc, index, l.index(by));
}

Value zeros(LinalgBuilder &l, ArrayRef<int64_t> shape, Type element) {
  return l.fill(RankedTensorType::get(shape, element),
                cast<TypedAttr>(l.b.getZeroAttr(element)));
}

RankedTensorType typeOf(Value tensor) {
  return cast<RankedTensorType>(tensor.getType());
}

bool areSideBySide(Value rows) { return typeOf(rows).getRank() == 6; }

int64_t countRows(Value rows) {
  return areSideBySide(rows) ? dimOf(rows, 0) * dimOf(rows, 2) * dimOf(rows, 4)
                             : dimOf(rows, 0);
}

} // namespace mlir::eke
