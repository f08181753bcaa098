//===- ModelWeights.cpp - Tensors become weights --------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/frontend/ModelWeights.h"

#include "compiler/frontend/Input.h"
#include "dialects/eke/Quants.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/raw_ostream.h"

namespace mlir::eke {

static std::string shapeText(llvm::ArrayRef<int64_t> shape) {
  std::string text;
  llvm::raw_string_ostream out(text);
  out << '[';
  llvm::interleaveComma(shape, out);
  out << ']';
  return text;
}

/// The type of an element in the file, or null if weights cannot have it.
static Type elementType(Builder &builder, llvm::StringRef dtype) {
  std::string blocks = dtype.lower();
  if (QuantKind::lookup(blocks))
    return QuantsType::get(builder.getContext(), builder.getStringAttr(blocks));
  return llvm::StringSwitch<Type>(dtype)
      .Case("F32", builder.getF32Type())
      .Case("F16", builder.getF16Type())
      .Case("BF16", builder.getBF16Type())
      .Default(Type());
}

llvm::Expected<ModelWeights>
ModelWeights::open(const ModelDescription &description, ModuleOp module) {
  const auto &files = description.model.weight_files();
  auto checkpoint =
      Checkpoint::open(description.directory,
                       std::vector<std::string>(files.begin(), files.end()));
  if (!checkpoint)
    return checkpoint.takeError();
  return ModelWeights(description, module, std::move(*checkpoint));
}

static int64_t getInterleaved(WeightOp weight) {
  return cast<PayloadAttr>(weight.getPayloads()[0]).getInterleaved();
}

llvm::Expected<WeightOp> ModelWeights::get(llvm::StringRef name,
                                           llvm::ArrayRef<int64_t> shape,
                                           const llvm::Twine &role,
                                           int64_t interleaved) {
  std::optional<CheckpointTensor> found = checkpoint.find(name);
  if (!found)
    return errorIn(description->file,
                   "tensor " + inQuotes(name) + " (" + role +
                       ") is missing; expected it with shape " +
                       shapeText(shape) + " in the weight files");
  llvm::StringRef path = found->file->getPath();
  const StoredTensor &tensor = *found->tensor;
  if (llvm::ArrayRef(tensor.shape) != shape)
    return errorIn(path, "tensor " + inQuotes(name) + " (" + role +
                             ") has shape " + shapeText(tensor.shape) +
                             "; expected " + shapeText(shape));
  if (WeightOp weight = weights.lookup(name)) {
    if (getInterleaved(weight) == interleaved)
      return weight;
    return errorIn(description->file,
                   "tensor " + inQuotes(name) + " (" + role +
                       ") is also used where its rows are in another order");
  }

  OpBuilder builder = OpBuilder::atBlockEnd(module.getBody());
  Type element = elementType(builder, tensor.dtype);
  if (!element)
    return errorIn(path, "tensor " + inQuotes(name) + " has dtype " +
                             tensor.dtype +
                             "; expected F32, F16, BF16 or blocks");
  MLIRContext *context = builder.getContext();
  auto payload = PayloadAttr::get(context, found->fileName, tensor.offset,
                                  tensor.size, element, interleaved);
  Location loc = NameLoc::get(builder.getStringAttr(name),
                              FileLineColLoc::get(context, path, 0, 0));
  auto weight = WeightOp::create(
      builder, loc, name, RankedTensorType::get(shape, builder.getF32Type()),
      builder.getArrayAttr(payload), PlaceAttr());
  weights[name] = weight;
  return weight;
}

llvm::Error ModelWeights::checkAllUsed() const {
  llvm::StringSet<> unused;
  for (const std::string &name : description->model.unused_tensors())
    unused.insert(name);
  for (const CheckpointTensor &entry : checkpoint.getTensors())
    if (!weights.count(entry.tensor->name) &&
        !unused.contains(entry.tensor->name))
      return errorIn(entry.file->getPath(),
                     "tensor " + inQuotes(entry.tensor->name) +
                         " is no part of the model that " + description->file +
                         " describes");
  return llvm::Error::success();
}

} // namespace mlir::eke
