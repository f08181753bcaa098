//===- Inputs.h - Model files made by tests ---------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef EKE_TEST_UNIT_FRONTEND_INPUTS_H
#define EKE_TEST_UNIT_FRONTEND_INPUTS_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include "gtest/gtest.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// Expects the string `text` to contain `part`.
#define EXPECT_MENTIONS(text, part)                                            \
  EXPECT_PRED_FORMAT2(testing::IsSubstring, std::string(part), text)

namespace mlir::eke::test {

/// A tensor of a test's model. Its elements are zero unless `bytes` is set.
struct TestTensor {
  std::string name;
  std::string dtype;
  std::vector<int64_t> shape;
  std::string bytes = {};
};

/// The bytes of a safetensors file with these tensors.
std::string makeSafetensors(const std::vector<TestTensor> &tensors);

/// The bytes of a safetensors file with this header and so many bytes of data.
std::string makeSafetensors(llvm::StringRef header, size_t dataBytes);

/// The tensors of a two-layer Llama: width 8, two heads of 4, one key-value
/// head, feed-forward 16, 260 tokens.
std::vector<TestTensor> tinyTensors();

/// The config.json of that model, with `changes` ("key": value pairs, each
/// followed by a comma) taking the place of its own pairs.
std::string tinyConfig(llvm::StringRef changes = "");

/// A tokenizer.json of the 256 bytes, "he" (256), "hel" (257) and the added
/// token "<|end|>" (258).
std::string tinyTokenizer();

/// A value of a GGUF file: the number of its type, and its bytes.
struct TestValue {
  std::string key;
  uint32_t type;
  std::string bytes;
};
TestValue ggufSize(llvm::StringRef key, uint32_t value);
TestValue ggufNumber(llvm::StringRef key, float value);
TestValue ggufFlag(llvm::StringRef key, bool value);
TestValue ggufText(llvm::StringRef key, llvm::StringRef value);
TestValue ggufTexts(llvm::StringRef key,
                    const std::vector<std::string> &values);
TestValue ggufSizes(llvm::StringRef key, const std::vector<uint32_t> &values);

/// A little-endian number of `count` bytes.
std::string ggufWord(uint64_t value, size_t count);

/// What a test's GGUF file holds. The type of a tensor is a number of the format.
struct TestGGUF {
  struct Tensor {
    std::string name;
    uint32_t type;
    std::vector<int64_t> shape; // row-major
    std::string bytes;
    /// In the data; behind the tensor before it if there is none.
    std::optional<uint64_t> offset = {};
  };

  uint32_t version = 3;
  std::vector<TestValue> values;
  std::vector<Tensor> tensors;
  std::string behind = {};
  size_t alignment = 32;

  std::string print() const;
};

/// The model of `tinyTensors`, as a GGUF file has it: width 32, as blocks need.
TestGGUF tinyGGUF();

/// Each a tokenizer.json of less than 300 tokens: with steps as Llama 3 has them and added
/// tokens with all flags, as Llama 2, a unigram, and a WordPiece.
std::vector<std::string> otherTokenizers();

/// A tokenizer.model of merges, or of scores.
std::string tinySentencePiece(bool merges);

/// A folder that is removed at the end, with everything in it.
class TestFolder {
public:
  TestFolder();
  ~TestFolder();

  const std::string &getPath() const { return path; }
  std::string operator/(llvm::StringRef name) const;

  /// Writes a file of the folder; returns its path.
  std::string write(llvm::StringRef name, llvm::StringRef contents) const;

  /// Writes the three files of the tiny model.
  void writeTinyModel() const;

private:
  std::string path;
};

/// The text of a failure, or "" of a success.
template <typename T> std::string messageOf(llvm::Expected<T> result) {
  return result ? "" : llvm::toString(result.takeError());
}
inline std::string messageOf(llvm::Error error) {
  return error ? llvm::toString(std::move(error)) : "";
}

} // namespace mlir::eke::test

#endif // EKE_TEST_UNIT_FRONTEND_INPUTS_H
