//===- PlaceWeights.cpp - Lay out the weight image and the states ---------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   weights of dram  | @embed | @l0.norm | ...      in the order of the module, so
//              sram  | @l0.q | ...                   that a block's weights adjoin
//   states           | @kv0.k | @kv0.v | ...
//
//===----------------------------------------------------------------------===//

#include "dialects/eke/Counts.h"
#include "dialects/eke/EkeDialect.h"
#include "dialects/eke/Format.h"
#include "dialects/eke/Images.h"
#include "passes/Passes.h"
#include "passes/memory/CheckPlaces.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/MapVector.h"

namespace mlir::eke {

#define GEN_PASS_DEF_PLACEWEIGHTSPASS
#include "passes/Passes.h.inc"

static bool haveSameWeights(ApplyOp a, ApplyOp b) {
  return llvm::equal(a.getWeights(), b.getWeights(), [](Value x, Value y) {
    auto ofX = x.getDefiningOp<UseOp>(), ofY = y.getDefiningOp<UseOp>();
    return x == y || (ofX && ofY && ofX.getSymbolAttr() == ofY.getSymbolAttr());
  });
}

namespace {

struct PlaceWeights : impl::PlaceWeightsPassBase<PlaceWeights> {
  using Base::Base;

  void runOnOperation() override {
    eraseUnused<WeightOp>();
    eraseUnused<StateOp>();
    ModuleOp module = getOperation();
    if (failed(checkChosenPlaces(module)))
      return signalPassFailure();
    setBytes(kImageBytesAttr, placeAll<WeightOp>(getMainMemory(module)));
    setBytes(kStateBytesAttr, placeAll<StateOp>(getStatesMemory()));
    reported.clear();
    getOperation().walk([&](ApplyOp apply) { reportResidency(apply); });
  }

private:
  template <typename OpT> void eraseUnused() {
    SymbolTableCollection tables;
    SymbolUserMap users(tables, getOperation());
    for (OpT op :
         llvm::make_early_inc_range(getOperation().template getOps<OpT>()))
      if (users.useEmpty(op))
        op.erase();
  }

  /// All states lie in one memory: that of one which says so.
  StringRef getStatesMemory() {
    for (auto state : getOperation().getOps<StateOp>())
      if (StringAttr memory = getMemory(state))
        return memory.getValue();
    return getWrittenMemory(getOperation());
  }

  /// Appends what has no place behind what has one, in the memory that was chosen or else
  /// in the `usual` one. Returns the bytes of all memories together.
  template <typename OpT> int64_t placeAll(StringRef usual) {
    llvm::MapVector<StringAttr, int64_t> ends;
    for (OpT op : getOperation().template getOps<OpT>())
      if (PlaceAttr place = op.getPlaceAttr()) {
        int64_t &end = ends[place.getMemory()];
        end = std::max(end, addCounts(place.getOffset(), getPlacedBytes(op)));
      }
    for (OpT op : getOperation().template getOps<OpT>()) {
      if (op.getPlace())
        continue;
      StringAttr memory = getMemory(op);
      if (!memory)
        memory = StringAttr::get(&getContext(), usual);
      int64_t &end = ends[memory];
      op.setPlaceAttr(PlaceAttr::get(&getContext(), memory, end));
      op->removeAttr(kMemoryAttr);
      end = addCounts(end, getPlacedBytes(op));
    }
    int64_t bytes = 0;
    for (auto [memory, end] : ends)
      bytes = addCounts(bytes, end);
    return bytes;
  }

  void setBytes(StringRef name, int64_t bytes) {
    getOperation()->setAttr(name,
                            Builder(&getContext()).getI64IntegerAttr(bytes));
  }

  /// Says, at the first second use of the same weights in a row, whether a block's
  /// weights can still be in a cache.
  void reportResidency(ApplyOp apply) {
    auto target = getOperation()->getAttrOfType<TargetAttr>(kTargetAttr);
    auto previous = dyn_cast_if_present<ApplyOp>(
        apply.getInputs().empty() ? nullptr
                                  : apply.getInputs()[0].getDefiningOp());
    if (!target || target.getCaches().empty() || !previous ||
        apply.getWeights().empty() || !haveSameWeights(previous, apply) ||
        !reported.insert(apply.getBlockAttr()).second)
      return;
    int64_t bytes = 0;
    for (Value weight : apply.getWeights())
      bytes += getPacked(cast<RankedTensorType>(weight.getType())).bytes;
    int64_t cache = target.getCaches().back();
    auto options = remark::RemarkOpts::name("SharedBlock").category("memory");
    auto remark = bytes <= cache ? remark::passed(apply.getLoc(), options)
                                 : remark::missed(apply.getLoc(), options);
    remark << (bytes <= cache
                   ? "the second run reads its weights from cache"
                   : "the second run reads its weights from memory again")
           << remark::metric("block_bytes", bytes)
           << remark::metric("cache_bytes", cache);
  }

  /// The blocks whose residency has been said.
  llvm::SmallDenseSet<Attribute> reported;
};

} // namespace
} // namespace mlir::eke
