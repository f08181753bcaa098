//===- EkeAttrs.cpp - Attributes of the eke dialect -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/eke/EkeDialect.h"
#include "dialects/eke/Format.h"
#include "dialects/eke/Quants.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::eke;

namespace mlir {
namespace eke {
FailureOr<Period> parsePeriod(AsmParser &parser);
FailureOr<Figure> parseFigure(AsmParser &parser);
} // namespace eke
template <> struct FieldParser<eke::Period> {
  static FailureOr<eke::Period> parse(AsmParser &parser) {
    return eke::parsePeriod(parser);
  }
};
template <> struct FieldParser<eke::Figure> {
  static FailureOr<eke::Figure> parse(AsmParser &parser) {
    return eke::parseFigure(parser);
  }
};
} // namespace mlir

#include "dialects/eke/EkeEnums.cpp.inc"

/// A name as a bare word.
static ParseResult parseWord(AsmParser &parser, StringAttr &word) {
  std::string text;
  if (parser.parseKeywordOrString(&text))
    return failure();
  word = parser.getBuilder().getStringAttr(text);
  return success();
}

static void printWord(AsmPrinter &printer, StringAttr word) {
  printer.printKeywordOrString(word.getValue());
}

#define GET_ATTRDEF_CLASSES
#include "dialects/eke/EkeAttrs.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/eke/EkeTypes.cpp.inc"

void EkeDialect::registerAttributes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/eke/EkeAttrs.cpp.inc"
      >();
}

void EkeDialect::registerTypes() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/eke/EkeTypes.cpp.inc"
      >();
}

bool eke::hasWholeBytes(Type element) {
  if (!element.isIntOrFloat())
    return false;
  unsigned bits = element.getIntOrFloatBitWidth();
  return bits == 8 || bits == 16 || bits == 32 || bits == 64;
}

bool eke::isTooLarge(Type type) {
  auto shaped = dyn_cast<ShapedType>(type);
  if (!shaped || !shaped.hasRank())
    return false;
  Type element = shaped.getElementType();
  uint64_t bytes = element.isIntOrFloat()
                       ? llvm::divideCeil(element.getIntOrFloatBitWidth(), 8)
                       : 8;
  for (int64_t extent : shaped.getShape())
    if (!ShapedType::isDynamic(extent) && extent != 0)
      bytes = llvm::SaturatingMultiply<uint64_t>(bytes, extent);
  return bytes > kMostTensorBytes;
}

LogicalResult QuantsType::verify(function_ref<InFlightDiagnostic()> emitError,
                                 StringAttr name) {
  if (!QuantKind::lookup(name))
    return emitError() << "unknown blocks '" << name.getValue()
                       << "', expected " << QuantKind::listNames();
  return success();
}

const QuantKind &QuantsType::getKind() const {
  return *QuantKind::lookup(getName());
}

ElementPacking eke::getPacking(Type element) {
  if (auto quants = dyn_cast<QuantsType>(element))
    return {quants.getKind().elements, quants.getKind().bytes};
  return {1, element.getIntOrFloatBitWidth() / 8};
}

LogicalResult PayloadAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                  StringRef file, int64_t offset,
                                  int64_t length, Type element,
                                  QuantizationAttr quantization,
                                  int64_t interleaved, int64_t transposed,
                                  PayloadAttr scale, int64_t rotatedInputs,
                                  int64_t rotatedOutputs) {
  if (offset < 0 || length < 0)
    return emitError() << "expected a non-negative byte range, got offset "
                       << offset << " and length " << length;
  if (!hasWholeBytes(element) && !isa<QuantsType>(element))
    return emitError() << "expected elements of one to eight whole bytes, got "
                       << element;
  if (interleaved < 0 || interleaved % 2 != 0)
    return emitError() << "expected an even number of interleaved rows, got "
                       << interleaved;
  if (quantization && interleaved)
    return emitError() << "expected no quantization with interleaved rows";
  if (transposed < 0)
    return emitError()
           << "expected rows of one element or more in the file of a "
              "transposed matrix, got "
           << transposed;
  if (transposed && (quantization || isa<QuantsType>(element)))
    return emitError() << "expected neither blocks nor a quantization of a "
                          "transposed matrix";
  if (quantization && !element.isInteger())
    return emitError() << "expected integers with a quantization, got "
                       << element;
  if (rotatedInputs < 0 || rotatedOutputs < 0)
    return emitError() << "expected a number of rotated parts, got "
                       << std::min(rotatedInputs, rotatedOutputs);
  bool isChanged = scale || rotatedInputs || rotatedOutputs;
  if (isChanged && !isa<FloatType, QuantsType>(element))
    return emitError() << "expected floating point numbers to scale or rotate, "
                          "got "
                       << element;
  if (scale && (scale.isChanged() || !isa<FloatType>(scale.getElement())))
    return emitError()
           << "expected a scale of floating point numbers as they are, got "
           << scale;
  return success();
}

int64_t PayloadAttr::getNumElements() const {
  ElementPacking packing = getPacking(getElement());
  int64_t elements = getLength() / packing.bytes * packing.elements;
  int64_t stride = getTransposed();
  if (stride == 0 || elements == 0)
    return elements;
  int64_t columns = countFileRows();
  return (elements - (columns - 1) * stride) * columns;
}

int64_t PayloadAttr::countFileRows() const {
  int64_t elements = getLength() / getPacking(getElement()).bytes;
  return llvm::divideCeil(elements, getTransposed());
}

int64_t PayloadAttr::getFileIndex(int64_t row, int64_t column,
                                  int64_t columns) const {
  if (int64_t stride = getTransposed())
    return column * stride + getFileRow(row);
  return getFileRow(row) * columns + column;
}

int64_t PayloadAttr::getFileRow(int64_t row) const {
  int64_t set = getInterleaved();
  if (set == 0)
    return row;
  int64_t half = set / 2, inSet = row % set;
  return row - inSet + inSet % half * 2 + inSet / half;
}

LogicalResult
QuantizationAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                         int64_t axis, DenseF32ArrayAttr scales,
                         DenseI64ArrayAttr zeroPoints) {
  if (axis < 0 || scales.empty())
    return emitError() << "expected a non-negative axis and scales, got axis "
                       << axis << " and " << scales.size() << " scales";
  if (zeroPoints && zeroPoints.size() != scales.size())
    return emitError() << "expected as many zero points as scales, got "
                       << zeroPoints.size() << " and " << scales.size();
  return success();
}

/// Reports that no format is called `name`.
static InFlightDiagnostic
reportUnknown(function_ref<InFlightDiagnostic()> emitError, StringAttr name) {
  return emitError() << "unknown format '" << name.getValue() << "', expected "
                     << FormatInterface::listNames(name.getContext());
}

LogicalResult StorageAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                  StringAttr name) {
  if (name != kKeepStorage && !FormatInterface::lookup(name.getContext(), name))
    return reportUnknown(emitError, name);
  return success();
}

LogicalResult FormatAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                 StringAttr name, int64_t group, int64_t tile,
                                 int64_t offset) {
  const FormatInterface *format =
      FormatInterface::lookup(name.getContext(), name);
  if (!format)
    return reportUnknown(emitError, name);
  constexpr int64_t mostTile = 4096; // no vector has more
  if (tile <= 0 || tile > mostTile)
    return emitError() << "expected a tile from 1 to " << mostTile << ", got "
                       << tile;
  return format->verify(emitError, group, offset);
}

LogicalResult
FormatAttr::verifyEncoding(ArrayRef<int64_t> shape, Type elementType,
                           function_ref<InFlightDiagnostic()> emitError) const {
  if (shape.size() != 2)
    return emitError() << "a format is for tensors of rank 2, got rank "
                       << shape.size();
  if (!elementType) // the parser has said that it is none
    return failure();
  if (!isa<FloatType>(elementType))
    return emitError() << "a format is for floating point numbers, got "
                       << elementType;
  return success();
}

/// Parses `<dram, offset = 64>`; the memory is a bare word.
Attribute PlaceAttr::parse(AsmParser &parser, Type) {
  std::string memory;
  int64_t offset = 0;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseLess() || parser.parseKeywordOrString(&memory) ||
      parser.parseComma() || parser.parseKeyword("offset") ||
      parser.parseEqual() || parser.parseInteger(offset) ||
      parser.parseGreater())
    return {};
  if (offset < 0)
    return parser.emitError(loc, "expected a non-negative offset"), Attribute();
  return get(parser.getContext(), parser.getBuilder().getStringAttr(memory),
             offset);
}

void PlaceAttr::print(AsmPrinter &printer) const {
  printer << "<";
  printer.printKeywordOrString(getMemory().getValue());
  printer << ", offset = " << getOffset() << ">";
}
