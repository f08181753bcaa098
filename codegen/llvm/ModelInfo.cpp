//===- ModelInfo.cpp - What a lowered module says about itself ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/llvm/ModelInfo.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"

namespace mlir::eke {
namespace {

struct DType {
  int32_t dtype;
  llvm::StringLiteral name;
};

constexpr DType dtypes[] = {
    {EKE_F32, "f32"}, {EKE_F16, "f16"}, {EKE_BF16, "bf16"},
    {EKE_I8, "i8"},   {EKE_U8, "ui8"},  {EKE_I16, "i16"},
    {EKE_I32, "i32"}, {EKE_I64, "i64"}, {EKE_BOOL, "i1"}};

/// The EKE_… of an element type, or nothing. MLIR prints types by our names.
std::optional<int32_t> getDType(Type type) {
  std::string name;
  llvm::raw_string_ostream(name) << type;
  for (const DType &dtype : dtypes)
    if (dtype.name == name)
      return dtype.dtype;
  return std::nullopt;
}

/// Reads the argument `name` of type `type` of the entry `function`.
FailureOr<TensorInfo> readTensor(LLVM::LLVMFuncOp function, Attribute name,
                                 Attribute type, bool isOutput) {
  auto nameAttr = dyn_cast<StringAttr>(name);
  auto typeAttr = dyn_cast<TypeAttr>(type);
  auto shaped =
      typeAttr ? dyn_cast<ShapedType>(typeAttr.getValue()) : ShapedType();
  if (!nameAttr || !shaped || !shaped.hasStaticShape())
    return function.emitError()
           << "expected the arguments of an entry to have names and static "
              "types, got "
           << name << " of type " << type;
  std::optional<int32_t> dtype = getDType(shaped.getElementType());
  if (!dtype)
    return function.emitError()
           << "argument '" << nameAttr.getValue() << "' has elements of type "
           << shaped.getElementType() << ", which an entry cannot have";
  return TensorInfo{nameAttr.str(), *dtype, shaped.getShape().vec(), isOutput};
}

FailureOr<EntryInfo> readEntry(LLVM::LLVMFuncOp function,
                               DictionaryAttr entry) {
  auto name = entry.getAs<StringAttr>("name");
  auto rows = entry.getAs<IntegerAttr>("rows");
  auto inputs = entry.getAs<ArrayAttr>("inputs");
  auto outputs = entry.getAs<ArrayAttr>("outputs");
  auto types = entry.getAs<ArrayAttr>("types");
  if (!name || !rows || !inputs || !outputs || !types)
    return function.emitError()
           << "expected " << kEntryAttr
           << " to have name, rows, inputs, outputs and types";
  const size_t count = inputs.size() + outputs.size();
  if (types.size() != count || function.getNumArguments() != count + 2)
    return function.emitError()
           << "entry has " << count << " tensors and " << types.size()
           << " types, but " << function.getNumArguments()
           << " arguments; expected two more: the state and the arena";
  EntryInfo info{name.str(), function.getSymName().str(), rows.getInt(), {}};
  if (auto bytes = entry.getAs<IntegerAttr>("weight_bytes"))
    info.weightBytes = bytes.getInt();
  for (size_t i = 0; i < count; ++i) {
    bool isOutput = i >= inputs.size();
    FailureOr<TensorInfo> tensor =
        readTensor(function, isOutput ? outputs[i - inputs.size()] : inputs[i],
                   types[i], isOutput);
    if (failed(tensor))
      return failure();
    info.args.push_back(std::move(*tensor));
  }
  return info;
}

/// What verifying 1 to drafts + 1 rows costs.
LogicalResult readRowCosts(ModuleOp module, DictionaryAttr language,
                           LanguageInfo &info) {
  if (info.drafts == 0)
    return success();
  auto rows = language.getAs<DenseF32ArrayAttr>("rows");
  if (!rows || rows.size() != info.drafts + 1)
    return module.emitError() << "expected " << kLanguageAttr
                              << " to have in 'rows' the costs of 1 "
                              << "to " << info.drafts + 1 << " rows";
  llvm::copy(rows.asArrayRef(), info.rows.begin());
  return success();
}

FailureOr<LanguageInfo> readLanguage(ModuleOp module, DictionaryAttr language) {
  LanguageInfo info{};
  const std::pair<StringRef, int32_t *> fields[] = {
      {"vocab", &info.vocab},     {"width", &info.width},
      {"context", &info.context}, {"bos", &info.bos},
      {"eos", &info.eos},         {"chunk", &info.chunk}};
  for (auto [name, field] : fields) {
    auto value = language.getAs<IntegerAttr>(name);
    if (!value || !llvm::isInt<32>(value.getInt()))
      return module.emitError() << "expected " << kLanguageAttr
                                << " to have a 32-bit integer '" << name << "'";
    *field = value.getInt();
  }
  // What only a model with an exit has.
  const std::pair<StringRef, int32_t *> optionalFields[] = {
      {"runs", &info.runs}, {"exit", &info.exit}, {"drafts", &info.drafts}};
  for (auto [name, field] : optionalFields)
    if (auto value = language.getAs<IntegerAttr>(name))
      *field = value.getInt();
  const std::pair<StringRef, float *> costs[] = {{"threshold", &info.threshold},
                                                 {"head", &info.head},
                                                 {"exit_head", &info.exitHead}};
  for (auto [name, field] : costs)
    if (auto value = language.getAs<FloatAttr>(name))
      *field = float(value.getValueAsDouble());
  if (info.drafts > EKE_MOST_DRAFTS)
    return module.emitError()
           << kLanguageAttr << " has " << info.drafts
           << " drafts; expected at most " << int(EKE_MOST_DRAFTS);
  if (failed(readRowCosts(module, language, info)))
    return failure();
  return info;
}

} // namespace

StringRef getDTypeName(int32_t dtype) {
  for (const DType &known : dtypes)
    if (known.dtype == dtype)
      return known.name;
  return "?";
}

FailureOr<ModelInfo> readModelInfo(ModuleOp module) {
  ModelInfo info;
  info.name = module.getSymName().value_or("model").str();
  auto target = module->getAttrOfType<TargetAttr>(kTargetAttr);
  if (!target)
    return module.emitError() << "expected the attribute " << kTargetAttr;
  info.target = target.getName().str();
  if (auto format = module->getAttrOfType<StringAttr>(kWeightsFormatAttr))
    info.weightsFormat = format.str();

  const std::pair<StringRef, int64_t *> sizes[] = {
      {kImageBytesAttr, &info.weightBytes},
      {kStateBytesAttr, &info.stateBytes},
      {kArenaBytesAttr, &info.arenaBytes}};
  for (auto [name, bytes] : sizes)
    if (auto size = module->getAttrOfType<IntegerAttr>(name))
      *bytes = size.getInt();

  for (auto function : module.getOps<LLVM::LLVMFuncOp>())
    if (auto entry = function->getAttrOfType<DictionaryAttr>(kEntryAttr)) {
      FailureOr<EntryInfo> entryInfo = readEntry(function, entry);
      if (failed(entryInfo))
        return failure();
      info.entries.push_back(std::move(*entryInfo));
    }
  if (info.entries.empty())
    return module.emitError()
           << "has no entry: no function carries " << kEntryAttr;
  if (auto language = module->getAttrOfType<DictionaryAttr>(kLanguageAttr)) {
    FailureOr<LanguageInfo> languageInfo = readLanguage(module, language);
    if (failed(languageInfo))
      return failure();
    info.language = std::move(*languageInfo);
  }
  return info;
}

} // namespace mlir::eke
