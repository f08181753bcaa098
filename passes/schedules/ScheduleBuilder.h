//===- ScheduleBuilder.h - Writing the schedule of one pipeline -*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_SCHEDULES_SCHEDULEBUILDER_H
#define EKE_PASSES_SCHEDULES_SCHEDULEBUILDER_H

#include "dialects/eke/TargetLayout.h"
#include "passes/schedules/Recipes.h"

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
    // Whatever the factor, a schedule is right.
    factor = std::min(factor, halide::kMostFactor);
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
  StageSchedule &unroll(ArrayRef<StringRef> loops) {
    for (StringRef loop : loops)
      unroll(loop);
    return *this;
  }
};

/// A stage of a pipeline: its name, and the names and extents of its loops.
struct Stage {
  explicit Stage(linalg::LinalgOp op);

  /// Iterations of all loops, of which dynamic ones count once.
  int64_t countIterations() const;

  mutable linalg::LinalgOp op; // its methods are not const
  std::string name;
  SmallVector<std::string> loops;
  SmallVector<int64_t> extents;
};

/// The largest divisor of `size` up to `most`: how many of `size` things fit.
int64_t divisorUpTo(int64_t size, int64_t most);

/// The size of the fewest tiles that have at most `most` of `extent`: a last one that is
/// smaller would be computed in full.
int64_t getEvenTile(int64_t extent, int64_t most);

/// Gathers the schedule of one pipeline. Recipes ask it for facts, and tell it what
/// they choose.
class ScheduleBuilder {
public:
  ScheduleBuilder(halide::PipelineOp pipeline, TargetAttr target,
                  const ParameterValues &values)
      : pipeline(pipeline), target(target),
        lanes(target ? target.getVectorBits() / 32 : 4),
        registers(countVectorRegisters(target)), values(values) {}

  /// The schedule of one more stage, empty to begin with.
  StageSchedule &stage(StringRef name) {
    scheduled.push_back({pipeline.getContext(), name.str(), {}});
    return scheduled.back();
  }

  /// The value of a parameter, `usual` if nobody asks for another. The
  /// alternatives are those of `candidates` that divide `extent`.
  int64_t pick(StringRef name, int64_t usual, int64_t extent,
               ArrayRef<int64_t> candidates);

  /// Schedules each stage that `twins` names like the one that it is the twin of.
  void scheduleTwins(const llvm::StringMap<std::string> &twins);

  /// What divides the dynamic extents.
  int64_t getExtentMultiple() {
    IntegerAttr multiple = pipeline.getExtentMultipleAttr();
    return multiple ? multiple.getInt() : 1;
  }

  ScheduleChoice take();

  halide::PipelineOp pipeline;
  /// Null if it is not known.
  const TargetAttr target;
  /// Numbers of 32 bits in a vector.
  const int64_t lanes;
  /// Of vectors, that the CPU has.
  const int64_t registers;

private:
  const ParameterValues &values;
  /// A list, since recipes hold references to what they write.
  std::list<StageSchedule> scheduled;
  SmallVector<ScheduleParameter> parameters;
};

} // namespace mlir::eke

#endif // EKE_PASSES_SCHEDULES_SCHEDULEBUILDER_H
