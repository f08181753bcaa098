//===- SampleError.h - How well a format holds a weight ---------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_DIALECTS_FORMATS_SAMPLEERROR_H
#define EKE_DIALECTS_FORMATS_SAMPLEERROR_H

#include "dialects/eke/Format.h"

namespace mlir::eke {

/// What rounding costs a sample of a weight's rows in each format: the sums of squares that
/// `measureError` gives. Nothing if the weight cannot be read, which is not reported: who
/// builds the image does that. Relative names of files are seen from `folder`.
std::optional<SmallVector<double>>
sampleErrors(WeightOp weight, ArrayRef<const FormatInterface *> formats,
             StringRef folder);

/// False if the weight has an element that is infinite or no number. One that cannot be read
/// is not reported either.
bool hasFiniteElements(WeightOp weight, StringRef folder);

/// Of more weights than are worth measuring, some from the first to the last.
SmallVector<WeightOp> sampleWeights(ArrayRef<WeightOp> weights);

} // namespace mlir::eke

#endif // EKE_DIALECTS_FORMATS_SAMPLEERROR_H
