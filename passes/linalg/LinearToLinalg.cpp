//===- LinearToLinalg.cpp - Linear layers as linalg -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Rows are quantised here; Products.h multiplies them with packed weights.
//
//===----------------------------------------------------------------------===//

#include "dialects/eke/Format.h"
#include "passes/linalg/LayerLowering.h"
#include "passes/linalg/Products.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include <numeric>

namespace mlir::eke {

/// Rows side by side: what a tile of rows needs is one piece of memory. As they are if
/// there is no second row, or a rest.
static Value bundleRows(LinalgBuilder &l, Value x, RowLayout layout) {
  int64_t m = dimOf(x, 0), k = dimOf(x, 1);
  auto [rows, width, pair, run] = layout;
  int64_t side = std::gcd(m, rows);
  if (side == 1 || side % pair != 0 || k % width != 0)
    return x;
  SmallVector<int64_t> shape{m / side,    k / width, side / pair,
                             width / run, pair,      run};
  AffineExpr row = l.dim(0) * side + l.dim(2) * pair + l.dim(4);
  AffineExpr input = l.dim(1) * width + l.dim(3) * run + l.dim(5);
  return l.generic(
      {"bundle", {"mo", "ko", "mp", "kp", "mi", "ki"}}, x,
      {l.map(6, {row, input}), l.b.getMultiDimIdentityMap(6)},
      RankedTensorType::get(shape, l.b.getI8Type()), {},
      [](LinalgBuilder &, ValueRange args) -> Value { return args[0]; });
}

/// For as many rows as a product has sums of in registers at the same time. By i8mm
/// two rows are multiplied at once, eight inputs of each.
static RowLayout chooseLayout(DotKind kind, Storage storage) {
  bool isGrouped = storage == Storage::I4;
  if (kind == DotKind::Octets)
    return isGrouped ? RowLayout{16, 32, 2, 8} : RowLayout{8, 8, 2, 8};
  if (kind == DotKind::Quads && isGrouped)
    return {16, 32, 1, 32};
  return {};
}

/// scale[m] = amax(row m) / 127, q[m, k] = round(x[m, k] / scale[m]), ties to even.
QuantizedRows LayerLowering::quantize(Location loc, Value rows,
                                      int64_t paddedWidth, RowLayout layout) {
  auto [entry, isNew] =
      views.quantized.try_emplace({rows, paddedWidth, layout.width});
  if (!isNew)
    return entry->second;
  LinalgBuilder l(b, loc);
  int64_t m = dimOf(rows, 0), k = dimOf(rows, 1);
  auto perRow = RankedTensorType::get({m}, b.getF32Type());
  AffineMap matrix = l.map(2, {l.dim(0), l.dim(1)}), row = l.map(2, {l.dim(0)});
  Value amax = l.generic(
      {"amax", {"m", "rk"}}, rows, {matrix, row}, perRow,
      l.fill(perRow, b.getF32FloatAttr(0)),
      [&](LinalgBuilder &e, ValueRange args) -> Value {
        Value magnitude = math::AbsFOp::create(e.b, loc, args[0]);
        return arith::MaximumFOp::create(e.b, loc, magnitude, args[1],
                                         arith::FastMathFlags::nnan);
      });
  Value scales =
      l.elementwise("scale", {"m"}, amax, b.getF32Type(),
                    [&](LinalgBuilder &e, ValueRange args) -> Value {
                      return arith::MulFOp::create(e.b, loc, args[0],
                                                   e.constant(1.0f / 127.0f));
                    });
  Value values = l.generic(
      {"quantize", {"m", "k"}}, {rows, amax}, {matrix, row, matrix},
      RankedTensorType::get({m, k}, b.getI8Type()), {},
      [&](LinalgBuilder &e, ValueRange args) -> Value {
        // A row of zeros has no scale; it stays zero whatever it is divided by.
        Value floor =
            arith::MaximumFOp::create(e.b, loc, args[1], e.constant(1e-30f),
                                      arith::FastMathFlags::nnan);
        Value inverse =
            arith::DivFOp::create(e.b, loc, e.constant(127.0f), floor);
        Value scaled = arith::MulFOp::create(e.b, loc, args[0], inverse);
        Value rounded = math::RoundEvenOp::create(e.b, loc, scaled);
        return arith::FPToSIOp::create(e.b, loc, e.b.getI8Type(), rounded);
      });
  if (paddedWidth != k) {
    Value zero = l.constant(b.getI8Type(), 0);
    auto padded = RankedTensorType::get({m, paddedWidth}, b.getI8Type());
    values = tensor::PadOp::create(
        b, loc, padded, values,
        ArrayRef<OpFoldResult>{b.getIndexAttr(0), b.getIndexAttr(0)},
        ArrayRef<OpFoldResult>{b.getIndexAttr(0),
                               b.getIndexAttr(paddedWidth - k)},
        zero);
  }
  QuantizedRows result{bundleRows(l, values, layout), scales};
  views.quantized[{rows, paddedWidth, layout.width}] = result;
  return result;
}

Value LayerLowering::buildProduct(Location loc, Value rows,
                                  const WeightValue &weight) {
  LinalgBuilder l(b, loc);
  Storage storage = getFormat(weight.type).getStorage();
  RowLayout layout = chooseLayout(dotKind, storage);
  switch (storage) {
  case Storage::F32:
  case Storage::F16:
    return buildFloatProduct(l, rows, weight.values);
  case Storage::I8: {
    QuantizedRows x = quantize(loc, rows, dimOf(weight.values, 1) * 4, layout);
    return buildI8Product(l, dotKind, x, weight.values, weight.scales);
  }
  case Storage::I4: {
    QuantizedRows x = quantize(loc, rows, dimOf(weight.values, 1) * 32, layout);
    return buildI4Product(l, dotKind, x, weight);
  }
  }
  llvm_unreachable("unknown storage");
}

/// The first rows and columns of `matrix`.
static Value dropPadding(LinalgBuilder &l, Value matrix,
                         ArrayRef<int64_t> shape) {
  auto attrs = [&](int64_t row, int64_t column) {
    return SmallVector<OpFoldResult>{l.b.getIndexAttr(row),
                                     l.b.getIndexAttr(column)};
  };
  return tensor::ExtractSliceOp::create(l.b, l.loc, matrix, attrs(0, 0),
                                        attrs(shape[0], shape[1]), attrs(1, 1));
}

static Value lowerLinear(LinearOp op, LayerLowering &lowering) {
  LinalgBuilder l(lowering.b, op.getLoc());
  Value rows = lowering.getRows(l, op.getInput());
  const WeightValue &weight = lowering.weights.find(op.getWeight())->second;
  Value tiled = lowering.buildProduct(op.getLoc(), rows, weight);
  Value result = lowering.collapseTiles(l, tiled);
  int64_t count = dimOf(rows, 0), width = weight.type.getDimSize(0);
  if (dimOf(result, 1) != width)
    result = dropPadding(l, result, {count, width});
  if (op.getBias()) {
    AffineMap matrix = l.map(2, {l.dim(0), l.dim(1)});
    result = l.generic(
        {"bias", {"m", "n"}},
        {result, lowering.tensors.lookup(op.getBias())},
        {matrix, l.map(2, {l.dim(1)}), matrix},
        RankedTensorType::get({count, width}, l.b.getF32Type()), {},
        [&](LinalgBuilder &e, ValueRange args) -> Value {
          return add(e, args[0], toF32(e, args[1]));
        });
  }
  return lowering.fromRows(l, result, op.getType());
}

void registerLinearToLinalg(DialectRegistry &registry) {
  addLowering<LinearOp, lowerLinear>(registry);
}

} // namespace mlir::eke
