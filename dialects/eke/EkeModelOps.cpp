//===- EkeModelOps.cpp - Weights, states, blocks, models ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/eke/EkeDialect.h"
#include "dialects/eke/Format.h"

#include "mlir/IR/Builders.h"
#include "mlir/Interfaces/FunctionImplementation.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::eke;

/// Reports a place in another memory than `memory`, or one out of line.
static LogicalResult verifyPlace(Operation *op, std::optional<PlaceAttr> place,
                                 StringRef memory) {
  if (!place ||
      (place->getMemory() == memory && place->getOffset() % kAlignment == 0))
    return success();
  return op->emitOpError("expected a place in memory '")
         << memory << "' at a multiple of " << kAlignment << " bytes, got "
         << *place;
}

LogicalResult WeightOp::verify() {
  RankedTensorType type = getTensorType();
  if (!type.hasStaticShape() || !type.getElementType().isF32()) // (C3)
    return emitOpError("expected a static tensor of f32, got ") << type;
  if (getPayloads().empty()) // (C4)
    return emitOpError("expected a payload");
  auto payloads = getPayloads().getAsRange<PayloadAttr>();
  PayloadAttr first = *payloads.begin();
  int64_t rows = type.getRank() == 0 ? 1 : type.getDimSize(0), length = 0;
  int64_t bytes = type.getNumElements() * first.getElementBytes();
  for (PayloadAttr payload : payloads) {
    if (payload.getElement() != first.getElement()) // (C4)
      return emitOpError("has payloads of ")
             << first.getElement() << " and of " << payload.getElement();
    if (getPayloads().size() > 1 && rows != 0 && bytes != 0 &&
        payload.getLength() % (bytes / rows) != 0) // (C4)
      return emitOpError("has rows of ")
             << bytes / rows << " bytes but a payload of "
             << payload.getLength();
    length += payload.getLength();
  }
  if (length != bytes) // (C1)
    return emitOpError("expected a payload of ")
           << bytes << " bytes for " << type << ", got " << length;
  return verifyPlace(*this, getPlace(), "image"); // (C2)
}

LogicalResult StateOp::verify() {
  if (!getTensorType().hasStaticShape()) // (C1)
    return emitOpError("expected a static shape, got ") << getTensorType();
  return verifyPlace(*this, getPlace(), "state"); // (C2)
}

LogicalResult UseOp::verifySymbolUses(SymbolTableCollection &symbols) {
  Operation *symbol = symbols.lookupNearestSymbolFrom(*this, getSymbolAttr());
  Type expected;
  if (auto weight = dyn_cast_if_present<WeightOp>(symbol))
    expected = weight.getTensorType();
  else if (auto state = dyn_cast_if_present<StateOp>(symbol))
    expected = StateType::get(getContext(), state.getTensorType());
  if (!expected) // (C1)
    return emitOpError() << getSymbolAttr() << " is no weight and no state";
  if (getResult().getType() != expected) // (C1)
    return emitOpError() << getSymbolAttr() << " has type " << expected
                         << ", used as " << getResult().getType();
  return success();
}

//===----------------------------------------------------------------------===//
// Blocks and models
//===----------------------------------------------------------------------===//

static ParseResult parseFunction(OpAsmParser &parser, OperationState &result,
                                 StringAttr typeName, StringAttr argAttrs,
                                 StringAttr resAttrs, StringAttr rowsName) {
  StringAttr name;
  SmallVector<OpAsmParser::Argument> args;
  SmallVector<Type> resultTypes;
  SmallVector<DictionaryAttr> resultAttrs;
  bool isVariadic = false;
  Builder &builder = parser.getBuilder();
  if (parser.parseSymbolName(name, SymbolTable::getSymbolAttrName(),
                             result.attributes) ||
      function_interface_impl::parseFunctionSignatureWithArguments(
          parser, /*allowVariadic=*/false, args, isVariadic, resultTypes,
          resultAttrs))
    return failure();
  SmallVector<Type> argTypes = llvm::map_to_vector(
      args, [](const OpAsmParser::Argument &arg) { return arg.type; });
  result.addAttribute(
      typeName, TypeAttr::get(builder.getFunctionType(argTypes, resultTypes)));
  if (rowsName && succeeded(parser.parseOptionalKeyword("rows"))) {
    SmallVector<int64_t> rows;
    if (parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, [&] {
          return parser.parseInteger(rows.emplace_back());
        }))
      return failure();
    result.addAttribute(rowsName, builder.getDenseI64ArrayAttr(rows));
  }
  if (parser.parseOptionalAttrDictWithKeyword(result.attributes))
    return failure();
  call_interface_impl::addArgAndResultAttrs(builder, result, args, resultAttrs,
                                            argAttrs, resAttrs);
  return parser.parseRegion(*result.addRegion(), args);
}

static void printFunction(OpAsmPrinter &p, FunctionOpInterface op,
                          StringAttr typeName, StringAttr argAttrs,
                          StringAttr resAttrs, StringAttr rowsName,
                          std::optional<ArrayRef<int64_t>> rows) {
  p << ' ';
  p.printSymbolName(op.getName());
  function_interface_impl::printFunctionSignature(
      p, op, op.getArgumentTypes(), /*isVariadic=*/false, op.getResultTypes());
  if (rows) {
    p << " rows [";
    llvm::interleaveComma(*rows, p);
    p << "]";
  }
  SmallVector<StringRef> elided{SymbolTable::getSymbolAttrName(), typeName,
                                argAttrs, resAttrs};
  if (rowsName)
    elided.push_back(rowsName);
  p.printOptionalAttrDictWithKeyword(op->getAttrs(), elided);
  p << ' ';
  p.printRegion(op.getFunctionBody(), /*printEntryBlockArgs=*/false,
                /*printBlockTerminators=*/true);
}

ParseResult BlockOp::parse(OpAsmParser &parser, OperationState &result) {
  return parseFunction(parser, result, getFunctionTypeAttrName(result.name),
                       getArgAttrsAttrName(result.name),
                       getResAttrsAttrName(result.name), {});
}

void BlockOp::print(OpAsmPrinter &p) {
  printFunction(p, *this, getFunctionTypeAttrName(), getArgAttrsAttrName(),
                getResAttrsAttrName(), {}, std::nullopt);
}

void BlockOp::build(OpBuilder &builder, OperationState &state, StringRef name,
                    FunctionType type) {
  buildWithEntryBlock(builder, state, name, type, {}, type.getInputs());
}

LogicalResult BlockOp::verify() {
  if (getNumResults() != 1) // (C1)
    return emitOpError("expected one result, got ") << getNumResults();
  return success();
}

ParseResult ModelOp::parse(OpAsmParser &parser, OperationState &result) {
  return parseFunction(parser, result, getFunctionTypeAttrName(result.name),
                       getArgAttrsAttrName(result.name),
                       getResAttrsAttrName(result.name),
                       getRowsAttrName(result.name));
}

void ModelOp::print(OpAsmPrinter &p) {
  printFunction(p, *this, getFunctionTypeAttrName(), getArgAttrsAttrName(),
                getResAttrsAttrName(), getRowsAttrName(), getRows());
}

void ModelOp::build(OpBuilder &builder, OperationState &state, StringRef name,
                    FunctionType type, ArrayRef<int64_t> rows) {
  buildWithEntryBlock(builder, state, name, type,
                      builder.getNamedAttr(getRowsAttrName(state.name),
                                           builder.getDenseI64ArrayAttr(rows)),
                      type.getInputs());
}

LogicalResult ModelOp::verify() {
  bool isStatic = true;
  for (Type type : getArgumentTypes()) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor && !type.isIndex()) // (C1)
      return emitOpError("expected arguments of tensor or index type, got ")
             << type;
    isStatic &= !tensor || tensor.hasStaticShape();
  }
  for (Type type : getResultTypes()) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor) // (C1)
      return emitOpError("expected results of tensor type, got ") << type;
    isStatic &= tensor.hasStaticShape();
  }
  if (std::optional<ArrayRef<int64_t>> rows = getRows()) {
    int64_t before = 0;
    for (int64_t row : *rows)
      if (row <= std::exchange(before, row)) // (C2)
        return emitOpError("expected positive ascending rows, got [")
               << *rows << "]";
  } else if (!isStatic) { // (C3)
    return emitOpError("has dynamic shapes but no rows");
  }
  return success();
}

LogicalResult YieldOp::verify() {
  auto function = cast<FunctionOpInterface>((*this)->getParentOp());
  if (getOperandTypes() != TypeRange(function.getResultTypes())) // (C1)
    return emitOpError("yields ")
           << getOperandTypes() << " but @" << function.getName() << " returns "
           << function.getResultTypes();
  return success();
}

//===----------------------------------------------------------------------===//
// Apply
//===----------------------------------------------------------------------===//

/// True if `given` may be passed where `expected` is declared: equal up to a
/// row count that one of them leaves open.
static bool matches(Type given, Type expected) {
  if (given == expected)
    return true;
  auto a = dyn_cast<RankedTensorType>(given);
  auto b = dyn_cast<RankedTensorType>(expected);
  return a && b && a.getEncoding() == b.getEncoding() &&
         a.getElementType() == b.getElementType() &&
         succeeded(verifyCompatibleShape(a, b));
}

LogicalResult ApplyOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto block = symbols.lookupNearestSymbolFrom<BlockOp>(*this, getBlockAttr());
  if (!block) // (C1)
    return emitOpError() << getBlockAttr() << " is no eke.block";
  SmallVector<Type> given(getInputs().getTypes());
  for (auto name : getWeights().getAsRange<FlatSymbolRefAttr>()) {
    auto weight = symbols.lookupNearestSymbolFrom<WeightOp>(*this, name);
    if (!weight) // (C3)
      return emitOpError() << name << " is no eke.weight";
    given.push_back(weight.getTensorType());
  }
  for (auto name : getStates().getAsRange<FlatSymbolRefAttr>()) {
    auto state = symbols.lookupNearestSymbolFrom<StateOp>(*this, name);
    if (!state) // (C3)
      return emitOpError() << name << " is no eke.state";
    given.push_back(StateType::get(getContext(), state.getTensorType()));
  }
  ArrayRef<Type> expected = block.getArgumentTypes();
  if (given.size() != expected.size()) // (C2)
    return emitOpError("binds ")
           << given.size() << " values, but block " << getBlockAttr() << " has "
           << expected.size() << " arguments";
  for (auto [index, types] : llvm::enumerate(llvm::zip(given, expected)))
    if (!matches(std::get<0>(types), std::get<1>(types))) // (C2)
      return emitOpError("binds ")
             << std::get<0>(types) << " to argument " << index << " of block "
             << getBlockAttr() << ", which has type " << std::get<1>(types);
  if (!matches(getType(), block.getResultTypes()[0])) // (C4)
    return emitOpError("has type ")
           << getType() << ", but block " << getBlockAttr() << " returns "
           << block.getResultTypes()[0];
  return success();
}
