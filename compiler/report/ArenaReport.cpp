//===- ArenaReport.cpp - When buffers live, and where ---------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   %a = memref.view %arena[64][]                  a buffer, from step 0 to step 1
//   halide.pipeline "f.x" … outs(%a)               step 0
//   halide.pipeline "f.y" ins(%a) …                step 1
//   %b = memref.view %arena[128][]                 the arena of a callee
//   call @g(…, %b)                                 steps 2 …: those of g
//
//===----------------------------------------------------------------------===//

#include "compiler/report/ArenaReport.h"

#include "compiler/report/EnergyReport.h"
#include "dialects/eke/Format.h"
#include "dialects/halide/HalideDialect.h"
#include "passes/energy/EntryTraffic.h"
#include "passes/memory/BufferBytes.h"

#include "mlir/Dialect/Bufferization/Transforms/BufferViewFlowAnalysis.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/Support/MathExtras.h"

namespace mlir::eke {
namespace {

/// The function that `op` calls, if it has a body.
func::FuncOp getCallee(Operation *op) {
  auto call = dyn_cast<func::CallOp>(op);
  if (!call)
    return {};
  auto callee = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(
      call, call.getCalleeAttr());
  return callee && !callee.isExternal() ? callee : func::FuncOp();
}

/// The call to which `view` gives the arena of its callee, if it does.
func::CallOp getArenaCall(memref::ViewOp view) {
  for (OpOperand &use : view->getUses()) {
    func::FuncOp callee = getCallee(use.getOwner());
    if (callee && callee->hasAttr(kArenaBytesAttr) &&
        use.getOperandNumber() + 1 == callee.getNumArguments())
      return cast<func::CallOp>(use.getOwner());
  }
  return {};
}

int64_t getOffset(memref::ViewOp view) {
  return getConstantIntValue(view.getByteShift()).value_or(0);
}

std::string nameOp(func::FuncOp function, Operation *op) {
  if (auto pipeline = dyn_cast<halide::PipelineOp>(op))
    if (std::optional<StringRef> name = pipeline.getKernelName())
      return name->str();
  if (func::FuncOp callee = getCallee(op))
    return callee.getName().str();
  return (function.getName() + "." + getLayerName(op)).str();
}

/// Fills the report of one entry, with the functions that it calls.
class Collector {
public:
  explicit Collector(ArenaReport &report) : report(report) {}

  void run(func::FuncOp entry) {
    addFunction(entry, /*base=*/0);
    llvm::stable_sort(
        report.buffers, [](const ArenaSlot &a, const ArenaSlot &b) {
          return std::tie(a.first, a.offset) < std::tie(b.first, b.offset);
        });
    report.liveBytes = findMostLive();
  }

private:
  /// The steps of an op: from the first to in front of the second.
  using Times = DenseMap<Operation *, std::pair<int64_t, int64_t>>;

  void addFunction(func::FuncOp function, int64_t base);
  void addOps(Region &region, int64_t base, Times &times);
  void addCall(func::CallOp call, func::FuncOp callee, int64_t base);
  void addBuffer(memref::ViewOp view, int64_t base, const Times &times,
                 BufferViewFlowAnalysis &aliases);
  int64_t findMostLive() const;

  ArenaReport &report;
};

/// `base` is where the function's arena begins in the entry's.
void Collector::addFunction(func::FuncOp function, int64_t base) {
  Times times;
  addOps(function.getBody(), base, times);
  if (!function->hasAttr(kArenaBytesAttr))
    return;
  Value arena = function.getArguments().back();
  BufferViewFlowAnalysis aliases(function);
  function.walk([&](memref::ViewOp view) {
    if (view.getSource() == arena && !getArenaCall(view))
      addBuffer(view, base, times, aliases);
  });
}

void Collector::addOps(Region &region, int64_t base, Times &times) {
  for (Operation &op : region.getOps()) {
    int64_t first = report.steps;
    if (func::FuncOp callee = getCallee(&op))
      addCall(cast<func::CallOp>(op), callee, base);
    else if (isa<RegionBranchOpInterface>(op))
      for (Region &inner : op.getRegions())
        addOps(inner, base, times);
    else if (mightHaveEffect<MemoryEffects::Write>(&op))
      ++report.steps;
    times[&op] = {first, report.steps};
  }
}

void Collector::addCall(func::CallOp call, func::FuncOp callee, int64_t base) {
  auto bytes = callee->getAttrOfType<IntegerAttr>(kArenaBytesAttr);
  if (!bytes)
    return addFunction(callee, base);
  auto view = call.getOperands().back().getDefiningOp<memref::ViewOp>();
  int64_t offset = base + (view ? getOffset(view) : 0);
  size_t number = report.calls.size();
  report.calls.push_back(
      {callee.getName().str(), offset, bytes.getInt(), report.steps, 0});
  addFunction(callee, offset);
  ArenaSlot &slot = report.calls[number];
  slot.last = std::max(slot.first, report.steps - 1);
}

/// It lives from the first to the last use, through whatever name, as seen from where it
/// is; the first use makes it.
void Collector::addBuffer(memref::ViewOp view, int64_t base, const Times &times,
                          BufferViewFlowAnalysis &aliases) {
  std::optional<int64_t> bytes =
      getMaxBytes(view.getType(), view.getSizes(), view);
  auto takesTime = [&](Operation *op) {
    return times.lookup(op).first < times.lookup(op).second;
  };
  std::pair<int64_t, int64_t> lifetime = {INT64_MAX, 0};
  Operation *maker = nullptr;
  for (Value alias : aliases.resolve(view.getResult()))
    for (Operation *user : alias.getUsers()) {
      Operation *seen = view->getParentRegion()->findAncestorOpInRegion(*user);
      if (!seen || !takesTime(seen))
        continue;
      lifetime.first = std::min(lifetime.first, times.lookup(seen).first);
      lifetime.second = std::max(lifetime.second, times.lookup(seen).second);
      bool makes = takesTime(user) && !isa<RegionBranchOpInterface>(user);
      if (makes &&
          (!maker || times.lookup(user).first < times.lookup(maker).first))
        maker = user;
    }
  if (maker && bytes.value_or(0) > 0)
    report.buffers.push_back(
        {nameOp(view->getParentOfType<func::FuncOp>(), maker),
         base + getOffset(view), *bytes, lifetime.first, lifetime.second - 1});
}

int64_t Collector::findMostLive() const {
  std::vector<int64_t> changes(report.steps + 1);
  for (const ArenaSlot &buffer : report.buffers) {
    int64_t bytes = llvm::alignTo(buffer.bytes, kAlignment);
    changes[buffer.first] += bytes;
    changes[buffer.last + 1] -= bytes;
  }
  int64_t live = 0, most = 0;
  for (int64_t change : changes)
    most = std::max(most, live += change);
  return most;
}

} // namespace

std::vector<ArenaReport> collectArenas(ModuleOp module) {
  std::vector<ArenaReport> reports;
  for (auto function : module.getOps<func::FuncOp>()) {
    auto entry = function->getAttrOfType<EntryAttr>(kEntryAttr);
    auto bytes = function->getAttrOfType<IntegerAttr>(kArenaBytesAttr);
    if (!entry || !bytes)
      continue;
    ArenaReport &report = reports.emplace_back();
    report.entry =
        (entry.getName().getValue() + "/" + Twine(entry.getRows())).str();
    report.bytes = bytes.getInt();
    Collector(report).run(function);
  }
  return reports;
}

void addArenas(MutableArrayRef<EnergyReport> reports, ModuleOp module) {
  std::vector<ArenaReport> arenas = collectArenas(module);
  for (EnergyReport &report : reports) {
    report.arenas.clear();
    for (const ArenaReport &arena : arenas)
      if (llvm::is_contained(report.entries, arena.entry))
        report.arenas.push_back(arena);
  }
}

} // namespace mlir::eke
