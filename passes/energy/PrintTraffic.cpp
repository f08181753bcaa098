//===- PrintTraffic.cpp - Show what entries move and compute --------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/eke/Counts.h"
#include "passes/Passes.h"
#include "passes/energy/EntryTraffic.h"

#include "llvm/Support/FormatVariadic.h"

namespace mlir::eke {

#define GEN_PASS_DEF_PRINTTRAFFICPASS
#include "passes/Passes.h.inc"

namespace {

/// Sums by kind of tensor and type of multiply-add.
struct Sums {
  std::array<int64_t, 3> bytes = {};
  std::array<int64_t, kMacTypes> macs = {};

  void add(const LayerTraffic &layer) {
    for (const Access &access : layer.accesses)
      bytes[access.kind] =
          addCounts(bytes[access.kind],
                    multiplyCounts(layer.times, access.read + access.written));
    for (auto [sum, count] : llvm::zip(macs, layer.macs))
      sum = addCounts(sum, multiplyCounts(layer.times, count));
  }
};

void printRow(StringRef name, const Sums &sums, raw_ostream &os) {
  os << llvm::formatv("  {0,-22} {1,9} {2,8} {3,8}", name,
                      sums.bytes[Access::Weight], sums.bytes[Access::State],
                      sums.bytes[Access::Value]);
  for (unsigned type = 0; type < kMacTypes; ++type)
    if (sums.macs[type])
      os << llvm::formatv(" {0,8} {1}", sums.macs[type],
                          getName(MacType(type)));
  os << '\n';
}

struct PrintTraffic : impl::PrintTrafficPassBase<PrintTraffic> {
  using Base::Base;

  void runOnOperation() override {
    for (auto model : getOperation().getOps<ModelOp>()) {
      EntryTraffic traffic = countTraffic(model, position);
      llvm::errs() << model.getSymName() << '\n'
                   << llvm::formatv("  {0,-22} {1,9} {2,8} {3,8} {4,8}\n",
                                    "layer", "weights", "state", "values",
                                    "macs");
      Sums total;
      for (const LayerTraffic &layer : traffic.layers) {
        Sums sums;
        sums.add(layer);
        total.add(layer);
        printRow(layer.name, sums, llvm::errs());
      }
      printRow("total", total, llvm::errs());
      for (Operation *op : traffic.unknown)
        op->emitRemark("is not counted: nobody knows what it moves");
    }
    markAllAnalysesPreserved();
  }
};

} // namespace
} // namespace mlir::eke
