//===- GroupProducts.cpp - Products with weights in groups of 32 ----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/formats/GroupProducts.h"

namespace mlir::eke {

/// By i8mm two rows are multiplied at once, eight inputs of each.
RowLayout chooseGroupLayout(DotKind kind, int64_t rowGroup) {
  RowLayout layout;
  if (kind == DotKind::Octets)
    layout = {16, kGroup, 2, 8};
  else if (kind == DotKind::Quads)
    layout = {16, kGroup, 1, kGroup};
  layout.group = rowGroup;
  return layout;
}

/// Of a row, 32 inputs of a group are a piece of memory, or (rows by i8mm) 8 of them.
GroupHalves splitGroups(LinalgBuilder &l, Value x) {
  AffineExpr row = l.dim(0), g = l.dim(2);
  AffineExpr rc = l.dim(4), rh = l.dim(5), rki = l.dim(6);
  if (!areSideBySide(x)) {
    SmallVector<int64_t> shape{dimOf(x, 0), dimOf(x, 1) / 32, 2, 4, 4};
    return {l.expand(x, shape, {{0}, {1, 2, 3, 4}}),
            l.map(7, {row, g, rh, rc, rki})};
  }
  SmallVector<int64_t> shape(typeOf(x).getShape());
  int64_t pairs = shape[2], pair = shape[4], side = pairs * pair;
  SmallVector<AffineExpr> index{row.floorDiv(side), g,
                                (row % side).floorDiv(pair)};
  if (shape[5] == 32) {
    shape = {shape[0], shape[1], pairs, 1, pair, 2, 4, 4};
    index.append({l.b.getAffineConstantExpr(0), row % pair, rh, rc, rki});
    return {l.expand(x, shape, {{0}, {1}, {2}, {3}, {4}, {5, 6, 7}}),
            l.map(7, index)};
  }
  shape = {shape[0], shape[1], pairs, 2, 2, pair, 8};
  index.append({rh, rc.floorDiv(2), row % pair, rc % 2 * 4 + rki});
  return {l.expand(x, shape, {{0}, {1}, {2}, {3, 4}, {5}, {6}}),
          l.map(7, index)};
}

Value sumParts(LinalgBuilder &l, Value part, StringRef lastLoop) {
  Type i32 = l.b.getI32Type();
  Value start = zeros(l, typeOf(part).getShape().drop_back(), i32);
  return l.generic({"dot", {"m", "no", "g", "ni", lastLoop}}, part,
                   {l.b.getMultiDimIdentityMap(5),
                    l.map(5, {l.dim(0), l.dim(1), l.dim(2), l.dim(3)})},
                   typeOf(start), start,
                   [&](LinalgBuilder &e, ValueRange args) -> Value {
                     Value sum = args[0].getType() == i32
                                     ? args[0]
                                     : extendSigned(e, args[0], i32);
                     return add(e, args[1], sum);
                   });
}

Value sumGroups(LinalgBuilder &l, Value rows, int64_t factor) {
  int64_t m = dimOf(rows, 0), groups = dimOf(rows, 1) / kGroup;
  Value split = l.expand(rows, {m, groups, kGroup}, {{0}, {1, 2}});
  Type i32 = l.b.getI32Type();
  Value start = zeros(l, {m, groups}, i32);
  return l.generic(
      {"group_sums", {"m", "g", "rk"}}, split,
      {l.b.getMultiDimIdentityMap(3), l.map(3, {l.dim(0), l.dim(1)})},
      typeOf(start), start, [&](LinalgBuilder &e, ValueRange args) -> Value {
        Value input = extendSigned(e, args[0], i32);
        if (factor != 1)
          input = mul(e, input, e.constant(i32, factor));
        return add(e, args[1], input);
      });
}

/// `rowScales` are those of groups, or null.
static Value sumScaled(LinalgBuilder &l, const GroupTerms &terms,
                       Value rowScales) {
  AffineExpr m = l.dim(0), no = l.dim(1), ni = l.dim(2), rg = l.dim(3);
  Value dot = terms.dot;
  Value start =
      zeros(l, {dimOf(dot, 0), dimOf(dot, 1), dimOf(dot, 3)}, l.b.getF32Type());
  SmallVector<Value> inputs{dot, terms.scales};
  SmallVector<AffineMap> maps{l.map(4, {m, no, rg, ni}), terms.scaleMap};
  if (terms.offsets) {
    inputs.push_back(terms.offsets);
    maps.push_back(l.map(4, {m, rg}));
  }
  if (terms.minima) {
    inputs.append({terms.sums, terms.minima});
    maps.append({l.map(4, {m, rg}), terms.minimumMap});
  }
  if (rowScales) {
    inputs.push_back(rowScales);
    maps.push_back(l.map(4, {m, rg}));
  }
  maps.push_back(l.map(4, {m, no, ni}));
  return l.generic(
      {"groups", {"m", "no", "ni", "rg"}}, inputs, maps, typeOf(start), start,
      [&](LinalgBuilder &e, ValueRange args) -> Value {
        // Each product is added by itself, by one instruction.
        Value sum = args[0], total = args.back();
        if (terms.offsets)
          sum = add(e, sum, args[2]);
        if (terms.minima)
          total = add(e, total, mul(e, args[2], toF32(e, args[3])));
        sum = toF32(e, sum);
        if (rowScales)
          sum = mul(e, sum, args[args.size() - 2]);
        return add(e, total, mul(e, sum, toF32(e, args[1])));
      });
}

Value addGroups(LinalgBuilder &l, const GroupTerms &terms, Value rowScales,
                float factor) {
  bool isOfGroups = typeOf(rowScales).getRank() == 2;
  Value scaled = sumScaled(l, terms, isOfGroups ? rowScales : Value());
  AffineExpr m = l.dim(0), no = l.dim(1), ni = l.dim(2);
  AffineMap all = l.map(3, {m, no, ni});
  SmallVector<Value> inputs{scaled};
  SmallVector<AffineMap> maps{all, all};
  if (!isOfGroups) {
    inputs.push_back(rowScales);
    maps.insert(maps.begin() + 1, l.map(3, {m}));
  }
  return l.generic({"dequantize", {"m", "no", "ni"}}, inputs, maps,
                   typeOf(scaled), {},
                   [&](LinalgBuilder &e, ValueRange args) -> Value {
                     Value result = args[0];
                     if (!isOfGroups)
                       result = mul(e, result, args[1]);
                     // Adding zero keeps this a stage of its own.
                     else if (factor == 1.0f)
                       result = add(e, result, e.constant(0.0f));
                     if (factor != 1.0f)
                       result = mul(e, result, e.constant(factor));
                     return result;
                   });
}

} // namespace mlir::eke
