//===- TensorFile.h - A memory-mapped file of tensors ---------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef EKE_COMPILER_FRONTEND_TENSORFILE_H
#define EKE_COMPILER_FRONTEND_TENSORFILE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/MemoryBuffer.h"

#include <memory>
#include <string>
#include <vector>

namespace mlir::eke {

/// One tensor of a file.
struct StoredTensor {
  std::string name;
  /// The format's name of the element type: "F32", "F16", "BF16", "I64", or of a kind
  /// of blocks: "Q4_0"...
  std::string dtype;
  /// Row-major: the last extent is that of elements side by side.
  llvm::SmallVector<int64_t, 4> shape;
  /// First byte, counted from the start of the file.
  uint64_t offset;
  /// Size in bytes.
  uint64_t size;
};

/// A file whose description of its tensors has been checked: every tensor lies inside
/// the file and has the size its type and shape imply, and no byte is in two tensors.
/// The tensors' own bytes are not read.
class TensorFile {
public:
  TensorFile(std::unique_ptr<llvm::MemoryBuffer> buffer,
             std::vector<StoredTensor> tensors)
      : buffer(std::move(buffer)), tensors(std::move(tensors)) {
    for (size_t index = 0; index < this->tensors.size(); ++index)
      indices[this->tensors[index].name] = index;
  }

  llvm::StringRef getPath() const { return buffer->getBufferIdentifier(); }

  /// All tensors, in the order of their bytes.
  llvm::ArrayRef<StoredTensor> getTensors() const { return tensors; }

  /// The tensor of that name, or null.
  const StoredTensor *find(llvm::StringRef name) const {
    auto found = indices.find(name);
    return found == indices.end() ? nullptr : &tensors[found->second];
  }

  /// A tensor's bytes, little-endian.
  llvm::ArrayRef<uint8_t> getBytes(const StoredTensor &tensor) const {
    return {reinterpret_cast<const uint8_t *>(buffer->getBufferStart()) +
                tensor.offset,
            size_t(tensor.size)};
  }

private:
  std::unique_ptr<llvm::MemoryBuffer> buffer;
  std::vector<StoredTensor> tensors;
  llvm::StringMap<size_t> indices;
};

} // namespace mlir::eke

#endif // EKE_COMPILER_FRONTEND_TENSORFILE_H
