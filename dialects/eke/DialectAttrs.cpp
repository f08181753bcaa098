//===- DialectAttrs.cpp - Where attributes named eke may stand ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Passes, drivers and code generation tell each other what they decide by attributes
// whose names begin with `eke.`. All are here with what they must be, so that a name
// or a value that nobody would read is reported where it stands.
//
//===----------------------------------------------------------------------===//

#include "dialects/eke/Chat.h"
#include "dialects/eke/EkeDialect.h"
#include "dialects/eke/Images.h"
#include "dialects/eke/Moments.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "llvm/ADT/STLExtras.h"

namespace mlir::eke {
namespace {

/// What an attribute of an op must be, and where it may stand.
struct Rule {
  StringLiteral name;
  bool (*isValid)(Attribute);
  StringLiteral expected;
  bool (*mayStandOn)(Operation *);
  StringLiteral place;
};

template <typename Kind> bool is(Attribute value) { return isa<Kind>(value); }
template <typename Kind> bool is(Operation *op) { return isa<Kind>(op); }

bool isBytes(Attribute value) {
  auto bytes = dyn_cast<IntegerAttr>(value);
  return bytes && bytes.getType().isInteger(64) && bytes.getInt() >= 0;
}

bool isCacheElement(Attribute value) {
  auto type = dyn_cast<TypeAttr>(value);
  return type && (type.getValue().isF32() || type.getValue().isF16());
}

bool isChat(Attribute value) { return readChatAttr(value).has_value(); }

/// That of a weight, or those of weights by their names.
template <typename AttrT> bool isOneOrByName(Attribute value) {
  auto ofWeights = dyn_cast<DictionaryAttr>(value);
  if (!ofWeights)
    return isa<AttrT>(value);
  return llvm::all_of(ofWeights, [](NamedAttribute weight) {
    return isa<AttrT>(weight.getValue());
  });
}

bool isFunctionOrModule(Operation *op) {
  return isa<FunctionOpInterface, ModuleOp>(op);
}

bool isTensor(Operation *op) { return isa<WeightOp, StateOp>(op); }

bool isWeightOrModule(Operation *op) { return isa<WeightOp, ModuleOp>(op); }

constexpr Rule rules[] = {
    {kTargetAttr, is<TargetAttr>, "an #eke.target", is<ModuleOp>, "a module"},
    {kWeightsFormatAttr, is<StorageAttr>, "an #eke.storage", is<ModuleOp>,
     "a module"},
    {kHeadFormatAttr, is<StorageAttr>, "an #eke.storage", is<ModuleOp>,
     "a module"},
    {kRotateAttr, is<BoolAttr>, "true or false", is<ModuleOp>, "a module"},
    {kCachesFormatAttr, isCacheElement, "f32 or f16", is<ModuleOp>, "a module"},
    {kImageBytesAttr, isBytes, "an i64 from 0", is<ModuleOp>, "a module"},
    {kStateBytesAttr, isBytes, "an i64 from 0", is<ModuleOp>, "a module"},
    {kArenaBytesAttr, isBytes, "an i64 from 0", isFunctionOrModule,
     "a function or a module"},
    {kArenaMemoryAttr, is<StringAttr>, "a string", is<ModuleOp>, "a module"},
    {kLanguageAttr, is<LanguageAttr>, "an #eke.language", is<ModuleOp>,
     "a module"},
    {kChatAttr, isChat,
     "a dictionary of start, after_user, after_assistant and, perhaps, "
     "before_system and after_system, trims_user and trims_system, date",
     is<ModuleOp>, "a module"},
    {kEntryAttr, is<EntryAttr>, "an #eke.entry", is<FunctionOpInterface>,
     "a function"},
    {kMemoryAttr, is<StringAttr>, "a string", isTensor, "a weight or a state"},
    {kStorageAttr, isOneOrByName<StorageAttr>,
     "an #eke.storage or a dictionary of these", isWeightOrModule,
     "a weight or a module"},
    {kCollectMomentsAttr, is<UnitAttr>, "without a value", is<ModuleOp>,
     "a module"},
    {kMomentsAttr, isOneOrByName<PayloadAttr>,
     "an #eke.payload or a dictionary of these", isWeightOrModule,
     "a weight or a module"},
    {kRootAttr, is<StringAttr>, "a string", is<ModuleOp>, "a module"},
    {kTokenizerAttr, is<StringAttr>, "a string", is<ModuleOp>, "a module"},
    {kSourceAttr, is<StringAttr>, "a string", is<ModuleOp>, "a module"},
    {kPhaseAttr, is<StringAttr>, "a string", is<ModuleOp>, "a module"},
    {kTunedForAttr, is<ArrayAttr>, "a list", is<ModuleOp>, "a module"},
};

LogicalResult checkString(Operation *op, NamedAttribute attr) {
  if (isa<StringAttr>(attr.getValue()))
    return success();
  return op->emitOpError() << "expected " << attr.getName().getValue()
                           << " to be a string, got " << attr.getValue();
}

} // namespace

LogicalResult EkeDialect::verifyOperationAttribute(Operation *op,
                                                   NamedAttribute attr) {
  StringRef name = attr.getName();
  const Rule *rule =
      llvm::find_if(rules, [&](const Rule &rule) { return rule.name == name; });
  if (rule == std::end(rules)) {
    InFlightDiagnostic error = op->emitOpError("carries ")
                               << name << "; expected one of ";
    llvm::interleaveComma(rules, error,
                          [&](const Rule &rule) { error << rule.name; });
    return error;
  }
  if (!rule->isValid(attr.getValue()))
    return op->emitOpError("expected ") << name << " to be " << rule->expected
                                        << ", got " << attr.getValue();
  if (!rule->mayStandOn(op))
    return op->emitOpError("carries ")
           << name << "; expected that on " << rule->place;
  return success();
}

LogicalResult EkeDialect::verifyRegionArgAttribute(Operation *op, unsigned,
                                                   unsigned argument,
                                                   NamedAttribute attr) {
  if (attr.getName() == kNameAttr)
    return checkString(op, attr);
  if (attr.getName() != kBoundsAttr)
    return success();
  if (!isa<BoundsAttr>(attr.getValue()))
    return op->emitOpError("expected ")
           << kBoundsAttr << " to be #eke.bounds, got " << attr.getValue();
  auto function = dyn_cast<FunctionOpInterface>(op);
  Type type = function ? function.getArgumentTypes()[argument] : Type();
  if (!type || !getElementTypeOrSelf(type).isIntOrIndex())
    return op->emitOpError("bounds argument ")
           << argument << "; expected one of integers or of type index";
  return success();
}

LogicalResult EkeDialect::verifyRegionResultAttribute(Operation *op, unsigned,
                                                      unsigned,
                                                      NamedAttribute attr) {
  return attr.getName() == kNameAttr ? checkString(op, attr) : success();
}

} // namespace mlir::eke
