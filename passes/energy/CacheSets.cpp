//===- CacheSets.cpp - What the sets of a cache can hold ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/energy/CacheSets.h"

#include <algorithm>
#include <cmath>

namespace mlir::eke {

CacheSets::CacheSets(int64_t capacity, int64_t ways)
    : isOneSet(ways == 0), ways(isOneSet ? 1 : double(ways)),
      wayBytes(double(capacity) / this->ways) {}

void CacheSets::clear() { used.fill(0); }

CacheSets::Lines CacheSets::countLines(const Extent &extent) const {
  Lines lines;
  if (isOneSet || !extent.start) {
    lines.fill(double(extent.bytes) / wayBytes);
    return lines;
  }
  double rounds = std::floor(double(extent.bytes) / wayBytes);
  lines.fill(rounds);
  // What is left begins here, and goes on at the first set behind the last.
  double partBytes = wayBytes / kParts;
  double left = double(extent.bytes) - rounds * wayBytes;
  double at = std::fmod(double(*extent.start), wayBytes);
  int part = std::min(kParts - 1, int(at / partBytes));
  double room = (part + 1) * partBytes - at;
  while (left > 0) {
    double here = std::min(left, room);
    lines[part] += here / partBytes;
    left -= here;
    part = (part + 1) % kParts;
    room = partBytes;
  }
  return lines;
}

void CacheSets::add(const Extent &extent) {
  Lines more = countLines(extent);
  for (int part = 0; part < kParts; ++part)
    used[part] += more[part];
}

/// The part of the lines that stays where a set has so many on average. Numbers of lines
/// next to each other are those of sets in one part: of 8.25, a quarter of the sets have 9.
double CacheSets::getStaying(double lines) const {
  constexpr double rounding = 1e-9;
  if (isOneSet)
    return lines <= ways + rounding;
  return std::clamp(ways + 1 - lines, 0.0, 1.0);
}

double CacheSets::getPartThatStays(const Extent &extent) const {
  Lines own = countLines(extent);
  double staying = 0, all = 0;
  for (int part = 0; part < kParts; ++part) {
    staying += own[part] * getStaying(used[part]);
    all += own[part];
  }
  return all > 0 ? staying / all : 1;
}

} // namespace mlir::eke
