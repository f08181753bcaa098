//===- StoreConstants.cpp - Large constants of models become weights ------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   %0 = arith.constant dense<…>     becomes     eke.weight @constant = dense<…>
//                                                %0 = eke.use @constant
//
//===----------------------------------------------------------------------===//

#include "dialects/eke/EkeDialect.h"
#include "passes/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

namespace mlir::eke {

#define GEN_PASS_DEF_STORECONSTANTSPASS
#include "passes/Passes.h.inc"

/// What is no larger stays in the code: in the image it would get a cache line of its
/// own.
static constexpr int64_t mostElements = 64, mostBytes = 128;

/// The elements of a constant that becomes a weight, or null.
static ElementsAttr getWeightElements(arith::ConstantOp constant) {
  auto elements = dyn_cast<ElementsAttr>(constant.getValue());
  auto type = dyn_cast<RankedTensorType>(constant.getType());
  if (!elements || !type || type.getEncoding() || elements.isSplat() ||
      !hasWholeBytes(type.getElementType()))
    return {};
  int64_t count = type.getNumElements();
  int64_t bytes = count * (type.getElementTypeBitWidth() / 8);
  return count > mostElements && bytes > mostBytes ? elements : ElementsAttr();
}

namespace {

struct StoreConstants : impl::StoreConstantsPassBase<StoreConstants> {
  using Base::Base;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    SymbolTable symbols(module);
    DenseMap<Attribute, WeightOp> weights;
    for (auto model : llvm::make_early_inc_range(module.getOps<ModelOp>()))
      convert(model, weights, symbols);
  }

private:
  /// `weights`: what has been made of constants of other models.
  static void convert(ModelOp model, DenseMap<Attribute, WeightOp> &weights,
                      SymbolTable &symbols) {
    DenseMap<Attribute, Value> uses;
    model.walk([&](arith::ConstantOp constant) {
      ElementsAttr elements = getWeightElements(constant);
      if (!elements)
        return;
      if (constant->use_empty()) // It has been packed: another one is used.
        return constant.erase();
      WeightOp &weight = weights[elements];
      if (!weight)
        weight = makeWeight(constant, elements, model, symbols);
      Value &value = uses[elements];
      if (!value)
        value = use(weight, model);
      constant.replaceAllUsesWith(value);
      constant.erase();
    });
  }

  /// Makes a weight in front of `model`, called after the tensor if that has a name.
  static WeightOp makeWeight(arith::ConstantOp constant, ElementsAttr elements,
                             ModelOp model, SymbolTable &symbols) {
    OpBuilder b(model);
    auto named = dyn_cast<NameLoc>(constant.getLoc());
    StringRef name = named ? named.getName().getValue() : "constant";
    auto weight = WeightOp::create(b, constant.getLoc(), name,
                                   cast<RankedTensorType>(constant.getType()),
                                   b.getArrayAttr(elements), PlaceAttr());
    symbols.insert(weight, model->getIterator());
    return weight;
  }

  /// At the beginning: what is in a region sees it, too.
  static Value use(WeightOp weight, ModelOp model) {
    OpBuilder b = OpBuilder::atBlockBegin(&model.getBody().front());
    return UseOp::create(b, weight.getLoc(), weight.getTensorType(),
                         weight.getSymName());
  }
};

} // namespace
} // namespace mlir::eke
