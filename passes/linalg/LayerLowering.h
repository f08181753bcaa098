//===- LayerLowering.h - Layers of eke as linalg ----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_LINALG_LAYERLOWERING_H
#define EKE_PASSES_LINALG_LAYERLOWERING_H

#include "dialects/eke/EkeDialect.h"
#include "dialects/formats/Products.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::eke {

/// Lowers the ops of one function body. Each op of eke knows how it is computed
/// (LowersToLinalg); an op of arith or math on tensors becomes a loop over the same
/// op on elements; all others stay what they are. What stands for a value of eke is
/// looked up in `tensors` (also numbers) and `weights` (packed or not).
class LayerLowering {
public:
  LayerLowering(OpBuilder &builder, DotKind dotKind)
      : b(builder), products(builder, dotKind) {}

  /// Lowers one op and records its results, or reports why it cannot.
  LogicalResult lower(Operation *op);

  /// A tensor as rows of f32: a matrix, of which all dimensions but the last are
  /// the rows.
  Value getRows(LinalgBuilder &l, Value value);
  /// The inverse: rows of f32 as a tensor of `type`.
  Value fromRows(LinalgBuilder &l, Value rows, Type type);

  /// The same loop body over the elements of matrices. Where one of them is a
  /// product in tiles, so is the result, which lets it join the product's
  /// pipeline.
  Value buildElementwise(LinalgBuilder &l, StringRef name, ValueRange inputs,
                         Type element, LinalgBuilder::Body body);
  /// `tiles`, [m, no, ni], as a matrix that remembers them.
  Value collapseTiles(LinalgBuilder &l, Value tiles);

  OpBuilder &b;
  ProductBuilder products;
  DenseMap<Value, Value> tensors;
  DenseMap<Value, WeightValue> weights;

private:
  LogicalResult lowerLayer(LowersToLinalg op);
  LogicalResult lowerElementwise(Operation *op);
  Value lowerDynamicElementwise(Operation *op, LinalgBuilder::Body body);
  LogicalResult clone(Operation *op);
  LogicalResult cloneRegion(Region &from, Region &to);
  void record(Operation *op, ValueRange results);

  /// A tensor as a matrix, and a matrix as a tensor of `type`: views.
  Value getMatrix(LinalgBuilder &l, Value value);
  Value fromMatrix(LinalgBuilder &l, Value matrix, RankedTensorType type);

  /// What was made of a tensor once and can be used again where it is visible.
  struct Views {
    /// Of a matrix that is a collapsed [m, no, ni], that tensor.
    DenseMap<Value, Value> tiles;
    /// Of a tensor that is no matrix, its rows.
    DenseMap<Value, Value> matrices;
  };

  Views views;
};

/// Registers `lower` as the way in which `OpT` becomes linalg: it gives the result, or
/// all of them, or null after it has reported an error.
template <typename OpT, auto lower>
void addLowering(DialectRegistry &registry) {
  struct Model : LowersToLinalg::ExternalModel<Model, OpT> {
    FailureOr<SmallVector<Value>> lowerToLinalg(Operation *op,
                                                LayerLowering &lowering) const {
      SmallVector<Value> results{lower(cast<OpT>(op), lowering)};
      if (llvm::is_contained(results, Value()))
        return failure();
      return results;
    }
  };
  registry.addExtension(+[](MLIRContext *context, EkeDialect *) {
    OpT::template attachInterface<Model>(*context);
  });
}

} // namespace mlir::eke

#endif // EKE_PASSES_LINALG_LAYERLOWERING_H
