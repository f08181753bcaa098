//===- PackedProduct.cpp - Products with weights in tiles -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/schedules/recipes/PackedProduct.h"

#include "passes/schedules/Sharing.h"

#include "mlir/IR/TypeUtilities.h"
#include "llvm/Support/MathExtras.h"

namespace mlir::eke {

using linalg::LinalgOp;

/// Bytes of weights that take a core some microseconds to read from memory.
static constexpr int64_t kBytesWorthSharing = 32 << 10;

/// More channels than this side by side are no tile that registers hold.
static constexpr int64_t kMostChannels = 32;

PackedSum::PackedSum(const SumChain &chain, unsigned index)
    : Stage(chain.sums[index]) {
  auto dims = getResultDims(chain, index);
  auto kinds = op.getIteratorTypesArray();
  StringRef *const named[] = {&rows, &tiles, &channels};
  for (auto [loop, name] : llvm::enumerate(loops)) {
    if (kinds[loop] == utils::IteratorType::reduction) {
      reductions.push_back(name);
      counts.push_back(extents[loop]);
    } else if (dims[loop] && *dims[loop] < std::size(named)) {
      *named[*dims[loop]] = name;
    } else {
      inner.push_back(name);
    }
  }
}

PackedProduct::PackedProduct(const SumChain &chain)
    : stored(chain.getStored()), rows(stored.loops[0]), tiles(stored.loops[1]),
      channels(stored.loops[2]),
      isInteger(isa<IntegerType>(
          getElementTypeOrSelf(chain.sums.front()->getResult(0)))) {
  for (unsigned index = 0; index < chain.sums.size(); ++index)
    sums.emplace_back(chain, index);
  for (auto [sum, twin] : llvm::zip(chain.sums, chain.twins))
    twins[Stage(sum).name] = Stage(twin).name;
}

/// Do all inputs of the product's first sum but its rows go along tiles and channels,
/// and along no rows?
static bool readsPackedWeights(const SumChain &chain) {
  LinalgOp product = chain.sums.front();
  auto dims = getResultDims(chain, 0);
  bool hasWeights = false;
  for (OpOperand *input : product.getDpsInputOperands()) {
    if (!isa<RankedTensorType>(input->get().getType()))
      return false;
    bool along[3] = {};
    for (auto [loop, dim] : llvm::enumerate(dims))
      if (dim && getStep(product, *input, loop) != Step::None)
        along[*dim] = true;
    bool isWeight = !along[0] && along[1] && along[2];
    bool isRows = !along[1] && !along[2];
    if (!isWeight && !isRows)
      return false;
    hasWeights |= isWeight;
  }
  return hasWeights;
}

/// Are the results of whole vectors, which registers hold?
static bool hasTile(LinalgOp stored) {
  SmallVector<int64_t> extents(stored.getStaticLoopRanges());
  return extents.size() == 3 && !ShapedType::isDynamicShape(extents) &&
         stored.getNumReductionLoops() == 0 && extents[2] <= kMostChannels &&
         llvm::isPowerOf2_64(extents[2]) && extents[2] >= 4;
}

std::optional<PackedProduct> PackedProduct::match(ScheduleBuilder &b) {
  std::optional<SumChain> chain = matchSumChain(b.pipeline);
  if (!chain || !chain->last || !hasTile(chain->last) ||
      !readsPackedWeights(*chain))
    return std::nullopt;
  for (LinalgOp sum : chain->sums)
    if (sum.hasDynamicShape())
      return std::nullopt;
  PackedProduct product(*chain);
  if (!llvm::all_of(product.sums,
                    [](const PackedSum &sum) { return sum.isComplete(); }))
    return std::nullopt;
  return product;
}

bool keepsWeightsInCache(ScheduleBuilder &b) {
  auto module = b.pipeline->getParentOfType<ModuleOp>();
  auto image = module->getAttrOfType<IntegerAttr>(kImageBytesAttr);
  return !image || !b.target || b.target.getCaches().empty() ||
         image.getInt() <= b.target.getCaches().back();
}

bool PackedProduct::paysToShare(ScheduleBuilder &b) const {
  int64_t bytes = 0;
  for (Value in : b.pipeline.getIns())
    if (auto type = dyn_cast<ShapedType>(in.getType()))
      if (type.hasStaticShape() && type.getRank() >= 3)
        bytes = std::max(bytes, type.getNumElements() *
                                    type.getElementTypeBitWidth() / 8);
  int64_t operations = sums.front().countIterations();
  int64_t products = twins.empty() ? 1 : 2;
  // Wide vectors of integers are done sooner; and a core that has little to do by
  // itself is slowed down by one beside it that waits for its share.
  bool isWide = b.lanes > 4 && isInteger;
  int64_t worth = (isWide ? 4 : 1) * kOperationsWorthSharing;
  return products * operations >= worth ||
         (products * bytes >= kBytesWorthSharing && !keepsWeightsInCache(b));
}

int64_t PackedProduct::getTilesPerTask(ScheduleBuilder &b) const {
  int64_t count = stored.extents[1];
  if (count < 8 || !paysToShare(b))
    return 0;
  for (int64_t tasks : {8, 4, 6})
    if (count % tasks == 0)
      return count / tasks;
  return llvm::divideCeil(count, 8);
}

} // namespace mlir::eke
