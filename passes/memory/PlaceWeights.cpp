//===- PlaceWeights.cpp - Lay out the weight image and the states ---------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   weights  | @embed | @l0.norm | @l0.q | ...      in the order of the module, so
//   states   | @kv0.k | @kv0.v | ...                that a block's weights adjoin
//
//===----------------------------------------------------------------------===//

#include "dialects/eke/EkeDialect.h"
#include "dialects/eke/Format.h"
#include "passes/Passes.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/Remarks.h"

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
    auto target = getOperation()->getAttrOfType<TargetAttr>(kTargetAttr);
    FailureOr<int64_t> image = placeAll<WeightOp>(
        "weights", target ? target.getMainMemory() : StringRef(kDefaultMemory),
        [](WeightOp weight) {
          return getPacked(weight.getTensorType()).bytes;
        });
    FailureOr<int64_t> state = placeAll<StateOp>(
        "states",
        target ? target.getWrittenMemory() : StringRef(kDefaultMemory),
        [](StateOp state) {
          return alignUp(getByteSize(state.getTensorType()));
        });
    if (failed(image) || failed(state))
      return signalPassFailure();
    setBytes(kImageBytesAttr, *image);
    setBytes(kStateBytesAttr, *state);
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

  /// Appends what has no place behind what has one. Returns the total size.
  template <typename OpT>
  FailureOr<int64_t> placeAll(StringRef what, StringRef memory,
                              function_ref<int64_t(OpT)> bytesOf) {
    int64_t end = 0;
    for (OpT op : getOperation().template getOps<OpT>())
      if (std::optional<PlaceAttr> place = op.getPlace()) {
        if (place->getMemory() != memory)
          return op.emitOpError("is placed in memory '")
                 << place->getMemory().getValue() << "', but " << what
                 << " lie in '" << memory << "'";
        end = std::max(end, place->getOffset() + bytesOf(op));
      }
    auto name = StringAttr::get(&getContext(), memory);
    for (OpT op : getOperation().template getOps<OpT>()) {
      if (op.getPlace())
        continue;
      op.setPlaceAttr(PlaceAttr::get(&getContext(), name, end));
      end += bytesOf(op);
    }
    return end;
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
