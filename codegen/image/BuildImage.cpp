//===- BuildImage.cpp - The weights of a module as bytes ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   payloads  --WeightSource-->  elements  --pack-->  one weight  --append-->  image
//
//===----------------------------------------------------------------------===//

#include "codegen/image/BuildImage.h"

#include "codegen/image/DataObject.h"
#include "codegen/image/ModelSymbol.h"
#include "dialects/eke/Counts.h"
#include "dialects/eke/Format.h"
#include "dialects/eke/Moments.h"
#include "dialects/eke/WeightParts.h"
#include "dialects/formats/WeightSource.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/Format.h"

#include <vector>

namespace mlir::eke {
namespace {

/// Where an element was read from.
struct ElementSource {
  /// The number of the payload.
  size_t payload;
  /// Of the element in the payload, as it lies in its file.
  int64_t index;
  /// The elements of a row there.
  int64_t width;
};

ElementSource findSource(WeightOp weight, int64_t index) {
  RankedTensorType type = weight.getTensorType();
  int64_t width = type.getRank() == 0 ? 1 : type.getShape().back();
  for (auto [number, payload] : llvm::enumerate(weight.getPayloads())) {
    if (index >= countPayloadElements(payload)) {
      index -= countPayloadElements(payload);
      continue;
    }
    auto file = dyn_cast<PayloadAttr>(payload);
    if (file && file.getTransposed())
      return {number, file.getFileIndex(index / width, index % width, width),
              file.getTransposed()};
    if (file && file.getInterleaved()) {
      int64_t row = type.getNumElements() / type.getDimSize(0);
      index = file.getFileIndex(index / row, index % row, row);
    }
    return {number, index, width};
  }
  llvm_unreachable("an element that no payload holds");
}

LogicalResult reportBadElement(WeightOp weight, BadElement bad) {
  ElementSource source = findSource(weight, bad.index);
  auto payload = dyn_cast<PayloadAttr>(weight.getPayloads()[source.payload]);
  RankedTensorType type = weight.getTensorType();
  InFlightDiagnostic diag =
      weight.emitError() << "weight '" << getParts(weight)[source.payload].name
                         << "': " << (payload ? payload.getFile() : "")
                         << (payload ? ": " : "") << "element " << source.index;
  if (type.getRank() > 1)
    diag << " (row " << source.index / source.width << ", column "
         << source.index % source.width << ")";
  if (std::isnan(bad.value))
    return diag << " is NaN, expected a finite number";
  if (std::isinf(bad.value))
    return diag << " is infinite, expected a finite number";
  std::string value;
  llvm::raw_string_ostream(value) << llvm::format("%g", double(bad.value));
  diag << " is " << value << ", which is too large for ";
  if (FormatAttr format = getFormat(type))
    return diag << format.getName().getValue();
  std::string element;
  llvm::raw_string_ostream(element) << type.getElementType();
  return diag << element;
}

/// The groups of a matrix that is rounded for what its inputs are like; none if that is not
/// known or does not matter.
FailureOr<std::vector<QuantGroup>>
roundForInputs(WeightOp weight, const SourceMatrix &matrix, StringRef folder) {
  auto moments = weight->getAttrOfType<PayloadAttr>(kMomentsAttr);
  const FormatInterface &format =
      getFormat(weight.getTensorType()).getInterface();
  if (!moments || !format.isCoarse())
    return std::vector<QuantGroup>();
  auto numbers = loadMoments(weight, moments, folder);
  if (failed(numbers))
    return failure();
  return format.compensate(matrix, *numbers);
}

/// Packs a matrix in its format.
LogicalResult packMatrix(WeightOp weight, SourceMatrix matrix, StringRef folder,
                         uint8_t *bytes, std::optional<BadElement> &bad) {
  auto groups = roundForInputs(weight, matrix, folder);
  if (failed(groups))
    return failure();
  if (!groups->empty())
    matrix = {reinterpret_cast<const uint8_t *>(groups->data()),
              SourceMatrix::Element::Groups, matrix.rows, matrix.columns};
  RankedTensorType type = weight.getTensorType();
  FormatAttr format = getFormat(type);
  bad = format.getInterface().pack(matrix, format, bytes,
                                   bytes + getPacked(type).scalesOffset);
  return success();
}

/// Packs one weight into `bytes`.
LogicalResult packWeight(WeightOp weight, StringRef folder,
                         std::vector<uint8_t> &bytes) {
  RankedTensorType type = weight.getTensorType();
  bytes.assign(getPacked(type).bytes, 0);
  if (type.getNumElements() == 0)
    return success();
  WeightSource source;
  if (failed(source.load(weight, folder)))
    return failure();
  std::optional<BadElement> bad = source.getBadElement();
  if (bad)
    return reportBadElement(weight, *bad);
  if (!getFormat(type))
    bad = source.copyTo(type.getElementType(), bytes.data());
  else if (failed(packMatrix(weight, source.getMatrix(), folder, bytes.data(),
                             bad)))
    return failure();
  return bad ? reportBadElement(weight, *bad) : success();
}

/// The weights of `image` in the order of their places, or failure if they do not fit one
/// behind the other into its bytes.
FailureOr<SmallVector<WeightOp>> getPlacedWeights(ModuleOp module,
                                                  const WeightImage &image) {
  auto weights = llvm::to_vector(
      llvm::make_filter_range(module.getOps<WeightOp>(), [&](WeightOp weight) {
        return isIn(weight, image);
      }));
  llvm::stable_sort(weights, [](WeightOp a, WeightOp b) {
    return a.getPlace()->getOffset() < b.getPlace()->getOffset();
  });
  int64_t end = 0;
  for (WeightOp weight : weights) {
    int64_t offset = weight.getPlace()->getOffset();
    if (offset < end)
      return weight.emitError()
             << "weight '" << weight.getSymName() << "' is placed at " << offset
             << ", where another ends at " << end;
    end = addCounts(offset, getPacked(weight.getTensorType()).bytes);
    if (end > image.bytes)
      return weight.emitError()
             << "weight '" << weight.getSymName() << "' ends at " << end
             << ", beyond the " << image.bytes << " bytes of the image";
  }
  return weights;
}

} // namespace

FailureOr<SmallVector<WeightImage>> checkImages(ModuleOp module) {
  if (!module->getAttrOfType<IntegerAttr>(kImageBytesAttr))
    return module.emitError() << "expected the attribute " << kImageBytesAttr;
  for (auto weight : module.getOps<WeightOp>())
    if (!weight.getPlace())
      return weight.emitError() << "weight '" << weight.getSymName()
                                << "' has no place in the image";
  return listImages(module);
}

LogicalResult writeImage(ModuleOp module, const WeightImage &image,
                         StringRef folder, llvm::raw_ostream &os,
                         llvm::BLAKE3 &digest) {
  FailureOr<SmallVector<WeightOp>> weights = getPlacedWeights(module, image);
  if (failed(weights))
    return failure();

  int64_t written = 0;
  std::vector<uint8_t> bytes;
  for (WeightOp weight : *weights) {
    if (failed(packWeight(weight, folder, bytes)))
      return failure();
    int64_t offset = weight.getPlace()->getOffset();
    os.write_zeros(offset - written);
    os.write(reinterpret_cast<const char *>(bytes.data()), bytes.size());
    digest.update(bytes);
    written = offset + bytes.size();
  }
  os.write_zeros(image.bytes - written);
  return success();
}

LogicalResult writeImageObject(ModuleOp module, const WeightImage &image,
                               StringRef folder, llvm::raw_ostream &os,
                               llvm::BLAKE3 &digest) {
  auto target = module->getAttrOfType<TargetAttr>(kTargetAttr);
  if (!target)
    return module.emitError() << "expected the attribute " << kTargetAttr;
  StringRef triple = target.getTriple().getValue();
  std::optional<ElfKind> kind = getElfKind(llvm::Triple(triple));
  if (!kind)
    return module.emitError() << "cannot write objects for '" << triple << "'";

  std::string section = ".eke.weights" + image.getSuffix();
  std::string symbol = getImageSymbol(module, image);
  DataObject object{*kind, section, symbol, static_cast<uint64_t>(image.bytes),
                    static_cast<uint64_t>(image.getAlignment())};
  object.writeHead(os);
  if (failed(writeImage(module, image, folder, os, digest)))
    return failure();
  object.writeTail(os);
  return success();
}

} // namespace mlir::eke
