//===- EnergyModel.cpp - What a workload takes on a target ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/energy/EnergyModel.h"

namespace mlir::eke {

Figure operator*(const Figure &figure, double by) {
  Figure product{figure.nominal * by, figure.low * by, figure.high * by};
  if (by < 0)
    std::swap(product.low, product.high);
  return product;
}

Figure operator+(const Figure &a, const Figure &b) {
  return {a.nominal + b.nominal, a.low + b.low, a.high + b.high};
}

Amounts &operator+=(Amounts &amounts, const Amounts &more) {
  for (auto [amount, other] : llvm::zip_equal(amounts, more))
    amount += other;
  return amounts;
}

unsigned PriceList::add(const Twine &name, StringRef cause, StringRef unit,
                        const Figure &figure) {
  prices.push_back({name.str(), cause.str(), unit, figure});
  return prices.size() - 1;
}

/// What the device takes while it computes nothing, in milliwatts: as a whole, or else
/// all its memories.
static Figure getPowerAtRest(TargetAttr target) {
  Figure power = target.getCosts() ? target.getCosts().getPower() : Figure();
  if (power.isKnown())
    return power;
  for (MemoryAttr memory : target.getMemories())
    power = power + memory.getPower();
  return power;
}

/// Picojoules for a microsecond as the time model has it, which may be wrong as well.
static Figure getPriceOfTime(TargetAttr target) {
  constexpr double picojoules = 1e3; // of a milliwatt in a microsecond
  Figure power = getPowerAtRest(target), spread = TimeModel(target).getSpread();
  return {power.nominal * picojoules, power.low * spread.low * picojoules,
          power.high * spread.high * picojoules};
}

/// Picojoules for the cycles that a core waits for a byte of `memory`, where those have a
/// price. What is written is waited for by nobody.
static Figure getPriceOfWaiting(TargetAttr target, MemoryAttr memory) {
  CostsAttr costs = target.getCosts();
  Figure cycle = costs ? costs.getCycle() : Figure();
  Figure bandwidth = memory.getBandwidth();
  double clock = target.getClock().nominal;
  if (!cycle.isKnown() || !bandwidth.isKnown() || clock == 0)
    return {};
  return {cycle.nominal * clock / bandwidth.nominal,
          cycle.low * clock / bandwidth.high,
          cycle.high * clock / bandwidth.low};
}

void PriceList::addMemory(TargetAttr target, MemoryAttr memory) {
  kinds.push_back(memory.getKind());
  StringRef name = memory.getName();
  Figure read = memory.getRead(), write = memory.getWrite();
  Figure wait = read.isKnown() ? Figure() : getPriceOfWaiting(target, memory);
  reads.push_back(wait.isKnown()
                      ? add("read " + name + ", in cycles", name, "byte", wait)
                      : add("read " + name, name, "byte", read));
  writes.push_back(
      add("write " + name, name, "byte", write.isKnown() ? write : read));
}

PriceList::PriceList(TargetAttr target) {
  for (MemoryAttr memory : target.getMemories())
    addMemory(target, memory);
  CostsAttr costs = target.getCosts();
  auto cost = [&](Figure (CostsAttr::*get)() const) {
    return costs ? (costs.*get)() : Figure();
  };
  std::array<Figure, kMacTypes> ofMacs = {
      cost(&CostsAttr::getInt8Mac), cost(&CostsAttr::getF16Mac),
      cost(&CostsAttr::getBf16Mac), cost(&CostsAttr::getF32Mac)};
  // Where cycles have a price, a multiply-add takes so many of them, with all that is
  // around it.
  Figure cycle = cost(&CostsAttr::getCycle);
  Figure cycles = cost(&CostsAttr::getCyclesPerMac);
  isPerCycle = cycle.isKnown();
  bool areMacsPerCycle = isPerCycle && cycles.isKnown();
  if (areMacsPerCycle)
    ofMacs.fill({cycle.nominal * cycles.nominal, cycle.low * cycles.low,
                 cycle.high * cycles.high});
  for (unsigned type = 0; type < kMacTypes; ++type)
    macs.push_back(add(eke::getName(MacType(type)) + " multiply-add" +
                           (areMacsPerCycle ? ", in cycles" : ""),
                       "multiply-adds", "multiply-add", ofMacs[type]));
  auto addInstruction = [&](StringRef name, const Figure &figure) {
    return add(name, kInstructionsCause, "instruction", figure);
  };
  instructions = {
      addInstruction("scalar instruction", cost(&CostsAttr::getScalar)),
      addInstruction("vector instruction", cost(&CostsAttr::getVector)),
      addInstruction("load or store", cost(&CostsAttr::getMemory))};
  rest = add("microsecond", kRestCause, "microsecond", getPriceOfTime(target));
}

bool PriceList::isKnown() const {
  return llvm::any_of(
      prices, [](const Price &price) { return price.figure.isKnown(); });
}

/// Reading from the nearest memory takes the cycles of instructions, which have a price.
bool PriceList::knowsReads(unsigned memory) const {
  return prices[reads[memory]].figure.isKnown() || (isPerCycle && memory == 0);
}

/// What `memory` serves, through the caches that are nearer: the nearest one is written, to
/// which lines are fetched for that as well.
void PriceList::addAccess(Amounts &amounts, const Access &access,
                          unsigned memory, double times) const {
  bool isNearest = true;
  for (unsigned level = 0; level <= memory; ++level) {
    if (level != memory && kinds[level] != MemoryKind::Cache)
      continue;
    amounts[reads[level]] += times * access.read;
    amounts[(isNearest ? writes : reads)[level]] += times * access.written;
    isNearest = false;
  }
}

Amounts PriceList::measure(const LayerTraffic &layer,
                           ArrayRef<Served> served) const {
  Amounts amounts = getNothing();
  for (auto [access, by] : llvm::zip_equal(layer.accesses, served))
    for (unsigned memory = 0; memory < kinds.size(); ++memory) {
      double times =
          by.first[memory] + by.again[memory] * double(layer.times - 1);
      if (times > 0)
        addAccess(amounts, access, memory, times);
      amounts[writes[memory]] += by.writtenBack[memory];
    }
  for (auto [price, count] : llvm::zip_equal(macs, layer.macs))
    amounts[price] += double(layer.times) * count;
  return amounts;
}

void PriceList::addInstructions(Amounts &amounts, InstructionKind kind,
                                double count) const {
  amounts[instructions[unsigned(kind)]] += count;
}

void PriceList::addTime(Amounts &amounts, double seconds) const {
  if (prices[rest].figure.isKnown())
    amounts[rest] += seconds * 1e6;
}

Figure PriceList::sum(const Amounts &amounts) const {
  Figure sum;
  for (auto [price, amount] : llvm::zip_equal(prices, amounts))
    sum = sum + price.figure * amount;
  return sum;
}

} // namespace mlir::eke
