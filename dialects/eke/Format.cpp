//===- Format.cpp - Packed shapes of weights ------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/eke/Format.h"

#include "dialects/eke/Quants.h"

#include "llvm/Support/MathExtras.h"

namespace mlir::eke {

int64_t getByteSize(RankedTensorType type) {
  return type.getNumElements() *
         llvm::divideCeil(type.getElementTypeBitWidth(), 8);
}

int64_t alignUp(int64_t bytes) { return llvm::alignTo(bytes, kAlignment); }

FormatAttr getFormat(RankedTensorType type) {
  return dyn_cast_if_present<FormatAttr>(type.getEncoding());
}

RankedTensorType withFormat(RankedTensorType type, FormatAttr format) {
  return RankedTensorType::get(type.getShape(), type.getElementType(), format);
}

/// Adds the parts' offsets to a packed weight whose types are known.
static PackedWeight withOffsets(RankedTensorType values,
                                RankedTensorType scales = {}) {
  PackedWeight packed{values, scales};
  packed.scalesOffset = alignUp(getByteSize(values));
  packed.bytes = packed.scalesOffset;
  if (scales)
    packed.bytes += alignUp(getByteSize(scales));
  return packed;
}

PackedWeight getPacked(RankedTensorType type) {
  FormatAttr format = getFormat(type);
  if (!format)
    return withOffsets(
        RankedTensorType::get(type.getShape(), type.getElementType()));

  const FormatInterface &interface = format.getInterface();
  return withOffsets(interface.getValuesType(type),
                     interface.getScalesType(type));
}

const FormatInterface *FormatInterface::lookup(MLIRContext *context,
                                               StringRef name) {
  for (const auto &format :
       context->getLoadedDialect<EkeDialect>()->getFormats())
    if (format->getName() == name)
      return format.get();
  return nullptr;
}

std::string FormatInterface::listNames(MLIRContext *context) {
  std::string names;
  auto formats = context->getLoadedDialect<EkeDialect>()->getFormats();
  for (auto [index, format] : llvm::enumerate(formats)) {
    if (index > 0)
      names += index + 1 == formats.size() ? " or " : ", ";
    names += format->getName();
  }
  return names;
}

const FormatInterface &FormatAttr::getInterface() const {
  return *FormatInterface::lookup(getContext(), getName());
}

int64_t FormatInterface::countBitEighths(MLIRContext *context) const {
  FormatAttr format = choose(context, TargetAttr());
  // Whole tiles and groups, so that nothing is padded.
  constexpr int64_t inputs = 1024;
  auto type = RankedTensorType::get({format.getTile(), inputs},
                                    Float32Type::get(context), format);
  return getPacked(type).bytes * 64 / type.getNumElements();
}

const FormatInterface *FormatInterface::findKeeping(MLIRContext *context,
                                                    ArrayRef<Type> elements) {
  int64_t most = 0;
  for (Type element : elements) {
    ElementPacking packing = getPacking(element);
    most = std::max(most, 2 * 64 * packing.bytes / packing.elements);
  }
  const FormatInterface *smallest = nullptr;
  int64_t bits = most + 1;
  for (const auto &format :
       context->getLoadedDialect<EkeDialect>()->getFormats()) {
    auto keeps = [&](Type element) { return format->keeps(element); };
    int64_t own = format->countBitEighths(context);
    if (own < bits && llvm::all_of(elements, keeps)) {
      smallest = format.get();
      bits = own;
    }
  }
  return smallest;
}

const FormatInterface &FormatInterface::findNearest(MLIRContext *context) {
  const FormatInterface *nearest = nullptr;
  for (const auto &format :
       context->getLoadedDialect<EkeDialect>()->getFormats()) {
    bool keepsBlocks =
        llvm::any_of(QuantKind::getAll(), [&](const QuantKind &kind) {
          return format->keeps(
              QuantsType::get(context, StringAttr::get(context, kind.name)));
        });
    if (keepsBlocks && (!nearest || format->countBitEighths(context) >
                                        nearest->countBitEighths(context)))
      nearest = format.get();
  }
  return *nearest;
}

const FormatInterface *StorageAttr::findFormat(ArrayRef<Type> elements) const {
  if (getName() == kKeepStorage)
    return FormatInterface::findKeeping(getContext(), elements);
  return FormatInterface::lookup(getContext(), getName());
}

} // namespace mlir::eke
