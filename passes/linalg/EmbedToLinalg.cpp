//===- EmbedToLinalg.cpp - Rows of packed tables as linalg ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/eke/Format.h"
#include "passes/linalg/LayerLowering.h"
#include "passes/linalg/Products.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

namespace mlir::eke {

/// The element of a packed weight for output channel `n` and input `k`, in f32.
static Value loadPacked(LinalgBuilder &b, const WeightValue &weight, Value n,
                        Value k) {
  FormatAttr format = getFormat(weight.type);
  auto div = [&](Value v, int64_t by) -> Value {
    return arith::DivUIOp::create(b.b, b.loc, v, b.index(by));
  };
  auto rem = [&](Value v, int64_t by) -> Value {
    return arith::RemUIOp::create(b.b, b.loc, v, b.index(by));
  };
  Value no = div(n, format.getTile()), ni = rem(n, format.getTile());
  switch (format.getStorage()) {
  case Storage::F32:
  case Storage::F16:
    return toF32(b, b.extract(weight.values, {no, k, ni}));
  case Storage::I8: {
    Value q = b.extract(weight.values, {no, div(k, 4), ni, rem(k, 4)});
    return mul(b, toF32(b, q), b.extract(weight.scales, {no, ni}));
  }
  case Storage::I4: {
    Value g = div(k, 32), inGroup = rem(k, 16);
    Value byte =
        b.extract(weight.values, {no, g, div(inGroup, 4), ni, rem(inGroup, 4)});
    Value isHigh = arith::CmpIOp::create(b.b, b.loc, arith::CmpIPredicate::uge,
                                         rem(k, 32), b.index(16));
    Value nibble = nibbleTimes16(b, nibblesSigned(b, byte, format), isHigh);
    Value scale = toF32(b, b.extract(weight.scales, {no, g, ni}));
    return mul(b, mul(b, toF32(b, nibble), scale), b.constant(1.0f / 16.0f));
  }
  }
  llvm_unreachable("unknown storage");
}

static Value lowerEmbed(EmbedOp op, LayerLowering &lowering) {
  LinalgBuilder l(lowering.b, op.getLoc());
  const WeightValue &table = lowering.weights.find(op.getTable())->second;
  AffineMap matrix = l.map(2, {l.dim(0), l.dim(1)});
  return l.generic({"embed", {"m", "k"}}, lowering.tensors.lookup(op.getTokens()),
                   {l.map(2, {l.dim(0)}), matrix},
                   cast<RankedTensorType>(op.getType()), {},
                   [&](LinalgBuilder &e, ValueRange args) -> Value {
                     Value token = arith::IndexCastOp::create(
                         e.b, op.getLoc(), e.b.getIndexType(), args[0]);
                     return loadPacked(e, table, token, e.loopIndex(1));
                   });
}

void registerEmbedToLinalg(DialectRegistry &registry) {
  addLowering<EmbedOp, lowerEmbed>(registry);
}

} // namespace mlir::eke
