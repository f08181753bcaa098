//===- EkeModelOps.cpp - Weights and states -------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/eke/EkeDialect.h"
#include "dialects/eke/Format.h"
#include "dialects/eke/Rotation.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace mlir::eke;

/// Reports a place that is out of line.
static LogicalResult verifyPlace(Operation *op,
                                 std::optional<PlaceAttr> place) {
  if (!place || place->getOffset() % kAlignment == 0)
    return success();
  return op->emitOpError("expected a place at a multiple of ")
         << kAlignment << " bytes, got " << *place;
}

Type eke::getPayloadElement(Attribute payload) {
  if (auto file = dyn_cast<PayloadAttr>(payload))
    return file.getElement();
  return cast<ElementsAttr>(payload).getElementType();
}

int64_t eke::countPayloadElements(Attribute payload) {
  if (auto file = dyn_cast<PayloadAttr>(payload))
    return file.getNumElements();
  return cast<ElementsAttr>(payload).getNumElements();
}

QuantizationAttr WeightOp::getQuantization() {
  auto file = dyn_cast<PayloadAttr>(getPayloads()[0]);
  return file ? file.getQuantization() : QuantizationAttr();
}

/// Do the elements of the payloads fit the type?
static LogicalResult verifyElements(WeightOp weight) {
  RankedTensorType type = weight.getTensorType();
  Type wanted = type.getElementType();
  Type given = getPayloadElement(weight.getPayloads()[0]);
  QuantizationAttr quantization = weight.getQuantization();
  if (given != wanted && !isa<FloatType>(wanted)) // (C5)
    return weight.emitOpError("has elements of ")
           << wanted << " but a payload of " << given;
  if (isa<FloatType>(wanted) && !isa<FloatType, QuantsType>(given) &&
      !quantization) // (C5)
    return weight.emitOpError("has elements of ")
           << wanted << " but a payload of " << given
           << " without quantization";
  if (!quantization)
    return success();
  if (weight.getPayloads().size() > 1) // (C6)
    return weight.emitOpError("has a quantization and several payloads");
  int64_t axis = quantization.getAxis(),
          scales = quantization.getScales().size();
  if (scales != 1 &&
      (axis >= type.getRank() || scales != type.getDimSize(axis))) // (C6)
    return weight.emitOpError("has ")
           << scales << " scales for dimension " << axis << " of " << type;
  return success();
}

/// Do the rows of the payloads lie in the file as they say?
static LogicalResult verifyRows(WeightOp weight, int64_t rows) {
  RankedTensorType type = weight.getTensorType();
  for (Attribute payload : weight.getPayloads()) {
    auto file = dyn_cast<PayloadAttr>(payload);
    if (!file || type.getNumElements() == 0)
      continue;
    int64_t columns = type.getRank() == 0 ? 1 : type.getShape().back();
    int64_t block = getPacking(file.getElement()).elements;
    if (columns % block != 0) // (C8)
      return weight.emitOpError("has rows of ")
             << columns << " elements, which are no whole blocks of " << block;
    if (file.getTransposed() && type.getRank() != 2) // (C11)
      return weight.emitOpError("has a transposed payload but rank ")
             << type.getRank() << ", expected a matrix";
    if (file.getTransposed() && file.countFileRows() != columns) // (C11)
      return weight.emitOpError("has a transposed payload of ")
             << file.countFileRows() << " rows in the file, expected "
             << columns << ", its columns";
    int64_t set = file.getInterleaved();
    int64_t own = file.getNumElements() / (type.getNumElements() / rows);
    if (set != 0 && own % set != 0) // (C9)
      return weight.emitOpError("has a payload of ")
             << own << " rows, of which each " << set << " are interleaved";
  }
  return success();
}

/// Can a payload with `rows` rows be scaled and rotated as it says?
static LogicalResult verifyChange(WeightOp weight, PayloadAttr payload,
                                  int64_t rows) {
  int64_t columns = weight.getTensorType().getShape().back();
  auto divides = [&](int64_t parts, int64_t size) {
    return parts == 0 ||
           (size > 0 && size % parts == 0 && Rotation::exists(size / parts));
  };
  if (!divides(payload.getRotatedInputs(), columns) ||
      !divides(payload.getRotatedOutputs(), rows)) // (C10)
    return weight.emitOpError("has a payload of ")
           << rows << " x " << columns << " elements, which do not come in "
           << std::max(payload.getRotatedInputs(), payload.getRotatedOutputs())
           << " parts to rotate";
  if (payload.getScale() &&
      payload.getScale().getNumElements() != columns) // (C10)
    return weight.emitOpError("has ")
           << payload.getScale().getNumElements() << " scales for " << columns
           << " columns";
  return success();
}

/// Can what the payloads scale and rotate be so?
static LogicalResult verifyChanges(WeightOp weight) {
  RankedTensorType type = weight.getTensorType();
  for (Attribute payload : weight.getPayloads()) {
    auto file = dyn_cast<PayloadAttr>(payload);
    if (!file || !file.isChanged())
      continue;
    if (type.getRank() == 0 || type.getRank() > 2 ||
        type.getNumElements() == 0) // (C10)
      return weight.emitOpError("scales or rotates ")
             << type << ", expected a vector or a matrix";
    int64_t rows = file.getNumElements() / type.getShape().back();
    if (failed(verifyChange(weight, file, rows)))
      return failure();
  }
  return success();
}

LogicalResult WeightOp::verify() {
  RankedTensorType type = getTensorType();
  if (!type.hasStaticShape() || !hasWholeBytes(type.getElementType())) // (C3)
    return emitOpError("expected a static tensor with elements of one to eight "
                       "whole bytes, got ")
           << type;
  if (isTooLarge(type)) // (C7)
    return emitOpError("expected at most 2^40 bytes, got ") << type;
  if (getPayloads().empty()) // (C4)
    return emitOpError("expected a payload");
  Type element = getPayloadElement(getPayloads()[0]);
  int64_t rows = type.getRank() == 0 ? 1 : type.getDimSize(0), count = 0;
  int64_t all = type.getNumElements();
  ElementPacking packing = getPacking(element);
  for (Attribute payload : getPayloads()) {
    Type own = getPayloadElement(payload);
    if (own != element) // (C4)
      return emitOpError("has payloads of ") << element << " and of " << own;
    int64_t elements = countPayloadElements(payload);
    if (getPayloads().size() > 1 && rows != 0 && all != 0 &&
        elements % (all / rows) != 0) // (C4)
      return emitOpError("has rows of ")
             << packing.countBytes(all / rows) << " bytes but a payload of "
             << packing.countBytes(elements);
    if (auto file = dyn_cast<PayloadAttr>(payload);
        file && file.getLength() % packing.bytes != 0) // (C1)
      return emitOpError("has a payload of ")
             << file.getLength() << " bytes, which are no whole elements of "
             << element;
    count += elements;
  }
  if (count != all) // (C1)
    return emitOpError("expected a payload of ")
           << packing.countBytes(all) << " bytes for " << type << ", got "
           << packing.countBytes(count);
  if (failed(verifyElements(*this)) || failed(verifyRows(*this, rows)) ||
      failed(verifyChanges(*this)))
    return failure();
  return verifyPlace(*this, getPlace()); // (C2)
}

LogicalResult StateOp::verify() {
  RankedTensorType type = getTensorType();
  if (!type.hasStaticShape()) // (C1)
    return emitOpError("expected a static shape, got ") << type;
  if (type.getEncoding() || !isStorable(type.getElementType())) // (C1)
    return emitOpError("expected a tensor of numbers without encoding, got ")
           << type;
  if (isTooLarge(type)) // (C4)
    return emitOpError("expected at most 2^40 bytes, got ") << type;
  if (std::optional<ElementsAttr> initial = getInitial();
      initial && initial->getShapedType() != type) // (C3)
    return emitOpError("has type ") << type << " but an initial value of type "
                                    << initial->getShapedType();
  return verifyPlace(*this, getPlace()); // (C2)
}

LogicalResult UseOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto weight =
      symbols.lookupNearestSymbolFrom<WeightOp>(*this, getSymbolAttr());
  if (!weight) // (C1)
    return emitOpError() << getSymbolAttr() << " is no weight";
  if (getType() != weight.getTensorType()) // (C1)
    return emitOpError() << getSymbolAttr() << " has type "
                         << weight.getTensorType() << ", used as " << getType();
  return success();
}

/// Reports an op that takes a state of another type for one of `type`.
static LogicalResult verifyState(Operation *op, FlatSymbolRefAttr name,
                                 Type type, SymbolTableCollection &symbols) {
  auto state = symbols.lookupNearestSymbolFrom<StateOp>(op, name);
  if (!state)
    return op->emitOpError() << name << " is no state";
  if (type != state.getTensorType())
    return op->emitOpError() << name << " has type " << state.getTensorType()
                             << ", used as " << type;
  return success();
}

LogicalResult ReadOp::verifySymbolUses(SymbolTableCollection &symbols) {
  return verifyState(*this, getStateAttr(), getType(), symbols); // (C1)
}

LogicalResult WriteOp::verifySymbolUses(SymbolTableCollection &symbols) {
  return verifyState(*this, getStateAttr(), getValue().getType(),
                     symbols); // (C1)
}
