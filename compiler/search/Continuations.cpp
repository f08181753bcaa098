//===- Continuations.cpp - A program that continues a text ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/search/Continuations.h"

#include "compiler/frontend/Input.h"
#include "compiler/search/RunJSON.h"
#include "compiler/support/TemporaryFile.h"

#include "llvm/Support/FormatVariadic.h"

using llvm::createStringError;

namespace mlir::eke {

/// A text gives one piece per `bytesPerPiece`: a longer one is a better sample, and
/// takes longer.
constexpr size_t fewestPieces = 8, mostPieces = 64, bytesPerPiece = 400;
constexpr size_t pieceBytes = 240;
constexpr int64_t pieceTokens = 64;

double predictTokens(ArrayRef<int64_t> lengths, uint32_t drafts) {
  int64_t cycles = 0, right = 0;
  for (auto [length, count] : llvm::enumerate(lengths)) {
    cycles += count;
    right += count * std::min<int64_t>(length, drafts);
  }
  return cycles ? 1 + double(right) / double(cycles) : 1;
}

llvm::Expected<Continuations> Continuations::read(StringRef file) {
  auto buffer = openInput(file);
  if (!buffer)
    return buffer.takeError();
  Continuations all;
  all.file = file.str();
  all.text = (*buffer)->getBuffer().str();
  all.count =
      std::clamp(all.text.size() / bytesPerPiece, fewestPieces, mostPieces);
  constexpr size_t least = fewestPieces * pieceBytes;
  if (all.text.size() >= least)
    return std::move(all);
  return createStringError(file + ": has " + Twine(all.text.size()) +
                           " bytes; expected a text of at least " +
                           Twine(least));
}

std::string Continuations::describe() const {
  return llvm::formatv("{0} continuations of {1} for {2} tokens each", count,
                       file, pieceTokens);
}

StringRef Continuations::getPiece(size_t index, int64_t context) const {
  size_t size = std::min<size_t>(pieceBytes, context / 2);
  // From a blank on: it begins no character in the middle.
  size_t begin =
      std::min(text.find_first_of(" \n", index * (text.size() / count)),
               text.size() - size);
  return StringRef(text).substr(begin, size);
}

namespace {

/// What a program tells of one continuation.
struct Told {
  double seconds = 0;
  int64_t tokens = 0, cycles = 0, plainSteps = 0;
  AcceptedLengths lengths = {};

  void operator+=(const Told &other) {
    seconds += other.seconds;
    tokens += other.tokens;
    cycles += other.cycles;
    plainSteps += other.plainSteps;
    for (auto [sum, length] : llvm::zip(lengths, other.lengths))
      sum += length;
  }
};

/// One run of a program.
class Run {
public:
  static llvm::Expected<Run> create(StringRef path, StringRef model) {
    auto prompt = TemporaryFile::create("prompt");
    if (!prompt)
      return prompt.takeError();
    return Run(path, model, std::move(*prompt));
  }

  /// Continues `piece`; `speculate` is the value of the option.
  llvm::Expected<Told> operator()(StringRef piece, std::string speculate) {
    if (llvm::Error error = prompt.write(piece))
      return std::move(error);
    auto statistics = runForStatistics(path, {},
                                       {"--prompt-file", prompt.getPath().str(),
                                        "--tokens", std::to_string(pieceTokens),
                                        "--speculate", std::move(speculate)},
                                       model);
    if (!statistics)
      return statistics.takeError();
    Told told;
    if (const llvm::json::Object *decode = statistics->getObject("decode")) {
      told.seconds = decode->getNumber("seconds").value_or(0);
      told.tokens = decode->getInteger("tokens").value_or(0);
    }
    // There is none where the text ended at once.
    if (const llvm::json::Object *drafts = statistics->getObject("speculation"))
      readDrafts(*drafts, told);
    return told;
  }

private:
  Run(StringRef path, StringRef model, TemporaryFile prompt)
      : path(path), model(model), prompt(std::move(prompt)) {}

  static void readDrafts(const llvm::json::Object &drafts, Told &told) {
    told.cycles = drafts.getInteger("verifications").value_or(0);
    told.plainSteps = drafts.getInteger("plain_steps").value_or(0);
    if (const llvm::json::Array *counts = drafts.getArray("accepted_lengths"))
      for (auto [length, count] : llvm::zip(told.lengths, *counts))
        length = count.getAsInteger().value_or(0);
  }

  StringRef path, model;
  TemporaryFile prompt;
};

} // namespace

llvm::Expected<AcceptedLengths>
Continuations::countRight(StringRef path, StringRef model,
                          int64_t context) const {
  auto run = Run::create(path, model);
  if (!run)
    return run.takeError();
  Told sum;
  for (size_t i = 0; i < count; ++i) {
    auto told = (*run)(getPiece(i, context), std::to_string(kMostTrialDrafts));
    if (!told)
      return told.takeError();
    sum += *told;
  }
  return sum.lengths;
}

/// By drafts, 0 for plain decoding, and piece.
using ToldByRun = std::map<std::pair<uint32_t, size_t>, Told>;

static llvm::Expected<CycleCosts> summarize(const ToldByRun &runs,
                                            StringRef model) {
  std::map<uint32_t, Told> sums;
  for (auto &[key, told] : runs)
    sums[key.first] += told;
  CycleCosts costs;
  if (sums[0].tokens)
    costs.plain = sums[0].seconds / double(sums[0].tokens);
  for (auto &[drafts, sum] : sums)
    if (drafts && sum.cycles)
      costs.byDrafts[drafts] =
          (sum.seconds - costs.plain * double(sum.plainSteps)) /
          double(sum.cycles);
  if (sums[0].tokens && !costs.byDrafts.empty())
    return costs;
  return createStringError(model + ": ends all texts that it is calibrated on "
                                   "at once, so there is nothing to time");
}

llvm::Expected<CycleCosts> Continuations::time(StringRef path, StringRef model,
                                               int64_t context) const {
  constexpr unsigned mostRounds = 8;
  constexpr double enough = 2; // seconds of decoding
  constexpr size_t timedPieces = 6;
  constexpr uint32_t tried[] = {0, 1, 2, 3, kMostTrialDrafts};
  auto run = Run::create(path, model);
  if (!run)
    return run.takeError();
  ToldByRun shortest;
  double spent = 0;
  for (unsigned round = 0; round < mostRounds && spent < enough; ++round)
    for (size_t i = 0; i < timedPieces; ++i)
      for (uint32_t drafts : tried) {
        auto told = (*run)(getPiece(i * count / timedPieces, context),
                           drafts ? std::to_string(drafts) : "off");
        if (!told)
          return told.takeError();
        spent += told->seconds;
        auto [best, isFirst] = shortest.try_emplace({drafts, i}, *told);
        if (!isFirst && told->seconds < best->second.seconds)
          best->second = *told;
      }

  return summarize(shortest, model);
}

} // namespace mlir::eke
