//===- ReduceOps.cpp - Drop ops while a module is interesting -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   %y = linalg.exp ins(%x) outs(%e)   becomes   %x, of the same type
//   %y = tensor.pad %x …               becomes   arith.constant dense<0.0>
//   what nothing uses                  goes
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/ReduceOps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Reducer/Tester.h"

namespace mlir::eke {

/// A value in place of one that an op computes, or null.
using Substitute = function_ref<Value(OpBuilder &, OpResult)>;

static Value findOperand(OpBuilder &, OpResult result) {
  for (Value operand : result.getOwner()->getOperands())
    if (operand.getType() == result.getType())
      return operand;
  return {};
}

static Value makeZeros(OpBuilder &b, OpResult result) {
  Type type = result.getType();
  auto tensor = dyn_cast<RankedTensorType>(type);
  bool isKnown = tensor ? tensor.hasStaticShape() && !tensor.getEncoding()
                        : type.isIntOrIndexOrFloat();
  if (!isKnown || !getElementTypeOrSelf(type).isIntOrIndexOrFloat() ||
      isa<arith::ConstantOp, tensor::EmptyOp>(result.getOwner()))
    return {};
  return arith::ConstantOp::create(b, result.getLoc(), b.getZeroAttr(type));
}

/// Replaces the results of `op`, and erases it. Fails where one has no substitute.
static LogicalResult replace(Operation *op, Substitute substitute) {
  OpBuilder b(op);
  SmallVector<Value> values;
  for (OpResult result : op->getResults()) {
    // What nothing uses needs none.
    values.push_back(result.use_empty() ? result : substitute(b, result));
    if (!values.back())
      return failure();
  }
  op->replaceAllUsesWith(values);
  op->erase();
  return success();
}

static Operation *findOp(ModuleOp module, unsigned number) {
  Operation *found = nullptr;
  module.walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (number-- > 0)
      return WalkResult::advance();
    found = op;
    return WalkResult::interrupt();
  });
  return found;
}

namespace {

struct ReduceOpsPass : PassWrapper<ReduceOpsPass, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(ReduceOpsPass)

  ReduceOpsPass() = default;
  ReduceOpsPass(const ReduceOpsPass &other) : PassWrapper(other) {}

  StringRef getArgument() const final { return "eke-reduce-ops"; }
  StringRef getDescription() const final {
    return "Drop ops while the module is interesting";
  }

  void runOnOperation() override {
    Tester tester(test, testArgs);
    if (tester.isInteresting(getOperation()).first !=
        Tester::Interestingness::True) {
      getOperation().emitError("is not interesting to begin with");
      return signalPassFailure();
    }
    while (dropOnce(tester))
      ;
  }

private:
  /// Goes over all ops, the last first: what it drops needs others no more. Says
  /// whether there was one to drop.
  bool dropOnce(const Tester &tester) {
    unsigned count = 0;
    getOperation().walk([&](Operation *) { ++count; });
    bool isChanged = false;
    for (unsigned number = count; --number > 0;) // 0 is the module
      isChanged |= tryEach(number, tester);
    return isChanged;
  }

  bool tryEach(unsigned number, const Tester &tester) {
    auto nothing = [](OpBuilder &, OpResult) { return Value(); };
    for (Substitute substitute :
         {Substitute(nothing), Substitute(findOperand), Substitute(makeZeros)})
      if (tryOne(number, substitute, tester))
        return true;
    return false;
  }

  bool tryOne(unsigned number, Substitute substitute, const Tester &tester) {
    OwningOpRef<ModuleOp> copy(getOperation().clone());
    Operation *op = findOp(*copy, number);
    if (!op || op->hasTrait<OpTrait::IsTerminator>() ||
        failed(replace(op, substitute)))
      return false;
    ScopedDiagnosticHandler quiet(&getContext(),
                                  [](Diagnostic &) { return success(); });
    if (failed(verify(*copy)) ||
        tester.isInteresting(*copy).first != Tester::Interestingness::True)
      return false;
    getOperation().getBodyRegion().takeBody(copy->getBodyRegion());
    return true;
  }

  Option<std::string> test{
      *this, "test",
      llvm::cl::desc("The program that says what is interesting")};
  ListOption<std::string> testArgs{*this, "test-arg",
                                   llvm::cl::desc("Arguments of that program")};
};

} // namespace

void registerReduceOpsPass() { PassRegistration<ReduceOpsPass>(); }

} // namespace mlir::eke
