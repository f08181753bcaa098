//===- CollectMoments.cpp - What the inputs of layers are like ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/eke/Format.h"
#include "dialects/eke/Moments.h"
#include "passes/Passes.h"
#include "passes/format/CoarseWeights.h"
#include "passes/format/LayerInputs.h"
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
    SymbolTable symbols(module);
    LayerInputs inputs(module);
    auto isRounded = [&](StringAttr name) {
      auto weight = symbols.lookup<WeightOp>(name);
      return isRoundedCoarsely(weight) && !isTooLarge(getMomentsType(weight));
    };
    auto groups = inputs.groupByRows(isRounded);
    for (StringAttr weight : llvm::make_first_range(groups))
      collect(createState(symbols.lookup<WeightOp>(weight), symbols),
              inputs.getLayers(weight));
    formatPlainly(module);
  }

private:
  /// Adds up in `state` the moments of what goes through `layers`, model by model.
  static void collect(StateOp state, ArrayRef<LinearOp> layers) {
    auto name = FlatSymbolRefAttr::get(state.getSymNameAttr());
    llvm::MapVector<Operation *, SmallVector<LinearOp>> byModel;
    for (LinearOp layer : layers)
      byModel[layer->getParentOp()].push_back(layer);
    for (auto &[model, readers] : byModel) {
      OpBuilder b(readers.front());
      Value sums =
          ReadOp::create(b, state.getLoc(), state.getTensorType(), name);
      for (LinearOp layer : readers) {
        b.setInsertionPoint(layer);
        sums = addMoments(b, layer.getLoc(), layer.getInput(), sums);
      }
      WriteOp::create(b, state.getLoc(), sums, name);
    }
  }

  static RankedTensorType getMomentsType(WeightOp weight) {
    int64_t columns = weight.getTensorType().getDimSize(1);
    return RankedTensorType::get({columns, columns},
                                 Float32Type::get(weight.getContext()));
  }

  /// The state that has the moments of the inputs of `weight`, and of others with these.
  static StateOp createState(WeightOp weight, SymbolTable &symbols) {
    OpBuilder b(weight->getContext());
    b.setInsertionPointAfter(weight);
    auto state = StateOp::create(
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
};

} // namespace
} // namespace mlir::eke
