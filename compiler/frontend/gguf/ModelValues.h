//===- ModelValues.h - What a GGUF file says of its model -------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef EKE_COMPILER_FRONTEND_GGUF_MODELVALUES_H
#define EKE_COMPILER_FRONTEND_GGUF_MODELVALUES_H

#include "compiler/frontend/gguf/File.h"

#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/Twine.h"

namespace mlir::eke {

/// Reads the values of one file's architecture, whose keys begin with its name. Reading
/// goes on after an error, with a default; all errors are kept.
class ModelValues {
public:
  ModelValues(const GGUFFile &file, llvm::StringRef architecture)
      : file(file), values(file.getMetadata()),
        architecture(architecture.str()) {}

  void fail(const llvm::Twine &what) {
    std::string error = what.str();
    if (said.insert(error).second)
      errors.push_back(std::move(error));
  }
  /// The same of the value of `name`, in front of which stands its key.
  void failAt(llvm::StringRef name, const llvm::Twine &what);
  /// All errors, as errors in the file.
  llvm::Error takeErrors();

  /// Could the values of these names be read? What is computed from one that could not is
  /// no error of its own.
  bool areRight(llvm::ArrayRef<llvm::StringRef> names) const;
  bool areAllRight() const { return wrong.empty(); }

  /// The key that the file has for `name`.
  std::string keyOf(llvm::StringRef name) const {
    return architecture + "." + name.str();
  }
  bool has(llvm::StringRef name) const { return values.find(keyOf(name)); }

  /// A number from 1 to 2147483647. Absent: `fallback`, or an error if that is 0.
  uint32_t getSize(llvm::StringRef name, uint32_t fallback = 0);
  /// A size that some files list layer by layer.
  uint32_t getUniformSize(llvm::StringRef name, uint32_t fallback = 0);
  /// The same, or 0.
  uint32_t getCount(llvm::StringRef name, uint32_t fallback);
  double getNumber(llvm::StringRef name, std::optional<double> fallback);
  /// Of a number that counts as another if it is 0.
  double getPositive(llvm::StringRef name, std::optional<double> fallback);
  llvm::StringRef getText(llvm::StringRef name, llvm::StringRef fallback);
  bool getFlag(llvm::StringRef name, bool fallback);
  /// True or false for each layer; nothing if the value is no list.
  std::optional<std::vector<bool>> getFlags(llvm::StringRef name);
  /// An integer or a floating point number; NaN if it is something else.
  double getAnyNumber(llvm::StringRef name);

  /// A list of `count` positive numbers that is a tensor of F32.
  std::vector<double> getPositives(const StoredTensor &tensor, uint32_t count);

private:
  /// What a value is, or nothing if there is none or if it is of another type.
  template <typename T>
  std::optional<T> unwrap(llvm::StringRef name, GGUFMetadata::Result<T> value) {
    if (value)
      return *value;
    std::string message = llvm::toString(value.takeError());
    llvm::StringRef text = message;
    text.consume_front((file.getPath() + ": ").str());
    fail(text);
    wrong.insert(name);
    return std::nullopt;
  }

  const GGUFFile &file;
  const GGUFMetadata &values;
  const std::string architecture;
  /// Each once, although a value may be read twice.
  std::vector<std::string> errors;
  llvm::StringSet<> said;
  /// The names of values that could not be read.
  llvm::StringSet<> wrong;
};

} // namespace mlir::eke

#endif // EKE_COMPILER_FRONTEND_GGUF_MODELVALUES_H
