//===- MatrixProducts.cpp - Products of rows by smmla ---------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// smmla multiplies a matrix of 2 x 8 bytes by the transpose of another and adds the
// 2 x 2 sums. The sums of four channels for the rows a and b are two such blocks:
//
//   a = [a0 a1 a2 a3]                 low  = [a0 a1 b0 b1]
//   b = [b0 b1 b2 b3]     become      high = [a2 a3 b2 b3]
//
// They stay so through all that works lane by lane, and around loops. Rows of which
// one is read before the other is complete are left alone, with a remark.
//
//===----------------------------------------------------------------------===//

#include "codegen/llvm/MatrixProducts.h"

#include "codegen/llvm/RowPairs.h"

#include "llvm/Analysis/OptimizationRemarkEmitter.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/IntrinsicsAArch64.h"

namespace mlir::eke {

namespace {

struct Blocks {
  llvm::Value *low, *high;
};

/// Rewrites the pairs of rows of a function.
class Rewriter {
public:
  explicit Rewriter(llvm::DominatorTree &dominators) : dominators(dominators) {}

  /// Rewrites the pairs of one basic block.
  void rewrite(llvm::ArrayRef<RowPair> pairs);

private:
  using Two = std::pair<llvm::Value *, llvm::Value *>;

  void multiply(const RowPair &pair, size_t octet);
  void take(RowPair::Step step);
  void completePhis();
  void replaceUses(RowPair::Step result);

  llvm::Instruction *whenComplete(llvm::Value *value) const;
  llvm::Instruction *insertionPoint(llvm::Value *a, llvm::Value *b);
  Blocks arrange(llvm::Value *a, llvm::Value *b);
  Blocks arrangeWeights(llvm::Value *a, llvm::Value *b);
  Blocks arrangePhis(llvm::PHINode *a, llvm::PHINode *b);

  llvm::DominatorTree &dominators;
  llvm::DenseMap<Two, Blocks> blocks;
  llvm::DenseMap<Two, Blocks> weights;
  /// For each row, where both rows of its pair exist.
  llvm::DenseMap<llvm::Value *, llvm::Instruction *> complete;
  llvm::SmallVector<std::pair<llvm::PHINode *, llvm::PHINode *>> oldPhis;
  llvm::SmallPtrSet<llvm::User *, 32> replaced;
};

} // namespace

//===----------------------------------------------------------------------===//
// Arranging
//===----------------------------------------------------------------------===//

static llvm::Value *shuffle(llvm::IRBuilder<> &builder, llvm::Value *a,
                            llvm::Value *b, llvm::ArrayRef<int> mask) {
  return builder.CreateShuffleVector(a, b, mask);
}

/// Words as bytes, or bytes as words.
static llvm::Value *asVectorOf(llvm::IRBuilder<> &builder, llvm::Value *value,
                               unsigned bits) {
  return builder.CreateBitCast(
      value, llvm::FixedVectorType::get(builder.getIntNTy(bits), 128 / bits));
}

/// Where a value exists also if it is a row, which is then given back out of its
/// pair's blocks.
llvm::Instruction *Rewriter::whenComplete(llvm::Value *value) const {
  if (llvm::Instruction *last = complete.lookup(value))
    return last;
  return llvm::dyn_cast<llvm::Instruction>(value);
}

/// Where both values exist.
llvm::Instruction *Rewriter::insertionPoint(llvm::Value *a, llvm::Value *b) {
  llvm::Instruction *first = whenComplete(a);
  llvm::Instruction *second = whenComplete(b);
  if (!first || (second && dominators.dominates(first, second)))
    first = second;
  if (!first) // arguments
    return &*dominators.getRoot()->getFirstInsertionPt();
  return &**first->getInsertionPointAfterDef();
}

Blocks Rewriter::arrange(llvm::Value *a, llvm::Value *b) {
  auto [known, isNew] = blocks.try_emplace({a, b});
  if (!isNew)
    return known->second;
  Blocks result;
  if (llvm::isa<llvm::Constant>(a) && llvm::isa<llvm::Constant>(b)) {
    result = {llvm::ConstantExpr::getShuffleVector(
                  llvm::cast<llvm::Constant>(a), llvm::cast<llvm::Constant>(b),
                  {0, 1, 4, 5}),
              llvm::ConstantExpr::getShuffleVector(
                  llvm::cast<llvm::Constant>(a), llvm::cast<llvm::Constant>(b),
                  {2, 3, 6, 7})};
  } else {
    llvm::IRBuilder<> builder(insertionPoint(a, b));
    result = {shuffle(builder, a, b, {0, 1, 4, 5}),
              shuffle(builder, a, b, {2, 3, 6, 7})};
  }
  return blocks[{a, b}] = result;
}

/// Two loop-carried rows as blocks that the loop carries.
Blocks Rewriter::arrangePhis(llvm::PHINode *a, llvm::PHINode *b) {
  auto [known, isNew] = blocks.try_emplace({a, b});
  if (!isNew)
    return known->second;
  llvm::IRBuilder<> builder(a);
  unsigned count = a->getNumIncomingValues();
  oldPhis.push_back({a, b});
  replaced.insert(a);
  replaced.insert(b);
  return known->second = {builder.CreatePHI(a->getType(), count),
                          builder.CreatePHI(a->getType(), count)};
}

/// Four channels of two words each, two channels to a block: of channel n, words
/// a[n] and b[n]. What unpacks both in the same way, by a constant, does so behind
/// the arranging, which then serves all that is unpacked from them.
Blocks Rewriter::arrangeWeights(llvm::Value *a, llvm::Value *b) {
  auto known = weights.find({a, b});
  if (known != weights.end())
    return known->second;
  auto *first = llvm::dyn_cast<llvm::BinaryOperator>(a);
  auto *second = llvm::dyn_cast<llvm::BinaryOperator>(b);
  Blocks result;
  if (first && second && first->isSameOperationAs(second) &&
      first->getOperand(1) == second->getOperand(1) &&
      llvm::isa<llvm::Constant>(first->getOperand(1)) &&
      llvm::cast<llvm::Constant>(first->getOperand(1))->getSplatValue()) {
    Blocks packed = arrangeWeights(first->getOperand(0), second->getOperand(0));
    llvm::IRBuilder<> builder(insertionPoint(a, b));
    auto unpack = [&](llvm::Value *value) {
      return builder.CreateBinOp(first->getOpcode(), value,
                                 first->getOperand(1));
    };
    result = {unpack(packed.low), unpack(packed.high)};
  } else {
    llvm::IRBuilder<> builder(insertionPoint(a, b));
    llvm::Value *one = asVectorOf(builder, a, 32);
    llvm::Value *other = asVectorOf(builder, b, 32);
    result = {
        asVectorOf(builder, shuffle(builder, one, other, {0, 4, 1, 5}), 8),
        asVectorOf(builder, shuffle(builder, one, other, {2, 6, 3, 7}), 8)};
  }
  return weights[{a, b}] = result;
}

//===----------------------------------------------------------------------===//
// Rewriting
//===----------------------------------------------------------------------===//

/// Eight inputs of each of two rows, in bytes.
static llvm::Value *joinInputs(llvm::IRBuilder<> &builder, const Octet &a,
                               const Octet &b) {
  auto *type = llvm::cast<llvm::FixedVectorType>(a.inputs->getType());
  int lanes = static_cast<int>(type->getNumElements());
  int first = 2 * static_cast<int>(a.half);
  int second = 2 * static_cast<int>(b.half) + lanes;
  llvm::Value *joined = shuffle(builder, a.inputs, b.inputs,
                                {first, first + 1, second, second + 1});
  return asVectorOf(builder, joined, 8);
}

/// Adds the products of eight inputs.
void Rewriter::multiply(const RowPair &pair, size_t number) {
  const Octet &a = pair.first.octets[number];
  const Octet &b = pair.second.octets[number];
  llvm::Instruction *last = a.last->comesBefore(b.last) ? b.last : a.last;
  Two sums{pair.first.end, pair.second.end};
  if (!blocks.contains(sums)) {
    auto *phi = llvm::dyn_cast<llvm::PHINode>(pair.first.start);
    auto *otherPhi = llvm::dyn_cast<llvm::PHINode>(pair.second.start);
    bool areCarried =
        phi && otherPhi && phi->getParent() == otherPhi->getParent();
    blocks[sums] = areCarried ? arrangePhis(phi, otherPhi)
                              : arrange(pair.first.start, pair.second.start);
  }
  Blocks matrix = arrangeWeights(a.weights[0], a.weights[1]);
  llvm::IRBuilder<> builder(last);
  llvm::Value *inputs = joinInputs(builder, a, b);
  auto product = [&](llvm::Value *sum, llvm::Value *channels) {
    return builder.CreateIntrinsic(llvm::Intrinsic::aarch64_neon_smmla,
                                   {sum->getType(), channels->getType()},
                                   {sum, inputs, channels});
  };
  Blocks before = blocks.lookup(sums);
  blocks[sums] = {product(before.low, matrix.low),
                  product(before.high, matrix.high)};
}

/// Does on blocks what a step does on both rows.
void Rewriter::take(RowPair::Step step) {
  auto [a, b] = step;
  llvm::Instruction *low = a->clone(), *high = a->clone();
  for (unsigned i = 0; i < a->getNumOperands(); ++i) {
    llvm::Value *one = a->getOperand(i), *other = b->getOperand(i);
    if (!one->getType()->isVectorTy())
      continue;
    auto *phi = llvm::dyn_cast<llvm::PHINode>(one);
    Blocks operand = phi && one != other
                         ? arrangePhis(phi, llvm::cast<llvm::PHINode>(other))
                         : arrange(one, other);
    low->setOperand(i, operand.low);
    high->setOperand(i, operand.high);
  }
  llvm::Instruction *last = getLast(step);
  for (llvm::Instruction *block : {low, high}) {
    block->andIRFlags(b); // what holds for both rows
    block->insertBefore(last->getIterator());
  }
  blocks[{a, b}] = {low, high};
}

void Rewriter::completePhis() {
  for (auto [a, b] : oldPhis) {
    Blocks phis = blocks.lookup({a, b});
    for (llvm::BasicBlock *from : a->blocks()) {
      Blocks incoming = arrange(a->getIncomingValueForBlock(from),
                                b->getIncomingValueForBlock(from));
      llvm::cast<llvm::PHINode>(phis.low)->addIncoming(incoming.low, from);
      llvm::cast<llvm::PHINode>(phis.high)->addIncoming(incoming.high, from);
    }
  }
  oldPhis.clear();
}

/// Gives the rest of the function the two rows back, in each block that reads them.
void Rewriter::replaceUses(RowPair::Step result) {
  Blocks arranged = blocks.lookup({result.first, result.second});
  auto replace = [&](llvm::Instruction *row, llvm::ArrayRef<int> mask) {
    llvm::DenseMap<llvm::BasicBlock *, llvm::Value *> rowIn;
    for (llvm::Use &use : llvm::make_early_inc_range(row->uses())) {
      auto *user = llvm::cast<llvm::Instruction>(use.getUser());
      if (replaced.contains(user))
        continue;
      auto *phi = llvm::dyn_cast<llvm::PHINode>(user);
      llvm::BasicBlock *block =
          phi ? phi->getIncomingBlock(use) : user->getParent();
      llvm::Value *&found = rowIn[block];
      if (!found) {
        llvm::IRBuilder<> builder(
            block == row->getParent()
                ? insertionPoint(arranged.low, arranged.high)
                : &*block->getFirstInsertionPt());
        found = shuffle(builder, arranged.low, arranged.high, mask);
      }
      use.set(found);
    }
  };
  replace(result.first, {0, 1, 4, 5});
  replace(result.second, {2, 3, 6, 7});
}

void Rewriter::rewrite(llvm::ArrayRef<RowPair> pairs) {
  for (const RowPair &pair : pairs) {
    RowPair::Step result = pair.getResult();
    complete[result.first] = complete[result.second] = getLast(result);
  }
  struct Product {
    const RowPair *pair;
    size_t octet;
    const llvm::Instruction *last;
  };
  llvm::SmallVector<Product> products;
  for (const RowPair &pair : pairs)
    for (size_t i = 0; i < pair.first.octets.size(); ++i) {
      const llvm::Instruction *a = pair.first.octets[i].last;
      const llvm::Instruction *b = pair.second.octets[i].last;
      products.push_back({&pair, i, a->comesBefore(b) ? b : a});
    }
  // Rows stay interleaved as they are.
  llvm::stable_sort(products, [](const Product &one, const Product &other) {
    return one.last != other.last && one.last->comesBefore(other.last);
  });
  for (const Product &product : products)
    multiply(*product.pair, product.octet);
  for (const RowPair &pair : pairs)
    for (RowPair::Step step : pair.steps)
      take(step);
  completePhis();
  for (const RowPair &pair : pairs)
    replaceUses(pair.getResult());
}

/// Says why rows with the same weights are no products of matrices.
static void reportEarlyReader(llvm::Instruction &reader) {
  llvm::OptimizationRemarkEmitter(reader.getFunction()).emit([&] {
    return llvm::OptimizationRemarkMissed(MatrixProductsPass::remarkCategory,
                                          "KeptRows", &reader)
           << "a row is read before the next one with the same weights is "
              "complete";
  });
}

llvm::PreservedAnalyses
MatrixProductsPass::run(llvm::Function &function,
                        llvm::FunctionAnalysisManager &analyses) {
  auto &dominators = analyses.getResult<llvm::DominatorTreeAnalysis>(function);
  bool changed = false;
  for (llvm::BasicBlock &block : function) {
    RowPairs found = findRowPairs(block);
    for (llvm::Instruction *reader : found.earlyReaders)
      reportEarlyReader(*reader);
    if (found.pairs.empty())
      continue;
    Rewriter(dominators).rewrite(found.pairs);
    changed = true;
  }
  if (!changed)
    return llvm::PreservedAnalyses::all();
  llvm::PreservedAnalyses kept;
  kept.preserveSet<llvm::CFGAnalyses>();
  return kept;
}

} // namespace mlir::eke
