//===- FormPipelines.cpp - Group linalg ops into pipelines ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   %a = linalg.generic (x)             %b = halide.pipeline ins(x) outs(e) {
//   %b = linalg.generic (%a)  becomes     %a = linalg.generic …
//                                         %b = linalg.generic … }
//
// A group is either row-wise (reductions along a row and element-wise ops, in any
// number) or a product with a matrix and what follows element by element. What
// follows two products so has both in its group.
//
//===----------------------------------------------------------------------===//

#include "dialects/halide/Expressible.h"
#include "dialects/halide/HalideDialect.h"
#include "passes/Passes.h"
#include "passes/schedules/Recipes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/RegionUtils.h"

namespace mlir::eke {

#define GEN_PASS_DEF_FORMPIPELINESPASS
#include "passes/Passes.h.inc"

using linalg::LinalgOp;

/// Adds products over a reduction loop, of two tensors or more.
static bool isContraction(LinalgOp op) {
  return op.getNumReductionLoops() > 0 && op.getNumDpsInputs() > 1;
}

static bool isElementwise(LinalgOp op) {
  return op.getNumReductionLoops() == 0;
}

/// A fill is part of the op that starts from it, not a stage of its own.
static bool isStage(Operation *op) {
  return isa<LinalgOp>(op) && !isa<linalg::FillOp>(op) &&
         op->getNumResults() == 1 &&
         isa<RankedTensorType>(op->getResult(0).getType());
}

/// The tensor that `op` writes to, whatever it was filled with before.
static Value getTarget(LinalgOp op) {
  Value init = op.getDpsInits()[0];
  auto fill = init.getDefiningOp<linalg::FillOp>();
  return fill ? Value(fill.getOutputs()[0]) : init;
}

static bool isUninitialized(Value tensor) {
  return tensor.getDefiningOp<tensor::EmptyOp>() != nullptr;
}

namespace {

struct Group {
  SmallVector<LinalgOp> ops;

  bool contains(Operation *op) const {
    return llvm::is_contained(ops, dyn_cast<LinalgOp>(op));
  }
  bool hasContraction() const { return llvm::any_of(ops, isContraction); }

  /// The group runs where its last op stands, so nothing before may use it.
  bool canMoveTo(Operation *op) const {
    for (LinalgOp member : ops)
      for (Operation *user : member->getUsers()) {
        Operation *ancestor = op->getBlock()->findAncestorOpInBlock(*user);
        if (!contains(ancestor) && ancestor != op &&
            !op->isBeforeInBlock(ancestor))
          return false;
      }
    return true;
  }
};

/// Why `op` cannot join `group`, whose result it reads, or nothing if it can.
std::optional<StringRef> whyNotJoin(LinalgOp op, const Group &group,
                                    LinalgOp producer) {
  if (!group.canMoveTo(op))
    return StringRef("something in between needs the group's result");
  if (!group.hasContraction()) {
    if (isContraction(op))
      return StringRef("a product reads its rows from memory");
    return std::nullopt;
  }
  if (!isElementwise(op)) {
    // Partial sums may be summed on, as long as nothing else needs them.
    bool sumsOn =
        producer->hasOneUse() && llvm::none_of(group.ops, isElementwise);
    return sumsOn ? std::nullopt
                  : std::optional<StringRef>("a reduction follows a product");
  }
  for (OpOperand *input : op.getDpsInputOperands())
    if (input->get().getDefiningOp() == producer.getOperation() &&
        !op.getMatchingIndexingMap(input).isIdentity())
      return StringRef("the product's result is read out of place");
  if (!producer->hasOneUse())
    return StringRef("the product's result has to be stored anyway");
  return std::nullopt;
}

/// Stages of one kind over loops of the same lengths.
bool areAlike(LinalgOp a, LinalgOp b) {
  return a->getAttr(halide::stageAttrName) ==
             b->getAttr(halide::stageAttrName) &&
         a.getStaticLoopRanges() == b.getStaticLoopRanges();
}

/// Can a group that computes one input of `op` be one with `own`, which `op` is
/// going to join and which computes another? They are products alike, so that the
/// loops of `op` are those of both.
bool isTwin(LinalgOp op, LinalgOp producer, const Group &group,
            const Group &own) {
  return isElementwise(op) && group.hasContraction() &&
         !whyNotJoin(op, group, producer) &&
         llvm::equal(group.ops, own.ops, areAlike);
}

StringRef getStage(LinalgOp op) {
  auto stage = op->getAttrOfType<StringAttr>(halide::stageAttrName);
  return stage ? stage.getValue() : StringRef("stage");
}

LinalgOp findStage(const Group &group, StringRef name) {
  for (LinalgOp op : group.ops)
    if (getStage(op) == name)
      return op;
  return nullptr;
}

/// Gives the stages names of their own beside those of a twin.
void renameStages(Group &group) {
  for (LinalgOp op : group.ops)
    if (auto stage = op->getAttrOfType<StringAttr>(halide::stageAttrName))
      op->setAttr(
          halide::stageAttrName,
          StringAttr::get(op->getContext(), stage.getValue() + kTwinSuffix));
}

/// Builds the pipeline of one group.
class PipelineBuilder {
public:
  PipelineBuilder(const Group &group, OpBuilder &b)
      : group(group), b(b), loc(LinalgOp(group.ops.back()).getLoc()) {}

  void build(StringRef name) {
    collectInputs();
    collectOutputs();
    SmallVector<Type> results = llvm::map_to_vector(
        outputs, [](LinalgOp op) { return op->getResult(0).getType(); });
    auto pipeline = halide::PipelineOp::create(b, loc, results,
                                               ins.getArrayRef(), outs, name);
    if (IntegerAttr multiple = findExtentMultiple())
      pipeline.setExtentMultipleAttr(multiple);
    Block &body = getBody(pipeline);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(&body);
    for (auto [value, argument] :
         llvm::zip(ins, body.getArguments().take_front(ins.size())))
      mapping.map(value, argument);
    for (LinalgOp op : group.ops)
      cloneStage(op, body);
    SmallVector<Value> yielded = llvm::map_to_vector(
        outputs, [&](LinalgOp op) { return mapping.lookup(op->getResult(0)); });
    halide::YieldOp::create(b, loc, yielded);
    for (auto [op, result] : llvm::zip(outputs, pipeline.getResults()))
      op->getResult(0).replaceUsesWithIf(result, [&](OpOperand &use) {
        return !group.contains(use.getOwner());
      });
    eraseStages();
  }

private:
  /// What divides all dynamic extents of the group, if its ops say the same.
  IntegerAttr findExtentMultiple() {
    IntegerAttr common;
    for (LinalgOp op : group.ops) {
      if (!op.hasDynamicShape())
        continue;
      auto multiple =
          op->getAttrOfType<IntegerAttr>(halide::extentMultipleAttrName);
      if (!multiple || (common && common != multiple))
        return {};
      common = multiple;
    }
    return common;
  }

  /// Erases the group's ops, and what only they started from.
  void eraseStages() {
    llvm::SetVector<Operation *> inits;
    for (LinalgOp op : group.ops) {
      Value init = op.getDpsInits()[0];
      if (auto fill = init.getDefiningOp<linalg::FillOp>()) {
        inits.insert(fill);
        init = fill.getOutputs()[0];
      }
      inits.insert(init.getDefiningOp());
    }
    for (LinalgOp op : llvm::reverse(group.ops))
      op.erase();
    for (Operation *init : inits)
      if (isOpTriviallyDead(init))
        init->erase();
  }

  static Block &getBody(halide::PipelineOp pipeline) {
    Region &region = pipeline.getBody();
    if (!region.empty())
      return region.front();
    Block &body = region.emplaceBlock();
    for (Value operand : pipeline->getOperands())
      body.addArgument(operand.getType(), operand.getLoc());
    return body;
  }

  void addInput(Value value) {
    Operation *producer = value.getDefiningOp();
    if (producer && group.contains(producer))
      return;
    Attribute constant;
    bool isScalar = !isa<ShapedType>(value.getType());
    if (isScalar && matchPattern(value, m_Constant(&constant)))
      return;
    ins.insert(value);
  }

  /// Sizes of an uninitialised tensor of unknown extents are inputs too.
  void addSizes(LinalgOp op) {
    if (auto empty = getTarget(op).getDefiningOp<tensor::EmptyOp>())
      for (Value size : empty.getDynamicSizes())
        addInput(size);
  }

  void collectInputs() {
    for (LinalgOp op : group.ops) {
      for (OpOperand *input : op.getDpsInputOperands())
        addInput(input->get());
      llvm::SetVector<Value> captured;
      getUsedValuesDefinedAbove(op->getRegions(), captured);
      for (Value value : captured)
        addInput(value);
      addSizes(op);
    }
  }

  void collectOutputs() {
    for (LinalgOp op : group.ops) {
      bool isUsedOutside = llvm::any_of(op->getUsers(), [&](Operation *user) {
        return !group.contains(user->getBlock() == op->getBlock()
                                   ? user
                                   : user->getBlock()->getParentOp());
      });
      if (!isUsedOutside)
        continue;
      outputs.push_back(op);
      // Of its own: two outputs that share one would seem to overwrite each other.
      outs.push_back(b.clone(*getTarget(op).getDefiningOp())->getResult(0));
    }
  }

  /// A copy inside the body of a constant, or the argument that stands for
  /// `value`.
  Value inBody(Value value) {
    if (Value known = mapping.lookupOrNull(value))
      return known;
    Operation *constant = b.clone(*value.getDefiningOp());
    mapping.map(value, constant->getResult(0));
    return constant->getResult(0);
  }

  /// Where the body's stage for `op` starts from.
  Value buildInit(LinalgOp op, Block &body) {
    auto fill = op.getDpsInits()[0].getDefiningOp<linalg::FillOp>();
    auto output = llvm::find(outputs, op);
    Value start;
    if (output != outputs.end())
      start = body.getArgument(ins.size() + (output - outputs.begin()));
    else
      start = buildEmpty(getTarget(op));
    if (!fill)
      return start;
    return linalg::FillOp::create(b, fill.getLoc(), inBody(fill.getInputs()[0]),
                                  start)
        .getResult(0);
  }

  Value buildEmpty(Value like) {
    auto type = cast<RankedTensorType>(like.getType());
    SmallVector<Value> sizes;
    if (auto empty = like.getDefiningOp<tensor::EmptyOp>())
      for (Value size : empty.getDynamicSizes())
        sizes.push_back(inBody(size));
    return tensor::EmptyOp::create(b, like.getLoc(), type, sizes);
  }

  /// What follows a product element by element runs over the product's loops, and
  /// takes their names, by which schedules of products speak of them.
  void takeLoopNames(LinalgOp op, Operation *copy) {
    if (!group.hasContraction() || !isElementwise(op))
      return;
    for (OpOperand *input : op.getDpsInputOperands()) {
      Operation *producer = input->get().getDefiningOp();
      if (!producer || !group.contains(producer))
        continue;
      // Its copy, which may have taken names over as well.
      auto names = mapping.lookup(input->get())
                       .getDefiningOp()
                       ->getAttrOfType<ArrayAttr>(halide::varsAttrName);
      if (names && names.size() >= op.getNumLoops())
        copy->setAttr(
            halide::varsAttrName,
            b.getArrayAttr(names.getValue().take_front(op.getNumLoops())));
      return;
    }
  }

  void cloneStage(LinalgOp op, Block &body) {
    llvm::SetVector<Value> captured;
    getUsedValuesDefinedAbove(op->getRegions(), captured);
    for (Value value : captured)
      inBody(value);
    Value init = buildInit(op, body);
    Operation *copy = b.clone(*op, mapping);
    copy->removeAttr(halide::extentMultipleAttrName);
    takeLoopNames(op, copy);
    cast<LinalgOp>(copy).getDpsInitsMutable()[0].set(init);
    mapping.map(op->getResult(0), copy->getResult(0));
  }

  const Group &group;
  OpBuilder &b;
  Location loc;
  llvm::SetVector<Value> ins;
  SmallVector<Value> outs;
  SmallVector<LinalgOp> outputs;
  IRMapping mapping;
};

struct FormPipelines : impl::FormPipelinesPassBase<FormPipelines> {
  using Base::Base;

  void runOnOperation() override {
    getOperation().walk([&](func::FuncOp function) {
      for (Block &block : function.getBody())
        formIn(block, function.getName());
    });
  }

private:
  /// Why `op` stays outside of any pipeline, or nothing.
  static std::optional<StringRef> whyLeft(LinalgOp op) {
    if (!isUninitialized(getTarget(op)))
      return StringRef("it starts from existing data");
    llvm::SetVector<Value> captured;
    getUsedValuesDefinedAbove(op->getRegions(), captured);
    for (Value value : captured)
      if (!isa<ShapedType>(value.getType()) && !value.getType().isIndex() &&
          !matchPattern(value, m_Constant()))
        return StringRef("it captures a scalar that is no index");
    return std::nullopt;
  }

  void formIn(Block &block, StringRef function) {
    SmallVector<std::unique_ptr<Group>> groups;
    DenseMap<Operation *, Group *> groupOf;
    for (Operation &op : block) {
      if (!isStage(&op))
        continue;
      if (std::optional<StringRef> reason = whyLeft(cast<LinalgOp>(op))) {
        remark::missed(
            op.getLoc(),
            remark::RemarkOpts::name("LeftAsLoops").category("pipeline"))
            << remark::reason("{0}", *reason);
        continue;
      }
      Group *group = findGroup(cast<LinalgOp>(op), groupOf);
      if (!group)
        group = groups.emplace_back(std::make_unique<Group>()).get();
      else if (Group *twin = findTwin(cast<LinalgOp>(op), *group, groupOf))
        takeIn(*twin, *group, groupOf);
      group->ops.push_back(cast<LinalgOp>(op));
      groupOf[&op] = group;
    }
    for (auto &group : groups) {
      if (group->ops.empty())
        continue;
      OpBuilder b(group->ops.back());
      PipelineBuilder(*group, b).build(getName(*group, function));
    }
  }

  /// The group of a producer that `op` can join: of several, the last.
  static Group *findGroup(LinalgOp op,
                          const DenseMap<Operation *, Group *> &groupOf) {
    Group *best = nullptr;
    for (OpOperand *input : op.getDpsInputOperands()) {
      Operation *producer = input->get().getDefiningOp();
      Group *group = producer ? groupOf.lookup(producer) : nullptr;
      if (!group || whyNotJoin(op, *group, cast<LinalgOp>(producer)))
        continue;
      if (!best || best->ops.back()->isBeforeInBlock(group->ops.back()))
        best = group;
    }
    return best;
  }

  /// The group of another product that `op` reads, which is like the one of
  /// `own`, or null.
  static Group *findTwin(LinalgOp op, const Group &own,
                         const DenseMap<Operation *, Group *> &groupOf) {
    if (!own.hasContraction() || op.getNumDpsInputs() != 2)
      return nullptr;
    for (OpOperand *input : op.getDpsInputOperands()) {
      Operation *producer = input->get().getDefiningOp();
      Group *group = producer ? groupOf.lookup(producer) : nullptr;
      if (group && group != &own &&
          isTwin(op, cast<LinalgOp>(producer), *group, own))
        return group;
    }
    return nullptr;
  }

  /// Moves the ops of `twin` in front of those of `group`.
  static void takeIn(Group &twin, Group &group,
                     DenseMap<Operation *, Group *> &groupOf) {
    renameStages(group);
    for (LinalgOp op : twin.ops)
      groupOf[op] = &group;
    group.ops.insert(group.ops.begin(), twin.ops.begin(), twin.ops.end());
    twin.ops.clear();
  }

  /// Called after the layers and stage of its products, or else of its last op:
  /// `decoder_1.down.dot`, `decoder_1.gate_up.dot`.
  static std::string getName(const Group &group, StringRef function) {
    auto product = llvm::find_if(group.ops, isContraction);
    LinalgOp op = product == group.ops.end() ? group.ops.back() : *product;
    StringRef stage = getStage(op);
    std::string name = function.str();
    if (auto layer = op->getLoc()->findInstanceOf<NameLoc>())
      name += "." + layer.getName().str();
    if (LinalgOp twin = findStage(group, (stage + kTwinSuffix).str()))
      if (auto layer = twin->getLoc()->findInstanceOf<NameLoc>())
        name += "_" + layer.getName().str();
    return name + "." + stage.str();
  }
};

} // namespace
} // namespace mlir::eke
