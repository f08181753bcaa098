//===- Repeats.h - Runs of layers that repeat -------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_GRAPH_REPEATS_H
#define EKE_PASSES_GRAPH_REPEATS_H

#include "dialects/eke/EkeDialect.h"

namespace mlir::eke {

/// Where an operand of a layer comes from, as seen from its repetition. Two
/// operands with equal sources play the same role in their repetitions.
struct Source {
  enum Kind {
    /// Result number `result` of layer `index` of the same repetition.
    Inside,
    /// The same of the repetition before; the first repetition has none.
    Carried,
    /// The value or the constant `what`.
    Outside,
    Constant,
    /// A weight, whichever it is.
    Weight,
    /// The value of a state before the repetition: of `eke.read`, or the new value that
    /// a `StateUser` returns. It is that of operand `index`, the first to take it.
    State,
  };
  Kind kind;
  const void *what = nullptr;
  unsigned index = 0, result = 0;

  bool operator==(const Source &other) const {
    return kind == other.kind && what == other.what && index == other.index &&
           result == other.result;
  }
};

/// A result of a repetition's layer.
struct LayerResult {
  unsigned layer, result;

  bool operator==(const LayerResult &other) const {
    return layer == other.layer && result == other.result;
  }
};

/// `length` layers that repeat `repeats` times, one repetition after the other.
struct Stretch {
  /// All repetitions, in order.
  SmallVector<Operation *> layers;
  unsigned length = 0, repeats = 0;
  /// The sources of a repetition's operands, layer by layer, with `Carried` where
  /// the first repetition reads a value from outside.
  SmallVector<Source> sources;
  /// The one result of a repetition that is read elsewhere.
  LayerResult exit = {0, 0};
  /// The new values of the states that a repetition takes, in the order of their
  /// first use; nothing for a state that stays as it is.
  SmallVector<std::optional<LayerResult>> newStates;

  ArrayRef<Operation *> getRepetition(unsigned number) const {
    return ArrayRef(layers).slice(number * length, length);
  }
};

/// Why a stretch whose layers look alike does not repeat.
struct RefusedStretch {
  Operation *first = nullptr;
  StringRef reason;
};

/// True for what gives or takes a value and computes nothing: `eke.use`, `eke.read`,
/// `eke.write` and constants. Such an op is not a layer and may stand anywhere.
bool isBinding(Operation *op);

/// Finds, among the stretches of `body` that repeat at least `minRepeats` times
/// and have at least two layers, the one that covers most layers; of equals, the
/// one with the shortest repetition; of these, the first. If there is none,
/// `refused` says why the one that would cover most does not repeat.
std::optional<Stretch> findRepeats(Block &body, unsigned minRepeats,
                                   RefusedStretch &refused);

} // namespace mlir::eke

#endif // EKE_PASSES_GRAPH_REPEATS_H
