//===- EmbedToLinalg.cpp - Rows of packed tables as linalg ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/formats/Products.h"
#include "passes/linalg/LayerLowering.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

namespace mlir::eke {

static Value lowerEmbed(EmbedOp op, LayerLowering &lowering) {
  LinalgBuilder l(lowering.b, op.getLoc());
  const WeightValue &table = lowering.weights.find(op.getTable())->second;
  const FormatInterface &format = getFormat(table.type).getInterface();
  AffineMap matrix = l.map(2, {l.dim(0), l.dim(1)});
  return l.generic(
      {"embed", {"m", "k"}}, lowering.tensors.lookup(op.getTokens()),
      {l.map(2, {l.dim(0)}), matrix}, cast<RankedTensorType>(op.getType()), {},
      [&](LinalgBuilder &e, ValueRange args) -> Value {
        Value token = arith::IndexCastOp::create(e.b, op.getLoc(),
                                                 e.b.getIndexType(), args[0]);
        Value entry = format.load(e, table, token, e.loopIndex(1));
        if (!op.getScale())
          return entry;
        return mul(e, entry, e.constant(op.getScale()->convertToFloat()));
      });
}

static Value lowerEmbedPositions(EmbedPositionsOp op, LayerLowering &lowering) {
  LinalgBuilder l(lowering.b, op.getLoc());
  const WeightValue &table = lowering.weights.find(op.getTable())->second;
  const FormatInterface &format = getFormat(table.type).getInterface();
  Value position = lowering.tensors.lookup(op.getPosition());
  return l.generic(
      {"embed_positions", {"m", "k"}}, ValueRange(),
      {l.b.getMultiDimIdentityMap(2)}, cast<RankedTensorType>(op.getType()), {},
      [&](LinalgBuilder &e, ValueRange) -> Value {
        Value entry =
            arith::AddIOp::create(e.b, op.getLoc(), position, e.loopIndex(0));
        return format.load(e, table, entry, e.loopIndex(1));
      });
}

void registerEmbedToLinalg(DialectRegistry &registry) {
  addLowering<EmbedOp, lowerEmbed>(registry);
  addLowering<EmbedPositionsOp, lowerEmbedPositions>(registry);
}

} // namespace mlir::eke
