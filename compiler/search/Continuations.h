//===- Continuations.h - A program that continues a text --------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_SEARCH_CONTINUATIONS_H
#define EKE_COMPILER_SEARCH_CONTINUATIONS_H

#include "compiler/meter/CompiledProgram.h"
#include "dialects/eke/EkeDialect.h"

#include <array>
#include <map>

namespace mlir::eke {

/// Enough to see how long runs of right drafts are; cycles with so many fill the rows
/// that kernels are compiled for.
constexpr uint32_t kMostTrialDrafts = 7;

/// How many cycles accepted 0, 1, … drafts.
using AcceptedLengths = std::array<int64_t, kMostTrialDrafts + 1>;

/// The tokens that a cycle gives in the mean if it drafts `drafts`, where
/// `lengths[n]` cycles with more drafts began with n right ones.
double predictTokens(ArrayRef<int64_t> lengths, uint32_t drafts);

/// What cycles cost, by the number of their drafts, and what a plain step costs; in
/// any unit.
struct CycleCosts {
  double plain = 0;
  std::map<uint32_t, double> byDrafts;
};

/// Pieces of a text, which programs of one model continue greedily on this machine.
class Continuations {
public:
  /// Reads `file`; fails if it is too short to take pieces from.
  static llvm::Expected<Continuations> read(StringRef file);

  /// Drafts as many tokens as there can be in every cycle, and counts how many were
  /// right in a row.
  llvm::Expected<AcceptedLengths>
  countRight(const profile::CompiledProgram &program) const;

  /// The seconds that a plain step and a cycle take. Plain decoding and every number
  /// of drafts take turns, and of each piece the shortest time counts: other work on
  /// the machine only makes times longer.
  llvm::Expected<CycleCosts>
  time(const profile::CompiledProgram &program) const;

  /// For a line of a report.
  std::string describe() const;

private:
  StringRef getPiece(size_t index, int64_t context) const;

  std::string file, text;
  size_t count = 0;
};

} // namespace mlir::eke

#endif // EKE_COMPILER_SEARCH_CONTINUATIONS_H
