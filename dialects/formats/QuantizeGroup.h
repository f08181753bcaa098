//===- QuantizeGroup.h - 32 numbers as 4-bit integers -----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_DIALECTS_FORMATS_QUANTIZEGROUP_H
#define EKE_DIALECTS_FORMATS_QUANTIZEGROUP_H

#include <cstdint>

namespace mlir::eke {

/// x[k] is about scale * values[k].
struct GroupI4 {
  static constexpr int64_t size = 32;

  uint16_t scale;      // f16
  int8_t values[size]; // -8 … 7
};

/// Chooses the scale of 32 numbers with |x| <= 131072, and rounds them.
GroupI4 quantizeI4(const float *x);

} // namespace mlir::eke

#endif // EKE_DIALECTS_FORMATS_QUANTIZEGROUP_H
