//===- IntegerProduct.cpp - Packed products of integers -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The sums of one tile of channels, or of two, stay in registers for some rows while
// the inputs go by. How many channels, rows and inputs are parameters.
//
//===----------------------------------------------------------------------===//

#include "dialects/formats/DotKind.h"
#include "passes/schedules/recipes/Library.h"
#include "passes/schedules/recipes/PackedProduct.h"

#include "mlir/IR/TypeUtilities.h"

namespace mlir::eke {

using halide::DirectiveKind;

namespace {

class IntegerProductRecipe {
public:
  /// Nothing if the sums are none that the recipe knows.
  static std::optional<IntegerProductRecipe> create(ScheduleBuilder &b,
                                                    PackedProduct &product);
  void schedule();

private:
  IntegerProductRecipe(ScheduleBuilder &b, PackedProduct &product)
      : b(b), product(product) {}

  int64_t getMostRows() const;
  int64_t getTiles(int64_t tiles);
  int64_t getChannels() const;
  StringRef scheduleStored();
  void tileRows(StageSchedule &out, SmallVector<StringRef> &order);
  void scheduleDot(StringRef place);
  void schedulePairs(StringRef place);
  void scheduleGroups(StringRef place);
  void scheduleGroupedDot(StringRef place);
  void scheduleGroupedParts();
  SmallVector<StringRef> order(const PackedSum &sum, ArrayRef<StringRef> inner,
                               ArrayRef<StringRef> outer) const;
  void unrollTiles(StageSchedule &schedule, const PackedSum &sum) const;

  ScheduleBuilder &b;
  PackedProduct &product;
  const PackedSum *parts = nullptr;  // sums of parts, null if there are none
  const PackedSum *dot = nullptr;    // the whole sums of integers
  const PackedSum *groups = nullptr; // sums of groups, null if there are none
  /// Does it have more than one row, or tiles side by side?
  bool manyRows = false, manyTiles = false;
  /// The rows whose sums are in registers.
  int64_t rowTile = 1;
};

} // namespace

std::optional<IntegerProductRecipe>
IntegerProductRecipe::create(ScheduleBuilder &b, PackedProduct &product) {
  IntegerProductRecipe recipe(b, product);
  ArrayRef<PackedSum> sums = product.sums;
  if (isa<FloatType>(getElementTypeOrSelf(sums.back().op->getResult(0)))) {
    recipe.groups = &sums.back();
    sums = sums.drop_back();
  }
  if (sums.empty() || sums.size() > 2)
    return std::nullopt;
  recipe.dot = &sums.back();
  recipe.parts = sums.size() == 2 ? &sums.front() : nullptr;
  // A whole sum goes over quads; of parts, it adds up what those have left. Groups are
  // summed one by one.
  size_t loops = recipe.groups ? 3 : 2;
  if (recipe.parts
          ? recipe.parts->inner.empty() || recipe.dot->reductions.size() != 1 ||
                recipe.parts->reductions.size() < 2
          : recipe.dot->reductions.size() != loops)
    return std::nullopt;
  if (recipe.groups && recipe.groups->reductions.size() != 1)
    return std::nullopt;
  recipe.manyRows = product.manyRows();
  return recipe;
}

/// Rows whose sums are in registers at the same time, beside those of the
/// groups or, in two steps, two for each channel in half of the registers.
int64_t IntegerProductRecipe::getMostRows() const {
  if (parts) {
    int64_t perRow = llvm::divideCeil(2 * getChannels(), b.lanes);
    return std::clamp<int64_t>(b.registers / 2 / perRow, 1, 4);
  }
  // Scales or minima beside the first take the registers of some rows.
  return groups && groups->op.getNumDpsInputs() <= 2 ? 16 : 8;
}

/// Output channels of a tile whose sums are in registers at the same time.
int64_t IntegerProductRecipe::getChannels() const {
  // Matrices of two rows are summed in vectors of four channels (smmla).
  bool isNarrow = rowTile > 4 || getDotKind(b.target) == DotKind::Octets;
  return groups && isNarrow ? 4 : 8;
}

/// How many tiles of channels one load of a row's inputs serves. From memory, weights
/// come faster as one stream.
int64_t IntegerProductRecipe::getTiles(int64_t tiles) {
  bool pays =
      !manyRows && groups && parts && b.lanes > 4 && keepsWeightsInCache(b);
  return b.pick("tiles", pays && tiles % 2 == 0 ? 2 : 1, tiles, {2, 4});
}

/// The loops of a sum, innermost first: tiles side by side and rows, where there are
/// some, go between those that are given.
SmallVector<StringRef>
IntegerProductRecipe::order(const PackedSum &sum, ArrayRef<StringRef> inner,
                            ArrayRef<StringRef> outer) const {
  SmallVector<StringRef> loops(inner);
  if (manyTiles)
    loops.push_back(sum.tiles);
  if (manyRows)
    loops.push_back(sum.rows);
  llvm::append_range(loops, outer);
  return loops;
}

/// Writes out the tiles side by side and the rows.
void IntegerProductRecipe::unrollTiles(StageSchedule &schedule,
                                       const PackedSum &sum) const {
  if (manyTiles)
    schedule.unroll(sum.tiles);
  if (manyRows)
    schedule.unroll(sum.rows);
}

/// Splits the rows, and the channels of a tile for them: all rows go by while a part of
/// the tile is in the cache. `order` begins with the channels.
void IntegerProductRecipe::tileRows(StageSchedule &out,
                                    SmallVector<StringRef> &order) {
  int64_t rows = product.stored.extents[0], width = product.stored.extents[2];
  rowTile = b.pick("rows", getEvenTile(rows, getMostRows()), rows,
                   {1, 2, 3, 4, 6, 8, 16});
  out.split(product.rows, "mo", "mi", rowTile);
  order.append({"mi", "mo"});
  int64_t part = parts ? width
                       : b.pick("channels", std::min(width, getChannels()),
                                width, {4, 8, width});
  if (part == width)
    return;
  out.split(product.channels, "nh", "nl", part);
  order.front() = "nl";
  order.push_back("nh");
}

/// Schedules what is stored; returns its loop around one tile of registers.
StringRef IntegerProductRecipe::scheduleStored() {
  StageSchedule &out = b.stage(product.stored.name);
  StringRef tile = product.tiles;
  int64_t tilesPerTask = product.getTilesPerTask(b);
  if (tilesPerTask) {
    out.split(tile, "np", "nt", tilesPerTask);
    tile = "nt";
  }
  int64_t tiles =
      getTiles(tilesPerTask ? tilesPerTask : product.stored.extents[1]);
  manyTiles = tiles > 1;
  SmallVector<StringRef> order{product.channels};
  if (manyTiles) {
    out.split(tile, "nq", "nu", tiles);
    tile = "nq";
    order.push_back("nu");
  }
  if (manyRows)
    tileRows(out, order);
  order.push_back(tile);
  if (tilesPerTask)
    order.push_back("np");
  out.reorder(order);
  out.vectorize(order.front());
  if (manyTiles)
    out.unroll("nu");
  if (manyRows)
    out.unroll("mi");
  if (tilesPerTask)
    out.add(DirectiveKind::Parallel, {"np"});
  return manyRows ? StringRef("mo") : tile;
}

void IntegerProductRecipe::schedule() {
  StringRef place = scheduleStored();
  if (groups)
    scheduleGroups(place);
  else if (parts)
    schedulePairs(place);
  else
    scheduleDot(place);
  b.scheduleTwins(product.twins);
}

/// Four products at once (sdot): the quad is the innermost vector loop.
void IntegerProductRecipe::scheduleDot(StringRef place) {
  StringRef quads = dot->reductions[0], quad = dot->reductions[1];
  StageSchedule &sum = b.stage(dot->name);
  sum.computeAt(product.stored.name, place);
  sum.reorder(order(*dot, {quad, dot->channels}, {quads}));
  sum.add(DirectiveKind::Atomic).vectorize(quad).vectorize(dot->channels);
  unrollTiles(sum, *dot);
  // As many as make a register of a row's inputs, or two where rows lie side by side.
  bool isSideBySide = manyRows && getDotKind(b.target) == DotKind::Octets;
  int64_t count = dot->counts[0], usual = isSideBySide ? 8 : 4;
  int64_t steps =
      b.pick("inputs", count % usual == 0 ? usual : 1, count, {1, 2, 4, 8});
  if (steps > 1)
    sum.unroll(quads, steps);
}

/// Two products at once, then the two sums of a channel.
void IntegerProductRecipe::schedulePairs(StringRef place) {
  StringRef pair = dot->reductions[0];
  b.stage(dot->name)
      .computeAt(product.stored.name, place)
      .reorder({pair, dot->channels, dot->tiles, dot->rows})
      .vectorize(dot->channels)
      .unroll({pair, dot->tiles, dot->rows});
  StringRef quads = parts->reductions[0], two = parts->reductions[1];
  StringRef kept = parts->inner[0];
  StageSchedule &part = b.stage(parts->name);
  part.computeAt(product.stored.name, place)
      .reorder({two, kept, parts->channels, parts->tiles, parts->rows, quads})
      .add(DirectiveKind::Atomic)
      .vectorize(two)
      .vectorize(kept)
      .vectorize(parts->channels)
      .unroll({parts->tiles, parts->rows});
  // With wide vectors, whole cache lines of weights: those can be asked for ahead
  // (codegen/llvm/PrefetchStreams.h).
  int64_t count = parts->counts[0];
  int64_t usual = b.lanes > 4 ? 4 : manyRows ? 1 : 2;
  while (count % usual != 0)
    usual /= 2;
  int64_t steps = b.pick("inputs", usual, count, {1, 2, 4, 8});
  if (steps > 1)
    part.unroll(quads, steps);
}

/// A group's dot at the loop over groups, channels innermost.
void IntegerProductRecipe::scheduleGroups(StringRef place) {
  StringRef group = groups->reductions[0];
  StageSchedule &sum = b.stage(groups->name);
  sum.computeAt(product.stored.name, place);
  int64_t width = product.stored.extents[2];
  int64_t channels = parts || manyRows
                         ? width
                         : b.pick("channels", width, width, {4, 8, width});
  StringRef at = group;
  if (channels < width) {
    // The integer sums of some channels at a time, beside the sums of all groups.
    sum.split(groups->channels, "nv", "nl", channels)
        .reorder(order(*groups, {"nl"}, {"nv", group}));
    sum.vectorize("nl");
    unrollTiles(sum, *groups);
    sum.unroll("nv");
    at = "nv";
  } else {
    sum.reorder(order(*groups, {groups->channels}, {group}))
        .vectorize(groups->channels);
    unrollTiles(sum, *groups);
    // The group's weights stay in registers while many rows go by, each with its
    // integer sums; a few rows have theirs beside each other.
    if (!parts && rowTile > 8)
      at = groups->rows;
  }
  scheduleGroupedDot(at);
}

void IntegerProductRecipe::scheduleGroupedDot(StringRef place) {
  StageSchedule &sum = b.stage(dot->name);
  sum.computeAt(groups->name, place);
  StringRef innermost = dot->reductions.back();
  SmallVector<StringRef> outer(
      llvm::reverse(ArrayRef(dot->reductions).drop_back()));
  if (!parts || manyRows || manyTiles)
    sum.reorder(order(*dot, {innermost, dot->channels}, outer));
  sum.add(DirectiveKind::Atomic).vectorize(innermost).vectorize(dot->channels);
  unrollTiles(sum, *dot);
  sum.unroll(SmallVector<StringRef>(llvm::reverse(outer)));
  if (parts)
    scheduleGroupedParts();
}

/// The sums in narrow numbers that a group's dot is made of. What they sum in a vector
/// of neighbours is the innermost loop, if they are that.
void IntegerProductRecipe::scheduleGroupedParts() {
  unsigned last = parts->op.getNumLoops() - 1;
  bool sumsNeighbours = getFarthestStep(parts->op, last) == Step::One;
  StringRef kept = parts->inner.back();
  SmallVector<StringRef> inner{kept, parts->channels};
  ArrayRef<StringRef> written = parts->reductions;
  StageSchedule &part = b.stage(parts->name);
  part.computeAt(groups->name, groups->reductions[0]);
  if (sumsNeighbours) {
    inner.insert(inner.begin(), written.back());
    written = written.drop_back();
  }
  part.reorder(
      order(*parts, inner, SmallVector<StringRef>(llvm::reverse(written))));
  // What no order changes only for these numbers (saturating sums) is said to be so.
  if (sumsNeighbours && isAssociative(parts->op))
    part.add(DirectiveKind::Atomic);
  else if (sumsNeighbours)
    part.add(DirectiveKind::Atomic, {"override"});
  for (StringRef loop : inner)
    part.vectorize(loop);
  unrollTiles(part, *parts);
  part.unroll(written);
}

bool scheduleIntegerProduct(ScheduleBuilder &b) {
  std::optional<PackedProduct> product = PackedProduct::match(b);
  if (!product || !product->isInteger)
    return false;
  auto recipe = IntegerProductRecipe::create(b, *product);
  if (!recipe)
    return false;
  recipe->schedule();
  return true;
}

} // namespace mlir::eke
