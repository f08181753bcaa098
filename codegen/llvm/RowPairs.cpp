//===- RowPairs.cpp - Sums of two rows with the same weights --------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   %a1 = sdot(%a0, %w0, spread(%x, 0))       a RowSum of %a0, whose Octet has
//   %a2 = sdot(%a1, %w1, spread(%x, 1))       %w0, %w1 and the half 0 of %x
//
//===----------------------------------------------------------------------===//

#include "codegen/llvm/RowPairs.h"

#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/IntrinsicsAArch64.h"

#include <optional>

namespace mlir::eke {

namespace {

/// One lane of a vector of i32.
struct Lane {
  llvm::Value *vector;
  unsigned number;
};

} // namespace

/// Is it sdot on whole registers?
static llvm::CallInst *asDot(llvm::Value *value) {
  auto *call = llvm::dyn_cast<llvm::IntrinsicInst>(value);
  bool isDot =
      call && call->getIntrinsicID() == llvm::Intrinsic::aarch64_neon_sdot &&
      llvm::cast<llvm::FixedVectorType>(call->getType())->getNumElements() == 4;
  return isDot ? call : nullptr;
}

/// Does a shuffle move whole words of four bytes, all out of its first operand?
static bool movesWords(const llvm::ShuffleVectorInst &shuffle) {
  auto *type =
      llvm::cast<llvm::FixedVectorType>(shuffle.getOperand(0)->getType());
  int bytes = static_cast<int>(type->getNumElements());
  llvm::ArrayRef<int> mask = shuffle.getShuffleMask();
  for (auto [to, from] : llvm::enumerate(mask))
    if (from < 0 || from >= bytes || from % 4 != static_cast<int>(to % 4) ||
        from / 4 != mask[to - to % 4] / 4)
      return false;
  return true;
}

/// The lane that all words of the vector `bytes` are copies of.
static std::optional<Lane> findSpreadLane(llvm::Value *bytes) {
  auto *part = llvm::dyn_cast<llvm::ShuffleVectorInst>(bytes);
  if (part && movesWords(*part))
    bytes = part->getOperand(0);
  auto *cast = llvm::dyn_cast<llvm::BitCastInst>(bytes);
  auto *spread =
      cast ? llvm::dyn_cast<llvm::ShuffleVectorInst>(cast->getOperand(0))
           : nullptr;
  if (!spread || !spread->getType()->getScalarType()->isIntegerTy(32) ||
      !llvm::all_equal(spread->getShuffleMask()))
    return std::nullopt;
  int lane = spread->getMaskValue(0);
  auto *type =
      llvm::cast<llvm::FixedVectorType>(spread->getOperand(0)->getType());
  if (lane < 0 || lane >= static_cast<int>(type->getNumElements()))
    return std::nullopt;
  return Lane{spread->getOperand(0), static_cast<unsigned>(lane)};
}

/// Adds the product `call` to the octet that has a place for it. Fails if it is not
/// weights times one lane.
static bool addProduct(llvm::SmallVectorImpl<Octet> &octets,
                       llvm::CallInst *call) {
  llvm::Value *weights = call->getArgOperand(1);
  std::optional<Lane> lane = findSpreadLane(call->getArgOperand(2));
  if (!lane) {
    weights = call->getArgOperand(2);
    lane = findSpreadLane(call->getArgOperand(1));
  }
  if (!lane)
    return false;
  unsigned half = lane->number / 2, place = lane->number % 2;
  auto *octet = llvm::find_if(octets, [&](const Octet &other) {
    return other.inputs == lane->vector && other.half == half &&
           !other.weights[place];
  });
  if (octet == octets.end()) {
    octets.push_back({lane->vector, half});
    octet = &octets.back();
  }
  octet->weights[place] = weights;
  octet->last = call;
  return true;
}

/// The sum that ends with `end`, if its products are whole octets.
static std::optional<RowSum> findRowSum(llvm::CallInst *end) {
  llvm::SmallVector<llvm::CallInst *> calls{end};
  RowSum sum{end->getArgOperand(0), end, {}};
  while (llvm::CallInst *before = asDot(sum.start)) {
    if (before->getParent() != end->getParent() || !before->hasOneUse())
      break;
    calls.push_back(before);
    sum.start = before->getArgOperand(0);
  }
  for (llvm::CallInst *call : llvm::reverse(calls))
    if (!addProduct(sum.octets, call))
      return std::nullopt;
  for (const Octet &octet : sum.octets)
    if (!octet.weights[0] || !octet.weights[1])
      return std::nullopt;
  return sum;
}

/// Does another product of the block go on with this one's sum?
static bool isSummedOn(llvm::CallInst *call) {
  if (!call->hasOneUse())
    return false;
  llvm::CallInst *next = asDot(call->user_back());
  return next && next->getParent() == call->getParent() &&
         next->getArgOperand(0) == call;
}

static bool haveSameWeights(const RowSum &one, const RowSum &other) {
  return llvm::equal(
      one.octets, other.octets, [](const Octet &a, const Octet &b) {
        return a.weights[0] == b.weights[0] && a.weights[1] == b.weights[1] &&
               a.inputs->getType() == b.inputs->getType();
      });
}

/// Are `one` and `other` two vectors that both steps of a loop start from, of which
/// `next` are the results?
static bool areCarried(llvm::Value *one, llvm::Value *other,
                       RowPair::Step next) {
  auto *phi = llvm::dyn_cast<llvm::PHINode>(one);
  auto *otherPhi = llvm::dyn_cast<llvm::PHINode>(other);
  if (!phi || !otherPhi || phi->getParent() != otherPhi->getParent())
    return false;
  return llvm::any_of(phi->blocks(), [&](llvm::BasicBlock *from) {
    return phi->getIncomingValueForBlock(from) == next.first &&
           otherPhi->getIncomingValueForBlock(from) == next.second;
  });
}

/// The step that follows `last` in both rows, if it works lane by lane and what else
/// it reads is the same for both, or carried by the loop.
static std::optional<RowPair::Step> findStep(RowPair::Step last) {
  auto [one, other] = last;
  if (!one->hasOneUse() || !other->hasOneUse())
    return std::nullopt;
  RowPair::Step next{one->user_back(), other->user_back()};
  auto *call = llvm::dyn_cast<llvm::IntrinsicInst>(next.first);
  bool isLanewise =
      llvm::isa<llvm::BinaryOperator, llvm::SIToFPInst>(next.first) ||
      (call && call->getIntrinsicID() == llvm::Intrinsic::fmuladd);
  if (!isLanewise || next.first == next.second ||
      !next.first->isSameOperationAs(next.second) ||
      next.first->getParent() != one->getParent() ||
      next.second->getParent() != one->getParent())
    return std::nullopt;
  for (auto [a, b] :
       llvm::zip_equal(next.first->operands(), next.second->operands())) {
    bool isLast = a.get() == one && b.get() == other;
    if (!isLast && a.get() != b.get() && !areCarried(a, b, next))
      return std::nullopt;
  }
  return next;
}

llvm::Instruction *getLast(RowPair::Step step) {
  return step.first->comesBefore(step.second) ? step.second : step.first;
}

/// What in its block reads a row of `result` before both exist. Around a loop the
/// block reads only what it has completed.
static llvm::Instruction *findEarlyReader(RowPair::Step result) {
  llvm::Instruction *last = getLast(result);
  for (llvm::Instruction *row : {result.first, result.second})
    for (llvm::User *user : row->users()) {
      auto *reader = llvm::cast<llvm::Instruction>(user);
      if (!llvm::isa<llvm::PHINode>(reader) &&
          reader->getParent() == last->getParent() &&
          !last->comesBefore(reader))
        return reader;
    }
  return nullptr;
}

/// Two rows and as many steps behind them as leave both rows complete before one is
/// read. Without such a number of steps, `reader` is what reads a row too early.
static std::optional<RowPair> makePair(const RowSum &one, const RowSum &other,
                                       llvm::Instruction *&reader) {
  RowPair pair{one, other, {}};
  while (std::optional<RowPair::Step> step = findStep(pair.getResult()))
    pair.steps.push_back(*step);
  while ((reader = findEarlyReader(pair.getResult()))) {
    if (pair.steps.empty())
      return std::nullopt;
    pair.steps.pop_back();
  }
  return pair;
}

/// The sums of a block, in groups with the same weights.
static llvm::SmallVector<llvm::SmallVector<RowSum>>
groupRowSums(llvm::BasicBlock &block) {
  llvm::SmallVector<llvm::SmallVector<RowSum>> groups;
  for (llvm::Instruction &inst : block) {
    llvm::CallInst *call = asDot(&inst);
    if (!call || isSummedOn(call))
      continue;
    std::optional<RowSum> sum = findRowSum(call);
    if (!sum)
      continue;
    auto *group = llvm::find_if(groups, [&](llvm::ArrayRef<RowSum> others) {
      return haveSameWeights(others.front(), *sum);
    });
    if (group == groups.end()) {
      groups.emplace_back();
      group = &groups.back();
    }
    group->push_back(std::move(*sum));
  }
  return groups;
}

RowPairs findRowPairs(llvm::BasicBlock &block) {
  RowPairs found;
  for (llvm::ArrayRef<RowSum> group : groupRowSums(block)) {
    if (group.size() < 4)
      continue;
    llvm::SmallVector<RowPair> pairs;
    llvm::Instruction *earlyReader = nullptr;
    for (size_t row = 0; row + 1 < group.size(); row += 2) {
      llvm::Instruction *reader;
      if (auto pair = makePair(group[row], group[row + 1], reader))
        pairs.push_back(std::move(*pair));
      else if (!earlyReader)
        earlyReader = reader;
    }
    if (earlyReader)
      found.earlyReaders.push_back(earlyReader);
    if (pairs.size() > 1)
      llvm::append_range(found.pairs, pairs);
  }
  return found;
}

} // namespace mlir::eke
