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
// Group.cpp says which ops these are.
//
//===----------------------------------------------------------------------===//

#include "dialects/halide/HalideDialect.h"
#include "passes/Passes.h"
#include "passes/pipelines/ApproximateMath.h"
#include "passes/pipelines/DecomposeTensors.h"
#include "passes/pipelines/Group.h"
#include "passes/pipelines/PipelineBuilder.h"
#include "passes/pipelines/WidenHalves.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/StringSet.h"

namespace mlir::eke {

#define GEN_PASS_DEF_FORMPIPELINESPASS
#include "passes/Passes.h.inc"

using linalg::LinalgOp;

namespace {

using GroupMap = DenseMap<Operation *, Group *>;

/// The stages of the second of two products are called like those of the first, with
/// this behind: names are for people.
constexpr llvm::StringLiteral kTwinSuffix = "_2";

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

/// The group that `use` is computed by, or null.
Group *findGroupOf(OpOperand &use, const GroupMap &groupOf) {
  Operation *producer = use.get().getDefiningOp();
  return producer ? groupOf.lookup(producer) : nullptr;
}

/// The operands of `op` that are data for it.
SmallVector<OpOperand *> getOperandsRead(LinalgOp op) {
  SmallVector<OpOperand *> read = op.getDpsInputOperands();
  if (startsFromData(op))
    read.push_back(op.getDpsInitOperand(0));
  return read;
}

/// The group of a producer that `op` can join: of several, the last.
Group *findGroup(LinalgOp op, const GroupMap &groupOf) {
  Group *best = nullptr;
  for (OpOperand *use : getOperandsRead(op)) {
    Group *group = findGroupOf(*use, groupOf);
    if (!group || whyNotJoin(op, *group, *use))
      continue;
    if (!best || best->ops.back()->isBeforeInBlock(group->ops.back()))
      best = group;
  }
  return best;
}

/// The group of another product that `op` reads, which is like the one of `own`, or
/// null.
Group *findTwin(LinalgOp op, const Group &own, const GroupMap &groupOf) {
  if (!own.hasContraction() || op.getNumDpsInputs() != 2)
    return nullptr;
  for (OpOperand *input : op.getDpsInputOperands()) {
    Group *group = findGroupOf(*input, groupOf);
    if (group && group != &own && isTwin(op, *input, *group, own))
      return group;
  }
  return nullptr;
}

/// Moves the ops of `twin` in front of those of `group`.
void takeIn(Group &twin, Group &group, GroupMap &groupOf) {
  renameStages(group);
  for (LinalgOp op : twin.ops)
    groupOf[op] = &group;
  group.ops.insert(group.ops.begin(), twin.ops.begin(), twin.ops.end());
  twin.ops.clear();
}

/// Called after the layers and stage of its products, or else of its last op:
/// `decoder_1.down.dot`, `decoder_1.gate_up.dot`.
std::string nameOf(const Group &group, StringRef function) {
  auto product = llvm::find_if(group.ops, isContraction);
  LinalgOp op = product == group.ops.end() ? group.ops.back() : *product;
  std::string stage = getStage(op);
  std::string name = function.str();
  if (auto layer = op->getLoc()->findInstanceOf<NameLoc>())
    name += "." + layer.getName().str();
  if (LinalgOp twin = findStage(group, stage + kTwinSuffix.str()))
    if (auto layer = twin->getLoc()->findInstanceOf<NameLoc>())
      name += "_" + layer.getName().str();
  return name + "." + stage;
}

struct FormPipelines : impl::FormPipelinesPassBase<FormPipelines> {
  using Base::Base;

  void getDependentDialects(DialectRegistry &registry) const override {
    Base::getDependentDialects(registry);
    registry.insert<arith::ArithDialect, linalg::LinalgDialect,
                    math::MathDialect, tensor::TensorDialect>();
  }

  void runOnOperation() override {
    decomposeTensors(getOperation());
    widenHalves(getOperation());
    approximateMath(getOperation());
    getOperation().walk([&](halide::PipelineOp pipeline) {
      names.insert(pipeline.getKernelName().value_or(""));
    });
    getOperation().walk([&](func::FuncOp function) {
      SmallVector<Block *> blocks;
      function.walk([&](Block *block) {
        if (!isa<LinalgOp, halide::PipelineOp>(block->getParentOp()))
          blocks.push_back(block);
      });
      for (Block *block : blocks)
        formIn(*block, function.getName());
    });
    names.clear();
  }

private:
  void formIn(Block &block, StringRef function) {
    SmallVector<std::unique_ptr<Group>> groups;
    GroupMap groupOf;
    for (Operation &op : block) {
      if (!isStage(&op))
        continue;
      auto stage = cast<LinalgOp>(op);
      if (std::optional<std::string> reason = whyLeft(stage)) {
        remark::missed(
            op.getLoc(),
            remark::RemarkOpts::name("LeftAsLoops").category("pipeline"))
            << remark::reason("{0}", *reason);
        continue;
      }
      Group *group = findGroup(stage, groupOf);
      if (!group)
        group = groups.emplace_back(std::make_unique<Group>()).get();
      else if (Group *twin = findTwin(stage, *group, groupOf))
        takeIn(*twin, *group, groupOf);
      group->ops.push_back(stage);
      groupOf[&op] = group;
    }
    for (auto &group : groups)
      if (!group->ops.empty())
        buildPipeline(*group, makeUnique(nameOf(*group, function)));
  }

  /// `name`, with a number if another pipeline of the module has it.
  std::string makeUnique(const std::string &name) {
    std::string unique = name;
    for (unsigned number = 2; !names.insert(unique).second; ++number)
      unique = name + "_" + std::to_string(number);
    return unique;
  }

  llvm::StringSet<> names;
};

} // namespace
} // namespace mlir::eke
