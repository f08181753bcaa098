//===- Yarn.cpp - Positions scaled by YaRN --------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/frontend/Yarn.h"

#include <algorithm>
#include <cmath>

namespace mlir::eke {

constexpr double pi = 3.14159265358979323846;

void addYarnFactors(proto::Rope &rope, uint32_t dims, const YarnScaling &yarn) {
  auto findPair = [&](double turns) {
    return dims * std::log(yarn.original / (turns * 2 * pi)) /
           (2 * std::log(rope.theta()));
  };
  double first = findPair(yarn.betaFast), last = findPair(yarn.betaSlow);
  if (yarn.truncates) {
    first = std::floor(first);
    last = std::ceil(last);
  }
  first = std::max(first, 0.0);
  last = std::min(last, double(dims) - 1);
  if (first == last)
    last += 0.001;
  for (uint32_t pair = 0; pair < dims / 2; ++pair) {
    double ramp = std::clamp((pair - first) / (last - first), 0.0, 1.0);
    rope.add_factors((1 - ramp) + ramp / yarn.factor);
  }
}

double getYarnGrowth(double factor, double scale) {
  return factor <= 1 ? 1 : 0.1 * scale * std::log(factor) + 1;
}

} // namespace mlir::eke
