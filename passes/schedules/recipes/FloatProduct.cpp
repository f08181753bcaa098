//===- FloatProduct.cpp - Packed products of floating point numbers -------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A register tile of 4 rows by 2 tiles of channels, or 1 or 2 rows by 4 tiles; or of less
// tiles, if their sums take more than half of the registers.
//
//===----------------------------------------------------------------------===//

#include "passes/schedules/recipes/Library.h"
#include "passes/schedules/recipes/PackedProduct.h"

namespace mlir::eke {

using halide::DirectiveKind;

/// Schedules what is stored; returns its loop around one tile of registers.
static StringRef scheduleStored(ScheduleBuilder &b,
                                const PackedProduct &product) {
  int64_t rows = product.stored.extents[0], tiles = product.stored.extents[1];
  StringRef m = product.rows, ni = product.channels;
  StageSchedule &out = b.stage(product.stored.name);
  int64_t perTile = getEvenTile(rows, 4) *
                    llvm::divideCeil(product.stored.extents[2], b.lanes);
  int64_t most =
      std::clamp<int64_t>(b.registers / 2 / perTile, 1, rows > 2 ? 2 : 4);
  int64_t together =
      b.pick("tiles", std::min(tiles, most), tiles, {1, 2, 3, 4, 8});
  out.split(product.tiles, "np", "nt", together);
  if (product.manyRows())
    out.split(m, "mo", "mi",
              b.pick("rows", getEvenTile(rows, 4), rows, {1, 2, 3, 4, 6, 8}))
        .reorder({ni, "nt", "mi", "mo", "np"});
  else
    out.reorder({ni, "nt", m, "np"});
  out.vectorize(ni).unroll("nt");
  if (product.manyRows())
    out.unroll("mi");
  // A last task that is smaller would compute anew what others have.
  if (product.getTilesPerTask(b)) {
    int64_t perTask = divisorUpTo(llvm::divideCeil(tiles, together), 4);
    if (perTask > 1)
      out.add(DirectiveKind::Parallel, {"np"}, perTask);
    else
      out.add(DirectiveKind::Parallel, {"np"});
  }
  return product.manyRows() ? StringRef("mo") : m;
}

bool scheduleFloatProduct(ScheduleBuilder &b) {
  std::optional<PackedProduct> product = PackedProduct::match(b);
  if (!product || product->isInteger || product->sums.size() != 1 ||
      product->sums[0].reductions.size() != 1)
    return false;
  StringRef place = scheduleStored(b, *product);
  const PackedSum &sum = product->sums[0];
  StringRef inputs = sum.reductions[0];
  StageSchedule &dot = b.stage(sum.name);
  dot.computeAt(product->stored.name, place);
  if (product->manyRows())
    dot.reorder({sum.channels, sum.tiles, sum.rows, inputs});
  else
    dot.reorder({sum.channels, sum.tiles, inputs});
  dot.vectorize(sum.channels).unroll(sum.tiles);
  if (product->manyRows())
    dot.unroll(sum.rows);
  // Four inputs are a cache line of 16-bit weights, and a vector of the row's inputs.
  int64_t all = sum.counts[0];
  int64_t steps = b.pick("inputs", all % 4 == 0 ? 4 : 1, all, {1, 2, 4});
  if (steps > 1)
    dot.unroll(inputs, steps);
  b.scheduleTwins(product->twins);
  return true;
}

} // namespace mlir::eke
