//===- ConfigReader.h - What a config.json says -----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef EKE_COMPILER_FRONTEND_HUGGINGFACE_CONFIGREADER_H
#define EKE_COMPILER_FRONTEND_HUGGINGFACE_CONFIGREADER_H

#include "compiler/frontend/Model.h"

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/JSON.h"

#include <optional>
#include <string>
#include <vector>

namespace mlir::eke {

/// The numbers of tokens that `value` is: one, or a list. The error follows the name of
/// what has it.
llvm::Expected<std::vector<uint32_t>> readTokens(const llvm::json::Value &value,
                                                 uint32_t vocab);

/// Reads the values of a config.json, or of an object in it. Reading goes on after an
/// error, with a default; all errors are kept. A value that is null is absent.
class ConfigReader {
public:
  using HasTensor = llvm::function_ref<bool(llvm::StringRef)>;

  ConfigReader(const llvm::json::Object &config, HasTensor hasTensor)
      : config(config), hasTensor(hasTensor) {}

  void fail(const llvm::Twine &what) {
    std::string error = what.str();
    if (said.insert(error).second)
      errors.push_back(std::move(error));
  }
  /// The same of the value of `key`, in front of which stands the key.
  void failAt(llvm::StringRef key, const llvm::Twine &what);
  llvm::ArrayRef<std::string> getErrors() const { return errors; }
  /// All errors, as errors in `file`.
  llvm::Error takeErrors(llvm::StringRef file);

  /// Could the values of these keys be read? What is computed from one that could not is
  /// no error of its own.
  bool areRight(llvm::ArrayRef<llvm::StringRef> keys) const;
  bool areAllRight() const { return wrong.empty(); }
  void markWrong(llvm::StringRef key) { wrong.insert(key); }

  /// The value of `key`, or null if it is absent or null.
  const llvm::json::Value *find(llvm::StringRef key) const;
  bool has(llvm::StringRef key) const { return find(key) != nullptr; }

  /// A number from 1 to 2147483647. Absent: `fallback`, or an error if that is 0.
  uint32_t getSize(llvm::StringRef key, uint32_t fallback = 0);
  double getNumber(llvm::StringRef key, double fallback);
  /// A number that has to be there.
  double getNumber(llvm::StringRef key);
  bool getFlag(llvm::StringRef key, bool fallback = false);
  /// A text; empty if it is absent.
  std::string getText(llvm::StringRef key);
  /// A list of numbers; nothing if it is absent.
  std::optional<std::vector<double>> getNumbers(llvm::StringRef key);
  /// A list of texts; nothing if it is absent.
  std::optional<std::vector<std::string>> getTexts(llvm::StringRef key);
  /// An object; null if it is absent.
  const llvm::json::Object *getObject(llvm::StringRef key);

  /// Refuses what changes the result and has no place in a description: `key` has to be
  /// absent, or `expected`.
  void expectAbsent(llvm::StringRef key);
  void expectFlag(llvm::StringRef key, bool expected);

  /// The tokens that `key` is: one, a list, or none.
  std::vector<uint32_t> getTokens(llvm::StringRef key, uint32_t vocab);

  /// Whether the checkpoint has a tensor.
  bool hasWeight(llvm::StringRef name) const { return hasTensor(name); }

private:
  const llvm::json::Object &config;
  HasTensor hasTensor;
  /// Each once, although a value may be read twice.
  std::vector<std::string> errors;
  llvm::StringSet<> said;
  /// The keys whose values could not be read.
  llvm::StringSet<> wrong;
};

} // namespace mlir::eke

#endif // EKE_COMPILER_FRONTEND_HUGGINGFACE_CONFIGREADER_H
