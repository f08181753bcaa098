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
#include "dialects/halide/Expressible.h"
#include "dialects/halide/HalideDialect.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "llvm/ADT/MapVector.h"

namespace mlir::eke::halide {

namespace {

/// The loops of one stage at some point of its schedule.
struct StageLoops {
  /// Those that exist now, and whether they reduce.
  llvm::MapVector<StringRef, bool> live;
  /// Every name there ever was, so that none is used for two loops.
  llvm::SmallDenseSet<StringRef, 8> used;

  bool add(StringRef name, bool isReduction) {
    live[name] = isReduction;
    return used.insert(name).second;
  }

  /// Removes a loop; returns whether it reduced.
  bool remove(StringRef name) {
    bool isReduction = live.lookup(name);
    live.erase(name);
    return isReduction;
  }
};

/// Checks the schedule of one op.
class ScheduleVerifier {
public:
  ScheduleVerifier(Operation *op) : op(op) {}

  LogicalResult collectStages(Block &body);
  void collectStores(Block &body);
  LogicalResult verify(ArrayAttr schedule);

private:
  LogicalResult verifyDirective(StringRef stage, DirectiveAttr directive);
  LogicalResult takeLoops(StringRef stage, ArrayRef<StringAttr> loops);
  LogicalResult addLoop(StringRef stage, StringRef loop, bool isReduction);
  LogicalResult factor(StringRef stage, DirectiveAttr directive);

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
    SmallVector<std::string> names = getLoopNames(&inner);
    auto kinds = cast<linalg::LinalgOp>(inner).getIteratorTypesArray();
    for (auto [loop, kind] : llvm::zip_equal(names, kinds)) {
      // A string of the context outlives `names`.
      StringRef kept = StringAttr::get(op->getContext(), loop).getValue();
      stages[name].add(kept, kind == utils::IteratorType::reduction);
    }
  }
  return success();
}

/// The stages that store what others reduce.
void ScheduleVerifier::collectStores(Block &body) {
  for (Value value : body.getTerminator()->getOperands()) {
    std::optional<std::string> name = getStoreStage(body, value);
    if (!name || stages.contains(*name))
      continue;
    StringRef kept = StringAttr::get(op->getContext(), *name).getValue();
    SmallVector<std::string> loops = getLoopNames(value.getDefiningOp());
    for (unsigned loop : getResultLoops(value))
      stages[kept].add(StringAttr::get(op->getContext(), loops[loop]),
                       /*isReduction=*/false);
  }
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

LogicalResult ScheduleVerifier::addLoop(StringRef stage, StringRef loop,
                                        bool isReduction) {
  if (!stages[stage].add(loop, isReduction)) // (C7)
    return op->emitOpError("stage \"")
           << stage << "\" already had a loop '" << loop << "'";
  return success();
}

/// A new stage computes partial results for each iteration of a loop, and
/// `stage` adds them up.
LogicalResult ScheduleVerifier::factor(StringRef stage,
                                       DirectiveAttr directive) {
  StringRef loop = directive.getLoops()[0].getValue();
  StringRef parallel = directive.getLoops()[1].getValue();
  StringRef partial = directive.getStage().getValue();
  if (stages.contains(partial)) // (C5)
    return op->emitOpError("has two stages named \"") << partial << '"';
  if (!stages[stage].live.lookup(loop)) // (C7)
    return op->emitOpError("stage \"")
           << stage << "\" does not reduce over loop '" << loop << "'";
  StageLoops loops = stages[stage];
  loops.remove(loop);
  stages.insert({partial, std::move(loops)});
  if (failed(addLoop(partial, parallel, /*isReduction=*/false)))
    return failure();
  stages[stage].live.remove_if(
      [&](const auto &entry) { return entry.second && entry.first != loop; });
  return success();
}

LogicalResult ScheduleVerifier::verifyDirective(StringRef stage,
                                                DirectiveAttr directive) {
  ArrayRef<StringAttr> loops = directive.getLoops();
  StageLoops &own = stages[stage];
  bool isReduction;
  switch (directive.getKind()) {
  case DirectiveKind::Split:
    if (failed(takeLoops(stage, loops.take_front())))
      return failure();
    isReduction = own.remove(loops[0].getValue());
    for (StringAttr loop : loops.drop_front())
      if (failed(addLoop(stage, loop.getValue(), isReduction)))
        return failure();
    return success();
  case DirectiveKind::Fuse:
    if (failed(takeLoops(stage, loops.take_front(2))))
      return failure();
    own.remove(loops[1].getValue());
    return addLoop(stage, loops[2].getValue(), own.remove(loops[0].getValue()));
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
    return failed(takeLoops(stage, loops.take_front()))
               ? failure()
               : factor(stage, directive);
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
  verifier.collectStores(body);
  return schedule ? verifier.verify(schedule) : success();
}

} // namespace mlir::eke::halide
