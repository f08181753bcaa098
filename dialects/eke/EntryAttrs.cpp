//===- EntryAttrs.cpp - What entries and their arguments are --------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/eke/EkeDialect.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "llvm/ADT/STLExtras.h"

namespace mlir::eke {

namespace {

struct Unit {
  llvm::StringLiteral name;
  int64_t nanoseconds;
};

constexpr Unit units[] = {
    {"s", 1000000000}, {"ms", 1000000}, {"us", 1000}, {"ns", 1}};

} // namespace

llvm::raw_ostream &operator<<(llvm::raw_ostream &os, const Period &period) {
  const Unit *unit = llvm::find_if(units, [&](const Unit &unit) {
    return period.nanoseconds % unit.nanoseconds == 0;
  });
  return os << period.nanoseconds / unit->nanoseconds << ' ' << unit->name;
}

/// Parses `640 ms`.
FailureOr<Period> parsePeriod(AsmParser &parser) {
  SMLoc loc = parser.getCurrentLocation();
  int64_t number = 0;
  StringRef name;
  if (parser.parseInteger(number) || parser.parseKeyword(&name))
    return failure();
  const Unit *unit =
      llvm::find_if(units, [&](const Unit &unit) { return unit.name == name; });
  if (unit == std::end(units))
    return parser.emitError(loc, "expected s, ms, us or ns behind the number");
  int64_t nanoseconds;
  if (number <= 0 || llvm::MulOverflow(number, unit->nanoseconds, nanoseconds))
    return parser.emitError(loc, "expected a time above 0 and below 292 years");
  return Period{nanoseconds};
}

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

LogicalResult BoundsAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                 int64_t min, int64_t max) {
  if (min > max)
    return emitError() << "expected bounds that leave a number, got " << min
                       << " to " << max;
  return success();
}

LogicalResult EntryAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                StringAttr, Period, StringAttr, int64_t rows,
                                ArrayAttr inputs, ArrayAttr outputs,
                                int64_t weightBytes) {
  if (rows < 0 || weightBytes < 0)
    return emitError() << "expected rows and bytes of weights from 0, got "
                       << rows << " and " << weightBytes;
  for (ArrayAttr tensors : {inputs, outputs})
    if (tensors && !llvm::all_of(tensors, llvm::IsaPred<ArgumentAttr>))
      return emitError() << "expected a list of #eke.argument, got " << tensors;
  return success();
}

EntryAttr EntryAttr::withSignature(StringAttr name, int64_t rows,
                                   ArrayAttr inputs, ArrayAttr outputs,
                                   int64_t weightBytes) {
  return get(getContext(), getRole(), getEvery(), name, rows, inputs, outputs,
             weightBytes);
}

/// Says what is wrong with what a language model tells about itself, or nothing.
static const char *findProblem(int64_t vocab, int64_t width, int64_t context,
                               int64_t bos, ArrayRef<int64_t> ends,
                               int64_t chunk, int64_t runs, int64_t exit) {
  for (int64_t size : {vocab, width, context, chunk})
    if (size < 1 || !llvm::isInt<32>(size))
      return "vocab, width, context_length and chunk from 1 to 2^31 - 1";
  if (chunk > context)
    return "a chunk of at most context_length rows";
  if (bos < -1 || bos >= vocab)
    return "bos below vocab, or -1";
  for (int64_t token : ends)
    if (token < 0 || token >= vocab)
      return "tokens below vocab in eos";
  if (runs < 0 || exit < 0 || exit > runs || !llvm::isInt<32>(runs))
    return "an exit behind no more blocks than there are runs";
  return nullptr;
}

LogicalResult LanguageAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                   int64_t vocab, int64_t width,
                                   int64_t context, int64_t bos,
                                   DenseI64ArrayAttr eos, int64_t chunk,
                                   int64_t runs, int64_t exit, int64_t drafts,
                                   FloatAttr threshold, FloatAttr, FloatAttr,
                                   DenseF32ArrayAttr rows, FloatAttr rate) {
  if (const char *expected = findProblem(
          vocab, width, context, bos,
          eos ? eos.asArrayRef() : ArrayRef<int64_t>(), chunk, runs, exit))
    return emitError() << "expected " << expected;
  if (drafts < 0 || drafts > kMostDrafts)
    return emitError() << "expected 0 to " << kMostDrafts << " drafts, got "
                       << drafts;
  double probability = threshold ? threshold.getValueAsDouble() : 0;
  if (!(probability >= 0 && probability <= 1))
    return emitError() << "expected a threshold from 0 to 1, got "
                       << probability;
  double share = rate ? rate.getValueAsDouble() : 0;
  if (!(share >= 0 && share <= 1))
    return emitError() << "expected an acceptance_rate from 0 to 1, got "
                       << share;
  if (drafts > 0 && (!rows || rows.size() != drafts + 1))
    return emitError() << "expected in 'rows' the costs of 1 to " << drafts + 1
                       << " rows, got " << (rows ? rows.size() : 0);
  return success();
}

} // namespace mlir::eke
