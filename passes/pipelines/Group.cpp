//===- Group.cpp - The ops of a pipeline to be ----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A group is either row-wise (reductions along a row and element-wise ops, in any
// number) or a product with a matrix and what follows element by element. What
// follows two products so has both in its group.
//
//===----------------------------------------------------------------------===//

#include "passes/pipelines/Group.h"

#include "dialects/halide/Expressible.h"
#include "passes/pipelines/MemoryOrder.h"
#include "passes/schedules/Classify.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/RegionUtils.h"

namespace mlir::eke {

using linalg::LinalgOp;

/// Is the operand read again and again, for other results? A window that moves over it
/// is.
static bool isReused(LinalgOp op, OpOperand &input) {
  AffineMap map = op.getMatchingIndexingMap(&input);
  if (!map.isProjectedPermutation(/*allowZeroInResults=*/true))
    return true;
  for (auto [loop, kind] : llvm::enumerate(op.getIteratorTypesArray()))
    if (kind == utils::IteratorType::parallel && !map.isFunctionOfDim(loop))
      return true;
  return false;
}

bool isContraction(LinalgOp op) {
  return op.getNumReductionLoops() > 0 && op.getNumDpsInputs() > 1 &&
         llvm::any_of(op.getDpsInputOperands(), [&](OpOperand *input) {
           return isa<RankedTensorType>(input->get().getType()) &&
                  isReused(op, *input);
         });
}

bool isElementwise(LinalgOp op) { return op.getNumReductionLoops() == 0; }

bool Group::hasContraction() const { return llvm::any_of(ops, isContraction); }

/// Does every user start from what `fill` writes?
static bool onlyStarts(linalg::FillOp fill) {
  return llvm::all_of(fill->getUses(), [](OpOperand &use) {
    auto user = dyn_cast<LinalgOp>(use.getOwner());
    return user && user->getNumResults() == 1 && user.isDpsInit(&use);
  });
}

/// Is it a piece of a larger tensor, such as the border of what is padded? A loop fills it
/// as fast as a kernel.
static bool isPiece(linalg::FillOp fill) {
  return llvm::all_of(fill->getUses(), [](OpOperand &use) {
    auto insert = dyn_cast<tensor::InsertSliceOp>(use.getOwner());
    return insert && use.get() == insert.getSource();
  });
}

bool isStage(Operation *op) {
  auto linalgOp = dyn_cast<LinalgOp>(op);
  if (!linalgOp || op->getNumResults() == 0 ||
      !llvm::all_of(op->getResultTypes(), llvm::IsaPred<RankedTensorType>))
    return false;
  auto fill = dyn_cast<linalg::FillOp>(op);
  return !fill || (!onlyStarts(fill) && !isPiece(fill));
}

linalg::FillOp getFill(LinalgOp op) {
  return op.getDpsInits()[0].getDefiningOp<linalg::FillOp>();
}

Value getTarget(LinalgOp op) {
  linalg::FillOp fill = getFill(op);
  return fill ? Value(fill.getOutputs()[0]) : op.getDpsInits()[0];
}

bool startsFromData(LinalgOp op) {
  return !getFill(op) && !getTarget(op).getDefiningOp<tensor::EmptyOp>() &&
         op.payloadUsesValueFromOperand(op.getDpsInitOperand(0));
}

static bool isConstant(Value value) {
  return matchPattern(value, m_Constant());
}

/// Why a value that the region of `op` takes from outside is none that a kernel gets.
static std::optional<std::string> whyNotTaken(Value value) {
  Type type = value.getType();
  if (isa<RankedTensorType>(type) || type.isIndex() || isConstant(value))
    return std::nullopt;
  if (isa<ShapedType>(type))
    return "it reads memory that is no tensor";
  return "it takes a scalar that is no index and known only when run";
}

std::optional<std::string> whyLeft(LinalgOp op) {
  if (op->getNumResults() != 1)
    return "it has several results";
  if (std::optional<std::string> reason = halide::whyNotStage(op))
    return reason;
  llvm::SetVector<Value> taken;
  getUsedValuesDefinedAbove(op->getRegions(), taken);
  for (OpOperand *input : op.getDpsInputOperands())
    taken.insert(input->get());
  if (linalg::FillOp fill = getFill(op))
    taken.insert(fill.getInputs()[0]);
  for (Value value : taken)
    if (std::optional<std::string> reason = whyNotTaken(value))
      return reason;
  return std::nullopt;
}

/// The group runs where its last op stands: nothing before may use what it computes,
/// or write to what it reads.
static std::optional<StringRef> whyNotMoved(const Group &group, LinalgOp op) {
  for (LinalgOp member : group.ops)
    for (Operation *user : member->getUsers()) {
      Operation *ancestor = op->getBlock()->findAncestorOpInBlock(*user);
      if (!group.contains(ancestor) && ancestor != op &&
          !op->isBeforeInBlock(ancestor))
        return StringRef("something in between needs the group's result");
    }
  llvm::SetVector<Value> buffers;
  LinalgOp last = group.ops.front();
  for (LinalgOp member : group.ops) {
    buffers.insert_range(findBuffersRead(member, isStage));
    last = last->isBeforeInBlock(member) ? member : last;
  }
  for (Operation *between = last->getNextNode(); between && between != op;
       between = between->getNextNode())
    if (mayWriteTo(between, buffers))
      return StringRef("something in between writes to what the group reads");
  return std::nullopt;
}

std::optional<StringRef> whyNotJoin(LinalgOp op, const Group &group,
                                    OpOperand &use) {
  auto producer = cast<LinalgOp>(use.get().getDefiningOp());
  if (std::optional<StringRef> reason = whyNotMoved(group, op))
    return reason;
  if (op.isDpsInit(&use)) {
    // What an op starts from is read once for each result, as by what follows.
    bool isOwn = group.ops.size() == 1 && isElementwise(producer) &&
                 producer->hasOneUse();
    return isOwn ? std::nullopt
                 : std::optional<StringRef>("it starts from what is stored");
  }
  if (!group.hasContraction()) {
    if (isContraction(op))
      return StringRef("a product reads its rows from memory");
    return std::nullopt;
  }
  if (!isElementwise(op)) {
    // Partial sums may be summed on, as long as nothing else needs them.
    bool sumsOn = producer->hasOneUse() && !isElementwise(producer);
    return sumsOn ? std::nullopt
                  : std::optional<StringRef>("a reduction follows a product");
  }
  if (!op.getMatchingIndexingMap(&use).isIdentity())
    return StringRef("the product's result is read out of place");
  if (!producer->hasOneUse())
    return StringRef("the product's result has to be stored anyway");
  return std::nullopt;
}

bool isTwin(LinalgOp op, OpOperand &use, const Group &group, const Group &own) {
  return isElementwise(op) && group.hasContraction() &&
         !whyNotJoin(op, group, use) &&
         llvm::equal(group.ops, own.ops, areAlike);
}

/// `arith.addf` → `addf`
static std::string withoutDialect(Operation *op) {
  return op->getName().stripDialect().str();
}

std::string getStage(LinalgOp op) {
  if (auto stage = op->getAttrOfType<StringAttr>(halide::stageAttrName))
    return stage.str();
  if (!isa<linalg::GenericOp, linalg::MapOp, linalg::ReduceOp>(op))
    return withoutDialect(op);
  Value result = op.getBlock()->getTerminator()->getOperand(0);
  Operation *last = result.getDefiningOp();
  return last && last->getBlock() == op.getBlock() ? withoutDialect(last)
                                                   : "copy";
}

void keepStage(LinalgOp op) {
  op->setAttr(halide::stageAttrName,
              StringAttr::get(op->getContext(), getStage(op)));
}

} // namespace mlir::eke
