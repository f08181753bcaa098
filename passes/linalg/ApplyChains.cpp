//===- ApplyChains.cpp - Consecutive applies of one block -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/linalg/ApplyChains.h"

namespace mlir::eke {

/// Which input of `next` takes the result of `apply`, if `next` continues it.
static std::optional<unsigned> findCarried(ApplyOp apply, ApplyOp next) {
  if (next.getBlockAttr() != apply.getBlockAttr() ||
      next.getResult().getType() != apply.getResult().getType())
    return std::nullopt;
  std::optional<unsigned> carried;
  for (auto [index, inputs] :
       llvm::enumerate(llvm::zip(apply.getInputs(), next.getInputs()))) {
    auto [before, after] = inputs;
    if (after == apply.getResult() && before.getType() == after.getType())
      carried = index;
    else if (before != after)
      return std::nullopt;
  }
  return carried;
}

SmallVector<ApplyChain> findApplyChains(Block &block) {
  SmallVector<ApplyChain> chains;
  llvm::SmallPtrSet<Operation *, 16> seen;
  for (ApplyOp first : block.getOps<ApplyOp>()) {
    if (!seen.insert(first).second)
      continue;
    ApplyChain chain{{first}};
    while (chain.applies.back().getResult().hasOneUse()) {
      ApplyOp last = chain.applies.back();
      auto next = dyn_cast<ApplyOp>(*last.getResult().user_begin());
      std::optional<unsigned> carried =
          next ? findCarried(last, next) : std::nullopt;
      if (!carried || (chain.applies.size() > 1 && *carried != chain.carried))
        break;
      chain.carried = *carried;
      chain.applies.push_back(next);
      seen.insert(next);
    }
    chains.push_back(std::move(chain));
  }
  return chains;
}

} // namespace mlir::eke
