//===- AttentionScores.cpp - Products with the keys of all positions ------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Sums of some positions for some query heads stay in registers, so that a key
// is loaded once for those heads and a query once for those positions. All heads of
// a position before the next ones: so they lie in the cache, which may be in memory.
//
//===----------------------------------------------------------------------===//

#include "passes/schedules/Classify.h"
#include "passes/schedules/Sharing.h"
#include "passes/schedules/recipes/Library.h"

#include "llvm/Support/MathExtras.h"

namespace mlir::eke {

using halide::DirectiveKind;

/// Do the first four loops of each sum, in their order, lie along the dimensions of the
/// result, with so many behind them?
static bool areOrdered(const SumChain &chain) {
  for (auto [index, sum] : llvm::enumerate(chain.sums)) {
    auto dims = getResultDims(chain, index);
    bool isFirstOfTwo = index + 1 < chain.sums.size();
    if (dims.size() != (isFirstOfTwo ? 6 : 5))
      return false;
    for (unsigned dim = 0; dim < 4; ++dim)
      if (dims[dim] != dim)
        return false;
  }
  return true;
}

/// Is the result [rows, groups, heads of a group, positions], of queries on the left and
/// keys on the right, where the number of positions is known only when run?
static bool isScores(const SumChain &chain) {
  linalg::LinalgOp product = chain.sums.front(), last = chain.last;
  if (!last || chain.sums.size() > 2 || !chain.twins.empty() ||
      product.getNumDpsInputs() != 2 || last.getNumLoops() != 4 ||
      !areOrdered(chain))
    return false;
  constexpr Side sides[] = {Side::Left, Side::Both, Side::Left, Side::Right};
  for (auto [dim, side] : llvm::enumerate(sides)) {
    bool isDynamic = ShapedType::isDynamic(product.getStaticLoopRanges()[dim]);
    if (getSide(product, dim) != side || isDynamic != (dim == 3))
      return false;
  }
  return true;
}

namespace {

class ScoresRecipe {
public:
  ScoresRecipe(ScheduleBuilder &b, const SumChain &chain)
      : b(b), stored(chain.last), sums(chain.sums.back()),
        parts(chain.sums.front()) {}

  void schedule();

private:
  StringRef rows() const { return stored.loops[0]; }
  StringRef groups() const { return stored.loops[1]; }
  StringRef heads() const { return stored.loops[2]; }
  StringRef positions() const { return stored.loops[3]; }

  void scheduleStored();
  void scheduleParts();

  ScheduleBuilder &b;
  Stage stored, sums, parts;
};

} // namespace

/// A tile of positions for a tile of heads is what the sums are computed for.
void ScoresRecipe::scheduleStored() {
  int64_t vectorsPerSum = llvm::divideCeil(parts.extents[4], b.lanes);
  int64_t sums = b.lanes > 4 ? 12 : b.registers > 16 ? 24 : 8;
  int64_t most = std::max<int64_t>(1, sums / vectorsPerSum);
  int64_t allHeads = stored.extents[2], multiple = b.getExtentMultiple();
  int64_t headTile = b.pick("heads", divisorUpTo(allHeads, most), allHeads,
                            {1, 2, 3, 4, 6, 8});
  int64_t positionTile =
      b.pick("positions",
             divisorUpTo(multiple, std::clamp<int64_t>(most / headTile, 1, 4)),
             multiple, {1, 2, 4, 8});
  StageSchedule &out = b.stage(stored.name);
  out.split(positions(), "jo", "ji", positionTile)
      .split(heads(), "uo", "ui", headTile);
  int64_t steps = getStepsPerTask(
      b, positionTile, kOperationsPerProduct * parts.countIterations());
  if (steps && !hasRowTasks(stored.extents[0]))
    out.split("jo", "jp", "jq", steps)
        .reorder({"ji", "ui", "uo", rows(), groups(), "jq", "jp"})
        .add(DirectiveKind::Parallel, {"jp"});
  else
    shareRows(out, rows(), stored.extents[0],
              {"ji", "ui", "uo", rows(), groups(), "jo"});
  out.vectorize("ji").unroll("ui");
}

/// A key's vector serves the heads at once; so it and theirs fit in registers beside
/// the sums.
void ScoresRecipe::scheduleParts() {
  StringRef j = parts.loops[3], u = parts.loops[2], lane = parts.loops[4];
  StringRef inputs = parts.loops[5];
  StageSchedule &part = b.stage(parts.name);
  part.computeAt(stored.name, "uo")
      .reorder({lane, u, j, inputs})
      .vectorize(lane)
      .unroll(j)
      .unroll(u);
  // After few steps the loop itself is a part of the work.
  constexpr int64_t kFewSteps = 8;
  if (parts.extents[5] <= kFewSteps)
    part.unroll(inputs);
}

void ScoresRecipe::schedule() {
  if (parts.op == sums.op) {
    b.stage(sums.name).computeAt(stored.name, positions());
    return;
  }
  scheduleStored();
  StringRef j = sums.loops[3], u = sums.loops[2], lane = sums.loops[4];
  b.stage(sums.name)
      .computeAt(stored.name, "uo")
      .reorder({lane, j, u})
      .add(DirectiveKind::Atomic)
      .vectorize(lane)
      .vectorize(j)
      .unroll(u);
  scheduleParts();
}

bool scheduleAttentionScores(ScheduleBuilder &b) {
  std::optional<SumChain> chain = matchSumChain(b.pipeline);
  if (!chain || !isScores(*chain))
    return false;
  ScoresRecipe(b, *chain).schedule();
  return true;
}

} // namespace mlir::eke
