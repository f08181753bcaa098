//===- ImportFunctions.cpp - Functions on tensors become models -----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   func.func @f(%x: tensor)      becomes     eke.model @f(%x: tensor {eke.name = …})
//   func.call @g(%x)                          what @g does
//   return %y                                 eke.yield %y
//
//===----------------------------------------------------------------------===//

#include "compiler/frontend/mlir/ImportPasses.h"
#include "dialects/eke/EkeDialect.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"

namespace mlir::eke {

#define GEN_PASS_DEF_IMPORTFUNCTIONSPASS
#include "compiler/frontend/mlir/ImportPasses.h.inc"

static bool isMemory(Type type) { return isa<BaseMemRefType>(type); }

/// Is `function` one that another tool meant as an entry? What takes buffers, or has
/// the signature of an entry, has been lowered already.
static bool isEntry(func::FuncOp function) {
  auto entry = function->getAttrOfType<EntryAttr>(kEntryAttr);
  return function.isPublic() && !function.isDeclaration() &&
         !(entry && entry.getName()) &&
         llvm::none_of(function.getArgumentTypes(), isMemory) &&
         llvm::none_of(function.getResultTypes(), isMemory);
}

/// A number goes through memory as a tensor of rank 0; a position stays.
static Type getModelType(Type type, bool isResult) {
  if (isa<TensorType>(type) || (type.isIndex() && !isResult))
    return type;
  return RankedTensorType::get({}, type);
}

static bool canBePassed(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  Type element = tensor ? tensor.getElementType() : type;
  return (!tensor || (tensor.hasStaticShape() && !tensor.getEncoding())) &&
         (isStorable(element) || (!tensor && type.isIndex()));
}

static LogicalResult checkTypes(func::FuncOp function) {
  bool isRight = true;
  auto check = [&](TypeRange types, StringRef what) {
    for (auto [index, type] : llvm::enumerate(types)) {
      if (canBePassed(type))
        continue;
      isRight = false;
      function.emitOpError("has ")
          << what << " " << index << " of type " << type
          << "; expected a tensor of numbers of static shape, or a number, "
             "in whole bytes";
    }
  };
  check(function.getArgumentTypes(), "argument");
  check(function.getResultTypes(), "result");
  return success(isRight);
}

namespace {

/// Puts the bodies of functions where they are called, callees first.
class CallExpander {
public:
  explicit CallExpander(ModuleOp module) : symbols(module) {}

  LogicalResult expandIn(func::FuncOp function);
  /// The functions whose calls have been replaced.
  ArrayRef<func::FuncOp> getExpanded() const { return expanded; }

private:
  LogicalResult expand(func::CallOp call);

  SymbolTable symbols;
  SmallVector<func::FuncOp> expanded, active;
  llvm::SmallPtrSet<Operation *, 8> done, failing;
};

/// Calls are few levels deep: a function that calls itself is an error.
LogicalResult CallExpander::expandIn(func::FuncOp function) {
  if (done.contains(function))
    return success();
  if (failing.contains(function)) // which has been said
    return failure();
  active.push_back(function);
  bool isExpanded = llvm::hasSingleElement(function.getBody());
  if (!isExpanded)
    function.emitOpError(
        "has several blocks; expected structured control flow");
  SmallVector<func::CallOp> calls;
  function.walk([&](func::CallOp call) { calls.push_back(call); });
  for (func::CallOp call : calls)
    isExpanded &= succeeded(expand(call));
  active.pop_back();
  (isExpanded ? done : failing).insert(function);
  return success(isExpanded);
}

LogicalResult CallExpander::expand(func::CallOp call) {
  auto callee = symbols.lookup<func::FuncOp>(call.getCallee());
  if (!callee || callee.isDeclaration())
    return call.emitOpError("calls @")
           << call.getCallee() << ", which has no body in this file";
  if (llvm::is_contained(active, callee))
    return call.emitOpError("calls @")
           << call.getCallee() << ", which calls itself";
  if (failed(expandIn(callee)))
    return failure();
  OpBuilder b(call);
  IRMapping mapping;
  mapping.map(callee.getArguments(), call.getOperands());
  for (Operation &op : callee.getBody().front().without_terminator())
    b.clone(op, mapping);
  SmallVector<Value> results = llvm::map_to_vector(
      callee.getBody().front().getTerminator()->getOperands(),
      [&](Value value) { return mapping.lookupOrDefault(value); });
  call.replaceAllUsesWith(results);
  call.erase();
  if (!llvm::is_contained(expanded, callee))
    expanded.push_back(callee);
  return success();
}

struct ImportFunctions : impl::ImportFunctionsPassBase<ImportFunctions> {
  using Base::Base;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto entries =
        llvm::filter_to_vector(module.getOps<func::FuncOp>(), isEntry);
    CallExpander calls(module);
    bool areRight = true;
    for (func::FuncOp function : entries) {
      areRight &= succeeded(checkTypes(function));
      areRight &= succeeded(calls.expandIn(function));
    }
    if (!areRight)
      return signalPassFailure();
    for (func::FuncOp function : entries)
      convert(function);
    for (func::FuncOp callee : llvm::reverse(calls.getExpanded()))
      if (!llvm::is_contained(entries, callee) &&
          SymbolTable::symbolKnownUseEmpty(callee, module))
        callee.erase();
    for (auto function :
         llvm::make_early_inc_range(module.getOps<func::FuncOp>()))
      if (function.isPrivate() && function.isDeclaration() &&
          SymbolTable::symbolKnownUseEmpty(function, module))
        function.erase();
  }

private:
  /// The attributes of the arguments or results of a model: names, and bounds.
  static ArrayAttr describe(func::FuncOp function, bool ofResults) {
    Builder b(function.getContext());
    SmallVector<Attribute> described;
    unsigned count =
        ofResults ? function.getNumResults() : function.getNumArguments();
    for (unsigned i = 0; i < count; ++i) {
      auto name = ofResults
                      ? function.getResultAttrOfType<StringAttr>(i, kNameAttr)
                      : function.getArgAttrOfType<StringAttr>(i, kNameAttr);
      if (!name && !ofResults)
        if (auto loc = dyn_cast<NameLoc>(function.getArgument(i).getLoc()))
          name = loc.getName();
      if (!name)
        name = b.getStringAttr((ofResults ? "out" : "arg") + Twine(i));
      NamedAttrList attrs;
      attrs.set(kNameAttr, name);
      if (!ofResults)
        if (auto bounds = function.getArgAttrOfType<BoundsAttr>(i, kBoundsAttr))
          attrs.set(kBoundsAttr, bounds);
      described.push_back(attrs.getDictionary(b.getContext()));
    }
    return b.getArrayAttr(described);
  }

  static void convert(func::FuncOp function) {
    OpBuilder b(function);
    SmallVector<Type> inputs, results;
    for (Type type : function.getArgumentTypes())
      inputs.push_back(getModelType(type, /*isResult=*/false));
    for (Type type : function.getResultTypes())
      results.push_back(getModelType(type, /*isResult=*/true));
    OperationState state(function.getLoc(), ModelOp::getOperationName());
    state.addAttribute(SymbolTable::getSymbolAttrName(),
                       function.getSymNameAttr());
    state.addAttribute(ModelOp::getFunctionTypeAttrName(state.name),
                       TypeAttr::get(b.getFunctionType(inputs, results)));
    state.addAttribute(ModelOp::getArgAttrsAttrName(state.name),
                       describe(function, /*ofResults=*/false));
    state.addAttribute(ModelOp::getResAttrsAttrName(state.name),
                       describe(function, /*ofResults=*/true));
    if (Attribute entry = function->getAttr(kEntryAttr))
      state.addAttribute(kEntryAttr, entry);
    state.addRegion()->takeBody(function.getBody());
    auto model = cast<ModelOp>(b.create(state));
    convertNumbers(model.getBody().front(), inputs, results);
    function.erase();
  }

  /// Takes numbers out of tensors at the start of `body`, and puts them into tensors
  /// at its end, which becomes that of a model.
  static void convertNumbers(Block &body, TypeRange inputs, TypeRange results) {
    OpBuilder b = OpBuilder::atBlockBegin(&body);
    for (auto [argument, type] : llvm::zip(body.getArguments(), inputs)) {
      if (argument.getType() == type)
        continue;
      argument.setType(type);
      auto number =
          tensor::ExtractOp::create(b, argument.getLoc(), argument, {});
      argument.replaceAllUsesExcept(number.getResult(), number);
    }
    Operation *end = body.getTerminator();
    b.setInsertionPoint(end);
    SmallVector<Value> values;
    for (auto [value, type] : llvm::zip(end->getOperands(), results)) {
      bool isNumber = value.getType() != type;
      values.push_back(isNumber ? tensor::FromElementsOp::create(
                                      b, end->getLoc(), type, value)
                                : value);
    }
    YieldOp::create(b, end->getLoc(), values);
    end->erase();
  }
};

} // namespace
} // namespace mlir::eke
