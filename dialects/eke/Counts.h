//===- Counts.h - Counts that may be too large ------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_DIALECTS_EKE_COUNTS_H
#define EKE_DIALECTS_EKE_COUNTS_H

#include "llvm/Support/MathExtras.h"

#include <cstdint>

namespace mlir::eke {

/// Products and sums of counts, which are not negative; the largest number where they would
/// be larger: types may have any size, and loops may run for ever.
inline int64_t multiplyCounts(int64_t a, int64_t b) {
  int64_t product;
  return llvm::MulOverflow(a, b, product) ? INT64_MAX : product;
}

inline int64_t addCounts(int64_t a, int64_t b) {
  int64_t sum;
  return llvm::AddOverflow(a, b, sum) ? INT64_MAX : sum;
}

} // namespace mlir::eke

#endif // EKE_DIALECTS_EKE_COUNTS_H
