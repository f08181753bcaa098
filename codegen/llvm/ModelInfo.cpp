//===- ModelInfo.cpp - What a lowered module says about itself ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/llvm/ModelInfo.h"

#include "codegen/image/ModelSymbol.h"
#include "dialects/eke/Images.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"

#include "llvm/ADT/StringExtras.h"

#include <tuple>

namespace mlir::eke {
namespace {

struct DType {
  int32_t dtype;
  llvm::StringLiteral name;
};

constexpr DType dtypes[] = {
    {EKE_F32, "f32"}, {EKE_F16, "f16"}, {EKE_BF16, "bf16"}, {EKE_I8, "i8"},
    {EKE_U8, "ui8"},  {EKE_I16, "i16"}, {EKE_I32, "i32"},   {EKE_I64, "i64"},
    {EKE_BOOL, "i1"}, {EKE_F64, "f64"}};

/// The EKE_… of an element type, or nothing. MLIR prints types by our names.
std::optional<int32_t> getDType(Type type) {
  std::string name;
  llvm::raw_string_ostream(name) << type;
  for (const DType &dtype : dtypes)
    if (dtype.name == name)
      return dtype.dtype;
  return std::nullopt;
}

std::string listDTypes() {
  return llvm::join(
      llvm::map_range(dtypes,
                      [](const DType &dtype) { return StringRef(dtype.name); }),
      ", ");
}

/// Reads one argument of the entry `function`.
FailureOr<TensorInfo> readTensor(LLVM::LLVMFuncOp function,
                                 ArgumentAttr argument, bool isOutput) {
  auto shaped = dyn_cast_if_present<ShapedType>(argument.getType());
  if (!shaped || !shaped.hasStaticShape())
    return function.emitError()
           << "expected the arguments of an entry to have static types, got "
           << argument;
  std::optional<int32_t> dtype = getDType(shaped.getElementType());
  if (!dtype)
    return function.emitError()
           << "argument '" << argument.getName().getValue()
           << "' has elements of type " << shaped.getElementType()
           << ", which an entry cannot have; expected one of " << listDTypes();
  TensorInfo info{argument.getName().str(), *dtype, shaped.getShape().vec(),
                  isOutput};
  if (*dtype == EKE_BOOL && !isOutput)
    std::tie(info.min, info.max) = std::pair(0, 1);
  if (BoundsAttr bounds = argument.getBounds())
    std::tie(info.min, info.max) = std::pair(bounds.getMin(), bounds.getMax());
  return info;
}

FailureOr<EntryInfo> readEntry(LLVM::LLVMFuncOp function, EntryAttr entry) {
  if (!entry.getName() || !entry.getInputs() || !entry.getOutputs())
    return function.emitError()
           << "expected " << kEntryAttr << " to have name, inputs and outputs";
  const size_t count = entry.getInputs().size() + entry.getOutputs().size();
  if (function.getNumArguments() != count + 2)
    return function.emitError()
           << "entry has " << count << " tensors, but "
           << function.getNumArguments()
           << " arguments; expected two more: the state and the arena";
  EntryInfo info{
      entry.getName().str(), function.getSymName().str(), entry.getRows(), {}};
  info.role = entry.getRoleText().str();
  info.period = entry.getEvery().nanoseconds;
  info.weightBytes = entry.getWeightBytes();
  if (auto bytes = function->getAttrOfType<IntegerAttr>(kArenaBytesAttr))
    info.arenaBytes = bytes.getInt();
  bool areRead = true;
  for (bool isOutput : {false, true})
    for (auto argument : (isOutput ? entry.getOutputs() : entry.getInputs())
                             .getAsRange<ArgumentAttr>()) {
      FailureOr<TensorInfo> tensor = readTensor(function, argument, isOutput);
      areRead &= succeeded(tensor);
      if (succeeded(tensor))
        info.args.push_back(std::move(*tensor));
    }
  if (!areRead)
    return failure();
  return info;
}

/// Appends the bytes of an element, little-endian.
void appendElement(std::vector<uint8_t> &bytes, const APInt &element) {
  for (unsigned at = 0; at < element.getBitWidth(); at += 8)
    bytes.push_back(uint8_t(element.extractBitsAsZExtValue(
        std::min(8u, element.getBitWidth() - at), at)));
}

/// What a state is at start; one element if all are equal.
FailureOr<std::vector<uint8_t>> readInitial(StateOp state) {
  std::vector<uint8_t> bytes;
  std::optional<ElementsAttr> initial = state.getInitial();
  if (!initial)
    return bytes;
  auto dense = dyn_cast<DenseElementsAttr>(*initial);
  if (!dense)
    return state.emitOpError("expected a dense initial value, got ")
           << *initial;
  int64_t left = dense.isSplat() ? 1 : dense.getNumElements();
  if (isa<FloatType>(dense.getElementType())) {
    for (const APFloat &element : dense.getValues<APFloat>())
      if (left-- > 0)
        appendElement(bytes, element.bitcastToAPInt());
  } else {
    for (const APInt &element : dense.getValues<APInt>())
      if (left-- > 0)
        appendElement(bytes, element);
  }
  return bytes;
}

FailureOr<StateInfo> readState(StateOp state) {
  RankedTensorType type = state.getTensorType();
  std::optional<int32_t> dtype = getDType(type.getElementType());
  if (!dtype)
    return state.emitOpError("has elements of type ")
           << type.getElementType()
           << ", which the binary's tables cannot name; expected one of "
           << listDTypes();
  if (!state.getPlace())
    return state.emitOpError("has no place; run eke-place-weights first");
  int64_t bytes = type.getNumElements() *
                  llvm::divideCeil(type.getElementTypeBitWidth(), 8);
  FailureOr<std::vector<uint8_t>> initial = readInitial(state);
  if (failed(initial))
    return failure();
  StateInfo info{state.getSymName().str(), *dtype, type.getShape().vec(),
                 state.getPlace()->getOffset(), bytes};
  info.initial = std::move(*initial);
  return info;
}

bool hasRotatedPayload(WeightOp weight) {
  return llvm::any_of(weight.getPayloads(), [](Attribute contents) {
    auto payload = dyn_cast<PayloadAttr>(contents);
    return payload &&
           (payload.getRotatedInputs() || payload.getRotatedOutputs());
  });
}

/// Reads entries and states, and reports all that are wrong.
LogicalResult readTensors(ModuleOp module, ModelInfo &info) {
  bool hasEntry = false, areRead = true;
  for (auto function : module.getOps<LLVM::LLVMFuncOp>())
    if (auto entry = function->getAttrOfType<EntryAttr>(kEntryAttr)) {
      hasEntry = true;
      FailureOr<EntryInfo> entryInfo = readEntry(function, entry);
      areRead &= succeeded(entryInfo);
      if (succeeded(entryInfo))
        info.entries.push_back(std::move(*entryInfo));
    }
  if (!hasEntry)
    return module.emitError()
           << "has no entry: no function carries " << kEntryAttr;
  for (auto state : module.getOps<StateOp>()) {
    FailureOr<StateInfo> stateInfo = readState(state);
    areRead &= succeeded(stateInfo);
    if (succeeded(stateInfo))
      info.states.push_back(std::move(*stateInfo));
  }
  return success(areRead);
}

/// Finds the memories of states and the arena, where they were chosen.
void readMemories(ModuleOp module, ModelInfo &info) {
  StringRef usual = getWrittenMemory(module);
  for (auto state : module.getOps<StateOp>())
    if (PlaceAttr place = state.getPlaceAttr();
        place && place.getMemory() != usual)
      info.stateMemory = place.getMemory().str();
  auto arena = module->getAttrOfType<StringAttr>(kArenaMemoryAttr);
  if (arena && arena != usual)
    info.arenaMemory = arena.str();
}

LanguageInfo readLanguage(LanguageAttr language) {
  auto number = [](FloatAttr attr) {
    return attr ? float(attr.getValueAsDouble()) : 0;
  };
  LanguageInfo info{};
  info.vocab = int32_t(language.getVocab());
  info.width = int32_t(language.getWidth());
  info.context = int32_t(language.getContextLength());
  info.bos = int32_t(language.getBos());
  for (int64_t end : language.getEnds())
    info.ends.push_back(int32_t(end));
  info.chunk = int32_t(language.getChunk());
  info.runs = int32_t(language.getRuns());
  info.exit = int32_t(language.getExit());
  info.drafts = int32_t(language.getDrafts());
  info.threshold = number(language.getThreshold());
  info.head = number(language.getHead());
  info.exitHead = number(language.getExitHead());
  static_assert(kMostDrafts == EKE_MOST_DRAFTS);
  if (DenseF32ArrayAttr rows = language.getRows())
    llvm::copy(rows.asArrayRef().take_front(info.rows.size()),
               info.rows.begin());
  return info;
}

} // namespace

/// Of one element.
static int64_t getBytes(int32_t dtype) {
  switch (dtype) {
  case EKE_I64:
  case EKE_F64:
    return 8;
  case EKE_F32:
  case EKE_I32:
    return 4;
  case EKE_F16:
  case EKE_BF16:
  case EKE_I16:
    return 2;
  default:
    return 1;
  }
}

int64_t ModelInfo::getArgumentBytes() const {
  constexpr int64_t alignment = 64; // of each
  int64_t most = 0;
  for (const EntryInfo &entry : entries) {
    int64_t sum = 0;
    for (const TensorInfo &tensor : entry.args) {
      int64_t bytes = getBytes(tensor.dtype);
      for (int64_t extent : tensor.shape)
        bytes *= extent;
      sum += llvm::alignTo(bytes, alignment);
    }
    most = std::max(most, sum);
  }
  return most;
}

StringRef getDTypeName(int32_t dtype) {
  for (const DType &known : dtypes)
    if (known.dtype == dtype)
      return known.name;
  return "?";
}

std::string ModelInfo::getSymbol() const {
  return getModelSymbol("model", name);
}

std::string ModelInfo::getUniqueSymbol() const {
  return getSymbol() + "_" + hash;
}

FailureOr<ModelInfo> readModelInfo(ModuleOp module) {
  ModelInfo info;
  info.name = getModelName(module).str();
  auto target = module->getAttrOfType<TargetAttr>(kTargetAttr);
  if (!target)
    return module.emitError() << "expected the attribute " << kTargetAttr;
  info.target = target.getName().str();
  if (auto format = module->getAttrOfType<StorageAttr>(kWeightsFormatAttr))
    info.weightsFormat = format.getName().str();
  auto head = module->getAttrOfType<StorageAttr>(kHeadFormatAttr);
  if (module->hasAttr(kLanguageAttr))
    info.headFormat = head ? head.getName().str() : info.weightsFormat;
  info.isRotated = llvm::any_of(module.getOps<WeightOp>(), hasRotatedPayload);
  if (auto caches = module->getAttrOfType<TypeAttr>(kCachesFormatAttr))
    llvm::raw_string_ostream(info.cachesFormat) << caches.getValue();

  const std::pair<StringRef, int64_t *> sizes[] = {
      {kImageBytesAttr, &info.weightBytes},
      {kStateBytesAttr, &info.stateBytes},
      {kArenaBytesAttr, &info.arenaBytes}};
  for (auto [name, bytes] : sizes)
    if (auto size = module->getAttrOfType<IntegerAttr>(name))
      *bytes = size.getInt();

  readMemories(module, info);
  if (failed(readTensors(module, info)))
    return failure();
  if (auto language = module->getAttrOfType<LanguageAttr>(kLanguageAttr)) {
    info.language = readLanguage(language);
    if (Attribute chat = module->getAttr(kChatAttr))
      info.language->chat = readChatAttr(chat);
    if (failed(checkLanguage(module, info)))
      return failure();
  }
  return info;
}

} // namespace mlir::eke
