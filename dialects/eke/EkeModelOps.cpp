//===- EkeModelOps.cpp - Weights and states -------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/eke/EkeDialect.h"
#include "dialects/eke/Format.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace mlir::eke;

/// Reports a place in another memory than `memory`, or one out of line.
static LogicalResult verifyPlace(Operation *op, std::optional<PlaceAttr> place,
                                 StringRef memory) {
  if (!place ||
      (place->getMemory() == memory && place->getOffset() % kAlignment == 0))
    return success();
  return op->emitOpError("expected a place in memory '")
         << memory << "' at a multiple of " << kAlignment << " bytes, got "
         << *place;
}

LogicalResult WeightOp::verify() {
  RankedTensorType type = getTensorType();
  if (!type.hasStaticShape() || !type.getElementType().isF32()) // (C3)
    return emitOpError("expected a static tensor of f32, got ") << type;
  if (getPayloads().empty()) // (C4)
    return emitOpError("expected a payload");
  auto payloads = getPayloads().getAsRange<PayloadAttr>();
  PayloadAttr first = *payloads.begin();
  int64_t rows = type.getRank() == 0 ? 1 : type.getDimSize(0), length = 0;
  int64_t bytes = type.getNumElements() * first.getElementBytes();
  for (PayloadAttr payload : payloads) {
    if (payload.getElement() != first.getElement()) // (C4)
      return emitOpError("has payloads of ")
             << first.getElement() << " and of " << payload.getElement();
    if (getPayloads().size() > 1 && rows != 0 && bytes != 0 &&
        payload.getLength() % (bytes / rows) != 0) // (C4)
      return emitOpError("has rows of ")
             << bytes / rows << " bytes but a payload of "
             << payload.getLength();
    length += payload.getLength();
  }
  if (length != bytes) // (C1)
    return emitOpError("expected a payload of ")
           << bytes << " bytes for " << type << ", got " << length;
  return verifyPlace(*this, getPlace(), "image"); // (C2)
}

LogicalResult StateOp::verify() {
  RankedTensorType type = getTensorType();
  if (!type.hasStaticShape()) // (C1)
    return emitOpError("expected a static shape, got ") << type;
  if (type.getEncoding() || !isStorable(type.getElementType())) // (C1)
    return emitOpError("expected a tensor of numbers without encoding, got ")
           << type;
  if (std::optional<ElementsAttr> initial = getInitial();
      initial && initial->getShapedType() != type) // (C3)
    return emitOpError("has type ") << type << " but an initial value of type "
                                    << initial->getShapedType();
  return verifyPlace(*this, getPlace(), "state"); // (C2)
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
