//===- Rotation.cpp - An orthogonal matrix for each size ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/eke/Rotation.h"

#include "llvm/ADT/bit.h"

#include <algorithm>
#include <cmath>

namespace mlir::eke {

static constexpr int64_t mostInner = 64, mostOuter = 1024;

/// 1 or -1: a bit of Steele, Lea and Flood's SplitMix64.
static double signOf(uint64_t index) {
  uint64_t z = (index + 1) * 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return (z >> 32) & 1 ? 1 : -1;
}

static std::vector<float> makeHadamard(int64_t size) {
  if (size == 1)
    return {1};
  std::vector<float> matrix;
  for (int64_t b = 0; b < size; ++b)
    for (int64_t d = 0; d < size; ++d) {
      double sign = llvm::popcount(uint64_t(b & d)) % 2 ? -1 : 1;
      matrix.push_back(signOf(b) * sign / std::sqrt(double(size)));
    }
  return matrix;
}

static std::vector<float> makeCosines(int64_t size) {
  if (size == 1)
    return {1};
  std::vector<float> matrix;
  for (int64_t a = 0; a < size; ++a)
    for (int64_t c = 0; c < size; ++c) {
      double angle = M_PI * a * (2 * c + 1) / (2 * size);
      double norm = std::sqrt((a == 0 ? 1.0 : 2.0) / size);
      matrix.push_back(signOf(a) * norm * std::cos(angle));
    }
  return matrix;
}

static int64_t findInner(int64_t size) {
  return std::min(size & -size, mostInner);
}

int64_t Rotation::findOuterSize(int64_t size) { return size / findInner(size); }

bool Rotation::exists(int64_t size) {
  return size > 0 && findOuterSize(size) <= mostOuter;
}

Rotation::Rotation(int64_t size)
    : outerSize(findOuterSize(size)), innerSize(findInner(size)) {
  outer = makeCosines(outerSize);
  inner = makeHadamard(innerSize);
}

/// to[d] = sum_b from[b] matrix[b, d].
static void multiply(const float *from, const std::vector<float> &matrix,
                     int64_t size, float *to) {
  std::fill_n(to, size, 0.0f);
  for (int64_t b = 0; b < size; ++b)
    for (int64_t d = 0; d < size; ++d)
      to[d] += from[b] * matrix[b * size + d];
}

void Rotation::apply(float *row, int64_t parts, int64_t stride) const {
  const int64_t size = outerSize * innerSize;
  std::vector<float> mixed(size), result(size), run(innerSize);
  for (int64_t part = 0; part < parts; ++part, row += size * stride) {
    for (int64_t a = 0; a < outerSize; ++a) {
      for (int64_t b = 0; b < innerSize; ++b)
        run[b] = row[(a * innerSize + b) * stride];
      multiply(run.data(), inner, innerSize, &mixed[a * innerSize]);
    }
    std::fill(result.begin(), result.end(), 0.0f);
    for (int64_t a = 0; a < outerSize; ++a)
      for (int64_t c = 0; c < outerSize; ++c)
        for (int64_t d = 0; d < innerSize; ++d)
          result[c * innerSize + d] +=
              outer[a * outerSize + c] * mixed[a * innerSize + d];
    for (int64_t i = 0; i < size; ++i)
      row[i * stride] = result[i];
  }
}

} // namespace mlir::eke
