//===- CoarseWeights.h - Weights that lose much by rounding -----*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_FORMAT_COARSEWEIGHTS_H
#define EKE_PASSES_FORMAT_COARSEWEIGHTS_H

#include "dialects/eke/EkeDialect.h"

namespace mlir::eke {

/// Is it a matrix in a coarse format, whose numbers that format does not keep as they
/// are? How it is rounded matters then.
bool isRoundedCoarsely(WeightOp weight);

} // namespace mlir::eke

#endif // EKE_PASSES_FORMAT_COARSEWEIGHTS_H
