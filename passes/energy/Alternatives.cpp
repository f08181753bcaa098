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

Alternative withoutSharing(ArrayRef<LayerTraffic> layers) {
  Alternative result{std::vector<LayerTraffic>(layers), 0};
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
      access.value = it->second;
      access.isPlaced = it->second == 0;
    }
  result.weightBytes = countStoredWeights(result.layers);
  return result;
}

Alternative withoutFormats(ArrayRef<LayerTraffic> layers,
                           SymbolTable &symbols) {
  constexpr double wideBytes = 2;
  Alternative result{std::vector<LayerTraffic>(layers), 0};
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

} // namespace mlir::eke
