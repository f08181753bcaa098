//===- RowPairs.h - Sums of two rows with the same weights ------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_CODEGEN_LLVM_ROWPAIRS_H
#define EKE_CODEGEN_LLVM_ROWPAIRS_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/IR/Instructions.h"

#include <utility>

namespace mlir::eke {

/// Two dot products (sdot) of neighbouring inputs: lanes 2 * half and 2 * half + 1
/// of `inputs`, four bytes each, with four channels of `weights` each.
struct Octet {
  llvm::Value *inputs;
  unsigned half;
  llvm::Value *weights[2] = {nullptr, nullptr};
  llvm::CallInst *last = nullptr;
};

/// The sums of four channels for one row: `start` and the products added to it.
struct RowSum {
  llvm::Value *start;
  llvm::CallInst *end;
  llvm::SmallVector<Octet> octets;
};

/// The sums of two rows with the same weights, and what both go through, lane by
/// lane, behind them.
struct RowPair {
  using Step = std::pair<llvm::Instruction *, llvm::Instruction *>;

  RowSum first, second;
  llvm::SmallVector<Step> steps;

  /// The two values that the rest of the function reads.
  Step getResult() const {
    return steps.empty() ? Step{first.end, second.end} : steps.back();
  }
};

/// Where both values of a step exist: the one that its block computes last.
llvm::Instruction *getLast(RowPair::Step step);

/// The pairs of rows in a block, of which at least two have the same weights: what
/// rearranges the weights serves them all. What reads a row of its block stands
/// behind both rows of the pair.
struct RowPairs {
  llvm::SmallVector<RowPair> pairs;
  /// What reads a row before the other row of its pair is complete, so that the
  /// rows stay as they are; the first reader of each group with the same weights.
  llvm::SmallVector<llvm::Instruction *> earlyReaders;
};
RowPairs findRowPairs(llvm::BasicBlock &block);

} // namespace mlir::eke

#endif // EKE_CODEGEN_LLVM_ROWPAIRS_H
