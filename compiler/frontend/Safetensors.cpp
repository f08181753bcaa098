//===- Safetensors.cpp - Tensors in a memory-mapped file ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/frontend/Safetensors.h"

#include "compiler/frontend/Input.h"
#include "compiler/support/Diagnostics.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MathExtras.h"

namespace mlir::eke {
namespace {

constexpr uint64_t lengthBytes = 8;
/// The format's own limit.
constexpr uint64_t longestHeader = 100'000'000;

/// Bits of an element, or 0 for a type the format does not have.
unsigned bitsOf(llvm::StringRef dtype) {
  return llvm::StringSwitch<unsigned>(dtype)
      .Case("F4", 4)
      .Cases({"F6_E2M3", "F6_E3M2"}, 6)
      .Cases({"BOOL", "U8", "I8", "F8_E5M2", "F8_E4M3", "F8_E8M0"}, 8)
      .Cases({"U16", "I16", "F16", "BF16"}, 16)
      .Cases({"U32", "I32", "F32"}, 32)
      .Cases({"U64", "I64", "F64", "C64"}, 64)
      .Default(0);
}

/// Reads one file's header.
class HeaderReader {
public:
  explicit HeaderReader(llvm::MemoryBufferRef buffer) : buffer(buffer) {}

  llvm::Expected<std::vector<StoredTensor>> read() {
    llvm::Expected<llvm::json::Value> header = parseHeader();
    if (!header)
      return header.takeError();
    const llvm::json::Object *entries = header->getAsObject();
    if (!entries)
      return error("header is not a JSON object");

    std::vector<StoredTensor> tensors;
    for (const auto &[key, value] : *entries) {
      if (key == "__metadata__") {
        if (llvm::Error error = checkMetadata(value))
          return std::move(error);
        continue;
      }
      llvm::Expected<StoredTensor> tensor = readEntry(key.str(), value);
      if (!tensor)
        return tensor.takeError();
      tensors.push_back(std::move(*tensor));
    }
    if (llvm::Error error = checkLayout(tensors))
      return std::move(error);
    return tensors;
  }

private:
  llvm::Error error(const llvm::Twine &what) const {
    return errorIn(buffer.getBufferIdentifier(), what);
  }

  llvm::Error error(llvm::StringRef name, const llvm::Twine &what) const {
    return error("tensor " + inQuotes(name) + " " + what);
  }

  llvm::Expected<llvm::json::Value> parseHeader() {
    uint64_t fileSize = buffer.getBufferSize();
    if (fileSize < lengthBytes)
      return error("file has " + llvm::Twine(fileSize) +
                   " bytes, too few for a safetensors file");
    uint64_t length = llvm::support::endian::read64le(buffer.getBufferStart());
    if (length > longestHeader)
      return error("header claims " + llvm::Twine(length) +
                   " bytes; the format allows 100000000");
    if (length > fileSize - lengthBytes)
      return error("header claims " + llvm::Twine(length) + " bytes but only " +
                   llvm::Twine(fileSize - lengthBytes) +
                   " follow; is the file truncated?");
    dataStart = lengthBytes + length;
    return parseJSON(buffer.getBuffer().substr(lengthBytes, length),
                     buffer.getBufferIdentifier());
  }

  llvm::Error checkMetadata(const llvm::json::Value &value) {
    const llvm::json::Object *entries = value.getAsObject();
    bool isValid = entries && llvm::all_of(*entries, [](const auto &entry) {
                     return entry.second.getAsString().has_value();
                   });
    if (!isValid)
      return error("__metadata__ is not an object of strings");
    return llvm::Error::success();
  }

  llvm::Expected<StoredTensor> readEntry(std::string name,
                                         const llvm::json::Value &value) {
    const llvm::json::Object *entry = value.getAsObject();
    if (!entry)
      return error(name, "is not described by an object");
    for (const auto &[key, unused] : *entry)
      if (key != "dtype" && key != "shape" && key != "data_offsets")
        return error(name, "has the unknown key " + inQuotes(key));

    StoredTensor tensor;
    tensor.name = std::move(name);
    if (llvm::Error error = readType(*entry, tensor))
      return std::move(error);
    if (llvm::Error error = readOffsets(*entry, tensor))
      return std::move(error);
    return tensor;
  }

  /// Reads dtype and shape, and from them the size.
  llvm::Error readType(const llvm::json::Object &entry, StoredTensor &tensor) {
    std::optional<llvm::StringRef> dtype = entry.getString("dtype");
    if (!dtype)
      return error(tensor.name, "has no dtype");
    tensor.dtype = dtype->str();
    uint64_t bits = bitsOf(tensor.dtype);
    if (!bits)
      return error(tensor.name, "has the unknown dtype " + inQuotes(*dtype));

    const llvm::json::Array *shape = entry.getArray("shape");
    if (!shape)
      return error(tensor.name, "has no shape");
    for (const llvm::json::Value &value : *shape) {
      std::optional<uint64_t> extent = value.getAsUINT64();
      if (!extent || *extent > uint64_t(std::numeric_limits<int64_t>::max()))
        return error(tensor.name, "has an extent that is no size");
      tensor.shape.push_back(*extent);
      bool overflows = false;
      bits = llvm::SaturatingMultiply<uint64_t>(bits, *extent, &overflows);
      if (overflows)
        return error(tensor.name, "is larger than any file");
    }
    if (bits % 8)
      return error(tensor.name, "does not end at a whole byte");
    tensor.size = bits / 8;
    return llvm::Error::success();
  }

  llvm::Error readOffsets(const llvm::json::Object &entry,
                          StoredTensor &tensor) {
    const llvm::json::Array *range = entry.getArray("data_offsets");
    if (!range || range->size() != 2)
      return error(tensor.name, "has no data_offsets [begin, end]");
    std::optional<uint64_t> begin = (*range)[0].getAsUINT64();
    std::optional<uint64_t> end = (*range)[1].getAsUINT64();
    if (!begin || !end || *begin > *end)
      return error(tensor.name, "has data_offsets that are no range");

    uint64_t dataSize = buffer.getBufferSize() - dataStart;
    if (*end > dataSize)
      return error(tensor.name, "ends at byte " + llvm::Twine(*end) +
                                    " of the data, which has " +
                                    llvm::Twine(dataSize) +
                                    "; is the file truncated?");
    if (*end - *begin != tensor.size)
      return error(tensor.name, "has " + llvm::Twine(*end - *begin) +
                                    " bytes; its dtype and shape need " +
                                    llvm::Twine(tensor.size));
    tensor.offset = dataStart + *begin;
    return llvm::Error::success();
  }

  /// Sorts the tensors and checks that they fill the file.
  llvm::Error checkLayout(std::vector<StoredTensor> &tensors) {
    llvm::sort(tensors, [](const StoredTensor &a, const StoredTensor &b) {
      return std::tie(a.offset, a.size, a.name) <
             std::tie(b.offset, b.size, b.name);
    });
    uint64_t end = dataStart;
    for (const StoredTensor &tensor : tensors) {
      if (tensor.offset < end)
        return error(tensor.name, "shares bytes with another tensor");
      if (tensor.offset > end)
        return error(tensor.name, "follows " +
                                      llvm::Twine(tensor.offset - end) +
                                      " bytes that belong to no tensor");
      end = tensor.offset + tensor.size;
    }
    if (end != buffer.getBufferSize())
      return error("the last " + llvm::Twine(buffer.getBufferSize() - end) +
                   " bytes belong to no tensor");
    return llvm::Error::success();
  }

  llvm::MemoryBufferRef buffer;
  uint64_t dataStart = 0;
};

} // namespace

llvm::Expected<SafetensorsFile> SafetensorsFile::open(llvm::StringRef path) {
  auto buffer = openInput(path);
  if (!buffer)
    return buffer.takeError();
  return parse(std::move(*buffer));
}

llvm::Expected<SafetensorsFile>
SafetensorsFile::parse(std::unique_ptr<llvm::MemoryBuffer> buffer) {
  if (auto other = recognise(buffer->getBuffer()))
    return errorIn(buffer->getBufferIdentifier(), *other);
  auto tensors = HeaderReader(buffer->getMemBufferRef()).read();
  if (!tensors)
    return tensors.takeError();
  return SafetensorsFile(std::move(buffer), std::move(*tensors));
}

static llvm::Expected<WeightFiles> readIndex(llvm::StringRef path) {
  llvm::Expected<llvm::json::Value> index = readJSON(path);
  if (!index)
    return index.takeError();
  const llvm::json::Object *root = index->getAsObject();
  const llvm::json::Object *map =
      root ? root->getObject("weight_map") : nullptr;
  if (!map)
    return errorIn(path, "has no object 'weight_map'");

  WeightFiles files;
  files.index = path.str();
  for (const auto &[tensor, value] : *map) {
    std::optional<llvm::StringRef> file = value.getAsString();
    if (!file || file->empty() || file->contains('/') || file->contains('\0') ||
        *file == "..")
      return errorIn(path, "weight_map gives tensor " + inQuotes(tensor) +
                               " no file name of this folder");
    files.names.push_back(file->str());
    files.places.push_back({tensor.str(), file->str()});
  }
  llvm::sort(files.names);
  files.names.erase(llvm::unique(files.names), files.names.end());
  return files;
}

llvm::Expected<WeightFiles> findWeightFiles(llvm::StringRef directory) {
  std::string index = resolvePath(directory, "model.safetensors.index.json");
  constexpr llvm::StringLiteral single = "model.safetensors";
  if (isThere(resolvePath(directory, single))) {
    if (isThere(index))
      printWarning(index + ": is not read, as there is " + single);
    return WeightFiles{{single.str()}, "", {}};
  }
  if (isThere(index))
    return readIndex(index);
  return errorIn(directory, "has neither model.safetensors nor "
                            "model.safetensors.index.json");
}

} // namespace mlir::eke
