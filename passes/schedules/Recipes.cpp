//===- Recipes.cpp - Schedules by kind of pipeline ------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A recipe is found by the names of the stages that lowering gave (Products.cpp,
// AttentionToLinalg.cpp); what has other stages gets the recipe for rows, which asks
// for nothing. docs/tune-a-kernel.md shows what each of them becomes. A number that
// could be another goes through `pick`, which is how `eke tune` learns of it.
//
//===----------------------------------------------------------------------===//

#include "passes/schedules/Recipe.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Remarks.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/Support/MathExtras.h"

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
  else if (std::optional<Contraction> product = matchContraction(pipeline))
    scheduleContraction(*product);
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
  for (auto [name, size] :
       llvm::zip(halide::getLoopNames(op), op.getStaticLoopRanges()))
    if (name == loop)
      return size;
  return ShapedType::kDynamic;
}

int64_t Recipe::countIterations(StringRef stage) {
  int64_t iterations = 1;
  for (int64_t size : stages[stage].getStaticLoopRanges())
    iterations *= ShapedType::isDynamic(size) ? 1 : size;
  return iterations;
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

/// How many operations a product of numbers in f32 and f16 counts as, an exponential
/// and an addition that goes through memory.
static constexpr int64_t kOperationsPerProduct = 2, kOperationsPerExp = 32,
                         kOperationsPerSum = 2;

/// Tasks that the rows of a prompt make.
static constexpr int64_t kRowTasks = 4;

bool Recipe::hasRowTasks(StringRef out) {
  int64_t rows = extent(out, "m");
  return rows >= 2 * kRowTasks && rows % kRowTasks == 0;
}

/// A quarter of a prompt's rows to a task, since a key or value that was loaded
/// serves all rows of the task.
void Recipe::shareRows(StageSchedule &out,
                       SmallVector<StringRef> innermostFirst) {
  bool pays = hasRowTasks(out.name);
  if (pays) {
    out.split("m", "mp", "mq", extent(out.name, "m") / kRowTasks);
    llvm::replace(innermostFirst, StringRef("m"), StringRef("mq"));
    innermostFirst.push_back("mp");
  }
  out.reorder(innermostFirst);
  if (pays)
    out.add(DirectiveKind::Parallel, {"mp"});
}

/// The most that `slice` can have of its source along a dynamic dimension.
static int64_t getMostOf(tensor::ExtractSliceOp slice) {
  int64_t most = 0;
  for (auto [size, whole] :
       llvm::zip(slice.getType().getShape(), slice.getSourceType().getShape()))
    if (ShapedType::isDynamic(size))
      most = std::max(most, whole);
  return most;
}

/// The most positions there can be: operands are slices of caches for all of them, or
/// as long as such a slice.
int64_t Recipe::getMostPositions() {
  int64_t most = 0;
  for (Value operand : pipeline->getOperands()) {
    if (auto slice = operand.getDefiningOp<tensor::ExtractSliceOp>())
      most = std::max(most, getMostOf(slice));
    if (!operand.getType().isIndex())
      continue;
    for (Operation *user : operand.getUsers())
      if (auto slice = dyn_cast<tensor::ExtractSliceOp>(user);
          slice && llvm::is_contained(slice.getSizes(), operand))
        most = std::max(most, getMostOf(slice));
  }
  return most;
}

/// Does it pay when half of the positions are live?
bool Recipe::paysToSharePositions(int64_t operationsPerPosition) {
  return operationsPerPosition * getMostPositions() / 2 >=
         kOperationsWorthSharing;
}

/// A task is half of what is worth sharing: while few positions are live there is
/// one, which runs where it is.
int64_t Recipe::getStepsPerTask(int64_t positions,
                                int64_t operationsPerPosition) {
  int64_t steps = llvm::PowerOf2Ceil(llvm::divideCeil(
      kOperationsWorthSharing / 2, positions * operationsPerPosition));
  return steps * positions < getMostPositions() ? steps : 0;
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
  int64_t steps = getStepsPerTask(positions, kOperationsPerProduct *
                                                 countIterations("part"));
  if (steps && !hasRowTasks("mask"))
    mask.split("jo", "jp", "jq", steps)
        .reorder({"ji", "ui", "uo", "m", "g", "jq", "jp"})
        .add(DirectiveKind::Parallel, {"jp"});
  else
    shareRows(mask, {"ji", "ui", "uo", "m", "g", "jo"});
  mask.vectorize("ji").unroll("ui");
  stage("scores")
      .computeAt("mask", "uo")
      .reorder({"rlane", "j", "u"})
      .add(DirectiveKind::Atomic)
      .vectorize("rlane")
      .vectorize("j")
      .unroll("u");
  // A key's vector serves the heads at once; so it and theirs fit in registers beside
  // the sums.
  StageSchedule &part = stage("part");
  part.computeAt("mask", "uo")
      .reorder({"lane", "u", "j", "rd"})
      .vectorize("lane")
      .unroll("j")
      .unroll("u");
  // After few steps the loop itself is a part of the work.
  constexpr int64_t kFewSteps = 8;
  if (extent("part", "rd") <= kFewSteps)
    part.unroll("rd");
}

/// Some elements of some heads in registers while the positions go by, so that a
/// value is loaded once for those heads. They are tasks: no sum over positions is split,
/// which would make it depend on how many are live.
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
  if (!hasRowTasks("normalize") &&
      paysToSharePositions(kOperationsPerProduct *
                           countIterations("normalize")))
    normalize.reorder({"di", "ui", "uo", "m", "do", "g"})
        .add(DirectiveKind::Fuse, {"do", "g", "p"})
        .add(DirectiveKind::Parallel, {"p"});
  else
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

/// Vectors of `width` positions, the last loop, are tasks for all heads and rows.
void Recipe::sharePositions(StageSchedule &out, int64_t width) {
  SmallVector<std::string> loops = halide::getLoopNames(stages[out.name]);
  SmallVector<StringRef> order(loops.begin(), loops.end());
  StringRef positions = order.pop_back_val();
  int64_t steps =
      getStepsPerTask(width, kOperationsPerExp * countIterations(out.name));
  if (!steps)
    return;
  order.push_back("jq");
  std::reverse(order.begin(), order.end());
  order.push_back("jp");
  out.split(positions, "jp", "jq", steps)
      .reorder(order)
      .add(DirectiveKind::Parallel, {"jp"});
}

/// Reduces the last loop in vectors of `width`: numbers that take long to add up, or
/// many, in a vector of partial results.
void Recipe::reduceInVectors(StageSchedule &reduction, LinalgOp op,
                             int64_t width) {
  SmallVector<std::string> loops = halide::getLoopNames(op);
  StringRef last = loops.back();
  int64_t length = op.getStaticLoopRanges().back();
  bool isFloat = isa<FloatType>(getElementTypeOrSelf(op->getResult(0)));
  bool isLong = ShapedType::isDynamic(length) || length >= 4 * width;
  if (!isFloat || !isLong || op.getNumParallelLoops() == 0) {
    reduction.add(DirectiveKind::Atomic).vectorize(last, width);
    return;
  }
  std::string part = reduction.name + "_part";
  reduction.split(last, "ro", "ri", width)
      .add(DirectiveKind::Rfactor, {"ri", "l"}, 0, part)
      .add(DirectiveKind::Atomic)
      .vectorize("ri");
  SmallVector<unsigned> parallel;
  op.getParallelDims(parallel);
  stage(part)
      .computeAt(reduction.name, loops[parallel.back()])
      .reorder({"l", "ro"})
      .vectorize("l");
}

/// The loop that vectors of a reduction lie along, or nothing: its last one, or else
/// that of the last dimension of its result, as long as no input jumps along it.
static std::optional<unsigned> findVectorLoop(LinalgOp op) {
  unsigned last = op.getNumLoops() - 1;
  bool reduces =
      op.getIteratorTypesArray()[last] == utils::IteratorType::reduction;
  if (reduces && isAssociative(op) && getFarthestStep(op, last) != Step::Far)
    return last;
  AffineMap result = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
  if (result.getNumResults() == 0)
    return std::nullopt;
  auto dim = dyn_cast<AffineDimExpr>(result.getResults().back());
  if (!dim || getFarthestStep(op, dim.getPosition()) == Step::Far)
    return std::nullopt;
  return dim.getPosition();
}

static void remarkScalar(LinalgOp op, StringRef reason) {
  remark::missed(op.getLoc(),
                 remark::RemarkOpts::name("ScalarLoops").category("schedule"))
      << remark::reason("{0}", reason);
}

/// Schedules a reduction over rows; `getWidth` says how long its vectors are.
void Recipe::scheduleReduction(LinalgOp op, StageSchedule &reduction,
                               function_ref<int64_t(int64_t)> getWidth) {
  reduction.add(DirectiveKind::ComputeRoot);
  std::optional<unsigned> loop = findVectorLoop(op);
  int64_t length =
      loop ? op.getStaticLoopRanges()[*loop] : int64_t(ShapedType::kDynamic);
  bool isDynamic = ShapedType::isDynamic(length);
  bool isLong = isDynamic || length >= lanes;
  bool isWhole = !isDynamic || getExtentMultiple() % lanes == 0;
  if (!loop || !isLong || !isWhole)
    return remarkScalar(op, "no loop over neighbours is a vector long");
  if (op.getIteratorTypesArray()[*loop] == utils::IteratorType::reduction)
    return reduceInVectors(reduction, op, getWidth(length));
  // Sums side by side, each in a lane.
  SmallVector<std::string> names = halide::getLoopNames(op);
  SmallVector<utils::IteratorType> kinds = op.getIteratorTypesArray();
  SmallVector<StringRef> order{names[*loop]};
  for (auto kind :
       {utils::IteratorType::reduction, utils::IteratorType::parallel})
    for (unsigned index = kinds.size(); index-- > 0;)
      if (kinds[index] == kind && index != *loop)
        order.push_back(names[index]);
  int64_t width = getWidth(length);
  if (width < length) {
    reduction.split(names[*loop], "vo", "vi", width);
    order.front() = "vi";
    order.push_back("vo");
    reduction.reorder(order).vectorize("vi");
  } else {
    reduction.reorder(order).vectorize(names[*loop]);
  }
}

/// Does it pay to store what `op` computes, as several stages use it and it takes long?
static bool paysToStore(LinalgOp op) {
  if (isa<linalg::FillOp>(op) || op->hasOneUse())
    return false;
  return llvm::any_of(op.getBlock()->getOperations(), [](Operation &inner) {
    return isa<math::ExpOp, math::LogOp, math::TanhOp, math::ErfOp,
               math::PowFOp, math::SinOp, math::CosOp, math::SqrtOp,
               math::RsqrtOp, arith::DivFOp>(inner);
  });
}

/// Reductions are stored, in vectors if their loop is long enough; so is what several
/// stages use and takes long to compute; what is written is written in vectors; the
/// rest is computed where it is used.
void Recipe::scheduleRows() {
  constexpr int64_t vectors[] = {1, 2, 4};
  Operation *yield = pipeline.getBody().front().getTerminator();
  for (auto op : pipeline.getBody().front().getOps<LinalgOp>()) {
    auto name = op->getAttrOfType<StringAttr>(halide::stageAttrName);
    SmallVector<std::string> loops = halide::getLoopNames(op);
    if (!name || loops.empty() ||
        (isa<linalg::FillOp>(op) &&
         !llvm::is_contained(yield->getOperands(), op->getResult(0))))
      continue;
    int64_t length = op.getStaticLoopRanges().back();
    bool isLong = ShapedType::isDynamic(length) || length >= lanes;
    bool isOutput = llvm::is_contained(yield->getOperands(), op->getResult(0));
    // Over all positions, the rows of a prompt are work for several threads.
    auto sharesRows = [&](int64_t operations) {
      return ShapedType::isDynamic(length) && hasRowTasks(name.getValue()) &&
             paysToSharePositions(operations *
                                  countIterations(name.getValue()));
    };
    auto pickWidth = [&](int64_t along) {
      int64_t whole =
          ShapedType::isDynamic(along) ? getExtentMultiple() : along;
      bool isWhole = whole % lanes == 0;
      return lanes * pick(("vectors of " + name.getValue()).str(),
                          isWhole ? divisorUpTo(whole / lanes, 4) : 1,
                          whole / lanes,
                          isWhole ? ArrayRef(vectors) : ArrayRef<int64_t>());
    };
    if (op.getNumReductionLoops() > 0) {
      StageSchedule &reduction = stage(name.getValue());
      scheduleReduction(op, reduction, pickWidth);
      if (sharesRows(kOperationsPerSum))
        reduction.add(DirectiveKind::Parallel, {"m"});
    } else if ((isOutput || paysToStore(op)) && isLong && !isScalar(op)) {
      StageSchedule &rows = stage(name.getValue());
      int64_t width = pickWidth(length);
      if (!isOutput)
        rows.add(DirectiveKind::ComputeRoot);
      if (name.getValue() == "bundle") // row by row, since each has a scale
        rows.reorder({"ki", "kp", "ko", "mi", "mp", "mo"}).unroll("kp");
      rows.vectorize(loops.back(), width);
      if (sharesRows(kOperationsPerExp))
        rows.add(DirectiveKind::Parallel, {"m"});
      else if (ShapedType::isDynamic(length) && !hasRowTasks(name.getValue()))
        sharePositions(rows, width);
    } else if (isOutput) {
      remarkScalar(op, isLong ? "what it computes is no vector operation"
                              : "its last loop is shorter than a vector");
    }
  }
}

ScheduleChoice chooseSchedule(halide::PipelineOp pipeline, TargetAttr target,
                              const ParameterValues &values) {
  return Recipe(pipeline, target, values).build();
}

} // namespace mlir::eke
