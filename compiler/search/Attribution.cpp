//===- Attribution.cpp - Where quality is lost ----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   variant of the decisions --> program --> probabilities --\
//   f32, nothing rotated     --> program --> probabilities ----> divergence
//
//===----------------------------------------------------------------------===//

#include "compiler/search/Attribution.h"

#include "compiler/frontend/Input.h"
#include "compiler/pipeline/LoadModule.h"
#include "compiler/search/TextTrial.h"
#include "compiler/support/CacheFolder.h"
#include "compiler/support/OutputFile.h"
#include "compiler/support/ProgressBar.h"
#include "compiler/support/TemporaryFolder.h"
#include "compiler/support/Version.h"
#include "dialects/eke/Format.h"
#include "passes/Passes.h"

#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/BLAKE3.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Path.h"

#include <cmath>

using llvm::createStringError;
namespace endian = llvm::support::endian;

namespace mlir::eke {
namespace {

using profile::CompiledProgram;

/// The probabilities that are compared: what is more of a text is left out.
constexpr size_t mostProbabilityBytes = size_t(256) << 20;
/// The bytes of a text that are a token, about.
constexpr size_t bytesPerToken = 3;

/// What a program is compiled with.
struct Variant {
  CompileOptions options;
  /// The tensor that alone is stored as `storage`; empty: none is.
  std::string tensor, storage;

  /// What tells it from other variants of the same model.
  std::string describe() const {
    auto text = [](std::optional<StringRef> format) {
      return format.value_or("").str();
    };
    return llvm::formatv("{0} {1} {2} {3} {4} {5} {6}", text(options.weights),
                         text(options.head), text(options.caches),
                         options.rotates ? int(*options.rotates) : -1,
                         llvm::sys::path::filename(options.moments), storage,
                         tensor);
  }
};

/// The mean over rows of sum p log(p / q), where the rows are logarithms.
llvm::Expected<double> measureDivergence(StringRef wanted, StringRef got,
                                         size_t vocab) {
  const size_t rowBytes = 4 * vocab;
  if (wanted.size() != got.size() || wanted.empty() ||
      wanted.size() % rowBytes != 0)
    return createStringError("programs of one model disagree on the tokens of "
                             "a text");
  double sum = 0;
  for (size_t at = 0; at < wanted.size(); at += 4) {
    double p = llvm::bit_cast<float>(endian::read32le(wanted.data() + at));
    double q = llvm::bit_cast<float>(endian::read32le(got.data() + at));
    sum += std::exp(p) * (p - q);
  }
  return sum / double(wanted.size() / rowBytes);
}

class Attribution {
public:
  Attribution(const CompileOptions &options, StringRef compiler)
      : options(options), compiler(compiler) {}

  llvm::Expected<std::string> run(StringRef text);

private:
  llvm::Expected<CompiledProgram> compile(const Variant &variant);
  llvm::Error readReference(StringRef text);
  bool isKnown(const Variant &variant) const {
    return journal.contains(variant.describe());
  }
  llvm::Expected<double> measure(const Variant &variant);
  void readJournal();
  llvm::Error writeJournal() const;
  void noteDecisions(ModuleOp module);
  void noteFormats(ModuleOp module, ArrayRef<std::string> names);
  llvm::Error decide();
  std::vector<std::pair<std::string, Variant>> listSteps() const;
  llvm::Expected<std::string> measureSteps();
  llvm::Expected<std::string> measureTensors();

  const CompileOptions &options;
  StringRef compiler;
  /// Nothing is rounded or rotated.
  Variant plain;
  std::optional<TemporaryFolder> folder;
  std::string reference, journalPath;
  llvm::StringMap<double> journal;
  size_t vocab = 0;
  /// What the options and the model decide, and the matrices that have a format then.
  std::string weights, head, caches;
  bool rotates = false;
  std::vector<std::pair<std::string, std::string>> tensors;
};

} // namespace

/// Gives one tensor another format than those that it would share a block with.
static LogicalResult separate(const Variant &variant, Compilation &compilation,
                              Dump &dump) {
  if (variant.tensor.empty())
    return success();
  if (failed(compilation.runPhases(dump, findPhase("graph"))))
    return failure();
  ModuleOp module = compilation.getModule();
  MLIRContext *context = module.getContext();
  PassManager manager(context);
  manager.addPass(createInlineBlocksPass());
  if (failed(manager.run(module)))
    return failure();
  Operation *weight = SymbolTable(module).lookup(variant.tensor);
  if (!weight) // it is equal to another one, which has been found to be so
    return success();
  weight->setAttr(
      kStorageAttr,
      StorageAttr::get(context, StringAttr::get(context, variant.storage)));
  return success();
}

llvm::Expected<CompiledProgram> Attribution::compile(const Variant &variant) {
  std::string path = folder->getPath("program");
  Compilation compilation(makeTrialOptions(variant.options, path), compiler);
  llvm::Expected<Dump> dump = Dump::create("");
  if (!dump)
    return dump.takeError();
  if (failed(compilation.load()))
    return createStringError(options.model + ": cannot be read");
  if (failed(separate(variant, compilation, *dump)) ||
      failed(compilation.runPhases(*dump, nullptr)) ||
      failed(compilation.emit()))
    return createStringError(options.model + ": cannot be compiled for '" +
                             variant.describe() + "'");
  return CompiledProgram::open(path, options.model);
}

/// Has the model itself read the text, as much of it as is compared.
llvm::Error Attribution::readReference(StringRef text) {
  auto program = compile(plain);
  if (!program)
    return program.takeError();
  size_t most = mostProbabilityBytes / (4 * vocab) * bytesPerToken;
  StringRef part = text.take_front(most);
  if (llvm::Error error = folder->write("text", part))
    return error;
  llvm::BLAKE3 digest;
  for (StringRef word :
       {getVersion(), StringRef(program->hash), StringRef(program->target),
        StringRef(llvm::sys::path::filename(compiler)), part})
    digest.update(llvm::formatv("{0} {1}", word.size(), word).str());
  auto cache = makeCacheFolder("attributions");
  if (!cache)
    return cache.takeError();
  journalPath = resolvePath(
      *cache, llvm::toHex(digest.final<16>(), /*LowerCase=*/true) + ".json");
  readJournal();
  reference = folder->getPath("reference");
  return readText(*program, folder->getPath("text"),
                  {"--log-probabilities", reference});
}

void Attribution::readJournal() {
  auto buffer = llvm::MemoryBuffer::getFile(journalPath);
  if (!buffer)
    return;
  auto json = llvm::json::parse((*buffer)->getBuffer());
  if (!json)
    return llvm::consumeError(json.takeError()); // it is measured anew
  if (llvm::json::Object *known = json->getAsObject())
    for (auto &[variant, loss] : *known)
      if (auto number = loss.getAsNumber())
        journal[variant] = *number;
}

llvm::Error Attribution::writeJournal() const {
  llvm::json::Object known;
  for (const auto &entry : journal)
    known[entry.first()] = entry.second;
  std::string text;
  llvm::raw_string_ostream(text) << llvm::json::Value(std::move(known));
  return writeOutput(journalPath, "measured losses", text);
}

/// What the variant loses.
llvm::Expected<double> Attribution::measure(const Variant &variant) {
  std::string key = variant.describe();
  if (auto known = journal.find(key); known != journal.end())
    return known->second;
  auto program = compile(variant);
  if (!program)
    return program.takeError();
  std::string got = folder->getPath("probabilities");
  if (llvm::Error error = readText(*program, folder->getPath("text"),
                                   {"--log-probabilities", got}))
    return std::move(error);
  auto wantedBytes = openInput(reference), gotBytes = openInput(got);
  if (!wantedBytes)
    return wantedBytes.takeError();
  if (!gotBytes)
    return gotBytes.takeError();
  auto loss = measureDivergence((*wantedBytes)->getBuffer(),
                                (*gotBytes)->getBuffer(), vocab);
  if (!loss)
    return loss.takeError();
  journal[key] = *loss;
  if (llvm::Error error = writeJournal())
    return std::move(error);
  return *loss;
}

/// Notes what the options and the model have decided.
void Attribution::noteDecisions(ModuleOp module) {
  auto nameOf = [&](StringRef name) {
    auto storage = module->getAttrOfType<StorageAttr>(name);
    return storage ? storage.getName().str() : std::string();
  };
  weights = nameOf(kWeightsFormatAttr);
  head = nameOf(kHeadFormatAttr);
  if (head.empty())
    head = weights;
  auto element = module->getAttrOfType<TypeAttr>(kCachesFormatAttr);
  caches = element && element.getValue().isF16() ? "f16" : "f32";
  auto rotate = module->getAttrOfType<BoolAttr>(kRotateAttr);
  rotates = rotate && rotate.getValue();
}

/// Notes how the matrices called `names` are stored, some of which are parts of others by now.
void Attribution::noteFormats(ModuleOp module, ArrayRef<std::string> names) {
  llvm::StringMap<std::string> formats;
  for (auto weight : module.getOps<WeightOp>())
    if (FormatAttr format = getFormat(weight.getTensorType()))
      weight.getLoc()->walk([&](Location loc) {
        if (auto name = dyn_cast<NameLoc>(loc))
          formats[name.getName()] = format.getName().str();
        return WalkResult::advance();
      });
  for (const std::string &name : names)
    if (auto format = formats.find(name); format != formats.end())
      tensors.emplace_back(name, format->second);
}

/// Asks the compiler what it decides, and which matrices are stored how.
llvm::Error Attribution::decide() {
  Compilation compilation(makeTrialOptions(options, folder->getPath("program")),
                          compiler);
  llvm::Expected<Dump> dump = Dump::create("");
  if (!dump)
    return dump.takeError();
  if (failed(compilation.load()))
    return createStringError(options.model + ": cannot be read");
  ModuleOp module = compilation.getModule();
  auto language = module->getAttrOfType<LanguageAttr>(kLanguageAttr);
  if (!language || isModuleFile(options.model))
    return createStringError(
        "option '--attribute' is for descriptions of language models; '" +
        options.model + "' is none");
  vocab = language.getVocab();
  noteDecisions(module);
  auto fail = [&] {
    return createStringError(options.model + ": cannot be compiled");
  };
  if (failed(compilation.runPhases(*dump, findPhase("graph"))))
    return fail();
  std::vector<std::string> names;
  for (auto weight : module.getOps<WeightOp>())
    if (weight.getTensorType().getRank() == 2)
      names.push_back(weight.getSymName().str());
  if (failed(compilation.runPhases(*dump, findPhase("format"))))
    return fail();
  noteFormats(module, names);
  return llvm::Error::success();
}

/// The decisions that round, each on top of those before it.
std::vector<std::pair<std::string, Variant>> Attribution::listSteps() const {
  std::vector<std::pair<std::string, Variant>> steps;
  Variant variant = plain;
  auto add = [&](const Twine &name) {
    steps.emplace_back(name.str(), variant);
  };
  if (caches != "f32") {
    variant.options.caches = StringRef(caches);
    add("caches in " + caches);
  }
  if (rotates) {
    variant.options.rotates = true;
    add("rows rotated");
  }
  if (head != "f32") {
    variant.options.head = StringRef(head);
    add("embedding and head in " + head);
  }
  if (weights != "f32") {
    variant.options.weights = StringRef(weights);
    add("other matrices in " + weights);
  }
  if (!options.moments.empty()) {
    variant.options.moments = options.moments;
    add("rounded for their inputs");
  }
  return steps;
}

llvm::Expected<std::string> Attribution::measureSteps() {
  std::string table = llvm::formatv("{0,-40} {1,12} {2,12}\n", "step",
                                    "loss so far", "by itself");
  double before = 0;
  ProgressBar progress;
  auto steps = listSteps();
  for (auto [done, step] : llvm::enumerate(steps)) {
    const auto &[name, variant] = step;
    if (!isKnown(variant))
      progress.show(done, steps.size(), name);
    auto loss = measure(variant);
    if (!loss)
      return loss.takeError();
    table += llvm::formatv("{0,-40} {1,12:E2} {2,12:E2}\n", name, *loss,
                           *loss - before);
    before = *loss;
  }
  return table;
}

llvm::Expected<std::string> Attribution::measureTensors() {
  std::string table = llvm::formatv("{0,-40} {1,12} {2,12}\n", "tensor, alone",
                                    "format", "loss");
  ProgressBar progress;
  for (auto [done, tensor] : llvm::enumerate(tensors)) {
    Variant variant = plain;
    variant.options.rotates = rotates;
    std::tie(variant.tensor, variant.storage) = tensor;
    if (!isKnown(variant))
      progress.show(done, tensors.size(), "rounding " + tensor.first);
    auto loss = measure(variant);
    if (!loss)
      return loss.takeError();
    table += llvm::formatv("{0,-40} {1,12} {2,12:E2}\n", tensor.first,
                           tensor.second, *loss);
  }
  return table;
}

llvm::Expected<std::string> Attribution::run(StringRef text) {
  auto created = TemporaryFolder::create();
  if (!created)
    return created.takeError();
  folder.emplace(std::move(*created));
  plain.options = options;
  plain.options.moments.clear();
  plain.options.weights = plain.options.head = plain.options.caches =
      StringRef("f32");
  plain.options.rotates = false;
  if (llvm::Error error = decide())
    return std::move(error);
  if (llvm::Error error = readReference(text))
    return std::move(error);
  auto steps = measureSteps();
  if (!steps)
    return steps.takeError();
  auto alone = measureTensors();
  if (!alone)
    return alone.takeError();
  return *steps + "\n" + *alone;
}

llvm::Expected<std::string> attributeLoss(const CompileOptions &options,
                                          StringRef text, StringRef compiler) {
  auto buffer = openText(text);
  if (!buffer)
    return buffer.takeError();
  return Attribution(options, compiler).run((*buffer)->getBuffer());
}

} // namespace mlir::eke
