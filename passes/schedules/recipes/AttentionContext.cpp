//===- AttentionContext.cpp - Sums over the values of all positions -------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Some elements of some heads stay in registers while the positions go by, so that a
// value is loaded once for those heads. They are tasks: no sum over positions is split,
// which would make it depend on how many are live.
//
//===----------------------------------------------------------------------===//

#include "passes/schedules/Classify.h"
#include "passes/schedules/Sharing.h"
#include "passes/schedules/recipes/Library.h"

namespace mlir::eke {

using halide::DirectiveKind;

/// Is the result [rows, groups, heads of a group, elements], of weights on the left and
/// values on the right, summed over positions whose number is known only when run?
static bool isContext(const SumChain &chain) {
  linalg::LinalgOp product = chain.sums.front();
  if (!chain.last || chain.sums.size() != 1 || !chain.twins.empty() ||
      product.getNumDpsInputs() != 2 || product.getNumLoops() != 5 ||
      product.getNumReductionLoops() != 1)
    return false;
  constexpr Side sides[] = {Side::Left, Side::Both, Side::Left, Side::Right,
                            Side::Both};
  auto dims = getResultDims(chain, 0);
  for (auto [loop, side] : llvm::enumerate(sides)) {
    bool isDynamic = ShapedType::isDynamic(product.getStaticLoopRanges()[loop]);
    bool isInPlace = loop == 4 ? !dims[loop] : dims[loop] == loop;
    if (!isInPlace || getSide(product, loop) != side ||
        isDynamic != (loop == 4))
      return false;
  }
  return getFarthestStep(product, 3) == Step::One;
}

bool scheduleAttentionContext(ScheduleBuilder &b) {
  std::optional<SumChain> chain = matchSumChain(b.pipeline);
  if (!chain || !isContext(*chain))
    return false;
  Stage stored(chain->last), sums(chain->sums.front());
  int64_t width = stored.extents[3], allHeads = stored.extents[2];
  if (width % b.lanes != 0)
    return false;
  // A value that is loaded again for other heads costs more than a second pass over its
  // elements: sums have half of the registers, of which heads come first.
  int64_t usualHeads = divisorUpTo(allHeads, b.lanes > 4 ? 3 : 4);
  int64_t mostVectors =
      b.lanes > 4 ? 4 : std::clamp<int64_t>(b.registers / 2 / usualHeads, 1, 4);
  int64_t vectors = b.pick("vectors", divisorUpTo(width / b.lanes, mostVectors),
                           width / b.lanes, {1, 2, 4, 8});
  int64_t heads = b.pick("heads", usualHeads, allHeads, {1, 2, 3, 4, 6, 8});
  StringRef m = stored.loops[0], g = stored.loops[1];
  StageSchedule &out = b.stage(stored.name);
  out.split(stored.loops[3], "do", "di", vectors * b.lanes)
      .split(stored.loops[2], "uo", "ui", heads);
  if (!hasRowTasks(stored.extents[0]) &&
      paysToSharePositions(b, kOperationsPerProduct * stored.countIterations()))
    out.reorder({"di", "ui", "uo", m, "do", g})
        .add(DirectiveKind::Fuse, {"do", g, "p"})
        .add(DirectiveKind::Parallel, {"p"});
  else
    shareRows(out, m, stored.extents[0], {"di", "ui", "uo", "do", m, g});
  out.vectorize("di", b.lanes).unroll("ui");
  StringRef elements = sums.loops[3], u = sums.loops[2];
  b.stage(sums.name)
      .computeAt(stored.name, "uo")
      .reorder({elements, u, sums.loops[4]})
      .vectorize(elements, b.lanes)
      .unroll(elements)
      .unroll(u);
  return true;
}

} // namespace mlir::eke
