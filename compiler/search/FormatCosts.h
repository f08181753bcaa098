//===- FormatCosts.h - What matrices take in each format --------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_SEARCH_FORMATCOSTS_H
#define EKE_COMPILER_SEARCH_FORMATCOSTS_H

#include "compiler/pipeline/Compilation.h"
#include "compiler/report/EnergyReport.h"

#include "llvm/ADT/StringMap.h"

namespace mlir::eke {

/// What a matrix takes each time that the model does its work, by the energy model.
struct FormatCost {
  /// To read it, and in its part of the kernels that multiply with it, in picojoules.
  double energy = 0;
  /// Of the weight image.
  double bytes = 0;
};

/// What all that a model does takes on the target.
struct ModelCost {
  Figure energy;
  int64_t bytes = 0;
  /// By the names of matrices, of those that are parts of one weight as well.
  llvm::StringMap<FormatCost> matrices;
};

/// Compiles the model for its target, and prices it. Matrices that are parts of one weight share
/// what that takes, by their rows.
FailureOr<ModelCost> priceModel(const CompileOptions &options,
                                StringRef compiler);

} // namespace mlir::eke

#endif // EKE_COMPILER_SEARCH_FORMATCOSTS_H
