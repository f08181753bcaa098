//===- Calibration.cpp - What the inputs of layers are like ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   model, with eke.collect_moments --> program   piece of the text --> program --> states
//   CACHE/eke/moments/DIGEST-N.safetensors: the sums of the states after N pieces
//
//===----------------------------------------------------------------------===//

#include "compiler/search/Calibration.h"

#include "compiler/frontend/Input.h"
#include "compiler/pipeline/LoadModule.h"
#include "compiler/pipeline/MomentFiles.h"
#include "compiler/search/TextTrial.h"
#include "compiler/support/CacheFolder.h"
#include "compiler/support/ProgressBar.h"
#include "compiler/support/TemporaryFolder.h"
#include "compiler/support/Version.h"
#include "dialects/eke/Moments.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/BLAKE3.h"
#include "llvm/Support/FileSystem.h"

using llvm::createStringError;

namespace mlir::eke {
namespace {

using profile::CompiledProgram;
namespace fs = llvm::sys::fs;

/// What is read between two times that sums are written.
constexpr size_t pieceBytes = 8192;

/// The end of a line soon behind the first bytes, or that of a word, or of a character.
size_t findEnd(StringRef text) {
  if (text.size() <= 2 * pieceBytes)
    return text.size();
  for (char end : {'\n', ' '})
    if (size_t found = text.find(end, pieceBytes); found < 2 * pieceBytes)
      return found + 1;
  size_t end = pieceBytes;
  while ((text[end] & 0xc0) == 0x80 && end < 2 * pieceBytes)
    ++end;
  return end;
}

std::vector<StringRef> cut(StringRef text) {
  std::vector<StringRef> pieces;
  for (; !text.empty(); text = text.drop_front(pieces.back().size()))
    pieces.push_back(text.take_front(findEnd(text)));
  return pieces;
}

/// Removes what has not been written for longest, but for some files.
void forgetOldFiles(StringRef folder) {
  constexpr size_t kept = 8;
  std::vector<std::pair<llvm::sys::TimePoint<>, std::string>> files;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; at != end && !error;
       at.increment(error))
    if (auto status = at->status())
      files.emplace_back(status->getLastModificationTime(), at->path());
  llvm::sort(files);
  for (size_t i = 0; i + kept < files.size(); ++i)
    (void)fs::remove(files[i].second);
}

class Calibration {
public:
  Calibration(const CompileOptions &options, StringRef compiler)
      : options(options), compiler(compiler) {}

  llvm::Expected<std::string> run();

private:
  llvm::Expected<bool> compile(StringRef output);
  llvm::Error findFiles(StringRef text);
  std::string nameOf(size_t pieces) const {
    return resolvePath(cache,
                       key + "-" + std::to_string(pieces) + ".safetensors");
  }
  llvm::Error read(const TemporaryFolder &folder);
  llvm::Error readAll(ArrayRef<StringRef> pieces, TemporaryFolder &folder);

  const CompileOptions &options;
  StringRef compiler;
  CompiledProgram program;
  std::string cache, key;
  MomentSums sums;
};

} // namespace

/// Compiles the model such that it collects moments; false if there are none to collect.
llvm::Expected<bool> Calibration::compile(StringRef output) {
  CompileOptions trial = makeTrialOptions(options, output);
  trial.collectsMoments = true;
  Compilation compilation(std::move(trial), compiler);
  llvm::Expected<Dump> dump = Dump::create("");
  if (!dump)
    return dump.takeError();
  auto fail = [&] {
    return createStringError(options.model +
                             ": cannot be compiled to be calibrated");
  };
  if (failed(compilation.load()) ||
      failed(compilation.runPhases(*dump, findPhase("format"))))
    return fail();
  bool isRounded = llvm::any_of(
      compilation.getModule().getOps<StateOp>(), [](StateOp state) {
        return state.getSymName().starts_with(kMomentsPrefix);
      });
  if (isRounded && (failed(compilation.runPhases(*dump, nullptr)) ||
                    failed(compilation.emit())))
    return fail();
  return isRounded;
}

/// What decides which moments these are.
llvm::Error Calibration::findFiles(StringRef text) {
  llvm::BLAKE3 digest;
  for (StringRef part : {getVersion(), StringRef(program.hash),
                         StringRef(program.target), text}) {
    std::string size = std::to_string(part.size()) + " ";
    digest.update(size);
    digest.update(part);
  }
  key = llvm::toHex(digest.final<16>(), /*LowerCase=*/true);
  auto folder = makeCacheFolder("moments");
  if (!folder)
    return folder.takeError();
  cache = *folder;
  return llvm::Error::success();
}

/// Adds what goes through the layers while the program reads a piece.
llvm::Error Calibration::read(const TemporaryFolder &folder) {
  std::string states = folder.getPath("states");
  auto said = readText(program, folder.getPath("text"), {"--states", states});
  if (!said)
    return said.takeError();
  return sums.add(states);
}

llvm::Error Calibration::readAll(ArrayRef<StringRef> pieces,
                                 TemporaryFolder &folder) {
  size_t done = pieces.size();
  while (done > 0 && !fs::exists(nameOf(done)))
    --done;
  if (done == pieces.size())
    return llvm::Error::success();
  if (done > 0)
    if (llvm::Error error = sums.add(nameOf(done)))
      return error;
  ProgressBar progress;
  for (; done < pieces.size(); ++done) {
    progress.show(done, pieces.size(), "calibrating on " + options.calibration);
    if (llvm::Error error = folder.write("text", pieces[done]))
      return error;
    if (llvm::Error error = read(folder))
      return error;
    if (llvm::Error error = sums.write(nameOf(done + 1)))
      return error;
    if (done > 0)
      (void)fs::remove(nameOf(done));
  }
  forgetOldFiles(cache);
  return llvm::Error::success();
}

llvm::Expected<std::string> Calibration::run() {
  if (isModuleFile(options.model))
    return createStringError("option '--calibrate' is for descriptions; '" +
                             options.model + "' is a module");
  auto text = openText(options.calibration);
  if (!text)
    return text.takeError();
  std::vector<StringRef> pieces = cut((*text)->getBuffer());
  if (pieces.empty())
    return createStringError(options.calibration +
                             ": is empty; expected a text");
  auto folder = TemporaryFolder::create();
  if (!folder)
    return folder.takeError();
  std::string path = folder->getPath("program");
  auto isRounded = compile(path);
  if (!isRounded)
    return isRounded.takeError();
  if (!*isRounded)
    return std::string();
  auto opened = CompiledProgram::open(path, options.model);
  if (!opened)
    return opened.takeError();
  program = std::move(*opened);
  if (!program.language)
    return createStringError("option '--calibrate' is for models of texts; '" +
                             options.model + "' is none");
  if (llvm::Error error = findFiles((*text)->getBuffer()))
    return std::move(error);
  if (llvm::Error error = readAll(pieces, *folder))
    return std::move(error);
  return nameOf(pieces.size());
}

llvm::Expected<std::string> collectMoments(const CompileOptions &options,
                                           StringRef compiler) {
  return Calibration(options, compiler).run();
}

} // namespace mlir::eke
