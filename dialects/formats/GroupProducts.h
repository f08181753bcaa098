//===- GroupProducts.h - Products with weights in groups of 32 --*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each group of 32 inputs has a scale of its own for every output channel. A group is
// summed exactly in integers; `groups` adds them up, each with its scale.
//
//===----------------------------------------------------------------------===//

#ifndef EKE_DIALECTS_FORMATS_GROUPPRODUCTS_H
#define EKE_DIALECTS_FORMATS_GROUPPRODUCTS_H

#include "dialects/formats/Products.h"

namespace mlir::eke {

inline constexpr int64_t kGroup = 32;

/// Rows for such products, by what the target is good at: as many side by side as have
/// sums in registers at the same time. `rowGroup` of their inputs share a scale, or all (0).
RowLayout chooseGroupLayout(DotKind kind, int64_t rowGroup = 0);

/// The rows with an index for the half of a group, and where the loops (m, no, g, ni,
/// rc, rh, rki) find their input: number 16 rh + 4 rc + rki of group g.
struct GroupHalves {
  Value rows;
  AffineMap index;
};
GroupHalves splitGroups(LinalgBuilder &l, Value rows);

/// dot[m, no, g, ni] = sum over the last loop of `part`, which is called `lastLoop`.
Value sumParts(LinalgBuilder &l, Value part, StringRef lastLoop);

/// sums[m, g] = `factor` times the sum of a group's inputs, in 32 bits; `rows` [m, 32 g].
Value sumGroups(LinalgBuilder &l, Value rows, int64_t factor);

/// What is added up for a group: scale * (dot + offset) + minimum * sum, where `scales`
/// and `minima` are found at the loops (m, no, ni, rg) by maps. Without offsets or
/// minima these are null.
struct GroupTerms {
  Value dot, scales;
  AffineMap scaleMap;
  Value offsets;
  Value minima, sums;
  AffineMap minimumMap;
};

/// result[m, no, ni] = factor * row scale * sum of all groups; or where rows have a scale for
/// each group, the sum of all groups, each with its own. Sums that are multiplied with
/// minima have it already.
Value addGroups(LinalgBuilder &l, const GroupTerms &terms, Value rowScales,
                float factor);

} // namespace mlir::eke

#endif // EKE_DIALECTS_FORMATS_GROUPPRODUCTS_H
