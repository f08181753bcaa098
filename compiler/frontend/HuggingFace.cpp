//===- HuggingFace.cpp - Importing a Hugging Face directory ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/frontend/HuggingFace.h"

#include "compiler/frontend/Checkpoint.h"
#include "compiler/frontend/Input.h"
#include "compiler/frontend/Safetensors.h"
#include "compiler/frontend/Tokenizer.h"
#include "compiler/frontend/chat/ChatTemplate.h"
#include "compiler/frontend/huggingface/Families.h"
#include "compiler/frontend/huggingface/Parts.h"
#include "compiler/frontend/huggingface/SentenceTransformer.h"
#include "compiler/frontend/tokenizer/ReadTokenizer.h"
#include "compiler/support/Diagnostics.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <set>

namespace mlir::eke {
/// The family of the architecture that the configuration names, or null.
static const Family *findFamily(ConfigReader &config) {
  std::vector<llvm::StringRef> names;
  for (const Family &family : getFamilies())
    names.push_back(family.architecture);
  std::string known = "; known are " + llvm::join(llvm::drop_end(names), ", ") +
                      " and " + names.back().str();
  const llvm::json::Value *value = config.find("architectures");
  const llvm::json::Array *list = value ? value->getAsArray() : nullptr;
  std::optional<llvm::StringRef> name;
  if (list && list->size() == 1)
    name = list->front().getAsString();
  if (!name) {
    config.fail("'architectures' does not name one architecture" + known);
    return nullptr;
  }
  for (const Family &family : getFamilies())
    if (family.architecture == *name)
      return &family;
  config.fail("unknown architecture " + inQuotes(*name) + known);
  return nullptr;
}

/// The vocabulary, and the tokens that start and end a text.
static void readVocabulary(ConfigReader &config, proto::Model &model) {
  proto::Vocabulary &vocabulary = *model.mutable_vocabulary();
  vocabulary.set_size(config.getSize("vocab_size"));
  if (!config.areRight({"vocab_size"}))
    return;
  std::vector<uint32_t> starts =
      config.getTokens("bos_token_id", vocabulary.size());
  if (starts.size() > 1)
    config.fail("'bos_token_id' lists " + llvm::Twine(starts.size()) +
                " tokens; expected one");
  if (!starts.empty())
    vocabulary.set_bos(starts.front());
  for (uint32_t token : config.getTokens("eos_token_id", vocabulary.size()))
    vocabulary.add_eos(token);
}

/// What a config.json says.
struct ConfigContents {
  proto::Model model;
  /// Whether the architecture is known, and whether `model` is what the file describes,
  /// apart from what is not supported.
  bool hasFamily = false, isComplete = false;
};

/// Fills `contents`, and goes on after errors.
static llvm::Error
readConfig(llvm::StringRef text, llvm::StringRef file,
           llvm::function_ref<bool(llvm::StringRef)> hasTensor,
           ConfigContents &contents) {
  llvm::Expected<llvm::json::Value> config = parseJSON(text, file);
  if (!config)
    return config.takeError();
  const llvm::json::Object *root = config->getAsObject();
  if (!root)
    return errorIn(file, "is not a JSON object");
  ConfigReader reader(*root, hasTensor);
  reader.expectAbsent("quantization_config");
  readVocabulary(reader, contents.model);
  const Family *family = findFamily(reader);
  if (family)
    family->describe(reader, contents.model);
  contents.hasFamily = family;
  contents.isComplete = family && reader.areAllRight();
  return reader.takeErrors(file);
}

llvm::Expected<proto::Model>
describeConfig(llvm::StringRef text, llvm::StringRef file,
               llvm::function_ref<bool(llvm::StringRef)> hasTensor) {
  ConfigContents contents;
  if (llvm::Error errors = readConfig(text, file, hasTensor, contents))
    return std::move(errors);
  return std::move(contents.model);
}

/// Lists the tensors that a checkpoint may hold besides its weights: tables of
/// the rotary embedding, and a head that repeats the embedding it is tied to.
static llvm::Error listUnused(const Checkpoint &weights, proto::Model &model) {
  std::set<std::string> unused;
  for (const CheckpointTensor &entry : weights.getTensors())
    if (llvm::StringRef(entry.tensor->name).ends_with("rotary_emb.inv_freq"))
      unused.insert(entry.tensor->name);

  std::optional<CheckpointTensor> head = weights.find(kHeadTensor);
  if (head && model.head().tied()) {
    std::optional<CheckpointTensor> embedding = weights.find(model.embedding());
    if (!embedding || embedding->tensor->dtype != head->tensor->dtype ||
        embedding->tensor->shape != head->tensor->shape ||
        embedding->getBytes() != head->getBytes())
      return errorIn(head->file->getPath(),
                     "tensor " + inQuotes(kHeadTensor) + " differs from " +
                         inQuotes(model.embedding()) +
                         ", to which the configuration ties it");
    unused.insert(kHeadTensor.str());
  }
  for (const std::string &name : unused)
    model.add_unused_tensors(name);
  return llvm::Error::success();
}

/// Refuses an index that promises tensors which are not where it says.
static llvm::Error checkIndex(const WeightFiles &files,
                              const Checkpoint &weights) {
  for (const auto &[tensor, file] : files.places) {
    std::optional<CheckpointTensor> found = weights.find(tensor);
    if (!found || found->fileName != file)
      return errorIn(files.index, "says that tensor " + inQuotes(tensor) +
                                      " is in " + inQuotes(file) +
                                      ", where it is not");
  }
  return llvm::Error::success();
}

/// The number of the token that a TemplateProcessing, or one of a Sequence, puts before a
/// text, or behind it, or nothing.
static std::optional<uint32_t>
findTemplateToken(const llvm::json::Object &processor, bool isEnd) {
  const llvm::json::Array *parts = processor.getArray("processors");
  for (const llvm::json::Value &part : parts ? *parts : llvm::json::Array())
    if (const llvm::json::Object *object = part.getAsObject())
      if (std::optional<uint32_t> token = findTemplateToken(*object, isEnd))
        return token;
  const llvm::json::Array *pieces = processor.getArray("single");
  if (!pieces || pieces->size() < 2)
    return std::nullopt;
  const llvm::json::Object *piece =
      (isEnd ? pieces->back() : pieces->front()).getAsObject();
  const llvm::json::Object *special =
      piece ? piece->getObject("SpecialToken") : nullptr;
  const llvm::json::Object *tokens = processor.getObject("special_tokens");
  if (!special || !tokens)
    return std::nullopt;
  const llvm::json::Object *token =
      tokens->getObject(special->getString("id").value_or(""));
  const llvm::json::Array *ids = token ? token->getArray("ids") : nullptr;
  if (!ids || ids->size() != 1)
    return std::nullopt;
  return ids->front().getAsUINT64();
}

/// Leaves the description a bos if the tokenizer puts it before a text: as
/// tokenizer_config.json says, or else the post-processor. If there is neither, bos is
/// what config.json calls so.
static llvm::Error decideStart(llvm::StringRef directory,
                               proto::Vocabulary &vocabulary) {
  std::string configFile = resolvePath(directory, "tokenizer_config.json");
  bool hasConfig = isThere(configFile);
  std::optional<bool> adds;
  if (hasConfig) {
    llvm::Expected<llvm::json::Value> config = readJSON(configFile);
    if (!config)
      return config.takeError();
    if (const llvm::json::Object *root = config->getAsObject())
      adds = root->getBoolean("add_bos_token");
  }
  // Only a tokenizer.json has a post-processor.
  bool isJSON = vocabulary.tokenizer() == "tokenizer.json";
  if (!isJSON || adds) {
    if (adds == false)
      vocabulary.clear_bos();
    return llvm::Error::success();
  }
  llvm::Expected<llvm::json::Value> tokenizer =
      readJSON(resolvePath(directory, vocabulary.tokenizer()));
  if (!tokenizer)
    return tokenizer.takeError();
  const llvm::json::Object *root = tokenizer->getAsObject();
  const llvm::json::Object *processor =
      root ? root->getObject("post_processor") : nullptr;
  if (processor || hasConfig)
    vocabulary.clear_bos();
  if (std::optional<uint32_t> token =
          processor ? findTemplateToken(*processor, /*isEnd=*/false)
                    : std::nullopt)
    vocabulary.set_bos(*token);
  return llvm::Error::success();
}

/// The tokens between which an encoder reads a text, as a configuration beside a vocab.txt
/// names them.
static llvm::Error decideWordPieceEdges(llvm::StringRef path,
                                        proto::Vocabulary &vocabulary) {
  auto text = openText(path);
  if (!text)
    return text.takeError();
  auto pieces = readWordPieces((*text)->getBuffer(), path, vocabulary.size());
  if (!pieces)
    return pieces.takeError();
  vocabulary.set_bos(pieces->before.front());
  vocabulary.clear_eos();
  vocabulary.add_eos(pieces->after.front());
  return llvm::Error::success();
}

/// The tokens between which an encoder reads a text, as the tokenizer's post-processor has
/// them.
static llvm::Error decideEdges(llvm::StringRef directory,
                               proto::Vocabulary &vocabulary) {
  if (vocabulary.tokenizer() == "vocab.txt")
    return decideWordPieceEdges(resolvePath(directory, "vocab.txt"),
                                vocabulary);
  std::string path = resolvePath(directory, "tokenizer.json");
  llvm::Expected<llvm::json::Value> tokenizer = readJSON(path);
  if (!tokenizer)
    return tokenizer.takeError();
  const llvm::json::Object *root = tokenizer->getAsObject();
  const llvm::json::Object *processor =
      root ? root->getObject("post_processor") : nullptr;
  if (!processor)
    return errorIn(path, "has no post-processor, which says between which "
                         "tokens a text stands");
  std::optional<uint32_t> start = findTemplateToken(*processor, false);
  std::optional<uint32_t> end = findTemplateToken(*processor, true);
  if (!start || !end)
    return errorIn(path,
                   "has a post-processor that does not put a text between "
                   "two tokens; expected a TemplateProcessing");
  vocabulary.set_bos(*start);
  vocabulary.clear_eos();
  vocabulary.add_eos(*end);
  return llvm::Error::success();
}

/// Replaces the tokens that end a text by those of generation_config.json, if it has any.
static llvm::Error decideEnds(llvm::StringRef directory,
                              proto::Vocabulary &vocabulary) {
  std::string path = resolvePath(directory, "generation_config.json");
  if (!isThere(path))
    return llvm::Error::success();
  llvm::Expected<llvm::json::Value> config = readJSON(path);
  if (!config)
    return config.takeError();
  const llvm::json::Object *root = config->getAsObject();
  const llvm::json::Value *value = root ? root->get("eos_token_id") : nullptr;
  if (!value || value->getAsNull())
    return llvm::Error::success();
  auto tokens = readTokens(*value, vocabulary.size());
  if (!tokens)
    return errorIn(path, "'eos_token_id'" + llvm::toString(tokens.takeError()));
  vocabulary.clear_eos();
  for (uint32_t token : *tokens)
    vocabulary.add_eos(token);
  return llvm::Error::success();
}

/// What other files than config.json say of a decoder.
static llvm::Error completeDecoder(llvm::StringRef directory,
                                   proto::Model &model) {
  proto::Vocabulary &vocabulary = *model.mutable_vocabulary();
  if (llvm::Error error = decideStart(directory, vocabulary))
    return error;
  return decideEnds(directory, vocabulary);
}

/// What they say of an encoder.
static llvm::Error completeEncoder(llvm::StringRef directory,
                                   proto::Model &model) {
  if (llvm::Error error = readPooling(directory, model))
    return error;
  return decideEdges(directory, *model.mutable_vocabulary());
}

/// The file that has the tokenizer, of those that there are; "" if there is none.
static llvm::StringRef findTokenizer(llvm::StringRef directory,
                                     bool isEncoder) {
  auto has = [&](llvm::StringRef name) {
    return isThere(resolvePath(directory, name));
  };
  for (llvm::StringRef name : {"tokenizer.json", "tokenizer.model"})
    if (has(name))
      return name;
  if (isEncoder)
    return has("vocab.txt") ? "vocab.txt" : "";
  return has("vocab.json") && has("merges.txt") ? "vocab.json" : "";
}

static std::string nameOf(llvm::StringRef directory) {
  llvm::SmallString<256> path;
  if (llvm::sys::fs::real_path(directory, path))
    path = directory;
  llvm::StringRef name = llvm::sys::path::filename(path);
  return makeModelName(name);
}

/// What the files beside config.json say, and whether the whole makes sense.
static llvm::Error complete(const ChatOptions &chat, const Checkpoint *weights,
                            ModelDescription &description) {
  proto::Model &model = description.model;
  llvm::StringRef directory = description.directory;
  llvm::Error errors =
      weights ? listUnused(*weights, model) : llvm::Error::success();
  auto add = [&](llvm::Error error) {
    errors = llvm::joinErrors(std::move(errors), std::move(error));
  };
  llvm::Error error = model.has_encoder() ? completeEncoder(directory, model)
                                          : completeDecoder(directory, model);
  // An encoder is checked only if it has what the other files say.
  bool isWhole = !model.has_encoder() || !error;
  add(std::move(error));
  if (isWhole)
    add(checkModel(description));
  add(addChat(chat, description));
  return errors;
}

llvm::Expected<ModelDescription> importHuggingFace(llvm::StringRef directory,
                                                   const ChatOptions &chat) {
  std::string config = resolvePath(directory, "config.json");
  auto text = openText(config);
  if (!text)
    return text.takeError();
  auto files = findWeightFiles(directory);
  if (!files)
    return files.takeError();
  llvm::Error errors = llvm::Error::success();
  auto add = [&](llvm::Error error) {
    errors = llvm::joinErrors(std::move(errors), std::move(error));
  };
  auto weights = Checkpoint::open(directory, files->names);
  bool hasWeights = bool(weights);
  add(hasWeights ? checkIndex(*files, *weights) : weights.takeError());

  ConfigContents contents;
  add(readConfig((*text)->getBuffer(), config,
                 [&](llvm::StringRef tensor) {
                   return !hasWeights || weights->find(tensor).has_value();
                 },
                 contents));
  proto::Model &model = contents.model;
  model.set_name(nameOf(directory));
  for (const std::string &name : files->names)
    model.add_weight_files(name);
  llvm::StringRef tokenizer = findTokenizer(directory, model.has_encoder());
  if (!tokenizer.empty())
    model.mutable_vocabulary()->set_tokenizer(tokenizer.str());

  ModelDescription description{std::move(model), config, directory.str()};
  if (contents.isComplete)
    add(complete(chat, hasWeights ? &*weights : nullptr, description));
  if (errors && contents.hasFamily)
    add(checkTokenizer(description));
  if (errors)
    return std::move(errors);
  if (tokenizer.empty())
    printWarning(
        directory +
        ": has no tokenizer.json, tokenizer.model or vocab.json with "
        "merges.txt: the program will take and give numbers of tokens, "
        "no text");
  return description;
}

} // namespace mlir::eke
