//===- Mutator.h - Small random changes to an input -------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef EKE_TEST_FUZZ_MUTATOR_H
#define EKE_TEST_FUZZ_MUTATOR_H

#include <cstdint>
#include <random>
#include <string>

namespace mlir::eke::test {

/// Changes text at random places. The same seed gives the same changes.
class Mutator {
public:
  explicit Mutator(uint64_t seed) : random(seed) {}

  /// `text` after one to eight changes: bytes flipped, inserted or removed,
  /// parts repeated, numbers and words replaced by awkward ones.
  std::string mutate(std::string text);

  /// A number below `bound`, which is positive.
  size_t below(size_t bound) { return random() % bound; }

private:
  void change(std::string &text);
  void replaceNumber(std::string &text);
  const char *awkward();

  std::mt19937_64 random;
};

} // namespace mlir::eke::test

#endif // EKE_TEST_FUZZ_MUTATOR_H
