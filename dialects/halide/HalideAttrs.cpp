//===- HalideAttrs.cpp - Syntax of schedules ------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A directive reads like the call it becomes: split(k, ko, ki, 8). What each
// kind takes is one row of the table `shapes`.
//
//===----------------------------------------------------------------------===//

#include "dialects/halide/HalideDialect.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

#include "dialects/halide/HalideEnums.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/halide/HalideAttrs.cpp.inc"

namespace mlir::eke::halide {

void HalideDialect::registerAttributes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/halide/HalideAttrs.cpp.inc"
      >();
}

namespace {

/// What stands between the brackets of a directive.
struct DirectiveShape {
  unsigned minLoops, maxLoops;
  enum { NoStage, StageFirst, StageLast } stage;
  enum { NoFactor, MayHaveFactor, HasFactor } factor;
};

constexpr unsigned any = ~0u;

/// Indexed by DirectiveKind.
constexpr DirectiveShape shapes[] = {
    {0, 0, DirectiveShape::NoStage, DirectiveShape::NoFactor},      // inline
    {0, 0, DirectiveShape::NoStage, DirectiveShape::NoFactor},      // root
    {1, 1, DirectiveShape::StageFirst, DirectiveShape::NoFactor},   // at
    {3, 3, DirectiveShape::NoStage, DirectiveShape::HasFactor},     // split
    {3, 3, DirectiveShape::NoStage, DirectiveShape::NoFactor},      // fuse
    {2, any, DirectiveShape::NoStage, DirectiveShape::NoFactor},    // reorder
    {1, 1, DirectiveShape::NoStage, DirectiveShape::MayHaveFactor}, // vectorize
    {1, 1, DirectiveShape::NoStage, DirectiveShape::MayHaveFactor}, // unroll
    {1, 1, DirectiveShape::NoStage, DirectiveShape::MayHaveFactor}, // parallel
    {0, 1, DirectiveShape::NoStage, DirectiveShape::NoFactor},      // atomic
    {2, 2, DirectiveShape::StageLast, DirectiveShape::NoFactor},    // rfactor
};

const DirectiveShape &shapeOf(DirectiveKind kind) {
  return shapes[static_cast<unsigned>(kind)];
}

/// The parts of a directive while it is parsed.
struct ParsedDirective {
  SmallVector<StringAttr> loops;
  StringAttr stage;
  int64_t factor = 0;
};

} // namespace

/// Parses one element of a directive's list: a stage, a factor or a loop.
static ParseResult parseElement(AsmParser &parser, ParsedDirective &parsed) {
  std::string stage;
  if (succeeded(parser.parseOptionalString(&stage))) {
    parsed.stage = StringAttr::get(parser.getContext(), stage);
    return success();
  }
  OptionalParseResult factor = parser.parseOptionalInteger(parsed.factor);
  if (factor.has_value())
    return *factor;
  StringRef loop;
  if (parser.parseKeyword(&loop))
    return failure();
  parsed.loops.push_back(StringAttr::get(parser.getContext(), loop));
  return success();
}

static DirectiveAttr parseDirective(AsmParser &parser) {
  SMLoc loc = parser.getCurrentLocation();
  StringRef keyword;
  if (parser.parseKeyword(&keyword))
    return {};
  std::optional<DirectiveKind> kind = symbolizeDirectiveKind(keyword);
  if (!kind) {
    parser.emitError(loc) << "unknown directive '" << keyword << "'";
    return {};
  }
  ParsedDirective parsed;
  if (succeeded(parser.parseOptionalLParen()))
    if (parser.parseCommaSeparatedList(
            [&] { return parseElement(parser, parsed); }) ||
        parser.parseRParen())
      return {};
  return DirectiveAttr::getChecked([&] { return parser.emitError(loc); },
                                   parser.getContext(), *kind, parsed.loops,
                                   parsed.stage, parsed.factor);
}

static void printDirective(AsmPrinter &printer, DirectiveAttr directive) {
  const DirectiveShape &shape = shapeOf(directive.getKind());
  SmallVector<std::string> elements;
  std::string stage =
      directive.getStage() ? '"' + directive.getStage().str() + '"' : "";
  if (shape.stage == DirectiveShape::StageFirst)
    elements.push_back(stage);
  for (StringAttr loop : directive.getLoops())
    elements.push_back(loop.str());
  if (directive.getFactor() != 0)
    elements.push_back(std::to_string(directive.getFactor()));
  if (shape.stage == DirectiveShape::StageLast)
    elements.push_back(stage);

  printer << stringifyDirectiveKind(directive.getKind());
  if (!elements.empty()) {
    printer << '(';
    llvm::interleaveComma(elements, printer.getStream());
    printer << ')';
  }
}

//===----------------------------------------------------------------------===//
// DirectiveAttr
//===----------------------------------------------------------------------===//

DirectiveAttr DirectiveAttr::get(MLIRContext *context, DirectiveKind kind,
                                 ArrayRef<StringRef> loops, int64_t factor,
                                 StringRef stage) {
  SmallVector<StringAttr> loopAttrs;
  for (StringRef loop : loops)
    loopAttrs.push_back(StringAttr::get(context, loop));
  StringAttr stageAttr;
  if (!stage.empty())
    stageAttr = StringAttr::get(context, stage);
  return get(context, kind, loopAttrs, stageAttr, factor);
}

LogicalResult
DirectiveAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                      DirectiveKind kind, ArrayRef<StringAttr> loops,
                      StringAttr stage, int64_t factor) {
  StringRef name = stringifyDirectiveKind(kind);
  const DirectiveShape &shape = shapeOf(kind);
  if (loops.size() < shape.minLoops || loops.size() > shape.maxLoops)
    return emitError() << name << " takes "
                       << (shape.maxLoops == any ? "at least " : "")
                       << shape.minLoops << " loops, got " << loops.size();
  bool takesStage = shape.stage != DirectiveShape::NoStage;
  if (takesStage != static_cast<bool>(stage))
    return emitError() << name << " takes " << (takesStage ? "a" : "no")
                       << " stage";
  bool hasFactor = factor != 0;
  if (hasFactor ? shape.factor == DirectiveShape::NoFactor
                : shape.factor == DirectiveShape::HasFactor)
    return emitError() << name << " takes " << (hasFactor ? "no" : "a")
                       << " factor";
  if (factor < 0 || factor > kMostFactor)
    return emitError() << name << " takes a factor from 1 to " << kMostFactor
                       << ", got " << factor;
  if (kind == DirectiveKind::Atomic && !loops.empty() &&
      loops.front() != "override")
    return emitError() << "atomic takes nothing or 'override', got '"
                       << loops.front().getValue() << "'";
  return success();
}

Attribute DirectiveAttr::parse(AsmParser &parser, Type) {
  if (parser.parseLess())
    return {};
  DirectiveAttr directive = parseDirective(parser);
  if (!directive || parser.parseGreater())
    return {};
  return directive;
}

void DirectiveAttr::print(AsmPrinter &printer) const {
  printer << '<';
  printDirective(printer, *this);
  printer << '>';
}

//===----------------------------------------------------------------------===//
// StageAttr
//===----------------------------------------------------------------------===//

Attribute StageAttr::parse(AsmParser &parser, Type) {
  std::string name;
  if (parser.parseLess() || parser.parseString(&name))
    return {};
  SmallVector<DirectiveAttr> directives;
  while (succeeded(parser.parseOptionalComma())) {
    DirectiveAttr directive = parseDirective(parser);
    if (!directive)
      return {};
    directives.push_back(directive);
  }
  if (parser.parseGreater())
    return {};
  return get(parser.getContext(), StringAttr::get(parser.getContext(), name),
             directives);
}

void StageAttr::print(AsmPrinter &printer) const {
  printer << "<\"" << getName().getValue() << '"';
  for (DirectiveAttr directive : getDirectives()) {
    printer << ", ";
    printDirective(printer, directive);
  }
  printer << '>';
}

} // namespace mlir::eke::halide
