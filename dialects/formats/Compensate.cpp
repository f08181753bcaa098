//===- Compensate.cpp - Rounding that looks at the inputs -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// With M = sum x x^T, the least of (w - q) M (w - q)^T over the columns k > j that are free
// still, where column j is off by e = w[j] - q[j], is at
//
//   w[k] -= e U[j, k] / U[j, j]      M^-1 = U^T U, U upper triangular
//
// and the loss is then e^2 / U[j, j]^2: that is how much column j matters.
//
// With P the reversal of rows and columns and P M P = L L^T, U = P L^-1 P.
//
//===----------------------------------------------------------------------===//

#include "dialects/formats/Compensate.h"

#include "dialects/formats/Convert.h"

#include "llvm/Support/MathExtras.h"
#include "llvm/Support/Parallel.h"

#define EIGEN_MPL2_ONLY // none of its few files under the LGPL
#include <Eigen/Cholesky>

#include <cmath>

namespace mlir::eke {
namespace {

using Rows =
    Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using ConstRows = Eigen::Map<const Rows>;

constexpr int64_t kWidth = QuantGroup::size;

/// What is added to the diagonal of the moments, in parts of its mean: text that was not seen
/// has other inputs, and what was always zero may be something then.
constexpr double kDamping = 0.01;

/// Numbers up to this have scales in f16, in every format.
constexpr float kMostNumber = 0x1p15f;

/// What the moments say of columns.
struct Columns {
  /// U[j, k] / U[j, j]; none if they are no moments.
  Rows spread;
  /// 1 / U[j, j]^2, in parts of the mean; 0 for columns that pad the last group.
  std::vector<float> importance;
};

Columns findColumns(llvm::ArrayRef<float> moments, int64_t columns) {
  Eigen::MatrixXd matrix =
      ConstRows(moments.data(), columns, columns).cast<double>().reverse();
  const double damping = kDamping * matrix.diagonal().mean();
  if (!(damping > 0) || !std::isfinite(damping))
    return {};
  matrix.diagonal().array() += damping;
  Eigen::LLT<Eigen::Ref<Eigen::MatrixXd>> cholesky(matrix); // in its place
  if (cholesky.info() != Eigen::Success)
    return {};
  Eigen::MatrixXd inverse = Eigen::MatrixXd::Identity(columns, columns);
  cholesky.matrixL().solveInPlace(inverse);
  Eigen::MatrixXd upper = inverse.reverse();
  Eigen::VectorXd inverses = upper.diagonal().cwiseInverse();
  Eigen::VectorXd importance = inverses.cwiseAbs2();
  importance /= importance.mean();
  Columns found;
  found.spread = (inverses.asDiagonal() * upper).cast<float>();
  found.importance.resize(llvm::alignTo<kWidth>(columns));
  for (int64_t k = 0; k < columns; ++k)
    found.importance[k] = float(importance[k]);
  return found;
}

/// A group while its values are chosen one by one.
class OpenGroup {
public:
  OpenGroup(const QuantGroup &group, const GroupRounding &rounding)
      : scale(fromF16(group.scale)), minimum(fromF16(group.minimum)),
        lowest(rounding.lowest), highest(rounding.highest) {}

  int8_t round(float x) const {
    // Beyond all values there is no need to be exact.
    float steps = scale == 0 ? 0 : (x - minimum) / scale;
    return static_cast<int8_t>(
        roundToEven(std::min(std::max(steps, lowest), highest)));
  }
  float valueOf(int8_t value) const { return scale * value + minimum; }

private:
  float scale, minimum, lowest, highest;
};

/// Rounds some rows, whose numbers it changes: one group of all of them after the other.
class RowRounder {
public:
  RowRounder(const Columns &columns, const GroupRounding &rounding)
      : spread(columns.spread), importance(columns.importance),
        rounding(rounding) {}

  /// `rows` are padded to whole groups with zeros; `groups` are as many for each row.
  void round(Rows &rows, QuantGroup *groups) const {
    const int64_t columns = spread.cols(), perRow = rows.cols() / kWidth;
    Rows errors(rows.rows(), kWidth);
    for (int64_t g = 0; g < perRow; ++g) {
      const int64_t first = g * kWidth;
      const int64_t width = std::min(kWidth, columns - first);
      const int64_t rest = columns - first - width;
      for (int64_t n = 0; n < rows.rows(); ++n)
        groups[n * perRow + g] =
            roundGroup(&rows(n, first), first, width, &errors(n, 0));
      if (rest > 0)
        rows.middleCols(first + width, rest).noalias() -=
            errors.leftCols(width) *
            spread.block(first, first + width, width, rest);
    }
  }

private:
  QuantGroup roundGroup(float *x, int64_t first, int64_t width,
                        float *errors) const {
    for (int64_t k = 0; k < width; ++k)
      x[k] = std::min(std::max(x[k], -kMostNumber), kMostNumber);
    QuantGroup group = rounding.quantize(x, &importance[first]);
    const OpenGroup open(group, rounding);
    for (int64_t k = 0; k < width; ++k) {
      group.values[k] = open.round(x[k]);
      errors[k] = x[k] - open.valueOf(group.values[k]);
      for (int64_t j = k + 1; j < width; ++j)
        x[j] -= errors[k] * spread(first + k, first + j);
    }
    return group;
  }

  const Rows &spread;
  const std::vector<float> &importance;
  const GroupRounding &rounding;
};

} // namespace

std::vector<QuantGroup> roundCompensated(const SourceMatrix &source,
                                         llvm::ArrayRef<float> moments,
                                         const GroupRounding &rounding) {
  constexpr int64_t together = 16; // rows, whose products are one of matrices
  const int64_t columns = source.columns;
  const int64_t stride = llvm::alignTo<kWidth>(columns);
  const Columns known = findColumns(moments, columns);
  if (known.spread.size() == 0)
    return {};
  std::vector<QuantGroup> groups(source.rows * (stride / kWidth));
  const RowRounder rounder(known, rounding);
  auto bad = forEachTile(source, together, stride, kMostNumber, [&](Tile tile) {
    const int64_t first = tile.index * together;
    Rows rows =
        ConstRows(tile.values, std::min(together, source.rows - first), stride);
    rounder.round(rows, groups.data() + first * (stride / kWidth));
  });
  if (bad)
    return {};
  return groups;
}

} // namespace mlir::eke
