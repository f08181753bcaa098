//===- Checkpoint.h - The tensors of several files ------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef EKE_COMPILER_FRONTEND_CHECKPOINT_H
#define EKE_COMPILER_FRONTEND_CHECKPOINT_H

#include "compiler/frontend/TensorFile.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"

namespace mlir::eke {

/// A tensor and the file it lies in.
struct CheckpointTensor {
  const StoredTensor *tensor = nullptr;
  const TensorFile *file = nullptr;
  /// The file's name as the checkpoint was given it.
  llvm::StringRef fileName;
  llvm::ArrayRef<uint8_t> getBytes() const { return file->getBytes(*tensor); }
};

/// The weights of a model, spread over files. No name appears twice.
class Checkpoint {
public:
  /// Opens `names`, safetensors or GGUF files, which may be relative to `directory`.
  static llvm::Expected<Checkpoint> open(llvm::StringRef directory,
                                         llvm::ArrayRef<std::string> names);

  std::optional<CheckpointTensor> find(llvm::StringRef name) const;

  /// All tensors, file by file in the order of their bytes.
  std::vector<CheckpointTensor> getTensors() const;

private:
  struct NamedFile {
    std::string name;
    TensorFile contents;
  };
  std::vector<NamedFile> files;
  /// The number of the file that has a tensor.
  llvm::StringMap<size_t> fileOf;
};

} // namespace mlir::eke

#endif // EKE_COMPILER_FRONTEND_CHECKPOINT_H
