//===- ResidualStream.h - What layers add to and read of --------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   embed -> x -> + linear -> + linear -> … -> yield
//                 ^ norm      ^ norm
//
// The residual stream begins with embedded tokens, goes through blocks, and has the
// results of linear layers added to it; norms read it.
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_FORMAT_RESIDUALSTREAM_H
#define EKE_PASSES_FORMAT_RESIDUALSTREAM_H

#include "passes/format/BoundWeights.h"

#include "llvm/ADT/SetVector.h"

namespace mlir::eke {

/// The streams of a module's models, of which all pass through the same blocks. The entries
/// of a language model hand rows to each other: what they call by one name is one stream.
class ResidualStream {
public:
  ResidualStream(ModuleOp module, const BoundWeights &bound);

  /// Why it cannot be given in another basis, at the op that is in the way; or null.
  Operation *getObstacle() const { return obstacle; }
  StringRef getReason() const { return reason; }

  llvm::SetVector<Value> values;
  /// Where it begins.
  llvm::SetVector<EmbedOp> embeds;
  /// What is added to it.
  llvm::SetVector<LinearOp> writers;
  /// The norms that read it, and the layers that read these.
  llvm::SetVector<NormOp> norms;
  llvm::SetVector<LinearOp> readers;
  /// The arguments of models that are part of it, and the operands by which it leaves: to
  /// callers, and to norms that keep their scale.
  llvm::SetVector<BlockArgument> entering;
  SmallVector<OpOperand *> leaving;

private:
  void addProducer(Value value);
  void addUse(OpOperand &use);
  void addNorm(OpOperand &use);
  void addYield(OpOperand &use);
  void addArgument(BlockArgument argument);
  bool keepsScale(NormOp norm) const;
  void refuse(Operation *op, StringRef why);

  const BoundWeights &bound;
  /// By their names, the arguments and the yielded operands that entries with roles have.
  DenseMap<Attribute, SmallVector<BlockArgument>> taken;
  DenseMap<Attribute, SmallVector<OpOperand *>> given;
  DenseSet<StringAttr> tables;
  Operation *obstacle = nullptr;
  StringRef reason;
};

} // namespace mlir::eke

#endif // EKE_PASSES_FORMAT_RESIDUALSTREAM_H
