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
ModelWeights::open(const ModelDescription &description, ModuleOp module,
                   bool cuts) {
  const auto &files = description.model.weight_files();
  auto checkpoint =
      Checkpoint::open(description.directory,
                       std::vector<std::string>(files.begin(), files.end()));
  if (!checkpoint)
    return checkpoint.takeError();
  return ModelWeights(description, module, cuts, std::move(*checkpoint));
}

static std::string describe(llvm::StringRef name, const llvm::Twine &role) {
  return ("tensor " + inQuotes(name) + " (" + role + ")").str();
}

/// Are there as many elements along each dimension, or more?
static bool holds(llvm::ArrayRef<int64_t> whole,
                  llvm::ArrayRef<int64_t> shape) {
  return whole.size() == shape.size() &&
         llvm::all_of(llvm::zip(shape, whole), [](auto sizes) {
           return std::get<0>(sizes) <= std::get<1>(sizes);
         });
}

static int64_t getInterleaved(WeightOp weight) {
  return cast<PayloadAttr>(weight.getPayloads()[0]).getInterleaved();
}

llvm::Expected<CheckpointTensor>
ModelWeights::find(llvm::StringRef name, llvm::ArrayRef<int64_t> shape,
                   const llvm::Twine &role) {
  if (std::optional<CheckpointTensor> found = checkpoint.find(name)) {
    used.insert(name); // even if it is of another shape or type
    return *found;
  }
  return errorAt(description->file, describe(name, role),
                 "is missing; expected it with shape " + shapeText(shape) +
                     " in the weight files");
}

llvm::Expected<WeightOp> ModelWeights::get(llvm::StringRef name,
                                           llvm::ArrayRef<int64_t> shape,
                                           const llvm::Twine &role,
                                           int64_t interleaved) {
  auto found = find(name, shape, role);
  if (!found)
    return found.takeError();
  if (llvm::ArrayRef(found->tensor->shape) != shape &&
      !(cuts && holds(found->tensor->shape, shape)))
    return errorAt(found->file->getPath(), describe(name, role),
                   "has shape " + shapeText(found->tensor->shape) +
                       "; expected " + shapeText(shape));
  return make(name, *found, {name.str()}, shape, interleaved, role);
}

llvm::Expected<WeightOp> ModelWeights::getPart(llvm::StringRef name,
                                               const TensorPart &part,
                                               llvm::ArrayRef<int64_t> shape,
                                               const llvm::Twine &role,
                                               int64_t interleaved) {
  auto found = find(part.tensor, shape, role);
  if (!found)
    return found.takeError();
  // As the matrix has it.
  llvm::SmallVector<int64_t, 4> whole(found->tensor->shape);
  bool isTransposed = part.isTransposed && shape.size() == 2;
  if (isTransposed && whole.size() == 2)
    std::swap(whole[0], whole[1]);
  bool isAsLong = llvm::ArrayRef(whole).drop_front() == shape.drop_front() ||
                  (cuts && holds(whole, shape));
  if (whole.size() != shape.size() || !isAsLong ||
      part.first + uint64_t(shape[0]) > uint64_t(whole[0]))
    return errorAt(
        found->file->getPath(), describe(part.tensor, role),
        "has shape " + shapeText(found->tensor->shape) + "; expected " +
            (isTransposed ? "the transpose of " : "") + shapeText(shape) +
            " from " + (isTransposed ? "column " : "row ") +
            llvm::Twine(part.first) + " on");
  return make(name, *found, part, shape, interleaved, role);
}

/// Where the elements of a part are.
static PayloadAttr getPayload(MLIRContext *context,
                              const CheckpointTensor &found,
                              const TensorPart &part,
                              llvm::ArrayRef<int64_t> shape, Type element,
                              int64_t interleaved) {
  const StoredTensor &tensor = *found.tensor;
  if (part.isTransposed && shape.size() == 2) {
    int64_t bytes = getPacking(element).bytes, stride = tensor.shape[1];
    int64_t elements = (shape[1] - 1) * stride + shape[0];
    return PayloadAttr::get(
        context, found.fileName, tensor.offset + part.first * bytes,
        elements * bytes, element, interleaved, /*transposed=*/stride);
  }
  uint64_t rowBytes = tensor.size / std::max<int64_t>(tensor.shape[0], 1);
  // Where rows are cut, these are others, of the first elements.
  uint64_t bytes = shape[0] * rowBytes;
  if (shape.size() == 2 && shape[1] != tensor.shape[1])
    bytes = bytes * shape[1] / tensor.shape[1];
  return PayloadAttr::get(context, found.fileName,
                          tensor.offset + part.first * rowBytes, bytes, element,
                          interleaved);
}

/// The weight `name`, made if it is new: as many rows of a tensor as `shape` has.
llvm::Expected<WeightOp>
ModelWeights::make(llvm::StringRef name, const CheckpointTensor &found,
                   const TensorPart &part, llvm::ArrayRef<int64_t> shape,
                   int64_t interleaved, const llvm::Twine &role) {
  if (WeightOp weight = weights.lookup(name)) {
    if (getInterleaved(weight) == interleaved)
      return weight;
    return errorAt(description->file, describe(name, role),
                   "is also used where its rows are in another order");
  }
  const StoredTensor &tensor = *found.tensor;
  llvm::StringRef path = found.file->getPath();
  OpBuilder builder = OpBuilder::atBlockEnd(module.getBody());
  Type element = elementType(builder, tensor.dtype);
  if (!element)
    return errorAt(path, "tensor " + inQuotes(tensor.name),
                   "has dtype " + tensor.dtype +
                       "; expected F32, F16, BF16 or blocks");
  if (part.isTransposed && isa<QuantsType>(element))
    return errorAt(path, "tensor " + inQuotes(tensor.name),
                   "has dtype " + tensor.dtype +
                       "; expected F32, F16 or BF16 of what is transposed");
  auto payload = getPayload(builder.getContext(), found, part, shape, element,
                            interleaved);
  Location loc =
      NameLoc::get(builder.getStringAttr(name),
                   FileLineColLoc::get(builder.getContext(), path, 0, 0));
  auto weight = WeightOp::create(
      builder, loc, name, RankedTensorType::get(shape, builder.getF32Type()),
      builder.getArrayAttr(payload), PlaceAttr());
  weights[name] = weight;
  return weight;
}

llvm::Error ModelWeights::checkAllUsed() const {
  llvm::Error errors = llvm::Error::success();
  llvm::StringSet<> unused;
  for (const std::string &name : description->model.unused_tensors())
    unused.insert(name);
  for (const CheckpointTensor &entry : checkpoint.getTensors())
    if (!used.contains(entry.tensor->name) &&
        !unused.contains(entry.tensor->name))
      errors = llvm::joinErrors(
          std::move(errors), errorAt(entry.file->getPath(),
                                     "tensor " + inQuotes(entry.tensor->name),
                                     "is no part of the model that " +
                                         description->file + " describes"));
  return errors;
}

} // namespace mlir::eke
