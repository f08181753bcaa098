//===- EnergyReportJSON.cpp - An energy report for programs ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/report/CompareReports.h"
#include "compiler/report/EnergyReport.h"

#include "llvm/Support/JSON.h"

namespace json = llvm::json;

namespace mlir::eke {
namespace {

void printFigure(StringRef name, const Figure &figure, json::OStream &os) {
  os.attributeObject(name, [&] {
    os.attribute("nominal", figure.nominal);
    os.attribute("low", figure.low);
    os.attribute("high", figure.high);
  });
}

void printCauses(StringRef name,
                 ArrayRef<std::pair<std::string, Figure>> causes,
                 json::OStream &os) {
  os.attributeObject(name, [&] {
    for (const auto &[cause, energy] : causes)
      printFigure(cause, energy, os);
  });
}

StringRef getName(Access::Kind kind) {
  switch (kind) {
  case Access::Weight:
    return "weight";
  case Access::State:
    return "state";
  case Access::Value:
    return "value";
  }
  llvm_unreachable("covered switch");
}

void printPrices(const EnergyReport &report, json::OStream &os) {
  os.attributeArray("amounts", [&] {
    for (auto [price, amount] :
         llvm::zip_equal(report.prices.getPrices(), report.total))
      os.object([&, &price = price, amount = amount] {
        os.attribute("name", price.name);
        os.attribute("cause", price.cause);
        os.attribute("unit", price.unit);
        os.attribute("amount", amount);
        if (price.figure.isKnown())
          printFigure("picojoules_each", price.figure, os);
      });
  });
}

void printMacs(const std::array<int64_t, kMacTypes> &macs, json::OStream &os) {
  os.attributeObject("multiply_adds", [&] {
    for (unsigned type = 0; type < kMacTypes; ++type)
      if (macs[type])
        os.attribute(eke::getName(MacType(type)), macs[type]);
  });
}

void printServed(const EnergyReport &report, ArrayRef<int64_t> served,
                 json::OStream &os) {
  os.attributeObject("served_by", [&] {
    for (auto [memory, bytes] : llvm::zip_equal(report.memories, served))
      os.attribute(memory.name, bytes);
  });
}

void printLayers(const EnergyReport &report, json::OStream &os) {
  os.attributeArray("layers", [&] {
    for (const ReportRow &row : report.layers)
      os.object([&] {
        os.attribute("name", row.name);
        os.attributeObject("bytes", [&] {
          for (Access::Kind kind :
               {Access::Weight, Access::State, Access::Value})
            os.attribute(getName(kind), row.bytes[kind]);
        });
        printMacs(row.macs, os);
        printFigure("picojoules", report.prices.sum(row.amounts), os);
        printCauses("picojoules_by_cause",
                    sumByCause(report.prices, row.amounts), os);
      });
  });
}

void printMemoryMap(const EnergyReport &report, json::OStream &os) {
  os.attributeArray("memory_map", [&] {
    for (const PlacedTensor &tensor : report.places)
      os.object([&] {
        os.attribute("name", tensor.name);
        os.attribute("kind", getName(tensor.kind));
        os.attribute("memory", tensor.memory);
        os.attribute("offset", tensor.offset);
        os.attribute("bytes", tensor.bytes);
      });
  });
}

void printTensors(const EnergyReport &report, json::OStream &os) {
  os.attributeArray("tensors", [&] {
    for (const TensorRow &row : report.tensors)
      os.object([&] {
        os.attribute("name", row.name);
        os.attribute("kind", getName(row.kind));
        os.attribute("format", row.format);
        if (!row.memory.empty())
          os.attribute("memory", row.memory);
        os.attribute("bytes", row.bytes);
        os.attribute("read", row.read);
        os.attribute("written", row.written);
        printServed(report, row.served, os);
        printFigure("picojoules", report.prices.sum(row.amounts), os);
        if (row.kind == Access::Weight && report.code)
          printFigure("computing_picojoules", report.prices.sum(row.computing),
                      os);
      });
  });
}

void printCode(const CodeCounts &code, json::OStream &os) {
  os.attribute("instructions", code.sum());
  if (code.cycles > 0)
    os.attribute("cycles", code.cycles);
}

/// The corners of the roofline, and what is the highest.
void printTime(const EnergyReport &report, const TimeEstimate &time,
               json::OStream &os) {
  if (time.total == 0)
    return;
  os.attribute("seconds", time.total);
  os.attributeObject("seconds_by_bound", [&] {
    os.attribute("computing", time.computing);
    for (auto [memory, seconds] :
         llvm::zip_equal(report.memories, time.memories))
      if (seconds > 0)
        os.attribute(memory.name, seconds);
  });
  os.attribute("bound_by", time.bound
                               ? StringRef(report.memories[*time.bound].name)
                               : "computing");
}

void printKernels(const EnergyReport &report, json::OStream &os) {
  os.attributeArray("kernels", [&] {
    for (const KernelRow &row : report.kernels)
      os.object([&] {
        os.attribute("name", row.name);
        os.attribute("runs", row.times);
        printMacs(row.macs, os);
        printCode(row.code, os);
        printServed(report, row.served, os);
        printTime(report, row.time, os);
        printFigure("picojoules", report.prices.sum(row.amounts), os);
        printCauses("picojoules_by_cause",
                    sumByCause(report.prices, row.amounts), os);
      });
  });
}

void printSavings(const EnergyReport &report, json::OStream &os) {
  os.attributeArray("saved", [&] {
    for (const Saving &saving : report.savings)
      os.object([&] {
        os.attribute("by", saving.property);
        os.attribute("weight_bytes", saving.weightBytes);
        os.attribute("parameters", saving.parameters);
        os.attribute("multiply_adds", saving.macs);
        if (report.prices.isKnown())
          printFigure("picojoules", report.prices.sum(saving.amounts), os);
      });
  });
}

void printTarget(const EnergyReport &report, json::OStream &os) {
  os.attributeObject("target_figures", [&] {
    if (report.clock.isKnown())
      printFigure("clock", report.clock, os);
    os.attribute("execution", stringifyExecution(report.execution));
    os.attributeArray("memories", [&] {
      for (const ReportMemory &memory : report.memories)
        os.object([&] {
          os.attribute("name", memory.name);
          os.attribute("kind", stringifyMemoryKind(memory.kind));
          if (memory.capacity)
            os.attribute("capacity", memory.capacity);
          if (memory.bandwidth.isKnown())
            printFigure("bandwidth", memory.bandwidth, os);
        });
    });
  });
}

void printSlots(StringRef name, ArrayRef<ArenaSlot> slots, json::OStream &os) {
  os.attributeArray(name, [&] {
    for (const ArenaSlot &slot : slots)
      os.object([&] {
        os.attribute("name", slot.name);
        os.attribute("offset", slot.offset);
        os.attribute("bytes", slot.bytes);
        os.attribute("first", slot.first);
        os.attribute("last", slot.last);
      });
  });
}

void printArenas(const EnergyReport &report, json::OStream &os) {
  os.attributeArray("arena", [&] {
    for (const ArenaReport &arena : report.arenas)
      os.object([&] {
        os.attribute("entry", arena.entry);
        os.attribute("bytes", arena.bytes);
        os.attribute("live_bytes", arena.liveBytes);
        os.attribute("steps", arena.steps);
        printSlots("buffers", arena.buffers, os);
        printSlots("calls", arena.calls, os);
      });
  });
}

void printReport(const EnergyReport &report, json::OStream &os) {
  os.object([&] {
    os.attribute("model", report.model);
    if (!report.whatIf.empty())
      os.attribute("what_if", report.whatIf);
    os.attribute("target", report.target);
    os.attribute("weights", report.weights);
    printTarget(report, os);
    os.attribute("per", report.unit);
    if (report.position)
      os.attribute("position", *report.position);
    if (report.tokens)
      os.attribute("tokens", *report.tokens);
    if (report.rate)
      os.attribute("times_per_second", *report.rate);
    if (report.seconds)
      printFigure("estimated_seconds", *report.seconds, os);
    if (report.code)
      printCode(*report.code, os);
    os.attribute("parameters", report.parameters);
    os.attribute("weight_bytes", report.weightBytes);
    os.attribute("state_bytes", report.stateBytes);
    if (report.prices.isKnown())
      printFigure("modelled_picojoules", report.prices.sum(report.total), os);
    printCauses("picojoules_by_cause", sumByCause(report.prices, report.total),
                os);
    printPrices(report, os);
    printTensors(report, os);
    printLayers(report, os);
    printKernels(report, os);
    printSavings(report, os);
    printMemoryMap(report, os);
    printArenas(report, os);
    os.attributeArray("not_counted", [&] {
      for (const std::string &op : report.unknown)
        os.value(op);
    });
  });
}

void printComparison(const Comparison &comparison, json::OStream &os) {
  for (const ComparedReport &each : comparison)
    os.object([&] {
      const EnergyReport &report = *each.report;
      os.attribute("per", report.unit);
      os.attribute("target", report.target);
      os.attribute("weights", report.weights);
      if (!report.whatIf.empty())
        os.attribute("what_if", report.whatIf);
      printCauses("picojoules", each.causes, os);
      if (each.ratio) {
        printFigure("ratio", each.ratio->ratio, os);
        os.attribute("better", each.ratio->better);
      }
      os.attributeArray("without_price", [&] {
        for (const std::string &name : each.unpriced)
          os.value(name);
      });
      os.attributeArray("left_out", [&] {
        for (const std::string &name : each.leftOut)
          os.value(name);
      });
    });
}

} // namespace

void printReportsAsJSON(ArrayRef<EnergyReport> reports,
                        llvm::raw_ostream &stream) {
  json::OStream os(stream, /*IndentSize=*/2);
  os.object([&] {
    os.attribute("schema", 1);
    os.attributeArray("reports", [&] {
      for (const EnergyReport &report : reports)
        printReport(report, os);
    });
    std::vector<Comparison> comparisons = compareReports(reports);
    if (comparisons.empty())
      return;
    os.attributeObject("comparison", [&] {
      os.attribute("draws", kDraws);
      os.attribute("seed", kDrawSeed);
      os.attributeArray("reports", [&] {
        for (const Comparison &comparison : comparisons)
          printComparison(comparison, os);
      });
    });
  });
  stream << "\n";
}

} // namespace mlir::eke
