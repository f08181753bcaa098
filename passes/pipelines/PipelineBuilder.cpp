//===- PipelineBuilder.cpp - From a group of ops to a pipeline ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Inputs are the tensors and indices that the ops take from outside; constants and
// fills move inside. Outputs are the results that something outside needs, each with
// an uninitialised tensor of its own.
//
//===----------------------------------------------------------------------===//

#include "passes/pipelines/PipelineBuilder.h"

#include "dialects/halide/HalideDialect.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/ADT/StringSet.h"

namespace mlir::eke {

using linalg::LinalgOp;

namespace {

class PipelineBuilder {
public:
  explicit PipelineBuilder(const Group &group)
      : group(group), b(group.ops.back()),
        loc(LinalgOp(group.ops.back()).getLoc()) {}

  void build(StringRef name);

private:
  IntegerAttr findExtentMultiple();
  void eraseStages();

  void addInput(Value value);
  void addSizes(LinalgOp op);
  void collectInputs();
  void collectOutputs();

  Value inBody(Value value);
  Value buildEmpty(Value like);
  Value buildInit(LinalgOp op, Block &body);
  void nameStage(LinalgOp op, Operation *copy);
  void takeLoopNames(LinalgOp op, Operation *copy);
  void cloneStage(LinalgOp op, Block &body);

  const Group &group;
  OpBuilder b;
  Location loc;
  llvm::SetVector<Value> ins;
  SmallVector<Value> outs;
  SmallVector<LinalgOp> outputs;
  llvm::StringSet<> stageNames;
  IRMapping mapping;
};

} // namespace

/// Is `value` a scalar that moves inside?
static bool isScalarConstant(Value value) {
  return !isa<ShapedType>(value.getType()) && matchPattern(value, m_Constant());
}

/// What divides all dynamic extents of the group, if its ops say the same.
IntegerAttr PipelineBuilder::findExtentMultiple() {
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

//===----------------------------------------------------------------------===//
// Outside
//===----------------------------------------------------------------------===//

void PipelineBuilder::addInput(Value value) {
  if (!group.contains(value.getDefiningOp()) && !isScalarConstant(value))
    ins.insert(value);
}

/// Sizes of an uninitialised tensor of unknown extents are inputs too.
void PipelineBuilder::addSizes(LinalgOp op) {
  if (auto empty = getTarget(op).getDefiningOp<tensor::EmptyOp>())
    for (Value size : empty.getDynamicSizes())
      addInput(size);
}

void PipelineBuilder::collectInputs() {
  for (LinalgOp op : group.ops) {
    for (OpOperand *input : op.getDpsInputOperands())
      addInput(input->get());
    if (startsFromData(op))
      addInput(op.getDpsInits()[0]);
    llvm::SetVector<Value> captured;
    getUsedValuesDefinedAbove(op->getRegions(), captured);
    for (Value value : captured)
      addInput(value);
    addSizes(op);
  }
}

/// An uninitialised tensor of the type of `like`, where `b` stands.
static Value createEmptyLike(OpBuilder &b, Value like) {
  if (auto empty = like.getDefiningOp<tensor::EmptyOp>())
    return b.clone(*empty)->getResult(0);
  auto type = cast<RankedTensorType>(like.getType());
  SmallVector<Value> sizes;
  for (auto [dim, size] : llvm::enumerate(type.getShape()))
    if (ShapedType::isDynamic(size))
      sizes.push_back(tensor::DimOp::create(b, like.getLoc(), like, dim));
  return tensor::EmptyOp::create(b, like.getLoc(), type, sizes);
}

void PipelineBuilder::collectOutputs() {
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
    outs.push_back(createEmptyLike(b, getTarget(op)));
  }
}

/// Erases the group's ops, and what only they started from.
void PipelineBuilder::eraseStages() {
  llvm::SetVector<Operation *> inits;
  for (LinalgOp op : group.ops) {
    if (linalg::FillOp fill = getFill(op))
      inits.insert(fill);
    if (Operation *target = getTarget(op).getDefiningOp())
      if (!group.contains(target))
        inits.insert(target);
  }
  for (LinalgOp op : llvm::reverse(group.ops))
    op.erase();
  for (Operation *init : inits)
    if (isOpTriviallyDead(init))
      init->erase();
}

//===----------------------------------------------------------------------===//
// Inside
//===----------------------------------------------------------------------===//

/// A copy inside the body of a constant, or the argument that stands for `value`.
Value PipelineBuilder::inBody(Value value) {
  if (Value known = mapping.lookupOrNull(value))
    return known;
  Operation *constant = b.clone(*value.getDefiningOp());
  mapping.map(value, constant->getResult(0));
  return constant->getResult(0);
}

Value PipelineBuilder::buildEmpty(Value like) {
  auto type = cast<RankedTensorType>(like.getType());
  SmallVector<Value> sizes;
  if (auto empty = like.getDefiningOp<tensor::EmptyOp>()) {
    for (Value size : empty.getDynamicSizes())
      sizes.push_back(inBody(size));
  } else {
    for (auto [dim, size] : llvm::enumerate(type.getShape()))
      if (ShapedType::isDynamic(size))
        sizes.push_back(
            tensor::DimOp::create(b, like.getLoc(), inBody(like), dim));
  }
  return tensor::EmptyOp::create(b, like.getLoc(), type, sizes);
}

/// Where the body's stage for `op` starts from.
Value PipelineBuilder::buildInit(LinalgOp op, Block &body) {
  if (startsFromData(op))
    return mapping.lookup(op.getDpsInits()[0]);
  auto output = llvm::find(outputs, op);
  Value start;
  if (output != outputs.end())
    start = body.getArgument(ins.size() + (output - outputs.begin()));
  else
    start = buildEmpty(getTarget(op));
  linalg::FillOp fill = getFill(op);
  if (!fill || isa<linalg::FillOp>(op))
    return start;
  return linalg::FillOp::create(b, fill.getLoc(), inBody(fill.getInputs()[0]),
                                start)
      .getResult(0);
}

void PipelineBuilder::nameStage(LinalgOp op, Operation *copy) {
  std::string base = getStage(op), name = base;
  for (unsigned number = 2; !stageNames.insert(name).second; ++number)
    name = base + std::to_string(number);
  copy->setAttr(halide::stageAttrName, b.getStringAttr(name));
}

/// What follows a product element by element runs over the product's loops, and
/// takes their names, by which schedules of products speak of them.
void PipelineBuilder::takeLoopNames(LinalgOp op, Operation *copy) {
  if (!group.hasContraction() || !isElementwise(op))
    return;
  for (OpOperand *input : op.getDpsInputOperands()) {
    if (!group.contains(input->get().getDefiningOp()))
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

void PipelineBuilder::cloneStage(LinalgOp op, Block &body) {
  llvm::SetVector<Value> taken;
  getUsedValuesDefinedAbove(op->getRegions(), taken);
  for (OpOperand *input : op.getDpsInputOperands())
    taken.insert(input->get());
  for (Value value : taken)
    inBody(value);
  Value init = buildInit(op, body);
  Operation *copy = b.clone(*op, mapping);
  copy->removeAttr(halide::extentMultipleAttrName);
  nameStage(op, copy);
  takeLoopNames(op, copy);
  cast<LinalgOp>(copy).getDpsInitsMutable()[0].set(init);
  mapping.map(op->getResult(0), copy->getResult(0));
}

static Block &getBody(halide::PipelineOp pipeline) {
  return pipeline.getBody().front();
}

void PipelineBuilder::build(StringRef name) {
  collectInputs();
  collectOutputs();
  SmallVector<Type> results = llvm::map_to_vector(
      outputs, [](LinalgOp op) { return op->getResult(0).getType(); });
  auto pipeline = halide::PipelineOp::create(b, loc, results, ins.getArrayRef(),
                                             outs, name);
  if (IntegerAttr multiple = findExtentMultiple())
    pipeline.setExtentMultipleAttr(multiple);
  Block &body = getBody(pipeline);
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

void buildPipeline(const Group &group, StringRef name) {
  PipelineBuilder(group).build(name);
}

} // namespace mlir::eke
