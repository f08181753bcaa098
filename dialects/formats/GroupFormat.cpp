//===- GroupFormat.cpp - Formats with a scale for 32 inputs ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/formats/GroupFormat.h"

#include "dialects/formats/Compensate.h"
#include "dialects/formats/Convert.h"
#include "dialects/formats/Pack.h"

#include <numeric>

namespace mlir::eke {

/// The sum of the squares of what `group` is off by.
static double measureGroup(const float *x, const QuantGroup &group) {
  const double scale = fromF16(group.scale), minimum = fromF16(group.minimum);
  double error = 0;
  for (int64_t k = 0; k < QuantGroup::size; ++k) {
    double difference = x[k] - (scale * group.values[k] + minimum);
    error += difference * difference;
  }
  return error;
}

/// Infinity if a number is beyond what the format holds.
double GroupFormat::measureError(const SourceMatrix &source) const {
  if (source.quants && source.quants->isGroupOf(lowest, highest, hasMinimum))
    return 0;
  const int64_t stride = llvm::alignTo<QuantGroup::size>(source.columns);
  std::vector<double> errors(source.rows);
  auto tooLarge = forEachTile(source, 1, stride, most, [&](Tile row) {
    for (int64_t k = 0; k < stride; k += QuantGroup::size)
      errors[row.index] +=
          measureGroup(row.values + k, quantize(row.values + k, nullptr));
  });
  if (tooLarge)
    return std::numeric_limits<double>::infinity();
  return std::accumulate(errors.begin(), errors.end(), 0.0);
}

std::vector<QuantGroup> GroupFormat::compensate(const SourceMatrix &source,
                                                ArrayRef<float> moments) const {
  if (source.quants && source.quants->isGroupOf(lowest, highest, hasMinimum))
    return {}; // there is nothing to make up for
  return roundCompensated(source, moments,
                          {[this](const float *x, const float *importance) {
                             return quantize(x, importance);
                           },
                           lowest, highest});
}

} // namespace mlir::eke
