//===- Model.cpp - Reading and writing descriptions -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/frontend/Model.h"

#include "compiler/frontend/HuggingFace.h"
#include "compiler/frontend/Input.h"
#include "compiler/frontend/chat/ChatTemplate.h"
#include "compiler/frontend/gguf/Describe.h"
#include "compiler/support/Diagnostics.h"
#include "compiler/support/OutputFile.h"
#include "compiler/support/TextFormat.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <filesystem>
#include <google/protobuf/text_format.h>

namespace mlir::eke {

llvm::Expected<ModelDescription> parseModel(llvm::StringRef text,
                                            llvm::StringRef path) {
  ModelDescription description;
  description.file = path.str();
  description.directory = llvm::sys::path::parent_path(path).str();
  if (auto other = recognise(text))
    return errorIn(path, *other);
  constexpr size_t weightsHeader = 8; // behind the size of the header
  if (text.substr(weightsHeader).starts_with("{\""))
    return errorIn(path, "holds weights alone; expected the folder that has a "
                         "config.json as well");
  if (text.ltrim().starts_with("{"))
    return errorIn(path, "is JSON; expected a description, or the folder that "
                         "has a config.json");
  if (llvm::Error error = parseTextFormat(text, path, description.model))
    return std::move(error);
  if (description.model.ByteSizeLong() == 0)
    return errorIn(path, "is empty; expected a description, a module NAME.mlir "
                         "or a GGUF file");
  if (llvm::Error invalid = checkModel(description))
    return std::move(invalid);
  return description;
}

llvm::Expected<ModelDescription> readModel(llvm::StringRef path) {
  auto buffer = openText(path);
  if (!buffer)
    return buffer.takeError();
  return parseModel((*buffer)->getBuffer(), path);
}

/// Says so if a description in a model's folder does not have the last word.
static void warnIfOlder(llvm::StringRef description, llvm::StringRef config) {
  namespace fs = llvm::sys::fs;
  fs::file_status own, other;
  if (!fs::status(description, own) && !fs::status(config, other) &&
      own.getLastModificationTime() < other.getLastModificationTime())
    printWarning(description + ": is what counts, and older than " + config);
}

/// Reads a description, which says what chats look like unless `chat` says otherwise.
static llvm::Expected<ModelDescription>
readDescription(llvm::StringRef path, const ChatOptions &chat) {
  auto description = readModel(path);
  if (description && !chat.isEmpty())
    if (llvm::Error error = setChat(chat, *description))
      return std::move(error);
  return description;
}

llvm::Expected<ModelDescription> loadModel(llvm::StringRef path,
                                           const ChatOptions &chat) {
  if (!llvm::sys::fs::is_directory(path)) {
    auto file = openInput(path);
    if (!file)
      return file.takeError();
    return isGGUF((*file)->getBuffer()) ? importGGUF(path, chat)
                                        : readDescription(path, chat);
  }
  std::string description = resolvePath(path, "model.textproto");
  if (isThere(description)) {
    warnIfOlder(description, resolvePath(path, "config.json"));
    return readDescription(description, chat);
  }
  return importHuggingFace(path, chat);
}

/// `path`, given as seen from the folder `from`, as seen from the folder `to`.
/// What is absolute stays so. A file that is a link is not followed.
static std::string rebase(const std::string &path, llvm::StringRef from,
                          llvm::StringRef to) {
  if (llvm::sys::path::is_absolute(path))
    return path;
  std::filesystem::path file(resolvePath(from, path));
  auto folder = [](const std::filesystem::path &path) {
    return path.empty() ? std::filesystem::path(".") : path;
  };
  std::error_code error;
  std::filesystem::path relative = std::filesystem::proximate(
      folder(file.parent_path()), folder(to.str()), error);
  if (error)
    return file.generic_string();
  return (relative / file.filename()).lexically_normal().generic_string();
}

llvm::Error writeModel(const ModelDescription &description,
                       llvm::StringRef output) {
  proto::Model model = description.model;
  llvm::StringRef from = description.directory;
  llvm::StringRef to = llvm::sys::path::parent_path(output);
  for (std::string &file : *model.mutable_weight_files())
    file = rebase(file, from, to);
  if (!model.vocabulary().tokenizer().empty())
    model.mutable_vocabulary()->set_tokenizer(
        rebase(model.vocabulary().tokenizer(), from, to));

  std::string text;
  if (!google::protobuf::TextFormat::PrintToString(model, &text))
    return errorIn(output, "cannot print the description");
  return writeOutput(output, "the description",
                     "# proto-file: compiler/frontend/model.proto\n"
                     "# proto-message: eke.proto.Model\n\n" +
                         text);
}

} // namespace mlir::eke
