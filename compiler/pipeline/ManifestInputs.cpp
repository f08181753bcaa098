//===- ManifestInputs.cpp - What a program is made of ---------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/pipeline/ManifestInputs.h"

#include "compiler/frontend/Input.h"
#include "compiler/frontend/Tokenizer.h"
#include "compiler/pipeline/LoadModule.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SHA256.h"

#include <set>

namespace mlir::eke {

/// Adds what loadModel reads at `model` itself.
static void addModel(StringRef model, std::set<std::string> &paths) {
  if (!llvm::sys::fs::is_directory(model)) {
    paths.insert(model.str());
    return;
  }
  std::string description = resolvePath(model, "model.textproto"),
              index = resolvePath(model, "model.safetensors.index.json");
  if (llvm::sys::fs::exists(description)) {
    paths.insert(description);
    return;
  }
  paths.insert(resolvePath(model, "config.json"));
  if (llvm::sys::fs::exists(index))
    paths.insert(index);
  for (StringRef name : {"tokenizer_config.json", "chat_template.jinja"})
    if (std::string path = resolvePath(model, name); isThere(path))
      paths.insert(path);
}

static llvm::Expected<ManifestInput> digest(StringRef path) {
  auto buffer = openInput(path);
  if (!buffer)
    return buffer.takeError();
  auto hash =
      llvm::SHA256::hash(llvm::arrayRefFromStringRef((*buffer)->getBuffer()));
  return ManifestInput{llvm::sys::path::filename(path).str(),
                       (*buffer)->getBufferSize(),
                       llvm::toHex(hash, /*LowerCase=*/true)};
}

llvm::Expected<std::vector<ManifestInput>>
listManifestInputs(ModuleOp module, const CompileOptions &options) {
  std::set<std::string> paths;
  addModel(options.model, paths);
  if (auto tokenizer = module->getAttrOfType<StringAttr>(kTokenizerAttr))
    for (std::string &file :
         listTokenizerFiles(resolvePath(getRoot(module), tokenizer.getValue())))
      paths.insert(std::move(file));
  for (auto weight : module.getOps<WeightOp>())
    for (Attribute contents : weight.getPayloads())
      for (auto payload = dyn_cast<PayloadAttr>(contents); payload;
           payload = payload.getScale())
        paths.insert(resolvePath(getRoot(module), payload.getFile()));
  for (std::string &file : options.listFiles())
    paths.insert(std::move(file));
  if (StringRef(options.target).ends_with(".textproto"))
    paths.insert(options.target);

  std::vector<ManifestInput> files;
  for (const std::string &path : paths) {
    auto file = digest(path);
    if (!file)
      return file.takeError();
    files.push_back(std::move(*file));
  }
  llvm::sort(files, [](const ManifestInput &a, const ManifestInput &b) {
    return std::tie(a.name, a.sha256) < std::tie(b.name, b.sha256);
  });
  return files;
}

} // namespace mlir::eke
