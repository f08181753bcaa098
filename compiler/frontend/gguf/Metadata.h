//===- Metadata.h - The values of a GGUF file -----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef EKE_COMPILER_FRONTEND_GGUF_METADATA_H
#define EKE_COMPILER_FRONTEND_GGUF_METADATA_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mlir::eke {

/// The file's number of a value's type.
enum class GGUFType : uint32_t {
  U8,
  I8,
  U16,
  I16,
  U32,
  I32,
  F32,
  Bool,
  String,
  Array,
  U64,
  I64,
  F64,
};

/// Bytes of a value of fixed size, or 0.
unsigned countBytes(GGUFType type);

/// A value, or the elements of an array: bytes of the file that have been checked.
struct GGUFValue {
  /// Of the value, or of each element.
  GGUFType type = GGUFType::U8;
  bool isArray = false;
  uint64_t count = 1;
  llvm::StringRef bytes;
};

/// The values by key. What they are asked for they must be: a value of another type is
/// an error that names the key, and no value is nothing.
class GGUFMetadata {
public:
  explicit GGUFMetadata(llvm::StringRef file) : file(file.str()) {}

  /// Fails if there is a value of this key.
  llvm::Error add(llvm::StringRef key, GGUFValue value);

  const GGUFValue *find(llvm::StringRef key) const;
  llvm::ArrayRef<std::pair<llvm::StringRef, GGUFValue>> getValues() const {
    return values;
  }

  template <typename T> using Result = llvm::Expected<std::optional<T>>;

  /// An integer of any type that is not negative.
  Result<uint64_t> getSize(llvm::StringRef key) const;
  Result<double> getNumber(llvm::StringRef key) const;
  Result<bool> getFlag(llvm::StringRef key) const;
  Result<llvm::StringRef> getText(llvm::StringRef key) const;

  Result<std::vector<llvm::StringRef>> getTexts(llvm::StringRef key) const;
  /// Integers of any type.
  Result<std::vector<int64_t>> getIntegers(llvm::StringRef key) const;
  Result<std::vector<double>> getNumbers(llvm::StringRef key) const;
  Result<std::vector<bool>> getFlags(llvm::StringRef key) const;

  llvm::StringRef getFile() const { return file; }

private:
  llvm::Error expected(llvm::StringRef key, llvm::StringRef what) const;

  std::string file;
  std::vector<std::pair<llvm::StringRef, GGUFValue>> values;
  llvm::StringMap<size_t> indices;
};

} // namespace mlir::eke

#endif // EKE_COMPILER_FRONTEND_GGUF_METADATA_H
