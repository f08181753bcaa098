//===- LoadModule.cpp - From what the user names to a module --------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/pipeline/LoadModule.h"

#include "compiler/frontend/BuildModule.h"
#include "compiler/frontend/Input.h"
#include "compiler/frontend/Tokenizer.h"
#include "compiler/pipeline/ModelNote.h"
#include "compiler/pipeline/PhaseChecks.h"
#include "compiler/support/Diagnostics.h"
#include "dialects/eke/EkeDialect.h"
#include "dialects/eke/InputFile.h"
#include "dialects/eke/ModuleFile.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/BLAKE3.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

namespace mlir::eke {

static void setRoot(ModuleOp module, StringRef folder) {
  SmallString<128> root(folder);
  llvm::sys::fs::make_absolute(root);
  llvm::sys::path::remove_dots(root, /*remove_dot_dot=*/true);
  module->setAttr(kRootAttr, StringAttr::get(module.getContext(), root));
}

/// A payload, wherever it lies.
static Attribute withoutPlace(Attribute payload) {
  auto file = dyn_cast_or_null<PayloadAttr>(payload);
  if (!file)
    return payload;
  return PayloadAttr::get(
      payload.getContext(), /*file=*/"", /*offset=*/0, file.getLength(),
      file.getElement(), file.getQuantization(), file.getInterleaved(),
      file.getTransposed(),
      cast_or_null<PayloadAttr>(withoutPlace(file.getScale())),
      file.getRotatedInputs(), file.getRotatedOutputs());
}

/// Writes the digest of a model into a module that has none.
static void setSource(ModuleOp module) {
  if (module->getAttrOfType<StringAttr>(kSourceAttr))
    return;
  OwningOpRef<ModuleOp> copy = module.clone();
  for (StringRef name : {kRootAttr, kTokenizerAttr, kPhaseAttr})
    (*copy)->removeAttr(name);
  for (auto weight : copy->getOps<WeightOp>()) {
    SmallVector<Attribute> contents;
    for (Attribute payload : weight.getPayloads())
      contents.push_back(withoutPlace(payload));
    weight.setPayloadsAttr(ArrayAttr::get(module.getContext(), contents));
  }
  std::string text;
  llvm::raw_string_ostream(text) << *copy;
  std::string digest = llvm::toHex(
      llvm::BLAKE3::hash<16>(llvm::arrayRefFromStringRef(text)), true);
  module->setAttr(kSourceAttr, StringAttr::get(module.getContext(), digest));
}

/// Parses what a program was made of.
static llvm::Expected<OwningOpRef<ModuleOp>> parseNote(StringRef path,
                                                       MLIRContext &context) {
  llvm::Expected<std::string> text = readModelNote(path);
  if (!text)
    return text.takeError();
  return parseModuleText(*text, path, &context);
}

/// Parses an .mlir file, or a program's module.
static OwningOpRef<ModuleOp> parseModule(MLIRContext &context, StringRef path) {
  // What is not known is for checkKnown, which names all of it.
  context.allowUnregisteredDialects();
  llvm::Expected<OwningOpRef<ModuleOp>> parsed =
      isModuleFile(path) ? parseModuleFile(path, &context)
                         : parseNote(path, context);
  if (!parsed) {
    reportFailure(parsed.takeError());
    return nullptr;
  }
  OwningOpRef<ModuleOp> module = std::move(*parsed);
  if (module && module->getSymName())
    if (auto reason = whyNoModelName(*module->getSymName())) {
      module->emitError() << *reason;
      return nullptr;
    }
  if (module && failed(checkSizes(*module)))
    return nullptr;
  if (module && !(*module)->hasAttr(kRootAttr))
    setRoot(*module, llvm::sys::path::parent_path(path));
  if (module)
    setSource(*module);
  return module;
}

/// Replaces the token that starts every text.
static llvm::Error setStart(int64_t token, ModelDescription &description) {
  proto::Vocabulary &vocabulary = *description.model.mutable_vocabulary();
  vocabulary.clear_bos();
  if (token >= int64_t(vocabulary.size()))
    return llvm::createStringError(
        "option '--bos' is " + llvm::Twine(token) + ", expected one of the " +
        llvm::Twine(vocabulary.size()) + " tokens of the model or none");
  if (token >= 0)
    vocabulary.set_bos(token);
  return llvm::Error::success();
}

/// Folds all layers of a model that has none that is folded.
static llvm::Error foldAll(uint32_t fold, ModelDescription &description) {
  for (proto::Block &block : *description.model.mutable_blocks()) {
    if (block.attention().fold() > 1 || block.feed_forward().fold() > 1)
      return llvm::createStringError(
          "option '--what-if=fold' is for models without folds, but block '" +
          block.name() + "' is folded");
    block.mutable_attention()->set_fold(fold);
    block.mutable_feed_forward()->set_fold(fold);
  }
  return llvm::Error::success();
}

OwningOpRef<ModuleOp> loadModule(MLIRContext &context, StringRef path,
                                 const ModelOptions &options) {
  if (isModuleFile(path) || (options.takesPrograms && isProgram(path))) {
    StringRef option = !options.exits.isEmpty()             ? "--exit"
                       : options.bos                        ? "--bos"
                       : options.context                    ? "--context"
                       : !options.chat.templateFile.empty() ? "--chat-template"
                       : options.chat.date                  ? "--chat-date"
                       : options.embeds                     ? "--embed"
                       : options.whatIfFold                 ? "--what-if"
                                                            : "";
    if (!option.empty()) {
      printError("option '" + option + "' is for descriptions; '" + path +
                 "' is a " + (isProgram(path) ? "program" : "module"));
      return nullptr;
    }
    return parseModule(context, path);
  }
  if (isProgram(path)) {
    reportFailure(errorIn(path, "is a program or an object already; expected "
                                "the model that it was made of; 'eke report' "
                                "and 'eke profile' take programs"));
    return nullptr;
  }
  llvm::Expected<ModelDescription> description = loadModel(path, options.chat);
  if (!description) {
    reportFailure(description.takeError());
    return nullptr;
  }
  if (options.context)
    description->model.set_context(*options.context);
  if (options.bos && failed(report(setStart(*options.bos, *description))))
    return nullptr;
  if (failed(report(applyExits(options.exits, *description))))
    return nullptr;
  if (options.whatIfFold &&
      failed(report(foldAll(*options.whatIfFold, *description))))
    return nullptr;
  auto module = buildModule(context, *description, options.rows, options.embeds,
                            /*cuts=*/options.whatIfFold.has_value());
  if (!module) {
    reportFailure(
        llvm::joinErrors(module.takeError(), checkTokenizer(*description)));
    return nullptr;
  }
  setRoot(**module, description->directory);
  StringRef tokenizer = description->model.vocabulary().tokenizer();
  if (!tokenizer.empty())
    (**module)->setAttr(kTokenizerAttr, StringAttr::get(&context, tokenizer));
  setSource(**module);
  return std::move(*module);
}

StringRef getRoot(ModuleOp module) {
  auto root = module->getAttrOfType<StringAttr>(kRootAttr);
  return root ? root.getValue() : ".";
}

/// Whether an entry makes vectors of texts.
static bool isEncoder(ModuleOp module) {
  return llvm::any_of(*module.getBody(), [](Operation &op) {
    auto entry = op.getAttrOfType<EntryAttr>(kEntryAttr);
    return entry && entry.getRoleText() == kEncoderRole;
  });
}

llvm::Expected<std::vector<uint8_t>> loadTokenizer(ModuleOp module) {
  auto tokenizer = module->getAttrOfType<StringAttr>(kTokenizerAttr);
  auto language = module->getAttrOfType<LanguageAttr>(kLanguageAttr);
  if (!tokenizer || !language)
    return std::vector<uint8_t>();
  proto::Vocabulary vocabulary;
  vocabulary.set_size(language.getVocab());
  if (language.getBos() >= 0)
    vocabulary.set_bos(language.getBos());
  return compileTokenizerFile(
      resolvePath(getRoot(module), tokenizer.getValue()), vocabulary,
      isEncoder(module));
}

} // namespace mlir::eke
