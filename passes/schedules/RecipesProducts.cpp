//===- RecipesProducts.cpp - Schedules of products ------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Sums of a tile of output channels, for some rows, stay in registers while the
// inputs go by. How many channels, rows and inputs are parameters.
//
//===----------------------------------------------------------------------===//

#include "dialects/formats/DotKind.h"
#include "passes/schedules/Recipe.h"

namespace mlir::eke {

using halide::DirectiveKind;

/// Bytes of weights that take a core some microseconds to read from memory.
static constexpr int64_t kBytesWorthSharing = 32 << 10;

/// Does the last cache hold all weights?
static bool keepsWeightsInCache(halide::PipelineOp pipeline,
                                TargetAttr target) {
  auto module = pipeline->getParentOfType<ModuleOp>();
  auto image = module->getAttrOfType<IntegerAttr>(kImageBytesAttr);
  return !image || !target || target.getCaches().empty() ||
         image.getInt() <= target.getCaches().back();
}

bool Recipe::paysToShareProduct() {
  int64_t bytes = 0;
  for (Value in : pipeline.getIns())
    if (auto type = dyn_cast<ShapedType>(in.getType()))
      if (type.hasStaticShape() && type.getRank() >= 3)
        bytes = std::max(bytes, type.getNumElements() *
                                    type.getElementTypeBitWidth() / 8);
  int64_t operations = countIterations(has("part") ? "part" : "dot");
  int64_t products = has("dot" + kTwinSuffix.str()) ? 2 : 1;
  // Wide vectors of integers are done sooner; and a core that has little to do by
  // itself is slowed down by one beside it that waits for its share.
  bool isWide = lanes > 4 && has("dequantize");
  int64_t worth = (isWide ? 4 : 1) * kOperationsWorthSharing;
  return products * operations >= worth ||
         (products * bytes >= kBytesWorthSharing &&
          !keepsWeightsInCache(pipeline, target));
}

/// Tiles of output channels a task computes, if it pays to share them out, else
/// 0. Tasks of one size: what is left over would be computed twice.
int64_t Recipe::getTilesPerTask(StringRef out) {
  int64_t tiles = extent(out, "no");
  if (tiles < 8 || !paysToShareProduct())
    return 0;
  for (int64_t tasks : {8, 4, 6})
    if (tiles % tasks == 0)
      return tiles / tasks;
  return llvm::divideCeil(tiles, 8);
}

/// Rows whose sums are in registers at the same time, beside those of the
/// groups or, in two steps, in two registers each.
int64_t Recipe::getMostRows() {
  if (has("part"))
    return 4;
  return has("groups") ? 16 : 8;
}

/// The size of the fewest tiles that have at most `most` of the rows: a last one that
/// is smaller would be computed in full.
static int64_t getEqualTile(int64_t rows, int64_t most) {
  return llvm::divideCeil(rows, llvm::divideCeil(rows, most));
}

/// Output channels of a tile whose sums are in registers at the same time.
int64_t Recipe::getChannels() {
  // Matrices of two rows are summed in vectors of four channels (smmla).
  bool isNarrow = rowTile > 4 || getDotKind(target) == DotKind::Octets;
  return has("groups") && isNarrow ? 4 : 8;
}

SmallVector<StringRef>
Recipe::orderProduct(std::initializer_list<StringRef> inner,
                     std::initializer_list<StringRef> outer) {
  SmallVector<StringRef> loops(inner);
  if (manyTiles)
    loops.push_back("no");
  if (manyRows)
    loops.push_back("m");
  loops.append(outer.begin(), outer.end());
  return loops;
}

void Recipe::unrollProduct(StageSchedule &stage) {
  if (manyTiles)
    stage.unroll("no");
  if (manyRows)
    stage.unroll("m");
}

/// A register tile of 4 rows by 2 tiles of channels, or 1 or 2 rows by 4 tiles.
void Recipe::scheduleFloatProduct() {
  int64_t rows = extent(lastStage, "m"), tiles = extent(lastStage, "no");
  manyRows = rows > 1;
  StageSchedule &out = stage(lastStage);
  out.split("no", "np", "nt",
            pick("tiles", std::min<int64_t>(tiles, rows > 2 ? 2 : 4), tiles,
                 {1, 2, 3, 4, 8}));
  if (manyRows)
    out.split("m", "mo", "mi",
              pick("rows", getEqualTile(rows, 4), rows, {1, 2, 3, 4, 6, 8}))
        .reorder({"ni", "nt", "mi", "mo", "np"});
  else
    out.reorder({"ni", "nt", "m", "np"});
  out.vectorize("ni").unroll("nt");
  if (manyRows)
    out.unroll("mi");
  if (getTilesPerTask(lastStage))
    out.add(DirectiveKind::Parallel, {"np"}, 4);
  StageSchedule &dot = stage("dot");
  dot.computeAt(lastStage, manyRows ? "mo" : "m");
  if (manyRows)
    dot.reorder({"ni", "no", "m", "rk"});
  else
    dot.reorder({"ni", "no", "rk"});
  dot.vectorize("ni").unroll("no");
  if (manyRows)
    dot.unroll("m");
  // Four inputs are a cache line of 16-bit weights, and a vector of the row's inputs.
  int64_t all = extent("dot", "rk");
  int64_t inputs = pick("inputs", all % 4 == 0 ? 4 : 1, all, {1, 2, 4});
  if (inputs > 1)
    dot.unroll("rk", inputs);
}

/// How many tiles of channels one load of a row's inputs serves. From memory, weights
/// come faster as one stream.
int64_t Recipe::getTiles(int64_t tiles) {
  bool pays = !manyRows && has("groups") && has("part") && lanes > 4 &&
              keepsWeightsInCache(pipeline, target);
  return pick("tiles", pays && tiles % 2 == 0 ? 2 : 1, tiles, {2, 4});
}

/// The sums of one tile of channels, or of two, stay in registers for some rows.
void Recipe::scheduleIntegerProduct() {
  int64_t rows = extent(lastStage, "m"), width = extent(lastStage, "ni");
  manyRows = rows > 1;
  StageSchedule &out = stage(lastStage);
  StringRef tile = "no";
  int64_t tilesPerTask = getTilesPerTask(lastStage);
  if (tilesPerTask) {
    out.split("no", "np", "nt", tilesPerTask);
    tile = "nt";
  }
  int64_t tiles =
      getTiles(tilesPerTask ? tilesPerTask : extent(lastStage, "no"));
  manyTiles = tiles > 1;
  if (manyTiles) {
    out.split(tile, "nq", "nu", tiles);
    tile = "nq";
  }
  StringRef channels = "ni";
  SmallVector<StringRef> order;
  if (manyTiles)
    order.push_back("nu");
  if (manyRows) {
    rowTile = pick("rows", getEqualTile(rows, getMostRows()), rows,
                   {1, 2, 3, 4, 6, 8, 16});
    out.split("m", "mo", "mi", rowTile);
    order.append({"mi", "mo"});
    // All rows go by while a part of the tile is in the cache.
    int64_t part = has("part")
                       ? width
                       : pick("channels", std::min(width, getChannels()), width,
                              {4, 8, width});
    if (part < width) {
      out.split("ni", "nh", "nl", part);
      channels = "nl";
      order.push_back("nh");
    }
  }
  order.insert(order.begin(), channels);
  order.push_back(tile);
  if (tilesPerTask)
    order.push_back("np");
  out.reorder(order);
  out.vectorize(channels);
  if (manyTiles)
    out.unroll("nu");
  if (manyRows)
    out.unroll("mi");
  if (tilesPerTask)
    out.add(DirectiveKind::Parallel, {"np"});
  StringRef loop = manyRows ? StringRef("mo") : tile;
  if (has("groups"))
    scheduleGroupedDot(loop);
  else if (has("part"))
    schedulePairs(loop);
  else
    scheduleDot(loop);
}

/// Four products at once (sdot): the quad is the innermost vector loop.
void Recipe::scheduleDot(StringRef loop) {
  StageSchedule &dot = stage("dot");
  dot.computeAt(lastStage, loop);
  dot.reorder(orderProduct({"rki", "ni"}, {"rko"}));
  dot.add(DirectiveKind::Atomic).vectorize("rki").vectorize("ni");
  unrollProduct(dot);
  // As many as make a register of a row's inputs, or two where rows lie side by side.
  bool isSideBySide = manyRows && getDotKind(target) == DotKind::Octets;
  int64_t quads = extent("dot", "rko"), usual = isSideBySide ? 8 : 4;
  int64_t steps =
      pick("inputs", quads % usual == 0 ? usual : 1, quads, {1, 2, 4, 8});
  if (steps > 1)
    dot.unroll("rko", steps);
}

/// Two products at once, then the two sums of a channel.
void Recipe::schedulePairs(StringRef loop) {
  StageSchedule &dot = stage("dot");
  dot.computeAt(lastStage, loop).reorder({"rkp", "ni", "no", "m"});
  dot.vectorize("ni").unroll("rkp").unroll("no").unroll("m");
  StageSchedule &part = stage("part");
  part.computeAt(lastStage, loop)
      .reorder({"rk2", "kp", "ni", "no", "m", "rko"})
      .add(DirectiveKind::Atomic)
      .vectorize("rk2")
      .vectorize("kp")
      .vectorize("ni")
      .unroll("no")
      .unroll("m");
  // With wide vectors, whole cache lines of weights: those can be asked for ahead
  // (codegen/llvm/PrefetchStreams.h).
  int64_t quads = extent("part", "rko");
  int64_t usual = lanes > 4 ? 4 : manyRows ? 1 : 2;
  while (quads % usual != 0)
    usual /= 2;
  int64_t steps = pick("inputs", usual, quads, {1, 2, 4, 8});
  if (steps > 1)
    part.unroll("rko", steps);
}

/// int4: a group's dot at the loop over groups, channels innermost.
void Recipe::scheduleGroupedDot(StringRef loop) {
  StageSchedule &groups = stage("groups");
  StageSchedule &dot = stage("dot");
  groups.computeAt(lastStage, loop);
  int64_t width = extent("groups", "ni");
  int64_t channels = has("part") || manyRows
                         ? width
                         : pick("channels", width, width, {4, 8, width});
  if (channels < width) {
    // The integer sums of some channels at a time, beside the sums of all groups.
    groups.split("ni", "nv", "nl", channels)
        .reorder(orderProduct({"nl"}, {"nv", "rg"}));
    groups.vectorize("nl");
    unrollProduct(groups);
    groups.unroll("nv");
    dot.computeAt("groups", "nv");
  } else {
    groups.reorder(orderProduct({"ni"}, {"rg"})).vectorize("ni");
    unrollProduct(groups);
    // The group's weights stay in registers while many rows go by, each with its
    // integer sums; a few rows have theirs beside each other.
    dot.computeAt("groups", !has("part") && rowTile > 8 ? "m" : "rg");
  }
  if (!has("part")) {
    dot.reorder(orderProduct({"rki", "ni"}, {"rh", "rc"}))
        .add(DirectiveKind::Atomic);
    dot.vectorize("rki").vectorize("ni");
    unrollProduct(dot);
    dot.unroll("rc").unroll("rh");
    return;
  }
  StringRef last = extent("dot", "rkp") > 0 ? "rkp" : "rki";
  if (manyRows || manyTiles)
    dot.reorder(orderProduct({last, "ni"}, {}));
  dot.add(DirectiveKind::Atomic).vectorize(last).vectorize("ni");
  unrollProduct(dot);
  scheduleGroupedParts();
}

/// The sums in narrow numbers that a group's dot is made of.
void Recipe::scheduleGroupedParts() {
  StageSchedule &part = stage("part");
  part.computeAt("groups", "rg");
  if (extent("dot", "rkp") > 0) {
    part.reorder(orderProduct({"rk2", "kp", "ni"}, {"rh", "rc"}));
    part.add(DirectiveKind::Atomic, {"override"});
    part.vectorize("rk2").vectorize("kp").vectorize("ni");
  } else {
    part.reorder(orderProduct({"ki", "ni"}, {"rh", "rc"}));
    part.vectorize("ki").vectorize("ni");
  }
  unrollProduct(part);
  part.unroll("rc").unroll("rh");
}

} // namespace mlir::eke
