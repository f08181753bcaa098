//===- Compensate.h - Rounding that looks at the inputs ---------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_DIALECTS_FORMATS_COMPENSATE_H
#define EKE_DIALECTS_FORMATS_COMPENSATE_H

#include "dialects/eke/Quants.h"
#include "dialects/formats/Pack.h"

#include "llvm/ADT/ArrayRef.h"

#include <vector>

namespace mlir::eke {

/// How 32 numbers become integers.
struct GroupRounding {
  /// Chooses the scale and the minimum, where squares of errors matter as much as the second
  /// numbers say; the values are those of plain rounding.
  llvm::function_ref<QuantGroup(const float *, const float *)> quantize;
  /// The values that there are.
  int lowest, highest;
};

/// Rounds the rows w of `source` so that the sum of ((w - rounded) x)^2 over the inputs x of a
/// layer is small, where `moments` [columns, columns] is the sum of x x^T: column by column, what
/// rounding changes is made up for by the columns that are not rounded yet (GPTQ, Frantar et al.,
/// arXiv 2210.17323). Returns the groups of the rows, one row behind the other; none if a number
/// is above 2^15 in magnitude, or the moments are those of nothing.
std::vector<QuantGroup> roundCompensated(const SourceMatrix &source,
                                         llvm::ArrayRef<float> moments,
                                         const GroupRounding &rounding);

} // namespace mlir::eke

#endif // EKE_DIALECTS_FORMATS_COMPENSATE_H
