//===- Recipe.h - The schedule of one pipeline ------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_SCHEDULES_RECIPE_H
#define EKE_PASSES_SCHEDULES_RECIPE_H

#include "passes/schedules/Recipes.h"
#include "passes/schedules/Tiling.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/Builders.h"

#include <list>

namespace mlir::eke {

/// The directives of one stage, in the order in which they apply.
struct StageSchedule {
  using DirectiveKind = halide::DirectiveKind;

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

/// Multiplications of small integers, or operations that take as long, from which on
/// it pays to share a loop out: some microseconds of a core. Handing a loop out and
/// waiting for its end takes half of one, and more if the machine has other work.
constexpr int64_t kOperationsWorthSharing = 128 << 10;

/// Builds the schedule of one pipeline.
class Recipe {
public:
  Recipe(halide::PipelineOp pipeline, TargetAttr target,
         const ParameterValues &values);

  ScheduleChoice build();

private:
  bool has(StringRef stage) const { return stages.contains(stage); }

  /// The extent of a named loop of a stage.
  int64_t extent(StringRef stage, StringRef loop);

  /// Iterations of a stage: for each position, if that loop is dynamic.
  int64_t countIterations(StringRef stage);

  /// What divides the dynamic extents.
  int64_t getExtentMultiple() {
    IntegerAttr multiple = pipeline.getExtentMultipleAttr();
    return multiple ? multiple.getInt() : 1;
  }

  StageSchedule &stage(StringRef name) {
    scheduled.push_back({pipeline.getContext(), name.str(), {}});
    return scheduled.back();
  }

  /// The value of a parameter, `usual` if nobody asks for another. The
  /// alternatives are those of `candidates` that divide `extent`.
  int64_t pick(StringRef name, int64_t usual, int64_t extent,
               ArrayRef<int64_t> candidates);

  bool paysToShareProduct();
  int64_t getTilesPerTask(StringRef out);
  int64_t getMostRows();
  int64_t getTiles(int64_t tiles);
  int64_t getChannels();

  void scheduleTwin();
  void scheduleFloatProduct();
  void scheduleIntegerProduct();
  void scheduleDot(StringRef loop);
  void schedulePairs(StringRef loop);
  void scheduleGroupedDot(StringRef loop);
  void scheduleGroupedParts();
  /// Orders the loops of a task, of which "m" are its rows, and shares out the
  /// tasks of a prompt.
  void shareRows(StageSchedule &out, SmallVector<StringRef> innermostFirst);
  bool hasRowTasks(StringRef out);
  int64_t getMostPositions();
  bool paysToSharePositions(int64_t operationsPerPosition);
  /// Steps of so many positions that make a task, if it may pay to share the
  /// positions out, else 0.
  int64_t getStepsPerTask(int64_t positions, int64_t operationsPerPosition);
  void reduceInVectors(StageSchedule &reduction, linalg::LinalgOp op,
                       int64_t width);
  void sharePositions(StageSchedule &out, int64_t width);
  void scheduleScores();
  void scheduleContext();
  void scheduleReduction(linalg::LinalgOp op, StageSchedule &reduction,
                         function_ref<int64_t(int64_t)> getWidth);
  void scheduleRows();
  void scheduleContraction(const Contraction &product);
  void chooseTile(Tiling &tiling);
  StringRef scheduleStore(const Tiling &tiling, const Contraction &product);
  StringRef shareTiles(StageSchedule &out, ArrayRef<StringRef> inner,
                       SmallVector<TileLoop> order, const Contraction &product);
  void sumInTile(const Tiling &tiling, const Contraction &product,
                 StringRef place, SmallVector<StringRef> loops);
  void sumInVectors(const Tiling &tiling, const Contraction &product,
                    StringRef place, ArrayRef<StringRef> tile);

  /// The loops of a stage of a product, innermost first: tiles side by side and
  /// rows, where there are some, go between those that are given.
  SmallVector<StringRef> orderProduct(std::initializer_list<StringRef> inner,
                                      std::initializer_list<StringRef> outer);
  /// Writes out the tiles side by side and the rows.
  void unrollProduct(StageSchedule &stage);

  halide::PipelineOp pipeline;
  TargetAttr target;
  int64_t lanes;
  const ParameterValues &values;
  llvm::StringMap<linalg::LinalgOp> stages;
  /// Of a product, the stage that is stored: it scales the sums, or is what
  /// follows element by element, which computes the scaled ones where it is.
  StringRef lastStage;
  /// Of a product: does it have more than one row, or tiles side by side?
  bool manyRows = false, manyTiles = false;
  /// Of a product of integers, the rows whose sums are in registers.
  int64_t rowTile = 1;
  std::list<StageSchedule> scheduled;
  SmallVector<ScheduleParameter> parameters;
};

} // namespace mlir::eke

#endif // EKE_PASSES_SCHEDULES_RECIPE_H
