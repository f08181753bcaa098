//===- Random.h - Choices that a seed decides -------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_TEST_FUZZ_MODULES_RANDOM_H
#define EKE_TEST_FUZZ_MODULES_RANDOM_H

#include <cstdint>
#include <iterator>
#include <random>

namespace mlir::eke::test {

/// The same seed gives the same choices.
class Random {
public:
  explicit Random(uint64_t seed) : engine(seed) {}

  /// A number below `bound`, which is positive.
  size_t below(size_t bound) { return engine() % bound; }
  bool oneIn(size_t count) { return below(count) == 0; }
  uint64_t bits() { return engine(); }

  /// One of `values`, which are some.
  template <typename RangeT> auto &pick(RangeT &&values) {
    return values[below(std::size(values))];
  }

private:
  std::mt19937_64 engine;
};

} // namespace mlir::eke::test

#endif // EKE_TEST_FUZZ_MODULES_RANDOM_H
