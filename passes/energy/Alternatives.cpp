//===- Alternatives.cpp - Traffic that a model does without ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/energy/Alternatives.h"

#include "dialects/eke/Counts.h"
#include "dialects/eke/Format.h"

namespace mlir::eke {

int64_t countStoredWeights(ArrayRef<LayerTraffic> layers) {
  DenseSet<std::pair<Attribute, int64_t>> seen;
  int64_t bytes = 0;
  for (const LayerTraffic &layer : layers)
    for (const Access &access : layer.accesses)
      if (access.kind == Access::Weight &&
          seen.insert({access.symbol, access.value}).second)
        bytes = addCounts(bytes, access.bytes);
  return bytes;
}

/// The elements of a weight; 0 of what is none.
static int64_t countParameters(SymbolTable &symbols, StringAttr symbol) {
  auto weight = symbol ? symbols.lookup<WeightOp>(symbol) : WeightOp();
  return weight ? weight.getTensorType().getNumElements() : 0;
}

Alternative withoutSharing(ArrayRef<LayerTraffic> layers,
                           SymbolTable &symbols) {
  Alternative result{std::vector<LayerTraffic>(layers)};
  // A layer that occurs again in another call has the copy that it had before.
  DenseMap<std::pair<Attribute, StringAttr>, int64_t> copies;
  DenseMap<Attribute, int64_t> counts;
  for (LayerTraffic &layer : result.layers)
    for (Access &access : layer.accesses) {
      if (access.kind != Access::Weight)
        continue;
      auto user = StringAttr::get(access.symbol.getContext(), layer.name);
      auto [it, isNew] = copies.try_emplace({access.symbol, user}, 0);
      if (isNew)
        it->second = counts[access.symbol]++;
      if (isNew && it->second > 0)
        result.moreParameters = addCounts(
            result.moreParameters, countParameters(symbols, access.symbol));
      access.value = it->second;
      access.isPlaced = it->second == 0;
    }
  result.weightBytes = countStoredWeights(result.layers);
  return result;
}

Alternative withoutFormats(ArrayRef<LayerTraffic> layers,
                           SymbolTable &symbols) {
  constexpr double wideBytes = 2;
  Alternative result{std::vector<LayerTraffic>(layers)};
  for (LayerTraffic &layer : result.layers)
    for (Access &access : layer.accesses) {
      auto weight =
          access.symbol ? symbols.lookup<WeightOp>(access.symbol) : WeightOp();
      if (!weight || !getFormat(weight.getTensorType()) || access.bytes == 0)
        continue;
      double wide = wideBytes * weight.getTensorType().getNumElements();
      access.read = int64_t(double(access.read) / access.bytes * wide);
      access.bytes = int64_t(wide);
      access.isPlaced = false;
    }
  result.weightBytes = countStoredWeights(result.layers);
  return result;
}

//===----------------------------------------------------------------------===//
// Folds
//===----------------------------------------------------------------------===//

/// The extent that counts the rows of `value`, or -1 if it has none.
static int64_t getRows(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && type.getRank() > 0 ? type.getDimSize(0) : -1;
}

/// Notes of which ops of `block` the rows are sub-tokens, and how many make up a token.
static void findFolds(Block &block, DenseMap<Operation *, int64_t> &folds) {
  DenseMap<Value, int64_t> known;
  for (Operation &op : block) {
    if (op.getNumOperands() == 0 || op.getNumResults() == 0)
      continue;
    Value input = op.getOperand(0), result = op.getResult(0);
    int64_t fold = known.lookup_or(input, 1);
    if (auto folded = dyn_cast<FoldOp>(op)) {
      known[result] = multiplyCounts(fold, folded.getFactor());
    } else if (auto unfolded = dyn_cast<UnfoldOp>(op)) {
      known[result] =
          std::max<int64_t>(fold / int64_t(unfolded.getFactor()), 1);
    } else if (fold > 1 && getRows(result) == getRows(input)) {
      known[result] = fold;
      folds[&op] = fold;
    }
  }
}

/// What a product with `fold` rows for a token would move and compute with one.
static void unfoldProduct(LayerTraffic &layer, WeightUser op, int64_t fold,
                          Alternative &result, SymbolTable &symbols,
                          DenseSet<Attribute> &seen) {
  int64_t matrix = getStoredBytes(op.getCompressibleWeight().get().getType());
  for (Access &access : layer.accesses) {
    if (access.kind != Access::Weight)
      continue;
    // Besides, there may be a bias.
    int64_t more = access.bytes == matrix ? multiplyCounts(fold, fold) : fold;
    if (seen.insert(access.symbol).second)
      result.moreParameters = addCounts(
          result.moreParameters,
          multiplyCounts(more - 1, countParameters(symbols, access.symbol)));
    access.read = multiplyCounts(access.read, more);
    access.bytes = multiplyCounts(access.bytes, more);
    access.isPlaced = false;
  }
  for (int64_t &macs : layer.macs)
    macs = multiplyCounts(macs, fold);
}

Alternative withoutFolding(ArrayRef<LayerTraffic> layers,
                           SymbolTable &symbols) {
  Alternative result{std::vector<LayerTraffic>(layers)};
  DenseSet<Block *> blocks;
  DenseMap<Operation *, int64_t> folds;
  DenseSet<Attribute> seen;
  for (LayerTraffic &layer : result.layers) {
    if (blocks.insert(layer.op->getBlock()).second)
      findFolds(*layer.op->getBlock(), folds);
    int64_t fold = folds.lookup_or(layer.op, 1);
    if (fold == 1)
      continue;
    if (auto product = dyn_cast<WeightUser>(layer.op))
      unfoldProduct(layer, product, fold, result, symbols, seen);
    else if (isa<StateUser>(layer.op))
      for (int64_t &macs : layer.macs)
        macs /= fold;
  }
  result.weightBytes = countStoredWeights(result.layers);
  return result;
}

} // namespace mlir::eke
