//===- ModelValues.cpp - What a GGUF file says of its model ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/frontend/gguf/ModelValues.h"

#include "compiler/frontend/Input.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/Endian.h"

#include <cmath>

namespace mlir::eke {

static bool isSize(double number) { return number >= 1 && number <= INT32_MAX; }

void ModelValues::failAt(llvm::StringRef name, const llvm::Twine &what) {
  wrong.insert(name);
  fail(inQuotes(keyOf(name)) + what);
}

llvm::Error ModelValues::takeErrors() {
  llvm::Error all = llvm::Error::success();
  for (const std::string &error : errors)
    all = llvm::joinErrors(std::move(all), errorIn(file.getPath(), error));
  errors.clear();
  return all;
}

bool ModelValues::areRight(llvm::ArrayRef<llvm::StringRef> names) const {
  return llvm::none_of(
      names, [&](llvm::StringRef name) { return wrong.contains(name); });
}

uint32_t ModelValues::getSize(llvm::StringRef name, uint32_t fallback) {
  std::optional<uint64_t> size = unwrap(name, values.getSize(keyOf(name)));
  if (!size && !fallback && areRight({name}))
    failAt(name, " is missing");
  if (!size)
    return std::max(fallback, 1u);
  if (isSize(*size))
    return *size;
  failAt(name, " is no size; expected 1 to 2147483647");
  return 1;
}

uint32_t ModelValues::getUniformSize(llvm::StringRef name, uint32_t fallback) {
  std::string key = keyOf(name);
  const GGUFValue *value = values.find(key);
  if (!value || !value->isArray)
    return getSize(name, fallback);
  std::optional<std::vector<int64_t>> list =
      unwrap(name, values.getIntegers(key));
  if (list && !list->empty() && llvm::all_equal(*list) && isSize(list->front()))
    return list->front();
  if (list)
    failAt(name, " differs from layer to layer, which is not supported");
  return 1;
}

uint32_t ModelValues::getCount(llvm::StringRef name, uint32_t fallback) {
  std::optional<uint64_t> count = unwrap(name, values.getSize(keyOf(name)));
  if (!count)
    return fallback;
  if (*count == 0 || isSize(*count))
    return *count;
  failAt(name, " is no size; expected 0 to 2147483647");
  return fallback;
}

double ModelValues::getNumber(llvm::StringRef name,
                              std::optional<double> fallback) {
  std::optional<double> number = unwrap(name, values.getNumber(keyOf(name)));
  if (!number && !fallback && areRight({name}))
    failAt(name, " is missing");
  return number.value_or(fallback.value_or(1));
}

double ModelValues::getPositive(llvm::StringRef name,
                                std::optional<double> fallback) {
  double number = getNumber(name, fallback);
  if (number > 0 && !std::isinf(number))
    return number;
  failAt(name, " is not a positive number");
  return 1;
}

llvm::StringRef ModelValues::getText(llvm::StringRef name,
                                     llvm::StringRef fallback) {
  return unwrap(name, values.getText(keyOf(name))).value_or(fallback);
}

bool ModelValues::getFlag(llvm::StringRef name, bool fallback) {
  return unwrap(name, values.getFlag(keyOf(name))).value_or(fallback);
}

std::optional<std::vector<bool>> ModelValues::getFlags(llvm::StringRef name) {
  const GGUFValue *value = values.find(keyOf(name));
  if (!value || !value->isArray)
    return std::nullopt;
  return unwrap(name, values.getFlags(keyOf(name)));
}

double ModelValues::getAnyNumber(llvm::StringRef name) {
  std::string key = keyOf(name);
  if (auto size = values.getSize(key)) {
    if (*size)
      return double(**size);
  } else {
    llvm::consumeError(size.takeError());
  }
  return unwrap(name, values.getNumber(key)).value_or(std::nan(""));
}

std::vector<double> ModelValues::getPositives(const StoredTensor &tensor,
                                              uint32_t count) {
  std::vector<double> numbers;
  if (tensor.dtype != "F32" || tensor.shape.size() != 1 ||
      tensor.shape[0] != count) {
    fail("tensor " + inQuotes(tensor.name) + " is not " + llvm::Twine(count) +
         " numbers of F32");
    return numbers;
  }
  const uint8_t *bytes = file.getBytes(tensor).data();
  for (uint32_t i = 0; i < count; ++i) {
    float number =
        llvm::bit_cast<float>(llvm::support::endian::read32le(bytes + 4 * i));
    if (!(number > 0) || std::isinf(number)) {
      fail("tensor " + inQuotes(tensor.name) +
           " has an element that is not a positive number");
      break;
    }
    numbers.push_back(number);
  }
  return numbers;
}

} // namespace mlir::eke
