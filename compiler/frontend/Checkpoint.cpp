//===- Checkpoint.cpp - The tensors of several files ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/frontend/Checkpoint.h"

#include "compiler/frontend/Input.h"

namespace mlir::eke {

llvm::Expected<Checkpoint> Checkpoint::open(llvm::StringRef directory,
                                            llvm::ArrayRef<std::string> names) {
  Checkpoint checkpoint;
  for (const std::string &name : names) {
    auto file = SafetensorsFile::open(resolvePath(directory, name));
    if (!file)
      return file.takeError();
    for (const StoredTensor &tensor : file->getTensors())
      if (auto other = checkpoint.find(tensor.name))
        return errorIn(file->getPath(), "tensor " + inQuotes(tensor.name) +
                                            " is also in " +
                                            other->file->getPath());
    checkpoint.files.push_back({name, std::move(*file)});
  }
  return checkpoint;
}

std::optional<CheckpointTensor> Checkpoint::find(llvm::StringRef name) const {
  for (const NamedFile &file : files)
    if (const StoredTensor *tensor = file.contents.find(name))
      return CheckpointTensor{tensor, &file.contents, file.name};
  return std::nullopt;
}

std::vector<CheckpointTensor> Checkpoint::getTensors() const {
  std::vector<CheckpointTensor> tensors;
  for (const NamedFile &file : files)
    for (const StoredTensor &tensor : file.contents.getTensors())
      tensors.push_back({&tensor, &file.contents, file.name});
  return tensors;
}

} // namespace mlir::eke
