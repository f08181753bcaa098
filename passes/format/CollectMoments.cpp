//===- CollectMoments.cpp - What the inputs of layers are like ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/eke/Format.h"
#include "dialects/eke/Moments.h"
#include "passes/Passes.h"
#include "passes/format/CoarseWeights.h"
#include "passes/graph/InlineBlocks.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/MapVector.h"

namespace mlir::eke {

#define GEN_PASS_DEF_COLLECTMOMENTSPASS
#include "passes/Passes.h.inc"

/// `sums` and, for every row x of `rows`, x x^T.
static Value addMoments(OpBuilder &b, Location loc, Value rows, Value sums) {
  const unsigned outer = cast<RankedTensorType>(rows.getType()).getRank() - 1;
  // The loops: i, j, and those over rows.
  auto mapTo = [&](ArrayRef<unsigned> last) {
    SmallVector<AffineExpr> exprs;
    if (last.size() == 1)
      for (unsigned d = 0; d < outer; ++d)
        exprs.push_back(b.getAffineDimExpr(2 + d));
    for (unsigned dim : last)
      exprs.push_back(b.getAffineDimExpr(dim));
    return AffineMap::get(2 + outer, 0, exprs, b.getContext());
  };
  SmallVector<utils::IteratorType> iterators(2 + outer,
                                             utils::IteratorType::reduction);
  iterators[0] = iterators[1] = utils::IteratorType::parallel;
  auto body = [](OpBuilder &b, Location loc, ValueRange args) {
    Value product = arith::MulFOp::create(b, loc, args[0], args[1]);
    Value sum = arith::AddFOp::create(b, loc, args[2], product);
    linalg::YieldOp::create(b, loc, sum);
  };
  return linalg::GenericOp::create(b, loc, sums.getType(), {rows, rows}, sums,
                                   {mapTo({0}), mapTo({1}), mapTo({0, 1})},
                                   iterators, body)
      .getResult(0);
}

namespace {

struct CollectMoments : impl::CollectMomentsPassBase<CollectMoments> {
  using Base::Base;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    if (!module->hasAttr(kCollectMomentsAttr))
      return;
    inlineBlocks(module);
    states.clear(); // of another module
    SymbolTable symbols(module);
    for (auto model : module.getOps<ModelOp>())
      collect(model, symbols);
    formatPlainly(module);
  }

private:
  /// Adds up the moments of what goes through the layers of `model`.
  void collect(ModelOp model, SymbolTable &symbols) {
    llvm::MapVector<Operation *, SmallVector<LinearOp>> layers;
    for (auto layer : model.getOps<LinearOp>())
      if (auto use = layer.getWeight().getDefiningOp<UseOp>()) {
        auto weight = symbols.lookup<WeightOp>(use.getSymbolAttr().getAttr());
        if (isRoundedCoarsely(weight) && !isTooLarge(getMomentsType(weight)))
          layers[weight].push_back(layer);
      }
    for (auto &[weight, readers] : layers) {
      StateOp state = getState(cast<WeightOp>(weight), symbols);
      OpBuilder b(readers.front());
      Value sums =
          ReadOp::create(b, state.getLoc(), state.getTensorType(),
                         FlatSymbolRefAttr::get(state.getSymNameAttr()));
      for (LinearOp layer : readers) {
        b.setInsertionPoint(layer);
        sums = addMoments(b, layer.getLoc(), layer.getInput(), sums);
      }
      WriteOp::create(b, state.getLoc(), sums,
                      FlatSymbolRefAttr::get(state.getSymNameAttr()));
    }
  }

  static RankedTensorType getMomentsType(WeightOp weight) {
    int64_t columns = weight.getTensorType().getDimSize(1);
    return RankedTensorType::get({columns, columns},
                                 Float32Type::get(weight.getContext()));
  }

  /// The state that has the moments of the inputs of `weight`.
  StateOp getState(WeightOp weight, SymbolTable &symbols) {
    StateOp &state = states[weight];
    if (state)
      return state;
    OpBuilder b(weight->getContext());
    b.setInsertionPointAfter(weight);
    state = StateOp::create(
        b, weight.getLoc(), (kMomentsPrefix + weight.getSymName()).str(),
        getMomentsType(weight), ElementsAttr(), PlaceAttr());
    symbols.insert(state);
    return state;
  }

  /// Gives every matrix that has a format the one that rounds nothing.
  static void formatPlainly(ModuleOp module) {
    MLIRContext *context = module.getContext();
    FormatAttr plain =
        FormatInterface::lookup(context, "f32")
            ->choose(context, module->getAttrOfType<TargetAttr>(kTargetAttr));
    for (auto weight : module.getOps<WeightOp>())
      if (getFormat(weight.getTensorType()))
        weight.setType(withFormat(weight.getTensorType(), plain));
    module.walk([&](UseOp use) {
      auto type = cast<RankedTensorType>(use.getType());
      if (getFormat(type))
        use.getResult().setType(withFormat(type, plain));
    });
  }

  DenseMap<Operation *, StateOp> states;
};

} // namespace
} // namespace mlir::eke
