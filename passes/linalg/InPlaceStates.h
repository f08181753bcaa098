//===- InPlaceStates.h - Applies on the memory of states --------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_LINALG_INPLACESTATES_H
#define EKE_PASSES_LINALG_INPLACESTATES_H

#include "dialects/eke/EkeDialect.h"

namespace mlir::eke {

/// Finds the applies of a body that may work on the memory of a state itself. The
/// values from what the body gets to what it gives back must form one line: each has
/// one use, all but the last are states of an apply, and the last goes back to where
/// the first is from. Then no one can see that they are in one place.
class InPlaceStates {
public:
  explicit InPlaceStates(Block &body);

  /// The value that the body gets (of an `eke.read`, or an argument of a block) in
  /// whose memory an apply updates `state`, one of its operands; null if it has to
  /// work on a copy.
  Value getOrigin(OpOperand &state) const { return origins.lookup(&state); }

  /// Is `value` on such a line?
  bool contains(Value value) const { return values.contains(value); }

private:
  void follow(Value origin, function_ref<bool(OpOperand &)> goesBack);

  DenseMap<OpOperand *, Value> origins;
  DenseSet<Value> values;
};

} // namespace mlir::eke

#endif // EKE_PASSES_LINALG_INPLACESTATES_H
