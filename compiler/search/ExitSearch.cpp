//===- ExitSearch.cpp - Where it pays to draft ----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/search/ExitSearch.h"

#include "compiler/search/Continuations.h"
#include "compiler/search/EntryMeter.h"
#include "compiler/search/TextTrial.h"
#include "compiler/support/TemporaryFolder.h"
#include "compiler/targets/Targets.h"
#include "runtime/include/eke/abi.h"

#include "llvm/Support/FormatVariadic.h"

#include <set>

using llvm::createStringError;

namespace mlir::eke {
namespace {

/// What calls of the entries of a program cost, in whatever that is.
struct EntryCosts {
  double trunk = 0, draft = 0, exitHead = 0;
  std::map<int64_t, double> verify, head; // by rows

  static double atLeast(const std::map<int64_t, double> &costs, int64_t rows) {
    auto found = costs.lower_bound(rows);
    return (found == costs.end() ? std::prev(found) : found)->second;
  }
  double plainStep() const { return trunk + atLeast(head, 1); }
  double cycle(int64_t drafts) const {
    return double(drafts) * (draft + exitHead) + draft +
           atLeast(verify, drafts + 1) + atLeast(head, drafts + 1);
  }
  CycleCosts cycles() const {
    CycleCosts costs;
    costs.plain = plainStep();
    for (uint32_t drafts = 1; drafts <= kMostTrialDrafts; ++drafts)
      costs.byDrafts[drafts] = cycle(drafts);
    return costs;
  }
  /// What a program that drafts so many tokens decides by.
  DraftCosts draftCosts(double runs, uint32_t drafts) const {
    double run = trunk / runs;
    DraftCosts costs{float(atLeast(head, 1) / run), float(exitHead / run), {}};
    double first = atLeast(verify, 1) + atLeast(head, 1), most = first;
    for (int64_t rows = 1; rows <= drafts + 1; ++rows) {
      most = std::max(most, atLeast(verify, rows) + atLeast(head, rows));
      costs.rows.push_back(float(most / first)); // never less for more rows
    }
    return costs;
  }
};

class ExitSearch {
public:
  ExitSearch(const CompileOptions &options, Continuations texts,
             StringRef compiler, llvm::raw_ostream &log)
      : options(options), texts(std::move(texts)), compiler(compiler),
        log(log) {}

  llvm::Expected<FoundExit> run();

private:
  llvm::Error tryExit(uint32_t depth, uint32_t draftTokens);
  llvm::Error compile(uint32_t depth, uint32_t draftTokens, StringRef target,
                      StringRef output);
  void compare(FoundExit found, const AcceptedLengths &lengths,
               const CycleCosts &cycles, const EntryCosts &costs,
               const EntryCosts &bytes);
  void report() const;

  const CompileOptions &options;
  Continuations texts;
  StringRef compiler;
  llvm::raw_ostream &log;
  uint64_t runs = 0;
  FoundExit best;
};

} // namespace

/// Depths that are spread over the model, denser where drafting is cheap, and those
/// of the exits that it has.
static std::set<uint32_t> listDepths(const proto::Model &model, uint64_t runs) {
  std::set<uint32_t> depths;
  for (double part : {1.0 / 12, 1.0 / 6, 0.25, 1.0 / 3, 0.5, 2.0 / 3})
    depths.insert(uint32_t(std::clamp<double>(std::round(part * double(runs)),
                                              1, double(runs - 1))));
  for (const proto::Exit &exit : model.exits())
    depths.insert(exit.after_run());
  return depths;
}

llvm::Error ExitSearch::compile(uint32_t depth, uint32_t draftTokens,
                                StringRef target, StringRef output) {
  CompileOptions trial = makeTrialOptions(options, output);
  trial.target = target.str();
  trial.schedules = options.schedules;
  trial.exits.run = depth;
  trial.exits.drafts = kMostTrialDrafts;
  if (draftTokens)
    trial.exits.draftTokens = draftTokens;
  if (succeeded(Compilation(std::move(trial), compiler).run()))
    return llvm::Error::success();
  return createStringError(options.model + ": cannot be compiled with an exit");
}

/// The costs of all entries that drafting needs, each by `costOf`.
static llvm::Expected<EntryCosts>
gather(const EntryMeter &meter,
       llvm::function_ref<llvm::Expected<double>(StringRef, int64_t)> costOf) {
  EntryCosts costs;
  auto get = [&](StringRef role, int64_t rows, double &cost) -> llvm::Error {
    llvm::Expected<double> measured = costOf(role, rows);
    if (!measured)
      return measured.takeError();
    cost = *measured;
    return llvm::Error::success();
  };
  bool hasExitHead = !meter.getRows(EKE_ROLE_EXIT_HEAD).empty();
  if (llvm::Error error = get(EKE_ROLE_TRUNK, 1, costs.trunk))
    return std::move(error);
  if (llvm::Error error = get(EKE_ROLE_DRAFT, 1, costs.draft))
    return std::move(error);
  if (llvm::Error error = get(hasExitHead ? EKE_ROLE_EXIT_HEAD : EKE_ROLE_HEAD,
                              1, costs.exitHead))
    return std::move(error);
  for (auto [role, byRows] : {std::pair(EKE_ROLE_VERIFY, &costs.verify),
                              {EKE_ROLE_HEAD, &costs.head}})
    for (int64_t rows : meter.getRows(role))
      if (llvm::Error error = get(role, rows, (*byRows)[rows]))
        return std::move(error);
  return costs;
}

/// Takes the best number of drafts at this exit, and says so.
void ExitSearch::compare(FoundExit found, const AcceptedLengths &lengths,
                         const CycleCosts &cycles, const EntryCosts &costs,
                         const EntryCosts &bytes) {
  double best = 0;
  for (auto [drafts, cycle] : cycles.byDrafts) {
    double relative = cycle / cycles.plain;
    double speedUp = predictTokens(lengths, drafts) / relative;
    if (speedUp <= found.speedUp)
      continue;
    found.drafts = drafts;
    found.speedUp = speedUp;
    best = relative;
  }
  found.costs = costs.draftCosts(double(runs), found.drafts);
  double tokens = predictTokens(lengths, found.drafts);
  found.acceptanceRate = (tokens - 1) / found.drafts;
  log << llvm::formatv(
      "{0,4} {1,7} {2,13} {3,9:F3} {4,14:F2} {5,11:F2} {6,12:F2} {7,9:F2}\n",
      found.run, found.drafts,
      found.draftTokens ? std::to_string(found.draftTokens) : "all",
      found.acceptanceRate, tokens, best,
      bytes.cycle(found.drafts) / bytes.plainStep(), found.speedUp);
  log.flush();
  if (found.speedUp > this->best.speedUp)
    this->best = found;
}

llvm::Error ExitSearch::tryExit(uint32_t depth, uint32_t draftTokens) {
  auto folder = TemporaryFolder::create();
  if (!folder)
    return folder.takeError();
  std::string path = folder->getPath("program");
  if (llvm::Error error = compile(depth, draftTokens, options.target, path))
    return error;
  auto meter = EntryMeter::create(path, options.model, compiler);
  if (!meter)
    return meter.takeError();
  // Texts are continued on this machine.
  if (!meter->isHere()) {
    path = folder->getPath("here");
    if (llvm::Error error =
            compile(depth, draftTokens, getHostTargetName(), path))
      return error;
  }
  auto here = profile::CompiledProgram::open(path, options.model);
  if (!here)
    return here.takeError();
  auto lengths = texts.countRight(*here);
  if (!lengths)
    return lengths.takeError();
  auto costs = gather(*meter, [&](StringRef entry, int64_t rows) {
    return meter->measure(entry, rows);
  });
  if (!costs)
    return costs.takeError();
  auto bytes = gather(*meter, [&](StringRef entry, int64_t rows) {
    return llvm::Expected<double>(meter->getWeightBytes(entry, rows));
  });
  if (!bytes)
    return bytes.takeError();
  auto cycles = meter->isHere() ? texts.time(*here) : costs->cycles();
  if (!cycles)
    return cycles.takeError();
  if (best.run == 0)
    log << llvm::formatv(
        "drafts of {0}; costs: {1}\nexit  drafts  draft-tokens  accepted  "
        "tokens/verify  cost/plain  bytes/plain  speed-up\n",
        texts.describe(), meter->getUnit());
  FoundExit found;
  found.run = depth;
  found.draftTokens = draftTokens;
  compare(found, *lengths, *cycles, *costs, *bytes);
  return llvm::Error::success();
}

void ExitSearch::report() const {
  if (best.speedUp > 1)
    log << llvm::formatv("exit behind run {0} of {1}, at most {2} drafts: "
                         "predicted to decode {3:F2} times as fast\n",
                         best.run, runs, best.drafts, best.speedUp);
  else
    log << llvm::formatv("no exit: the best, behind run {0} of {1}, is "
                         "predicted to decode {2:F2} "
                         "times as fast as without\n",
                         best.run, runs, best.speedUp);
}

llvm::Expected<FoundExit> ExitSearch::run() {
  if (isModuleFile(options.model))
    return createStringError("option '--exit=auto' is for descriptions; '" +
                             options.model + "' is a module");
  llvm::Expected<ModelDescription> description = loadModel(options.model);
  if (!description)
    return description.takeError();
  runs = countRuns(description->model);
  if (runs < 2)
    return FoundExit();
  for (uint32_t depth : listDepths(description->model, runs))
    if (llvm::Error error = tryExit(depth, /*draftTokens=*/0))
      return std::move(error);
  // A smaller head to draft by may miss tokens, but costs little.
  uint32_t vocabulary = description->model.vocabulary().size();
  for (uint32_t part : {8, 2})
    if (vocabulary >= 64 * part)
      if (llvm::Error error = tryExit(best.run, vocabulary / part))
        return std::move(error);
  report();
  if (best.speedUp <= 1)
    best.run = 0;
  return best;
}

llvm::Expected<FoundExit> searchExit(const CompileOptions &options,
                                     StringRef calibration, StringRef compiler,
                                     llvm::raw_ostream &log) {
  auto texts = Continuations::read(calibration);
  if (!texts)
    return texts.takeError();
  return ExitSearch(options, std::move(*texts), compiler, log).run();
}

} // namespace mlir::eke
