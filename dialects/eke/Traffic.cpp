//===- Traffic.cpp - What ops of eke move and compute ---------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/eke/EkeDialect.h"
#include "dialects/eke/Format.h"
#include "dialects/eke/Rotation.h"

namespace mlir::eke {

MacType getMacType(Type element) {
  if (element.isBF16())
    return MacType::BF16;
  if (element.isF16())
    return MacType::F16;
  return element.isInteger(8) || element.isInteger(4) ? MacType::Int8
                                                      : MacType::F32;
}

StringRef getName(MacType type) {
  constexpr std::array<llvm::StringLiteral, kMacTypes> names = {"int8", "f16",
                                                                "bf16", "f32"};
  return names[unsigned(type)];
}

int64_t getStoredBytes(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || !tensor.hasStaticShape())
    return 0;
  // A format pads its parts; without one, a tensor takes what its elements do.
  return getFormat(tensor) ? getPacked(tensor).bytes : getByteSize(tensor);
}

Traffic readAndWriteAll(Operation *op) {
  Traffic traffic;
  for (Type type : op->getOperandTypes())
    traffic.read.push_back(getStoredBytes(type));
  for (Type type : op->getResultTypes())
    traffic.written.push_back(getStoredBytes(type));
  return traffic;
}

static int64_t countElements(Value tensor) {
  return cast<ShapedType>(tensor.getType()).getNumElements();
}

//===----------------------------------------------------------------------===//
// Layers with weights
//===----------------------------------------------------------------------===//

Traffic LinearOp::getTraffic(int64_t) {
  Traffic traffic = readAndWriteAll(*this);
  RankedTensorType weight = getWeight().getType();
  FormatAttr format = getFormat(weight);
  // Without a format, sums and products are of f32.
  MacType type = format ? format.getInterface().getMacType() : MacType::F32;
  traffic[type] = countElements(getResult()) * weight.getDimSize(1);
  return traffic;
}

/// Of a table, the rows that are looked up.
static Traffic readRows(Operation *op, OpOperand &table) {
  Traffic traffic = readAndWriteAll(op);
  int64_t rows = cast<ShapedType>(op->getResult(0).getType()).getDimSize(0);
  int64_t all = cast<ShapedType>(table.get().getType()).getDimSize(0);
  int64_t &read = traffic.read[table.getOperandNumber()];
  read = read / all * rows + read % all * rows / all;
  return traffic;
}

Traffic EmbedOp::getTraffic(int64_t) {
  return readRows(*this, getTableMutable());
}

/// `like` gives no more than a number of rows.
Traffic EmbedPositionsOp::getTraffic(int64_t) {
  Traffic traffic = readRows(*this, getTableMutable());
  traffic.read[getLikeMutable().getOperandNumber()] = 0;
  return traffic;
}

/// A sum of squares; what is pointwise multiplies, but adds nothing up.
Traffic NormOp::getTraffic(int64_t) {
  Traffic traffic = readAndWriteAll(*this);
  traffic[MacType::F32] = countElements(getInput());
  return traffic;
}

//===----------------------------------------------------------------------===//
// Rotations
//===----------------------------------------------------------------------===//

Traffic RopeTableOp::getTraffic(int64_t) {
  Traffic traffic = readAndWriteAll(*this);
  traffic.read[getLikeMutable().getOperandNumber()] = 0;
  return traffic;
}

/// A rotated number is a sum of two products: one of them is added.
Traffic RopeOp::getTraffic(int64_t) {
  Traffic traffic = readAndWriteAll(*this);
  int64_t columns = getInput().getType().getDimSize(1);
  int64_t rotated = 2 * cast<ShapedType>(getTable().getType()).getDimSize(2);
  int64_t heads = columns / getHeadDim().value_or(rotated);
  traffic[MacType::F32] = countElements(getInput()) / columns * heads * rotated;
  return traffic;
}

/// The factor of a power of two is a Hadamard matrix, which only adds.
Traffic RotateOp::getTraffic(int64_t) {
  Traffic traffic = readAndWriteAll(*this);
  int64_t part = getInput().getType().getDimSize(1) / getParts();
  traffic[MacType::F32] =
      countElements(getInput()) * Rotation::findOuterSize(part);
  return traffic;
}

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

/// With `position` entries in the caches. A caller who gives a length has filled them.
Traffic AttentionOp::getTraffic(int64_t position) {
  Traffic traffic = readAndWriteAll(*this);
  auto cache = cast<ShapedType>(getKeyCache().getType());
  int64_t rows = getQuery().getType().getDimSize(0);
  int64_t context = cache.getDimSize(0);
  position = std::min(position, context - rows);
  int64_t filled = getLength() ? std::max(position, rows) : position + rows;
  int64_t window = getWindow().value_or(context);
  // What some row sees is read once; each row multiplies with what it sees.
  int64_t seen = 0;
  for (int64_t row = 0; row < rows; ++row)
    seen += getLength() ? filled : std::min(position + row + 1, window);
  int64_t entries = getLength() ? filled : std::min(filled, window + rows - 1);

  int64_t columns = getQuery().getType().getDimSize(1);
  traffic[MacType::F32] = 2 * seen * columns;
  int64_t bytes = getStoredBytes(cache) / context; // of an entry
  for (OpOperand *operand : {&getKeyCacheMutable(), &getValueCacheMutable()})
    traffic.read[operand->getOperandNumber()] = entries * bytes;
  traffic.written = {traffic.written[0], rows * bytes, rows * bytes};
  return traffic;
}

/// Nothing: it marks a place.
Traffic ExitOp::getTraffic(int64_t) {
  Traffic traffic;
  traffic.read.resize(getOperation()->getNumOperands());
  traffic.written.resize(getOperation()->getNumResults());
  return traffic;
}

} // namespace mlir::eke
