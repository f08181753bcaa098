//===- File.cpp - Reading GGUF files --------------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/frontend/gguf/File.h"

#include "compiler/frontend/Input.h"
#include "dialects/eke/Quants.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"

namespace endian = llvm::support::endian;

namespace mlir::eke {
namespace {

constexpr llvm::StringLiteral magic = "GGUF";
constexpr llvm::StringLiteral alignmentKey = "general.alignment";
/// The format's own limits.
constexpr uint64_t longestKey = 65535;
constexpr uint64_t mostExtents = 4;

/// The types of elements by their number in the file. Those without bytes, and with no
/// kind of blocks of the same name, are known by name only.
struct ElementType {
  uint32_t number;
  llvm::StringLiteral name;
  unsigned bytes = 0;
};
constexpr ElementType elementTypes[] = {
    {0, "F32", 4},   {1, "F16", 2},  {2, "Q4_0"},     {3, "Q4_1"},
    {6, "Q5_0"},     {7, "Q5_1"},    {8, "Q8_0"},     {9, "Q8_1"},
    {10, "Q2_K"},    {11, "Q3_K"},   {12, "Q4_K"},    {13, "Q5_K"},
    {14, "Q6_K"},    {15, "Q8_K"},   {16, "IQ2_XXS"}, {17, "IQ2_XS"},
    {18, "IQ3_XXS"}, {19, "IQ1_S"},  {20, "IQ4_NL"},  {21, "IQ3_S"},
    {22, "IQ2_S"},   {23, "IQ4_XS"}, {24, "I8", 1},   {25, "I16", 2},
    {26, "I32", 4},  {27, "I64", 8}, {28, "F64", 8},  {29, "IQ1_M"},
    {30, "BF16", 2}, {34, "TQ1_0"},  {35, "TQ2_0"},   {39, "MXFP4"},
};

/// Elements that lie side by side in `bytes` bytes.
struct Packing {
  uint64_t elements, bytes;
};

std::optional<Packing> packingOf(const ElementType &type) {
  if (type.bytes)
    return Packing{1, type.bytes};
  if (const QuantKind *kind = QuantKind::lookup(type.name.lower()))
    return Packing{uint64_t(kind->elements), uint64_t(kind->bytes)};
  return std::nullopt;
}

const ElementType *findElementType(llvm::StringRef name) {
  auto *type = llvm::find_if(
      elementTypes, [&](const ElementType &type) { return type.name == name; });
  return type == std::end(elementTypes) ? nullptr : type;
}

std::string listElementTypes() {
  std::string names;
  for (const ElementType &type : elementTypes)
    if (packingOf(type))
      names += (names.empty() ? "" : ", ") + type.name.str();
  return names;
}

/// Reads all that stands in front of the tensors' data.
class HeaderReader {
public:
  explicit HeaderReader(llvm::MemoryBufferRef buffer)
      : file(buffer.getBufferIdentifier()), contents(buffer.getBuffer()),
        rest(contents), metadata(file) {}

  /// Whatever fails stops it.
  llvm::Error read() {
    if (llvm::Error error = readStart())
      return error;
    for (uint64_t i = 0; i < valueCount; ++i)
      if (llvm::Error error = readKeyAndValue(i))
        return error;
    if (llvm::Error error = readAlignment())
      return error;
    for (uint64_t i = 0; i < tensorCount; ++i)
      if (llvm::Error error = readTensor(i))
        return error;
    return checkLayout();
  }

  std::vector<StoredTensor> takeTensors() { return std::move(tensors); }
  GGUFMetadata takeMetadata() { return std::move(metadata); }

private:
  llvm::Error error(const llvm::Twine &what) const {
    return errorIn(file, what);
  }

  llvm::Error truncated(const llvm::Twine &where) const {
    return error("ends in " + where + "; is the file truncated?");
  }

  /// The next bytes, or nothing if there are fewer.
  std::optional<llvm::StringRef> take(uint64_t bytes) {
    if (bytes > rest.size())
      return std::nullopt;
    llvm::StringRef taken = rest.take_front(bytes);
    rest = rest.drop_front(bytes);
    return taken;
  }

  template <typename Word> std::optional<Word> take() {
    std::optional<llvm::StringRef> bytes = take(sizeof(Word));
    if (!bytes)
      return std::nullopt;
    return endian::read<Word>(bytes->data(), llvm::endianness::little);
  }

  /// A string without its length.
  std::optional<llvm::StringRef> takeText() {
    std::optional<uint64_t> length = take<uint64_t>();
    return length ? take(*length) : std::nullopt;
  }

  llvm::Error readStart() {
    rest.consume_front(magic);
    std::optional<uint32_t> version = take<uint32_t>();
    if (!version)
      return truncated("its version");
    if (llvm::byteswap(*version) < 16 && *version >= 16)
      return error("is a GGUF file for machines with the highest byte first; "
                   "expected the lowest first");
    if (*version != 2 && *version != 3)
      return error("is a GGUF file of version " + llvm::Twine(*version) +
                   "; expected 2 or 3");
    std::optional<uint64_t> tensorWord = take<uint64_t>();
    std::optional<uint64_t> valueWord = take<uint64_t>();
    if (!tensorWord || !valueWord)
      return truncated("its header");
    tensorCount = *tensorWord;
    valueCount = *valueWord;
    return llvm::Error::success();
  }

  llvm::Error readKeyAndValue(uint64_t number) {
    std::optional<llvm::StringRef> key = takeText();
    std::optional<uint32_t> type = key ? take<uint32_t>() : std::nullopt;
    if (!type)
      return truncated("value " + llvm::Twine(number + 1) + " of " +
                       llvm::Twine(valueCount));
    if (key->empty() || key->size() > longestKey ||
        !llvm::all_of(*key, [](char c) { return llvm::isPrint(c); }))
      return error("value " + llvm::Twine(number + 1) +
                   " has no name: " + inQuotes(*key));
    llvm::Expected<GGUFValue> value = readValue(*key, *type);
    if (!value)
      return value.takeError();
    return metadata.add(*key, *value);
  }

  llvm::Expected<GGUFValue> readValue(llvm::StringRef key, uint32_t number) {
    GGUFValue value;
    value.isArray = number == uint32_t(GGUFType::Array);
    if (value.isArray) {
      std::optional<uint32_t> type = take<uint32_t>();
      std::optional<uint64_t> count = take<uint64_t>();
      if (!type || !count)
        return truncated(inQuotes(key));
      if (*type == uint32_t(GGUFType::Array))
        return error(inQuotes(key) +
                     " is an array of arrays, which is not supported");
      number = *type;
      value.count = *count;
    }
    if (number > uint32_t(GGUFType::F64))
      return error(inQuotes(key) + " has the unknown type " +
                   llvm::Twine(number));
    value.type = GGUFType(number);
    llvm::StringRef start = rest;
    if (!skip(value))
      return truncated(inQuotes(key));
    value.bytes = start.drop_back(rest.size());
    if (value.type == GGUFType::Bool &&
        llvm::any_of(value.bytes, [](char c) { return c != 0 && c != 1; }))
      return error(inQuotes(key) + " is neither true nor false");
    return value;
  }

  /// Passes the elements of `value`; false if the file ends before.
  bool skip(const GGUFValue &value) {
    if (uint64_t bytes = countBytes(value.type))
      return take(llvm::SaturatingMultiply(bytes, value.count)).has_value();
    for (uint64_t i = 0; i < value.count; ++i)
      if (!takeText())
        return false;
    return true;
  }

  llvm::Error readAlignment() {
    auto given = metadata.getSize(alignmentKey);
    if (!given)
      return given.takeError();
    if (!*given)
      return llvm::Error::success();
    alignment = **given;
    if (alignment < 8 || alignment > uint32_t(-1) ||
        !llvm::isPowerOf2_64(alignment))
      return error(inQuotes(alignmentKey) + " is " + llvm::Twine(alignment) +
                   "; expected a power of two, 8 or more");
    return llvm::Error::success();
  }

  llvm::Error readTensor(uint64_t number) {
    std::optional<llvm::StringRef> name = takeText();
    std::optional<uint32_t> rank = name ? take<uint32_t>() : std::nullopt;
    auto cut = [&] {
      return truncated("the description of tensor " + llvm::Twine(number + 1) +
                       " of " + llvm::Twine(tensorCount));
    };
    if (!rank)
      return cut();
    if (name->empty() || name->size() > longestKey)
      return error("tensor " + llvm::Twine(number + 1) + " has no name");
    if (!names.insert(*name).second)
      return error("tensor " + inQuotes(*name) + " appears twice");
    if (*rank == 0 || *rank > mostExtents)
      return error("tensor " + inQuotes(*name) + " has " + llvm::Twine(*rank) +
                   " extents; expected 1 to " + llvm::Twine(mostExtents));
    StoredTensor tensor;
    tensor.name = name->str();
    for (uint32_t i = 0; i < *rank; ++i) {
      std::optional<uint64_t> extent = take<uint64_t>();
      if (!extent)
        return cut();
      if (*extent == 0 || *extent > uint64_t(INT64_MAX))
        return error("tensor " + inQuotes(*name) +
                     " has an extent that is no size");
      tensor.shape.insert(tensor.shape.begin(), *extent);
    }
    std::optional<uint32_t> type = take<uint32_t>();
    std::optional<uint64_t> offset = take<uint64_t>();
    if (!type || !offset)
      return cut();
    tensor.offset = *offset;
    if (llvm::Error error = setSize(tensor, *type))
      return error;
    tensors.push_back(std::move(tensor));
    return llvm::Error::success();
  }

  /// Finds the element type and, from it and the shape, the size.
  llvm::Error setSize(StoredTensor &tensor, uint32_t number) {
    std::string start = "tensor " + inQuotes(tensor.name);
    auto *type = llvm::find_if(elementTypes, [&](const ElementType &type) {
      return type.number == number;
    });
    bool isKnown = type != std::end(elementTypes);
    std::optional<Packing> packing = isKnown ? packingOf(*type) : std::nullopt;
    tensor.dtype = isKnown ? type->name.str() : std::to_string(number);
    if (!packing) { // see checkTypes
      hasAllSizes = false;
      tensor.size = 0;
      return llvm::Error::success();
    }
    if (tensor.shape.back() % packing->elements)
      return error(start + " has rows of " + llvm::Twine(tensor.shape.back()) +
                   " elements, which are no whole blocks of " +
                   llvm::Twine(packing->elements));
    uint64_t size = packing->bytes;
    tensor.shape.back() /= packing->elements;
    for (int64_t extent : tensor.shape)
      size = llvm::SaturatingMultiply<uint64_t>(size, extent);
    tensor.shape.back() *= packing->elements;
    if (size > contents.size())
      return error(start + " has " +
                   (size == UINT64_MAX ? "too many" : std::to_string(size)) +
                   " bytes and the whole file " + llvm::Twine(contents.size()) +
                   "; is it truncated?");
    tensor.size = size;
    return llvm::Error::success();
  }

  /// Sorts the tensors, gives them offsets from the start of the file, and checks that
  /// they fill it but for padding.
  llvm::Error checkLayout() {
    uint64_t headerSize = contents.size() - rest.size();
    uint64_t dataStart = llvm::alignTo(headerSize, alignment);
    for (StoredTensor &tensor : tensors) {
      if (tensor.offset % alignment)
        return error("tensor " + inQuotes(tensor.name) + " is at byte " +
                     llvm::Twine(tensor.offset) +
                     " of the data; expected a multiple of " +
                     llvm::Twine(alignment));
      tensor.offset = llvm::SaturatingAdd(tensor.offset, dataStart);
      uint64_t end = llvm::SaturatingAdd(tensor.offset, tensor.size);
      if (end > contents.size())
        return error("tensor " + inQuotes(tensor.name) + " ends at byte " +
                     llvm::Twine(end) + " and the file at " +
                     llvm::Twine(contents.size()) + "; is it truncated?");
    }
    llvm::sort(tensors, [](const StoredTensor &a, const StoredTensor &b) {
      return std::tie(a.offset, a.name) < std::tie(b.offset, b.name);
    });
    if (!hasAllSizes)
      return llvm::Error::success();
    uint64_t end = headerSize;
    for (const StoredTensor &tensor : tensors) {
      if (tensor.offset < end)
        return error("tensor " + inQuotes(tensor.name) +
                     " shares bytes with another tensor");
      if (tensor.offset - end >= alignment)
        return error("tensor " + inQuotes(tensor.name) + " follows " +
                     llvm::Twine(tensor.offset - end) +
                     " bytes that belong to no tensor");
      end = tensor.offset + tensor.size;
    }
    if (contents.size() - end >= alignment)
      return error("the last " + llvm::Twine(contents.size() - end) +
                   " bytes belong to no tensor");
    return llvm::Error::success();
  }

  llvm::StringRef file, contents;
  /// What has not been read yet.
  llvm::StringRef rest;
  uint64_t tensorCount = 0, valueCount = 0, alignment = 32;
  GGUFMetadata metadata;
  std::vector<StoredTensor> tensors;
  /// Whether the sizes of all tensors are known.
  bool hasAllSizes = true;
  llvm::StringSet<> names;
};

} // namespace

bool isGGUF(llvm::StringRef contents) { return contents.starts_with(magic); }

llvm::Expected<GGUFFile> GGUFFile::open(llvm::StringRef path) {
  auto buffer = openInput(path);
  if (!buffer)
    return buffer.takeError();
  return parse(std::move(*buffer));
}

llvm::Error GGUFFile::checkTypes() const {
  llvm::Error errors = llvm::Error::success();
  for (const StoredTensor &tensor : getTensors()) {
    const ElementType *type = findElementType(tensor.dtype);
    if (!type || !packingOf(*type))
      errors =
          llvm::joinErrors(std::move(errors),
                           errorAt(getPath(), "tensor " + inQuotes(tensor.name),
                                   "has elements of type " + tensor.dtype +
                                       ", which is not supported; known are " +
                                       listElementTypes()));
  }
  return errors;
}

llvm::Expected<GGUFFile>
GGUFFile::parse(std::unique_ptr<llvm::MemoryBuffer> buffer) {
  auto file = parseAnyTypes(std::move(buffer));
  if (file)
    if (llvm::Error errors = file->checkTypes())
      return std::move(errors);
  return file;
}

llvm::Expected<GGUFFile>
GGUFFile::parseAnyTypes(std::unique_ptr<llvm::MemoryBuffer> buffer) {
  if (!isGGUF(buffer->getBuffer()))
    return errorIn(buffer->getBufferIdentifier(),
                   "is no GGUF file: it does not start with 'GGUF'");
  HeaderReader reader(buffer->getMemBufferRef());
  if (llvm::Error error = reader.read())
    return std::move(error);
  std::vector<StoredTensor> tensors = reader.takeTensors();
  return GGUFFile(std::move(buffer), std::move(tensors), reader.takeMetadata());
}

} // namespace mlir::eke
