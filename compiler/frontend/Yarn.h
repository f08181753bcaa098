//===- Yarn.h - Positions scaled by YaRN ------------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef EKE_COMPILER_FRONTEND_YARN_H
#define EKE_COMPILER_FRONTEND_YARN_H

#include "compiler/frontend/Model.h"

namespace mlir::eke {

/// What scales positions as Peng et al. do (arXiv 2309.00071): pairs that turn often in the
/// context of before stay, those that turn seldom slow down, and between them is a ramp.
struct YarnScaling {
  double factor = 1;
  /// The positions of the model before it was scaled.
  double original = 1;
  /// The turns of a pair where the ramp begins and ends.
  double betaFast = 32;
  double betaSlow = 1;
  /// Whether it begins and ends at whole pairs.
  bool truncates = true;
};

/// Adds a factor for each pair of `dims` elements that turn.
void addYarnFactors(proto::Rope &rope, uint32_t dims, const YarnScaling &yarn);

/// By what queries and keys grow where positions are scaled by `factor`.
double getYarnGrowth(double factor, double scale = 1);

} // namespace mlir::eke

#endif // EKE_COMPILER_FRONTEND_YARN_H
