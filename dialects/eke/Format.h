//===- Format.h - Packed shapes of weights ----------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The one place that knows what `#eke.format` means in bytes. Lowering reads
// weights, and the image writes them, in the shapes given here.
//
//===----------------------------------------------------------------------===//

#ifndef EKE_DIALECTS_EKE_FORMAT_H
#define EKE_DIALECTS_EKE_FORMAT_H

#include "dialects/eke/EkeDialect.h"

namespace mlir::eke {

/// Alignment in bytes of every part of the weight image, the states and the
/// arena: a cache line.
inline constexpr int64_t kAlignment = 64;

/// A weight as it lies in the image: its values and, if it has any, its scales.
struct PackedWeight {
  RankedTensorType values;
  /// Null if the format has no scales.
  RankedTensorType scales;
  /// Bytes from the start of the values to the scales.
  int64_t scalesOffset = 0;
  /// Bytes of all parts, a multiple of kAlignment.
  int64_t bytes = 0;
};

/// Bytes of the elements of a static tensor without encoding.
int64_t getByteSize(RankedTensorType type);

/// Rounds up to a multiple of kAlignment.
int64_t alignUp(int64_t bytes);

/// The format in the encoding of `type`, or null.
FormatAttr getFormat(RankedTensorType type);

/// `type` with its encoding replaced by `format`.
RankedTensorType withFormat(RankedTensorType type, FormatAttr format);

/// How a weight of `type` lies in the image. A weight without format is stored
/// as it is, row-major. See `#eke.format` for the shapes.
PackedWeight getPacked(RankedTensorType type);

} // namespace mlir::eke

#endif // EKE_DIALECTS_EKE_FORMAT_H
