//===- EntryTraffic.cpp - What a call of an entry moves -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/energy/EntryTraffic.h"

#include "dialects/eke/Counts.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/LoopLikeInterface.h"

namespace mlir::eke {
namespace {

/// What a value of the model is in memory.
struct Source {
  Access::Kind kind;
  StringAttr symbol;
  int64_t value;
};

/// Does the op give no more than another look at its first operand?
bool isView(Operation *op) {
  return isa<tensor::ExtractSliceOp, tensor::CastOp, tensor::ExpandShapeOp,
             tensor::CollapseShapeOp, FoldOp, UnfoldOp>(op);
}

bool hasTensors(Operation *op) {
  auto isTensor = [](Type type) { return isa<RankedTensorType>(type); };
  return llvm::any_of(op->getOperandTypes(), isTensor) ||
         llvm::any_of(op->getResultTypes(), isTensor);
}

/// Walks an entry as it is executed.
class Walk {
public:
  explicit Walk(int64_t position) : position(position) {}

  void walk(Block &block, int64_t times) {
    for (Operation &op : block.without_terminator())
      visit(op, times);
  }

  EntryTraffic traffic;

private:
  void visit(Operation &op, int64_t times);
  void enterBlock(ApplyOp apply, int64_t times);
  bool enterLoop(LoopLikeOpInterface loop, int64_t times);
  void add(Operation &op, const Traffic &moved, int64_t times);
  void follow(Operation &op);

  Source getSource(mlir::Value value) {
    auto [it, isNew] =
        sources.try_emplace(value, Source{Access::Value, {}, values});
    values += isNew;
    return it->second;
  }

  const int64_t position;
  DenseMap<mlir::Value, Source> sources;
  int64_t values = 0;
  /// The applies of this body so far, and the numbers of those that it is in.
  int64_t applies = 0;
  std::string prefix;
};

/// New states are where the old ones are, views where what they show is.
void Walk::follow(Operation &op) {
  if (auto user = dyn_cast<StateUser>(op))
    for (auto [state, next] : llvm::zip(user.getStates(), user.getNewStates()))
      sources[next] = getSource(state);
  if (isView(&op))
    sources[op.getResult(0)] = getSource(op.getOperand(0));
}

void Walk::add(Operation &op, const Traffic &moved, int64_t times) {
  if (times == 0)
    return;
  LayerTraffic layer{
      &op, prefix + getLayerName(&op).str(), times, {}, moved.macs};
  auto access = [&](mlir::Value value, int64_t read, int64_t written) {
    if (read == 0 && written == 0)
      return;
    Source source = getSource(value);
    layer.accesses.push_back({source.kind, source.symbol, source.value,
                              getStoredBytes(value.getType()), read, written});
  };
  for (auto [operand, bytes] : llvm::zip(op.getOperands(), moved.read))
    access(operand, bytes, 0);
  for (auto [result, bytes] : llvm::zip(op.getResults(), moved.written))
    access(result, 0, bytes);
  bool computes = llvm::any_of(layer.macs, [](int64_t macs) { return macs; });
  if (!layer.accesses.empty() || computes)
    traffic.layers.push_back(std::move(layer));
}

void Walk::enterBlock(ApplyOp apply, int64_t times) {
  auto block = SymbolTable::lookupNearestSymbolFrom<BlockOp>(
      apply, apply.getBlockAttr());
  Block &body = block.getBody().front();
  for (auto [argument, operand] :
       llvm::zip(body.getArguments(), apply.getOperands()))
    sources[argument] = getSource(operand);
  std::string around = prefix;
  int64_t number = applies;
  prefix += std::to_string(number) + ".";
  applies = 0;
  walk(body, times);
  applies = number + 1;
  prefix = around;
  for (auto [result, yielded] :
       llvm::zip(apply.getResults(), body.getTerminator()->getOperands()))
    sources[result] = getSource(yielded);
  // Each execution has values of its own.
  body.walk([&](Operation *op) {
    for (mlir::Value result : op->getResults())
      sources.erase(result);
  });
}

/// Returns false if nobody knows how often the loop runs.
bool Walk::enterLoop(LoopLikeOpInterface loop, int64_t times) {
  std::optional<llvm::APInt> count = loop.getStaticTripCount();
  if (!count)
    return false;
  int64_t runs = count->getLimitedValue(INT64_MAX);
  auto inits = loop.getInits();
  for (auto [init, argument] : llvm::zip(inits, loop.getRegionIterArgs()))
    sources[argument] = getSource(init);
  for (Region *region : loop.getLoopRegions())
    for (Block &block : *region)
      walk(block, multiplyCounts(times, runs));
  // The last value of what is carried lies where the first did.
  if (std::optional<ResultRange> results = loop.getLoopResults())
    for (auto [init, result] : llvm::zip(inits, *results))
      sources[result] = getSource(init);
  return true;
}

void Walk::visit(Operation &op, int64_t times) {
  if (auto use = dyn_cast<UseOp>(op)) {
    sources[use.getResult()] = {Access::Weight, use.getSymbolAttr().getAttr(),
                                0};
    return;
  }
  if (auto read = dyn_cast<ReadOp>(op)) {
    sources[read.getResult()] = {Access::State, read.getStateAttr().getAttr(),
                                 0};
    return;
  }
  if (auto apply = dyn_cast<ApplyOp>(op))
    return enterBlock(apply, times);
  follow(op);
  if (auto counted = dyn_cast<TrafficInterface>(op))
    return add(op, counted.getTraffic(position), times);
  auto loop = dyn_cast<LoopLikeOpInterface>(op);
  if (loop && enterLoop(loop, times))
    return;
  if (!loop && op.hasTrait<OpTrait::Elementwise>())
    return add(op, readAndWriteAll(&op), times);
  bool isNothing =
      isView(&op) ||
      isa<WriteOp, tensor::EmptyOp, arith::ConstantOp, tensor::DimOp>(op);
  if (!isNothing && hasTensors(&op))
    traffic.unknown.push_back(&op);
}

} // namespace

StringRef getLayerName(Operation *op) {
  if (auto layer = op->getLoc()->findInstanceOf<NameLoc>())
    return layer.getName();
  return op->getName().stripDialect();
}

std::string getLayerKey(Operation *op) {
  if (auto layer = op->getLoc()->findInstanceOf<NameLoc>())
    return layer.getName().str();
  if (auto line = op->getLoc()->findInstanceOf<FileLineColLoc>())
    return (Twine(line.getLine()) + ":" + Twine(line.getColumn())).str();
  return "";
}

std::pair<StringRef, int64_t> getEntryName(ModelOp model) {
  int64_t rows = model.getRows() ? model.getRows()->front() : 1;
  StringRef name = model.getSymName();
  name.consume_back("_" + std::to_string(rows));
  return {name, rows};
}

EntryTraffic countTraffic(ModelOp model, int64_t position) {
  Walk walk(position);
  walk.walk(model.getBody().front(), 1);
  return std::move(walk.traffic);
}

int64_t countWeightBytes(ModelOp model) {
  int64_t bytes = 0;
  for (const LayerTraffic &layer : countTraffic(model).layers)
    for (const Access &access : layer.accesses)
      if (access.kind == Access::Weight)
        bytes = addCounts(bytes, multiplyCounts(layer.times, access.read));
  return bytes;
}

} // namespace mlir::eke
