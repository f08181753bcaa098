//===- CropPads.cpp - Pads that crop --------------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/linalg/CropPads.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

namespace mlir::eke {

static void cropPad(tensor::PadOp pad) {
  if (!pad.getLow().empty() || !pad.getHigh().empty() ||
      !pad.getSourceType().hasStaticShape())
    return;
  SmallVector<int64_t> low(pad.getStaticLow()), high(pad.getStaticHigh());
  SmallVector<int64_t> offsets, sizes, strides(low.size(), 1);
  bool crops = false;
  for (auto [extent, before, behind] :
       llvm::zip(pad.getSourceType().getShape(), low, high)) {
    int64_t cropped = std::max<int64_t>(0, -before);
    offsets.push_back(cropped);
    sizes.push_back(extent - cropped - std::max<int64_t>(0, -behind));
    crops |= before < 0 || behind < 0;
    if (sizes.back() < 0)
      return;
    before = std::max<int64_t>(0, before);
    behind = std::max<int64_t>(0, behind);
  }
  if (!crops)
    return;
  OpBuilder b(pad);
  MLIRContext *context = pad.getContext();
  Value kept =
      tensor::ExtractSliceOp::create(b, pad.getLoc(), pad.getSource(),
                                     getAsIndexOpFoldResult(context, offsets),
                                     getAsIndexOpFoldResult(context, sizes),
                                     getAsIndexOpFoldResult(context, strides));
  pad.getSourceMutable().assign(kept);
  pad.setStaticLow(low);
  pad.setStaticHigh(high);
}

void cropPads(Operation *root) { root->walk(cropPad); }

} // namespace mlir::eke
