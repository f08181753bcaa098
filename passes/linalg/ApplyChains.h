//===- ApplyChains.h - Consecutive applies of one block ---------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_LINALG_APPLYCHAINS_H
#define EKE_PASSES_LINALG_APPLYCHAINS_H

#include "passes/linalg/InPlaceStates.h"

namespace mlir::eke {

/// Applies of one block that can run one after the other where the first stands. Each
/// passes values to the next and to nothing else, all other inputs are the same, and
/// all update states in place, if there is more than one.
struct ApplyChain {
  SmallVector<ApplyOp> applies;
  /// Which value of one is which input of the next.
  SmallVector<std::pair<unsigned, unsigned>> carried;
};

/// Splits the applies of `block` into maximal chains, in order. Every apply is in
/// exactly one.
SmallVector<ApplyChain> findApplyChains(Block &block,
                                        const InPlaceStates &inPlace);

} // namespace mlir::eke

#endif // EKE_PASSES_LINALG_APPLYCHAINS_H
