//===- FoldToLinalg.cpp - Folded tokens as linalg -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/linalg/LayerLowering.h"

namespace mlir::eke {

static Value lowerFold(FoldOp op, LayerLowering &lowering) {
  LinalgBuilder l(lowering.b, op.getLoc());
  auto from = cast<RankedTensorType>(op.getInput().getType());
  auto to = cast<RankedTensorType>(op.getType());
  Value split =
      l.expand(lowering.tensors.lookup(op.getInput()),
               {from.getDimSize(0), int64_t(op.getFactor()), to.getDimSize(1)},
               {{0}, {1, 2}});
  return l.collapse(split, {{0, 1}, {2}});
}

static Value lowerUnfold(UnfoldOp op, LayerLowering &lowering) {
  LinalgBuilder l(lowering.b, op.getLoc());
  auto from = cast<RankedTensorType>(op.getInput().getType());
  auto to = cast<RankedTensorType>(op.getType());
  Value split =
      l.expand(lowering.tensors.lookup(op.getInput()),
               {to.getDimSize(0), int64_t(op.getFactor()), from.getDimSize(1)},
               {{0, 1}, {2}});
  return l.collapse(split, {{0}, {1, 2}});
}

void registerFoldToLinalg(DialectRegistry &registry) {
  addLowering<FoldOp, lowerFold>(registry);
  addLowering<UnfoldOp, lowerUnfold>(registry);
}

} // namespace mlir::eke
