//===- Group.h - The ops of a pipeline to be ---------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_PIPELINES_GROUP_H
#define EKE_PASSES_PIPELINES_GROUP_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

#include <optional>
#include <string>

namespace mlir::eke {

/// Ops of one block that become one pipeline, each behind those that it reads.
struct Group {
  SmallVector<linalg::LinalgOp> ops;

  bool contains(Operation *op) const {
    return llvm::is_contained(ops, dyn_cast_or_null<linalg::LinalgOp>(op));
  }
  bool hasContraction() const;
};

/// Adds products over a reduction loop, and reads what it multiplies for many results.
bool isContraction(linalg::LinalgOp op);

bool isElementwise(linalg::LinalgOp op);

/// Is `op` one that becomes a stage? A fill that only starts other ops is a part of
/// those.
bool isStage(Operation *op);

/// The tensor that `op` writes to, whatever it was filled with before.
Value getTarget(linalg::LinalgOp op);

/// The fill that `op` starts from, or null.
linalg::FillOp getFill(linalg::LinalgOp op);

/// Does `op` start from data that was there before, and that is no fill?
bool startsFromData(linalg::LinalgOp op);

/// Why `op` stays outside of any pipeline, or nothing.
std::optional<std::string> whyLeft(linalg::LinalgOp op);

/// Why `op` cannot join `group`, whose result it reads in operand `use`, or nothing if
/// it can.
std::optional<StringRef> whyNotJoin(linalg::LinalgOp op, const Group &group,
                                    OpOperand &use);

/// Can a group that computes operand `use` of `op` be one with `own`, which `op` is
/// going to join and which computes another? They are products alike, so that the
/// loops of `op` are those of both.
bool isTwin(linalg::LinalgOp op, OpOperand &use, const Group &group,
            const Group &own);

/// The name of a stage: what its lowering called it, or what it does.
std::string getStage(linalg::LinalgOp op);

/// Keeps the name of a stage, whatever its body becomes.
void keepStage(linalg::LinalgOp op);

} // namespace mlir::eke

#endif // EKE_PASSES_PIPELINES_GROUP_H
