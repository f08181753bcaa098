//===- RerollBlocks.cpp - One block for layers that repeat ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   linear @a, silu, linear @b, silu
//
// becomes
//
//   block @step_block(%x) weights(%w) = linear %w, silu
//   apply @step_block weights(@a), apply @step_block weights(@b)
//
//===----------------------------------------------------------------------===//

#include "dialects/eke/EkeDialect.h"
#include "passes/Passes.h"
#include "passes/graph/Repeats.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/OperationSupport.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/MapVector.h"

namespace mlir::eke {

#define GEN_PASS_DEF_REROLLBLOCKSPASS
#include "passes/Passes.h.inc"

static remark::RemarkOpts remarkNamed(StringRef name) {
  return remark::RemarkOpts::name(name).category("reroll");
}

static bool hasDynamicRows(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.getRank() > 0 && tensor.isDynamicDim(0);
}

static bool areEquivalent(BlockOp a, BlockOp b) {
  return a.getFunctionType() == b.getFunctionType() &&
         a.getWeightCount() == b.getWeightCount() &&
         a.getStateCount() == b.getStateCount() && !a.getArgAttrs() &&
         !a.getResAttrs() &&
         OperationEquivalence::isRegionEquivalentTo(
             &a.getBody(), &b.getBody(), OperationEquivalence::IgnoreLocations);
}

namespace {

/// Makes a block of a stretch, and applies of its repetitions.
class Outliner {
public:
  Outliner(const Stretch &stretch, OpBuilder &b) : stretch(stretch), b(b) {
    collectParameters();
  }

  BlockOp buildBlock(StringRef name);
  void replaceBy(BlockOp block);

private:
  /// The groups of a block's parameters, in their order. Rows come first because
  /// an apply has the rows of its first input.
  enum Group { Carried, Rows, Other, Weights, States, GroupCount };

  /// What a parameter stands for: a value from outside, or the weights or states
  /// that the repetitions read there. Null stands for the value that is carried.
  using Key = PointerUnion<Attribute, Value>;

  std::optional<Group> getGroup(unsigned slot) const;
  Key getKey(unsigned slot) const;
  Value getOperand(unsigned slot, unsigned repetition) const;
  void collectParameters();
  SmallVector<Value> getBound(Group group, unsigned repetition) const;
  void updateWrites(ApplyOp apply, ArrayRef<Operation *> layers);
  void replaceResults(ApplyOp apply, ArrayRef<Operation *> layers);
  void eraseLayers();

  const Stretch &stretch;
  OpBuilder &b;
  /// The layer and the operand number of each source of the stretch.
  SmallVector<std::pair<unsigned, unsigned>> slots;
  /// The first slot of each parameter.
  llvm::MapVector<Key, unsigned> parameters[GroupCount];
  /// The value that the first repetition reads for the one that is carried.
  Value initial;
};

} // namespace

Value Outliner::getOperand(unsigned slot, unsigned repetition) const {
  auto [layer, operand] = slots[slot];
  return stretch.getRepetition(repetition)[layer]->getOperand(operand);
}

std::optional<Outliner::Group> Outliner::getGroup(unsigned slot) const {
  switch (stretch.sources[slot].kind) {
  case Source::Inside:
  case Source::Constant:
    return std::nullopt;
  case Source::Carried:
    return Carried;
  case Source::Outside:
    return hasDynamicRows(getOperand(slot, 0).getType()) ? Rows : Other;
  case Source::Weight:
    return Weights;
  case Source::State:
    return States;
  }
  llvm_unreachable("unknown source");
}

Outliner::Key Outliner::getKey(unsigned slot) const {
  switch (stretch.sources[slot].kind) {
  case Source::Outside:
    return getOperand(slot, 0);
  case Source::Weight: {
    SmallVector<Attribute> symbols;
    for (unsigned number = 0; number < stretch.repeats; ++number)
      symbols.push_back(
          getOperand(slot, number).getDefiningOp<UseOp>().getSymbolAttr());
    return Attribute(b.getArrayAttr(symbols));
  }
  case Source::State:
    return getOperand(slot, 0);
  default:
    return {};
  }
}

void Outliner::collectParameters() {
  for (auto [number, layer] : llvm::enumerate(stretch.getRepetition(0)))
    for (unsigned operand = 0; operand < layer->getNumOperands(); ++operand)
      slots.emplace_back(number, operand);
  for (unsigned slot = 0; slot < slots.size(); ++slot) {
    std::optional<Group> group = getGroup(slot);
    if (!group)
      continue;
    parameters[*group].insert({getKey(slot), slot});
    if (*group == Carried)
      initial = getOperand(slot, 0);
  }
}

BlockOp Outliner::buildBlock(StringRef name) {
  Operation *exit = stretch.layers[stretch.exit.layer];
  SmallVector<Type> types,
      results{exit->getResult(stretch.exit.result).getType()};
  for (auto &group : parameters)
    for (unsigned slot : llvm::make_second_range(group))
      types.push_back(getOperand(slot, 0).getType());
  size_t weights = parameters[Weights].size();
  size_t states = parameters[States].size();
  llvm::append_range(results, ArrayRef(types).take_back(states));
  auto block =
      BlockOp::create(b, stretch.layers.front()->getLoc(), name,
                      b.getFunctionType(types, results), weights, states);

  DenseMap<Key, Value> arguments;
  unsigned next = 0;
  for (auto &group : parameters)
    for (Key key : llvm::make_first_range(group))
      arguments[key] = block.getArgument(next++);

  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&block.getBody().front());
  SmallVector<Operation *> copies;
  DenseMap<Operation *, Value> constants;
  unsigned slot = 0;
  for (Operation *layer : stretch.getRepetition(0)) {
    SmallVector<Value> operands;
    for (Value operand : layer->getOperands()) {
      const Source &source = stretch.sources[slot];
      if (source.kind == Source::Inside) {
        operands.push_back(copies[source.index]->getResult(source.result));
      } else if (source.kind == Source::Constant) {
        Value &constant = constants[operand.getDefiningOp()];
        if (!constant)
          constant = b.clone(*operand.getDefiningOp())->getResult(0);
        operands.push_back(constant);
      } else {
        operands.push_back(arguments.lookup(getKey(slot)));
      }
      ++slot;
    }
    copies.push_back(b.clone(*layer));
    copies.back()->setOperands(operands);
  }
  auto find = [&](LayerResult result) {
    return copies[result.layer]->getResult(result.result);
  };
  SmallVector<Value> yielded{find(stretch.exit)};
  for (auto [state, result] : llvm::zip(block.getStates(), stretch.newStates))
    yielded.push_back(result ? Value(find(*result)) : Value(state));
  YieldOp::create(b, exit->getLoc(), yielded);
  return block;
}

/// What a repetition reads for the parameters of a group.
SmallVector<Value> Outliner::getBound(Group group, unsigned repetition) const {
  return llvm::map_to_vector(
      llvm::make_second_range(parameters[group]),
      [&](unsigned slot) { return getOperand(slot, repetition); });
}

/// Lets the writes of states, which `apply` takes, write what it returns instead of
/// what `layers` return, or of the old value.
void Outliner::updateWrites(ApplyOp apply, ArrayRef<Operation *> layers) {
  auto writes = apply->getParentOfType<ModelOp>().getOps<WriteOp>();
  for (auto [old, value, result] :
       llvm::zip(apply.getStates(), apply.getNewStates(), stretch.newStates)) {
    auto read = old.getDefiningOp<ReadOp>();
    if (!read)
      continue;
    Value before =
        result ? layers[result->layer]->getResult(result->result) : Value(old);
    auto write = llvm::find_if(writes, [&](WriteOp other) {
      return other.getStateAttr() == read.getStateAttr();
    });
    b.setInsertionPointAfter(apply);
    if (write == writes.end())
      WriteOp::create(b, read.getLoc(), value, read.getStateAttr());
    else if ((*write).getValue() == before)
      (*write).getValueMutable().set(value);
  }
}

/// Lets `apply` give what the layers of a repetition gave.
void Outliner::replaceResults(ApplyOp apply, ArrayRef<Operation *> layers) {
  auto find = [&](LayerResult result) {
    return layers[result.layer]->getResult(result.result);
  };
  updateWrites(apply, layers);
  find(stretch.exit).replaceAllUsesWith(apply.getResult(0));
  for (auto [result, value] :
       llvm::zip(stretch.newStates, apply.getNewStates()))
    if (result)
      find(*result).replaceAllUsesWith(value);
  // Writes may stand between the layers.
  Operation *last = layers.back();
  for (Value result : apply.getResults())
    for (Operation *user : result.getUsers())
      if (isa<WriteOp>(user)) {
        user->moveAfter(last);
        last = user;
      }
}

void Outliner::replaceBy(BlockOp block) {
  Value carried = initial;
  for (unsigned number = 0; number < stretch.repeats; ++number) {
    ArrayRef<Operation *> layers = stretch.getRepetition(number);
    SmallVector<Value> inputs;
    if (carried)
      inputs.push_back(carried);
    for (Group group : {Rows, Other}) // the same for all
      llvm::append_range(inputs, getBound(group, 0));
    SmallVector<Value> states = getBound(States, number);
    Operation *exit = layers[stretch.exit.layer];
    SmallVector<Type> types{exit->getResult(stretch.exit.result).getType()};
    llvm::append_range(types, ValueRange(states).getTypes());
    b.setInsertionPoint(layers.back());
    auto apply =
        ApplyOp::create(b, layers.front()->getLoc(), types, block.getSymName(),
                        inputs, getBound(Weights, number), states);
    replaceResults(apply, layers);
    if (carried)
      carried = apply.getResult(0);
  }
  eraseLayers();
}

/// Erases all repetitions, and what only they bound.
void Outliner::eraseLayers() {
  llvm::SetVector<Operation *> bindings;
  for (Operation *layer : llvm::reverse(stretch.layers)) {
    for (Value operand : layer->getOperands())
      if (Operation *producer = operand.getDefiningOp();
          producer && isBinding(producer))
        bindings.insert(producer);
    layer->erase();
  }
  for (Operation *binding : bindings)
    if (binding->use_empty())
      binding->erase();
}

namespace {

struct RerollBlocks : impl::RerollBlocksPassBase<RerollBlocks> {
  using Base::Base;

  void runOnOperation() override {
    if (minRepeats < 2) {
      getOperation().emitError("expected min-repeats of at least 2, got ")
          << minRepeats.getValue();
      return signalPassFailure();
    }
    symbols.emplace(getOperation());
    for (auto model : getOperation().getOps<ModelOp>())
      reroll(model);
  }

private:
  void reroll(ModelOp model) {
    Block &body = model.getBody().front();
    RefusedStretch refused;
    while (std::optional<Stretch> stretch =
               findRepeats(body, minRepeats, refused))
      outline(model, *stretch);
    if (refused.first)
      remark::missed(refused.first->getLoc(), remarkNamed("KeptFlat"))
          << remark::reason("{0}", refused.reason);
  }

  void outline(ModelOp model, const Stretch &stretch) {
    Location loc = stretch.layers.front()->getLoc();
    OpBuilder b(model);
    Outliner outliner(stretch, b);
    BlockOp block = outliner.buildBlock(getFreeName(model));
    for (auto other : getOperation().getOps<BlockOp>())
      if (other != block && areEquivalent(other, block)) {
        block.erase();
        block = other;
        break;
      }
    if (!symbols->lookup(block.getSymName()))
      symbols->insert(block);
    outliner.replaceBy(block);
    remark::passed(loc, remarkNamed("OutlinedBlock"))
        << remark::metric("block", block.getSymName())
        << remark::metric("layers", stretch.length)
        << remark::metric("repetitions", stretch.repeats);
  }

  /// @step_block, @step_block1, …, whichever is free.
  std::string getFreeName(ModelOp model) const {
    std::string name = (model.getSymName() + "_block").str(), free = name;
    for (unsigned number = 1; symbols->lookup(free); ++number)
      free = name + std::to_string(number);
    return free;
  }

  std::optional<SymbolTable> symbols;
};

} // namespace
} // namespace mlir::eke
