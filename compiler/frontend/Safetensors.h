//===- Safetensors.h - Tensors in a memory-mapped file --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A safetensors file is
//
//   u64 length | JSON header of that length | tensors, back to back
//
// The header maps each name to {"dtype", "shape", "data_offsets": [begin, end]}
// with offsets from the header's end.
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_FRONTEND_SAFETENSORS_H
#define EKE_COMPILER_FRONTEND_SAFETENSORS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"

#include <memory>
#include <string>
#include <vector>

namespace mlir::eke {

/// One tensor of a file.
struct StoredTensor {
  std::string name;
  /// The format's name of the element type: "F32", "F16", "BF16", "I64"...
  std::string dtype;
  llvm::SmallVector<int64_t, 4> shape;
  /// First byte, counted from the start of the file.
  uint64_t offset;
  /// Size in bytes.
  uint64_t size;
};

/// A file whose header has been checked: every tensor lies inside the file and
/// has the size its type and shape imply, and no byte is in two tensors or in
/// none. The tensors' own bytes are not read.
class SafetensorsFile {
public:
  static llvm::Expected<SafetensorsFile> open(llvm::StringRef path);

  /// The same for bytes in memory; the buffer's identifier names the file.
  static llvm::Expected<SafetensorsFile>
  parse(std::unique_ptr<llvm::MemoryBuffer> buffer);

  llvm::StringRef getPath() const { return buffer->getBufferIdentifier(); }

  /// All tensors, in the order of their bytes.
  llvm::ArrayRef<StoredTensor> getTensors() const { return tensors; }

  /// The tensor of that name, or null.
  const StoredTensor *find(llvm::StringRef name) const;

  /// A tensor's bytes, little-endian and row-major.
  llvm::ArrayRef<uint8_t> getBytes(const StoredTensor &tensor) const;

private:
  std::unique_ptr<llvm::MemoryBuffer> buffer;
  std::vector<StoredTensor> tensors;
  llvm::StringMap<size_t> indices;
};

/// The safetensors files of a Hugging Face directory.
struct WeightFiles {
  /// Relative to the directory, sorted.
  std::vector<std::string> names;
  /// The index that lists them; empty if there is none.
  std::string index;
  /// What it says: the file of each tensor.
  std::vector<std::pair<std::string, std::string>> places;
};

/// Finds model.safetensors, or else the shards that model.safetensors.index.json lists,
/// as Hugging Face's library does.
llvm::Expected<WeightFiles> findWeightFiles(llvm::StringRef directory);

} // namespace mlir::eke

#endif // EKE_COMPILER_FRONTEND_SAFETENSORS_H
