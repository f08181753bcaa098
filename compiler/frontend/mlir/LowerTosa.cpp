//===- LowerTosa.cpp - From TOSA to linalg --------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   tosa.conv2d      becomes     linalg.conv_2d_nhwc_hwcf
//   tosa.rescale                 linalg.generic { tosa.apply_scale … as arith }
//   tosa.variable                ml_program.global
//
// All of it by upstream's conversions; what is ours is their order. Control flow
// comes before the ops in its regions, or their yields have the wrong types; the
// named ops before the others, which would take all.
//
//===----------------------------------------------------------------------===//

#include "compiler/frontend/mlir/ImportPasses.h"
#include "passes/linalg/CropPads.h"

#include "mlir/Conversion/TosaToArith/TosaToArith.h"
#include "mlir/Conversion/TosaToLinalg/TosaToLinalg.h"
#include "mlir/Conversion/TosaToMLProgram/TosaToMLProgram.h"
#include "mlir/Conversion/TosaToSCF/TosaToSCF.h"
#include "mlir/Conversion/TosaToTensor/TosaToTensor.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Index/IR/IndexDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MLProgram/IR/MLProgram.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/Dialect/Tosa/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

namespace mlir::eke {

#define GEN_PASS_DEF_LOWERTOSAPASS
#include "compiler/frontend/mlir/ImportPasses.h.inc"

/// The first op of TOSA in `root`, or null.
static Operation *findTosa(Operation *root) {
  Operation *found = nullptr;
  root->walk([&](Operation *op) {
    if (!isa_and_present<tosa::TosaDialect>(op->getDialect()))
      return WalkResult::advance();
    found = op;
    return WalkResult::interrupt();
  });
  return found;
}

static void addConversions(OpPassManager &functions) {
  functions.addPass(tosa::createTosaOptionalDecompositionsPass());
  functions.addPass(createCanonicalizerPass());
  functions.addPass(tosa::createTosaInferShapesPass());
  functions.addPass(tosa::createTosaMakeBroadcastablePass());
  functions.addPass(createTosaToSCFPass());
  functions.addPass(tosa::createTosaToLinalgNamed());
  functions.addPass(createCanonicalizerPass());
  functions.addPass(tosa::createTosaLayerwiseConstantFoldPass());
  functions.addPass(tosa::createTosaMakeBroadcastablePass());
  functions.addPass(tosa::createTosaToLinalg());
  functions.addPass(createLowerScalesPass());
  TosaToArithPassOptions arith;
  arith.includeApplyRescale = true;
  functions.addPass(createTosaToArithPass(arith));
  functions.addPass(createTosaToTensorPass());
  functions.addPass(createCanonicalizerPass());
}

namespace {

struct LowerTosa : impl::LowerTosaPassBase<LowerTosa> {
  using Base::Base;

  void runOnOperation() override {
    if (!findTosa(getOperation()))
      return;
    cropPads(getOperation());
    OpPassManager manager(ModuleOp::getOperationName());
    manager.addPass(createTosaToMLProgram());
    addConversions(manager.nest<func::FuncOp>());
    if (failed(runPipeline(manager, getOperation())))
      return signalPassFailure();
    if (Operation *op = findTosa(getOperation())) {
      op->emitOpError(op->getParentOfType<func::FuncOp>()
                          ? "has no lowering to linalg with these types"
                          : "is outside of a func.func");
      signalPassFailure();
    }
  }
};

} // namespace
} // namespace mlir::eke
