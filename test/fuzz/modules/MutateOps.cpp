//===- MutateOps.cpp - Other ops, operands and orders ---------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/fuzz/modules/Mutator.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace mlir::eke::test {

/// The values of the type of `value` that `user` may use, of its own block and of those
/// around.
static SmallVector<Value> findLike(Value value, Operation *user) {
  SmallVector<Value> found;
  auto add = [&](Value other) {
    if (other != value && other.getType() == value.getType())
      found.push_back(other);
  };
  for (Operation *at = user; at && at->getBlock(); at = at->getParentOp()) {
    llvm::for_each(at->getBlock()->getArguments(), add);
    for (Operation &before :
         llvm::make_range(at->getBlock()->begin(), at->getIterator()))
      llvm::for_each(before.getResults(), add);
  }
  return found;
}

/// A value for users of one that is to go: another, or a constant; null if there is none.
static Value findReplacement(Value value, Operation *op, Random &random) {
  SmallVector<Value> others = findLike(value, op);
  if (!others.empty())
    return random.pick(others);
  OpBuilder b(op);
  auto shaped = dyn_cast<RankedTensorType>(value.getType());
  if (shaped && !shaped.hasStaticShape())
    return {};
  Type element = getElementTypeOrSelf(value.getType());
  if (!element.isIntOrIndexOrFloat() || isa<MemRefType>(value.getType()))
    return {};
  TypedAttr one = isa<FloatType>(element)
                      ? TypedAttr(b.getFloatAttr(element, 1))
                      : b.getIntegerAttr(element, 1);
  if (shaped)
    one = DenseElementsAttr::get(shaped, Attribute(one));
  return arith::ConstantOp::create(b, op->getLoc(), one);
}

static void erase(Operation *op, Random &random) {
  for (Value result : op->getResults()) {
    if (result.use_empty())
      continue;
    Value other = findReplacement(result, op, random);
    if (!other)
      return;
    result.replaceAllUsesWith(other);
  }
  op->erase();
}

/// Uses the copy's results for some of the op's.
static void duplicate(Operation *op, Random &random) {
  Operation *copy = op->clone();
  op->getBlock()->getOperations().insertAfter(op->getIterator(), copy);
  for (auto [from, to] : llvm::zip(op->getResults(), copy->getResults()))
    from.replaceUsesWithIf(to, [&](OpOperand &use) {
      return use.getOwner() != copy && random.oneIn(2);
    });
}

static void changeOperand(Operation *op, Random &random) {
  if (op->getNumOperands() == 0)
    return;
  OpOperand &operand = op->getOpOperand(random.below(op->getNumOperands()));
  SmallVector<Value> others = findLike(operand.get(), op);
  if (!others.empty())
    operand.set(random.pick(others));
}

static void swapOperands(Operation *op, Random &random) {
  if (op->getNumOperands() < 2)
    return;
  unsigned a = random.below(op->getNumOperands());
  unsigned b = random.below(op->getNumOperands());
  Value first = op->getOperand(a), second = op->getOperand(b);
  if (first.getType() != second.getType())
    return;
  op->setOperand(a, second);
  op->setOperand(b, first);
}

static void move(Operation *op, Random &random) {
  auto &ops = op->getBlock()->getOperations();
  auto to = ops.begin();
  std::advance(to, random.below(ops.size()));
  if (to != op->getIterator())
    op->moveBefore(&*to);
}

/// Returns another value of the type of a result from the end of a block.
static void changeEnd(Operation *op, Random &random) {
  changeOperand(op->getBlock()->back().getNumOperands() > 0
                    ? &op->getBlock()->back()
                    : op,
                random);
}

void changeOps(ModuleOp module, Random &random) {
  SmallVector<Operation *> ops;
  module.walk([&](Operation *op) {
    if (op != module && op->getParentOp() != module)
      ops.push_back(op);
  });
  if (ops.empty())
    return;
  Operation *op = random.pick(ops);
  bool isTerminator = op == &op->getBlock()->back();
  switch (random.below(isTerminator ? 2 : 7)) {
  case 0:
    return changeOperand(op, random);
  case 1:
    return swapOperands(op, random);
  case 2:
    return erase(op, random);
  case 3:
  case 4:
    return duplicate(op, random);
  case 5:
    return move(op, random);
  default:
    return changeEnd(op, random);
  }
}

} // namespace mlir::eke::test
