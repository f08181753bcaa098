//===- VerifySchedule.cpp - Does a schedule fit its algorithm? ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Follows the names of the loops of each stage through its directives, as
// Halide will. The labels are those of halide.pipeline.
//
//===----------------------------------------------------------------------===//

#include "dialects/halide/VerifySchedule.h"
#include "dialects/halide/HalideDialect.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "llvm/ADT/MapVector.h"

namespace mlir::eke::halide {

namespace {

/// The loops of one stage at some point of its schedule.
struct StageLoops {
  /// Those that exist now, in no particular order.
  llvm::SmallSetVector<StringRef, 8> live;
  /// Every name there ever was, so that none is used for two loops.
  llvm::SmallDenseSet<StringRef, 8> used;

  bool add(StringRef name) {
    live.insert(name);
    return used.insert(name).second;
  }
};

/// Checks the schedule of one op.
class ScheduleVerifier {
public:
  ScheduleVerifier(Operation *op) : op(op) {}

  LogicalResult collectStages(Block &body);
  LogicalResult verify(ArrayAttr schedule);

private:
  LogicalResult verifyDirective(StringRef stage, DirectiveAttr directive);
  LogicalResult takeLoops(StringRef stage, ArrayRef<StringAttr> loops);
  LogicalResult addLoop(StringRef stage, StringRef loop);
  LogicalResult addStage(StringRef stage, StringRef loop);

  Operation *op;
  llvm::MapVector<StringRef, StageLoops> stages;
  llvm::SmallDenseSet<StringRef> scheduled;
};

} // namespace

LogicalResult ScheduleVerifier::collectStages(Block &body) {
  for (Operation &inner : body) {
    auto name = inner.getAttrOfType<StringAttr>(stageAttrName);
    if (!name || !isa<linalg::LinalgOp>(inner))
      continue;
    if (stages.contains(name)) // (C5)
      return op->emitOpError("has two stages named \"")
             << name.getValue() << '"';
    // The names live in attributes, or they are d0, d1, … of this context.
    for (const std::string &loop : getLoopNames(&inner))
      stages[name].add(StringAttr::get(op->getContext(), loop).getValue());
  }
  return success();
}

LogicalResult ScheduleVerifier::takeLoops(StringRef stage,
                                          ArrayRef<StringAttr> loops) {
  for (StringAttr loop : loops)
    if (!stages[stage].live.contains(loop.getValue())) // (C7)
      return op->emitOpError("stage \"")
             << stage << "\" has no loop '" << loop.getValue()
             << "' at this point of its schedule";
  return success();
}

LogicalResult ScheduleVerifier::addLoop(StringRef stage, StringRef loop) {
  if (!stages[stage].add(loop)) // (C7)
    return op->emitOpError("stage \"")
           << stage << "\" already had a loop '" << loop << "'";
  return success();
}

LogicalResult ScheduleVerifier::addStage(StringRef stage, StringRef from) {
  if (stages.contains(stage)) // (C5)
    return op->emitOpError("has two stages named \"") << stage << '"';
  StageLoops loops = stages[from];
  stages.insert({stage, std::move(loops)});
  return success();
}

LogicalResult ScheduleVerifier::verifyDirective(StringRef stage,
                                                DirectiveAttr directive) {
  ArrayRef<StringAttr> loops = directive.getLoops();
  StageLoops &own = stages[stage];
  switch (directive.getKind()) {
  case DirectiveKind::Split:
    if (failed(takeLoops(stage, loops.take_front())))
      return failure();
    own.live.remove(loops[0].getValue());
    return success(succeeded(addLoop(stage, loops[1].getValue())) &&
                   succeeded(addLoop(stage, loops[2].getValue())));
  case DirectiveKind::Fuse:
    if (failed(takeLoops(stage, loops.take_front(2))))
      return failure();
    own.live.remove(loops[0].getValue());
    own.live.remove(loops[1].getValue());
    return addLoop(stage, loops[2].getValue());
  case DirectiveKind::ComputeAt: {
    auto target = stages.find(directive.getStage().getValue());
    if (target == stages.end() || target->first == stage ||
        !target->second.used.contains(loops[0].getValue())) // (C8)
      return op->emitOpError("stage \"")
             << stage << "\" is computed at loop '" << loops[0].getValue()
             << "' of \"" << directive.getStage().getValue()
             << "\", which does not exist";
    return success();
  }
  case DirectiveKind::Atomic:
    return success();
  case DirectiveKind::Rfactor:
    if (failed(takeLoops(stage, loops)) ||
        failed(addStage(directive.getStage().getValue(), stage)))
      return failure();
    stages[stage].live.remove(loops[0].getValue());
    return success();
  default:
    return takeLoops(stage, loops);
  }
}

LogicalResult ScheduleVerifier::verify(ArrayAttr schedule) {
  for (StageAttr stage : schedule.getAsRange<StageAttr>()) {
    StringRef name = stage.getName().getValue();
    if (!stages.contains(name)) // (C6)
      return op->emitOpError("schedules stage \"")
             << name << "\", which does not exist";
    if (!scheduled.insert(name).second) // (C6)
      return op->emitOpError("schedules stage \"") << name << "\" twice";
    for (DirectiveAttr directive : stage.getDirectives())
      if (failed(verifyDirective(name, directive)))
        return failure();
  }
  return success();
}

LogicalResult verifySchedule(Operation *op, Block &body, ArrayAttr schedule) {
  ScheduleVerifier verifier(op);
  if (failed(verifier.collectStages(body)))
    return failure();
  return schedule ? verifier.verify(schedule) : success();
}

} // namespace mlir::eke::halide
