//===- EnergyReport.h - What a model takes on a target ----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What is counted of a model that has been through the phase `memory`, and what it
// takes by the prices of the target's profile.
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_REPORT_ENERGYREPORT_H
#define EKE_COMPILER_REPORT_ENERGYREPORT_H

#include "codegen/llvm/CountInstructions.h"
#include "compiler/report/ArenaReport.h"
#include "passes/energy/EnergyModel.h"

#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

namespace mlir::eke {

/// What the profile says of a memory.
struct ReportMemory {
  std::string name;
  MemoryKind kind = MemoryKind::Cache;
  /// Bytes; 0 if the device decides.
  int64_t capacity = 0;
  Figure bandwidth;
};

/// A layer, as often as it is executed in a row.
struct ReportRow {
  /// Behind the number of the apply that it is in.
  std::string name;
  /// Where it is written down: its block or model, its name or line there, and a number
  /// that all executions have in common.
  std::string function, layer;
  unsigned number = 0;
  int64_t times = 1;
  /// The weights that it reads, by name.
  SmallVector<std::string, 1> weights;
  /// In a layer's row: what it reads of weights, moves of states and of other tensors.
  std::array<int64_t, 3> bytes = {};
  std::array<int64_t, kMacTypes> macs = {};
  /// The bytes that each memory serves, by number.
  SmallVector<int64_t> served;
  Amounts amounts;
};

/// Layers of which kernels compute parts together, with all executions of both.
struct KernelRow {
  /// The layers that multiply, or else all, behind their block or model.
  std::string name;
  /// How often they run.
  double times = 0;
  CodeCounts code;
  std::array<int64_t, kMacTypes> macs = {};
  SmallVector<int64_t> served;
  TimeEstimate time;
  /// What it executes and how long that takes, which is a part of `amounts`.
  Amounts computing;
  Amounts amounts;
  /// The weights that it multiplies with, by name, and which part of the multiply-adds is
  /// with each.
  std::vector<std::pair<std::string, double>> weights;
};

/// What a property of the model is worth: with what the model would take without it.
struct Saving {
  /// "sharing", "formats", "folding", "placement" or "exit".
  std::string property;
  /// Of weights that need not be stored.
  int64_t weightBytes = 0, parameters = 0;
  /// Multiply-adds that need not be computed; below 0 if there are more.
  int64_t macs = 0;
  /// What it takes less.
  Amounts amounts;
};

/// A weight or a state, or all other tensors together.
struct TensorRow {
  std::string name, format;
  /// Of a weight: the tensors that it is made of, and which part of it each is.
  std::vector<std::pair<std::string, double>> parts;
  /// Where it lies, if it has a place.
  std::string memory;
  Access::Kind kind = Access::Value;
  /// Of the tensor, and what is read and written of it.
  int64_t bytes = 0, read = 0, written = 0;
  /// The bytes that each memory serves, by number.
  SmallVector<int64_t> served;
  Amounts amounts;
  /// Of a weight: its part of what kernels take that multiply with it, but for `amounts`.
  Amounts computing;
};

/// Where a weight or a state lies.
struct PlacedTensor {
  std::string name, memory;
  Access::Kind kind = Access::Weight;
  int64_t offset = 0, bytes = 0;
};

struct EnergyReport {
  explicit EnergyReport(PriceList prices)
      : prices(std::move(prices)), total(this->prices.getNothing()) {}

  std::string model, target;
  /// What it would have besides what its description says, as "fold=2"; empty: nothing.
  std::string whatIf;
  /// The format of the matrices, as `--weights` says it.
  std::string weights;
  /// What is reported on: "token", or "call of NAME".
  std::string unit;
  /// The rows that came before; of a language model.
  std::optional<int64_t> position;
  /// The tokens that it gives in the mean, if not one.
  std::optional<double> tokens;
  /// How often that is, if the model says so: times a second.
  std::optional<double> rate;
  /// Numbers in the files of weights, and bytes as they are stored.
  int64_t parameters = 0, weightBytes = 0, stateBytes = 0;
  /// The entries that are called, as NAME/ROWS, each time that they are.
  std::vector<std::string> entries;
  /// What is executed; none if nobody counted it.
  std::optional<CodeCounts> code;
  /// Seconds on one core; none if nobody knows.
  std::optional<Figure> seconds;
  std::vector<ReportRow> layers;
  /// Without code, none.
  std::vector<KernelRow> kernels;
  std::vector<Saving> savings;
  std::vector<TensorRow> tensors;
  /// All weights and states that have one, by kind and place.
  std::vector<PlacedTensor> places;
  /// Of the target, nearest first.
  std::vector<ReportMemory> memories;
  /// The target's cycles a second, and how it waits for what it reads.
  Figure clock;
  Execution execution = Execution::OutOfOrder;
  /// Of the entries that are called, each once; none if nobody planned them.
  std::vector<ArenaReport> arenas;
  /// Measures no more when the module's context is gone; all else it does.
  PriceList prices;
  Amounts total;
  /// Ops that could not be counted, with their locations.
  std::vector<std::string> unknown;
};

struct ReportOptions {
  /// The entry to report on; of a language model, decoding a token if it is empty.
  std::string entry;
  /// The rows before; half of the context if it is not given.
  std::optional<uint32_t> position;
};

/// Reports on each thing that the model does: a language model decodes a token, of others
/// each entry is called.
llvm::Expected<std::vector<EnergyReport>>
reportEnergy(ModuleOp module, const ReportOptions &options);

/// Adds when the buffers of their entries live, and where, from a module that has been
/// through the phase `buffers`.
void addArenas(MutableArrayRef<EnergyReport> reports, ModuleOp module);

/// The layers that a pipeline computes parts of.
struct PipelineLayers {
  /// That of its calls' labels.
  std::string name;
  /// The function that it is in, and their names there.
  std::string function;
  std::vector<std::string> layers;
};

/// Those of a module that has been through the phase `pipelines`.
std::vector<PipelineLayers> listPipelineLayers(ModuleOp module);

/// Adds to reports what their calls of entries execute, and how long that takes on
/// `target`.
void addCode(MutableArrayRef<EnergyReport> reports, TargetAttr target,
             ArrayRef<InstructionCounts> entries,
             ArrayRef<PipelineLayers> pipelines);

/// Adds how long it takes where no code was counted, if the profile says so.
void addTime(MutableArrayRef<EnergyReport> reports, TargetAttr target);

/// Adds what an exit saves, once all that it is made of is known.
void addExitSavings(MutableArrayRef<EnergyReport> reports);

/// The energy of each cause that has any, in the order of the prices.
std::vector<std::pair<std::string, Figure>> sumByCause(const PriceList &prices,
                                                       const Amounts &amounts);

/// The tables that are shown if they are asked for.
struct ReportTables {
  bool layers = false, kernels = false;
};

/// Prints tables for people.
void printReport(const EnergyReport &report, const ReportTables &tables,
                 llvm::raw_ostream &os);

/// Prints everything, also how the reports compare. docs/energy.md describes the schema.
void printReportsAsJSON(ArrayRef<EnergyReport> reports, llvm::raw_ostream &os);

/// Prints a page for browsers that needs no other file, with what is printed as JSON in it.
void printReportsAsPage(ArrayRef<EnergyReport> reports, llvm::raw_ostream &os);

} // namespace mlir::eke

#endif // EKE_COMPILER_REPORT_ENERGYREPORT_H
