//===- ImportGlobals.cpp - Variables of models become states --------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   ml_program.global mutable @v     becomes     eke.state @v
//   %0 = ml_program.global_load @v               %v = eke.read @v, at the beginning
//   ml_program.global_store @v = %1              eke.write %1, @v, at the end
//
// A load gives what was stored last, or what the state held when the entry began. As
// states are values, what is stored in a region is one more result of the op around it,
// and one more value that a loop carries.
//
//===----------------------------------------------------------------------===//

#include "compiler/frontend/mlir/ImportPasses.h"
#include "dialects/eke/EkeDialect.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MLProgram/IR/MLProgram.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/SetVector.h"

namespace mlir::eke {

#define GEN_PASS_DEF_IMPORTGLOBALSPASS
#include "compiler/frontend/mlir/ImportPasses.h.inc"

using ml_program::GlobalLoadConstOp;
using ml_program::GlobalLoadOp;
using ml_program::GlobalOp;
using ml_program::GlobalStoreOp;

using Names = llvm::SetVector<StringAttr>;

/// The global that `op` loads or stores, or null.
static SymbolRefAttr getGlobal(Operation *op) {
  if (auto load = dyn_cast<GlobalLoadOp>(op))
    return load.getGlobal();
  if (auto load = dyn_cast<GlobalLoadConstOp>(op))
    return load.getGlobal();
  auto store = dyn_cast<GlobalStoreOp>(op);
  return store ? store.getGlobal() : SymbolRefAttr();
}

/// The globals that something in `op` stores, in the order of the first stores.
static Names findStored(Operation *op) {
  Names stored;
  op->walk([&](GlobalStoreOp store) {
    stored.insert(store.getGlobal().getLeafReference());
  });
  return stored;
}

/// `op` with more operands, and more results behind those that it has.
static Operation *extend(Operation *op, ValueRange operands, TypeRange types) {
  OperationState state(op->getLoc(), op->getName());
  state.addOperands(op->getOperands());
  state.addOperands(operands);
  state.addTypes(op->getResultTypes());
  state.addTypes(types);
  state.addAttributes(op->getAttrs());
  for (Region &region : op->getRegions())
    state.addRegion()->takeBody(region);
  Operation *extended = OpBuilder(op).create(state);
  op->replaceAllUsesWith(extended->getResults().drop_back(types.size()));
  op->erase();
  return extended;
}

namespace {

/// Replaces the loads and stores of one model by values.
class ModelGlobals {
public:
  ModelGlobals(ModelOp model, const SymbolTable &symbols)
      : model(model), symbols(symbols) {}

  LogicalResult run();

private:
  LogicalResult convert(Block &block);
  LogicalResult convert(Operation *op);
  void convertAccess(Operation *op, SymbolRefAttr symbol);
  LogicalResult convertBranches(Operation *op, const Names &stored);
  LogicalResult convertLoop(Operation *op, const Names &stored);
  LogicalResult endRegion(Block &block, const Names &stored);

  Value getCurrent(StringAttr name);
  SmallVector<Value> getCurrent(const Names &names);
  void setCurrent(const Names &names, ValueRange values);

  ModelOp model;
  const SymbolTable &symbols;
  /// What each global holds at the place that the conversion has come to.
  DenseMap<StringAttr, Value> current;
};

LogicalResult ModelGlobals::run() {
  Names stored = findStored(model);
  Block &body = model.getBody().front();
  if (failed(convert(body)))
    return failure();
  OpBuilder b(body.getTerminator());
  for (StringAttr name : stored)
    WriteOp::create(b, model.getLoc(), current[name], name.getValue());
  return success();
}

/// A global that nothing has stored yet is read at the beginning of the model.
Value ModelGlobals::getCurrent(StringAttr name) {
  Value &value = current[name];
  if (!value) {
    OpBuilder b = OpBuilder::atBlockBegin(&model.getBody().front());
    auto global = symbols.lookup<GlobalOp>(name);
    value =
        ReadOp::create(b, global.getLoc(), global.getType(), name.getValue());
  }
  return value;
}

SmallVector<Value> ModelGlobals::getCurrent(const Names &names) {
  return llvm::map_to_vector(names,
                             [&](StringAttr name) { return getCurrent(name); });
}

void ModelGlobals::setCurrent(const Names &names, ValueRange values) {
  for (auto [name, value] : llvm::zip_equal(names, values))
    current[name] = value;
}

LogicalResult ModelGlobals::convert(Block &block) {
  for (Operation &op : llvm::make_early_inc_range(block))
    if (failed(convert(&op)))
      return failure();
  return success();
}

LogicalResult ModelGlobals::convert(Operation *op) {
  if (SymbolRefAttr symbol = getGlobal(op)) {
    convertAccess(op, symbol);
    return success();
  }
  Names stored = findStored(op);
  if (isa<scf::IfOp, scf::IndexSwitchOp>(op) && !stored.empty())
    return convertBranches(op, stored);
  if (isa<scf::ForOp, scf::WhileOp>(op) && !stored.empty())
    return convertLoop(op, stored);
  if (!stored.empty())
    return op->emitOpError("stores @")
           << stored.front().getValue()
           << " in a region; expected that of an if, a switch or a loop of scf";
  for (Region &region : op->getRegions())
    for (Block &block : region)
      if (failed(convert(block)))
        return failure();
  return success();
}

void ModelGlobals::convertAccess(Operation *op, SymbolRefAttr symbol) {
  StringAttr name = symbol.getLeafReference();
  auto global = symbols.lookup<GlobalOp>(name);
  OpBuilder b(op);
  if (auto store = dyn_cast<GlobalStoreOp>(op))
    current[name] = store.getValue();
  else if (global.getIsMutable())
    op->getResult(0).replaceAllUsesWith(getCurrent(name));
  else
    op->getResult(0).replaceAllUsesWith(arith::ConstantOp::create(
        b, op->getLoc(), cast<TypedAttr>(global.getValueAttr())));
  op->erase();
}

/// Converts the body of a region, which gives what it leaves in `stored` to the op
/// around it.
LogicalResult ModelGlobals::endRegion(Block &block, const Names &stored) {
  if (failed(convert(block)))
    return failure();
  Operation *end = block.getTerminator();
  end->insertOperands(end->getNumOperands(), getCurrent(stored));
  return success();
}

/// One of the regions runs.
LogicalResult ModelGlobals::convertBranches(Operation *op,
                                            const Names &stored) {
  SmallVector<Value> before = getCurrent(stored);
  for (Region &region : op->getRegions()) {
    if (region.empty()) {
      OpBuilder b = OpBuilder::atBlockBegin(&region.emplaceBlock());
      scf::YieldOp::create(b, op->getLoc());
    }
    setCurrent(stored, before);
    if (failed(endRegion(region.front(), stored)))
      return failure();
  }
  Operation *extended = extend(op, {}, ValueRange(before).getTypes());
  setCurrent(stored, extended->getResults().take_back(stored.size()));
  return success();
}

/// Each region passes on what it got: a `for` to itself, the regions of a `while` to
/// each other.
LogicalResult ModelGlobals::convertLoop(Operation *op, const Names &stored) {
  SmallVector<Value> before = getCurrent(stored);
  for (Region &region : op->getRegions()) {
    SmallVector<Value> carried;
    for (Value value : before)
      carried.push_back(
          region.front().addArgument(value.getType(), value.getLoc()));
    setCurrent(stored, carried);
    if (failed(endRegion(region.front(), stored)))
      return failure();
  }
  Operation *extended = extend(op, before, ValueRange(before).getTypes());
  setCurrent(stored, extended->getResults().take_back(stored.size()));
  return success();
}

struct ImportGlobals : impl::ImportGlobalsPassBase<ImportGlobals> {
  using Base::Base;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    SymbolTable symbols(module);
    if (failed(checkAccesses(symbols)))
      return signalPassFailure();
    bool areConverted = true;
    for (auto model : module.getOps<ModelOp>())
      areConverted &= succeeded(ModelGlobals(model, symbols).run());
    if (!areConverted)
      return signalPassFailure();
    for (auto global : llvm::make_early_inc_range(module.getOps<GlobalOp>())) {
      if (accessed.contains(global) && global.getIsMutable())
        makeState(global);
      global.erase();
    }
  }

private:
  LogicalResult checkAccesses(const SymbolTable &symbols);
  LogicalResult check(GlobalOp global);
  static void makeState(GlobalOp global);

  llvm::SmallPtrSet<Operation *, 8> accessed;
};

/// Reports what has no counterpart in a model.
LogicalResult ImportGlobals::checkAccesses(const SymbolTable &symbols) {
  accessed.clear();
  auto checkAccess = [&](Operation *op) -> LogicalResult {
    SymbolRefAttr symbol = getGlobal(op);
    if (!symbol || !op->getParentOfType<ModelOp>())
      return op->emitOpError("expected of ml_program only loads and stores of "
                             "globals, and these in a model");
    auto global = symbols.lookup<GlobalOp>(symbol.getRootReference());
    if (!global || !isa<FlatSymbolRefAttr>(symbol))
      return op->emitOpError("takes ")
             << symbol << ", which is no global of this module";
    return accessed.insert(global).second ? check(global) : success();
  };
  bool areRight = true;
  getOperation().walk([&](Operation *op) {
    if (isa_and_present<ml_program::MLProgramDialect>(op->getDialect()) &&
        !isa<GlobalOp>(op))
      areRight &= succeeded(checkAccess(op));
  });
  return success(areRight);
}

LogicalResult ImportGlobals::check(GlobalOp global) {
  auto type = dyn_cast<RankedTensorType>(global.getType());
  if (!type || !type.hasStaticShape() || type.getEncoding() ||
      !isStorable(type.getElementType()))
    return global.emitOpError("has the type ")
           << global.getType()
           << "; expected a tensor of numbers of static shape";
  Attribute value = global.getValueAttr();
  if (!value && global.getIsMutable())
    return success();
  auto elements = dyn_cast_if_present<ElementsAttr>(value);
  if (!elements || elements.getShapedType() != type)
    return global.emitOpError("expected a value of type ") << type;
  auto resource = dyn_cast<DenseResourceElementsAttr>(elements);
  bool isSplat;
  if (resource && global.getIsMutable() &&
      !DenseElementsAttr::isValidRawBuffer(type, resource.getData(), isSplat))
    return global.emitOpError("has ")
           << resource.getData().size() << " bytes for its value of type "
           << type;
  return success();
}

/// What has no value when it starts may have any: zeros, as every state.
void ImportGlobals::makeState(GlobalOp global) {
  OpBuilder b(global);
  auto value = cast_if_present<ElementsAttr>(global.getValueAttr());
  if (auto resource = dyn_cast_if_present<DenseResourceElementsAttr>(value))
    value = DenseElementsAttr::getFromRawBuffer(resource.getShapedType(),
                                                resource.getData());
  StateOp::create(b, global.getLoc(), global.getSymName(),
                  cast<RankedTensorType>(global.getType()), value, PlaceAttr());
}

} // namespace
} // namespace mlir::eke
