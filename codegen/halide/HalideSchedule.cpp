//===- HalideSchedule.cpp - Directives applied to Funcs -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A Func that reduces has two loop nests: one stores the initial value, one
// updates it. A directive goes to the second, and to the first too if all its
// loops are there.
//
//===----------------------------------------------------------------------===//

#include "codegen/halide/HalideSchedule.h"

namespace mlir::eke::kernel {

using namespace Halide;
using LoopInfo = ScheduledFunc::LoopInfo;

namespace {

/// Applies the directives of one stage.
class StageScheduler {
public:
  StageScheduler(std::map<std::string, ScheduledFunc> &funcs,
                 ScheduledFunc &own)
      : funcs(funcs), own(own) {}

  /// Returns whether the directive placed the stage.
  bool apply(const Directive &directive);

private:
  VarOrRVar loop(const std::string &name) const {
    return VarOrRVar(name, own.loops.at(name).isReduction);
  }
  TailStrategy tail(const LoopInfo &info, int64_t factor) const;
  bool applyPlace(const Directive &directive);
  void applyToNest(Halide::Stage nest, bool isInit, const Directive &directive);
  void followLoops(const Directive &directive);
  void factor(const Directive &directive);

  std::map<std::string, ScheduledFunc> &funcs;
  ScheduledFunc &own;
};

} // namespace

/// What to do with the iterations that a factor leaves over. Only an output may
/// compute some twice; rounding up could read behind the end of an input.
TailStrategy StageScheduler::tail(const LoopInfo &info, int64_t factor) const {
  bool mayShift =
      own.isOutput && !own.isUpdate && info.extent && *info.extent >= factor;
  return mayShift ? TailStrategy::ShiftInwards : TailStrategy::GuardWithIf;
}

bool StageScheduler::applyPlace(const Directive &directive) {
  if (directive.kind == "compute_inline") {
    own.func.compute_inline();
  } else if (directive.kind == "compute_root") {
    own.func.compute_root();
  } else if (directive.kind == "compute_at") {
    ScheduledFunc &target = funcs.at(directive.stage);
    const std::string &name = directive.loops[0];
    auto info = target.loops.find(name);
    bool isReduction = info != target.loops.end() && info->second.isReduction;
    if (isReduction)
      own.func.compute_at(target.func, RVar(name));
    else
      own.func.compute_at(target.func, Var(name));
  } else {
    return false;
  }
  return true;
}

/// Applies a directive on loops to one of the loop nests.
void StageScheduler::applyToNest(Halide::Stage nest, bool isInit,
                                 const Directive &directive) {
  const std::string &kind = directive.kind;
  if (kind == "reorder") {
    std::vector<VarOrRVar> order;
    for (const std::string &name : directive.loops)
      if (!isInit || !own.loops.at(name).isReduction)
        order.push_back(loop(name));
    if (order.size() > 1)
      nest.reorder(order);
    return;
  }
  if (kind == "atomic") {
    if (!isInit)
      nest.atomic(/*override_associativity_test=*/!directive.loops.empty());
    return;
  }
  const LoopInfo &info = own.loops.at(directive.loops[0]);
  if (isInit && info.isReduction)
    return;
  VarOrRVar v = loop(directive.loops[0]);
  Halide::Expr n = static_cast<int>(directive.factor);
  bool whole = directive.factor == 0;
  TailStrategy strategy = tail(info, directive.factor);
  // Where one element is left over for the last vector, Halide 14 may drop its guard.
  bool isDropped = strategy == TailStrategy::GuardWithIf && info.extent &&
                   directive.factor > 1 && *info.extent % directive.factor == 1;
  if (kind == "vectorize" && isDropped)
    return;
  if (kind == "split") {
    VarOrRVar outer(directive.loops[1], info.isReduction);
    VarOrRVar inner(directive.loops[2], info.isReduction);
    nest.split(v, outer, inner, n, strategy);
  } else if (kind == "fuse") {
    if (!isInit || !own.loops.at(directive.loops[1]).isReduction)
      nest.fuse(v, loop(directive.loops[1]),
                VarOrRVar(directive.loops[2], info.isReduction));
  } else if (kind == "vectorize") {
    whole ? nest.vectorize(v) : nest.vectorize(v, n, strategy);
  } else if (kind == "unroll") {
    whole ? nest.unroll(v) : nest.unroll(v, n, strategy);
  } else if (kind == "parallel") {
    whole ? nest.parallel(v) : nest.parallel(v, n, strategy);
  } else {
    throw CompileError("unknown directive " + kind);
  }
}

/// Keeps `loops` in step with what a directive did.
void StageScheduler::followLoops(const Directive &directive) {
  const std::vector<std::string> &names = directive.loops;
  if (directive.kind == "split") {
    LoopInfo old = own.loops.at(names[0]);
    own.loops.erase(names[0]);
    std::optional<int64_t> count;
    if (old.extent)
      count = (*old.extent + directive.factor - 1) / directive.factor;
    own.loops[names[1]] = {old.isReduction, count};
    own.loops[names[2]] = {old.isReduction, directive.factor};
  } else if (directive.kind == "fuse") {
    LoopInfo inner = own.loops.at(names[0]), outer = own.loops.at(names[1]);
    own.loops.erase(names[0]);
    own.loops.erase(names[1]);
    std::optional<int64_t> count;
    if (inner.extent && outer.extent)
      count = *inner.extent * *outer.extent;
    own.loops[names[2]] = {inner.isReduction, count};
  } else if (directive.factor != 0) {
    std::optional<int64_t> &extent = own.loops.at(names[0]).extent;
    if (extent)
      extent = (*extent + directive.factor - 1) / directive.factor;
  }
}

/// Makes a reduction loop a parallel loop of a new Func of partial results.
void StageScheduler::factor(const Directive &directive) {
  const std::string &name = directive.loops[0];
  ScheduledFunc partial = own;
  partial.isOutput = false;
  partial.hasInit = true;
  partial.loops.erase(name);
  partial.loops[directive.loops[1]] = {false, own.loops.at(name).extent};
  partial.func = own.func.update().rfactor(RVar(name), Var(directive.loops[1]));
  for (auto it = own.loops.begin(); it != own.loops.end();)
    if (it->second.isReduction && it->first != name)
      it = own.loops.erase(it);
    else
      ++it;
  funcs.emplace(directive.stage, std::move(partial));
}

bool StageScheduler::apply(const Directive &directive) {
  if (applyPlace(directive))
    return true;
  if (directive.kind == "rfactor") {
    factor(directive);
    return false;
  }
  if (own.hasInit || !own.isUpdate)
    applyToNest(Halide::Stage(own.func), own.isUpdate, directive);
  if (own.isUpdate)
    applyToNest(own.func.update(), false, directive);
  followLoops(directive);
  return false;
}

void applySchedule(const std::vector<StageSchedule> &schedule,
                   std::map<std::string, ScheduledFunc> &funcs) {
  std::map<std::string, bool> placed;
  for (const StageSchedule &stage : schedule) {
    StageScheduler scheduler(funcs, funcs.at(stage.stage));
    for (const Directive &directive : stage.directives)
      placed[stage.stage] |= scheduler.apply(directive);
  }
  for (auto &[name, scheduled] : funcs) {
    if (scheduled.isOutput)
      continue;
    if (!placed[name] && scheduled.isUpdate)
      scheduled.func.compute_root();
    if (placed[name] || scheduled.isUpdate)
      scheduled.func.store_in(MemoryType::Stack);
  }
}

} // namespace mlir::eke::kernel
