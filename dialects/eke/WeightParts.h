//===- WeightParts.h - The tensors that a weight is made of -----*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_DIALECTS_EKE_WEIGHTPARTS_H
#define EKE_DIALECTS_EKE_WEIGHTPARTS_H

#include "dialects/eke/EkeDialect.h"

namespace mlir::eke {

/// A tensor of which a weight has the elements, one behind the other.
struct WeightPart {
  /// What it is called: a weight that was joined of several is located at these.
  StringRef name;
  int64_t elements = 0;
};

/// The parts of a weight, one for each payload; the weight itself if nothing was joined.
SmallVector<WeightPart> getParts(WeightOp weight);

} // namespace mlir::eke

#endif // EKE_DIALECTS_EKE_WEIGHTPARTS_H
