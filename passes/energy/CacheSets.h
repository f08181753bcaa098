//===- CacheSets.h - What the sets of a cache can hold ----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The bytes of a way lie beside each other, and so do the sets that they belong to. A
// tensor that is larger than a way takes a second line in the sets where it goes round:
//
//   one way of 4 sets        | 0 | 1 | 2 | 3 |
//   a tensor of 6 lines        a   a   a   a
//                              a   a
//   another, behind it                 b   b        with 2 ways, all of it stays
//   and one that lies at 0     c                    set 0 has too many: there, none does
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_ENERGY_CACHESETS_H
#define EKE_PASSES_ENERGY_CACHESETS_H

#include <array>
#include <cstdint>
#include <optional>

namespace mlir::eke {

/// Bytes in a row.
struct Extent {
  /// Where they begin, if that is known.
  std::optional<int64_t> start;
  int64_t bytes = 0;
};

/// The sets of a cache that keeps what was used last, and what was used in them. Sets are
/// not looked at one by one: they are divided into equal parts.
class CacheSets {
public:
  /// A line has the choice of `ways` places; of all if that is 0.
  CacheSets(int64_t capacity, int64_t ways);

  /// Forgets what was used.
  void clear();

  /// Uses bytes that were not used yet.
  void add(const Extent &extent);

  /// The part of `extent` whose sets have room for all that was used, its own bytes
  /// included: from 0 to 1.
  double getPartThatStays(const Extent &extent) const;

private:
  static constexpr int kParts = 64;
  using Lines = std::array<double, kParts>;

  /// The lines that the extent has in a set of each part, on average.
  Lines countLines(const Extent &extent) const;
  double getStaying(double lines) const;

  bool isOneSet;
  double ways, wayBytes;
  Lines used = {};
};

} // namespace mlir::eke

#endif // EKE_PASSES_ENERGY_CACHESETS_H
