//===- Metadata.cpp - The values of a GGUF file ---------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/frontend/gguf/Metadata.h"

#include "compiler/frontend/Input.h"

#include "llvm/ADT/bit.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"

namespace endian = llvm::support::endian;

namespace mlir::eke {

unsigned countBytes(GGUFType type) {
  switch (type) {
  case GGUFType::U8:
  case GGUFType::I8:
  case GGUFType::Bool:
    return 1;
  case GGUFType::U16:
  case GGUFType::I16:
    return 2;
  case GGUFType::U32:
  case GGUFType::I32:
  case GGUFType::F32:
    return 4;
  case GGUFType::U64:
  case GGUFType::I64:
  case GGUFType::F64:
    return 8;
  case GGUFType::String:
  case GGUFType::Array:
    return 0;
  }
  return 0;
}

namespace {

bool isSigned(GGUFType type) {
  return type == GGUFType::I8 || type == GGUFType::I16 ||
         type == GGUFType::I32 || type == GGUFType::I64;
}

bool isReal(GGUFType type) {
  return type == GGUFType::F32 || type == GGUFType::F64;
}

bool isInteger(GGUFType type) {
  return countBytes(type) && !isReal(type) && type != GGUFType::Bool;
}

/// Integer number `index` of `value`, as far as 64 bits hold it.
int64_t loadInteger(const GGUFValue &value, uint64_t index) {
  unsigned bytes = countBytes(value.type);
  uint64_t bits = 0;
  for (unsigned i = 0; i < bytes; ++i)
    bits |= uint64_t(uint8_t(value.bytes[index * bytes + i])) << (8 * i);
  return isSigned(value.type) ? llvm::SignExtend64(bits, 8 * bytes) : bits;
}

double loadReal(const GGUFValue &value, uint64_t index) {
  const char *bytes = value.bytes.data();
  if (value.type == GGUFType::F32)
    return llvm::bit_cast<float>(endian::read32le(bytes + 4 * index));
  return llvm::bit_cast<double>(endian::read64le(bytes + 8 * index));
}

} // namespace

llvm::Error GGUFMetadata::add(llvm::StringRef key, GGUFValue value) {
  if (!indices.try_emplace(key, values.size()).second)
    return errorIn(file, "key " + inQuotes(key) + " appears twice");
  values.push_back({key, value});
  return llvm::Error::success();
}

const GGUFValue *GGUFMetadata::find(llvm::StringRef key) const {
  auto found = indices.find(key);
  return found == indices.end() ? nullptr : &values[found->second].second;
}

llvm::Error GGUFMetadata::expected(llvm::StringRef key,
                                   llvm::StringRef what) const {
  return errorIn(file, inQuotes(key) + " is not " + what);
}

GGUFMetadata::Result<uint64_t>
GGUFMetadata::getSize(llvm::StringRef key) const {
  const GGUFValue *value = find(key);
  if (!value)
    return std::nullopt;
  if (value->isArray || !isInteger(value->type))
    return expected(key, "an integer");
  int64_t number = loadInteger(*value, 0);
  if (isSigned(value->type) && number < 0)
    return expected(key, "a size: it is " + std::to_string(number));
  return uint64_t(number);
}

GGUFMetadata::Result<double>
GGUFMetadata::getNumber(llvm::StringRef key) const {
  const GGUFValue *value = find(key);
  if (!value)
    return std::nullopt;
  if (!value->isArray && isReal(value->type))
    return loadReal(*value, 0);
  return expected(key, "a floating point number");
}

GGUFMetadata::Result<bool> GGUFMetadata::getFlag(llvm::StringRef key) const {
  const GGUFValue *value = find(key);
  if (!value)
    return std::nullopt;
  if (value->isArray || value->type != GGUFType::Bool)
    return expected(key, "true or false");
  return value->bytes[0] != 0;
}

GGUFMetadata::Result<llvm::StringRef>
GGUFMetadata::getText(llvm::StringRef key) const {
  const GGUFValue *value = find(key);
  if (!value)
    return std::nullopt;
  if (value->isArray || value->type != GGUFType::String)
    return expected(key, "a string");
  return value->bytes.drop_front(8);
}

GGUFMetadata::Result<std::vector<llvm::StringRef>>
GGUFMetadata::getTexts(llvm::StringRef key) const {
  const GGUFValue *value = find(key);
  if (!value)
    return std::nullopt;
  if (!value->isArray || value->type != GGUFType::String)
    return expected(key, "an array of strings");
  std::vector<llvm::StringRef> texts;
  llvm::StringRef rest = value->bytes;
  while (!rest.empty()) {
    uint64_t length = endian::read64le(rest.data());
    texts.push_back(rest.substr(8, length));
    rest = rest.drop_front(8 + length);
  }
  return texts;
}

GGUFMetadata::Result<std::vector<int64_t>>
GGUFMetadata::getIntegers(llvm::StringRef key) const {
  const GGUFValue *value = find(key);
  if (!value)
    return std::nullopt;
  if (!value->isArray || !isInteger(value->type))
    return expected(key, "an array of integers");
  std::vector<int64_t> numbers;
  for (uint64_t i = 0; i < value->count; ++i)
    numbers.push_back(loadInteger(*value, i));
  return numbers;
}

GGUFMetadata::Result<std::vector<double>>
GGUFMetadata::getNumbers(llvm::StringRef key) const {
  const GGUFValue *value = find(key);
  if (!value)
    return std::nullopt;
  if (!value->isArray || !isReal(value->type))
    return expected(key, "an array of floating point numbers");
  std::vector<double> numbers;
  for (uint64_t i = 0; i < value->count; ++i)
    numbers.push_back(loadReal(*value, i));
  return numbers;
}

GGUFMetadata::Result<std::vector<bool>>
GGUFMetadata::getFlags(llvm::StringRef key) const {
  const GGUFValue *value = find(key);
  if (!value)
    return std::nullopt;
  if (!value->isArray || value->type != GGUFType::Bool)
    return expected(key, "an array of true and false");
  return std::vector<bool>(value->bytes.begin(), value->bytes.end());
}

} // namespace mlir::eke
