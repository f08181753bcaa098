//===- QuantizeGroup.cpp - 32 numbers as small integers -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// In i4: minimises  sum_k w[k] (x[k] - d * clamp(round(x[k] / d), -8, 7))^2  over d, an
// f16.
//
// The error has many local minima. They are searched from scales that map the
// number m of largest magnitude near -8, and near +7 and -7; from each, d moves
// to the least-squares optimum  sum(w x q) / sum(w q q)  of the integers q it
// gives.
//
// In i4m the same is done with a minimum, where importance is given.
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
Candidate evaluate(const float *x, const float *w, float scale) {
  constexpr int lanes = 8;
  const float inverse = 1.0f / scale;
  float error[lanes] = {}, xq[lanes] = {}, qq[lanes] = {};
  for (int k = 0; k < QuantGroup::size; k += lanes)
    for (int lane = 0; lane < lanes; ++lane) {
      float value = x[k + lane];
      float q = quantize(value, inverse);
      float difference = value - scale * q;
      float importance = w[k + lane];
      error[lane] += importance * (difference * difference);
      xq[lane] += importance * (value * q);
      qq[lane] += importance * (q * q);
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
float findScale(const float *x, const float *w) {
  float largest = 0;
  for (int k = 0; k < QuantGroup::size; ++k)
    if (std::fabs(x[k]) > std::fabs(largest))
      largest = x[k];
  Candidate best;
  for (int k = 0; k < QuantGroup::size; ++k)
    best.error += w[k] * (x[k] * x[k]);

  constexpr float levels[] = {-8.8f, -8.4f, -8.0f, -7.6f, -7.2f,
                              -6.8f, 6.6f,  7.0f,  7.4f};
  for (float level : levels) {
    float scale = roundedToF16(largest / level);
    for (int step = 0; step < 2 && scale != 0; ++step) {
      Candidate candidate = evaluate(x, w, scale);
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

/// Of numbers that are all as important.
constexpr float alike[QuantGroup::size] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
                                           1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
                                           1, 1, 1, 1, 1, 1, 1, 1, 1, 1};

/// Numbers from 0 to 15, each `scale` above the one before, from `minimum` on.
struct Steps {
  float scale = 0, minimum = 0; // exactly f16

  float round(float x) const {
    float q = scale == 0 ? 0 : roundToEven((x - minimum) / scale);
    return std::min(std::max(q, 0.0f), 15.0f);
  }
};

Steps roundedToF16(float scale, float minimum) {
  return {roundedToF16(scale), roundedToF16(minimum)};
}

double measure(const float *x, const float *w, Steps steps) {
  double error = 0;
  for (int k = 0; k < QuantGroup::size; ++k) {
    double off = double(x[k]) -
                 (double(steps.scale) * steps.round(x[k]) + steps.minimum);
    error += w[k] * off * off;
  }
  return error;
}

/// The least squares for the integers that `steps` gives: a straight line through them.
Steps refine(const float *x, const float *w, Steps steps) {
  double sum = 0, sumX = 0, sumQ = 0, sumXQ = 0, sumQQ = 0;
  for (int k = 0; k < QuantGroup::size; ++k) {
    double q = steps.round(x[k]);
    sum += w[k];
    sumX += w[k] * double(x[k]);
    sumQ += w[k] * q;
    sumXQ += w[k] * x[k] * q;
    sumQQ += w[k] * q * q;
  }
  double spread = sum * sumQQ - sumQ * sumQ;
  if (!(spread > 0))
    return steps;
  double scale = (sum * sumXQ - sumX * sumQ) / spread;
  return roundedToF16(float(scale), float((sumX - scale * sumQ) / sum));
}

/// From the whole range and from parts of it, which leave out what matters little.
Steps findSteps(const float *x, const float *w, Steps whole) {
  constexpr float parts[] = {1.0f, 0.9f, 0.8f, 0.7f};
  Steps best = whole;
  double least = measure(x, w, whole);
  for (float part : parts) {
    float cut = 7.5f * (1 - part) * whole.scale;
    Steps steps = roundedToF16(part * whole.scale, whole.minimum + cut);
    for (int step = 0; step < 4; ++step) {
      steps = refine(x, w, steps);
      double error = measure(x, w, steps);
      if (error < least) {
        least = error;
        best = steps;
      }
    }
  }
  return best;
}

} // namespace

QuantGroup quantizeI4(const float *x, const float *importance) {
  QuantGroup group;
  group.minimum = 0;
  const float scale = findScale(x, importance ? importance : alike);
  group.scale = toF16(scale);
  for (int k = 0; k < QuantGroup::size; ++k)
    group.values[k] = scale == 0 ? 0 : quantize(x[k], 1.0f / scale);
  return group;
}

QuantGroup quantizeI8G(const float *x, const float *) {
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

QuantGroup quantizeI4M(const float *x, const float *importance) {
  float least = 0, largest = x[0];
  for (int k = 0; k < QuantGroup::size; ++k) {
    least = std::min(least, x[k]);
    largest = std::max(largest, x[k]);
  }
  const float minimum = roundedToF16(least);
  Steps steps =
      roundedToF16(std::max(largest - minimum, 0.0f) / 15.0f, minimum);
  if (importance)
    steps = findSteps(x, importance, steps);
  QuantGroup group;
  group.scale = toF16(steps.scale);
  group.minimum = toF16(steps.minimum);
  for (int k = 0; k < QuantGroup::size; ++k)
    group.values[k] = steps.round(x[k]);
  return group;
}

} // namespace mlir::eke
