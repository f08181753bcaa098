//===- EkeAttrs.cpp - Attributes of the eke dialect -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/eke/EkeDialect.h"
#include "dialects/eke/Format.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::eke;

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

void EkeDialect::registerAttributes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/eke/EkeAttrs.cpp.inc"
      >();
}

LogicalResult PayloadAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                  StringRef file, int64_t offset,
                                  int64_t length, Type element) {
  if (offset < 0 || length < 0)
    return emitError() << "expected a non-negative byte range, got offset "
                       << offset << " and length " << length;
  if (!element.isF32() && !element.isF16() && !element.isBF16())
    return emitError() << "expected elements of type f32, f16 or bf16, got "
                       << element;
  return success();
}

LogicalResult FormatAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                 StringAttr name, int64_t group, int64_t tile,
                                 int64_t offset) {
  MLIRContext *context = name.getContext();
  const FormatInterface *format = FormatInterface::lookup(context, name);
  if (!format)
    return emitError() << "unknown format '" << name.getValue()
                       << "', expected "
                       << FormatInterface::listNames(context);
  if (tile <= 0)
    return emitError() << "expected a positive tile, got " << tile;
  return format->verify(emitError, group, offset);
}

LogicalResult
FormatAttr::verifyEncoding(ArrayRef<int64_t> shape, Type elementType,
                           function_ref<InFlightDiagnostic()> emitError) const {
  if (shape.size() != 2)
    return emitError() << "a format is for tensors of rank 2, got rank "
                       << shape.size();
  return success();
}

/// Parses `<image, offset = 64>`; the memory is a bare word.
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
