//===- ApplyChains.h - Consecutive applies of one block ---------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_LINALG_APPLYCHAINS_H
#define EKE_PASSES_LINALG_APPLYCHAINS_H

#include "dialects/eke/EkeDialect.h"

namespace mlir::eke {

/// Applies of one block, each of which passes its result to the next and to
/// nothing else; all their other inputs are the same.
struct ApplyChain {
  SmallVector<ApplyOp> applies;
  /// Which input is carried from one to the next.
  unsigned carried = 0;
};

/// Splits the applies of `block` into maximal chains, in order. Every apply is in
/// exactly one.
SmallVector<ApplyChain> findApplyChains(Block &block);

} // namespace mlir::eke

#endif // EKE_PASSES_LINALG_APPLYCHAINS_H
