//===- Compressor.cpp - A format for every matrix, by energy --------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/search/Compressor.h"

#include "compiler/search/Calibration.h"
#include "compiler/search/CompressionReport.h"
#include "compiler/search/Decisions.h"
#include "compiler/search/LossMeter.h"
#include "compiler/support/Diagnostics.h"
#include "compiler/support/OutputFile.h"
#include "compiler/support/ProgressBar.h"
#include "compiler/support/TemporaryFolder.h"
#include "dialects/eke/InputFile.h"

#include "llvm/Support/FormatVariadic.h"

#include <cmath>

using llvm::createStringError;

namespace mlir::eke {
namespace {

/// The times that a plan is chosen, at most.
constexpr unsigned mostRounds = 6;
/// How near to each other two capacities are of which one is too much.
constexpr double nearEnough = 1.03;
/// The points between the least and the most that can be saved.
constexpr unsigned curvePoints = 8;

class Compressor {
public:
  Compressor(const CompressOptions &options, StringRef compiler,
             LossMeter meter)
      : options(options), compileOptions(options.compile), compiler(compiler),
        meter(std::move(meter)) {}

  LogicalResult run(StringRef text);

private:
  LogicalResult decide();
  LogicalResult collectMoments(StringRef text);
  CompileOptions planWith(FormatPlan plan) const;
  FailureOr<double> measureNats(const CompileOptions &variant);
  LogicalResult measureLosses();
  LogicalResult priceFormats();
  FailureOr<ModelCost> price(CompressionPoint &point);
  LogicalResult judge(CompressionPoint &point);
  double getLimit() const;
  double getRest() const;
  FailureOr<double> measure(CompressionPoint &point);
  LogicalResult complete(CompressionPoint &point);
  bool isBetter(const CompressionPoint &a, const CompressionPoint &b) const;
  double correct(double capacity, double measured) const;
  std::optional<PlannedCosts> choose(double capacity) const;
  FailureOr<CompressionPoint> findPlan();
  LogicalResult writeCurve();

  const CompressOptions &options;
  /// Those that a plan is added to.
  CompileOptions compileOptions;
  StringRef compiler;
  LossMeter meter;
  size_t vocab = 0;
  std::string heldOut;
  /// What the text costs the model itself.
  double plainNats = 0;
  std::optional<FormatTable> table;
  /// With one format for all; without a plan, which parts of a budget are of.
  std::vector<CompressionPoint> uniform;
  CompressionPoint usual;
};

/// A quarter of the text, from the beginning of a line if one begins there.
StringRef findHeldOut(StringRef text) {
  StringRef rest = text.drop_front(text.size() / 4 * 3);
  StringRef lines = rest.split('\n').second;
  return lines.empty() ? rest : lines;
}

} // namespace

/// Finds the matrices, and whether rows are rotated, which plans do not change.
LogicalResult Compressor::decide() {
  auto decided = findDecisions(compileOptions, compiler);
  if (!decided)
    return report(decided.takeError());
  compileOptions.rotates = decided->rotates;
  vocab = decided->vocab;
  std::vector<std::string> matrices;
  for (PlannedFormat &matrix : decided->matrices)
    matrices.push_back(std::move(matrix.weight));
  table.emplace(std::move(matrices), options.candidates);
  return success();
}

/// Finds on the text what coarse formats are rounded by, if there are any.
LogicalResult Compressor::collectMoments(StringRef text) {
  auto folder = TemporaryFolder::create();
  if (!folder)
    return report(folder.takeError());
  if (failed(report(folder->write("text", text))))
    return failure();
  for (const std::string &format : options.candidates) {
    CompileOptions all = compileOptions;
    all.weights = all.head = StringRef(format);
    all.calibration = folder->getPath("text");
    auto moments = eke::collectMoments(all, compiler);
    if (!moments)
      return report(moments.takeError());
    compileOptions.moments = std::move(*moments);
    if (!compileOptions.moments.empty())
      break;
  }
  compileOptions.calibration.clear();
  return success();
}

/// The options with a plan.
CompileOptions Compressor::planWith(FormatPlan plan) const {
  CompileOptions planned = compileOptions;
  planned.plan = std::move(plan);
  return planned;
}

FailureOr<double> Compressor::measureNats(const CompileOptions &variant) {
  auto nats = meter.measureNats(variant, heldOut);
  if (!nats)
    return report(nats.takeError());
  return *nats;
}

/// Measures what each matrix loses in each format, or this process's part of them.
LogicalResult Compressor::measureLosses() {
  ProgressBar progress;
  size_t formats = options.candidates.size();
  size_t total = table->getMatrices().size() * formats;
  for (size_t number = 0; number < total; ++number) {
    if (options.shards && number % options.shards != options.shard - 1)
      continue;
    const std::string &name = table->getMatrices()[number / formats];
    const std::string &format = options.candidates[number % formats];
    CompileOptions variant = meter.getPlain();
    variant.rotates = compileOptions.rotates;
    variant.moments = compileOptions.moments;
    variant.plan = {{name, format}};
    if (!meter.isDivergenceKnown(variant))
      progress.show(number, total, name + " in " + format);
    auto loss = meter.measureDivergence(variant);
    if (!loss)
      return report(loss.takeError());
    table->at(number / formats, number % formats).loss = std::max(*loss, 0.0);
  }
  return success();
}

/// Compiles the model for the target with each format for all matrices.
LogicalResult Compressor::priceFormats() {
  ProgressBar progress;
  for (auto [number, format] : llvm::enumerate(options.candidates)) {
    progress.show(number, options.candidates.size(),
                  "compiling for the target in " + format);
    CompressionPoint &point = uniform.emplace_back();
    point.name = format;
    point.planned.plan = table->getUniform(number).plan;
    FailureOr<ModelCost> cost = price(point);
    if (failed(cost))
      return failure();
    table->setCosts(number, *cost);
    point.planned = table->getUniform(number);
  }
  return success();
}

/// Compiles a plan for the target.
FailureOr<ModelCost> Compressor::price(CompressionPoint &point) {
  FailureOr<ModelCost> cost =
      priceModel(planWith(point.planned.plan), compiler);
  if (failed(cost))
    return failure();
  point.energy = cost->energy;
  point.bytes = cost->bytes;
  return cost;
}

/// Measures what a plan loses of the held-out text.
LogicalResult Compressor::judge(CompressionPoint &point) {
  FailureOr<double> nats = measureNats(planWith(point.planned.plan));
  if (failed(nats))
    return failure();
  point.perplexity = std::exp(*nats);
  point.added = std::expm1(*nats - plainNats);
  return success();
}

/// What the budget allows, in its unit.
double Compressor::getLimit() const {
  const CompressionBudget &budget = options.budget;
  if (!budget.isPart || budget.kind == CompressionBudget::Quality)
    return budget.limit;
  return budget.limit * (budget.kind == CompressionBudget::Energy
                             ? usual.energy.nominal
                             : double(usual.bytes));
}

/// What the model takes of what the budget limits beside its matrices.
double Compressor::getRest() const {
  const CompressionPoint &any = uniform.front();
  switch (options.budget.kind) {
  case CompressionBudget::Quality:
    return 0;
  case CompressionBudget::Energy:
    return any.energy.nominal - any.planned.energy;
  case CompressionBudget::Bytes:
    return double(any.bytes) - any.planned.bytes;
  }
  llvm_unreachable("unknown budget");
}

/// Finds what the plan takes of what the budget limits.
FailureOr<double> Compressor::measure(CompressionPoint &point) {
  bool isQuality = options.budget.kind == CompressionBudget::Quality;
  if (failed(isQuality ? judge(point) : LogicalResult(price(point))))
    return failure();
  if (isQuality)
    return point.added;
  return options.budget.kind == CompressionBudget::Energy ? point.energy.nominal
                                                          : double(point.bytes);
}

/// Finds the rest of what is said of a plan.
LogicalResult Compressor::complete(CompressionPoint &point) {
  return options.budget.kind == CompressionBudget::Quality
             ? LogicalResult(price(point))
             : judge(point);
}

/// Of plans within the budget: a larger capacity need not be better as a whole, since what a cache
/// holds depends on all matrices.
bool Compressor::isBetter(const CompressionPoint &a,
                          const CompressionPoint &b) const {
  return options.budget.kind == CompressionBudget::Quality
             ? a.energy.nominal < b.energy.nominal
             : a.added < b.added;
}

/// A capacity with which what is measured should come to the limit: losses are off by a factor,
/// other sums by a difference.
double Compressor::correct(double capacity, double measured) const {
  const double limit = getLimit();
  if (options.budget.kind != CompressionBudget::Quality)
    return capacity + limit - measured;
  return capacity *
         (measured > 0 ? std::clamp(limit / measured, 0.25, 4.0) : 4);
}

/// The plan that is best if costs add up.
std::optional<PlannedCosts> Compressor::choose(double capacity) const {
  switch (options.budget.kind) {
  case CompressionBudget::Quality:
    return table->choose(&FormatEntry::energy, &FormatEntry::loss, capacity);
  case CompressionBudget::Energy:
    return table->choose(&FormatEntry::loss, &FormatEntry::energy, capacity);
  case CompressionBudget::Bytes:
    return table->choose(&FormatEntry::loss, &FormatEntry::bytes, capacity);
  }
  llvm_unreachable("unknown budget");
}

/// Looks for the capacity at which what is measured comes near the limit from below. The first
/// is where costs that add up would; each further one follows from what was measured.
FailureOr<CompressionPoint> Compressor::findPlan() {
  const double limit = getLimit();
  std::optional<CompressionPoint> best;
  double capacity = limit - getRest(), low = 0,
         high = std::numeric_limits<double>::infinity();
  ProgressBar progress;
  for (unsigned round = 0; round < mostRounds && capacity > 0; ++round) {
    progress.show(round, mostRounds, "choosing formats");
    std::optional<PlannedCosts> planned = choose(capacity);
    double next = capacity * 2;
    bool fits = true;
    if (planned) {
      CompressionPoint point;
      point.planned = std::move(*planned);
      FailureOr<double> measured = measure(point);
      if (failed(measured))
        return failure();
      fits = *measured <= limit;
      next = correct(capacity, *measured);
      if (fits && failed(complete(point)))
        return failure();
      if (fits && (!best || isBetter(point, *best)))
        best = std::move(point);
    }
    (fits ? low : high) = capacity;
    if (high < low * nearEnough || (best && fits && next < low * nearEnough))
      break;
    bool isBetween = next > low && next < high;
    capacity = isBetween ? next : (low + std::min(high, 4 * low)) / 2;
  }
  if (!best)
    return report(createStringError(options.compile.model + ": no choice of " +
                                    llvm::join(options.candidates, ", ") +
                                    " is within the budget"));
  return std::move(*best);
}

/// Leaves those points of which no other one takes and loses less, or the same.
static void keepBest(std::vector<CompressionPoint> &points) {
  llvm::stable_sort(points,
                    [](const CompressionPoint &a, const CompressionPoint &b) {
                      return std::pair(a.added, a.energy.nominal) <
                             std::pair(b.added, b.energy.nominal);
                    });
  double least = std::numeric_limits<double>::infinity();
  llvm::erase_if(points, [&](const CompressionPoint &point) {
    bool isDominated = point.energy.nominal >= least;
    least = std::min(least, point.energy.nominal);
    return isDominated;
  });
}

/// Judges plans from the least loss to the least energy.
LogicalResult Compressor::writeCurve() {
  if (options.pareto.empty() && options.plot.empty())
    return success();
  auto [least, most] = table->getRange(&FormatEntry::energy);
  std::vector<CompressionPoint> points;
  ProgressBar progress;
  for (unsigned number = 0; number < curvePoints; ++number) {
    progress.show(number, curvePoints, "measuring the curve");
    double part = double(number) / (curvePoints - 1);
    // The last sum may differ from `least` in its last bit.
    double capacity = (most + part * (least - most)) * (1 + 1e-12);
    auto planned =
        table->choose(&FormatEntry::loss, &FormatEntry::energy, capacity);
    CompressionPoint &point = points.emplace_back();
    point.planned = std::move(*planned);
    if (failed(price(point)) || failed(judge(point)))
      return failure();
  }
  keepBest(points);
  if (!options.pareto.empty() &&
      failed(report(writeOutput(options.pareto, "the curve",
                                printCurveAsJSON(points, uniform)))))
    return failure();
  if (options.plot.empty())
    return success();
  return report(
      writeOutput(options.plot, "the plot", plotCurve(points, uniform)));
}

LogicalResult Compressor::run(StringRef text) {
  heldOut = findHeldOut(text).str();
  StringRef seen = text.drop_back(heldOut.size());
  if (failed(decide()) || failed(collectMoments(seen)) ||
      failed(report(meter.readReference(seen, vocab))) ||
      failed(measureLosses()))
    return failure();
  if (options.shards)
    return success();
  FailureOr<double> plain = measureNats(meter.getPlain());
  if (failed(plain) || failed(price(usual)) || failed(priceFormats()))
    return failure();
  plainNats = *plain;
  for (CompressionPoint &point : uniform)
    if (failed(judge(point)))
      return failure();
  FailureOr<CompressionPoint> plan = findPlan();
  if (failed(plan) ||
      failed(report(
          writeOutput(options.output, "the plan", printPlan(*plan, *table)))) ||
      failed(writeCurve()))
    return failure();
  printPlanTable(std::exp(plainNats), uniform, *plan,
                 options.output == "-" ? llvm::errs() : llvm::outs());
  return success();
}

LogicalResult compressModel(const CompressOptions &options,
                            StringRef compiler) {
  auto text = openText(options.compile.calibration);
  if (!text)
    return report(text.takeError());
  constexpr size_t fewestBytes = 100;
  if (size_t bytes = (*text)->getBufferSize(); bytes < fewestBytes)
    return report(createStringError(
        options.compile.calibration + ": has " + Twine(bytes) +
        " bytes; expected a text of " + Twine(fewestBytes) +
        " or more, of which the last quarter judges plans"));
  std::string part;
  if (options.shards)
    part = "-" + std::to_string(options.shard) + "-of-" +
           std::to_string(options.shards);
  auto meter =
      LossMeter::create(options.compile, compiler, options.store, part);
  if (!meter)
    return report(meter.takeError());
  return Compressor(options, compiler, std::move(*meter))
      .run((*text)->getBuffer());
}

} // namespace mlir::eke
