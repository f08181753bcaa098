//===- TranslateStage.h - From a linalg op to a stage -----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_CODEGEN_HALIDE_TRANSLATESTAGE_H
#define EKE_CODEGEN_HALIDE_TRANSLATESTAGE_H

#include "codegen/halide/Kernel.h"
#include "dialects/halide/Expressible.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace mlir::eke {

/// Translates one result of a linalg op in `body`, of which `whyNotHalide` has
/// no complaint. `stageOf` has the stages of the results before it.
class StageTranslator {
public:
  StageTranslator(Block &body, const DenseMap<Value, int> &stageOf,
                  OpResult result)
      : body(body), stageOf(stageOf), result(result),
        op(cast<linalg::LinalgOp>(result.getOwner())) {}

  kernel::Stage translate();

private:
  using Index = SmallVector<int>;

  int add(kernel::Expr expr);
  int addConstant(int64_t integer);
  int addBinary(StringRef name, int lhs, int rhs);

  void translateLoops();
  int translateExtent(const halide::DimSource &source);
  int translateAffine(AffineExpr expr, ArrayRef<int> dims);
  Index translateMap(AffineMap map);

  int translateLeaf(Value value);
  int translateRead(Value tensor, ArrayRef<int> index);
  int translateRegionArgument(BlockArgument argument);
  int translateConstant(Attribute attr, Type type);
  int translateOp(Operation *op);
  int translateValue(Value value);

  Block &body;
  const DenseMap<Value, int> &stageOf;
  OpResult result;
  linalg::LinalgOp op;
  kernel::Stage stage;
  SmallVector<int> loops; // the expression of each loop
  DenseMap<Value, int> exprOf;
};

} // namespace mlir::eke

#endif // EKE_CODEGEN_HALIDE_TRANSLATESTAGE_H
