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

#include "compiler/frontend/TensorFile.h"

#include "llvm/Support/Error.h"

namespace mlir::eke {

/// A safetensors file; no byte behind its header is in no tensor.
class SafetensorsFile : public TensorFile {
public:
  static llvm::Expected<SafetensorsFile> open(llvm::StringRef path);

  /// The same for bytes in memory; the buffer's identifier names the file.
  static llvm::Expected<SafetensorsFile>
  parse(std::unique_ptr<llvm::MemoryBuffer> buffer);

private:
  using TensorFile::TensorFile;
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
