//===- Recipes.cpp - Schedules by kind of pipeline ------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A recipe is found by the names of the stages that lowering gave (Products.cpp,
// LowerAttention.cpp); what has other stages gets the recipe for rows, which asks
// for nothing. docs/tune-a-kernel.md shows what each of them becomes. A number that
// could be another goes through `pick`, which is how `eke tune` learns of it.
//
//===----------------------------------------------------------------------===//

#include "passes/lower/Recipe.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

namespace mlir::eke {

using halide::DirectiveKind;
using linalg::LinalgOp;

Recipe::Recipe(halide::PipelineOp pipeline, TargetAttr target,
               const ParameterValues &values)
    : pipeline(pipeline), target(target),
      lanes(target ? target.getVectorBits() / 32 : 4), values(values) {
  for (auto op : pipeline.getBody().front().getOps<LinalgOp>())
    if (auto name = op->getAttrOfType<StringAttr>(halide::stageAttrName)) {
      stages[name.getValue()] = op;
      lastStage = name.getValue();
    }
}

ScheduleChoice Recipe::build() {
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
  scheduleTwin();
  SmallVector<Attribute> attrs;
  Builder b(pipeline.getContext());
  for (StageSchedule &stage : scheduled)
    attrs.push_back(halide::StageAttr::get(
        b.getContext(), b.getStringAttr(stage.name), stage.directives));
  return {b.getArrayAttr(attrs), std::move(parameters)};
}

/// Schedules the second of two products like the first.
void Recipe::scheduleTwin() {
  auto nameTwin = [&](StringRef stage) {
    std::string twin = stage.str() + kTwinSuffix.str();
    return has(twin) ? twin : stage.str();
  };
  std::list<StageSchedule> twins;
  for (const StageSchedule &stage : scheduled) {
    StageSchedule twin{stage.context, nameTwin(stage.name), {}};
    if (twin.name == stage.name)
      continue;
    for (halide::DirectiveAttr directive : stage.directives) {
      auto loops =
          llvm::map_to_vector(directive.getLoops(),
                              [](StringAttr loop) { return loop.getValue(); });
      StringAttr target = directive.getStage();
      twin.add(directive.getKind(), loops, directive.getFactor(),
               target ? nameTwin(target.getValue()) : "");
    }
    twins.push_back(std::move(twin));
  }
  scheduled.splice(scheduled.end(), twins);
}

int64_t Recipe::extent(StringRef stage, StringRef loop) {
  LinalgOp op = stages[stage];
  auto names = op->getAttrOfType<ArrayAttr>(halide::varsAttrName);
  if (!names)
    return ShapedType::kDynamic;
  for (auto [name, size] :
       llvm::zip(names.getAsValueRange<StringAttr>(), op.getStaticLoopRanges()))
    if (name == loop)
      return size;
  return ShapedType::kDynamic;
}

int64_t Recipe::pick(StringRef name, int64_t usual, int64_t extent,
                     ArrayRef<int64_t> candidates) {
  auto asked = values.find(name);
  int64_t value = asked == values.end() ? usual : asked->second;
  ScheduleParameter parameter{name.str(), value, {}};
  for (int64_t candidate :
       llvm::concat<const int64_t>(ArrayRef(usual), candidates))
    if (candidate != value && candidate <= extent && extent % candidate == 0 &&
        !llvm::is_contained(parameter.alternatives, candidate))
      parameter.alternatives.push_back(candidate);
  parameters.push_back(std::move(parameter));
  return value;
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

/// A quarter of a prompt's rows to a task, since a key or value that was loaded
/// serves all rows of the task.
void Recipe::shareRows(StageSchedule &out,
                       SmallVector<StringRef> innermostFirst) {
  constexpr int64_t tasks = 4;
  int64_t rows = extent(out.name, "m");
  bool pays = rows >= 2 * tasks && rows % tasks == 0;
  if (pays) {
    out.split("m", "mp", "mq", rows / tasks);
    llvm::replace(innermostFirst, StringRef("m"), StringRef("mq"));
    innermostFirst.push_back("mp");
  }
  out.reorder(innermostFirst);
  if (pays)
    out.add(DirectiveKind::Parallel, {"mp"});
}

/// Sums of some positions for some query heads stay in registers, so that a key
/// is loaded once for those heads and a query once for those positions. All heads of
/// a position before the next ones: so they lie in the cache, which may be in memory.
void Recipe::scheduleScores() {
  if (!has("part")) {
    stage("scores").computeAt("mask", "j");
    return;
  }
  int64_t vectorsPerSum = llvm::divideCeil(extent("part", "lane"), lanes);
  int64_t sums = (lanes > 4 ? 12 : 24) / vectorsPerSum;
  int64_t allHeads = extent("mask", "u"), multiple = getExtentMultiple();
  int64_t heads =
      pick("heads", divisorUpTo(allHeads, sums), allHeads, {1, 2, 3, 4, 6, 8});
  int64_t positions =
      pick("positions",
           divisorUpTo(multiple, std::clamp<int64_t>(sums / heads, 1, 4)),
           multiple, {1, 2, 4, 8});
  StageSchedule &mask = stage("mask");
  mask.split("j", "jo", "ji", positions).split("u", "uo", "ui", heads);
  shareRows(mask, {"ji", "ui", "uo", "m", "g", "jo"});
  mask.vectorize("ji").unroll("ui");
  stage("scores")
      .computeAt("mask", "uo")
      .reorder({"rlane", "j", "u"})
      .add(DirectiveKind::Atomic)
      .vectorize("rlane")
      .vectorize("j")
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
  int64_t vectors = pick("vectors", divisorUpTo(width / lanes, 4),
                         width / lanes, {1, 2, 4, 8});
  int64_t allHeads = extent("normalize", "u");
  int64_t heads = pick("heads", divisorUpTo(allHeads, lanes > 4 ? 3 : 4),
                       allHeads, {1, 2, 3, 4, 6, 8});
  StageSchedule &normalize = stage("normalize");
  normalize.split("d", "do", "di", vectors * lanes)
      .split("u", "uo", "ui", heads);
  shareRows(normalize, {"di", "ui", "uo", "do", "m", "g"});
  normalize.vectorize("di", lanes).unroll("ui");
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
  constexpr int64_t vectors[] = {1, 2, 4};
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
    // Over all positions, the rows of a prompt are work for several threads.
    auto share = [&](StageSchedule &rows) {
      if (ShapedType::isDynamic(length) && extent(rows.name, "m") >= 8)
        rows.add(DirectiveKind::Parallel, {"m"});
    };
    auto pickWidth = [&] {
      int64_t whole =
          ShapedType::isDynamic(length) ? getExtentMultiple() : length;
      bool isWhole = whole % lanes == 0;
      return lanes * pick(("vectors of " + name.getValue()).str(),
                          isWhole ? divisorUpTo(whole / lanes, 4) : 1,
                          whole / lanes,
                          isWhole ? ArrayRef(vectors) : ArrayRef<int64_t>());
    };
    if (op.getNumReductionLoops() > 0) {
      StageSchedule &reduction = stage(name.getValue());
      reduction.add(DirectiveKind::ComputeRoot);
      bool isWhole =
          !ShapedType::isDynamic(length) || getExtentMultiple() % lanes == 0;
      if (isLong && isWhole &&
          op.getIteratorTypesArray().back() == utils::IteratorType::reduction)
        reduction.add(DirectiveKind::Atomic).vectorize(last, pickWidth());
      share(reduction);
    } else if (isOutput && isLong && !isScalar(op)) {
      StageSchedule &rows = stage(name.getValue());
      share(rows.vectorize(last, pickWidth()));
    }
  }
}

ScheduleChoice chooseSchedule(halide::PipelineOp pipeline, TargetAttr target,
                              const ParameterValues &values) {
  return Recipe(pipeline, target, values).build();
}

} // namespace mlir::eke
