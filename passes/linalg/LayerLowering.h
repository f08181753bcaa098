//===- LayerLowering.h - Layers of eke as linalg ----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_LINALG_LAYERLOWERING_H
#define EKE_PASSES_LINALG_LAYERLOWERING_H

#include "dialects/eke/EkeDialect.h"
#include "passes/linalg/DotKind.h"
#include "passes/linalg/LinalgBuilder.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::eke {

/// A weight inside a function: its packed parts as tensors.
struct WeightValue {
  Value values;
  /// Null if the format has none.
  Value scales;
  /// The weight's type at the level of eke, with its format.
  RankedTensorType type;
};

/// Rows of int8 and the scale of each row. `values` are [m, k], or where rows lie side
/// by side (see RowLayout) [m / r, k / w, m % r / p, k % w / q, m % p, k % q].
struct QuantizedRows {
  Value values, scales;
};

/// How a product reads its rows: of up to `rows` of them, `width` inputs of each row
/// are a piece of memory. There, of `pair` rows at a time, `run` inputs of each in turn.
struct RowLayout {
  int64_t rows = 1, width = 1, pair = 1, run = 1;
};

/// Lowers the layers of one function body. Values of eke are looked up in
/// `tensors` and `weights` (matrices and vectors).
class LayerLowering {
public:
  LayerLowering(OpBuilder &builder, DotKind dotKind)
      : b(builder), dotKind(dotKind) {}

  /// Lowers one layer and records its result, or reports why it cannot.
  LogicalResult lower(Operation *op);

  DenseMap<Value, Value> tensors;
  DenseMap<Value, WeightValue> weights;

private:
  Value lowerLinear(LinearOp op);
  Value lowerEmbed(EmbedOp op);
  Value lowerNorm(NormOp op);
  Value lowerRopeTable(RopeTableOp op);
  Value lowerRope(RopeOp op);
  Value lowerAttention(AttentionOp op);
  Value lowerGlu(GluOp op);
  Value lowerActivate(ActivateOp op);
  Value lowerFold(FoldOp op);
  Value lowerUnfold(UnfoldOp op);
  Value lowerExit(ExitOp op);
  Value lowerSlice(tensor::ExtractSliceOp op);
  Value lowerElementwise(Operation *op);

  /// Made once per tensor, width and layout.
  QuantizedRows quantize(Location loc, Value rows, int64_t paddedWidth,
                         RowLayout layout);
  /// [m, no, ni], the product of `rows` with a packed weight.
  Value buildProduct(Location loc, Value rows, const WeightValue &weight);

  /// The same loop body over the elements of matrices. Where one of them is a
  /// product in tiles, so is the result, which lets it join the product's
  /// pipeline.
  Value buildElementwise(LinalgBuilder &l, StringRef name, ValueRange inputs,
                         Type element, LinalgBuilder::Body body);
  /// `tiles`, [m, no, ni], as a matrix that remembers them.
  Value collapseTiles(LinalgBuilder &l, Value tiles);

  /// A vector that is a weight or a tensor.
  Value vectorOf(Value value);

  OpBuilder &b;
  DotKind dotKind;
  DenseMap<std::tuple<Value, int64_t, int64_t>, QuantizedRows> quantized;
  /// Of a matrix that is a collapsed [m, no, ni], that tensor.
  DenseMap<Value, Value> tilesOf;
};

/// The activation of `x`, a scalar f32, inside a body.
Value buildActivation(LinalgBuilder &b, Activation activation, Value x);

} // namespace mlir::eke

#endif // EKE_PASSES_LINALG_LAYERLOWERING_H
