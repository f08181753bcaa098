//===- RefineShapes.cpp - Shapes that follow from operands ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   %d = tensor.dim %x, 0                  %d = 16
//   %e = tensor.empty(%d)      becomes     %e = tensor.empty() : tensor<16x…>
//   linalg.exp outs(%e)                    … -> tensor<16x…>
//
// By what an op is: one that writes to operands has their types, one element by
// element the shape of its operands; a loop is followed through its body. Others
// fold, or tell their extents through MLIR's interfaces.
//
//===----------------------------------------------------------------------===//

#include "passes/graph/RefineShapes.h"

#include "dialects/eke/EkeDialect.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "mlir/Interfaces/ShapedOpInterfaces.h"
#include "mlir/Interfaces/ValueBoundsOpInterface.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace mlir::eke {

bool isDynamicTensor(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && !tensor.hasStaticShape();
}

void skipCasts(Operation *op) {
  for (OpOperand &operand : op->getOpOperands()) {
    auto cast = operand.get().getDefiningOp<tensor::CastOp>();
    if (!cast || !tensor::canFoldIntoConsumerOp(cast))
      continue;
    operand.set(cast.getSource());
    if (cast->use_empty())
      cast.erase();
  }
}

/// Replaces an op that gives numbers by constants, if they are known.
static bool foldNumbers(Operation *op) {
  if (op->getNumResults() == 0 || op->hasTrait<OpTrait::ConstantLike>() ||
      !llvm::all_of(op->getResultTypes(),
                    [](Type type) { return type.isIntOrIndex(); }))
    return false;
  OpBuilder b(op);
  SmallVector<Value> folded;
  if (failed(b.tryFold(op, folded)) || folded.empty())
    return false;
  op->replaceAllUsesWith(folded);
  op->erase();
  return true;
}

/// `type` with the extents of `shape` where its own are dynamic.
static Type refine(Type type, ArrayRef<int64_t> shape) {
  auto tensor = cast<RankedTensorType>(type);
  SmallVector<int64_t> extents(tensor.getShape());
  for (auto [extent, known] : llvm::zip_equal(extents, shape))
    if (ShapedType::isDynamic(extent))
      extent = known;
  return tensor.clone(extents);
}

/// The shape of an op that works element by element, from its operands.
static void refineElementwise(Operation *op) {
  for (Value operand : op->getOperands())
    if (auto type = dyn_cast<RankedTensorType>(operand.getType()))
      for (Value result : op->getResults())
        if (isDynamicTensor(result.getType()))
          result.setType(refine(result.getType(), type.getShape()));
}

/// Replaces `op` by what MLIR makes of it now that its operands are known; its
/// users then read it through a cast. Returns true if that happened.
static bool canonicalize(Operation *op) {
  std::optional<RegisteredOperationName> name = op->getRegisteredInfo();
  if (!name)
    return false;
  RewritePatternSet patterns(op->getContext());
  name->getCanonicalizationPatterns(patterns, op->getContext());
  GreedyRewriteConfig config;
  config.setStrictness(GreedyRewriteStrictness::ExistingOps);
  bool isErased = false;
  (void)applyOpPatternsGreedily(op, std::move(patterns), config,
                                /*changed=*/nullptr, &isErased);
  return isErased;
}

/// Asks MLIR's interfaces for the extents of `result`.
static void refineByBounds(Value result) {
  auto type = cast<RankedTensorType>(result.getType());
  SmallVector<int64_t> shape(type.getShape());
  for (auto [dim, extent] : llvm::enumerate(shape))
    if (ShapedType::isDynamic(extent)) {
      FailureOr<int64_t> known = ValueBoundsConstraintSet::computeConstantBound(
          presburger::BoundType::EQ,
          ValueBoundsConstraintSet::Variable(result, dim));
      if (succeeded(known))
        extent = *known;
    }
  result.setType(type.clone(shape));
}

static LogicalResult refineRegions(Operation *op) {
  for (Region &region : op->getRegions())
    for (Block &block : region)
      for (Operation &inner : llvm::make_early_inc_range(block))
        if (failed(refineShapes(&inner)))
          return failure();
  return success();
}

/// What a loop carries has the types of its start, and its body keeps them.
static LogicalResult refineLoop(LoopLikeOpInterface loop) {
  for (auto [init, argument] :
       llvm::zip_equal(loop.getInits(), loop.getRegionIterArgs()))
    argument.setType(init.getType());
  if (failed(refineRegions(loop)))
    return failure();
  for (auto [init, yielded] :
       llvm::zip(loop.getInits(), loop.getYieldedValues()))
    if (init.getType() != yielded.getType())
      return loop.emitOpError("carries a tensor of type ")
             << init.getType() << " that its body makes " << yielded.getType();
  if (std::optional<ResultRange> results = loop.getLoopResults())
    for (auto [init, result] : llvm::zip_equal(loop.getInits(), *results))
      result.setType(init.getType());
  return success();
}

/// Branches give what their ends say, all the same.
static LogicalResult refineBranches(Operation *op) {
  if (failed(refineRegions(op)))
    return failure();
  bool isFirst = true;
  for (Region &region : op->getRegions()) {
    if (region.empty())
      continue;
    OperandRange given = region.front().getTerminator()->getOperands();
    if (given.size() != op->getNumResults())
      return success();
    for (auto [value, result] : llvm::zip_equal(given, op->getResults())) {
      if (!isDynamicTensor(result.getType()) &&
          result.getType() != value.getType())
        return op->emitOpError("has branches that give ")
               << result.getType() << " and " << value.getType();
      if (isFirst)
        result.setType(value.getType());
    }
    isFirst = false;
  }
  return success();
}

/// Reports an index of an extent that its tensor does not have, which upstream's bounds
/// of values would look up.
static LogicalResult checkDimension(Operation *op) {
  auto dim = dyn_cast<ShapedDimOpInterface>(op);
  std::optional<int64_t> index =
      dim ? getConstantIntValue(dim.getDimension()) : std::nullopt;
  if (!index)
    return success();
  auto type = dyn_cast<ShapedType>(dim.getShapedValue().getType());
  if (!type || !type.hasRank() || uint64_t(*index) < uint64_t(type.getRank()))
    return success();
  return op->emitOpError("asks for extent ") << *index << " of " << type;
}

LogicalResult refineShapes(Operation *op) {
  if (failed(checkDimension(op)))
    return failure();
  skipCasts(op);
  if (foldNumbers(op))
    return success();
  if (auto cast = dyn_cast<tensor::CastOp>(op);
      cast && isDynamicTensor(cast.getType()) &&
      !isDynamicTensor(cast.getSource().getType())) {
    cast.getResult().replaceAllUsesWith(cast.getSource());
    cast.erase();
    return success();
  }
  if (auto destination = dyn_cast<DestinationStyleOpInterface>(op)) {
    if (destination.hasPureTensorSemantics())
      for (auto [init, result] :
           llvm::zip(destination.getDpsInits(), op->getResults()))
        result.setType(init.getType());
    if (isa<OffsetSizeAndStrideOpInterface>(op) && canonicalize(op))
      return success();
    return refineRegions(op);
  }
  if (auto loop = dyn_cast<LoopLikeOpInterface>(op))
    return refineLoop(loop);
  if (isa<RegionBranchOpInterface>(op) && op->getNumResults() > 0)
    return refineBranches(op);
  if (failed(refineRegions(op)))
    return failure();
  if (llvm::none_of(op->getResultTypes(), isDynamicTensor))
    return success();
  if (OpTrait::hasElementwiseMappableTraits(op)) {
    refineElementwise(op);
    return success();
  }
  if (canonicalize(op))
    return success();
  for (Value result : op->getResults())
    if (isDynamicTensor(result.getType()))
      refineByBounds(result);
  return success();
}

} // namespace mlir::eke
