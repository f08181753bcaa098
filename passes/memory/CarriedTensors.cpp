//===- CarriedTensors.cpp - Tensors that loops and branches give ----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   scf.for iter_args(%h = %x) {          scf.for iter_args(%h = %x) {
//     %n = … new buffer                     %n = … new buffer
//     scf.yield %n             becomes      %c = materialize %n in %h
//   }                                       scf.yield %c
//
// The arena has no place for a buffer that leaves the region that allocates it.
//
//===----------------------------------------------------------------------===//

#include "passes/memory/CarriedTensors.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::eke {
namespace {

using bufferization::OneShotAnalysisState;

/// An operand of a terminator, and the value in whose buffer it has to end.
struct Carried {
  OpOperand *operand;
  Value destination;
};

bool isTensor(Value value) { return isa<RankedTensorType>(value.getType()); }

/// Pairs the operands of a terminator with values, one for each.
void pairUp(MutableArrayRef<OpOperand> operands, ValueRange destinations,
            SmallVectorImpl<Carried> &carried) {
  for (auto [operand, destination] : llvm::zip(operands, destinations))
    if (isTensor(destination) &&
        operand.get().getType() == destination.getType())
      carried.push_back({&operand, destination});
}

/// What the loop `op` carries around, if it is a loop.
SmallVector<Carried> getCarried(Operation *op) {
  SmallVector<Carried> carried;
  if (auto loop = dyn_cast<scf::WhileOp>(op)) {
    pairUp(loop.getConditionOp().getArgsMutable(), loop.getBeforeArguments(),
           carried);
    pairUp(loop.getYieldOp().getResultsMutable(), loop.getAfterArguments(),
           carried);
  } else if (auto loop = dyn_cast<LoopLikeOpInterface>(op)) {
    if (auto yielded = loop.getYieldedValuesMutable())
      pairUp(*yielded, loop.getRegionIterArgs(), carried);
  }
  return carried;
}

/// Ends the tensor of `carried` in the buffer of its destination.
void place(Carried carried) {
  Operation *terminator = carried.operand->getOwner();
  OpBuilder b(terminator);
  Value source = carried.operand->get();
  carried.operand->set(bufferization::MaterializeInDestinationOp::create(
                           b, terminator->getLoc(), source.getType(), source,
                           carried.destination)
                           .getResult());
}

/// A loop that turns its tensors around writes one before it reads the other:
/// such a tensor is copied first.
void protect(Carried carried, ArrayRef<Carried> all,
             const OneShotAnalysisState &state) {
  Value source = carried.operand->get();
  bool isOthers = llvm::any_of(all, [&](const Carried &other) {
    return other.destination != carried.destination &&
           state.areAliasingBufferizedValues(source, other.destination);
  });
  if (!isOthers)
    return;
  Operation *terminator = carried.operand->getOwner();
  OpBuilder b(terminator);
  auto copy = bufferization::AllocTensorOp::create(
      b, terminator->getLoc(), cast<RankedTensorType>(source.getType()),
      /*dynamicSizes=*/ValueRange(), /*copy=*/source);
  carried.operand->set(copy);
}

void placeInLoop(Operation *loop, const OneShotAnalysisState &state) {
  SmallVector<Carried> all = getCarried(loop);
  SmallVector<Carried> elsewhere =
      llvm::filter_to_vector(all, [&](const Carried &carried) {
        return !state.areEquivalentBufferizedValues(carried.operand->get(),
                                                    carried.destination);
      });
  for (const Carried &carried : elsewhere)
    protect(carried, all, state);
  for (const Carried &carried : elsewhere)
    place(carried);
}

/// Gives the results of a branch that come from two buffers one.
void placeInBranch(scf::IfOp branch, const OneShotAnalysisState &state) {
  for (OpResult result : branch.getResults()) {
    auto type = dyn_cast<RankedTensorType>(result.getType());
    if (!type || !type.hasStaticShape())
      continue;
    unsigned number = result.getResultNumber();
    OpOperand &taken = branch.thenYield()->getOpOperand(number);
    OpOperand &other = branch.elseYield()->getOpOperand(number);
    if (state.areEquivalentBufferizedValues(taken.get(), other.get()))
      continue;
    OpBuilder b(branch);
    Value destination = tensor::EmptyOp::create(
        b, branch.getLoc(), type.getShape(), type.getElementType());
    place({&taken, destination});
    place({&other, destination});
  }
}

} // namespace

LogicalResult
placeCarriedTensors(Operation *root,
                    const bufferization::OneShotBufferizationOptions &options) {
  OneShotAnalysisState state(root, options);
  if (failed(bufferization::analyzeOp(root, state)))
    return failure();
  root->walk([&](Operation *op) {
    if (auto branch = dyn_cast<scf::IfOp>(op))
      placeInBranch(branch, state);
    else
      placeInLoop(op, state);
  });
  return success();
}

} // namespace mlir::eke
