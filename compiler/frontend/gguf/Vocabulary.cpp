//===- Vocabulary.cpp - The tokens of a GGUF file -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/frontend/gguf/Vocabulary.h"

#include "compiler/frontend/Input.h"

#include "llvm/ADT/STLExtras.h"

namespace mlir::eke {

/// Names of Llama 3's split pattern and of Mistral's, whose files start every text.
static constexpr llvm::StringLiteral startingPatterns[] = {
    "falcon-h1", "falcon3",  "lfm2",    "llama-bpe", "llama-v3",
    "llama3",    "midm-2.0", "pixtral", "tekken",
};

TokenizerDefaults getTokenizerDefaults(llvm::StringRef model,
                                       llvm::StringRef pre) {
  if (model == "llama")
    return {/*addsStart=*/true, /*start=*/1, /*ignoresMerges=*/false};
  bool starts = llvm::is_contained(startingPatterns, pre);
  return {starts, std::nullopt, starts};
}

namespace {

/// Reads what starts and ends a text.
class VocabularyReader {
public:
  VocabularyReader(const GGUFMetadata &values, proto::Vocabulary &vocabulary)
      : values(values), vocabulary(vocabulary) {}

  llvm::Error read() {
    auto model = values.getText(keyOf("model"));
    if (!model)
      return model.takeError();
    if (model->value_or("") == "bert")
      return readEdges();
    if (llvm::Error error = readStart())
      return error;
    for (llvm::StringRef name : {"eos", "eot", "eom"}) {
      auto token = getToken(name);
      if (!token)
        return token.takeError();
      if (*token && !llvm::is_contained(vocabulary.eos(), **token))
        vocabulary.add_eos(**token);
    }
    std::string key = keyOf("add_eos_token");
    auto flag = values.getFlag(key);
    if (!flag)
      return flag.takeError();
    if (flag->value_or(false))
      return errorIn(values.getFile(),
                     inQuotes(key) + " is true, which is not supported: it "
                                     "would end every text");
    return llvm::Error::success();
  }

private:
  static std::string keyOf(llvm::StringRef name) {
    return ("tokenizer.ggml." + name).str();
  }

  /// The tokens between which an encoder reads a text. Older files have names of their
  /// own for them; one is misspelled in all.
  llvm::Error readEdges() {
    auto start = findToken({"bos", "cls"}, wordPieceDefaults.start);
    if (!start)
      return start.takeError();
    auto end = findToken({"seperator", "eos"}, wordPieceDefaults.end);
    if (!end)
      return end.takeError();
    vocabulary.set_bos(*start);
    vocabulary.add_eos(*end);
    return llvm::Error::success();
  }

  /// The first of these that the file has, or else the number that they have by default.
  llvm::Expected<uint32_t> findToken(llvm::ArrayRef<llvm::StringRef> names,
                                     uint32_t usual) {
    for (llvm::StringRef name : names) {
      auto token = getToken(name);
      if (!token)
        return token.takeError();
      if (*token)
        return **token;
    }
    if (usual < vocabulary.size())
      return usual;
    return errorIn(values.getFile(),
                   inQuotes(keyOf((names.front() + "_token_id").str())) +
                       " is missing");
  }

  llvm::Error readStart() {
    auto adds = values.getFlag(keyOf("add_bos_token"));
    if (!adds)
      return adds.takeError();
    auto model = values.getText(keyOf("model"));
    if (!model)
      return model.takeError();
    auto pre = values.getText(keyOf("pre"));
    if (!pre)
      return pre.takeError();
    auto start = getToken("bos");
    if (!start)
      return start.takeError();
    TokenizerDefaults usual =
        getTokenizerDefaults(model->value_or(""), pre->value_or(""));
    if (!adds->value_or(usual.addsStart))
      return llvm::Error::success();
    if (!*start)
      *start = usual.start;
    if (!*start)
      return errorIn(values.getFile(), inQuotes(keyOf("bos_token_id")) +
                                           " is missing, the token that "
                                           "starts every text");
    vocabulary.set_bos(**start);
    return llvm::Error::success();
  }

  GGUFMetadata::Result<uint32_t> getToken(llvm::StringRef name) {
    std::string key = keyOf((name + "_token_id").str());
    auto token = values.getSize(key);
    if (!token)
      return token.takeError();
    if (!*token)
      return std::nullopt;
    if (**token >= vocabulary.size())
      return errorIn(values.getFile(),
                     inQuotes(key) + " is " + llvm::Twine(**token) +
                         ", but there are " + llvm::Twine(vocabulary.size()) +
                         " tokens");
    return uint32_t(**token);
  }

  const GGUFMetadata &values;
  proto::Vocabulary &vocabulary;
};

} // namespace

llvm::Error readVocabulary(const GGUFMetadata &values,
                           proto::Vocabulary &vocabulary) {
  return VocabularyReader(values, vocabulary).read();
}

} // namespace mlir::eke
