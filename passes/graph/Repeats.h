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
    /// The state that operand `index` of the repetition also names; a state's
    /// first operand names itself.
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

/// `length` layers that repeat `repeats` times, one repetition after the other.
struct Stretch {
  /// All repetitions, in order.
  SmallVector<Operation *> layers;
  unsigned length = 0, repeats = 0;
  /// The sources of a repetition's operands, layer by layer, with `Carried` where
  /// the first repetition reads a value from outside.
  SmallVector<Source> sources;
  /// The one result of a repetition that is read elsewhere.
  unsigned exitLayer = 0, exitResult = 0;

  ArrayRef<Operation *> getRepetition(unsigned number) const {
    return ArrayRef(layers).slice(number * length, length);
  }
};

/// Why a stretch whose layers look alike does not repeat.
struct RefusedStretch {
  Operation *first = nullptr;
  StringRef reason;
};

/// True for what binds a value and computes nothing: `eke.use` and constants. Such
/// an op is not a layer and may stand anywhere.
bool isBinding(Operation *op);

/// Finds, among the stretches of `body` that repeat at least `minRepeats` times
/// and have at least two layers, the one that covers most layers; of equals, the
/// one with the shortest repetition; of these, the first. If there is none,
/// `refused` says why the one that would cover most does not repeat.
std::optional<Stretch> findRepeats(Block &body, unsigned minRepeats,
                                   RefusedStretch &refused);

} // namespace mlir::eke

#endif // EKE_PASSES_GRAPH_REPEATS_H
