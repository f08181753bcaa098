//===- EntryTraffic.h - What a call of an entry moves -----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Follows a model through the blocks that it applies, and asks each op what it
// moves and computes (TrafficInterface):
//
//   %1 = eke.use @w                        layer      weight  read  …  macs
//   %2 = eke.apply @decoder(%x)            embedding  @table   384
//          weights(%1)             ──►     1.up       @w     98304      98304
//                                          1.glu      -       2048
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_ENERGY_ENTRYTRAFFIC_H
#define EKE_PASSES_ENERGY_ENTRYTRAFFIC_H

#include "dialects/eke/EkeDialect.h"

#include "mlir/IR/BuiltinOps.h"

#include <string>
#include <vector>

namespace mlir::eke {

/// A tensor in memory that an op reads or writes.
struct Access {
  enum Kind { Weight, State, Value };
  Kind kind;
  /// What it is: the name of a weight or a state, with 0; of another value a number,
  /// which no other has that lives in the same call.
  StringAttr symbol;
  int64_t value = 0;
  /// Bytes of the tensor, and what is moved of it.
  int64_t bytes = 0, read = 0, written = 0;
  /// Does it lie where its `place` says, if it has one?
  bool isPlaced = true;
};

/// One op, as often as it is executed in a row.
struct LayerTraffic {
  Operation *op = nullptr;
  /// The layer's name, behind the number of the apply that it is in.
  std::string name;
  int64_t times = 1;
  SmallVector<Access, 4> accesses;
  std::array<int64_t, kMacTypes> macs = {};
};

/// A call of an entry, in the order of execution.
struct EntryTraffic {
  std::vector<LayerTraffic> layers;
  /// Ops of which nobody knows what they move, or how often.
  std::vector<Operation *> unknown;
};

/// The name of the layer that `op` is, as its location says, or else of the op.
StringRef getLayerName(Operation *op);

/// What an op of a layer has in common with the ops that it is lowered to: the layer's name or,
/// without one, LINE:COLUMN; empty if its location says neither.
std::string getLayerKey(Operation *op);

/// The name that `model` has as an entry of a program, and its rows: `trunk_16` for 16 rows is
/// `trunk`.
std::pair<StringRef, int64_t> getEntryName(ModelOp model);

/// Counts what a call of `model` moves and computes, where `position` rows came before.
/// Row counts have to be known.
EntryTraffic countTraffic(ModelOp model, int64_t position = 0);

/// The bytes of weights that a call of `model` reads, each time it reads them.
int64_t countWeightBytes(ModelOp model);

} // namespace mlir::eke

#endif // EKE_PASSES_ENERGY_ENTRYTRAFFIC_H
