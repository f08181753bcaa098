//===- ScheduleBuilder.cpp - Writing the schedule of one pipeline ---------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/schedules/ScheduleBuilder.h"

#include "llvm/Support/MathExtras.h"

namespace mlir::eke {

Stage::Stage(linalg::LinalgOp op)
    : op(op), name(op->getAttrOfType<StringAttr>(halide::stageAttrName).str()),
      loops(halide::getLoopNames(op)) {
  llvm::append_range(extents, op.getStaticLoopRanges());
}

int64_t Stage::countIterations() const {
  int64_t iterations = 1;
  for (int64_t extent : extents)
    iterations *= ShapedType::isDynamic(extent) ? 1 : extent;
  return iterations;
}

int64_t divisorUpTo(int64_t size, int64_t most) {
  int64_t divisor = std::max<int64_t>(1, std::min(size, most));
  while (size % divisor != 0)
    --divisor;
  return divisor;
}

int64_t getEvenTile(int64_t extent, int64_t most) {
  return llvm::divideCeil(extent, llvm::divideCeil(extent, most));
}

int64_t ScheduleBuilder::pick(StringRef name, int64_t usual, int64_t extent,
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

void ScheduleBuilder::scheduleTwins(const llvm::StringMap<std::string> &twins) {
  auto nameTwin = [&](StringRef stage) {
    auto twin = twins.find(stage);
    return twin == twins.end() ? stage : StringRef(twin->second);
  };
  std::list<StageSchedule> copies;
  for (const StageSchedule &stage : scheduled) {
    StringRef name = nameTwin(stage.name);
    if (name == stage.name)
      continue;
    StageSchedule copy{stage.context, name.str(), {}};
    for (halide::DirectiveAttr directive : stage.directives) {
      auto loops =
          llvm::map_to_vector(directive.getLoops(),
                              [](StringAttr loop) { return loop.getValue(); });
      StringAttr at = directive.getStage();
      copy.add(directive.getKind(), loops, directive.getFactor(),
               at ? nameTwin(at.getValue()) : "");
    }
    copies.push_back(std::move(copy));
  }
  scheduled.splice(scheduled.end(), copies);
}

ScheduleChoice ScheduleBuilder::take() {
  Builder b(pipeline.getContext());
  // Where there is one thread, a loop that is shared out only costs calls.
  if (target && target.isBareMetal())
    for (StageSchedule &stage : scheduled)
      llvm::erase_if(stage.directives, [](halide::DirectiveAttr directive) {
        return directive.getKind() == halide::DirectiveKind::Parallel;
      });
  auto attrs = llvm::map_to_vector(
      scheduled, [&](const StageSchedule &stage) -> Attribute {
        return halide::StageAttr::get(
            b.getContext(), b.getStringAttr(stage.name), stage.directives);
      });
  return {b.getArrayAttr(attrs), std::move(parameters)};
}

} // namespace mlir::eke
