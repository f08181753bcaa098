//===- EnergyModel.h - What a workload takes on a target --------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Energy is a sum of amounts, each with a price of the target's profile:
//
//   E = sum of bytes that go through a memory  * pJ per byte of it
//     + multiply-adds of a type                * pJ each
//     + instructions of a kind                 * pJ each
//     + time                                   * power at rest
//
// A byte that comes from DRAM goes through every cache on its way; one that is written goes
// there once caches have no room for it. All of it is a model: docs/energy.md says what it leaves out.
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_ENERGY_ENERGYMODEL_H
#define EKE_PASSES_ENERGY_ENERGYMODEL_H

#include "passes/energy/Residency.h"
#include "passes/energy/TimeModel.h"

namespace mlir::eke {

/// Causes that only code says the amounts of.
inline constexpr llvm::StringLiteral kInstructionsCause = "instructions",
                                     kRestCause = "at rest";

/// What something takes on the target.
struct Price {
  /// "read dram", "int8 multiply-add".
  std::string name;
  /// What several prices have in common: "dram", "multiply-adds", "instructions",
  /// "at rest".
  std::string cause;
  /// What it is the price of: "byte".
  StringRef unit;
  /// Picojoules for one; unknown if the profile does not say.
  Figure figure;
};

/// So much of each thing that has a price, in the order of the list.
using Amounts = SmallVector<double, 16>;

/// The prices of a target.
class PriceList {
public:
  explicit PriceList(TargetAttr target);

  ArrayRef<Price> getPrices() const { return prices; }
  Amounts getNothing() const { return Amounts(prices.size(), 0.0); }
  /// Is there any that is known?
  bool isKnown() const;
  /// Is it known what a byte costs that is read from the memory of this number?
  bool knowsReads(unsigned memory) const;

  /// What a layer moves and multiplies, each time that it is executed together.
  Amounts measure(const LayerTraffic &layer, ArrayRef<Served> served) const;
  /// So many instructions of a kind.
  void addInstructions(Amounts &amounts, InstructionKind kind,
                       double count) const;

  /// The power at rest for so long, if it is known; where cycles have a price, it is in that.
  void addTime(Amounts &amounts, double seconds) const;

  /// Picojoules of all amounts, which may be differences; what has no price that is known
  /// counts nothing.
  Figure sum(const Amounts &amounts) const;

private:
  unsigned add(const Twine &name, StringRef cause, StringRef unit,
               const Figure &figure);
  void addMemory(TargetAttr target, MemoryAttr memory);
  void addAccess(Amounts &amounts, const Access &access, unsigned memory,
                 double times) const;

  /// Of the target's memories, in their order.
  SmallVector<MemoryKind> kinds;
  SmallVector<Price> prices;
  /// By number of memory, of type and of kind.
  SmallVector<unsigned> reads, writes, macs, instructions;
  unsigned rest;
  /// Does the profile price cycles, with all that the chip does in them?
  bool isPerCycle;
};

Amounts &operator+=(Amounts &amounts, const Amounts &more);
Figure operator+(const Figure &a, const Figure &b);
Figure operator*(const Figure &figure, double by);

} // namespace mlir::eke

#endif // EKE_PASSES_ENERGY_ENERGYMODEL_H
