//===- Period.h - How often something happens -------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_DIALECTS_EKE_PERIOD_H
#define EKE_DIALECTS_EKE_PERIOD_H

#include "llvm/ADT/Hashing.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdint>

namespace mlir::eke {

/// The time from one run of an entry to the next; 0 where nobody knows.
struct Period {
  int64_t nanoseconds = 0;

  bool operator==(const Period &other) const {
    return nanoseconds == other.nanoseconds;
  }
  bool operator!=(const Period &other) const { return !(*this == other); }
};

inline llvm::hash_code hash_value(const Period &period) {
  return llvm::hash_value(period.nanoseconds);
}

/// Writes it in the largest unit of which it is a whole number: `640 ms`.
llvm::raw_ostream &operator<<(llvm::raw_ostream &os, const Period &period);

} // namespace mlir::eke

#endif // EKE_DIALECTS_EKE_PERIOD_H
