//===- TargetAttrs.cpp - What is known of a target ------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/eke/EkeDialect.h"

#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/TargetParser/Triple.h"

#include <cmath>

namespace mlir::eke {

//===----------------------------------------------------------------------===//
// Figures
//===----------------------------------------------------------------------===//

/// Writes a number so that MLIR reads it as one: with a point.
static void writeNumber(llvm::raw_ostream &os, double number) {
  SmallString<32> text;
  llvm::APFloat(number).toString(text);
  size_t exponent = std::min(text.str().find('E'), text.size());
  StringRef digits = text.str().take_front(exponent);
  os << digits << (digits.contains('.') ? "" : ".0")
     << text.str().drop_front(exponent);
}

llvm::raw_ostream &operator<<(llvm::raw_ostream &os, const Figure &figure) {
  writeNumber(os, figure.nominal);
  if (figure.low == figure.nominal && figure.high == figure.nominal)
    return os;
  writeNumber(os << " [", figure.low);
  writeNumber(os << ", ", figure.high);
  return os << ']';
}

/// Parses `88.0 [64.0, 130.0]`, or `88.0` of a number that is known.
FailureOr<Figure> parseFigure(AsmParser &parser) {
  SMLoc loc = parser.getCurrentLocation();
  Figure figure;
  if (parser.parseFloat(figure.nominal))
    return failure();
  figure.low = figure.high = figure.nominal;
  if (succeeded(parser.parseOptionalLSquare()) &&
      (parser.parseFloat(figure.low) || parser.parseComma() ||
       parser.parseFloat(figure.high) || parser.parseRSquare()))
    return failure();
  if (!(figure.low > 0 && figure.low <= figure.nominal &&
        figure.nominal <= figure.high && std::isfinite(figure.high)))
    return parser.emitError(
        loc, "expected a number above 0, with the least and the most it may be "
             "around it");
  return figure;
}

//===----------------------------------------------------------------------===//
// Targets
//===----------------------------------------------------------------------===//

LogicalResult MemoryAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                 StringAttr name, MemoryKind, int64_t capacity,
                                 int64_t ways, int64_t line, int64_t address,
                                 Figure, Figure, Figure, Figure, Figure) {
  for (auto [what, number] :
       {std::pair("a capacity", capacity), std::pair("ways", ways),
        std::pair("a line", line)})
    if (number < 0)
      return emitError() << "expected " << what << " from 0 of memory " << name
                         << ", got " << number;
  int64_t end;
  if (address < -1 || llvm::AddOverflow(address, capacity, end))
    return emitError() << "expected an address from 0 of memory " << name
                       << ", whose end is one as well, got " << address;
  int64_t set;
  if (ways && line && (llvm::MulOverflow(ways, line, set) || capacity % set))
    return emitError() << "expected a capacity of memory " << name
                       << " in whole sets of " << ways << " lines of " << line
                       << " bytes, got " << capacity;
  return success();
}

LogicalResult TargetAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                 StringAttr, StringAttr, StringAttr, StringAttr,
                                 StringAttr, int64_t vectorBits,
                                 ArrayRef<MemoryAttr>, int64_t prefetch,
                                 int64_t stack, Figure, StringAttr, Execution,
                                 CostsAttr) {
  if (!llvm::is_contained({32, 64, 128, 256, 512}, vectorBits))
    return emitError()
           << "expected vector_bits of 32, 64, 128, 256 or 512, got "
           << vectorBits;
  for (auto [what, number] :
       {std::pair("prefetch", prefetch), std::pair("stack", stack)})
    if (number < 0 || !llvm::isInt<32>(number))
      return emitError() << "expected a " << what << " from 0 to 2^31 - 1, got "
                         << number;
  return success();
}

bool TargetAttr::isBareMetal() const {
  llvm::Triple triple(llvm::Triple::normalize(getTriple().getValue()));
  return triple.getOS() == llvm::Triple::UnknownOS &&
         triple.getEnvironment() != llvm::Triple::UnknownEnvironment;
}

SmallVector<int64_t> TargetAttr::getCaches() const {
  SmallVector<int64_t> caches;
  for (MemoryAttr memory : getMemories())
    if (memory.getKind() == MemoryKind::Cache)
      caches.push_back(memory.getCapacity());
  return caches;
}

StringRef TargetAttr::getMainMemory() const {
  for (MemoryAttr memory : llvm::reverse(getMemories()))
    if (memory.getKind() != MemoryKind::Cache)
      return memory.getName();
  return kDefaultMemory;
}

StringRef TargetAttr::getWrittenMemory() const {
  // As many bytes as the device decides are more than any number.
  auto capacityOf = [](MemoryAttr memory) {
    return memory.getCapacity() ? memory.getCapacity() : INT64_MAX;
  };
  MemoryAttr largest;
  for (MemoryAttr memory : getMemories())
    if (memory.getKind() == MemoryKind::Ram &&
        (!largest || capacityOf(memory) >= capacityOf(largest)))
      largest = memory;
  return largest ? largest.getName().getValue() : StringRef(kDefaultMemory);
}

} // namespace mlir::eke
