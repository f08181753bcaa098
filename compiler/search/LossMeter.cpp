//===- LossMeter.cpp - What decisions lose of a model ---------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/search/LossMeter.h"

#include "compiler/frontend/Input.h"
#include "compiler/search/TextTrial.h"
#include "compiler/support/CacheFolder.h"
#include "compiler/support/Digest.h"
#include "compiler/support/OutputFile.h"
#include "compiler/support/Version.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Path.h"

#include <cmath>

using llvm::createStringError;
namespace endian = llvm::support::endian;
namespace fs = llvm::sys::fs;

namespace mlir::eke {
namespace {

using profile::CompiledProgram;

/// The probabilities that are compared: what is more of a text is left out.
constexpr size_t mostProbabilityBytes = size_t(256) << 20;
/// The bytes of a text that are a token, about.
constexpr size_t bytesPerToken = 3;

/// What tells a variant from others of the same model.
std::string describe(const CompileOptions &variant) {
  auto text = [](std::optional<StringRef> format) {
    return format.value_or("").str();
  };
  std::string key = llvm::formatv("{0} {1} {2} {3} {4}", text(variant.weights),
                                  text(variant.head), text(variant.caches),
                                  variant.rotates ? int(*variant.rotates) : -1,
                                  llvm::sys::path::filename(variant.moments));
  std::string plan;
  for (const PlannedFormat &each : variant.plan)
    plan += each.weight + " " + each.format + "\n";
  if (variant.plan.size() == 1)
    key += " " + variant.plan[0].format + " " + variant.plan[0].weight;
  else if (!plan.empty())
    key += " plan " + digest({plan});
  return key;
}

/// The mean over rows of sum p log(p / q), where the rows are logarithms.
llvm::Expected<double> compareRows(StringRef wanted, StringRef got,
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

} // namespace

LossMeter::LossMeter(const CompileOptions &options, StringRef compiler,
                     TemporaryFolder folder)
    : plain(options), compiler(compiler), folder(std::move(folder)) {
  plain.moments.clear();
  plain.formats.clear();
  plain.plan.clear();
  plain.weights = plain.head = plain.caches = StringRef("f32");
  plain.rotates = false;
}

llvm::Expected<LossMeter> LossMeter::create(const CompileOptions &options,
                                            StringRef compiler, StringRef store,
                                            StringRef part) {
  auto folder = TemporaryFolder::create();
  if (!folder)
    return folder.takeError();
  LossMeter meter(options, compiler, std::move(*folder));
  meter.store = store.str();
  meter.part = part.str();
  if (store.empty()) {
    auto cache = makeCacheFolder("losses");
    if (!cache)
      return cache.takeError();
    meter.store = std::move(*cache);
  }
  return std::move(meter);
}

llvm::Expected<CompiledProgram>
LossMeter::compile(const CompileOptions &variant) {
  std::string path = folder.getPath("program");
  Compilation compilation(makeTrialOptions(variant, path), compiler);
  llvm::Expected<Dump> dump = Dump::create("");
  if (!dump)
    return dump.takeError();
  if (failed(compilation.load()))
    return createStringError(variant.model + ": cannot be read");
  if (failed(compilation.runPhases(*dump, nullptr)) ||
      failed(compilation.emit()))
    return createStringError(variant.model + ": cannot be compiled for '" +
                             describe(variant) + "'");
  return CompiledProgram::open(path, variant.model);
}

/// What has been measured depends on the model, the machine, the compiler and the text.
void LossMeter::findJournal(const CompiledProgram &program, StringRef text) {
  journal = digest({getVersion(), program.hash, program.target,
                    llvm::sys::path::filename(compiler), text});
  readJournals();
}

/// Reads what any process has written, some of which may be broken.
void LossMeter::readJournals() {
  std::error_code error;
  for (fs::directory_iterator file(store, error), end; file != end && !error;
       file.increment(error)) {
    StringRef name = llvm::sys::path::filename(file->path());
    auto buffer = name.starts_with(journal) && name.ends_with(".json")
                      ? llvm::MemoryBuffer::getFile(file->path())
                      : std::make_error_code(std::errc::invalid_argument);
    if (!buffer)
      continue;
    auto json = llvm::json::parse((*buffer)->getBuffer());
    if (!json) {
      llvm::consumeError(json.takeError()); // it is measured anew
      continue;
    }
    bool isOwn = name == journal + part + ".json";
    if (llvm::json::Object *losses = json->getAsObject())
      for (auto &[variant, loss] : *losses)
        if (auto number = loss.getAsNumber())
          (isOwn ? own : known)[variant] = known[variant] = *number;
  }
}

llvm::Error LossMeter::note(StringRef key, double loss) {
  known[key] = own[key] = loss;
  llvm::json::Object losses;
  for (const auto &entry : own)
    losses[entry.first()] = entry.second;
  std::string text;
  llvm::raw_string_ostream(text) << llvm::json::Value(std::move(losses));
  return writeOutput(resolvePath(store, journal + part + ".json"),
                     "measured losses", text);
}

llvm::Error LossMeter::readReference(StringRef text, size_t vocab) {
  this->vocab = vocab;
  auto program = compile(plain);
  if (!program)
    return program.takeError();
  StringRef part =
      text.take_front(mostProbabilityBytes / (4 * vocab) * bytesPerToken);
  if (llvm::Error error = folder.write("text", part))
    return error;
  findJournal(*program, part);
  return readText(*program, folder.getPath("text"),
                  {"--log-probabilities", folder.getPath("reference")})
      .takeError();
}

bool LossMeter::isDivergenceKnown(const CompileOptions &variant) const {
  return known.contains(describe(variant));
}

llvm::Expected<double>
LossMeter::measureDivergence(const CompileOptions &variant) {
  std::string key = describe(variant);
  if (auto found = known.find(key); found != known.end())
    return found->second;
  auto program = compile(variant);
  if (!program)
    return program.takeError();
  std::string got = folder.getPath("probabilities");
  auto said =
      readText(*program, folder.getPath("text"), {"--log-probabilities", got});
  if (!said)
    return said.takeError();
  auto wantedBytes = openInput(folder.getPath("reference")),
       gotBytes = openInput(got);
  if (!wantedBytes)
    return wantedBytes.takeError();
  if (!gotBytes)
    return gotBytes.takeError();
  auto loss =
      compareRows((*wantedBytes)->getBuffer(), (*gotBytes)->getBuffer(), vocab);
  if (!loss)
    return loss.takeError();
  if (llvm::Error error = note(key, *loss))
    return std::move(error);
  return *loss;
}

llvm::Expected<double> LossMeter::measureNats(const CompileOptions &variant,
                                              StringRef text) {
  std::string key = "nats " + digest(text) + " " + describe(variant);
  if (auto found = known.find(key); found != known.end())
    return found->second;
  auto program = compile(variant);
  if (!program)
    return program.takeError();
  if (llvm::Error error = folder.write("held-out", text))
    return std::move(error);
  auto said = readText(*program, folder.getPath("held-out"), {});
  if (!said)
    return said.takeError();
  auto score = llvm::json::parse(*said);
  if (!score)
    return score.takeError();
  const llvm::json::Object *object = score->getAsObject();
  auto nats = object ? object->getNumber("nats_per_token") : std::nullopt;
  if (!nats)
    return createStringError(variant.model + ": its program gives no score");
  if (llvm::Error error = note(key, *nats))
    return std::move(error);
  return *nats;
}

} // namespace mlir::eke
