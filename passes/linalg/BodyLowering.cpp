//===- BodyLowering.cpp - The body of a block or model --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/linalg/BodyLowering.h"

#include "dialects/eke/Format.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace mlir::eke {

static MemRefType bufferOf(RankedTensorType type) {
  return MemRefType::get(type.getShape(), type.getElementType());
}

SmallVector<Type> getBufferTypes(Type type, bool isWeight) {
  if (auto state = dyn_cast<StateType>(type))
    return {bufferOf(state.getTensor())};
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor)
    return {type};
  if (!isWeight)
    return {bufferOf(tensor)};
  PackedWeight packed = getPacked(tensor);
  SmallVector<Type> types{bufferOf(packed.values)};
  if (packed.scales)
    types.push_back(bufferOf(packed.scales));
  return types;
}

static Value toTensor(OpBuilder &b, Location loc, Value buffer) {
  auto type = cast<MemRefType>(buffer.getType());
  return bufferization::ToTensorOp::create(
      b, loc, RankedTensorType::get(type.getShape(), type.getElementType()),
      buffer, /*restrict=*/true);
}

/// Writes `tensor` to `buffer`.
static void store(OpBuilder &b, Location loc, Value tensor, Value buffer) {
  auto op = bufferization::MaterializeInDestinationOp::create(
      b, loc, /*result=*/Type(), tensor, buffer);
  op.setRestrict(true);
  op.setWritable(true);
}

LogicalResult BodyLowering::run(FunctionOpInterface source,
                                function_ref<bool(BlockArgument)> isWeight) {
  b.setInsertionPointToStart(function.addEntryBlock());
  bindArguments(source, isWeight);
  Block &body = source.getFunctionBody().front();
  llvm::DenseMap<Operation *, unsigned> chainAt;
  SmallVector<ApplyChain> chains = findApplyChains(body);
  for (auto [number, chain] : llvm::enumerate(chains))
    chainAt[chain.applies.front()] = number;

  for (Operation &op : body) {
    auto chain = chainAt.find(&op);
    if (chain != chainAt.end()) {
      if (failed(lowerChain(chains[chain->second], chain->second)))
        return failure();
    } else if (!isa<ApplyOp>(op) && failed(lowerOp(&op))) {
      return failure();
    }
  }
  return success();
}

/// Reports an operand that is read as a tensor and is a packed weight.
LogicalResult BodyLowering::checkTensors(Operation *op) {
  auto user = dyn_cast<WeightUser>(op);
  for (OpOperand &operand : op->getOpOperands()) {
    Value value = operand.get();
    bool mayBePacked = user && &user.getCompressibleWeight() == &operand;
    if (!mayBePacked && !isa<StateType>(value.getType()) &&
        !layers.tensors.contains(value))
      return op->emitOpError("takes operand ")
             << operand.getOperandNumber()
             << ", a weight that is packed, as a tensor";
  }
  return success();
}

LogicalResult BodyLowering::lowerOp(Operation *op) {
  if (failed(checkTensors(op)))
    return failure();
  if (auto yield = dyn_cast<YieldOp>(op))
    return lowerYield(yield);
  if (auto use = dyn_cast<UseOp>(op))
    return lowerUse(use);
  if (op->hasTrait<OpTrait::ConstantLike>()) {
    layers.tensors[op->getResult(0)] = b.clone(*op)->getResult(0);
    return success();
  }
  return layers.lower(op);
}

/// A model gets its position in memory, a block as a value.
static Value readPosition(OpBuilder &b, Location loc, Value argument) {
  if (argument.getType().isIndex())
    return argument;
  Value zero = arith::ConstantIndexOp::create(b, loc, 0);
  Value position = memref::LoadOp::create(b, loc, argument, zero);
  return arith::IndexCastOp::create(b, loc, b.getIndexType(), position);
}

void BodyLowering::bindArguments(FunctionOpInterface source,
                                 function_ref<bool(BlockArgument)> isWeight) {
  unsigned next = 0;
  for (BlockArgument argument : source.getArguments()) {
    Location loc = argument.getLoc();
    Type type = argument.getType();
    unsigned parts = getBufferTypes(type, isWeight(argument)).size();
    ValueRange buffers = function.getArguments().slice(next, parts);
    next += parts;
    for (Value buffer : buffers)
      buffer.setLoc(loc); // keeps the argument's name
    if (isWeight(argument))
      bindWeight(argument, buffers);
    else if (isa<StateType>(type))
      layers.states[argument] = buffers[0];
    else if (type.isIndex())
      layers.tensors[argument] = readPosition(b, loc, buffers[0]);
    else
      layers.tensors[argument] = toTensor(b, loc, buffers[0]);
  }
  firstOutput = next;
}

void BodyLowering::bindWeight(Value value, ValueRange parts) {
  WeightValue weight;
  weight.type = cast<RankedTensorType>(value.getType());
  weight.values = toTensor(b, value.getLoc(), parts[0]);
  if (parts.size() > 1)
    weight.scales = toTensor(b, value.getLoc(), parts[1]);
  layers.weights[value] = weight;
  if (!getFormat(weight.type))
    layers.tensors[value] = weight.values;
}

LogicalResult BodyLowering::lowerYield(YieldOp yield) {
  for (auto [index, value] : llvm::enumerate(yield.getValues()))
    store(b, yield.getLoc(), layers.tensors.lookup(value),
          function.getArgument(firstOutput + index));
  func::ReturnOp::create(b, yield.getLoc());
  return success();
}

LogicalResult BodyLowering::lowerUse(UseOp use) {
  Operation *symbol = module.lookupSymbol(use.getSymbolAttr());
  FailureOr<int64_t> place = getOffset(use, symbol);
  if (failed(place))
    return failure();
  Value offset = arith::ConstantIndexOp::create(b, use.getLoc(), *place);
  SmallVector<Value> views = viewsAt(use.getLoc(), symbol, offset);
  if (isa<StateOp>(symbol))
    layers.states[use.getResult()] = views[0];
  else
    bindWeight(use.getResult(), views);
  return success();
}

//===----------------------------------------------------------------------===//
// Places
//===----------------------------------------------------------------------===//

FailureOr<int64_t> BodyLowering::getOffset(Operation *user, Operation *symbol) {
  if (isa<StateOp>(symbol) && !function->hasAttr(kEntryAttr)) {
    user->emitOpError("uses state @")
        << SymbolTable::getSymbolName(symbol).getValue()
        << " inside a block, which takes its states as arguments";
    return failure();
  }
  auto place = symbol->getAttrOfType<PlaceAttr>("place");
  if (place)
    return place.getOffset();
  user->emitOpError("uses @")
      << SymbolTable::getSymbolName(symbol).getValue()
      << ", which has no place; run eke-place-weights first";
  return failure();
}

SmallVector<Value> BodyLowering::viewsAt(Location loc, Operation *symbol,
                                         Value offset) {
  auto view = [&](Value bytes, Value at, RankedTensorType type) -> Value {
    return memref::ViewOp::create(b, loc, bufferOf(type), bytes, at,
                                  ValueRange());
  };
  if (auto state = dyn_cast<StateOp>(symbol))
    return {
        view(function.getArguments().back(), offset, state.getTensorType())};

  auto global = module.lookupSymbol<memref::GlobalOp>(kImageSymbol);
  Value image = memref::GetGlobalOp::create(b, loc, global.getType(),
                                            global.getSymName());
  PackedWeight packed = getPacked(cast<WeightOp>(symbol).getTensorType());
  SmallVector<Value> views{view(image, offset, packed.values)};
  if (packed.scales) {
    Value distance =
        arith::ConstantIndexOp::create(b, loc, packed.scalesOffset);
    Value scales = arith::AddIOp::create(b, loc, offset, distance);
    views.push_back(view(image, scales, packed.scales));
  }
  return views;
}

//===----------------------------------------------------------------------===//
// Applies
//===----------------------------------------------------------------------===//

SmallVector<Operation *> BodyLowering::getBindings(ApplyOp apply) {
  SmallVector<Operation *> symbols;
  for (ArrayAttr names : {apply.getWeights(), apply.getStates()})
    for (auto name : names.getAsRange<FlatSymbolRefAttr>())
      symbols.push_back(module.lookupSymbol(name));
  return symbols;
}

/// Makes the constant table of a chain: a row for each apply, a column for the
/// offset of each weight and state that it binds.
FailureOr<std::string> BodyLowering::buildTable(const ApplyChain &chain,
                                                unsigned number) {
  SmallVector<int64_t> offsets;
  for (ApplyOp apply : chain.applies)
    for (Operation *symbol : getBindings(apply)) {
      FailureOr<int64_t> offset = getOffset(apply, symbol);
      if (failed(offset))
        return failure();
      offsets.push_back(*offset);
    }
  int64_t rows = chain.applies.size();
  SmallVector<int64_t> shape{rows, int64_t(offsets.size()) / rows};
  auto values = DenseElementsAttr::get(
      RankedTensorType::get(shape, b.getI64Type()), ArrayRef(offsets));
  std::string name = (function.getName() + "_table" + Twine(number)).str();
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(function);
  memref::GlobalOp::create(b, function.getLoc(), name,
                           b.getStringAttr("private"),
                           MemRefType::get(shape, b.getI64Type()), values,
                           /*constant=*/true, /*alignment=*/IntegerAttr());
  return name;
}

void BodyLowering::lowerChainStep(ApplyOp apply, Value tableRow,
                                  StringRef table, ArrayRef<Value> inputs,
                                  Value output) {
  Location loc = apply.getLoc();
  auto global = module.lookupSymbol<memref::GlobalOp>(table);
  Value offsets = memref::GetGlobalOp::create(b, loc, global.getType(), table);
  SmallVector<Value> arguments(inputs);
  for (auto [index, symbol] : llvm::enumerate(getBindings(apply))) {
    Value column = arith::ConstantIndexOp::create(b, loc, index);
    Value offset =
        memref::LoadOp::create(b, loc, offsets, ValueRange{tableRow, column});
    offset = arith::IndexCastOp::create(b, loc, b.getIndexType(), offset);
    llvm::append_range(arguments, viewsAt(loc, symbol, offset));
  }
  arguments.push_back(output);
  func::CallOp::create(b, loc, apply.getBlock(), TypeRange(), arguments);
}

LogicalResult BodyLowering::lowerChain(const ApplyChain &chain,
                                       unsigned number) {
  ApplyOp first = chain.applies.front();
  Location loc = first.getLoc();
  if (failed(checkTensors(first)))
    return failure();
  FailureOr<std::string> table = buildTable(chain, number);
  if (failed(table))
    return failure();

  MemRefType type = bufferOf(cast<RankedTensorType>(first.getType()));
  SmallVector<Value> inputs;
  for (Value input : first.getInputs()) {
    Value value = layers.tensors.lookup(input);
    auto tensor = dyn_cast<RankedTensorType>(value.getType());
    if (tensor) {
      Value buffer = memref::AllocOp::create(b, loc, bufferOf(tensor));
      store(b, loc, value, buffer);
      value = buffer;
    }
    inputs.push_back(value);
  }
  Value output = memref::AllocOp::create(b, loc, type);
  Value zero = arith::ConstantIndexOp::create(b, loc, 0);
  if (chain.applies.size() == 1) {
    lowerChainStep(first, zero, *table, inputs, output);
  } else {
    Value one = arith::ConstantIndexOp::create(b, loc, 1);
    Value count = arith::ConstantIndexOp::create(b, loc, chain.applies.size());
    auto loop = scf::ForOp::create(b, loc, zero, count, one);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    lowerChainStep(first, loop.getInductionVar(), *table, inputs, output);
    memref::CopyOp::create(b, loc, output, inputs[chain.carried]);
  }
  ApplyOp last = chain.applies.back();
  layers.tensors[last.getResult()] = toTensor(b, loc, output);
  return success();
}

} // namespace mlir::eke
