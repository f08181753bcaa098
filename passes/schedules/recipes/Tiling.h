//===- Tiling.h - The tiles of a contraction --------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_SCHEDULES_RECIPES_TILING_H
#define EKE_PASSES_SCHEDULES_RECIPES_TILING_H

#include "passes/schedules/Classify.h"

#include <string>

namespace mlir::eke {

/// One dimension of a contraction's result.
struct Dim {
  unsigned loop; // of the contraction
  int64_t extent;
  StringRef inner; // its name in the stage of the sums
  StringRef outer; // and in the stage that is stored
};

/// A loop over tiles.
struct TileLoop {
  StringRef name;
  int64_t count;
};

/// Which dimensions the tiles of a contraction lie along, and how large they are.
struct Tiling {
  Tiling(const Contraction &product, TargetAttr target, int64_t lanes);
  Tiling(const Tiling &) = delete;

  /// Does an input that goes along the columns also go along `dim`?
  bool dependsOn(const Dim &dim) const { return hasColumnInput(dim, true); }

  /// Does one of those inputs go along `dim`, and another not?
  bool sharesColumns(const Dim &dim) const {
    return hasColumnInput(dim, false);
  }

  /// How many columns a vector holds of the narrowest numbers that are multiplied, where
  /// a register has `lanes` of 32 bits: of integers, products take twice the bits.
  int64_t getColumnLanes(int64_t lanes) const;

  const Contraction &product;
  std::string sums, stored;                    // the stages
  SmallVector<std::string> names, storedNames; // of their loops
  SmallVector<Dim> dims;
  /// The dimension that vectors lie along: the last that is any. Null if there is none.
  const Dim *columns = nullptr;
  /// A dimension along which the columns' input is used again, or null.
  const Dim *rows = nullptr;
  /// Of integers, the inputs of a column that lie beside each other, and that one
  /// instruction sums up: the innermost loop of both inputs.
  std::optional<unsigned> runLoop;
  /// If an input jumps along the columns, a reduction loop along which every input is
  /// read in turn: vectors lie along that.
  std::optional<unsigned> summedLoop;
  /// Does an instruction sum up all products of the run, so that columns are single numbers?
  bool sumsRun = false;
  int64_t width = 1, vectors = 1, tileRows = 1;

private:
  bool hasColumnInput(const Dim &dim, bool goesAlong) const;
};

} // namespace mlir::eke

#endif // EKE_PASSES_SCHEDULES_RECIPES_TILING_H
