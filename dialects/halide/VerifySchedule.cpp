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
#include "llvm/Support/MathExtras.h"

namespace mlir::eke::halide {

namespace {

/// A loop: whether it reduces, and how often it runs, if that is known.
struct Loop {
  bool isReduction = false;
  std::optional<int64_t> extent = std::nullopt;
};

/// The loops of one stage at some point of its schedule.
struct StageLoops {
  /// Those that exist now.
  llvm::MapVector<StringRef, Loop> live;
  /// Every name there ever was, so that none is used for two loops.
  llvm::SmallDenseSet<StringRef, 8> used;
  /// How many copies of the body there are, and how wide they are.
  int64_t copies = 1, lanes = 1;

  bool add(StringRef name, Loop loop) {
    live[name] = loop;
    return used.insert(name).second;
  }

  /// Removes a loop; returns what it was.
  Loop remove(StringRef name) {
    Loop loop = live.lookup(name);
    live.erase(name);
    return loop;
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
  LogicalResult addLoop(StringRef stage, StringRef name, Loop loop);
  LogicalResult split(StringRef stage, DirectiveAttr directive);
  LogicalResult multiply(StringRef stage, DirectiveAttr directive);
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
    auto extents = cast<linalg::LinalgOp>(inner).getStaticLoopRanges();
    for (auto [loop, kind, extent] : llvm::zip_equal(names, kinds, extents)) {
      // A string of the context outlives `names`.
      StringRef kept = StringAttr::get(op->getContext(), loop).getValue();
      Loop known{kind == utils::IteratorType::reduction};
      if (!ShapedType::isDynamic(extent))
        known.extent = extent;
      stages[name].add(kept, known);
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
    auto extents =
        value.getDefiningOp<linalg::LinalgOp>().getStaticLoopRanges();
    for (unsigned loop : getResultLoops(value)) {
      Loop known;
      if (!ShapedType::isDynamic(extents[loop]))
        known.extent = extents[loop];
      stages[kept].add(StringAttr::get(op->getContext(), loops[loop]), known);
    }
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

LogicalResult ScheduleVerifier::addLoop(StringRef stage, StringRef name,
                                        Loop loop) {
  if (!stages[stage].add(name, loop)) // (C7)
    return op->emitOpError("stage \"")
           << stage << "\" already had a loop '" << name << "'";
  return success();
}

LogicalResult ScheduleVerifier::split(StringRef stage,
                                      DirectiveAttr directive) {
  ArrayRef<StringAttr> loops = directive.getLoops();
  if (failed(takeLoops(stage, loops.take_front())))
    return failure();
  int64_t factor = directive.getFactor();
  Loop whole = stages[stage].remove(loops[0].getValue());
  Loop outer{whole.isReduction}, inner{whole.isReduction, factor};
  if (whole.extent)
    outer.extent = llvm::divideCeil(*whole.extent, factor);
  return failed(addLoop(stage, loops[1].getValue(), outer))
             ? failure()
             : addLoop(stage, loops[2].getValue(), inner);
}

/// A loop that is unrolled multiplies the body, one that is vectorised its elements;
/// with a factor, an inner loop of so many iterations.
LogicalResult ScheduleVerifier::multiply(StringRef stage,
                                         DirectiveAttr directive) {
  StringAttr name = directive.getLoops().front();
  if (failed(takeLoops(stage, name)))
    return failure();
  StageLoops &own = stages[stage];
  std::optional<int64_t> times = own.live.lookup(name.getValue()).extent;
  if (directive.getFactor() != 0)
    times = directive.getFactor();
  bool unrolls = directive.getKind() == DirectiveKind::Unroll;
  int64_t &all = unrolls ? own.copies : own.lanes;
  all = llvm::SaturatingMultiply<uint64_t>(all, times.value_or(1));
  if (all >= 0 && all <= kMostCopies) // (C10)
    return success();
  return op->emitOpError("stage \"")
         << stage << "\" has '" << stringifyDirectiveKind(directive.getKind())
         << "' of loop '" << name.getValue() << "', which makes "
         << (unrolls ? "copies of its body" : "vectors") << ": " << all
         << ", expected at most " << kMostCopies;
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
  if (!stages[stage].live.lookup(loop).isReduction) // (C7)
    return op->emitOpError("stage \"")
           << stage << "\" does not reduce over loop '" << loop << "'";
  StageLoops loops = stages[stage];
  Loop factored{/*isReduction=*/false, loops.remove(loop).extent};
  stages.insert({partial, std::move(loops)});
  if (failed(addLoop(partial, parallel, factored)))
    return failure();
  stages[stage].live.remove_if([&](const auto &entry) {
    return entry.second.isReduction && entry.first != loop;
  });
  return success();
}

LogicalResult ScheduleVerifier::verifyDirective(StringRef stage,
                                                DirectiveAttr directive) {
  ArrayRef<StringAttr> loops = directive.getLoops();
  StageLoops &own = stages[stage];
  switch (directive.getKind()) {
  case DirectiveKind::Split:
    return split(stage, directive);
  case DirectiveKind::Unroll:
  case DirectiveKind::Vectorize:
    return multiply(stage, directive);
  case DirectiveKind::Fuse: {
    if (failed(takeLoops(stage, loops.take_front(2))))
      return failure();
    Loop inner = own.remove(loops[1].getValue()),
         fused = own.remove(loops[0].getValue());
    if (fused.extent && inner.extent)
      fused.extent =
          llvm::SaturatingMultiply<uint64_t>(*fused.extent, *inner.extent);
    else
      fused.extent = std::nullopt;
    return addLoop(stage, loops[2].getValue(), fused);
  }
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
    // Computed for a part of another stage, it is as large as that part is.
    if (llvm::any_of(stage.getDirectives(), [](DirectiveAttr directive) {
          return directive.getKind() == DirectiveKind::ComputeAt;
        }))
      for (auto &[loop, known] : stages[name].live)
        if (!known.isReduction)
          known.extent = std::nullopt;
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
