//===- TakenApart.cpp - Sums that are not added as they are ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/halide/TakenApart.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace mlir::eke::kernel {

/// The stage that `expr` reads, if its value is what its expressions say.
static const Stage *getRead(const Kernel &kernel, const Expr &expr) {
  if (expr.op != "stage" || kernel.stages[expr.ref].isUpdate)
    return nullptr;
  return &kernel.stages[expr.ref];
}

/// Does `expr` give one of its operands, or the negative of one: as it is, or once LLVM
/// has found that a condition or a factor is a constant?
static bool mayVanish(const Stage &stage, const Expr &expr) {
  if (expr.op == "arith.select" || expr.op == "arith.negf" ||
      expr.op == "arith.bitcast")
    return true;
  auto isOne = [&](int operand) {
    const Expr &factor = stage.exprs[operand];
    return factor.op == "constant" && std::abs(factor.real) == 1;
  };
  return (expr.op == "arith.mulf" || expr.op == "arith.divf") &&
         std::any_of(expr.operands.begin(), expr.operands.end(), isOne);
}

static bool isSum(const Expr &expr) {
  return expr.type == "f32" &&
         (expr.op == "arith.addf" || expr.op == "arith.subf");
}

/// May expression `root`, or that of the stage it reads, be a sum or difference of f32?
static bool maySum(const Kernel &kernel, const Stage &stage, int root) {
  std::vector<bool> isNeeded(root + 1);
  isNeeded[root] = true;
  for (int i = root; i >= 0; --i) {
    const Expr &expr = stage.exprs[i];
    if (!isNeeded[i])
      continue;
    if (isSum(expr))
      return true;
    const Stage *read = getRead(kernel, expr);
    if (read && maySum(kernel, *read, read->value))
      return true;
    if (mayVanish(stage, expr))
      for (int operand : expr.operands)
        isNeeded[operand] = true;
  }
  return false;
}

/// May Halide find that integer number `root` is 0, such as x ^ x? Not of one that is
/// loaded, or added up in another stage.
static bool mayBeZeroInteger(const Kernel &kernel, const Stage &stage,
                             int root) {
  static const std::set<std::string> widths = {"arith.extui", "arith.extsi",
                                               "arith.trunci"};
  static const std::set<std::string> computed = {
      "arith.andi", "arith.cmpf",   "arith.cmpi", "arith.muli", "arith.ori",
      "arith.subi", "arith.select", "arith.xori", "constant"};
  const Expr &expr = stage.exprs[root];
  if (widths.count(expr.op))
    return mayBeZeroInteger(kernel, stage, expr.operands[0]);
  if (const Stage *read = getRead(kernel, expr))
    return mayBeZeroInteger(kernel, *read, read->value);
  return computed.count(expr.op);
}

/// May Halide find that `expr` is 0? Of an f32 it can where that is written, or made of an
/// integer, in this stage or in the one that it reads.
static bool mayBeZero(const Kernel &kernel, const Stage &stage,
                      const Expr &expr) {
  if (expr.op == "constant")
    return expr.type == "f32" && expr.real == 0;
  if (const Stage *read = getRead(kernel, expr))
    return mayBeZero(kernel, *read, read->exprs[read->value]);
  return (expr.op == "arith.uitofp" || expr.op == "arith.sitofp") &&
         mayBeZeroInteger(kernel, stage, expr.operands[0]);
}

/// Is something multiplied by 0, or 0 divided, on the way to expression `root`?
static bool hasZeroFactor(const Kernel &kernel, const Stage &stage, int root) {
  std::vector<bool> isNeeded(root + 1);
  isNeeded[root] = true;
  for (int i = root; i >= 0; --i) {
    const Expr &expr = stage.exprs[i];
    if (!isNeeded[i])
      continue;
    bool isProduct = expr.op == "arith.mulf" || expr.op == "arith.divf";
    for (int operand : expr.operands) {
      if (isProduct && mayBeZero(kernel, stage, stage.exprs[operand]))
        return true;
      isNeeded[operand] = true;
    }
    const Stage *read = getRead(kernel, expr);
    if (read && hasZeroFactor(kernel, *read, read->value))
      return true;
  }
  return false;
}

bool isTakenApart(const Kernel &kernel, const Stage &stage, const Expr &step,
                  int term) {
  if (step.type != "f32")
    return false;
  return (isSum(step) && maySum(kernel, stage, term)) ||
         hasZeroFactor(kernel, stage, term);
}

} // namespace mlir::eke::kernel
