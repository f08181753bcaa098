//===- Checkpoint.cpp - The tensors of several files ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/frontend/Checkpoint.h"

#include "compiler/frontend/Input.h"
#include "compiler/frontend/Safetensors.h"
#include "compiler/frontend/gguf/File.h"

namespace mlir::eke {

/// Opens a file of a kind that its first bytes tell.
static llvm::Expected<TensorFile> openTensors(llvm::StringRef path) {
  auto buffer = openInput(path);
  if (!buffer)
    return buffer.takeError();
  if (isGGUF((*buffer)->getBuffer()))
    return GGUFFile::parse(std::move(*buffer));
  return SafetensorsFile::parse(std::move(*buffer));
}

llvm::Expected<Checkpoint> Checkpoint::open(llvm::StringRef directory,
                                            llvm::ArrayRef<std::string> names) {
  Checkpoint checkpoint;
  for (const std::string &name : names) {
    auto file = openTensors(resolvePath(directory, name));
    if (!file)
      return file.takeError();
    for (const StoredTensor &tensor : file->getTensors()) {
      auto [other, isNew] =
          checkpoint.fileOf.try_emplace(tensor.name, checkpoint.files.size());
      if (!isNew)
        return errorIn(file->getPath(),
                       "tensor " + inQuotes(tensor.name) + " is also in " +
                           checkpoint.files[other->second].contents.getPath());
    }
    checkpoint.files.push_back({name, std::move(*file)});
  }
  return checkpoint;
}

std::optional<CheckpointTensor> Checkpoint::find(llvm::StringRef name) const {
  auto number = fileOf.find(name);
  if (number == fileOf.end())
    return std::nullopt;
  const NamedFile &file = files[number->second];
  return CheckpointTensor{file.contents.find(name), &file.contents, file.name};
}

std::vector<CheckpointTensor> Checkpoint::getTensors() const {
  std::vector<CheckpointTensor> tensors;
  for (const NamedFile &file : files)
    for (const StoredTensor &tensor : file.contents.getTensors())
      tensors.push_back({&tensor, &file.contents, file.name});
  return tensors;
}

} // namespace mlir::eke
