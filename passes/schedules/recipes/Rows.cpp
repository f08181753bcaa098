//===- Rows.cpp - What has no recipe of its own ---------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Where all that is computed of a row of the result needs nothing of others, rows are
// gone through one by one, so that they are found in the cache.
//
// Reductions are stored, in vectors if their loop is long enough; so is what several
// stages use and takes long to compute; what is written is written in vectors; the
// rest is computed where it is used.
//
//===----------------------------------------------------------------------===//

#include "passes/schedules/Classify.h"
#include "passes/schedules/Sharing.h"
#include "passes/schedules/StoreLargeStages.h"
#include "passes/schedules/recipes/Library.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Remarks.h"
#include "mlir/IR/TypeUtilities.h"

namespace mlir::eke {

using halide::DirectiveKind;
using linalg::LinalgOp;

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

/// Does it pay to store what `op` computes, as several stages use it and it takes long?
static bool paysToStore(LinalgOp op) {
  if (isa<linalg::FillOp>(op) || op->hasOneUse())
    return false;
  constexpr unsigned kMany = 8; // operations, such as of an exponential
  if (op.getBlock()->getOperations().size() > kMany)
    return true;
  return llvm::any_of(op.getBlock()->getOperations(), [](Operation &inner) {
    return isa<math::ExpOp, math::LogOp, math::TanhOp, math::ErfOp,
               math::PowFOp, math::SinOp, math::CosOp, math::SqrtOp,
               math::RsqrtOp, arith::DivFOp>(inner);
  });
}

/// How many elements of the memory it is read from lie between neighbours along each loop
/// of what moves elements from one tensor, or nothing if it is no such thing.
static std::optional<SmallVector<int64_t>> getReadStrides(LinalgOp op) {
  if (op.getNumDpsInputs() == 0 || op.hasDynamicShape())
    return std::nullopt;
  OpOperand &input = *op.getDpsInputOperand(0);
  auto type = dyn_cast<RankedTensorType>(input.get().getType());
  AffineMap map = op.getMatchingIndexingMap(&input);
  if (!type || map.isProjectedPermutation())
    return std::nullopt;
  SmallVector<int64_t> strides(op.getNumLoops());
  int64_t stride = 1;
  for (int64_t dim = type.getRank() - 1; dim >= 0; --dim) {
    for (unsigned loop = 0; loop < strides.size(); ++loop) {
      std::optional<int64_t> slope = getSlope(map.getResult(dim), loop);
      if (!slope || *slope < 0)
        return std::nullopt;
      strides[loop] += *slope * stride;
    }
    stride *= type.getDimSize(dim);
  }
  return strides;
}

/// What takes elements out of their order goes through them in the order in which they
/// lie where they are read, as what is computed on the way there is for one row after the
/// other. The last loop has to be the innermost both ways.
static void orderAsRead(StageSchedule &schedule, const Stage &stage) {
  std::optional<SmallVector<int64_t>> strides = getReadStrides(stage.op);
  unsigned loops = stage.loops.size();
  if (!strides || loops < 2 || strides->back() != 1)
    return;
  SmallVector<unsigned> order = llvm::to_vector(llvm::seq(0u, loops));
  llvm::sort(order, [&](unsigned a, unsigned b) {
    return std::pair((*strides)[a], b) < std::pair((*strides)[b], a);
  });
  if (order.front() != loops - 1 || llvm::is_sorted(llvm::reverse(order)))
    return;
  schedule.reorder(llvm::map_to_vector(
      order, [&](unsigned loop) { return StringRef(stage.loops[loop]); }));
  // Beside the vectors, a short loop over their neighbours.
  constexpr int64_t kShort = 4;
  if (stage.extents[order[1]] <= kShort)
    schedule.unroll(stage.loops[order[1]]);
}

/// Is every dimension of `map`'s results but the last, of `rank`, the loop of that
/// number?
static bool isRowwise(AffineMap map, unsigned rank) {
  for (unsigned dim = 0; dim + 1 < rank; ++dim)
    if (dim >= map.getNumResults() ||
        map.getResult(dim) != getAffineDimExpr(dim, map.getContext()))
      return false;
  return map.getNumResults() <= rank;
}

/// The stage that is written, if whatever else is computed for a row of it is so for that
/// row only: results of other stages have its dimensions, or all but the last.
static std::optional<Stage> findRows(Block &body, int64_t mostStackBytes) {
  Operation *yield = body.getTerminator();
  auto last = yield->getOperand(0).getDefiningOp<LinalgOp>();
  if (yield->getNumOperands() != 1 || !last ||
      !last->hasAttr(halide::stageAttrName) || last.getNumLoops() < 2 ||
      last.getNumReductionLoops() > 0)
    return std::nullopt;
  unsigned rank = last.getNumLoops();
  for (auto op : body.getOps<LinalgOp>()) {
    if (isa<linalg::FillOp>(op))
      continue;
    if (op.hasDynamicShape() || op.getNumReductionLoops() > 1)
      return std::nullopt;
    int64_t bytes = op.getStaticLoopRanges().back() * 4;
    if (bytes > mostStackBytes)
      return std::nullopt;
    for (OpOperand &operand : op->getOpOperands()) {
      auto producer = operand.get().getDefiningOp<LinalgOp>();
      bool isInside = producer && !isa<linalg::FillOp>(producer);
      if ((isInside || op.isDpsInit(&operand)) &&
          !isRowwise(op.getMatchingIndexingMap(&operand), rank))
        return std::nullopt;
    }
  }
  return Stage(last);
}

namespace {

/// Schedules one stage after the other.
class RowsRecipe {
public:
  explicit RowsRecipe(ScheduleBuilder &b)
      : b(b), yield(b.pipeline.getBody().front().getTerminator()),
        rows(findRows(b.pipeline.getBody().front(),
                      getMostStackBytes(b.target))) {}

  void schedule(const Stage &stage);

private:
  void scheduleReduction(const Stage &stage);
  void scheduleElements(const Stage &stage);
  void reduceInVectors(StageSchedule &reduction, const Stage &stage,
                       int64_t width);
  void reduceSideBySide(StageSchedule &reduction, const Stage &stage,
                        unsigned loop, int64_t width);
  void sharePositions(StageSchedule &out, const Stage &stage, int64_t width);
  bool paysToShareRows(const Stage &stage, int64_t operations);
  int64_t pickWidth(const Stage &stage, int64_t along);
  bool isOutput(const Stage &stage) const {
    return llvm::is_contained(yield->getOperands(), stage.op->getResult(0));
  }

  /// Stores a stage: of the row that is computed, or all of it.
  void store(StageSchedule &schedule) {
    if (rows)
      schedule.computeAt(rows->name, rows->loops[rows->loops.size() - 2]);
    else
      schedule.add(DirectiveKind::ComputeRoot);
  }

  ScheduleBuilder &b;
  Operation *yield;
  /// What is written, if rows can be gone through one by one.
  std::optional<Stage> rows;
};

} // namespace

/// Vectors of `width` positions, the last loop, are tasks for all heads and rows.
void RowsRecipe::sharePositions(StageSchedule &out, const Stage &stage,
                                int64_t width) {
  SmallVector<StringRef> order(stage.loops.begin(), stage.loops.end());
  StringRef positions = order.pop_back_val();
  int64_t steps =
      getStepsPerTask(b, width, kOperationsPerExp * stage.countIterations());
  if (!steps)
    return;
  order.push_back("jq");
  std::reverse(order.begin(), order.end());
  order.push_back("jp");
  out.split(positions, "jp", "jq", steps)
      .reorder(order)
      .add(DirectiveKind::Parallel, {"jp"});
}

/// Over all positions, the rows of a prompt are work for several threads.
bool RowsRecipe::paysToShareRows(const Stage &stage, int64_t operations) {
  return stage.loops.size() > 1 &&
         ShapedType::isDynamic(stage.extents.back()) &&
         hasRowTasks(stage.extents.front()) &&
         paysToSharePositions(b, operations * stage.countIterations());
}

/// How many vectors of `lanes` numbers at a time: `wanted`, or more so as not to leave one
/// number over: codegen has no guard for that (HalideSchedule.cpp), and would not use
/// vectors.
static int64_t avoidSingle(int64_t along, int64_t lanes, int64_t wanted) {
  for (int64_t vectors = wanted; vectors * lanes <= along; ++vectors)
    if (along % (vectors * lanes) != 1)
      return vectors;
  return 1;
}

/// How many vectors a loop goes on with at a time, of `steps` in all: several in a
/// reduction, as each waits for the one before it.
static int64_t countAtATime(const Stage &stage, int64_t steps) {
  constexpr int64_t kFewSteps = 8; // which tell on what is left over
  if (stage.op.getNumReductionLoops() == 0)
    return 1;
  return steps >= 4 * kFewSteps ? 4 : steps >= 2 * kFewSteps ? 2 : 1;
}

/// How many numbers make a vector along a loop of `along` iterations.
int64_t RowsRecipe::pickWidth(const Stage &stage, int64_t along) {
  constexpr int64_t vectors[] = {1, 2, 4};
  int64_t whole = ShapedType::isDynamic(along) ? b.getExtentMultiple() : along;
  bool isWhole = whole % b.lanes == 0;
  return b.lanes *
         b.pick("vectors of " + stage.name,
                isWhole ? divisorUpTo(whole / b.lanes, 4)
                        : avoidSingle(along, b.lanes,
                                      countAtATime(stage, whole / b.lanes)),
                whole / b.lanes,
                isWhole ? ArrayRef(vectors) : ArrayRef<int64_t>());
}

/// Reduces the last loop in vectors of `width`: numbers that take long to add up, or
/// many, in a vector of partial results.
void RowsRecipe::reduceInVectors(StageSchedule &reduction, const Stage &stage,
                                 int64_t width) {
  LinalgOp op = stage.op;
  StringRef last = stage.loops.back();
  int64_t length = stage.extents.back();
  bool isFloat = isa<FloatType>(getElementTypeOrSelf(op->getResult(0)));
  bool isLong = ShapedType::isDynamic(length) || length >= 4 * width;
  if (!isFloat || !isLong || op.getNumParallelLoops() == 0) {
    reduction.add(DirectiveKind::Atomic).vectorize(last, width);
    return;
  }
  std::string part = stage.name + "_part";
  reduction.split(last, "ro", "ri", width)
      .add(DirectiveKind::Rfactor, {"ri", "l"}, 0, part)
      .add(DirectiveKind::Atomic)
      .vectorize("ri");
  SmallVector<unsigned> parallel;
  op.getParallelDims(parallel);
  b.stage(part)
      .computeAt(stage.name, stage.loops[parallel.back()])
      .reorder({"l", "ro"})
      .vectorize("l");
}

/// Results side by side along `loop`, each in a lane.
void RowsRecipe::reduceSideBySide(StageSchedule &reduction, const Stage &stage,
                                  unsigned loop, int64_t width) {
  LinalgOp op = stage.op;
  SmallVector<utils::IteratorType> kinds = op.getIteratorTypesArray();
  SmallVector<StringRef> order{stage.loops[loop]};
  for (auto kind :
       {utils::IteratorType::reduction, utils::IteratorType::parallel})
    for (unsigned index = kinds.size(); index-- > 0;)
      if (kinds[index] == kind && index != loop)
        order.push_back(stage.loops[index]);
  if (width == stage.extents[loop]) {
    reduction.reorder(order).vectorize(stage.loops[loop]);
    return;
  }
  reduction.split(stage.loops[loop], "vo", "vi", width);
  order.front() = "vi";
  order.push_back("vo");
  reduction.reorder(order).vectorize("vi");
}

void RowsRecipe::scheduleReduction(const Stage &stage) {
  LinalgOp op = stage.op;
  StageSchedule &reduction = b.stage(stage.name);
  store(reduction);
  std::optional<unsigned> loop = findVectorLoop(op);
  int64_t length = loop ? stage.extents[*loop] : int64_t(ShapedType::kDynamic);
  bool isDynamic = ShapedType::isDynamic(length);
  bool isLong = isDynamic || length >= b.lanes;
  bool isWhole = !isDynamic || b.getExtentMultiple() % b.lanes == 0;
  if (!loop || !isLong || !isWhole)
    remarkScalar(op, "no loop over neighbours is a vector long");
  else if (op.getIteratorTypesArray()[*loop] == utils::IteratorType::reduction)
    reduceInVectors(reduction, stage, pickWidth(stage, length));
  else
    reduceSideBySide(reduction, stage, *loop, pickWidth(stage, length));
  if (paysToShareRows(stage, kOperationsPerSum))
    reduction.add(DirectiveKind::Parallel, {stage.loops.front()});
}

/// Schedules what is computed element by element.
void RowsRecipe::scheduleElements(const Stage &stage) {
  LinalgOp op = stage.op;
  int64_t length = stage.extents.back();
  bool isDynamic = ShapedType::isDynamic(length);
  bool isLong = isDynamic || length >= b.lanes;
  if (!isLong || isScalar(op)) {
    if (isOutput(stage))
      remarkScalar(op, isLong ? "what it computes is no vector operation"
                              : "its last loop is shorter than a vector");
    return;
  }
  if (!isOutput(stage) && !paysToStore(op))
    return;
  StageSchedule &elements = b.stage(stage.name);
  int64_t width = pickWidth(stage, length);
  if (!isOutput(stage))
    store(elements);
  orderAsRead(elements, stage);
  elements.vectorize(stage.loops.back(), width);
  if (paysToShareRows(stage, kOperationsPerExp))
    elements.add(DirectiveKind::Parallel, {stage.loops.front()});
  else if (isDynamic && !hasRowTasks(stage.extents.front()))
    sharePositions(elements, stage, width);
}

void RowsRecipe::schedule(const Stage &stage) {
  if (stage.op.getNumReductionLoops() > 0)
    scheduleReduction(stage);
  else
    scheduleElements(stage);
}

bool scheduleRows(ScheduleBuilder &b) {
  RowsRecipe recipe(b);
  Operation *yield = b.pipeline.getBody().front().getTerminator();
  for (auto op : b.pipeline.getBody().front().getOps<LinalgOp>()) {
    bool isWritten = llvm::is_contained(yield->getOperands(), op->getResult(0));
    bool onlyStarts = isa<linalg::FillOp>(op) && !isWritten;
    if (op->hasAttr(halide::stageAttrName) && op.getNumLoops() > 0 &&
        !onlyStarts)
      recipe.schedule(Stage(op));
  }
  return true;
}

} // namespace mlir::eke
