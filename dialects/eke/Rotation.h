//===- Rotation.h - An orthogonal matrix for each size ----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What `eke.rotate` multiplies rows by, and what a payload is rotated by. With the size
// m * p, p the largest power of 2 up to 64 that divides it:
//
//   Q[a p + b, c p + d] = outer[a, c] * inner[b, d]
//   outer[a, c] = s(a) * cosine transform (DCT-II, orthonormal) [a, c], or 1 if m is 1
//   inner[b, d] = s(b) * (-1)^(number of bits that b and d share) / sqrt(p), or 1 if p is 1
//
// The second is Sylvester's Hadamard matrix; s gives signs without a pattern, so that
// rows that vary little do not become rows with one large number.
//
//===----------------------------------------------------------------------===//

#ifndef EKE_DIALECTS_EKE_ROTATION_H
#define EKE_DIALECTS_EKE_ROTATION_H

#include <cstdint>
#include <vector>

namespace mlir::eke {

/// The rotation of rows of one length.
class Rotation {
public:
  explicit Rotation(int64_t size);

  /// Is there one for rows of this length? Its cosine transform must not be too long.
  static bool exists(int64_t size);
  /// The size of the first factor of the rotation of rows of this length.
  static int64_t findOuterSize(int64_t size);

  /// The two factors, row-major: of `getOuterSize()` and of `getInnerSize()` rows.
  const std::vector<float> &getOuter() const { return outer; }
  const std::vector<float> &getInner() const { return inner; }
  int64_t getOuterSize() const { return outerSize; }
  int64_t getInnerSize() const { return innerSize; }

  /// Multiplies each part of a row, which has as many elements as the rotation, by the
  /// matrix. `stride` is what lies between two elements of the row.
  void apply(float *row, int64_t parts, int64_t stride = 1) const;

private:
  int64_t outerSize, innerSize;
  std::vector<float> outer, inner;
};

} // namespace mlir::eke

#endif // EKE_DIALECTS_EKE_ROTATION_H
