//===- WeightSource.cpp - The elements of a weight as given ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/formats/WeightSource.h"

#include "dialects/eke/InputFile.h"
#include "dialects/eke/Quants.h"
#include "dialects/eke/Rotation.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/Parallel.h"
#include "llvm/Support/Path.h"

#include <cmath>

namespace endian = llvm::support::endian;

namespace mlir::eke {

/// Maps a payload of `weight`, or reports why it cannot be read.
static std::unique_ptr<llvm::MemoryBuffer>
mapPayload(WeightOp weight, PayloadAttr payload, StringRef folder) {
  SmallString<128> path(payload.getFile());
  if (!llvm::sys::path::is_absolute(path)) {
    path = folder;
    llvm::sys::path::append(path, payload.getFile());
  }
  auto buffer = openInputSlice(path, payload.getOffset(), payload.getLength());
  if (buffer)
    return std::move(*buffer);
  weight.emitError() << "weight '" << weight.getSymName()
                     << "': " << llvm::toString(buffer.takeError());
  return nullptr;
}

/// The lowest `bytes` bytes of `bits`, in the order of memory.
static void appendBits(std::string &out, const APInt &bits, unsigned bytes) {
  for (unsigned i = 0; i < bytes; ++i)
    out.push_back(char(bits.extractBitsAsZExtValue(8, 8 * i)));
}

/// Appends the bytes of a resource of the module, or reports that there are others than
/// its type has.
static LogicalResult appendResource(std::string &out, WeightOp weight,
                                    DenseResourceElementsAttr resource) {
  int64_t bytes = resource.getNumElements() *
                  (resource.getElementType().getIntOrFloatBitWidth() / 8);
  ArrayRef<char> data = resource.getData();
  if (static_cast<int64_t>(data.size()) != bytes)
    return weight.emitError()
           << "weight '" << weight.getSymName() << "': resource '"
           << resource.getRawHandle().getKey() << "' has " << data.size()
           << " bytes, expected " << bytes;
  out.append(data.begin(), data.end());
  return success();
}

/// Appends elements that are written in the module.
static LogicalResult appendElements(std::string &out, WeightOp weight,
                                    ElementsAttr elements) {
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(elements))
    return appendResource(out, weight, resource);
  unsigned bytes = elements.getElementType().getIntOrFloatBitWidth() / 8;
  if (isa<FloatType>(elements.getElementType())) {
    for (APFloat value : elements.getValues<APFloat>())
      appendBits(out, value.bitcastToAPInt(), bytes);
    return success();
  }
  for (APInt value : elements.getValues<APInt>())
    appendBits(out, value, bytes);
  return success();
}

/// Does a payload stand for other numbers than its file has?
static bool isChanged(Attribute payload) {
  auto file = dyn_cast<PayloadAttr>(payload);
  return file && file.isChanged();
}

/// Do the elements of a payload lie in its file in the weight's order?
static bool isInOrder(PayloadAttr payload) {
  return !payload.getInterleaved() && !payload.getTransposed();
}

LogicalResult WeightSource::load(WeightOp loaded, StringRef folder) {
  weight = loaded;
  ArrayAttr payloads = weight.getPayloads();
  element = getPayloadElement(payloads[0]);
  count = weight.getTensorType().getNumElements();
  bool changes = llvm::any_of(payloads, isChanged);
  for (Attribute payload : payloads) {
    auto file = dyn_cast<PayloadAttr>(payload);
    if (!file) {
      if (failed(appendElements(owned, weight, cast<ElementsAttr>(payload))))
        return failure();
      continue;
    }
    isInFile = true;
    mapped = mapPayload(weight, file, folder);
    if (!mapped)
      return failure();
    if (changes && failed(appendChanged(file, folder)))
      return failure();
    if (!changes && (payloads.size() > 1 || !isInOrder(file)))
      appendRows(owned, file);
  }
  if (changes)
    element = Float32Type::get(weight.getContext());
  if (weight.getQuantization())
    dequantize();
  return success();
}

/// Appends the rows of the mapped payload in their own order.
void WeightSource::appendRows(std::string &out, PayloadAttr payload) {
  if (payload.getTransposed())
    return appendTransposed(out, payload);
  StringRef bytes = mapped->getBuffer();
  if (!payload.getInterleaved()) {
    out.append(bytes.begin(), bytes.end());
    return;
  }
  int64_t elements = count / weight.getTensorType().getDimSize(0);
  int64_t rows = payload.getNumElements() / elements;
  int64_t rowBytes = getPacking(element).countBytes(elements);
  for (int64_t row = 0; row < rows; ++row) {
    StringRef stored =
        bytes.substr(payload.getFileRow(row) * rowBytes, rowBytes);
    out.append(stored.begin(), stored.end());
  }
}

/// Appends the rows of the mapped payload, which are columns in the file. A few rows of
/// the file are read at once, so that the lines they lie in are read once.
void WeightSource::appendTransposed(std::string &out, PayloadAttr payload) {
  constexpr int64_t together = 32;
  StringRef bytes = mapped->getBuffer();
  int64_t columns = weight.getTensorType().getDimSize(1);
  int64_t rows = columns == 0 ? 0 : payload.getNumElements() / columns;
  size_t size = getPacking(element).bytes, start = out.size();
  out.resize(start + rows * columns * size);
  for (int64_t first = 0; first < columns; first += together)
    for (int64_t row = 0; row < rows; ++row)
      for (int64_t column = first; column < std::min(first + together, columns);
           ++column)
        std::copy_n(bytes.data() +
                        payload.getFileIndex(row, column, columns) * size,
                    size, out.data() + start + (row * columns + column) * size);
}

/// The element of a source matrix, if it can hold `element`.
static std::optional<SourceMatrix::Element> getSourceElement(Type element) {
  if (element.isF32())
    return SourceMatrix::Element::F32;
  if (element.isF16())
    return SourceMatrix::Element::F16;
  if (element.isBF16())
    return SourceMatrix::Element::BF16;
  if (isa<QuantsType>(element))
    return SourceMatrix::Element::Quants;
  return std::nullopt;
}

/// The numbers of a payload as f32; `bad` is the first that is not finite.
static FailureOr<std::vector<float>> toNumbers(WeightOp weight, Type element,
                                               StringRef bytes, int64_t count,
                                               int64_t columns,
                                               std::optional<BadElement> &bad) {
  std::optional<SourceMatrix::Element> source = getSourceElement(element);
  if (!source)
    return weight.emitError()
           << "weight '" << weight.getSymName() << "' has elements of "
           << element
           << ", which cannot be scaled or rotated; expected f32, f16 or bf16";
  auto quants = dyn_cast<QuantsType>(element);
  std::vector<float> numbers(count);
  bad = packPlainF32({reinterpret_cast<const uint8_t *>(bytes.data()), *source,
                      count / columns, columns,
                      quants ? &quants.getKind() : nullptr},
                     reinterpret_cast<uint8_t *>(numbers.data()));
  return numbers;
}

/// Scales and rotates a matrix of `columns` columns as `payload` says.
static void change(MutableArrayRef<float> numbers, int64_t columns,
                   PayloadAttr payload, ArrayRef<float> scale) {
  const int64_t rows = numbers.size() / columns;
  if (!scale.empty())
    for (auto [i, number] : llvm::enumerate(numbers))
      number *= scale[i % columns];
  if (int64_t parts = payload.getRotatedInputs()) {
    Rotation rotation(columns / parts);
    llvm::parallelFor(0, rows, [&](size_t row) {
      rotation.apply(numbers.data() + row * columns, parts);
    });
  }
  if (int64_t parts = payload.getRotatedOutputs()) {
    Rotation rotation(rows / parts);
    llvm::parallelFor(0, columns, [&](size_t column) {
      rotation.apply(numbers.data() + column, parts, columns);
    });
  }
}

/// The numbers that the inputs of `payload` are scaled by, or reports why there are none.
static FailureOr<std::vector<float>>
loadScale(WeightOp weight, PayloadAttr payload, StringRef folder) {
  auto bytes = mapPayload(weight, payload, folder);
  if (!bytes)
    return failure();
  std::optional<BadElement> bad;
  int64_t count = payload.getNumElements();
  auto numbers = toNumbers(weight, payload.getElement(), bytes->getBuffer(),
                           count, count, bad);
  if (succeeded(numbers) && bad)
    return weight.emitError()
           << "weight '" << weight.getSymName() << "': " << payload.getFile()
           << ": element " << bad->index
           << " of its scale, which begins at byte " << payload.getOffset()
           << ", is " << (std::isnan(bad->value) ? "NaN" : "infinite")
           << ", expected a finite number";
  return numbers;
}

FailureOr<std::vector<float>> loadMoments(WeightOp weight, PayloadAttr moments,
                                          StringRef folder) {
  const int64_t columns = weight.getTensorType().getShape().back();
  const int64_t count = moments.getNumElements();
  if (!moments.getElement().isF32() || count % columns != 0 ||
      count / columns != columns)
    return weight.emitError()
           << "weight '" << weight.getSymName() << "' has moments of " << count
           << " numbers of " << moments.getElement() << ", expected " << columns
           << " x " << columns << " of f32";
  auto bytes = mapPayload(weight, moments, folder);
  if (!bytes)
    return failure();
  std::vector<float> numbers(count);
  for (auto [i, number] : llvm::enumerate(numbers))
    number = llvm::bit_cast<float>(
        endian::read32le(bytes->getBufferStart() + 4 * i));
  return numbers;
}

/// Appends, in f32, what the mapped payload stands for.
LogicalResult WeightSource::appendChanged(PayloadAttr payload,
                                          StringRef folder) {
  StringRef stored = mapped->getBuffer();
  std::string ordered;
  if (!isInOrder(payload)) {
    appendRows(ordered, payload);
    stored = ordered;
  }
  const int64_t columns = weight.getTensorType().getShape().back();
  std::optional<BadElement> found;
  auto numbers = toNumbers(weight, payload.getElement(), stored,
                           payload.getNumElements(), columns, found);
  if (failed(numbers))
    return failure();
  if (found && !bad) {
    found->index += owned.size() / sizeof(float);
    bad = found;
  }
  std::vector<float> scale;
  if (PayloadAttr vector = payload.getScale()) {
    auto scales = loadScale(weight, vector, folder);
    if (failed(scales))
      return failure();
    scale = std::move(*scales);
  }
  change(*numbers, columns, payload, scale);
  owned.append(reinterpret_cast<const char *>(numbers->data()),
               numbers->size() * sizeof(float));
  return success();
}

/// Blocks become the numbers that they stand for, in f32.
void WeightSource::decode() {
  const QuantKind &kind = cast<QuantsType>(element).getKind();
  std::string numbers(4 * count, 0);
  std::vector<float> block(kind.elements);
  for (int64_t i = 0; i < count; i += kind.elements) {
    kind.decode(data() + getPacking(element).countBytes(i), block.data());
    for (int64_t k = 0; k < kind.elements; ++k)
      endian::write32le(numbers.data() + 4 * (i + k),
                        llvm::bit_cast<uint32_t>(block[k]));
  }
  owned = std::move(numbers);
  element = Float32Type::get(weight.getContext());
}

const uint8_t *WeightSource::data() const {
  const char *start = owned.empty() ? mapped->getBufferStart() : owned.data();
  return reinterpret_cast<const uint8_t *>(start);
}

/// An integer of `bytes` bytes.
static int64_t loadInteger(const uint8_t *data, unsigned bytes, bool isSigned) {
  uint64_t bits = 0;
  for (unsigned i = 0; i < bytes; ++i)
    bits |= uint64_t(data[i]) << (8 * i);
  return isSigned ? llvm::SignExtend64(bits, 8 * bytes) : int64_t(bits);
}

/// The integers become the numbers that they stand for, in f32.
void WeightSource::dequantize() {
  QuantizationAttr quantization = weight.getQuantization();
  ArrayRef<float> scales = quantization.getScales();
  ArrayRef<int64_t> zeroPoints;
  if (quantization.getZeroPoints())
    zeroPoints = quantization.getZeroPoints();
  ArrayRef<int64_t> shape = weight.getTensorType().getShape();
  // The elements with one index of the axis that lie side by side.
  int64_t run = 1;
  for (size_t dim = quantization.getAxis() + 1; dim < shape.size(); ++dim)
    run *= shape[dim];
  unsigned bytes = element.getIntOrFloatBitWidth() / 8;
  const uint8_t *from = data();
  std::string numbers(4 * count, 0);
  for (int64_t i = 0; i < count; ++i) {
    int64_t channel = i / run % scales.size();
    int64_t stored =
        loadInteger(from + bytes * i, bytes, !element.isUnsignedInteger());
    int64_t steps = stored - (zeroPoints.empty() ? 0 : zeroPoints[channel]);
    float number = static_cast<float>(steps) * scales[channel];
    endian::write32le(numbers.data() + 4 * i, llvm::bit_cast<uint32_t>(number));
  }
  owned = std::move(numbers);
  element = Float32Type::get(weight.getContext());
}

SourceMatrix WeightSource::getMatrix() {
  if (!getSourceElement(element)) {
    std::string numbers(4 * count, 0);
    // What f32 cannot hold becomes infinite, which packing reports.
    (void)convertTo(Float32Type::get(weight.getContext()),
                    reinterpret_cast<uint8_t *>(numbers.data()));
    owned = std::move(numbers);
    element = Float32Type::get(weight.getContext());
  }
  RankedTensorType type = weight.getTensorType();
  int64_t columns = type.getRank() == 0 ? 1 : type.getShape().back();
  auto quants = dyn_cast<QuantsType>(element);
  return {data(), *getSourceElement(element), count / columns, columns,
          quants ? &quants.getKind() : nullptr};
}

/// Rounds each element to the nearest of the other type, ties to even.
std::optional<BadElement> WeightSource::convertTo(FloatType type,
                                                  uint8_t *out) {
  auto own = cast<FloatType>(element);
  unsigned bytes = own.getWidth() / 8, outBytes = type.getWidth() / 8;
  std::optional<BadElement> bad;
  for (int64_t i = 0; i < count; ++i) {
    APInt bits(own.getWidth(),
               loadInteger(data() + bytes * i, bytes, /*isSigned=*/false));
    APFloat value(own.getFloatSemantics(), bits), rounded = value;
    bool losesInfo;
    rounded.convert(type.getFloatSemantics(), APFloat::rmNearestTiesToEven,
                    &losesInfo);
    if (!rounded.isFinite() && !bad && (isInFile || value.isFinite())) {
      value.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven,
                    &losesInfo);
      bad = BadElement{i, static_cast<float>(value.convertToDouble())};
    }
    APInt stored = rounded.bitcastToAPInt();
    for (unsigned byte = 0; byte < outBytes; ++byte)
      out[outBytes * i + byte] = stored.extractBitsAsZExtValue(8, 8 * byte);
  }
  return bad;
}

std::optional<BadElement> WeightSource::copyTo(Type wanted, uint8_t *out) {
  auto type = dyn_cast<FloatType>(wanted);
  if (type && type.isF32() && isInFile && getSourceElement(element))
    return packPlainF32(getMatrix(), out);
  if (isa<QuantsType>(element))
    decode();
  if (type)
    return convertTo(type, out);
  std::copy_n(data(), count * (wanted.getIntOrFloatBitWidth() / 8), out);
  return std::nullopt;
}

} // namespace mlir::eke
