//===- BuildBlock.h - The body of a decoder block -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef EKE_COMPILER_FRONTEND_BUILDBLOCK_H
#define EKE_COMPILER_FRONTEND_BUILDBLOCK_H

#include "compiler/frontend/Model.h"
#include "dialects/eke/EkeDialect.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/SmallVector.h"

namespace mlir::eke {

/// A parameter of a block: a tensor that each layer brings.
struct BlockTensor {
  /// What it is, for errors: "query".
  llvm::StringLiteral role;
  /// The tensor's name, with `{layer}` for the layer's number.
  std::string pattern;
  llvm::SmallVector<int64_t, 2> shape;
  /// How many of its rows are interleaved in the file (PayloadAttr), or 0.
  int64_t interleaved = 0;
};

/// The tensors that a layer of `stack`, whose block is `block`, brings, in the
/// order of the block's arguments. Biases that are absent are left out.
llvm::SmallVector<BlockTensor> listTensors(const proto::Block &block,
                                           const proto::Stack &stack,
                                           int64_t width);

/// The type of the key and of the value cache of a block: entries are sub-tokens.
RankedTensorType cacheType(const proto::Block &block, int64_t context,
                           Builder &builder);

/// Sub-tokens of a token: 1 of a layer that is not folded.
template <typename Layer> int64_t getFold(const Layer &layer) {
  return layer.fold() ? layer.fold() : 1;
}

/// How many elements of a head turn.
int64_t getRotatedDims(const proto::Attention &attention);

/// The norm of the rows of `x`, or of each of `parts` parts of a row. `scale` and `bias`
/// may be null.
Value buildNorm(OpBuilder &builder, Location loc, const proto::Norm &norm,
                Value x, Value scale, Value bias, int64_t parts = 1);

/// The type of the block's table of rotary angles, for any number of rows.
RankedTensorType ropeTableType(const proto::Block &block, Builder &builder);

/// Builds, at `builder`'s insertion point,
///   eke.block @name(x, position, rope table if it turns, length in an encoder)
///       weights(tensors...) states(key and value cache) -> (y, new caches)
BlockOp buildBlock(OpBuilder &builder, Location loc, const proto::Model &model,
                   const proto::Block &block,
                   llvm::ArrayRef<BlockTensor> tensors);

} // namespace mlir::eke

#endif // EKE_COMPILER_FRONTEND_BUILDBLOCK_H
