//===- ConstantProduct.cpp - Products with constant weights ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/format/ConstantProduct.h"

#include "passes/schedules/Classify.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Matchers.h"
#include "llvm/Support/MathExtras.h"

namespace mlir::eke {

using linalg::LinalgOp;

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

/// The numbers of a constant tensor, in memory as a program has them, or nothing. A
/// splat is one number.
static std::optional<ArrayRef<char>> getNumbers(Value value) {
  ElementsAttr attr;
  if (!matchPattern(value, m_Constant(&attr)))
    return std::nullopt;
  unsigned bits = attr.getElementType().getIntOrFloatBitWidth();
  if (bits % 8 != 0)
    return std::nullopt;
  if (auto dense = dyn_cast<DenseElementsAttr>(attr))
    return dense.getRawData();
  auto resource = dyn_cast<DenseResourceElementsAttr>(attr);
  AsmResourceBlob *blob =
      resource ? resource.getRawHandle().getBlob() : nullptr;
  int64_t bytes = attr.getNumElements() * (bits / 8);
  if (!blob || static_cast<int64_t>(blob->getData().size()) != bytes)
    return std::nullopt;
  return blob->getData();
}

/// Calls `visit` with the index of every element of a tensor of `shape`, in the order in
/// which they lie in memory.
static void forEachIndex(ArrayRef<int64_t> shape,
                         function_ref<void(ArrayRef<int64_t>)> visit) {
  SmallVector<int64_t> index(shape.size(), 0);
  for (int64_t left = ShapedType::getNumElements(shape); left > 0; --left) {
    visit(index);
    for (int64_t dim = shape.size() - 1; dim >= 0; --dim) {
      if (++index[dim] < shape[dim])
        break;
      index[dim] = 0;
    }
  }
}

static int64_t linearize(ArrayRef<int64_t> index, ArrayRef<int64_t> shape) {
  int64_t place = 0;
  for (auto [at, size] : llvm::zip_equal(index, shape))
    place = place * size + at;
  return place;
}

//===----------------------------------------------------------------------===//
// Matching
//===----------------------------------------------------------------------===//

namespace {

/// A factor of the body: an argument of it, widened, less a number.
struct Factor {
  BlockArgument argument;
  int64_t zero = 0;
};

} // namespace

/// The integer that a scalar of the body is, also if it comes from an operand.
static std::optional<int64_t> getInteger(LinalgOp op, Value scalar) {
  if (auto argument = dyn_cast<BlockArgument>(scalar))
    if (argument.getOwner() == op.getBlock())
      scalar = op.getMatchingOpOperand(argument)->get();
  APInt number;
  if (!matchPattern(scalar, m_ConstantInt(&number)))
    return std::nullopt;
  return number.getSExtValue();
}

static std::optional<Factor> matchFactor(LinalgOp op, Value value) {
  Factor factor;
  if (auto difference = value.getDefiningOp<arith::SubIOp>()) {
    std::optional<int64_t> zero = getInteger(op, difference.getRhs());
    if (!zero)
      return std::nullopt;
    factor.zero = *zero;
    value = difference.getLhs();
  }
  auto wide = value.getDefiningOp<arith::ExtSIOp>();
  if (!wide || !wide.getIn().getType().isInteger(8) ||
      !wide.getType().isInteger(32))
    return std::nullopt;
  factor.argument = dyn_cast<BlockArgument>(wide.getIn());
  if (!factor.argument || factor.argument.getOwner() != op.getBlock())
    return std::nullopt;
  return factor;
}

/// Does the body add the product of `data` and `weight` to the sum? Finds the zero point
/// of the data.
static bool matchIntegers(ConstantProduct &product) {
  LinalgOp op = product.op;
  Value sum = op.getRegionOutputArgs()[0];
  auto add = op.getBlock()
                 ->getTerminator()
                 ->getOperand(0)
                 .getDefiningOp<arith::AddIOp>();
  if (!add || (add.getLhs() != sum && add.getRhs() != sum))
    return false;
  Value other = add.getLhs() == sum ? add.getRhs() : add.getLhs();
  auto mul = other.getDefiningOp<arith::MulIOp>();
  if (!mul)
    return false;
  std::optional<Factor> left = matchFactor(op, mul.getLhs());
  std::optional<Factor> right = matchFactor(op, mul.getRhs());
  if (!left || !right)
    return false;
  if (op.getMatchingOpOperand(left->argument) == product.weight)
    std::swap(left, right);
  product.dataZero = left->zero;
  return op.getMatchingOpOperand(left->argument) == product.data &&
         op.getMatchingOpOperand(right->argument) == product.weight &&
         right->zero == 0;
}

std::optional<ConstantProduct> ConstantProduct::match(LinalgOp op) {
  ConstantProduct product{op, nullptr, nullptr};
  if (op->getNumResults() != 1 || op.hasDynamicShape())
    return std::nullopt;
  for (OpOperand *input : op.getDpsInputOperands()) {
    if (!isa<RankedTensorType>(input->get().getType()))
      continue;
    bool isWeight = getNumbers(input->get()).has_value();
    OpOperand *&found = isWeight ? product.weight : product.data;
    if (found)
      return std::nullopt;
    found = input;
  }
  if (!product.weight || !product.data)
    return std::nullopt;
  if (!op.getMatchingIndexingMap(product.weight).isProjectedPermutation() ||
      !op.getMatchingIndexingMap(op.getDpsInitOperand(0))
           .isProjectedPermutation())
    return std::nullopt;
  auto result = cast<RankedTensorType>(op->getResult(0).getType());
  product.isInteger = isa<IntegerType>(result.getElementType());
  if (product.isInteger && !matchIntegers(product))
    return std::nullopt;
  return product;
}

//===----------------------------------------------------------------------===//
// Packing
//===----------------------------------------------------------------------===//

unsigned ConstantProduct::getLoop(unsigned weightDim) const {
  AffineMap map = op.getMatchingIndexingMap(weight);
  return map.getDimPosition(weightDim);
}

/// The dimension of the weight that is the innermost one of the result which has any
/// extent, as long as the data does not go along it.
std::optional<unsigned> ConstantProduct::findChannels() const {
  AffineMap result = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
  SmallVector<int64_t> extents(op.getStaticLoopRanges());
  for (AffineExpr expr : llvm::reverse(result.getResults())) {
    unsigned loop = cast<AffineDimExpr>(expr).getPosition();
    if (extents[loop] == 1)
      continue;
    if (getStep(op, *data, loop) != Step::None)
      return std::nullopt;
    return op.getMatchingIndexingMap(weight).getResultPosition(expr);
  }
  return std::nullopt;
}

AffineMap Packing::split(AffineMap map) const {
  MLIRContext *context = map.getContext();
  unsigned loops = map.getNumDims();
  AffineExpr input =
      getAffineDimExpr(loop, context) * run + getAffineDimExpr(loops, context);
  AffineMap replaced = map.replace({{getAffineDimExpr(loop, context), input}});
  return AffineMap::get(loops + 1, 0, replaced.getResults(), context);
}

std::optional<Packing> ConstantProduct::findPacking(int64_t run) const {
  std::optional<unsigned> channels = findChannels();
  if (!channels)
    return std::nullopt;
  Packing packing;
  packing.channels = *channels;
  packing.run = run;
  auto kinds = op.getIteratorTypesArray();
  SmallVector<int64_t> extents(op.getStaticLoopRanges());
  unsigned rank = cast<RankedTensorType>(weight->get().getType()).getRank();
  for (unsigned dim = 0; dim < rank; ++dim) {
    unsigned loop = getLoop(dim);
    if (kinds[loop] == utils::IteratorType::reduction &&
        getStep(op, *data, loop) == Step::One) {
      packing.inputs = dim;
      packing.loop = loop;
    }
  }
  if (!packing.inputs)
    return std::nullopt;
  packing.missing =
      llvm::alignTo(extents[packing.loop], run) - extents[packing.loop];
  // Only where the data is nothing but inputs along its last dimension can some follow.
  AffineMap dataMap = op.getMatchingIndexingMap(data);
  if (packing.missing && !isa<AffineDimExpr>(dataMap.getResults().back()))
    return std::nullopt;
  MLIRContext *context = op->getContext();
  SmallVector<AffineExpr> exprs;
  for (unsigned dim = 0; dim < rank; ++dim)
    if (dim != packing.channels && dim != *packing.inputs) {
      packing.outer.push_back(dim);
      exprs.push_back(getAffineDimExpr(getLoop(dim), context));
    }
  exprs.push_back(getAffineDimExpr(packing.loop, context));
  exprs.push_back(getAffineDimExpr(getLoop(packing.channels), context));
  exprs.push_back(getAffineDimExpr(extents.size(), context));
  packing.weightMap = AffineMap::get(extents.size() + 1, 0, exprs, context);
  return packing;
}

std::optional<Packing> ConstantProduct::findTransposition() const {
  std::optional<unsigned> channels = findChannels();
  unsigned rank = cast<RankedTensorType>(weight->get().getType()).getRank();
  if (!channels || *channels == rank - 1)
    return std::nullopt;
  Packing packing;
  packing.channels = *channels;
  MLIRContext *context = op->getContext();
  SmallVector<AffineExpr> exprs;
  for (unsigned dim = 0; dim < rank; ++dim)
    if (dim != packing.channels) {
      packing.outer.push_back(dim);
      exprs.push_back(getAffineDimExpr(getLoop(dim), context));
    }
  exprs.push_back(getAffineDimExpr(getLoop(packing.channels), context));
  packing.weightMap = AffineMap::get(op.getNumLoops(), 0, exprs, context);
  return packing;
}

DenseElementsAttr ConstantProduct::pack(const Packing &packing) const {
  auto type = cast<RankedTensorType>(weight->get().getType());
  ArrayRef<int64_t> from = type.getShape();
  SmallVector<int64_t> to;
  for (unsigned dim : packing.outer)
    to.push_back(from[dim]);
  if (packing.inputs)
    to.push_back(llvm::divideCeil(from[*packing.inputs], packing.run));
  to.push_back(from[packing.channels]);
  if (packing.inputs)
    to.push_back(packing.run);
  ArrayRef<char> numbers = *getNumbers(weight->get());
  int64_t bytes = type.getElementTypeBitWidth() / 8;
  bool isSplat = static_cast<int64_t>(numbers.size()) == bytes;
  std::vector<char> packed(ShapedType::getNumElements(to) * bytes, 0);
  char *place = packed.data();
  SmallVector<int64_t> source(from.size());
  forEachIndex(to, [&](ArrayRef<int64_t> index) {
    for (auto [dim, at] : llvm::zip(packing.outer, index))
      source[dim] = at;
    size_t next = packing.outer.size();
    if (packing.inputs) {
      source[*packing.inputs] = index[next] * packing.run + index.back();
      ++next;
    }
    source[packing.channels] = index[next];
    bool isInside =
        !packing.inputs || source[*packing.inputs] < from[*packing.inputs];
    if (isInside)
      std::copy_n(numbers.data() +
                      (isSplat ? 0 : linearize(source, from) * bytes),
                  bytes, place);
    place += bytes;
  });
  return DenseElementsAttr::getFromRawBuffer(
      RankedTensorType::get(to, type.getElementType()), packed);
}

DenseElementsAttr ConstantProduct::withoutLastDim() const {
  auto type = cast<RankedTensorType>(weight->get().getType());
  return DenseElementsAttr::getFromRawBuffer(
      RankedTensorType::get(type.getShape().drop_back(), type.getElementType()),
      *getNumbers(weight->get()));
}

//===----------------------------------------------------------------------===//
// Sums of weights
//===----------------------------------------------------------------------===//

AffineMap ConstantProduct::getChannelMap() const {
  AffineMap result = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
  AffineMap weights = op.getMatchingIndexingMap(weight);
  SmallVector<AffineExpr> exprs;
  for (auto [dim, expr] : llvm::enumerate(result.getResults()))
    if (weights.getResultPosition(expr))
      exprs.push_back(getAffineDimExpr(dim, op->getContext()));
  return AffineMap::get(result.getNumResults(), 0, exprs, op->getContext());
}

SmallVector<int64_t> ConstantProduct::getChannelShape() const {
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  return applyPermutationMap(getChannelMap(), type.getShape());
}

int64_t ConstantProduct::countChannels() const {
  return ShapedType::getNumElements(getChannelShape());
}

SmallVector<int32_t> ConstantProduct::sumWeights() const {
  AffineMap result = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
  AffineMap weights = op.getMatchingIndexingMap(weight);
  SmallVector<int64_t> shape = getChannelShape(), channel(shape.size());
  SmallVector<unsigned> dims; // of the weight, for each of `shape`
  for (AffineExpr expr : result.getResults())
    if (std::optional<unsigned> dim = weights.getResultPosition(expr))
      dims.push_back(*dim);
  ArrayRef<char> numbers = *getNumbers(weight->get());
  auto type = cast<RankedTensorType>(weight->get().getType());
  SmallVector<uint32_t> sums(countChannels(), 0);
  size_t place = 0;
  forEachIndex(type.getShape(), [&](ArrayRef<int64_t> index) {
    for (auto [at, dim] : llvm::zip_equal(channel, dims))
      at = index[dim];
    int8_t number = numbers[numbers.size() == 1 ? 0 : place++];
    sums[linearize(channel, shape)] += static_cast<int32_t>(number);
  });
  return SmallVector<int32_t>(sums.begin(), sums.end());
}

std::optional<SmallVector<int32_t>>
getStartNumbers(Value start, AffineMap channelMap, int64_t count) {
  auto op = start.getDefiningOp<LinalgOp>();
  if (!op || op.getNumReductionLoops() > 0 || op.getNumDpsInputs() != 1)
    return std::nullopt;
  // Only what yields its input, once for each place of the result.
  Value yielded = op.getBlock()->getTerminator()->getOperand(0);
  if (yielded != op.getRegionInputArgs()[0] ||
      !op.getMatchingIndexingMap(op.getDpsInitOperand(0)).isIdentity())
    return std::nullopt;
  Value input = op.getDpsInputs()[0];
  APInt number;
  if (matchPattern(input, m_ConstantInt(&number)))
    return SmallVector<int32_t>(count, number.getSExtValue());
  DenseIntElementsAttr numbers;
  if (!matchPattern(input, m_Constant(&numbers)) ||
      !numbers.getElementType().isInteger(32) ||
      op.getMatchingIndexingMap(op.getDpsInputOperand(0)) != channelMap)
    return std::nullopt;
  auto values = numbers.getValues<int32_t>();
  return SmallVector<int32_t>(values.begin(), values.end());
}

} // namespace mlir::eke
