//===- ChatTemplate.cpp - Where a model says how chats look ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/frontend/chat/ChatTemplate.h"

#include "compiler/frontend/Input.h"
#include "compiler/frontend/chat/DeriveChat.h"
#include "compiler/frontend/chat/Jinja.h"
#include "compiler/frontend/gguf/File.h"
#include "compiler/support/Diagnostics.h"

#include "llvm/Support/Path.h"

namespace mlir::eke {
namespace {

using jinja::Dict;
using jinja::Value;

/// A template, and the texts of special tokens that it may name.
struct ChatTemplate {
  std::optional<std::string> text;
  /// The file, and perhaps the key in it, for messages.
  std::string source;
  Dict tokens;
};

//===----------------------------------------------------------------------===//
// Files of Hugging Face's library
//===----------------------------------------------------------------------===//

/// Adds the tokens that a configuration names: "eos_token": "</s>", or an object with the
/// text as its content.
void addTokens(const llvm::json::Object &config, Dict &tokens) {
  for (const auto &[key, value] : config) {
    llvm::StringRef name = key;
    std::optional<llvm::StringRef> text = value.getAsString();
    if (const llvm::json::Object *token = value.getAsObject())
      text = token->getString("content");
    if (name.ends_with("_token") && text)
      tokens.set(name, Value::textOf(text->str()));
  }
}

/// The template of this value: a text, or the first of those with names that is called
/// default, or else the only one.
std::optional<std::string> readTemplate(const llvm::json::Value &value) {
  if (std::optional<llvm::StringRef> text = value.getAsString())
    return text->str();
  const llvm::json::Array *list = value.getAsArray();
  std::optional<std::string> found;
  for (const llvm::json::Value &entry : list ? *list : llvm::json::Array()) {
    const llvm::json::Object *named = entry.getAsObject();
    std::optional<llvm::StringRef> text =
        named ? named->getString("template") : std::nullopt;
    if (text && (named->getString("name") == "default" || list->size() == 1))
      found = text->str();
  }
  return found;
}

llvm::Expected<ChatTemplate> readFolder(llvm::StringRef folder) {
  ChatTemplate result;
  for (llvm::StringRef name :
       {"special_tokens_map.json", "tokenizer_config.json"}) {
    std::string path = resolvePath(folder, name);
    if (!isThere(path))
      continue;
    auto config = readJSON(path);
    if (!config)
      return config.takeError();
    const llvm::json::Object *root = config->getAsObject();
    if (!root)
      return errorIn(path, "is not a JSON object");
    addTokens(*root, result.tokens);
    const llvm::json::Value *value = root->get("chat_template");
    if (!value || value->getAsNull())
      continue;
    result.text = readTemplate(*value);
    result.source = path + ": chat_template";
    if (!result.text)
      printWarning(result.source + ": is neither a text nor a list of which "
                                   "one is called default");
  }
  std::string path = resolvePath(folder, "chat_template.jinja");
  if (!isThere(path))
    return result;
  auto text = openText(path);
  if (!text)
    return text.takeError();
  result.text = (*text)->getBuffer().str();
  result.source = path;
  return result;
}

//===----------------------------------------------------------------------===//
// GGUF files
//===----------------------------------------------------------------------===//

llvm::Error addTokens(const GGUFMetadata &values, Dict &tokens) {
  auto texts = values.getTexts("tokenizer.ggml.tokens");
  if (!texts)
    return texts.takeError();
  for (auto [name, key] : {std::pair("bos_token", "bos"),
                           {"eos_token", "eos"},
                           {"unk_token", "unknown"},
                           {"pad_token", "padding"}}) {
    auto token = values.getSize(
        (llvm::Twine("tokenizer.ggml.") + key + "_token_id").str());
    if (!token)
      return token.takeError();
    if (*token && *texts && **token < (*texts)->size())
      tokens.set(name, Value::textOf((**texts)[**token].str()));
  }
  return llvm::Error::success();
}

llvm::Expected<ChatTemplate> readGGUF(llvm::StringRef path) {
  constexpr llvm::StringLiteral key = "tokenizer.chat_template";
  ChatTemplate result;
  auto file = GGUFFile::open(path);
  if (!file)
    return file.takeError();
  if (llvm::Error error = addTokens(file->getMetadata(), result.tokens))
    return std::move(error);
  auto text = file->getMetadata().getText(key);
  if (!text)
    return text.takeError();
  if (*text)
    result.text = (*text)->str();
  result.source = (path + ": " + key).str();
  return result;
}

/// What the files of a description's tokenizer say.
llvm::Expected<ChatTemplate> findTemplate(const ModelDescription &description) {
  llvm::StringRef name = description.model.vocabulary().tokenizer();
  std::string path = resolvePath(description.directory, name);
  auto file = openInput(path);
  if (!file)
    return file.takeError();
  if (isGGUF((*file)->getBuffer()))
    return readGGUF(path);
  return readFolder(llvm::sys::path::parent_path(path));
}

/// A date that nobody asks for is a mistake.
llvm::Error checkDate(llvm::StringRef source, const ChatOptions &options) {
  if (!options.date || source.contains(jinja::kDateFunction))
    return llvm::Error::success();
  return llvm::createStringError(
      "option '--chat-date' changes nothing: the chat template has no " +
      inQuotes(jinja::kDateFunction));
}

/// The form of the template's conversations.
llvm::Expected<proto::Chat> derive(llvm::StringRef source, const Dict &tokens,
                                   const ChatOptions &options) {
  auto chat = deriveChat(source, tokens, options.date);
  if (chat && options.date)
    chat->set_date(options.date->print());
  return chat;
}

llvm::Error lacksTemplate(const ModelDescription &description) {
  return llvm::createStringError(
      "option '--chat-date' is for chat templates, and " + description.file +
      " comes with none; '--chat-template' gives one");
}

} // namespace

llvm::Error addChat(const ChatOptions &options, ModelDescription &description) {
  if (!options.templateFile.empty())
    return setChat(options, description);
  ChatTemplate own;
  if (!description.model.vocabulary().tokenizer().empty()) {
    auto found = findTemplate(description);
    if (!found)
      return found.takeError();
    own = std::move(*found);
  }
  if (!own.text)
    return options.date ? lacksTemplate(description) : llvm::Error::success();
  if (llvm::Error error = checkDate(*own.text, options))
    return error;
  auto chat = derive(*own.text, own.tokens, options);
  if (chat) {
    *description.model.mutable_chat() = std::move(*chat);
    return llvm::Error::success();
  }
  printWarning(own.source + ": " + llvm::toString(chat.takeError()) +
               ": the program will have no '--chat'; '--chat-template' gives "
               "another template, and 'chat' in a description its form");
  return llvm::Error::success();
}

llvm::Error setChat(const ChatOptions &options, ModelDescription &description) {
  if (options.templateFile.empty())
    return lacksTemplate(description);
  if (description.model.vocabulary().tokenizer().empty())
    return llvm::createStringError(
        "option '--chat-template' is for models with a tokenizer");
  auto found = findTemplate(description);
  if (!found)
    return found.takeError();
  auto text = openText(options.templateFile);
  if (!text)
    return text.takeError();
  llvm::StringRef source = (*text)->getBuffer();
  if (llvm::Error error = checkDate(source, options))
    return error;
  auto chat = derive(source, found->tokens, options);
  if (!chat)
    return errorIn(options.templateFile, llvm::toString(chat.takeError()));
  *description.model.mutable_chat() = std::move(*chat);
  return llvm::Error::success();
}

} // namespace mlir::eke
