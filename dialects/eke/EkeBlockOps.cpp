//===- EkeBlockOps.cpp - Blocks, models and applies -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/eke/EkeDialect.h"

#include "mlir/IR/Builders.h"
#include "mlir/Interfaces/FunctionImplementation.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace mlir::eke;

//===----------------------------------------------------------------------===//
// Syntax
//===----------------------------------------------------------------------===//

namespace {

/// What the syntax of a function says.
struct Signature {
  StringAttr name;
  SmallVector<OpAsmParser::Argument> args;
  SmallVector<Type> resultTypes;
  SmallVector<DictionaryAttr> resultAttrs;
};

} // namespace

static ParseResult parseArguments(OpAsmParser &parser, Signature &signature) {
  return parser.parseArgumentList(signature.args, AsmParser::Delimiter::Paren,
                                  /*allowType=*/true, /*allowAttrs=*/true);
}

/// Parses a further list of arguments behind `keyword`, if there is one. Sets
/// `count` to their number.
static ParseResult parseArguments(OpAsmParser &parser, StringRef keyword,
                                  Signature &signature, int64_t &count) {
  SmallVector<OpAsmParser::Argument> more;
  if (succeeded(parser.parseOptionalKeyword(keyword)) &&
      parser.parseArgumentList(more, AsmParser::Delimiter::Paren,
                               /*allowType=*/true, /*allowAttrs=*/true))
    return failure();
  count = more.size();
  llvm::append_range(signature.args, more);
  return success();
}

static ParseResult parseResults(OpAsmParser &parser, Signature &signature) {
  if (failed(parser.parseOptionalArrow()))
    return success();
  return call_interface_impl::parseFunctionResultList(
      parser, signature.resultTypes, signature.resultAttrs);
}

/// Parses the attributes and the body, and adds what `signature` says.
static ParseResult parseRest(OpAsmParser &parser, OperationState &result,
                             Signature &signature, StringAttr typeName,
                             StringAttr argAttrs, StringAttr resAttrs) {
  Builder &builder = parser.getBuilder();
  SmallVector<Type> types =
      llvm::map_to_vector(signature.args, [](const OpAsmParser::Argument &arg) {
        return arg.type;
      });
  result.addAttribute(typeName, TypeAttr::get(builder.getFunctionType(
                                    types, signature.resultTypes)));
  if (parser.parseOptionalAttrDictWithKeyword(result.attributes))
    return failure();
  call_interface_impl::addArgAndResultAttrs(builder, result, signature.args,
                                            signature.resultAttrs, argAttrs,
                                            resAttrs);
  return parser.parseRegion(*result.addRegion(), signature.args);
}

static DictionaryAttr getAttrs(ArrayAttr all, unsigned index) {
  return all ? cast<DictionaryAttr>(all[index]) : DictionaryAttr();
}

/// Prints `args` in parentheses, behind `keyword` if there is one.
static void printArguments(OpAsmPrinter &p, StringRef keyword,
                           ArrayRef<BlockArgument> args, ArrayAttr attrs) {
  if (args.empty() && !keyword.empty())
    return;
  p << keyword << '(';
  llvm::interleaveComma(args, p, [&](BlockArgument arg) {
    DictionaryAttr own = getAttrs(attrs, arg.getArgNumber());
    p.printRegionArgument(arg,
                          own ? own.getValue() : ArrayRef<NamedAttribute>());
  });
  p << ')';
}

static void printResults(OpAsmPrinter &p, ArrayRef<Type> types,
                         ArrayAttr attrs) {
  if (types.empty())
    return;
  bool isBare =
      types.size() == 1 && (!getAttrs(attrs, 0) || getAttrs(attrs, 0).empty());
  p << " -> " << (isBare ? "" : "(");
  llvm::interleaveComma(llvm::seq<size_t>(0, types.size()), p, [&](size_t i) {
    p << types[i];
    if (DictionaryAttr own = getAttrs(attrs, i))
      p.printOptionalAttrDict(own.getValue());
  });
  p << (isBare ? "" : ")");
}

static void printRest(OpAsmPrinter &p, FunctionOpInterface op,
                      ArrayRef<StringRef> elided) {
  p.printOptionalAttrDictWithKeyword(op->getAttrs(), elided);
  p << ' ';
  p.printRegion(op.getFunctionBody(), /*printEntryBlockArgs=*/false,
                /*printBlockTerminators=*/true);
}

//===----------------------------------------------------------------------===//
// What blocks and models have in common
//===----------------------------------------------------------------------===//

bool eke::isStorable(Type type) {
  if (type.isInteger())
    return llvm::is_contained({1, 8, 16, 32, 64}, type.getIntOrFloatBitWidth());
  return isa<FloatType>(type) &&
         llvm::is_contained({16, 32, 64}, type.getIntOrFloatBitWidth());
}

static bool isStorableTensor(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && isStorable(tensor.getElementType());
}

static LogicalResult verifyTerminator(FunctionOpInterface function) {
  Block &body = function.getFunctionBody().front();
  if (!body.empty() && isa<YieldOp>(body.back()))
    return success();
  return function.emitOpError("expected a body that ends with eke.yield");
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
// Blocks
//===----------------------------------------------------------------------===//

ParseResult BlockOp::parse(OpAsmParser &parser, OperationState &result) {
  Signature signature;
  int64_t weights = 0, states = 0;
  if (parser.parseSymbolName(signature.name, SymbolTable::getSymbolAttrName(),
                             result.attributes) ||
      parseArguments(parser, signature) ||
      parseArguments(parser, "weights", signature, weights) ||
      parseArguments(parser, "states", signature, states) ||
      parseResults(parser, signature))
    return failure();
  Builder &builder = parser.getBuilder();
  result.addAttribute(getWeightCountAttrName(result.name),
                      builder.getI64IntegerAttr(weights));
  result.addAttribute(getStateCountAttrName(result.name),
                      builder.getI64IntegerAttr(states));
  return parseRest(
      parser, result, signature, getFunctionTypeAttrName(result.name),
      getArgAttrsAttrName(result.name), getResAttrsAttrName(result.name));
}

void BlockOp::print(OpAsmPrinter &p) {
  p << ' ';
  p.printSymbolName(getName());
  printArguments(p, "", getInputs(), getArgAttrsAttr());
  printArguments(p, " weights", getWeights(), getArgAttrsAttr());
  printArguments(p, " states", getStates(), getArgAttrsAttr());
  printResults(p, getResultTypes(), getResAttrsAttr());
  printRest(p, *this,
            {SymbolTable::getSymbolAttrName(), getFunctionTypeAttrName(),
             getWeightCountAttrName(), getStateCountAttrName(),
             getArgAttrsAttrName(), getResAttrsAttrName()});
}

void BlockOp::build(OpBuilder &builder, OperationState &state, StringRef name,
                    FunctionType type, int64_t weights, int64_t states) {
  buildWithEntryBlock(builder, state, name, type,
                      {builder.getNamedAttr(getWeightCountAttrName(state.name),
                                            builder.getI64IntegerAttr(weights)),
                       builder.getNamedAttr(getStateCountAttrName(state.name),
                                            builder.getI64IntegerAttr(states))},
                      type.getInputs());
}

LogicalResult BlockOp::verify() {
  uint64_t count = getArgumentTypes().size(), weights = getWeightCount();
  if (weights > count || getStateCount() > count - weights) // (C1)
    return emitOpError("has ")
           << count << " arguments, but " << int64_t(weights) << " weights and "
           << int64_t(getStateCount()) << " states";
  ArrayRef<Type> bound =
      getArgumentTypes().take_back(weights + getStateCount());
  for (Type type : getArgumentTypes().drop_back(bound.size()))
    if (!isStorableTensor(type) && !type.isIntOrIndexOrFloat()) // (C2)
      return emitOpError("expected inputs that are tensors or scalars, got ")
             << type;
  for (Type type : bound)
    if (!isStorableTensor(type) ||
        !cast<RankedTensorType>(type).hasStaticShape()) // (C2)
      return emitOpError(
                 "expected weights and states that are static tensors, got ")
             << type;
  for (Type type : getResultTypes())
    if (!isStorableTensor(type)) // (C2)
      return emitOpError("expected results that are tensors, got ") << type;
  ArrayRef<Type> states = bound.take_back(getStateCount());
  if (getResultTypes().take_back(std::min<size_t>(
          states.size(), getResultTypes().size())) != states) // (C3)
    return emitOpError("has states of types ")
           << TypeRange(states) << ", but its results are "
           << TypeRange(getResultTypes());
  return success();
}

LogicalResult BlockOp::verifyRegions() {
  return verifyTerminator(*this);
} // (C4)

//===----------------------------------------------------------------------===//
// Models
//===----------------------------------------------------------------------===//

ParseResult ModelOp::parse(OpAsmParser &parser, OperationState &result) {
  Signature signature;
  if (parser.parseSymbolName(signature.name, SymbolTable::getSymbolAttrName(),
                             result.attributes) ||
      parseArguments(parser, signature) || parseResults(parser, signature))
    return failure();
  if (succeeded(parser.parseOptionalKeyword("rows"))) {
    SmallVector<int64_t> rows;
    if (parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, [&] {
          return parser.parseInteger(rows.emplace_back());
        }))
      return failure();
    result.addAttribute(getRowsAttrName(result.name),
                        parser.getBuilder().getDenseI64ArrayAttr(rows));
  }
  return parseRest(
      parser, result, signature, getFunctionTypeAttrName(result.name),
      getArgAttrsAttrName(result.name), getResAttrsAttrName(result.name));
}

void ModelOp::print(OpAsmPrinter &p) {
  p << ' ';
  p.printSymbolName(getName());
  printArguments(p, "", getArguments(), getArgAttrsAttr());
  printResults(p, getResultTypes(), getResAttrsAttr());
  if (std::optional<ArrayRef<int64_t>> rows = getRows()) {
    p << " rows [";
    llvm::interleaveComma(*rows, p);
    p << "]";
  }
  printRest(p, *this,
            {SymbolTable::getSymbolAttrName(), getFunctionTypeAttrName(),
             getRowsAttrName(), getArgAttrsAttrName(), getResAttrsAttrName()});
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
    if (!isStorableTensor(type) && !type.isIndex()) // (C1)
      return emitOpError("expected arguments of tensor or index type, got ")
             << type;
    isStatic &= type.isIndex() || cast<RankedTensorType>(type).hasStaticShape();
  }
  for (Type type : getResultTypes()) {
    if (!isStorableTensor(type)) // (C1)
      return emitOpError("expected results of tensor type, got ") << type;
    isStatic &= cast<RankedTensorType>(type).hasStaticShape();
  }
  if (std::optional<ArrayRef<int64_t>> rows = getRows()) {
    int64_t before = 0;
    for (int64_t row : *rows)
      if (row <= std::exchange(before, row) || !llvm::isInt<32>(row)) // (C2)
        return emitOpError("expected positive ascending rows below 2^31, got [")
               << *rows << "]";
  } else if (!isStatic) { // (C3)
    return emitOpError("has dynamic shapes but no rows");
  }
  return success();
}

/// Reports the second of two ops of `model` that name one state.
template <typename OpT>
static LogicalResult verifyOnce(ModelOp model, StringRef verb) {
  DenseMap<Attribute, OpT> first;
  for (OpT op : model.getOps<OpT>()) {
    auto [known, isNew] = first.try_emplace(op.getStateAttr(), op);
    if (isNew)
      continue;
    InFlightDiagnostic error = op.emitOpError()
                               << verb << op.getStateAttr() << " once more";
    error.attachNote(known->second.getLoc()) << "the first time is here";
    return error;
  }
  return success();
}

LogicalResult ModelOp::verifyRegions() {
  if (failed(verifyTerminator(*this))) // (C5)
    return failure();
  return success(succeeded(verifyOnce<ReadOp>(*this, "reads ")) &&
                 succeeded(verifyOnce<WriteOp>(*this, "writes "))); // (C4)
}

//===----------------------------------------------------------------------===//
// Applies
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

/// Reports values of a kind that are not those of the block.
static LogicalResult verifyOperands(ApplyOp apply, StringRef kind,
                                    TypeRange given,
                                    ArrayRef<BlockArgument> expected) {
  if (given.size() != expected.size())
    return apply.emitOpError("has ")
           << given.size() << ' ' << kind << ", but block "
           << apply.getBlockAttr() << " takes " << expected.size();
  for (auto [index, types] : llvm::enumerate(llvm::zip(given, expected))) {
    auto [type, argument] = types;
    if (!matches(type, argument.getType()))
      return apply.emitOpError("has ")
             << type << " as number " << index << " of its " << kind
             << ", but block " << apply.getBlockAttr() << " takes "
             << argument.getType();
  }
  return success();
}

static bool isWeightValue(Value value) {
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    auto block = dyn_cast<BlockOp>(argument.getOwner()->getParentOp());
    return block && llvm::is_contained(block.getWeights(), argument);
  }
  return value.getDefiningOp<UseOp>() != nullptr;
}

/// True if `block` applies `target`, directly or through others.
static bool reaches(BlockOp block, Operation *target,
                    SymbolTableCollection &symbols) {
  llvm::SmallSetVector<BlockOp, 4> reached;
  reached.insert(block);
  for (size_t i = 0; i < reached.size(); ++i) {
    BlockOp next = reached[i];
    if (next == target)
      return true;
    for (ApplyOp apply : next.getOps<ApplyOp>())
      if (auto applied = symbols.lookupNearestSymbolFrom<BlockOp>(
              apply, apply.getBlockAttr()))
        reached.insert(applied);
  }
  return false;
}

LogicalResult ApplyOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto block = symbols.lookupNearestSymbolFrom<BlockOp>(*this, getBlockAttr());
  if (!block) // (C1)
    return emitOpError() << getBlockAttr() << " is no eke.block";
  if (failed(verifyOperands(*this, "inputs", getInputs().getTypes(),
                            block.getInputs())) ||
      failed(verifyOperands(*this, "weights", getWeights().getTypes(),
                            block.getWeights())) ||
      failed(verifyOperands(*this, "states", getStates().getTypes(),
                            block.getStates()))) // (C2)
    return failure();
  for (auto [index, weight] : llvm::enumerate(getWeights()))
    if (!isWeightValue(weight)) // (C3)
      return emitOpError("expected weights from eke.use or of a block, but "
                         "number ")
             << index << " is another value";
  ArrayRef<Type> expected = block.getResultTypes();
  if (getNumResults() != expected.size() ||
      !llvm::all_of(llvm::zip(getResultTypes(), expected), [](auto types) {
        return matches(std::get<0>(types), std::get<1>(types));
      })) // (C4)
    return emitOpError("returns ")
           << getResultTypes() << ", but block " << getBlockAttr()
           << " returns " << TypeRange(expected);
  if (reaches(block, (*this)->getParentOp(), symbols)) // (C5)
    return emitOpError("stands in a block that ")
           << getBlockAttr() << " applies; expected no recursion";
  return success();
}
