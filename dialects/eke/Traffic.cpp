//===- Traffic.cpp - What ops of eke move and compute ---------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/eke/Counts.h"
#include "dialects/eke/EkeDialect.h"
#include "dialects/eke/Format.h"
#include "dialects/eke/Rotation.h"

#include <algorithm>

namespace mlir::eke {

/// Of no tensor that can be, whose bytes could not be counted.
static constexpr int64_t mostElements = int64_t(1) << 56;

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

/// Elements of a static type.
static int64_t countElements(ShapedType type) {
  int64_t count = 1;
  for (int64_t extent : type.getShape())
    count = multiplyCounts(count, extent);
  return count;
}

static int64_t countElements(Value tensor) {
  return countElements(cast<ShapedType>(tensor.getType()));
}

int64_t getStoredBytes(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || !tensor.hasStaticShape() ||
      countElements(tensor) > mostElements)
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
  read = all == 0 ? 0
                  : addCounts(multiplyCounts(read / all, rows),
                              multiplyCounts(read % all, rows) / all);
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
  int64_t head = getHeadDim().value_or(rotated);
  if (columns == 0 || head == 0)
    return traffic;
  int64_t heads = columns / head;
  traffic[MacType::F32] = countElements(getInput()) / columns * heads * rotated;
  return traffic;
}

/// The factor of a power of two is a Hadamard matrix, which only adds.
Traffic RotateOp::getTraffic(int64_t) {
  Traffic traffic = readAndWriteAll(*this);
  int64_t part = getInput().getType().getDimSize(1) / getParts();
  traffic[MacType::F32] =
      multiplyCounts(countElements(getInput()), Rotation::findOuterSize(part));
  return traffic;
}

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

/// The sum of min(position + row + 1, window) over the rows: what each of them sees.
static int64_t countSeen(int64_t position, int64_t rows, int64_t window) {
  int64_t growing = std::clamp<int64_t>(window - position - 1, 0, rows);
  return addCounts(addCounts(multiplyCounts(growing, position),
                             multiplyCounts(growing, growing + 1) / 2),
                   multiplyCounts(rows - growing, window));
}

/// With `position` tokens in the caches. A caller who gives a length has filled them. Each
/// of the sub-tokens of a token multiplies with all of those that the token sees.
Traffic AttentionOp::getTraffic(int64_t position) {
  Traffic traffic = readAndWriteAll(*this);
  auto cache = cast<ShapedType>(getKeyCache().getType());
  int64_t fold = getFold();
  int64_t rows = getQuery().getType().getDimSize(0) / fold;
  int64_t context = cache.getDimSize(0) / fold;
  if (rows > context || context == 0) // it is never called
    return traffic;
  position = std::clamp<int64_t>(position, 0, context - rows);
  int64_t window = getWindow().value_or(context);
  // What some row sees is read once; each row multiplies with what it sees.
  int64_t entries = std::min(position + rows, addCounts(window, rows - 1));
  int64_t seen = countSeen(position, rows, window);
  if (getLength()) {
    entries = std::max(position, rows);
    seen = multiplyCounts(rows, entries);
  }

  int64_t columns = getQuery().getType().getDimSize(1);
  traffic[MacType::F32] =
      multiplyCounts(multiplyCounts(2, seen),
                     multiplyCounts(multiplyCounts(fold, fold), columns));
  int64_t bytes = getStoredBytes(cache) / context; // of a token
  for (OpOperand *operand : {&getKeyCacheMutable(), &getValueCacheMutable()})
    traffic.read[operand->getOperandNumber()] = entries * bytes;
  traffic.written = {traffic.written[0], rows * bytes, rows * bytes};
  return traffic;
}

/// Nothing, with as many entries as the op has operands and results.
static Traffic moveNothing(Operation *op) {
  Traffic traffic;
  traffic.read.resize(op->getNumOperands());
  traffic.written.resize(op->getNumResults());
  return traffic;
}

/// It marks a place.
Traffic ExitOp::getTraffic(int64_t) { return moveNothing(*this); }

/// The elements stay where they are.
Traffic FoldOp::getTraffic(int64_t) { return moveNothing(*this); }
Traffic UnfoldOp::getTraffic(int64_t) { return moveNothing(*this); }

} // namespace mlir::eke
