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

static Value toTensor(OpBuilder &b, Location loc, Value buffer,
                      bool isWritable = false) {
  auto type = cast<MemRefType>(buffer.getType());
  return bufferization::ToTensorOp::create(
      b, loc, RankedTensorType::get(type.getShape(), type.getElementType()),
      buffer, /*restrict=*/true, isWritable);
}

/// Writes `tensor` to `buffer`. What computes it may do so there.
static void store(OpBuilder &b, Location loc, Value tensor, Value buffer) {
  auto op = bufferization::MaterializeInDestinationOp::create(
      b, loc, /*result=*/Type(), tensor, buffer);
  op.setRestrict(true);
  op.setWritable(true);
}

/// The memory of a weight that has a place; null of a state, of which all are in one.
static StringAttr getImageMemory(Operation *symbol) {
  auto weight = dyn_cast<WeightOp>(symbol);
  return weight ? weight.getPlaceAttr().getMemory() : StringAttr();
}

LogicalResult BodyLowering::run() {
  b.setInsertionPointToStart(function.addEntryBlock());
  bindArguments();
  llvm::DenseMap<Operation *, unsigned> chainAt;
  SmallVector<ApplyChain> chains = findApplyChains(body, inPlace);
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
  auto apply = dyn_cast<ApplyOp>(op);
  for (OpOperand &operand : op->getOpOperands()) {
    Value value = operand.get();
    bool mayBePacked = user && &user.getCompressibleWeight() == &operand;
    mayBePacked |= apply && apply.isWeight(operand);
    if (!mayBePacked && !inPlace.contains(value) &&
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
  if (auto read = dyn_cast<ReadOp>(op))
    return lowerRead(read);
  if (isa<WriteOp>(op))
    return success(); // at the end
  return layers.lower(op);
}

/// A model gets its position in memory, a block as a value.
static Value readPosition(OpBuilder &b, Location loc, Value argument) {
  if (!isa<MemRefType>(argument.getType()))
    return argument;
  Value zero = arith::ConstantIndexOp::create(b, loc, 0);
  Value position = memref::LoadOp::create(b, loc, argument, zero);
  return arith::IndexCastOp::create(b, loc, b.getIndexType(), position);
}

void BodyLowering::bindArguments() {
  auto block = dyn_cast<BlockOp>(source.getOperation());
  unsigned next = 0;
  for (BlockArgument argument : source.getArguments()) {
    Location loc = argument.getLoc();
    Type type = argument.getType();
    bool isWeight = block && llvm::is_contained(block.getWeights(), argument);
    bool isState = block && llvm::is_contained(block.getStates(), argument);
    unsigned parts = getBufferTypes(type, isWeight).size();
    ValueRange given = function.getArguments().slice(next, parts);
    next += parts;
    for (Value buffer : given)
      buffer.setLoc(loc); // keeps the argument's name
    if (isWeight || isState)
      buffers[argument] = llvm::to_vector(given);
    if (isWeight)
      bindWeight(argument, given);
    else if (!isa<TensorType>(type))
      layers.tensors[argument] = readPosition(b, loc, given[0]);
    else if (!inPlace.contains(argument))
      layers.tensors[argument] = toTensor(b, loc, given[0], isState);
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
  if (failed(collectWrites(yield)))
    return failure();
  auto block = dyn_cast<BlockOp>(source.getOperation());
  unsigned count = block ? block.getValueCount() : yield.getValues().size();
  for (auto [index, value] :
       llvm::enumerate(yield.getValues().take_front(count)))
    store(b, yield.getLoc(), layers.tensors.lookup(value),
          function.getArgument(firstOutput + index));
  lowerWrites();
  func::ReturnOp::create(b, yield.getLoc());
  return success();
}

LogicalResult BodyLowering::lowerUse(UseOp use) {
  bool isTakenFromTable = llvm::all_of(use->getUses(), [](OpOperand &operand) {
    auto apply = dyn_cast<ApplyOp>(operand.getOwner());
    return apply && apply.isWeight(operand);
  });
  if (isTakenFromTable)
    return success();
  Operation *symbol = module.lookupSymbol(use.getSymbolAttr());
  FailureOr<int64_t> place = getOffset(use, symbol);
  if (failed(place))
    return failure();
  Value offset = arith::ConstantIndexOp::create(b, use.getLoc(), *place);
  Value image = getImage(use.getLoc(), getImageMemory(symbol));
  bindWeight(use.getResult(), viewsAt(use.getLoc(), symbol, image, offset));
  return success();
}

//===----------------------------------------------------------------------===//
// States
//===----------------------------------------------------------------------===//

FailureOr<Value> BodyLowering::getStateView(Operation *user,
                                            FlatSymbolRefAttr state) {
  Value &view = stateViews[state];
  if (view)
    return view;
  Operation *symbol = module.lookupSymbol(state);
  FailureOr<int64_t> place = getOffset(user, symbol);
  if (failed(place))
    return failure();
  Value offset = arith::ConstantIndexOp::create(b, user->getLoc(), *place);
  view = viewsAt(user->getLoc(), symbol, function.getArguments().back(),
                 offset)[0];
  return view;
}

LogicalResult BodyLowering::lowerRead(ReadOp read) {
  if (inPlace.contains(read.getResult()))
    return success();
  FailureOr<Value> view = getStateView(read, read.getStateAttr());
  if (failed(view))
    return failure();
  // What is not written keeps its value, whatever is computed from it.
  bool isWritten = llvm::any_of(body.getOps<WriteOp>(), [&](WriteOp write) {
    return write.getStateAttr() == read.getStateAttr();
  });
  layers.tensors[read.getResult()] =
      toTensor(b, read.getLoc(), *view, isWritten);
  return success();
}

/// Lists the new values of states that are not in their memory yet.
LogicalResult BodyLowering::collectWrites(YieldOp yield) {
  for (WriteOp write : body.getOps<WriteOp>()) {
    if (inPlace.contains(write.getValue()))
      continue;
    FailureOr<Value> view = getStateView(write, write.getStateAttr());
    if (failed(view))
      return failure();
    writes.push_back({write.getLoc(), write.getValue(), *view});
  }
  auto block = dyn_cast<BlockOp>(source.getOperation());
  if (!block)
    return success();
  for (auto [state, value] :
       llvm::zip(block.getStates(),
                 yield.getValues().take_back(block.getStateCount())))
    if (!inPlace.contains(value))
      writes.push_back({yield.getLoc(), value, buffers[state][0]});
  return success();
}

/// What is still read of the old values is for bufferisation to keep.
void BodyLowering::lowerWrites() {
  for (const Write &write : writes) {
    auto op = bufferization::MaterializeInDestinationOp::create(
        b, write.loc, /*result=*/Type(), layers.tensors.lookup(write.value),
        write.buffer);
    op.setWritable(true);
  }
}

//===----------------------------------------------------------------------===//
// Places
//===----------------------------------------------------------------------===//

FailureOr<int64_t> BodyLowering::getOffset(Operation *user, Operation *symbol) {
  auto place = symbol->getAttrOfType<PlaceAttr>("place");
  if (place)
    return place.getOffset();
  user->emitOpError("uses @")
      << SymbolTable::getSymbolName(symbol).getValue()
      << ", which has no place; run eke-place-weights first";
  return failure();
}

Value BodyLowering::getImage(Location loc, StringAttr memory) {
  auto image = llvm::find_if(images, [&](const WeightImage &image) {
    return image.memory == memory.getValue();
  });
  auto global = module.lookupSymbol<memref::GlobalOp>(image->getGlobalName());
  return memref::GetGlobalOp::create(b, loc, global.getType(),
                                     global.getSymName());
}

/// That of several images which has the number `which`.
Value BodyLowering::selectImage(Location loc, ArrayRef<StringAttr> memories,
                                Value which) {
  auto bytes = MemRefType::get({ShapedType::kDynamic}, b.getI8Type());
  auto image = [&](StringAttr memory) -> Value {
    return memref::CastOp::create(b, loc, bytes, getImage(loc, memory));
  };
  Value selected = image(memories.front());
  for (auto [number, memory] : llvm::enumerate(memories.drop_front())) {
    Value wanted = arith::ConstantIndexOp::create(b, loc, number + 1);
    Value isIt =
        arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, which, wanted);
    selected = arith::SelectOp::create(b, loc, isIt, image(memory), selected);
  }
  return selected;
}

SmallVector<Value> BodyLowering::viewsAt(Location loc, Operation *symbol,
                                         Value memory, Value offset) {
  auto view = [&](Value at, RankedTensorType type) -> Value {
    return memref::ViewOp::create(b, loc, bufferOf(type), memory, at,
                                  ValueRange());
  };
  if (auto state = dyn_cast<StateOp>(symbol))
    return {view(offset, state.getTensorType())};
  PackedWeight packed = getPacked(cast<WeightOp>(symbol).getTensorType());
  SmallVector<Value> views{view(offset, packed.values)};
  if (packed.scales) {
    Value distance =
        arith::ConstantIndexOp::create(b, loc, packed.scalesOffset);
    Value scales = arith::AddIOp::create(b, loc, offset, distance);
    views.push_back(view(scales, packed.scales));
  }
  return views;
}

//===----------------------------------------------------------------------===//
// Applies
//===----------------------------------------------------------------------===//

Value BodyLowering::alloc(Location loc, Type type) {
  return memref::AllocOp::create(b, loc,
                                 bufferOf(cast<RankedTensorType>(type)));
}

SmallVector<Operation *> BodyLowering::getSymbols(ApplyOp apply) {
  SmallVector<Operation *> symbols;
  for (Value weight : apply.getWeights()) {
    auto use = weight.getDefiningOp<UseOp>();
    symbols.push_back(use ? module.lookupSymbol(use.getSymbolAttr()) : nullptr);
  }
  for (OpOperand &state : apply.getStateOperands()) {
    Value origin = inPlace.getOrigin(state);
    auto read = origin ? origin.getDefiningOp<ReadOp>() : ReadOp();
    symbols.push_back(read ? module.lookupSymbol(read.getStateAttr())
                           : nullptr);
  }
  return symbols;
}

ArrayRef<Value> BodyLowering::getBuffers(OpOperand &operand) {
  auto copy = copies.find(&operand);
  if (copy != copies.end())
    return copy->second;
  Value origin = inPlace.getOrigin(operand);
  return buffers[origin ? origin : operand.get()];
}

/// Finds the memories of the weights and states that the applies of `chain` take turns in.
SmallVector<BodyLowering::Column>
BodyLowering::listColumns(const ApplyChain &chain) {
  SmallVector<Column> columns;
  for (ApplyOp apply : chain.applies)
    for (auto [number, symbol] : llvm::enumerate(getSymbols(apply))) {
      if (columns.size() == number)
        columns.emplace_back();
      Column &column = columns[number];
      StringAttr memory = symbol ? getImageMemory(symbol) : StringAttr();
      if (memory && !llvm::is_contained(column.memories, memory))
        column.memories.push_back(memory);
    }
  return columns;
}

/// Makes the constant table of a chain: a row for each apply, a column for the
/// offset of each weight and state that is a view, and one behind it for the number of
/// its memory if applies have it in several. Nothing if there are none.
FailureOr<BodyLowering::ChainTable>
BodyLowering::buildTable(const ApplyChain &chain, unsigned number) {
  for (ApplyOp apply : chain.applies)
    for (Operation *symbol : getSymbols(apply))
      if (symbol && failed(getOffset(apply, symbol)))
        return failure();
  ChainTable table{"", listColumns(chain)};
  SmallVector<int64_t> cells;
  for (ApplyOp apply : chain.applies)
    for (auto [symbol, column] :
         llvm::zip_equal(getSymbols(apply), table.columns)) {
      if (!symbol)
        continue;
      cells.push_back(*getOffset(apply, symbol));
      if (column.memories.size() > 1)
        cells.push_back(llvm::find(column.memories, getImageMemory(symbol)) -
                        column.memories.begin());
    }
  if (cells.empty())
    return table;
  int64_t rows = chain.applies.size();
  SmallVector<int64_t> shape{rows, int64_t(cells.size()) / rows};
  auto values = DenseElementsAttr::get(
      RankedTensorType::get(shape, b.getI64Type()), ArrayRef(cells));
  table.name = (function.getName() + "_table" + Twine(number)).str();
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(function);
  memref::GlobalOp::create(b, function.getLoc(), table.name,
                           b.getStringAttr("private"),
                           MemRefType::get(shape, b.getI64Type()), values,
                           /*constant=*/true, /*alignment=*/IntegerAttr());
  return table;
}

void BodyLowering::lowerChainStep(ApplyOp apply, Value tableRow,
                                  const ChainTable &table,
                                  ArrayRef<Value> inputs,
                                  ArrayRef<Value> outputs) {
  Location loc = apply.getLoc();
  Value cells;
  if (!table.name.empty())
    cells = memref::GetGlobalOp::create(
        b, loc, module.lookupSymbol<memref::GlobalOp>(table.name).getType(),
        table.name);
  SmallVector<Value> arguments(inputs);
  unsigned nextColumn = 0;
  auto readCell = [&] {
    Value column = arith::ConstantIndexOp::create(b, loc, nextColumn++);
    Value cell =
        memref::LoadOp::create(b, loc, cells, ValueRange{tableRow, column});
    return arith::IndexCastOp::create(b, loc, b.getIndexType(), cell);
  };
  for (auto [symbol, operand, column] : llvm::zip(
           getSymbols(apply), apply->getOpOperands().drop_front(inputs.size()),
           table.columns)) {
    if (!symbol) {
      llvm::append_range(arguments, getBuffers(operand));
      continue;
    }
    Value offset = readCell();
    Value memory = function.getArguments().back(); // of states
    if (column.memories.size() > 1)
      memory = selectImage(loc, column.memories, readCell());
    else if (!column.memories.empty())
      memory = getImage(loc, column.memories.front());
    llvm::append_range(arguments, viewsAt(loc, symbol, memory, offset));
  }
  llvm::append_range(arguments, outputs);
  func::CallOp::create(b, loc, apply.getBlock(), TypeRange(), arguments);
}

/// Gives every input of the first apply a buffer, and every state that it cannot work
/// on in place a copy.
SmallVector<Value> BodyLowering::collectInputs(const ApplyChain &chain) {
  ApplyOp first = chain.applies.front();
  Location loc = first.getLoc();
  auto copy = [&](Value value) {
    Value buffer = alloc(loc, value.getType());
    store(b, loc, value, buffer);
    return buffer;
  };
  SmallVector<Value> inputs;
  for (Value input : first.getInputs()) {
    Value value = layers.tensors.lookup(input);
    inputs.push_back(isa<TensorType>(value.getType()) ? copy(value) : value);
  }
  for (OpOperand &state : first.getStateOperands())
    if (!inPlace.getOrigin(state))
      copies[&state] = {copy(layers.tensors.lookup(state.get()))};
  return inputs;
}

LogicalResult BodyLowering::lowerChain(const ApplyChain &chain,
                                       unsigned number) {
  ApplyOp first = chain.applies.front(), last = chain.applies.back();
  Location loc = first.getLoc();
  if (failed(checkTensors(first)))
    return failure();
  FailureOr<ChainTable> table = buildTable(chain, number);
  if (failed(table))
    return failure();

  SmallVector<Value> inputs = collectInputs(chain);
  SmallVector<Value> outputs =
      llvm::map_to_vector(first.getValues(), [&](Value value) {
        return alloc(loc, value.getType());
      });
  Value zero = arith::ConstantIndexOp::create(b, loc, 0);
  if (chain.applies.size() == 1) {
    lowerChainStep(first, zero, *table, inputs, outputs);
  } else {
    Value one = arith::ConstantIndexOp::create(b, loc, 1);
    Value count = arith::ConstantIndexOp::create(b, loc, chain.applies.size());
    auto loop = scf::ForOp::create(b, loc, zero, count, one);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    lowerChainStep(first, loop.getInductionVar(), *table, inputs, outputs);
    for (auto [value, input] : chain.carried)
      memref::CopyOp::create(b, loc, outputs[value], inputs[input]);
  }
  for (auto [value, output] : llvm::zip(last.getValues(), outputs))
    layers.tensors[value] = toTensor(b, loc, output);
  for (auto [state, next] :
       llvm::zip(last.getStateOperands(), last.getNewStates()))
    if (!inPlace.getOrigin(state))
      layers.tensors[next] = toTensor(b, loc, getBuffers(state)[0],
                                      /*isWritable=*/true);
  return success();
}

} // namespace mlir::eke
