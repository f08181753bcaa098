//===- MutateAttributes.cpp - Other attributes of the same kind -----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/fuzz/modules/Mutator.h"

#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/AttrTypeSubElements.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/TypeSwitch.h"

#include <limits>

namespace mlir::eke::test {

void AttributePool::add(Attribute attribute) {
  AttrTypeWalker walker;
  walker.addWalk(
      [&](Attribute part) { byKind[part.getTypeID()].insert(part); });
  walker.walk(attribute);
}

void AttributePool::add(Operation *op) {
  op->walk([&](Operation *inner) {
    for (NamedAttribute attribute : inner->getAttrDictionary())
      add(attribute.getValue());
  });
}

Attribute AttributePool::pickLike(Attribute attribute, Random &random) const {
  auto found = byKind.find(attribute.getTypeID());
  if (found == byKind.end())
    return attribute;
  return random.pick(found->second.getArrayRef());
}

/// A number near `value`, or at an edge.
static APInt changeInteger(const APInt &value, Random &random) {
  static constexpr int64_t edges[] = {0,
                                      1,
                                      -1,
                                      2,
                                      127,
                                      255,
                                      65536,
                                      std::numeric_limits<int32_t>::max(),
                                      std::numeric_limits<int64_t>::max(),
                                      std::numeric_limits<int64_t>::min()};
  if (random.oneIn(3))
    return APInt(64, random.pick(edges), /*isSigned=*/true)
        .sextOrTrunc(value.getBitWidth());
  return value +
         APInt(64, random.below(9), true).sextOrTrunc(value.getBitWidth()) -
         APInt(64, 4, true).sextOrTrunc(value.getBitWidth());
}

static APFloat changeReal(const APFloat &value, Random &random) {
  const llvm::fltSemantics &kind = value.getSemantics();
  switch (random.below(8)) {
  case 0:
    return APFloat::getZero(kind, random.oneIn(2));
  case 1:
    return APFloat::getInf(kind, random.oneIn(2));
  case 2:
    return APFloat::getNaN(kind);
  case 3:
    return APFloat::getLargest(kind, random.oneIn(2));
  case 4:
    return APFloat::getSmallest(kind, random.oneIn(2));
  case 5:
    return neg(value);
  default: {
    APFloat other = value;
    other.next(/*nextDown=*/random.oneIn(2));
    return other;
  }
  }
}

/// Drops, repeats, exchanges or changes an element.
static Attribute changeArray(ArrayAttr array, const AttributePool &pool,
                             Random &random) {
  SmallVector<Attribute> elements(array.getValue());
  if (elements.empty())
    return pool.pickLike(array, random);
  size_t at = random.below(elements.size());
  switch (random.below(5)) {
  case 0:
    elements.erase(elements.begin() + at);
    break;
  case 1:
    elements.insert(elements.begin() + at, random.pick(elements));
    break;
  case 2:
    std::swap(elements[at], random.pick(elements));
    break;
  default:
    elements[at] = changeAttribute(elements[at], pool, random);
  }
  return ArrayAttr::get(array.getContext(), elements);
}

/// Changes one element, or all if they are one.
static Attribute changeElements(DenseElementsAttr dense, Random &random) {
  if (dense.getNumElements() == 0 || dense.getNumElements() > 4096)
    return dense;
  size_t at = random.below(dense.isSplat() ? 1 : dense.getNumElements());
  if (isa<FloatType>(dense.getElementType())) {
    if (dense.isSplat())
      return DenseElementsAttr::get(
          dense.getType(), changeReal(dense.getSplatValue<APFloat>(), random));
    SmallVector<APFloat> values(dense.getValues<APFloat>());
    values[at] = changeReal(values[at], random);
    return DenseElementsAttr::get(dense.getType(), values);
  }
  if (!isa<IntegerType, IndexType>(dense.getElementType()))
    return dense;
  if (dense.isSplat())
    return DenseElementsAttr::get(
        dense.getType(), changeInteger(dense.getSplatValue<APInt>(), random));
  SmallVector<APInt> values(dense.getValues<APInt>());
  values[at] = changeInteger(values[at], random);
  return DenseElementsAttr::get(dense.getType(), values);
}

template <typename ArrayT>
static Attribute changeNumbers(ArrayT array, Random &random) {
  auto values = llvm::to_vector(array.asArrayRef());
  if (values.empty())
    return array;
  size_t at = random.below(values.size());
  if (random.oneIn(2))
    std::swap(values[at], random.pick(values));
  else
    values[at] += random.below(5) - 2;
  return ArrayT::get(array.getContext(), values);
}

/// Changes a number in the text of an attribute, so that what comes out is one that
/// users could write: parameters that are no attributes have no other way in.
static Attribute changeText(Attribute attribute, const AttributePool &pool,
                            Random &random) {
  static constexpr StringLiteral numbers[] = {
      "0",          "1",          "2",
      "3",          "8",          "64",
      "2147483647", "4294967296", "9223372036854775807",
      "-1"};
  std::string text;
  llvm::raw_string_ostream(text) << attribute;
  SmallVector<std::pair<size_t, size_t>> places;
  for (size_t at = 0; at < text.size(); ++at) {
    size_t end =
        std::min(text.find_first_not_of("0123456789", at), text.size());
    if (end > at)
      places.push_back({at, end - at});
    at = end;
  }
  if (places.empty())
    return pool.pickLike(attribute, random);
  auto [at, size] = random.pick(places);
  text.replace(at, size, random.pick(numbers));
  Attribute changed = parseAttribute(text, attribute.getContext());
  return changed ? changed : pool.pickLike(attribute, random);
}

Attribute changeAttribute(Attribute attribute, const AttributePool &pool,
                          Random &random) {
  if (random.oneIn(3))
    return pool.pickLike(attribute, random);
  return TypeSwitch<Attribute, Attribute>(attribute)
      .Case([&](IntegerAttr integer) -> Attribute {
        return IntegerAttr::get(integer.getType(),
                                changeInteger(integer.getValue(), random));
      })
      .Case([&](FloatAttr real) -> Attribute {
        return FloatAttr::get(real.getType(),
                              changeReal(real.getValue(), random));
      })
      .Case([&](ArrayAttr array) { return changeArray(array, pool, random); })
      .Case([&](DenseElementsAttr dense) {
        return changeElements(dense, random);
      })
      .Case<DenseI64ArrayAttr, DenseI32ArrayAttr, DenseBoolArrayAttr>(
          [&](auto array) { return changeNumbers(array, random); })
      .Case<StringAttr, SymbolRefAttr, TypeAttr, AffineMapAttr, UnitAttr>(
          [&](Attribute whole) { return pool.pickLike(whole, random); })
      .Default(
          [&](Attribute other) { return changeText(other, pool, random); });
}

} // namespace mlir::eke::test
