//===- PlanArena.cpp - Give every temporary buffer an offset --------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   %0 = memref.alloc()      becomes     %0 = memref.view %arena[%offset][]
//   call @f(%x)                          %1 = memref.view %arena[%offset'][]
//                                        call @f(%x, %1)
//
// Time is the order of a walk: an op begins before the ops in its regions and
// ends after them.
//
//===----------------------------------------------------------------------===//

#include "passes/memory/ArenaPlanner.h"

#include "dialects/eke/Format.h"
#include "passes/Passes.h"
#include "passes/memory/BufferBytes.h"

#include "mlir/Analysis/CallGraph.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/Transforms/BufferViewFlowAnalysis.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "llvm/ADT/SCCIterator.h"

namespace mlir::eke {

#define GEN_PASS_DEF_PLANARENAPASS
#include "passes/Passes.h.inc"

namespace {

/// When each op of a function begins and ends.
class Clock {
public:
  explicit Clock(func::FuncOp function) {
    int64_t now = 0;
    function->walk([&](Operation *op, const WalkStage &stage) {
      if (stage.isBeforeAllRegions())
        times[op].first = now++;
      if (stage.isAfterAllRegions())
        times[op].second = now++;
    });
  }

  int64_t begin(Operation *op) const { return times.lookup(op).first; }
  int64_t end(Operation *op) const { return times.lookup(op).second; }

private:
  DenseMap<Operation *, std::pair<int64_t, int64_t>> times;
};

/// Something that needs a place in the arena while it lives: what an
/// `memref.alloc` gives, or the arena of a callee.
struct Tenant {
  Operation *op; // memref.alloc or func.call
  ArenaBuffer buffer;
};

std::optional<int64_t> getMaxBytes(memref::AllocOp alloc) {
  return eke::getMaxBytes(alloc.getType(), alloc.getDynamicSizes(), alloc);
}

/// Says why `alloc` cannot have a fixed place, or nothing.
std::optional<std::string> whyUnplaceable(memref::AllocOp alloc) {
  MemRefType type = alloc.getType();
  if (!getMaxBytes(alloc))
    return "its size is known only at run time";
  if (!type.getLayout().isIdentity())
    return "its layout is not the identity";
  for (Operation *op = alloc->getParentOp(); !isa<func::FuncOp>(op);
       op = op->getParentOp())
    if (op->hasTrait<OpTrait::HasParallelRegion>())
      return "every iteration of the parallel loop around it needs its own";
  return std::nullopt;
}

/// Plans the arena of one function, whose callees have been planned.
class FunctionPlanner {
public:
  FunctionPlanner(func::FuncOp function,
                  const DenseMap<Operation *, int64_t> &arenaBytes)
      : function(function), arenaBytes(arenaBytes), clock(function),
        aliases(function) {}

  /// Bytes of the arena `function` needs, after rewriting it.
  FailureOr<int64_t> run() {
    if (failed(findTenants()))
      return failure();
    std::vector<ArenaBuffer> buffers;
    for (const Tenant &tenant : tenants)
      buffers.push_back(tenant.buffer);
    ArenaPlan plan = planArena(buffers, kAlignment);
    if (!tenants.empty())
      remark::passed(function.getLoc(),
                     remark::RemarkOpts::name("PlannedArena").category("arena"))
          << remark::metric("function", function.getSymName())
          << remark::metric("buffers", tenants.size())
          << remark::metric("bytes", plan.bytes)
          << remark::metric("lower_bound", plan.lowerBound)
          << remark::metric("proven", plan.isOptimal);
    rewrite(plan);
    return plan.bytes;
  }

private:
  LogicalResult findTenants();
  FailureOr<ArenaBuffer> getLifetime(memref::AllocOp alloc);
  void rewrite(const ArenaPlan &plan);

  func::FuncOp function;
  const DenseMap<Operation *, int64_t> &arenaBytes;
  Clock clock;
  BufferViewFlowAnalysis aliases;
  SmallVector<Tenant> tenants;
};

LogicalResult FunctionPlanner::findTenants() {
  bool areFound = true;
  function.walk([&](Operation *op) {
    for (Region &region : op->getRegions())
      if (!region.empty() && !region.hasOneBlock()) {
        op->emitError() << "cannot plan the arena: expected structured control "
                           "flow, got a region of several blocks";
        areFound = false;
      }
    if (auto call = dyn_cast<func::CallOp>(op)) {
      Operation *callee =
          SymbolTable::lookupNearestSymbolFrom(call, call.getCalleeAttr());
      if (callee && callee->hasAttr(kArenaBytesAttr))
        tenants.push_back(
            {op, {arenaBytes.lookup(callee), clock.begin(op), clock.end(op)}});
    }
    auto alloc = dyn_cast<memref::AllocOp>(op);
    if (!alloc)
      return;
    if (std::optional<std::string> reason = whyUnplaceable(alloc)) {
      alloc.emitError() << "cannot place this buffer in the arena: " << *reason;
      areFound = false;
      return;
    }
    FailureOr<ArenaBuffer> lifetime = getLifetime(alloc);
    if (succeeded(lifetime))
      tenants.push_back({op, *lifetime});
    else
      areFound = false;
  });
  return success(areFound);
}

/// The time from the first to the last use of what `alloc` gives, through
/// whatever name, as seen from the block of `alloc`.
FailureOr<ArenaBuffer> FunctionPlanner::getLifetime(memref::AllocOp alloc) {
  ArenaBuffer buffer{*getMaxBytes(alloc), clock.end(alloc), clock.begin(alloc)};
  Region *region = alloc->getParentRegion();
  for (Value alias : aliases.resolve(alloc.getMemref())) {
    for (Operation *user : alias.getUsers()) {
      if (isa<memref::DeallocOp>(user))
        continue;
      Operation *seen = region->findAncestorOpInRegion(*user);
      bool leaves = user->hasTrait<OpTrait::IsTerminator>() &&
                    user->getParentRegion() == region;
      if (!seen || leaves) {
        InFlightDiagnostic diag = alloc.emitError()
                                  << "cannot place this buffer in the arena: "
                                     "it leaves the region that allocates it";
        diag.attachNote(user->getLoc()) << "here";
        return diag;
      }
      buffer.begin = std::min(buffer.begin, clock.begin(seen));
      buffer.end = std::max(buffer.end, clock.end(seen));
    }
  }
  return buffer;
}

/// Writes the types of an entry's tensors into its `#eke.entry`.
void recordTypes(func::FuncOp function, EntryAttr entry) {
  MLIRContext *context = function.getContext();
  ArrayRef<Type> types = function.getArgumentTypes();
  auto withTypes = [&](ArrayAttr tensors) {
    SmallVector<Attribute> typed;
    if (tensors)
      for (auto tensor : tensors.getAsRange<ArgumentAttr>()) {
        Type type = types.empty() ? Type() : types.front();
        types = types.drop_front(types.empty() ? 0 : 1);
        typed.push_back(ArgumentAttr::get(context, tensor.getName(), type,
                                          tensor.getBounds()));
      }
    return ArrayAttr::get(context, typed);
  };
  ArrayAttr inputs = withTypes(entry.getInputs());
  ArrayAttr outputs = withTypes(entry.getOutputs());
  function->setAttr(
      kEntryAttr, entry.withSignature(entry.getName(), entry.getRows(), inputs,
                                      outputs, entry.getWeightBytes()));
}

void FunctionPlanner::rewrite(const ArenaPlan &plan) {
  auto entry = function->getAttrOfType<EntryAttr>(kEntryAttr);
  if (entry)
    recordTypes(function, entry);
  if (plan.bytes == 0 && !entry)
    return;

  OpBuilder builder(function.getContext());
  Location loc = function.getLoc();
  auto bytes = [&](int64_t size) {
    return MemRefType::get({size}, builder.getI8Type());
  };
  if (failed(function.insertArgument(function.getNumArguments(),
                                     bytes(plan.bytes), {}, loc)))
    llvm_unreachable("an argument can be appended to a func.func");
  Value arena = function.getArguments().back();
  function->setAttr(kArenaBytesAttr, builder.getI64IntegerAttr(plan.bytes));

  for (auto [tenant, offset] : llvm::zip(tenants, plan.offsets)) {
    builder.setInsertionPoint(tenant.op);
    loc = tenant.op->getLoc();
    auto viewAt = [&](MemRefType type, ValueRange sizes) -> Value {
      Value start = arith::ConstantIndexOp::create(builder, loc, offset);
      return memref::ViewOp::create(builder, loc, type, arena, start, sizes);
    };
    if (auto call = dyn_cast<func::CallOp>(tenant.op)) {
      call.getOperandsMutable().append(viewAt(bytes(tenant.buffer.size), {}));
      continue;
    }
    auto alloc = cast<memref::AllocOp>(tenant.op);
    for (Operation *user : llvm::make_early_inc_range(alloc->getUsers()))
      if (isa<memref::DeallocOp>(user))
        user->erase();
    if (!alloc->use_empty())
      alloc->replaceAllUsesWith(
          ValueRange(viewAt(alloc.getType(), alloc.getDynamicSizes())));
    alloc.erase();
  }
}

struct PlanArena : impl::PlanArenaPassBase<PlanArena> {
  using Base::Base;

  void runOnOperation() override {
    int64_t most = 0;
    DenseMap<Operation *, int64_t> arenaBytes;
    SmallVector<func::FuncOp> order;
    if (failed(sortCalleesFirst(order)))
      return signalPassFailure();
    for (func::FuncOp function : order) {
      FailureOr<int64_t> bytes = FunctionPlanner(function, arenaBytes).run();
      if (failed(bytes)) {
        signalPassFailure();
        continue; // others may fail, too
      }
      arenaBytes[function] = *bytes;
      if (function->hasAttr(kEntryAttr))
        most = std::max(most, *bytes);
    }
    getOperation()->setAttr(kArenaBytesAttr,
                            Builder(&getContext()).getI64IntegerAttr(most));
  }

private:
  /// All functions with bodies, each behind those it calls.
  LogicalResult sortCalleesFirst(SmallVectorImpl<func::FuncOp> &order) {
    const CallGraph &graph = getAnalysis<CallGraph>();
    for (auto scc = llvm::scc_begin(&graph); !scc.isAtEnd(); ++scc) {
      for (CallGraphNode *node : *scc) {
        if (node->isExternal())
          continue;
        auto function =
            dyn_cast<func::FuncOp>(node->getCallableRegion()->getParentOp());
        if (!function)
          continue;
        if (scc.hasCycle())
          return function.emitError()
                 << "cannot plan the arena: this function calls itself";
        order.push_back(function);
      }
    }
    return success();
  }
};

} // namespace
} // namespace mlir::eke
