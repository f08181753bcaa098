//===- EkeToLinalg.cpp - Models and blocks as functions -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   eke.block @decoder      becomes   func @decoder(inputs, weights, states, outputs)
//   eke.model @trunk_1      becomes   func @trunk_1(inputs, outputs, state)
//   apply, apply, apply     becomes   a loop that calls @decoder with views whose
//                                     offsets come from a table
//
//===----------------------------------------------------------------------===//

#include "dialects/eke/EkeDialect.h"
#include "dialects/eke/Format.h"
#include "dialects/eke/Images.h"
#include "passes/Passes.h"
#include "passes/energy/EntryTraffic.h"
#include "passes/linalg/BodyLowering.h"
#include "passes/linalg/CropPads.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::eke {

#define GEN_PASS_DEF_EKETOLINALGPASS
#include "passes/Passes.h.inc"

/// Arguments or results for the binary's tables; one without a name is called after
/// its number.
static ArrayAttr describe(Builder &b, ArrayAttr attrs, unsigned count,
                          StringRef prefix) {
  SmallVector<Attribute> described;
  for (unsigned i = 0; i < count; ++i) {
    auto known =
        attrs ? cast<DictionaryAttr>(attrs[i]) : b.getDictionaryAttr({});
    auto name = known.getAs<StringAttr>(kNameAttr);
    described.push_back(ArgumentAttr::get(
        b.getContext(), name ? name : b.getStringAttr(prefix + Twine(i)),
        /*type=*/Type(), known.getAs<BoundsAttr>(kBoundsAttr)));
  }
  return b.getArrayAttr(described);
}

/// What the function of `model` is as an entry.
static EntryAttr getEntry(Builder &b, ModelOp model, int64_t weightBytes) {
  auto [name, rows] = getEntryName(model);
  auto entry = model->getAttrOfType<EntryAttr>(kEntryAttr);
  if (!entry)
    entry = EntryAttr::get(b.getContext(), {}, Period(), {}, 0, {}, {}, 0);
  return entry.withSignature(
      b.getStringAttr(name), rows,
      describe(b, model.getArgAttrsAttr(), model.getNumArguments(), "in"),
      describe(b, model.getResAttrsAttr(), model.getNumResults(), "out"),
      weightBytes);
}

static int64_t getInteger(ModuleOp module, StringRef name) {
  auto attr = module->getAttrOfType<IntegerAttr>(name);
  return attr ? attr.getInt() : 0;
}

static bool isDynamic(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && !tensor.hasStaticShape();
}

/// Reports rows of `function` whose number is not known.
static LogicalResult checkStatic(FunctionOpInterface function) {
  bool isStatic = llvm::none_of(function.getArgumentTypes(), isDynamic);
  for (Operation &op : function.getFunctionBody().front())
    if (isa_and_present<EkeDialect>(op.getDialect()))
      isStatic &= llvm::none_of(op.getOperandTypes(), isDynamic) &&
                  llvm::none_of(op.getResultTypes(), isDynamic);
  if (isStatic)
    return success();
  return function.emitOpError(
      "has dynamic shapes; run eke-specialize-rows first");
}

/// Reports rows of `model`, or of a block that it applies, whose number is not known.
static LogicalResult checkRows(ModelOp model) {
  if (model.getRows() && model.getRows()->size() != 1)
    return model.emitOpError(
        "has more than one row count; run eke-specialize-rows first");
  if (failed(checkStatic(model)))
    return failure();
  for (auto apply : model.getOps<ApplyOp>())
    if (failed(checkStatic(SymbolTable::lookupNearestSymbolFrom<BlockOp>(
            apply, apply.getBlockAttr()))))
      return failure();
  return success();
}

namespace {

struct EkeToLinalg : impl::EkeToLinalgPassBase<EkeToLinalg> {
  using Base::Base;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    cropPads(module);
    // Of whole models, before their blocks become something else.
    for (auto model : module.getOps<ModelOp>()) {
      if (failed(checkRows(model)))
        return signalPassFailure();
      weightBytes[model] = countWeightBytes(model);
    }
    OpBuilder b(module.getBodyRegion());
    declareImages(b);
    for (auto block : llvm::make_early_inc_range(module.getOps<BlockOp>()))
      if (failed(lowerBlock(block)))
        return signalPassFailure();
    for (auto model : llvm::make_early_inc_range(module.getOps<ModelOp>()))
      if (failed(lowerModel(model)))
        return signalPassFailure();
  }

private:
  void declareImages(OpBuilder &b) {
    ModuleOp module = getOperation();
    if (module.getOps<WeightOp>().empty())
      return;
    for (const WeightImage &image : listImages(module)) {
      std::string name = image.getGlobalName();
      if (module.lookupSymbol(name))
        continue;
      memref::GlobalOp::create(b, module.getLoc(), name,
                               /*sym_visibility=*/StringAttr(),
                               MemRefType::get({image.bytes}, b.getI8Type()),
                               /*initial_value=*/Attribute(), /*constant=*/true,
                               b.getI64IntegerAttr(image.getAlignment()));
    }
  }

  LogicalResult lowerBlock(BlockOp block) {
    if (SymbolTable::symbolKnownUseEmpty(block, getOperation())) {
      block.erase();
      return success();
    }
    if (failed(checkStatic(block)))
      return failure();
    OpBuilder b(block);
    SmallVector<Type> types;
    for (BlockArgument argument : block.getArguments())
      llvm::append_range(
          types,
          getBufferTypes(argument.getType(),
                         llvm::is_contained(block.getWeights(), argument)));
    for (Type type : block.getResultTypes().take_front(block.getValueCount()))
      llvm::append_range(types, getBufferTypes(type, /*isWeight=*/false));
    std::string name = block.getSymName().str();
    block.setSymName((name + ".eke").c_str());
    auto function = func::FuncOp::create(b, block.getLoc(), name,
                                         b.getFunctionType(types, {}));
    function.setPrivate();
    if (failed(BodyLowering(getOperation(), b, function, block).run()))
      return failure();
    block.erase();
    return success();
  }

  LogicalResult lowerModel(ModelOp model) {
    OpBuilder b(model);
    SmallVector<Type> types;
    for (Type type : model.getArgumentTypes()) {
      if (type.isIndex())
        type = RankedTensorType::get({1}, b.getI64Type());
      llvm::append_range(types, getBufferTypes(type, false));
    }
    for (Type type : model.getResultTypes())
      llvm::append_range(types, getBufferTypes(type, false));
    int64_t stateBytes = getInteger(getOperation(), kStateBytesAttr);
    types.push_back(MemRefType::get({stateBytes}, b.getI8Type()));
    EntryAttr entry = getEntry(b, model, weightBytes.lookup(model));
    std::string name = model.getSymName().str();
    model.setSymName(name + ".eke");
    auto function = func::FuncOp::create(b, model.getLoc(), name,
                                         b.getFunctionType(types, {}));
    function->setAttr(kEntryAttr, entry);
    if (failed(BodyLowering(getOperation(), b, function, model).run()))
      return failure();
    model.erase();
    return success();
  }

  DenseMap<ModelOp, int64_t> weightBytes;
};

} // namespace
} // namespace mlir::eke
