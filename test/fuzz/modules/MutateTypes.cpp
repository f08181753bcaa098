//===- MutateTypes.cpp - Other shapes and elements ------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/fuzz/modules/Mutator.h"

#include "mlir/IR/AttrTypeSubElements.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/MathExtras.h"

#include <limits>

namespace mlir::eke::test {
namespace {

/// Gives shaped types another extent or another element type.
struct TypeChange {
  int64_t fromExtent = 0, toExtent = 0;
  Type fromElement, toElement;

  /// The changed type, or the same if there is no such type.
  ShapedType apply(ShapedType type) const {
    SmallVector<int64_t> shape(type.getShape());
    if (fromExtent != toExtent)
      llvm::replace(shape, fromExtent, toExtent);
    Type element = type.getElementType();
    if (element == fromElement)
      element = toElement;
    auto fail = [&] { return emitError(UnknownLoc::get(type.getContext())); };
    // Null where there is none.
    Type changed;
    if (auto tensor = dyn_cast<RankedTensorType>(type))
      changed = RankedTensorType::getChecked(fail, shape, element,
                                             tensor.getEncoding());
    else if (auto buffer = dyn_cast<MemRefType>(type))
      changed = MemRefType::getChecked(fail, shape, element, buffer.getLayout(),
                                       buffer.getMemorySpace());
    return changed ? cast<ShapedType>(changed) : type;
  }

  std::optional<Attribute> apply(DenseElementsAttr dense) const;
};

} // namespace

/// An element of `type` for one of `dense`: the same number, as far as it goes.
static Attribute convert(Attribute value, Type type) {
  if (auto real = dyn_cast<FloatAttr>(value)) {
    if (auto element = dyn_cast<FloatType>(type))
      return FloatAttr::get(element, real.getValueAsDouble());
    return IntegerAttr::get(type, 1);
  }
  APInt integer = cast<IntegerAttr>(value).getValue();
  if (isa<FloatType>(type))
    return FloatAttr::get(type, double(integer.getLimitedValue(100)));
  return IntegerAttr::get(
      type,
      integer.sextOrTrunc(type.isIndex() ? 64 : type.getIntOrFloatBitWidth()));
}

/// The elements that there were, again and again.
std::optional<Attribute> TypeChange::apply(DenseElementsAttr dense) const {
  constexpr uint64_t most = 1 << 16;
  ShapedType type = apply(dense.getType());
  if (type == dense.getType())
    return dense;
  if (!type.getElementType().isIntOrIndexOrFloat() || !type.hasStaticShape())
    return dense;
  if (dense.getNumElements() > 0 && dense.isSplat())
    return DenseElementsAttr::get(
        type, convert(dense.getSplatValue<Attribute>(), type.getElementType()));
  uint64_t count = 1;
  for (int64_t extent : type.getShape())
    count = llvm::SaturatingMultiply(count, uint64_t(extent));
  if (count > most || dense.getNumElements() == 0)
    return dense;
  SmallVector<Attribute> from(dense.getValues<Attribute>()), to;
  for (uint64_t i = 0; i < count; ++i)
    to.push_back(convert(from[i % from.size()], type.getElementType()));
  return DenseElementsAttr::get(type, to);
}

/// The shaped types of the module's values and of what they are functions of.
static SmallVector<ShapedType> findTypes(ModuleOp module) {
  SetVector<ShapedType> types;
  AttrTypeWalker walker;
  walker.addWalk([&](Type type) {
    if (auto shaped = dyn_cast<ShapedType>(type))
      types.insert(shaped);
  });
  module.walk([&](Operation *op) {
    walker.walk(op->getAttrDictionary());
    for (Type type : op->getResultTypes())
      walker.walk(type);
    for (Region &region : op->getRegions())
      for (Block &block : region)
        for (Type type : block.getArgumentTypes())
          walker.walk(type);
  });
  return types.takeVector();
}

static int64_t pickExtent(int64_t extent, Random &random) {
  static constexpr int64_t extents[] = {
      0,  1,  2,  3,  4,  5,  7,   8,   13,   15,         16,
      17, 31, 32, 33, 64, 65, 100, 128, 1024, 1073741824, ShapedType::kDynamic};
  if (extent > 0 && extent < 1 << 20 && random.oneIn(2))
    return random.oneIn(2) ? extent * 2 : std::max<int64_t>(extent / 2, 1);
  return random.pick(extents);
}

static Type pickElement(Builder b, Random &random) {
  const Type elements[] = {
      b.getF32Type(), b.getF16Type(),      b.getBF16Type(), b.getF64Type(),
      b.getI8Type(),  b.getI1Type(),       b.getI16Type(),  b.getI32Type(),
      b.getI64Type(), b.getIntegerType(4), b.getIndexType()};
  return random.pick(llvm::ArrayRef(elements));
}

void changeTypes(ModuleOp module, Random &random) {
  SmallVector<ShapedType> types = findTypes(module);
  if (types.empty())
    return;
  ShapedType chosen = random.pick(types);
  TypeChange change;
  if (chosen.hasRank() && chosen.getRank() > 0 && !random.oneIn(4)) {
    change.fromExtent = random.pick(chosen.getShape());
    change.toExtent = pickExtent(change.fromExtent, random);
  } else {
    change.fromElement = chosen.getElementType();
    change.toElement = pickElement(Builder(module.getContext()), random);
  }
  AttrTypeReplacer replacer;
  replacer.addReplacement([&](Type type) -> std::optional<Type> {
    if (auto shaped = dyn_cast<ShapedType>(type); shaped && shaped.hasRank())
      return Type(change.apply(shaped));
    return std::nullopt;
  });
  replacer.addReplacement(
      [&](DenseElementsAttr dense) { return change.apply(dense); });
  replacer.recursivelyReplaceElementsIn(module, /*replaceAttrs=*/true,
                                        /*replaceLocs=*/false,
                                        /*replaceTypes=*/true);
}

} // namespace mlir::eke::test
