//===- QuantizeGroup.cpp - 32 numbers as small integers -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// In i4: minimises  sum_k (x[k] - d * clamp(round(x[k] / d), -8, 7))^2  over d, an
// f16.
//
// The error has many local minima. They are searched from scales that map the
// number m of largest magnitude near -8, and near +7 and -7; from each, d moves
// to the least-squares optimum  sum(x q) / sum(q q)  of the integers q it
// gives.
//
//===----------------------------------------------------------------------===//

#include "dialects/formats/QuantizeGroup.h"

#include "dialects/formats/Convert.h"

#include <algorithm>

namespace mlir::eke {
namespace {

struct Candidate {
  float scale = 0; // exactly an f16
  float error = 0;
  float refined = 0; // the least-squares scale for the same integers
};

float roundedToF16(float value) { return fromF16(toF16(value)); }

float quantize(float x, float inverse) {
  return std::min(std::max(roundToEven(x * inverse), -8.0f), 7.0f);
}

/// Sums of eight lanes, so that the compiler may use vectors and the result
/// does not depend on whether it does.
Candidate evaluate(const float *x, float scale) {
  constexpr int lanes = 8;
  const float inverse = 1.0f / scale;
  float error[lanes] = {}, xq[lanes] = {}, qq[lanes] = {};
  for (int k = 0; k < QuantGroup::size; k += lanes)
    for (int lane = 0; lane < lanes; ++lane) {
      float value = x[k + lane];
      float q = quantize(value, inverse);
      float difference = value - scale * q;
      error[lane] += difference * difference;
      xq[lane] += value * q;
      qq[lane] += q * q;
    }
  Candidate candidate;
  candidate.scale = scale;
  float sumXQ = 0, sumQQ = 0;
  for (int lane = 0; lane < lanes; ++lane) {
    candidate.error += error[lane];
    sumXQ += xq[lane];
    sumQQ += qq[lane];
  }
  candidate.refined = sumQQ > 0 ? sumXQ / sumQQ : scale;
  return candidate;
}

/// The scale with the least error, or 0 if all numbers vanish.
float findScale(const float *x) {
  float largest = 0;
  for (int k = 0; k < QuantGroup::size; ++k)
    if (std::fabs(x[k]) > std::fabs(largest))
      largest = x[k];
  Candidate best;
  for (int k = 0; k < QuantGroup::size; ++k)
    best.error += x[k] * x[k];

  constexpr float levels[] = {-8.8f, -8.4f, -8.0f, -7.6f, -7.2f,
                              -6.8f, 6.6f,  7.0f,  7.4f};
  for (float level : levels) {
    float scale = roundedToF16(largest / level);
    for (int step = 0; step < 2 && scale != 0; ++step) {
      Candidate candidate = evaluate(x, scale);
      if (candidate.error < best.error)
        best = candidate;
      float refined = roundedToF16(candidate.refined);
      if (refined == scale)
        break;
      scale = refined;
    }
  }
  return best.scale;
}

} // namespace

QuantGroup quantizeI4(const float *x) {
  QuantGroup group;
  group.minimum = 0;
  const float scale = findScale(x);
  group.scale = toF16(scale);
  for (int k = 0; k < QuantGroup::size; ++k)
    group.values[k] = scale == 0 ? 0 : quantize(x[k], 1.0f / scale);
  return group;
}

QuantGroup quantizeI8G(const float *x) {
  QuantGroup group;
  float largest = 0;
  for (int k = 0; k < QuantGroup::size; ++k)
    largest = std::max(largest, std::fabs(x[k]));
  group.scale = toF16(largest / 127.0f);
  group.minimum = 0;
  const float scale = fromF16(group.scale);
  for (int k = 0; k < QuantGroup::size; ++k) {
    // Rounded down, the scale would take the largest beyond 127.
    float q = scale == 0 ? 0 : roundToEven(x[k] / scale);
    group.values[k] = std::min(std::max(q, -127.0f), 127.0f);
  }
  return group;
}

QuantGroup quantizeI4M(const float *x) {
  QuantGroup group;
  float least = 0, largest = x[0];
  for (int k = 0; k < QuantGroup::size; ++k) {
    least = std::min(least, x[k]);
    largest = std::max(largest, x[k]);
  }
  group.minimum = toF16(least);
  const float minimum = fromF16(group.minimum);
  group.scale = toF16(std::max(largest - minimum, 0.0f) / 15.0f);
  const float scale = fromF16(group.scale);
  for (int k = 0; k < QuantGroup::size; ++k) {
    float q = scale == 0 ? 0 : roundToEven((x[k] - minimum) / scale);
    group.values[k] = std::min(std::max(q, 0.0f), 15.0f);
  }
  return group;
}

} // namespace mlir::eke
