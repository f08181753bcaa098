//===- CompareReports.cpp - Energy reports side by side -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/report/CompareReports.h"

#include <cmath>
#include <random>

namespace mlir::eke {
namespace {

/// A figure, and how much of it each of two energies has.
struct SharedFigure {
  StringRef cause;
  Figure figure;
  double energy = 0, first = 0;
};

void addTerms(std::vector<SharedFigure> &figures, ArrayRef<EnergyTerm> terms,
              double SharedFigure::*amount) {
  for (const EnergyTerm &term : terms) {
    auto found = llvm::find_if(figures, [&](const SharedFigure &other) {
      return other.cause == term.cause && other.figure == term.figure;
    });
    if (found == figures.end())
      found = figures.insert(found, {term.cause, term.figure});
    (*found).*amount += term.amount;
  }
}

/// The energy over the first, with the values that figures have.
template <typename GetValue>
double divide(ArrayRef<SharedFigure> figures, GetValue getValue) {
  double energy = 0, first = 0;
  for (const SharedFigure &each : figures) {
    double value = getValue(each);
    energy += each.energy * value;
    first += each.first * value;
  }
  return energy / first;
}

/// The least or the most that the ratio can be (Dinkelbach's method). It is a limit if no
/// figure can move it on; a figure moves it up if more of it is in the energy than the ratio
/// would have it. Each step takes all figures to the ends of their ranges that are
/// better by the ratio so far, of which there are finitely many.
double findLimit(ArrayRef<SharedFigure> figures, double ratio, bool isMost) {
  while (true) {
    double next = divide(figures, [&](const SharedFigure &each) {
      bool movesUp = each.energy > ratio * each.first;
      return movesUp == isMost ? each.figure.high : each.figure.low;
    });
    if (isMost ? next <= ratio : next >= ratio)
      return ratio;
    ratio = next;
  }
}

/// Numbers from 0 to 1. The standard says what the generator gives, but not what its
/// distributions make of that.
class Draws {
public:
  double draw() { return double(generator() >> 11) / double(1ULL << 53); }

private:
  std::mt19937_64 generator{kDrawSeed};
};

double findBetterShare(ArrayRef<SharedFigure> figures) {
  Draws draws;
  unsigned better = 0;
  for (unsigned i = 0; i < kDraws; ++i)
    better += divide(figures, [&](const SharedFigure &each) {
                const Figure &figure = each.figure;
                double spread = std::log(figure.high / figure.low);
                return figure.low * std::exp(draws.draw() * spread);
              }) < 1;
  return double(better) / kDraws;
}

/// What has a price.
std::vector<EnergyTerm> getTerms(const EnergyReport &report) {
  std::vector<EnergyTerm> terms;
  for (auto [price, amount] :
       llvm::zip_equal(report.prices.getPrices(), report.total))
    if (price.figure.isKnown() && amount > 0)
      terms.push_back({price.cause, price.figure, amount});
  return terms;
}

/// What the report's prices are of, but it says nothing about. Memories and multiply-adds are
/// always counted; instructions and time are those of code.
std::vector<std::string> listLeftOut(const EnergyReport &report) {
  bool hasCode = report.code.has_value(), hasTime = report.seconds.has_value();
  std::vector<std::string> leftOut;
  for (const Price &price : report.prices.getPrices()) {
    bool isCounted = price.cause == kInstructionsCause ? hasCode
                     : price.cause == kRestCause       ? hasTime
                                                       : true;
    std::string name =
        price.cause == kRestCause ? "power at rest" : price.cause;
    if (price.figure.isKnown() && !isCounted &&
        !llvm::is_contained(leftOut, name))
      leftOut.push_back(name);
  }
  return leftOut;
}

ComparedReport describe(const EnergyReport &report) {
  ComparedReport compared;
  compared.report = &report;
  compared.causes = sumByCause(report.prices, report.total);
  compared.leftOut = listLeftOut(report);
  for (auto [price, amount] :
       llvm::zip_equal(report.prices.getPrices(), report.total))
    if (amount > 0 && !price.figure.isKnown())
      compared.unpriced.push_back(price.name);
  return compared;
}

} // namespace

EnergyRatio compareEnergies(ArrayRef<EnergyTerm> energy,
                            ArrayRef<EnergyTerm> first) {
  std::vector<SharedFigure> figures;
  addTerms(figures, first, &SharedFigure::first);
  addTerms(figures, energy, &SharedFigure::energy);
  double nominal = divide(
      figures, [](const SharedFigure &each) { return each.figure.nominal; });
  Figure ratio{nominal, findLimit(figures, nominal, /*isMost=*/false),
               findLimit(figures, nominal, /*isMost=*/true)};
  return {ratio, findBetterShare(figures)};
}

std::vector<Comparison> compareReports(ArrayRef<EnergyReport> reports) {
  std::vector<Comparison> comparisons;
  for (const EnergyReport &report : reports) {
    auto found = llvm::find_if(comparisons, [&](const Comparison &comparison) {
      return comparison.front().report->unit == report.unit;
    });
    if (found == comparisons.end()) {
      comparisons.push_back({describe(report)});
      continue;
    }
    std::vector<EnergyTerm> first = getTerms(*found->front().report);
    std::vector<EnergyTerm> terms = getTerms(report);
    found->push_back(describe(report));
    if (!first.empty() && !terms.empty())
      found->back().ratio = compareEnergies(terms, first);
  }
  llvm::erase_if(comparisons, [](const Comparison &comparison) {
    return comparison.size() == 1;
  });
  return comparisons;
}

} // namespace mlir::eke
