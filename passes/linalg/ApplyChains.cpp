//===- ApplyChains.cpp - Consecutive applies of one block -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/linalg/ApplyChains.h"

namespace mlir::eke {

using Carried = SmallVector<std::pair<unsigned, unsigned>>;

/// Which values of `apply` are which inputs of `next`; nothing if one of them goes
/// elsewhere, or `next` differs in another input.
static std::optional<Carried> findCarried(ApplyOp apply, ApplyOp next) {
  Carried carried;
  for (auto [index, value] : llvm::enumerate(apply.getValues())) {
    if (value.use_empty())
      continue;
    if (!value.hasOneUse() ||
        value.use_begin()->getOwner() != next.getOperation())
      return std::nullopt;
    unsigned input = value.use_begin()->getOperandNumber();
    if (input >= next.getInputs().size() ||
        apply.getInputs()[input].getType() != value.getType())
      return std::nullopt;
    carried.emplace_back(index, input);
  }
  for (auto [index, inputs] :
       llvm::enumerate(llvm::zip(apply.getInputs(), next.getInputs()))) {
    bool isCarried =
        llvm::is_contained(llvm::make_second_range(carried), index);
    if (!isCarried && std::get<0>(inputs) != std::get<1>(inputs))
      return std::nullopt;
  }
  return carried;
}

/// Is the place of `a` known without running the ops before it, or that of `b`?
static bool canTakeTurns(Value a, Value b) {
  return a == b || (a.getDefiningOp<UseOp>() && b.getDefiningOp<UseOp>()) ||
         (a.getDefiningOp<ReadOp>() && b.getDefiningOp<ReadOp>());
}

/// Can `next` follow the applies of `chain` as far as its states are concerned?
static bool haveStatesInPlace(const ApplyChain &chain, ApplyOp next,
                              const InPlaceStates &inPlace) {
  ApplyOp first = chain.applies.front();
  for (auto [ofFirst, state] :
       llvm::zip(first.getStateOperands(), next.getStateOperands())) {
    Value origin0 = inPlace.getOrigin(ofFirst);
    Value origin = inPlace.getOrigin(state);
    if (!origin || !origin0 || !canTakeTurns(origin0, origin))
      return false;
    auto before = state.get().getDefiningOp<ApplyOp>();
    if (before && !llvm::is_contained(chain.applies, before))
      return false;
  }
  return true;
}

/// The only apply that values of `apply` go to, or null.
static ApplyOp getNext(ApplyOp apply) {
  for (Value value : apply.getValues())
    if (value.hasOneUse())
      return dyn_cast<ApplyOp>(*value.user_begin());
  return {};
}

static bool append(ApplyChain &chain, const InPlaceStates &inPlace) {
  ApplyOp last = chain.applies.back(), next = getNext(last);
  if (!next || next.getBlockAttr() != last.getBlockAttr() ||
      next.getResultTypes() != last.getResultTypes() ||
      next->getBlock() != last->getBlock())
    return false;
  std::optional<Carried> carried = findCarried(last, next);
  if (!carried || (chain.applies.size() > 1 && *carried != chain.carried))
    return false;
  bool canTurn = llvm::all_of(
      llvm::zip(last.getWeights(), next.getWeights()), [](auto weights) {
        return canTakeTurns(std::get<0>(weights), std::get<1>(weights));
      });
  if (!canTurn || !haveStatesInPlace(chain, next, inPlace))
    return false;
  chain.carried = *carried;
  chain.applies.push_back(next);
  return true;
}

SmallVector<ApplyChain> findApplyChains(Block &block,
                                        const InPlaceStates &inPlace) {
  SmallVector<ApplyChain> chains;
  llvm::SmallPtrSet<Operation *, 16> seen;
  for (ApplyOp first : block.getOps<ApplyOp>()) {
    if (seen.contains(first))
      continue;
    ApplyChain chain{{first}, {}};
    while (append(chain, inPlace))
      ;
    for (ApplyOp apply : chain.applies)
      seen.insert(apply);
    chains.push_back(std::move(chain));
  }
  return chains;
}

} // namespace mlir::eke
