//===- Kernel.h - A kernel between MLIR and Halide --------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// MLIR is built without RTTI and Halide with it, so no file includes both. What
// passes between them is this description: plain C++, with ops, types and
// directives by their MLIR names. Dimensions are in MLIR's order, outermost
// first.
//
//===----------------------------------------------------------------------===//

#ifndef EKE_CODEGEN_HALIDE_KERNEL_H
#define EKE_CODEGEN_HALIDE_KERNEL_H

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mlir::eke::kernel {

/// A type: "i1", "i8", "i16", "i32", "i64", "f16" or "f32"; of values also "index", which
/// in memory is one of the others.
using TypeName = std::string;

/// One parameter of the kernel: a buffer, or a scalar of 64 bits.
struct Argument {
  struct Dim {
    std::optional<int64_t> extent; // known when compiled, or read when run
    std::optional<int64_t> stride; // in elements; likewise
  };
  std::string name;
  bool isScalar = false;
  TypeName type;
  std::vector<Dim> dims;
};

/// An operation of a stage. Operands are indices of earlier expressions.
///
/// | op | meaning |
/// |---|---|
/// | `constant` | `integer`, or `real` for f16 and f32 |
/// | `loop` | the loop `ref` of the stage, as index |
/// | `scalar` | the scalar argument `ref` |
/// | `dim` | the extent of dimension `integer` of argument `ref` |
/// | `load` | an element of argument `ref`, at `operands` |
/// | `stage` | an element of stage `ref`, at `operands` |
/// | `self` | the value so far of the element that the stage computes |
/// | other | an op of MLIR, with its `predicate` if it has one |
struct Expr {
  std::string op;
  TypeName type;
  std::vector<int> operands;
  int ref = -1;
  int64_t integer = 0;
  double real = 0;
  std::string predicate;
  /// Does the op promise that nothing it takes or gives is NaN?
  bool noNaNs = false;
};

struct Loop {
  std::string name;
  bool isReduction = false;
  /// The expression that counts the iterations, which reads no loops; -1 for a
  /// parallel loop, whose length follows from the result.
  int extent = -1;
};

/// One Func: a value per point of its parallel loops.
struct Stage {
  std::string name;
  TypeName type;
  std::vector<Loop> loops;
  /// The loops that index the result, one per dimension.
  std::vector<int> resultLoops;
  /// The extents of the result, where known when compiled.
  std::vector<std::optional<int64_t>> resultDims;
  std::vector<Expr> exprs;
  /// The expression of the value; it contains `self` in a reduction.
  int value = -1;
  /// The expression of the initial value; -1 if the stage needs none, or if it
  /// updates what its output holds.
  int init = -1;
  /// Is there a `self`?
  bool isUpdate = false;
};

/// A directive of the halide dialect; the kind by its keyword.
struct Directive {
  std::string kind;
  std::vector<std::string> loops;
  std::string stage;
  int64_t factor = 0;
};

struct StageSchedule {
  std::string stage;
  std::vector<Directive> directives;
};

/// A function `int symbol(halide_buffer_t *in…, int64_t…, halide_buffer_t
/// *out…)`, in the order of `arguments` and then `outputs`.
struct Kernel {
  std::string symbol;
  std::vector<Argument> arguments;
  std::vector<Argument> outputs;
  std::vector<Stage> stages;
  /// The stage that computes each output.
  std::vector<int> outputStages;
  std::vector<StageSchedule> schedule;
  /// Every extent that is known only when run is a multiple of this.
  int64_t extentMultiple = 1;
};

} // namespace mlir::eke::kernel

#endif // EKE_CODEGEN_HALIDE_KERNEL_H
