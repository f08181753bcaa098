//===- PackProducts.cpp - Constant weights as a target multiplies them ----===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   sum x[h + kh, w + kw, c] * y[f, kh, kw, c]              becomes
//   sum x[h + kh, w + kw, 4 co + ci] * p[kh, kw, co, f, ci]
//
// Output channels that lie side by side are the lanes of a vector; of integers, as many
// inputs of a channel lie beside each other as an instruction sums up (DotKind.h).
// Zero points go into what the sums start from:
//
//   sum (x - z) * y = sum x * y - z * sum y
//
//===----------------------------------------------------------------------===//

#include "dialects/formats/DotKind.h"
#include "dialects/halide/HalideDialect.h"
#include "passes/Passes.h"
#include "passes/format/ConstantProduct.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/Matchers.h"

namespace mlir::eke {

#define GEN_PASS_DEF_PACKPRODUCTSPASS
#include "passes/Passes.h.inc"

using linalg::LinalgOp;

/// Names `generic`, which has no name that says what it is, after `op`.
static void nameLike(linalg::GenericOp generic, LinalgOp op) {
  StringRef name = op->getName().stripDialect();
  name.consume_back("_q");
  auto stage = op->getAttrOfType<StringAttr>(halide::stageAttrName);
  if (!stage && !isa<linalg::GenericOp>(op.getOperation()))
    stage = StringAttr::get(op->getContext(), name);
  if (stage)
    generic->setAttr(halide::stageAttrName, stage);
}

/// The body of `op` in that of an op with the same arguments.
static void cloneBody(OpBuilder &b, LinalgOp op, ValueRange args) {
  IRMapping mapping;
  mapping.map(op.getBlock()->getArguments(), args);
  for (Operation &inner : *op.getBlock())
    b.clone(inner, mapping);
}

namespace {

/// How data is multiplied: in which numbers, and how many of them at once.
struct DataForm {
  Type element;
  /// Taken as an unsigned number, 128 larger than what it stands for.
  bool isUnsigned = false;
  /// From which one is taken: the one with the fewest inputs in vain, the first of these.
  ArrayRef<int64_t> runs;
};

constexpr int64_t kPairs[] = {2}, kQuads[] = {4}, kLanes[] = {16, 8, 4};

/// Rewrites one product.
class Packer {
public:
  Packer(LinalgOp op, DotKind kind) : b(op), loc(op.getLoc()), op(op) {
    b.setInsertionPoint(op);
    Type i8 = b.getI8Type();
    switch (kind) {
    case DotKind::Quads:
    case DotKind::Octets:
      form = {i8, /*isUnsigned=*/false, kQuads};
      break;
    case DotKind::Lanes:
      form = {i8, /*isUnsigned=*/false, kLanes};
      break;
    case DotKind::UnsignedQuads:
      form = {i8, /*isUnsigned=*/true, kQuads};
      break;
    case DotKind::Halves:
      form = {i8, /*isUnsigned=*/false, kPairs};
      break;
    case DotKind::Pairs:
      form = {b.getI16Type(), /*isUnsigned=*/false, kPairs};
      break;
    }
  }

  /// Returns false if `op` stays as it is.
  bool packIntegers(const ConstantProduct &product);
  bool packFloats(const ConstantProduct &product);

private:
  std::optional<Packing> findPacking(const ConstantProduct &product) const;
  Value convert(Value data);
  Value convertElements(Value data);
  Value getData(Value data, int64_t missing);
  Value makeStart(const ConstantProduct &product, int64_t zero);
  Value makeBroadcast(TypedAttr constant, AffineMap map);
  void replace(ValueRange inputs, Value start, ArrayRef<AffineMap> maps,
               ArrayRef<utils::IteratorType> iterators,
               function_ref<void(OpBuilder &, Location, ValueRange)> body);

  OpBuilder b;
  Location loc;
  LinalgOp op;
  DataForm form;
};

} // namespace

//===----------------------------------------------------------------------===//
// Data
//===----------------------------------------------------------------------===//

/// The numbers of `data`, a tensor or a scalar, in the form in which they are multiplied.
Value Packer::convert(Value data) {
  if (form.isUnsigned) {
    Value high =
        arith::ConstantOp::create(b, loc, b.getIntegerAttr(form.element, -128));
    return arith::XOrIOp::create(b, loc, data, high);
  }
  return arith::ExtSIOp::create(b, loc, form.element, data);
}

Value Packer::convertElements(Value data) {
  auto type = cast<RankedTensorType>(data.getType());
  if (type.getElementType() == form.element && !form.isUnsigned)
    return data;
  Value empty = tensor::EmptyOp::create(b, loc, type.getShape(), form.element);
  SmallVector<AffineMap> maps(2, b.getMultiDimIdentityMap(type.getRank()));
  SmallVector<utils::IteratorType> iterators(type.getRank(),
                                             utils::IteratorType::parallel);
  return linalg::GenericOp::create(
             b, loc, empty.getType(), data, empty, maps, iterators,
             [&](OpBuilder &inner, Location, ValueRange args) {
               OpBuilder::InsertionGuard guard(b);
               b = inner;
               Value converted = convert(args[0]);
               linalg::YieldOp::create(inner, loc, converted);
             })
      .getResult(0);
}

/// `source` with so many elements of `value` around it, and `missing` more behind the
/// last dimension.
static Value padMore(OpBuilder &b, Location loc, Value source,
                     ArrayRef<int64_t> low, ArrayRef<int64_t> high,
                     int64_t missing, Value value) {
  auto type = cast<RankedTensorType>(source.getType());
  SmallVector<int64_t> shape(type.getShape()), behind(high);
  behind.back() += missing;
  for (auto [size, before, after] : llvm::zip_equal(shape, low, behind))
    size += before + after;
  return tensor::PadOp::create(b, loc, type.clone(shape), source,
                               getAsIndexOpFoldResult(b.getContext(), low),
                               getAsIndexOpFoldResult(b.getContext(), behind),
                               value);
}

/// `data` in its form, with `missing` zeros behind each run of the last dimension. What
/// pads it does so with converted numbers: then what computes `data` converts it, too.
Value Packer::getData(Value data, int64_t missing) {
  auto pad = data.getDefiningOp<tensor::PadOp>();
  IntegerAttr number;
  bool isKnown =
      pad && pad->hasOneUse() && pad.getLow().empty() &&
      pad.getHigh().empty() && pad.getConstantPaddingValue() &&
      matchPattern(pad.getConstantPaddingValue(), m_Constant(&number));
  if (isKnown) {
    Value outside = arith::ConstantOp::create(b, loc, number);
    if (form.isUnsigned || form.element != number.getType())
      outside = convert(outside);
    return padMore(b, pad.getLoc(), convertElements(pad.getSource()),
                   pad.getStaticLow(), pad.getStaticHigh(), missing, outside);
  }
  Value converted = convertElements(data);
  if (missing == 0)
    return converted;
  SmallVector<int64_t> none(cast<RankedTensorType>(data.getType()).getRank(),
                            0);
  Value zero = arith::ConstantOp::create(b, loc, b.getZeroAttr(form.element));
  return padMore(b, loc, converted, none, none, missing, zero);
}

//===----------------------------------------------------------------------===//
// What the sums start from
//===----------------------------------------------------------------------===//

/// The numbers of `constant` at each place of the op's result, as `map` says.
Value Packer::makeBroadcast(TypedAttr constant, AffineMap map) {
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  Value numbers = arith::ConstantOp::create(b, loc, constant);
  Value empty =
      tensor::EmptyOp::create(b, loc, type.getShape(), type.getElementType());
  SmallVector<utils::IteratorType> iterators(type.getRank(),
                                             utils::IteratorType::parallel);
  auto start = linalg::GenericOp::create(
      b, loc, type, numbers, empty,
      ArrayRef{map, b.getMultiDimIdentityMap(type.getRank())}, iterators,
      [&](OpBuilder &inner, Location, ValueRange args) {
        linalg::YieldOp::create(inner, loc, args[0]);
      });
  return start.getResult(0);
}

/// What `op` starts from, less `zero` times the sum of the weights. Null if that is no
/// constant.
Value Packer::makeStart(const ConstantProduct &product, int64_t zero) {
  Value start = op.getDpsInits()[0];
  if (zero == 0)
    return start;
  AffineMap map = product.getChannelMap();
  std::optional<SmallVector<int32_t>> numbers =
      getStartNumbers(start, map, product.countChannels());
  if (!numbers)
    return {};
  for (auto [number, sum] : llvm::zip_equal(*numbers, product.sumWeights()))
    number = int32_t(uint32_t(number) - // modulo 2^32, as the sums
                     uint32_t(zero) * uint32_t(sum));
  auto type = RankedTensorType::get(product.getChannelShape(), b.getI32Type());
  return makeBroadcast(DenseElementsAttr::get(type, ArrayRef(*numbers)), map);
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

void Packer::replace(
    ValueRange inputs, Value start, ArrayRef<AffineMap> maps,
    ArrayRef<utils::IteratorType> iterators,
    function_ref<void(OpBuilder &, Location, ValueRange)> body) {
  auto packed = linalg::GenericOp::create(b, loc, op->getResultTypes(), inputs,
                                          start, maps, iterators, body);
  nameLike(packed, op);
  op->replaceAllUsesWith(packed);
  op->erase();
}

/// The packing by one of the runs.
std::optional<Packing>
Packer::findPacking(const ConstantProduct &product) const {
  std::optional<Packing> best;
  for (int64_t run : form.runs) {
    std::optional<Packing> packing = product.findPacking(run);
    if (packing && (!best || packing->missing < best->missing))
      best = std::move(packing);
  }
  return best;
}

bool Packer::packIntegers(const ConstantProduct &product) {
  std::optional<Packing> packing = findPacking(product);
  if (!packing)
    form = {b.getI8Type(), /*isUnsigned=*/false, {}};
  int64_t zero = product.dataZero + (form.isUnsigned ? 128 : 0);
  if (!packing && zero == 0)
    return false;
  Value start = makeStart(product, zero);
  if (!start)
    return false;
  AffineMap dataMap = op.getMatchingIndexingMap(product.data);
  AffineMap weightMap = op.getMatchingIndexingMap(product.weight);
  AffineMap resultMap = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
  SmallVector<utils::IteratorType> iterators = op.getIteratorTypesArray();
  Value data = product.data->get(), weight = product.weight->get();
  if (packing) {
    weight = arith::ConstantOp::create(b, loc, product.pack(*packing));
    weightMap = packing->weightMap;
    dataMap = packing->split(dataMap);
    resultMap = packing->split(resultMap);
    data = getData(data, packing->missing);
    iterators.push_back(utils::IteratorType::reduction);
  }
  bool isUnsigned = form.isUnsigned;
  replace(
      {data, weight}, start, {dataMap, weightMap, resultMap}, iterators,
      [&](OpBuilder &inner, Location l, ValueRange args) {
        Type i32 = inner.getI32Type();
        Value x =
            isUnsigned
                ? arith::ExtUIOp::create(inner, l, i32, args[0]).getResult()
                : arith::ExtSIOp::create(inner, l, i32, args[0]).getResult();
        Value y = arith::ExtSIOp::create(inner, l, i32, args[1]);
        Value xy = arith::MulIOp::create(inner, l, x, y);
        Value sum = arith::AddIOp::create(inner, l, args[2], xy);
        linalg::YieldOp::create(inner, l, sum);
      });
  return true;
}

bool Packer::packFloats(const ConstantProduct &product) {
  std::optional<Packing> packing = product.findTransposition();
  if (!packing)
    return false;
  SmallVector<Value> inputs;
  SmallVector<AffineMap> maps;
  for (OpOperand *input : op.getDpsInputOperands()) {
    bool isWeight = input == product.weight;
    inputs.push_back(
        isWeight ? arith::ConstantOp::create(b, loc, product.pack(*packing))
                       .getResult()
                 : input->get());
    maps.push_back(isWeight ? packing->weightMap
                            : op.getMatchingIndexingMap(input));
  }
  maps.push_back(op.getMatchingIndexingMap(op.getDpsInitOperand(0)));
  replace(inputs, op.getDpsInits()[0], maps, op.getIteratorTypesArray(),
          [&](OpBuilder &inner, Location, ValueRange args) {
            cloneBody(inner, op, args);
          });
  return true;
}

namespace {

/// Groups that make a tensor of `rank` one without its last dimension.
SmallVector<ReassociationIndices> groupLast(unsigned rank) {
  SmallVector<ReassociationIndices> groups(rank - 1);
  for (unsigned dim = 0; dim < rank; ++dim)
    groups[std::min(dim, rank - 2)].push_back(dim);
  return groups;
}

/// What sums start from, without its last dimension.
Value dropLastOfStart(OpBuilder &b, Location loc, Value start) {
  auto type = cast<RankedTensorType>(start.getType());
  auto fill = start.getDefiningOp<linalg::FillOp>();
  if (!fill)
    return tensor::CollapseShapeOp::create(b, loc, start,
                                           groupLast(type.getRank()));
  Value empty = tensor::EmptyOp::create(b, loc, type.getShape().drop_back(),
                                        type.getElementType());
  return linalg::FillOp::create(b, loc, fill.getInputs()[0], empty)
      .getResult(0);
}

/// The loop of `product` that is the last dimension of both its result and its weight, if
/// that is 1 and the data has none of it.
std::optional<unsigned> findSingleChannel(const ConstantProduct &product) {
  LinalgOp op = product.op;
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  if (type.getRank() < 2 || type.getShape().back() != 1)
    return std::nullopt;
  AffineMap result = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
  AffineMap weight = op.getMatchingIndexingMap(product.weight);
  unsigned loop = result.getDimPosition(result.getNumResults() - 1);
  bool isLast = weight.getDimPosition(weight.getNumResults() - 1) == loop;
  bool isOfData = op.getMatchingIndexingMap(product.data).isFunctionOfDim(loop);
  return isLast && !isOfData ? std::optional<unsigned>(loop) : std::nullopt;
}

/// A product without the last dimension of its result, which is one channel for each
/// number of the others, as of a depthwise convolution; or `op` itself. What follows
/// element by element then needs no other shape.
LinalgOp dropSingleChannel(LinalgOp op) {
  std::optional<ConstantProduct> product = ConstantProduct::match(op);
  std::optional<unsigned> loop =
      product ? findSingleChannel(*product) : std::nullopt;
  if (!loop)
    return op;
  OpBuilder b(op);
  Location loc = op.getLoc();
  llvm::SmallBitVector dropped(op.getNumLoops());
  dropped.set(*loop);
  SmallVector<AffineMap> maps;
  SmallVector<Value> inputs;
  for (OpOperand &operand : op->getOpOperands()) {
    bool isWeight = &operand == product->weight;
    AffineMap map = op.getMatchingIndexingMap(&operand);
    if (isWeight || op.isDpsInit(&operand))
      map = map.dropResult(map.getNumResults() - 1);
    maps.push_back(projectDims(map, dropped, /*compressDimsFlag=*/true));
    if (isWeight)
      inputs.push_back(
          arith::ConstantOp::create(b, loc, product->withoutLastDim()));
    else if (op.isDpsInput(&operand))
      inputs.push_back(operand.get());
  }
  SmallVector<utils::IteratorType> iterators = op.getIteratorTypesArray();
  iterators.erase(iterators.begin() + *loop);
  Value start = dropLastOfStart(b, loc, op.getDpsInits()[0]);
  auto without = linalg::GenericOp::create(
      b, loc, start.getType(), inputs, start, maps, iterators,
      [&](OpBuilder &inner, Location, ValueRange args) {
        cloneBody(inner, op, args);
      });
  nameLike(without, op);
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  Value whole = tensor::ExpandShapeOp::create(
      b, loc, type, without.getResult(0), groupLast(type.getRank()));
  op->replaceAllUsesWith(ValueRange(whole));
  op->erase();
  return cast<LinalgOp>(without.getOperation());
}

struct PackProducts : impl::PackProductsPassBase<PackProducts> {
  using Base::Base;

  void runOnOperation() override {
    DotKind kind =
        getDotKind(getOperation()->getAttrOfType<TargetAttr>(kTargetAttr));
    SmallVector<LinalgOp> ops;
    getOperation().walk([&](LinalgOp op) {
      if (op.getNumReductionLoops() > 0)
        ops.push_back(op);
    });
    for (LinalgOp op : ops) {
      op = dropSingleChannel(op);
      std::optional<ConstantProduct> product = ConstantProduct::match(op);
      if (!product)
        continue;
      Packer packer(op, kind);
      if (product->isInteger)
        packer.packIntegers(*product);
      else
        packer.packFloats(*product);
    }
  }
};

} // namespace
} // namespace mlir::eke
