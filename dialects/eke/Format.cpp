//===- Format.cpp - Packed shapes of weights ------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/eke/Format.h"

#include "mlir/IR/Builders.h"
#include "llvm/Support/MathExtras.h"

namespace mlir::eke {

int64_t getByteSize(RankedTensorType type) {
  return type.getNumElements() *
         llvm::divideCeil(type.getElementTypeBitWidth(), 8);
}

int64_t alignUp(int64_t bytes) { return llvm::alignTo(bytes, kAlignment); }

FormatAttr getFormat(RankedTensorType type) {
  return dyn_cast_if_present<FormatAttr>(type.getEncoding());
}

RankedTensorType withFormat(RankedTensorType type, FormatAttr format) {
  return RankedTensorType::get(type.getShape(), type.getElementType(), format);
}

/// Adds the parts' offsets to a packed weight whose types are known.
static PackedWeight withOffsets(RankedTensorType values,
                                RankedTensorType scales = {}) {
  PackedWeight packed{values, scales};
  packed.scalesOffset = alignUp(getByteSize(values));
  packed.bytes = packed.scalesOffset;
  if (scales)
    packed.bytes += alignUp(getByteSize(scales));
  return packed;
}

PackedWeight getPacked(RankedTensorType type) {
  FormatAttr format = getFormat(type);
  if (!format)
    return withOffsets(
        RankedTensorType::get(type.getShape(), type.getElementType()));

  Builder b(type.getContext());
  int64_t tile = format.getTile();
  int64_t tiles = llvm::divideCeil(type.getDimSize(0), tile);
  int64_t inputs = type.getDimSize(1);
  int64_t quads = llvm::divideCeil(inputs, 4);
  int64_t groups = llvm::divideCeil(inputs, 32);
  switch (format.getStorage()) {
  case Storage::F32:
    return withOffsets(
        RankedTensorType::get({tiles, inputs, tile}, b.getF32Type()));
  case Storage::F16:
    return withOffsets(
        RankedTensorType::get({tiles, inputs, tile}, b.getF16Type()));
  case Storage::I8:
    return withOffsets(
        RankedTensorType::get({tiles, quads, tile, 4}, b.getI8Type()),
        RankedTensorType::get({tiles, tile}, b.getF32Type()));
  case Storage::I4:
    return withOffsets(
        RankedTensorType::get({tiles, groups, 4, tile, 4}, b.getI8Type()),
        RankedTensorType::get({tiles, groups, tile}, b.getF16Type()));
  }
  llvm_unreachable("unknown storage");
}

} // namespace mlir::eke
