//===- GGUF.cpp - A model in one file, attacked ---------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/frontend/gguf/Describe.h"
#include "compiler/frontend/gguf/Tokenizer.h"
#include "test/fuzz/readers/BuildModel.h"
#include "test/fuzz/readers/Reader.h"

namespace mlir::eke::test {

/// All that a file's values are asked for, whatever they are.
static void readValues(const GGUFMetadata &values) {
  for (const auto &[key, value] : values.getValues()) {
    require(values.find(key) == &value, "a value by its key");
    auto size = values.getSize(key);
    auto number = values.getNumber(key);
    auto flag = values.getFlag(key);
    auto text = values.getText(key);
    auto texts = values.getTexts(key);
    auto integers = values.getIntegers(key);
    auto numbers = values.getNumbers(key);
    int kinds = accepts(size) + accepts(number) + accepts(flag) +
                accepts(text) + accepts(texts) + accepts(integers) +
                accepts(numbers);
    require(kinds <= 1, "a value of one type");
    if (value.isArray && value.type == GGUFType::String)
      require((*texts)->size() == value.count, "as many texts as are counted");
  }
}

void attack(llvm::StringRef input) {
  static const TestFolder &folder = getTinyModel();
  auto file =
      GGUFFile::parse(llvm::MemoryBuffer::getMemBufferCopy(input, "m.gguf"));
  if (!accepts(file))
    return;
  readValues(file->getMetadata());
  auto tokenizer = readGGUFTokenizer(file->getMetadata(), /*size=*/300);
  accepts(tokenizer);
  uint64_t sum = 0, size = 0;
  for (const StoredTensor &tensor : file->getTensors()) {
    require(file->find(tensor.name) == &tensor, "a tensor by its name");
    size += tensor.size;
    for (uint8_t byte : file->getBytes(tensor))
      sum += byte;
  }
  require(size < input.size(), "no byte in two tensors");
  volatile uint64_t used = sum;
  (void)used;

  auto description = loadModel(folder.write("m.gguf", input));
  if (accepts(description))
    buildModel(*description);
}

} // namespace mlir::eke::test
