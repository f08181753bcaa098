//===- Safetensors.cpp - The weights' file, attacked ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Mostly the length in front of the header is true, or nothing else would be read:
//
//   'h' header     becomes     length of header | header | 64 bytes
//   other bytes    are the file as it is
//
//===----------------------------------------------------------------------===//

#include "compiler/frontend/Safetensors.h"
#include "test/fuzz/readers/Reader.h"
#include "test/unit/frontend/Inputs.h"

namespace mlir::eke::test {

void attack(llvm::StringRef input) {
  constexpr size_t dataBytes = 64;
  std::string bytes = input.consume_front("h")
                          ? makeSafetensors(input, dataBytes)
                          : input.str();
  auto file = SafetensorsFile::parse(
      llvm::MemoryBuffer::getMemBufferCopy(bytes, "w.safetensors"));
  if (!accepts(file))
    return;
  uint64_t sum = 0, size = 0;
  for (const StoredTensor &tensor : file->getTensors()) {
    require(file->find(tensor.name) == &tensor, "a tensor by its name");
    size += tensor.size;
    for (uint8_t byte : file->getBytes(tensor))
      sum += byte;
  }
  require(size < bytes.size(), "no byte in two tensors");
  volatile uint64_t used = sum;
  (void)used;
}

} // namespace mlir::eke::test
