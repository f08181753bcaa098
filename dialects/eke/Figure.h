//===- Figure.h - A number that is known within a range ---------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_DIALECTS_EKE_FIGURE_H
#define EKE_DIALECTS_EKE_FIGURE_H

#include "llvm/ADT/Hashing.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdint>

namespace mlir::eke {

/// What is known of a number: what is expected, and the least and the most that it may
/// be. Positive; all three are 0 where nobody knows.
struct Figure {
  double nominal = 0, low = 0, high = 0;

  bool isKnown() const { return nominal > 0; }
  bool operator==(const Figure &other) const {
    return nominal == other.nominal && low == other.low && high == other.high;
  }
  bool operator!=(const Figure &other) const { return !(*this == other); }
};

inline llvm::hash_code hash_value(const Figure &figure) {
  return llvm::hash_combine(llvm::bit_cast<uint64_t>(figure.nominal),
                            llvm::bit_cast<uint64_t>(figure.low),
                            llvm::bit_cast<uint64_t>(figure.high));
}

/// Writes it with its range, if it has one: `88.0 [64.0, 130.0]`.
llvm::raw_ostream &operator<<(llvm::raw_ostream &os, const Figure &figure);

} // namespace mlir::eke

#endif // EKE_DIALECTS_EKE_FIGURE_H
