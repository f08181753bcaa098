//===- Continuations.cpp - A program that continues a text ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/search/Continuations.h"

#include "compiler/frontend/Input.h"
#include "compiler/meter/Launcher.h"
#include "compiler/support/TemporaryFolder.h"

#include "llvm/Support/FormatVariadic.h"

using llvm::createStringError;

namespace mlir::eke {

using profile::CompiledProgram;

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
  auto buffer = openText(file);
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

/// What a program has measured of one continuation.
struct DecodingStatistics {
  double seconds = 0;
  int64_t tokens = 0, cycles = 0, plainSteps = 0;
  AcceptedLengths lengths = {};

  void operator+=(const DecodingStatistics &other) {
    seconds += other.seconds;
    tokens += other.tokens;
    cycles += other.cycles;
    plainSteps += other.plainSteps;
    for (auto [sum, length] : llvm::zip(lengths, other.lengths))
      sum += length;
  }
};

/// Has a program for this machine continue texts.
class Continuer {
public:
  static llvm::Expected<Continuer> create(const CompiledProgram &program) {
    auto folder = TemporaryFolder::create();
    if (!folder)
      return folder.takeError();
    return Continuer(program, std::move(*folder));
  }

  /// Continues `piece`; `speculate` is the value of the option.
  llvm::Expected<DecodingStatistics> run(StringRef piece,
                                         std::string speculate) {
    if (llvm::Error error = folder.write("prompt", piece))
      return std::move(error);
    auto json = profile::Launcher::native().runForStatistics(
        program,
        {"--prompt-file", folder.getPath("prompt"), "--tokens",
         std::to_string(pieceTokens), "--speculate", std::move(speculate)});
    if (!json)
      return json.takeError();
    DecodingStatistics statistics;
    if (const llvm::json::Object *decode = json->getObject("decode")) {
      statistics.seconds = decode->getNumber("seconds").value_or(0);
      statistics.tokens = decode->getInteger("tokens").value_or(0);
    }
    // There is none where the text ended at once.
    if (const llvm::json::Object *drafts = json->getObject("speculation"))
      readDrafts(*drafts, statistics);
    return statistics;
  }

private:
  Continuer(const CompiledProgram &program, TemporaryFolder folder)
      : program(program), folder(std::move(folder)) {}

  static void readDrafts(const llvm::json::Object &drafts,
                         DecodingStatistics &statistics) {
    statistics.cycles = drafts.getInteger("verifications").value_or(0);
    statistics.plainSteps = drafts.getInteger("plain_steps").value_or(0);
    if (const llvm::json::Array *counts = drafts.getArray("accepted_lengths"))
      for (auto [length, count] : llvm::zip(statistics.lengths, *counts))
        length = count.getAsInteger().value_or(0);
  }

  const CompiledProgram &program;
  TemporaryFolder folder;
};

} // namespace

llvm::Expected<AcceptedLengths>
Continuations::countRight(const CompiledProgram &program) const {
  auto continuer = Continuer::create(program);
  if (!continuer)
    return continuer.takeError();
  DecodingStatistics sum;
  for (size_t i = 0; i < count; ++i) {
    auto statistics = continuer->run(getPiece(i, program.language->context),
                                     std::to_string(kMostTrialDrafts));
    if (!statistics)
      return statistics.takeError();
    sum += *statistics;
  }
  return sum.lengths;
}

/// By drafts, 0 for plain decoding, and piece.
using StatisticsByRun =
    std::map<std::pair<uint32_t, size_t>, DecodingStatistics>;

static llvm::Expected<CycleCosts> summarize(const StatisticsByRun &runs,
                                            StringRef model) {
  std::map<uint32_t, DecodingStatistics> sums;
  for (auto &[key, statistics] : runs)
    sums[key.first] += statistics;
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

llvm::Expected<CycleCosts>
Continuations::time(const CompiledProgram &program) const {
  constexpr unsigned mostRounds = 8;
  constexpr double enough = 2; // seconds of decoding
  constexpr size_t timedPieces = 6;
  constexpr uint32_t tried[] = {0, 1, 2, 3, kMostTrialDrafts};
  auto continuer = Continuer::create(program);
  if (!continuer)
    return continuer.takeError();
  StatisticsByRun shortest;
  double spent = 0;
  for (unsigned round = 0; round < mostRounds && spent < enough; ++round)
    for (size_t i = 0; i < timedPieces; ++i)
      for (uint32_t drafts : tried) {
        auto statistics = continuer->run(
            getPiece(i * count / timedPieces, program.language->context),
            drafts ? std::to_string(drafts) : "off");
        if (!statistics)
          return statistics.takeError();
        spent += statistics->seconds;
        auto [best, isFirst] = shortest.try_emplace({drafts, i}, *statistics);
        if (!isFirst && statistics->seconds < best->second.seconds)
          best->second = *statistics;
      }
  return summarize(shortest, program.name);
}

} // namespace mlir::eke
