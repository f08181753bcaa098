//===- LayerLowering.cpp - The ops of a body as linalg --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/linalg/LayerLowering.h"

#include "dialects/formats/Products.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/Support/SaveAndRestore.h"

namespace mlir::eke {

/// Reports a matrix of `op` that is not packed, or is no weight.
static LogicalResult checkWeight(Operation *op,
                                 const DenseMap<Value, WeightValue> &weights) {
  auto user = dyn_cast<WeightUser>(op);
  if (!user)
    return success();
  Value matrix = user.getCompressibleWeight().get();
  if (!getFormat(cast<RankedTensorType>(matrix.getType())))
    return op->emitOpError("reads a matrix without format, ")
           << matrix.getType() << "; run eke-choose-formats first";
  if (!weights.contains(matrix))
    return op->emitOpError("reads a matrix that is no weight");
  return success();
}

static bool isTensor(Value value) {
  return isa<RankedTensorType>(value.getType());
}

/// Does `op` work on tensors element by element?
static bool isElementwise(Operation *op) {
  return OpTrait::hasElementwiseMappableTraits(op) &&
         op->getNumResults() == 1 && isTensor(op->getResult(0));
}

/// Must `op`, or one inside, be lowered before it can be cloned?
static bool isLowered(Operation *op) {
  return isa_and_present<EkeDialect>(op->getDialect()) || isElementwise(op);
}

LogicalResult LayerLowering::lower(Operation *op) {
  if (auto layer = dyn_cast<LowersToLinalg>(op))
    return lowerLayer(layer);
  if (isa_and_present<EkeDialect>(op->getDialect()))
    return op->emitOpError("has no lowering to linalg");
  if (isElementwise(op))
    return lowerElementwise(op);
  return clone(op);
}

void LayerLowering::record(Operation *op, ValueRange results) {
  for (auto [from, to] : llvm::zip_equal(op->getResults(), results))
    tensors[from] = to;
}

LogicalResult LayerLowering::lowerLayer(LowersToLinalg op) {
  if (failed(checkWeight(op, weights)))
    return failure();
  FailureOr<SmallVector<Value>> results = op.lowerToLinalg(*this);
  if (failed(results))
    return failure();
  record(op, *results);
  return success();
}

//===----------------------------------------------------------------------===//
// Tensors as rows
//===----------------------------------------------------------------------===//

/// All dimensions of a tensor of `rank` but the last are the first of two.
static SmallVector<SmallVector<int64_t>> groupRows(int64_t rank) {
  SmallVector<SmallVector<int64_t>> groups(2);
  for (int64_t dim = 0; dim < rank - 1; ++dim)
    groups[0].push_back(dim);
  groups[1].push_back(rank - 1);
  return groups;
}

Value LayerLowering::getMatrix(LinalgBuilder &l, Value value) {
  Value tensor = tensors.lookup(value);
  RankedTensorType type = typeOf(tensor);
  int64_t rank = type.getRank();
  if (rank == 2)
    return tensor;
  if (Value known = views.matrices.lookup(tensor))
    return known;
  Value matrix;
  if (rank > 2)
    matrix = l.collapse(tensor, groupRows(rank));
  else if (rank == 1)
    matrix = l.expand(tensor, {1, type.getDimSize(0)}, {{0, 1}});
  else
    matrix = l.expand(tensor, {1, 1}, {});
  return views.matrices[tensor] = matrix;
}

Value LayerLowering::fromMatrix(LinalgBuilder &l, Value matrix,
                                RankedTensorType type) {
  int64_t rank = type.getRank();
  if (rank == 2)
    return matrix;
  Value tensor;
  if (rank > 2)
    tensor = l.expand(matrix, type.getShape(), groupRows(rank));
  else if (rank == 1)
    tensor = l.collapse(matrix, {{0, 1}});
  else
    tensor = l.collapse(matrix, {});
  views.matrices[tensor] = matrix;
  return tensor;
}

Value LayerLowering::getRows(LinalgBuilder &l, Value value) {
  Value matrix = getMatrix(l, value);
  if (typeOf(matrix).getElementType().isF32())
    return matrix;
  return buildElementwise(l, "widen", matrix, b.getF32Type(),
                          [](LinalgBuilder &e, ValueRange args) -> Value {
                            return toF32(e, args[0]);
                          });
}

Value LayerLowering::fromRows(LinalgBuilder &l, Value rows, Type type) {
  auto tensor = cast<RankedTensorType>(type);
  Type element = tensor.getElementType();
  if (!element.isF32())
    rows = buildElementwise(l, "narrow", rows, element,
                            [&](LinalgBuilder &e, ValueRange args) -> Value {
                              return arith::TruncFOp::create(e.b, e.loc,
                                                             element, args[0]);
                            });
  return fromMatrix(l, rows, tensor);
}

Value LayerLowering::collapseTiles(LinalgBuilder &l, Value tiles) {
  Value matrix = l.collapse(tiles, {{0}, {1, 2}});
  views.tiles[matrix] = tiles;
  return matrix;
}

//===----------------------------------------------------------------------===//
// Ops that work element by element
//===----------------------------------------------------------------------===//

Value LayerLowering::buildElementwise(LinalgBuilder &l, StringRef name,
                                      ValueRange inputs, Type element,
                                      LinalgBuilder::Body body) {
  auto tiled = llvm::find_if(
      inputs, [&](Value input) { return views.tiles.contains(input); });
  if (tiled == inputs.end())
    return l.elementwise(name, {"m", "k"}, inputs, element, body);
  ArrayRef<int64_t> shape = typeOf(views.tiles.lookup(*tiled)).getShape();
  auto tiles = llvm::map_to_vector(inputs, [&](Value input) {
    Value known = views.tiles.lookup(input);
    bool fits = known && typeOf(known).getShape() == shape;
    return fits ? known : l.expand(input, shape, {{0}, {1, 2}});
  });
  return collapseTiles(
      l, l.elementwise(name, {"m", "no", "ni"}, tiles, element, body));
}

/// The loop of `op` over tensors some of whose extents are known at run time only.
Value LayerLowering::lowerDynamicElementwise(Operation *op,
                                             LinalgBuilder::Body body) {
  LinalgBuilder l(b, op->getLoc());
  SmallVector<Value> inputs;
  for (Value operand : op->getOperands())
    if (isTensor(operand))
      inputs.push_back(tensors.lookup(operand));
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  SmallVector<OpFoldResult> sizes =
      tensor::getMixedSizes(b, op->getLoc(), inputs[0]);
  Value empty =
      tensor::EmptyOp::create(b, op->getLoc(), sizes, type.getElementType());
  SmallVector<std::string> names;
  for (int64_t dim = 0; dim < type.getRank(); ++dim)
    names.push_back("d" + std::to_string(dim));
  SmallVector<AffineMap> maps(inputs.size() + 1,
                              b.getMultiDimIdentityMap(type.getRank()));
  return l.into({op->getName().stripDialect(),
                 SmallVector<StringRef>(names.begin(), names.end())},
                inputs, maps, empty, body);
}

/// An arith or math op on tensors is a loop over the same op on elements.
LogicalResult LayerLowering::lowerElementwise(Operation *op) {
  LinalgBuilder l(b, op->getLoc());
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  auto body = [&](LinalgBuilder &e, ValueRange elements) -> Value {
    SmallVector<Value> operands;
    for (Value operand : op->getOperands())
      if (isTensor(operand)) {
        operands.push_back(elements.front());
        elements = elements.drop_front();
      } else {
        operands.push_back(tensors.lookup(operand));
      }
    return e.b
        .create(op->getLoc(), op->getName().getIdentifier(), operands,
                type.getElementType(), op->getAttrs())
        ->getResult(0);
  };
  if (!type.hasStaticShape()) {
    record(op, lowerDynamicElementwise(op, body));
    return success();
  }
  SmallVector<Value> matrices;
  for (Value operand : op->getOperands())
    if (isTensor(operand))
      matrices.push_back(getMatrix(l, operand));
  Value result = buildElementwise(l, op->getName().stripDialect(), matrices,
                                  type.getElementType(), body);
  record(op, fromMatrix(l, result, type));
  return success();
}

//===----------------------------------------------------------------------===//
// Ops that stay
//===----------------------------------------------------------------------===//

/// Lowers the ops of a region one by one.
LogicalResult LayerLowering::cloneRegion(Region &from, Region &to) {
  OpBuilder::InsertionGuard guard(b);
  // What is made inside cannot be used outside.
  llvm::SaveAndRestore savedViews(views);
  llvm::SaveAndRestore savedRows(products.quantized);
  IRMapping blocks;
  for (Block &block : from) {
    Block *copy = b.createBlock(&to, to.end());
    blocks.map(&block, copy);
    for (BlockArgument argument : block.getArguments())
      tensors[argument] =
          copy->addArgument(argument.getType(), argument.getLoc());
  }
  for (Block &block : from) {
    b.setInsertionPointToStart(blocks.lookup(&block));
    for (Operation &op : block)
      if (failed(lower(&op)))
        return failure();
  }
  return success();
}

LogicalResult LayerLowering::clone(Operation *op) {
  IRMapping mapping;
  llvm::SetVector<Value> used(op->operand_begin(), op->operand_end());
  getUsedValuesDefinedAbove(op->getRegions(), used);
  for (Value value : used) {
    Value known = tensors.lookup(value);
    if (!known)
      return op->emitOpError("reads a weight that is packed, or a state, as a "
                             "tensor: it has type ")
             << value.getType();
    mapping.map(value, known);
  }
  bool holdsLayers = op->walk([&](Operation *inner) {
                         return inner != op && isLowered(inner)
                                    ? WalkResult::interrupt()
                                    : WalkResult::advance();
                       }).wasInterrupted();
  if (!holdsLayers) {
    record(op, b.clone(*op, mapping)->getResults());
    return success();
  }
  if (llvm::any_of(op->getRegions(),
                   [](Region &region) { return !region.hasOneBlock(); }))
    return op->emitOpError("has a region of several blocks");
  Operation *copy = b.insert(op->cloneWithoutRegions(mapping));
  for (auto [from, to] : llvm::zip(op->getRegions(), copy->getRegions()))
    if (failed(cloneRegion(from, to)))
      return failure();
  record(op, copy->getResults());
  return success();
}

} // namespace mlir::eke
