//===- BuildImage.cpp - The weights of a module as bytes ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   payload (f32, f16, bf16; mapped)  --pack-->  one weight  --append-->  image
//
// The payloads of a weight that has several are joined before they are packed, so
// that how the weight lies in the image does not depend on them.
//
//===----------------------------------------------------------------------===//

#include "codegen/image/BuildImage.h"

#include "codegen/image/DataObject.h"
#include "formats/Pack.h"
#include "dialects/eke/Format.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <vector>

namespace mlir::eke {
namespace {

constexpr uint64_t pageSize = 4096;

SourceMatrix::Element getSourceElement(Type type) {
  if (type.isF16())
    return SourceMatrix::Element::F16;
  if (type.isBF16())
    return SourceMatrix::Element::BF16;
  return SourceMatrix::Element::F32;
}

/// Maps a payload of `weight`, or reports why it cannot be read.
std::unique_ptr<llvm::MemoryBuffer>
mapPayload(WeightOp weight, PayloadAttr payload, StringRef folder) {
  SmallString<128> path(payload.getFile());
  if (!llvm::sys::path::is_absolute(path)) {
    path = folder;
    llvm::sys::path::append(path, payload.getFile());
  }
  auto fail = [&](const Twine &reason) {
    weight.emitError() << "weight '" << weight.getSymName() << "': " << path
                       << ": " << reason;
    return nullptr;
  };
  llvm::Expected<llvm::sys::fs::file_t> file =
      llvm::sys::fs::openNativeFileForRead(path);
  if (!file)
    return fail(llvm::toString(file.takeError()));
  llvm::scope_exit close([&] { llvm::sys::fs::closeFile(*file); });

  llvm::sys::fs::file_status status;
  if (std::error_code error = llvm::sys::fs::status(*file, status))
    return fail(error.message());
  uint64_t offset = payload.getOffset(), length = payload.getLength();
  if (status.getSize() < offset || status.getSize() - offset < length)
    return fail("has " + Twine(status.getSize()) + " bytes, expected " +
                Twine(length) + " at offset " + Twine(offset));
  auto buffer =
      llvm::MemoryBuffer::getOpenFileSlice(*file, path, length, offset);
  if (!buffer)
    return fail(buffer.getError().message());
  return std::move(*buffer);
}

/// Packs `source` into `bytes`, which are zero.
std::optional<BadElement> pack(const SourceMatrix &source,
                               RankedTensorType type,
                               MutableArrayRef<uint8_t> bytes) {
  FormatAttr format = getFormat(type);
  uint8_t *values = bytes.data();
  if (!format)
    return packPlainF32(source, values);
  uint8_t *scales = values + getPacked(type).scalesOffset;
  return format.getInterface().pack(source, format, values, scales);
}

/// The number of the payload that holds an element, whose index becomes the one in
/// the payload.
size_t findPayload(WeightOp weight, int64_t &index) {
  for (auto [number, payload] :
       llvm::enumerate(weight.getPayloads().getAsRange<PayloadAttr>())) {
    if (index < payload.getNumElements())
      return number;
    index -= payload.getNumElements();
  }
  llvm_unreachable("an element that no payload holds");
}

/// What the tensor in a payload is called: a weight of several is located at the
/// tensors that it was joined of.
StringRef getTensorName(WeightOp weight, size_t payload) {
  auto joined = dyn_cast<FusedLoc>(weight.getLoc());
  if (joined && joined.getLocations().size() == weight.getPayloads().size())
    if (auto name = dyn_cast<NameLoc>(joined.getLocations()[payload]))
      return name.getName();
  return weight.getSymName();
}

LogicalResult reportBadElement(WeightOp weight, const SourceMatrix &source,
                               BadElement bad) {
  size_t number = findPayload(weight, bad.index);
  auto payload = cast<PayloadAttr>(weight.getPayloads()[number]);
  InFlightDiagnostic diag = weight.emitError()
                            << "weight '" << getTensorName(weight, number)
                            << "': " << payload.getFile() << ": element "
                            << bad.index;
  if (weight.getTensorType().getRank() > 1)
    diag << " (row " << bad.index / source.columns << ", column "
         << bad.index % source.columns << ")";
  if (std::isnan(bad.value))
    return diag << " is NaN, expected a finite number";
  if (std::isinf(bad.value))
    return diag << " is infinite, expected a finite number";
  FormatAttr format = getFormat(weight.getTensorType());
  return diag << " is " << bad.value << ", which is too large for "
              << (format ? format.getName().getValue() : "f32");
}

/// The elements of a weight, one payload behind the other.
class SourceElements {
public:
  /// Maps or reads them, or reports why that fails.
  LogicalResult load(WeightOp weight, StringRef folder) {
    ArrayAttr payloads = weight.getPayloads();
    for (auto payload : payloads.getAsRange<PayloadAttr>()) {
      mapped = mapPayload(weight, payload, folder);
      if (!mapped)
        return failure();
      if (payloads.size() > 1)
        joined.append(mapped->getBufferStart(), mapped->getBufferEnd());
    }
    return success();
  }

  const uint8_t *data() const {
    const char *start =
        joined.empty() ? mapped->getBufferStart() : joined.data();
    return reinterpret_cast<const uint8_t *>(start);
  }

private:
  std::unique_ptr<llvm::MemoryBuffer> mapped;
  /// Of several payloads, their bytes; one stays where it is.
  std::string joined;
};

/// Packs one weight into `bytes`.
LogicalResult packWeight(WeightOp weight, StringRef folder,
                         std::vector<uint8_t> &bytes) {
  RankedTensorType type = weight.getTensorType();
  int64_t elements = type.getNumElements(), found = 0;
  for (auto payload : weight.getPayloads().getAsRange<PayloadAttr>())
    found += payload.getNumElements();
  if (found != elements)
    return weight.emitError()
           << "weight '" << weight.getSymName() << "': payload has " << found
           << " elements, which does not match " << type;
  bytes.assign(getPacked(type).bytes, 0);
  if (elements == 0)
    return success();
  SourceElements source;
  if (failed(source.load(weight, folder)))
    return failure();
  int64_t columns = type.getRank() == 0 ? 1 : type.getShape().back();
  auto first = cast<PayloadAttr>(weight.getPayloads()[0]);
  SourceMatrix matrix{source.data(), getSourceElement(first.getElement()),
                      elements / columns, columns};
  if (std::optional<BadElement> bad = pack(matrix, type, bytes))
    return reportBadElement(weight, matrix, *bad);
  return success();
}

/// The weights of `module` in the order of their places, or failure if they
/// do not fit one behind the other into `imageBytes`.
FailureOr<SmallVector<WeightOp>> getPlacedWeights(ModuleOp module,
                                                  int64_t imageBytes) {
  SmallVector<WeightOp> weights(module.getOps<WeightOp>());
  for (WeightOp weight : weights)
    if (!weight.getPlace())
      return weight.emitError() << "weight '" << weight.getSymName()
                                << "' has no place in the image";
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
    end = offset + getPacked(weight.getTensorType()).bytes;
    if (end > imageBytes)
      return weight.emitError()
             << "weight '" << weight.getSymName() << "' ends at " << end
             << ", beyond the " << imageBytes << " bytes of the image";
  }
  return weights;
}

FailureOr<int64_t> getImageBytes(ModuleOp module) {
  auto bytes = module->getAttrOfType<IntegerAttr>(kImageBytesAttr);
  if (!bytes)
    return module.emitError() << "expected the attribute " << kImageBytesAttr;
  return bytes.getInt();
}

} // namespace

LogicalResult writeImage(ModuleOp module, StringRef folder,
                         llvm::raw_ostream &os, llvm::BLAKE3 &digest) {
  FailureOr<int64_t> imageBytes = getImageBytes(module);
  if (failed(imageBytes))
    return failure();
  FailureOr<SmallVector<WeightOp>> weights =
      getPlacedWeights(module, *imageBytes);
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
  os.write_zeros(*imageBytes - written);
  return success();
}

LogicalResult writeImageObject(ModuleOp module, StringRef folder,
                               llvm::raw_ostream &os, llvm::BLAKE3 &digest) {
  FailureOr<int64_t> imageBytes = getImageBytes(module);
  if (failed(imageBytes))
    return failure();
  auto target = module->getAttrOfType<TargetAttr>(kTargetAttr);
  if (!target)
    return module.emitError() << "expected the attribute " << kTargetAttr;
  StringRef triple = target.getTriple().getValue();
  uint16_t machine = getElfMachine(llvm::Triple(triple));
  if (machine == 0)
    return module.emitError() << "cannot write objects for '" << triple << "'";

  DataObject object{machine, ".eke.weights", kImageSymbol,
                    static_cast<uint64_t>(*imageBytes), pageSize};
  object.writeHead(os);
  if (failed(writeImage(module, folder, os, digest)))
    return failure();
  object.writeTail(os);
  return success();
}

} // namespace mlir::eke
