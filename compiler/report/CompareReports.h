//===- CompareReports.h - Energy reports side by side -----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Ranges of figures are wide, and what two reports have in common is off by the same
// factor in both. So energies are not compared range by range: a figure that both
// need has one value, whatever it is.
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_REPORT_COMPAREREPORTS_H
#define EKE_COMPILER_REPORT_COMPAREREPORTS_H

#include "compiler/report/EnergyReport.h"

namespace mlir::eke {

/// A part of an energy: so much of what a figure is the price of.
struct EnergyTerm {
  /// Figures of the same cause whose numbers are equal are one.
  std::string cause;
  Figure figure;
  double amount = 0;
};

/// What is known of one energy over another.
struct EnergyRatio {
  /// With all figures as they are, and the least and the most that there can be.
  Figure ratio;
  /// The share of draws in which it is below 1.
  double better = 0;
};

constexpr unsigned kDraws = 10000;
constexpr unsigned kDrawSeed = 1;

/// `energy` over `first`. Figures are drawn between their least and their most, with
/// evenly distributed logarithms. Always the same draws, which depend on nothing else.
EnergyRatio compareEnergies(ArrayRef<EnergyTerm> energy,
                            ArrayRef<EnergyTerm> first);

/// A report beside the first one of the same unit.
struct ComparedReport {
  const EnergyReport *report = nullptr;
  /// What the energy consists of, by cause.
  std::vector<std::pair<std::string, Figure>> causes;
  /// To the first; none of the first itself, and if one of them has no energy.
  std::optional<EnergyRatio> ratio;
  /// Names of what has no price of its own, though the report has some of it.
  std::vector<std::string> unpriced;
  /// Names of what has a price, but nobody knows how much of it there is, as without code.
  std::vector<std::string> leftOut;
};

/// What is comparable: reports on the same unit. The first is what others are compared with.
using Comparison = std::vector<ComparedReport>;

/// One for each unit that several reports are about.
std::vector<Comparison> compareReports(ArrayRef<EnergyReport> reports);

/// Prints tables for people.
void printComparison(const Comparison &comparison, llvm::raw_ostream &os);

} // namespace mlir::eke

#endif // EKE_COMPILER_REPORT_COMPAREREPORTS_H
