//===- Tokenizer.cpp - A tokenizer's file becomes the runtime's tables ----===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/frontend/Tokenizer.h"

#include "compiler/frontend/Input.h"
#include "compiler/frontend/gguf/File.h"
#include "compiler/frontend/gguf/Tokenizer.h"
#include "compiler/frontend/tokenizer/ReadTokenizer.h"

#include "llvm/Support/Path.h"

namespace mlir::eke {

/// What comes before a text is the model's bos, and behind it comes nothing, or in an
/// encoder the token that ends every text.
static llvm::Error checkSurroundings(const TokenizerDescription &description,
                                     llvm::StringRef file, bool isEncoder) {
  if (description.before.size() <= 1 &&
      description.after.size() <= size_t(isEncoder))
    return llvm::Error::success();
  return errorIn(file,
                 llvm::Twine("the post_processor does more than to put ") +
                     (isEncoder ? "a text between two tokens"
                                : "one token before a text"));
}

static llvm::Expected<std::vector<uint8_t>>
compileDescription(llvm::Expected<TokenizerDescription> description,
                   llvm::StringRef file, const proto::Vocabulary &vocabulary,
                   bool isEncoder = false) {
  if (!description)
    return description.takeError();
  if (llvm::Error error = checkSurroundings(*description, file, isEncoder))
    return std::move(error);
  return compileTokenizer(*description, file, vocabulary.size());
}

llvm::Expected<std::vector<uint8_t>>
compileTokenizer(llvm::StringRef text, llvm::StringRef file,
                 const proto::Vocabulary &vocabulary) {
  return compileDescription(readTokenizerJSON(text, file, vocabulary.size()),
                            file, vocabulary);
}

/// Adds to a description what files in the folder of `path` say of added tokens.
static llvm::Expected<TokenizerDescription>
withConfiguredTokens(llvm::Expected<TokenizerDescription> description,
                     llvm::StringRef path, uint32_t size) {
  if (!description)
    return description.takeError();
  if (llvm::Error error = addConfiguredTokens(
          llvm::sys::path::parent_path(path), size, *description))
    return std::move(error);
  return description;
}

/// The same for a GGUF file, which may be larger than any text.
static llvm::Expected<std::vector<uint8_t>>
compileGGUF(std::unique_ptr<llvm::MemoryBuffer> buffer, llvm::StringRef path,
            const proto::Vocabulary &vocabulary) {
  auto file = GGUFFile::parse(std::move(buffer));
  if (!file)
    return file.takeError();
  return compileDescription(
      readGGUFTokenizer(file->getMetadata(), vocabulary.size()), path,
      vocabulary);
}

llvm::Expected<std::vector<uint8_t>>
compileTokenizerFile(llvm::StringRef path, const proto::Vocabulary &vocabulary,
                     bool isEncoder) {
  auto file = openInput(path);
  if (!file)
    return file.takeError();
  if (isGGUF((*file)->getBuffer()))
    return compileGGUF(std::move(*file), path, vocabulary);
  auto buffer = openText(path);
  if (!buffer)
    return buffer.takeError();
  llvm::StringRef text = (*buffer)->getBuffer();
  uint32_t size = vocabulary.size();
  llvm::StringRef name = llvm::sys::path::filename(path);
  if (name.ends_with(".model"))
    return compileDescription(
        withConfiguredTokens(readSentencePiece(text, path, size), path, size),
        path, vocabulary);
  if (name.ends_with(".txt"))
    return compileDescription(readWordPieces(text, path, size), path,
                              vocabulary, isEncoder);
  if (name != "vocab.json")
    return compileDescription(readTokenizerJSON(text, path, size), path,
                              vocabulary, isEncoder);
  std::string mergesPath =
      resolvePath(llvm::sys::path::parent_path(path), "merges.txt");
  auto merges = openText(mergesPath);
  if (!merges)
    return merges.takeError();
  return compileDescription(
      withConfiguredTokens(
          readVocabulary(text, (*merges)->getBuffer(), path, mergesPath, size),
          path, size),
      path, vocabulary);
}

std::vector<std::string> listTokenizerFiles(llvm::StringRef path) {
  std::vector<std::string> files = {path.str()};
  llvm::StringRef name = llvm::sys::path::filename(path);
  llvm::StringRef folder = llvm::sys::path::parent_path(path);
  if (name == "vocab.json")
    files.push_back(resolvePath(folder, "merges.txt"));
  else if (!name.ends_with(".model") && !name.ends_with(".txt"))
    return files;
  for (llvm::StringRef other : configuredTokenFiles)
    if (isThere(resolvePath(folder, other)))
      files.push_back(resolvePath(folder, other));
  return files;
}

llvm::Expected<std::vector<uint8_t>>
compileTokenizer(const ModelDescription &description) {
  const proto::Vocabulary &vocabulary = description.model.vocabulary();
  if (vocabulary.tokenizer().empty())
    return std::vector<uint8_t>();
  return compileTokenizerFile(
      resolvePath(description.directory, vocabulary.tokenizer()), vocabulary,
      description.model.has_encoder());
}

llvm::Error checkTokenizer(const ModelDescription &description) {
  uint32_t size = description.model.vocabulary().size();
  if (size <= 1 || size > mostTokens)
    return llvm::Error::success();
  return compileTokenizer(description).takeError();
}

} // namespace mlir::eke
