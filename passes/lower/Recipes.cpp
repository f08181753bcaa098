//===- Recipes.cpp - Schedules by kind of pipeline ------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A recipe is found by the names of the stages that lowering gave (Products.cpp,
// LowerAttention.cpp); what has other stages gets the recipe for rows, which asks
// for nothing. docs/tune-a-kernel.md shows what each of them becomes.
//
//===----------------------------------------------------------------------===//

#include "passes/lower/Recipes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Builders.h"

#include <list>

namespace mlir::eke {

using halide::DirectiveKind;
using linalg::LinalgOp;

namespace {

/// The directives of one stage, in the order in which they apply.
struct StageSchedule {
  MLIRContext *context;
  std::string name;
  SmallVector<halide::DirectiveAttr> directives;

  StageSchedule &add(DirectiveKind kind, ArrayRef<StringRef> loops = {},
                     int64_t factor = 0, StringRef stage = {}) {
    directives.push_back(
        halide::DirectiveAttr::get(context, kind, loops, factor, stage));
    return *this;
  }
  StageSchedule &computeAt(StringRef stage, StringRef loop) {
    return add(DirectiveKind::ComputeAt, {loop}, 0, stage);
  }
  StageSchedule &split(StringRef loop, StringRef outer, StringRef inner,
                       int64_t factor) {
    return add(DirectiveKind::Split, {loop, outer, inner}, factor);
  }
  StageSchedule &reorder(ArrayRef<StringRef> innermostFirst) {
    return add(DirectiveKind::Reorder, innermostFirst);
  }
  StageSchedule &vectorize(StringRef loop, int64_t factor = 0) {
    return add(DirectiveKind::Vectorize, {loop}, factor);
  }
  StageSchedule &unroll(StringRef loop, int64_t factor = 0) {
    return add(DirectiveKind::Unroll, {loop}, factor);
  }
};

/// Bytes of weights from which on it pays to share a product out, where waking a
/// thread takes one or two microseconds: these are some microseconds of work, fewer
/// bytes if they come from memory.
int64_t getBytesWorthSharing(halide::PipelineOp pipeline, TargetAttr target) {
  auto module = pipeline->getParentOfType<ModuleOp>();
  auto image = module->getAttrOfType<IntegerAttr>(kImageBytesAttr);
  bool staysInCache = !image || !target || target.getCaches().empty() ||
                      image.getInt() <= target.getCaches().back();
  return (staysInCache ? 128 : 32) << 10;
}

/// Builds the schedule of one pipeline.
class Recipe {
public:
  Recipe(halide::PipelineOp pipeline, TargetAttr target)
      : pipeline(pipeline), lanes(target ? target.getVectorBits() / 32 : 4),
        bytesWorthSharing(getBytesWorthSharing(pipeline, target)) {
    for (auto op : pipeline.getBody().front().getOps<LinalgOp>())
      if (auto name = op->getAttrOfType<StringAttr>(halide::stageAttrName)) {
        stages[name.getValue()] = op;
        lastStage = name.getValue();
      }
  }

  ArrayAttr build() {
    if (has("dot") && has("result"))
      scheduleFloatProduct();
    else if (has("dot") && has("dequantize"))
      scheduleIntegerProduct();
    else if (has("scores") && has("mask"))
      scheduleScores();
    else if (has("context") && has("normalize"))
      scheduleContext();
    else
      scheduleRows();
    return finish();
  }

private:
  bool has(StringRef stage) const { return stages.contains(stage); }

  /// The extent of a named loop of a stage.
  int64_t extent(StringRef stage, StringRef loop) {
    LinalgOp op = stages[stage];
    auto names = op->getAttrOfType<ArrayAttr>(halide::varsAttrName);
    if (!names)
      return ShapedType::kDynamic;
    for (auto [name, size] : llvm::zip(names.getAsValueRange<StringAttr>(),
                                       op.getStaticLoopRanges()))
      if (name == loop)
        return size;
    return ShapedType::kDynamic;
  }

  /// What divides the dynamic extents.
  int64_t getExtentMultiple() {
    IntegerAttr multiple = pipeline.getExtentMultipleAttr();
    return multiple ? multiple.getInt() : 1;
  }

  StageSchedule &stage(StringRef name) {
    scheduled.push_back({pipeline.getContext(), name.str(), {}});
    return scheduled.back();
  }

  ArrayAttr finish() {
    SmallVector<Attribute> attrs;
    Builder b(pipeline.getContext());
    for (StageSchedule &stage : scheduled)
      attrs.push_back(halide::StageAttr::get(
          b.getContext(), b.getStringAttr(stage.name), stage.directives));
    return b.getArrayAttr(attrs);
  }

  /// Tiles of output channels a task computes, if it pays to share them out, else
  /// 0. Tasks of one size: what is left over would be computed twice.
  int64_t getTilesPerTask(StringRef out) {
    int64_t bytes = 0;
    for (Value in : pipeline.getIns())
      if (auto type = dyn_cast<ShapedType>(in.getType()))
        if (type.hasStaticShape() && type.getRank() >= 3)
          bytes = std::max(bytes, type.getNumElements() *
                                      type.getElementTypeBitWidth() / 8);
    int64_t tiles = extent(out, "no");
    if (bytes < bytesWorthSharing || tiles < 8)
      return 0;
    for (int64_t tasks : {8, 4, 6})
      if (tiles % tasks == 0)
        return tiles / tasks;
    return llvm::divideCeil(tiles, 8);
  }

  /// Do two tiles of a task go together? One row reads one stream of weights.
  bool pairsTiles(int64_t rows, int64_t tilesPerTask) {
    bool spreadsRows = has("part") && !has("groups") && lanes > 4;
    return rows > 1 && spreadsRows && tilesPerTask > 0 && tilesPerTask % 2 == 0;
  }

  /// Rows whose sums are in registers at the same time, beside those of the
  /// groups. In two steps, sums on x86 take two registers.
  int64_t getRowTile() {
    if (has("groups"))
      return 4;
    if (!has("part"))
      return 8;
    return lanes > 4 ? 2 : 4;
  }

  void scheduleFloatProduct();
  void scheduleIntegerProduct();
  void scheduleDot(StringRef out, StringRef loop, bool manyRows);
  void scheduleGroupedDot(StringRef out, StringRef loop, bool manyRows);
  void schedulePairs(StringRef out, StringRef loop, bool manyRows);
  void scheduleScores();
  void scheduleContext();
  void scheduleRows();

  halide::PipelineOp pipeline;
  int64_t lanes;
  int64_t bytesWorthSharing;
  llvm::StringMap<LinalgOp> stages;
  /// Of a product, the stage that is stored: it scales the sums, or is what
  /// follows element by element, which computes the scaled ones where it is.
  StringRef lastStage;
  std::list<StageSchedule> scheduled;
};

} // namespace

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

/// A register tile of 4 rows by 2 tiles of channels, or 1 row by 4 tiles.
void Recipe::scheduleFloatProduct() {
  int64_t rows = extent(lastStage, "m"), tiles = extent(lastStage, "no");
  bool manyRows = rows > 1;
  StageSchedule &out = stage(lastStage);
  out.split("no", "np", "nt", std::min<int64_t>(tiles, manyRows ? 2 : 4));
  if (manyRows)
    out.split("m", "mo", "mi", std::min<int64_t>(rows, 4))
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
}

/// The sums of one tile of channels, for up to 4 rows, stay in registers.
void Recipe::scheduleIntegerProduct() {
  int64_t rows = extent(lastStage, "m");
  bool manyRows = rows > 1;
  StageSchedule &out = stage(lastStage);
  StringRef tile = "no";
  int64_t tilesPerTask = getTilesPerTask(lastStage);
  if (tilesPerTask) {
    out.split("no", "np", "nt", tilesPerTask);
    tile = "nt";
  }
  // Side by side, two tiles share the rows' operands, which x86 has to spread.
  bool inPairs = pairsTiles(rows, tilesPerTask);
  if (inPairs) {
    out.split("nt", "nq", "nu", 2);
    tile = "nq";
  }
  StringRef channels = "ni";
  SmallVector<StringRef> order{"ni"};
  if (inPairs)
    order.push_back("nu");
  if (manyRows) {
    out.split("m", "mo", "mi", std::min(rows, getRowTile()));
    order.append({"mi", "mo"});
    if (!has("part") && !has("groups") && extent(lastStage, "ni") > 8) {
      // All rows go by while half of the tile is in the cache.
      out.split("ni", "nh", "nl", 8);
      channels = "nl";
      order = {"nl", "mi", "mo", "nh"};
    }
  }
  order.push_back(tile);
  if (tilesPerTask)
    order.push_back("np");
  out.reorder(order);
  out.vectorize(channels);
  if (inPairs)
    out.unroll("nu");
  if (manyRows)
    out.unroll("mi");
  if (tilesPerTask)
    out.add(DirectiveKind::Parallel, {"np"});
  StringRef loop = manyRows ? StringRef("mo") : tile;
  if (has("groups"))
    scheduleGroupedDot(lastStage, loop, manyRows);
  else if (has("part"))
    schedulePairs(lastStage, loop, manyRows);
  else
    scheduleDot(lastStage, loop, manyRows);
}

/// Four products at once (sdot): the quad is the innermost vector loop.
void Recipe::scheduleDot(StringRef out, StringRef loop, bool manyRows) {
  StageSchedule &dot = stage("dot");
  dot.computeAt(out, loop);
  if (manyRows)
    dot.reorder({"rki", "ni", "m", "rko"});
  else
    dot.reorder({"rki", "ni", "rko"});
  dot.add(DirectiveKind::Atomic).vectorize("rki").vectorize("ni");
  if (manyRows)
    dot.unroll("m");
  int64_t unrolled = manyRows ? 2 : 4;
  if (extent("dot", "rko") % unrolled == 0)
    dot.unroll("rko", unrolled);
}

/// Two products at once, then the two sums of a channel.
void Recipe::schedulePairs(StringRef out, StringRef loop, bool manyRows) {
  StageSchedule &dot = stage("dot");
  dot.computeAt(out, loop).reorder({"rkp", "ni", "no", "m"});
  dot.vectorize("ni").unroll("rkp").unroll("no").unroll("m");
  StageSchedule &part = stage("part");
  part.computeAt(out, loop)
      .reorder({"rk2", "kp", "ni", "no", "m", "rko"})
      .add(DirectiveKind::Atomic)
      .vectorize("rk2")
      .vectorize("kp")
      .vectorize("ni")
      .unroll("no")
      .unroll("m");
  if (!manyRows && extent("part", "rko") % 2 == 0)
    part.unroll("rko", 2);
}

/// int4: a group's dot at the loop over groups, channels innermost.
void Recipe::scheduleGroupedDot(StringRef out, StringRef loop, bool manyRows) {
  auto order = [&](std::initializer_list<StringRef> inner,
                   std::initializer_list<StringRef> outer) {
    SmallVector<StringRef> loops(inner);
    if (manyRows)
      loops.push_back("m");
    loops.append(outer.begin(), outer.end());
    return loops;
  };
  StageSchedule &groups = stage("groups");
  StageSchedule &dot = stage("dot");
  groups.computeAt(out, loop);
  if (manyRows && !has("part")) {
    // The integer sums of 4 channels at a time, beside the sums of all groups.
    groups.split("ni", "nv", "nl", 4).reorder(order({"nl"}, {"nv", "rg"}));
    groups.vectorize("nl").unroll("m").unroll("nv");
    dot.computeAt("groups", "nv");
  } else {
    groups.reorder(order({"ni"}, {"rg"})).vectorize("ni");
    if (manyRows)
      groups.unroll("m");
    dot.computeAt("groups", "rg");
  }
  if (!has("part")) {
    dot.reorder(order({"rki", "ni"}, {"rh", "rc"})).add(DirectiveKind::Atomic);
    dot.vectorize("rki").vectorize("ni");
    if (manyRows)
      dot.unroll("m");
    dot.unroll("rc").unroll("rh");
    return;
  }
  StringRef last = extent("dot", "rkp") > 0 ? "rkp" : "rki";
  if (manyRows)
    dot.reorder({last, "ni", "m"});
  dot.add(DirectiveKind::Atomic).vectorize(last).vectorize("ni");
  if (manyRows)
    dot.unroll("m");

  StageSchedule &part = stage("part");
  part.computeAt("groups", "rg");
  if (last == "rkp") {
    part.reorder(order({"rk2", "kp", "ni"}, {"rh", "rc"}));
    part.add(DirectiveKind::Atomic, {"override"});
    part.vectorize("rk2").vectorize("kp").vectorize("ni");
  } else {
    part.reorder(order({"ki", "ni"}, {"rh", "rc"}));
    part.vectorize("ki").vectorize("ni");
  }
  if (manyRows)
    part.unroll("m");
  part.unroll("rc").unroll("rh");
}

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

/// How many of `size` things fit: the largest divisor of `size` up to `most`.
static int64_t divisorUpTo(int64_t size, int64_t most) {
  int64_t divisor = std::max<int64_t>(1, std::min(size, most));
  while (size % divisor != 0)
    --divisor;
  return divisor;
}

/// Sums of some positions for some query heads stay in registers, so that a key
/// is loaded once for those heads and a query once for those positions.
void Recipe::scheduleScores() {
  if (!has("part")) {
    stage("scores").computeAt("mask", "j");
    return;
  }
  int64_t vectorsPerSum = llvm::divideCeil(extent("part", "lane"), lanes);
  int64_t sums = (lanes > 4 ? 12 : 24) / vectorsPerSum;
  int64_t heads = divisorUpTo(extent("mask", "u"), sums);
  int64_t positions =
      divisorUpTo(getExtentMultiple(), std::min<int64_t>(4, sums / heads));
  stage("mask")
      .split("j", "jo", "ji", positions)
      .split("u", "uo", "ui", heads)
      .reorder({"ji", "ui", "uo", "m", "jo", "g"})
      .vectorize("ji")
      .unroll("ui");
  stage("scores")
      .computeAt("mask", "uo")
      .reorder({"rlane", "j", "u"})
      .add(DirectiveKind::Atomic)
      .vectorize("rlane")
      .unroll("j")
      .unroll("u");
  stage("part")
      .computeAt("mask", "uo")
      .reorder({"lane", "j", "u", "rd"})
      .vectorize("lane")
      .unroll("j")
      .unroll("u");
}

/// Some elements of some heads in registers while the positions go by, so that a
/// value is loaded once for those heads.
void Recipe::scheduleContext() {
  int64_t width = extent("normalize", "d");
  if (width % lanes != 0)
    return;
  int64_t vectors = divisorUpTo(width / lanes, 4);
  int64_t heads = divisorUpTo(extent("normalize", "u"), lanes > 4 ? 3 : 4);
  stage("normalize")
      .split("d", "do", "di", vectors * lanes)
      .split("u", "uo", "ui", heads)
      .reorder({"di", "ui", "uo", "do", "m", "g"})
      .vectorize("di", lanes)
      .unroll("ui");
  stage("context")
      .computeAt("normalize", "uo")
      .reorder({"d", "u", "rj"})
      .vectorize("d", lanes)
      .unroll("d")
      .unroll("u");
}

//===----------------------------------------------------------------------===//
// Rows
//===----------------------------------------------------------------------===//

/// Ops that vectors do not help: library calls, and indices that are computed by
/// division, which scatter the lanes over memory.
static bool isScalar(LinalgOp op) {
  auto found = op->walk([](Operation *inner) {
    return isa<math::SinOp, math::CosOp, math::TanhOp, math::PowFOp,
               math::ErfOp, arith::RemUIOp, arith::DivUIOp>(inner)
               ? WalkResult::interrupt()
               : WalkResult::advance();
  });
  return found.wasInterrupted();
}

/// Reductions are stored, in vectors if their loop is long enough; what is
/// written is written in vectors; the rest is computed where it is used.
void Recipe::scheduleRows() {
  Operation *yield = pipeline.getBody().front().getTerminator();
  for (auto op : pipeline.getBody().front().getOps<LinalgOp>()) {
    auto name = op->getAttrOfType<StringAttr>(halide::stageAttrName);
    auto loops = op->getAttrOfType<ArrayAttr>(halide::varsAttrName);
    if (!name || !loops || loops.empty())
      continue;
    StringRef last = cast<StringAttr>(loops[loops.size() - 1]).getValue();
    int64_t length = op.getStaticLoopRanges().back();
    bool isLong = ShapedType::isDynamic(length) || length >= lanes;
    bool isOutput = llvm::is_contained(yield->getOperands(), op->getResult(0));
    if (op.getNumReductionLoops() > 0) {
      StageSchedule &reduction = stage(name.getValue());
      reduction.add(DirectiveKind::ComputeRoot);
      bool isWhole =
          !ShapedType::isDynamic(length) || getExtentMultiple() % lanes == 0;
      if (isLong && isWhole &&
          op.getIteratorTypesArray().back() == utils::IteratorType::reduction)
        reduction.add(DirectiveKind::Atomic).vectorize(last, lanes);
    } else if (isOutput && isLong && !isScalar(op)) {
      stage(name.getValue()).vectorize(last, lanes);
    }
  }
}

ArrayAttr chooseSchedule(halide::PipelineOp pipeline, TargetAttr target) {
  return Recipe(pipeline, target).build();
}

} // namespace mlir::eke
