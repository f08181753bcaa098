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
// named ops before the others, which would take all. Upstream's passes stop at the first
// op that they cannot convert; here its patterns are applied as far as they go, so that
// all such ops are named at the end.
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
#include "mlir/Transforms/DialectConversion.h"
#include "mlir/Transforms/Passes.h"

namespace mlir::eke {

#define GEN_PASS_DEF_LOWERTOSAPASS
#include "compiler/frontend/mlir/ImportPasses.h.inc"

static bool isTosa(Operation *op) {
  return isa_and_present<tosa::TosaDialect>(op->getDialect());
}

/// Is there an op of TOSA in `root`?
static bool holdsTosa(Operation *root) {
  return root
      ->walk([&](Operation *op) {
        return isTosa(op) ? WalkResult::interrupt() : WalkResult::advance();
      })
      .wasInterrupted();
}

/// Reports the ops of TOSA in `root`, but not what only belongs to them.
static LogicalResult expectNoTosa(Operation *root) {
  bool isLeft = false;
  root->walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (!isTosa(op) || op->hasTrait<OpTrait::ConstantLike>() ||
        op->hasTrait<OpTrait::IsTerminator>())
      return WalkResult::advance();
    isLeft = true;
    if (op->getParentOfType<func::FuncOp>())
      op->emitOpError("has no lowering to linalg from (")
          << op->getOperandTypes() << ") to (" << op->getResultTypes() << ")";
    else
      op->emitOpError("is outside of a func.func");
    return WalkResult::skip();
  });
  return failure(isLeft);
}

namespace {

/// Applies the patterns of a conversion to the ops that they match.
struct ConvertTosa : PassWrapper<ConvertTosa, OperationPass<func::FuncOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(ConvertTosa)

  using Populate = void (*)(const TypeConverter &, RewritePatternSet &);

  explicit ConvertTosa(Populate populate) : populate(populate) {}

  StringRef getName() const override { return "ConvertTosa"; }

  void runOnOperation() override {
    TypeConverter types;
    tosa::populateTosaTypeConversion(types);
    RewritePatternSet patterns(&getContext());
    populate(types, patterns);
    llvm::DenseSet<OperationName> roots;
    for (const auto &pattern : patterns.getNativePatterns())
      if (std::optional<OperationName> root = pattern->getRootKind())
        roots.insert(*root);
    ConversionTarget target(getContext());
    target.markUnknownOpDynamicallyLegal(
        [&](Operation *op) -> std::optional<bool> {
          if (!roots.contains(op->getName())) // another conversion's, if any
            return true;
          return std::nullopt; // as far as the patterns go
        });
    if (failed(applyPartialConversion(getOperation(), target,
                                      std::move(patterns))))
      signalPassFailure();
  }

  Populate populate;
};

} // namespace

static void addConversions(OpPassManager &functions) {
  auto convert = [&](ConvertTosa::Populate populate) {
    functions.addPass(std::make_unique<ConvertTosa>(populate));
  };
  functions.addPass(tosa::createTosaOptionalDecompositionsPass());
  functions.addPass(createCanonicalizerPass());
  functions.addPass(tosa::createTosaInferShapesPass());
  functions.addPass(tosa::createTosaMakeBroadcastablePass());
  functions.addPass(createTosaToSCFPass());
  convert([](const TypeConverter &types, RewritePatternSet &patterns) {
    tosa::populateTosaToLinalgNamedConversionPatterns(types, &patterns, {});
  });
  functions.addPass(createCanonicalizerPass());
  functions.addPass(tosa::createTosaLayerwiseConstantFoldPass());
  functions.addPass(tosa::createTosaMakeBroadcastablePass());
  convert([](const TypeConverter &types, RewritePatternSet &patterns) {
    tosa::populateTosaToLinalgConversionPatterns(types, &patterns);
  });
  functions.addPass(createLowerScalesPass());
  TosaToArithPassOptions arith;
  arith.includeApplyRescale = true;
  functions.addPass(createTosaToArithPass(arith));
  convert([](const TypeConverter &types, RewritePatternSet &patterns) {
    tosa::populateTosaToTensorConversionPatterns(types, &patterns);
  });
  functions.addPass(createCanonicalizerPass());
}

namespace {

struct LowerTosa : impl::LowerTosaPassBase<LowerTosa> {
  using Base::Base;

  void runOnOperation() override {
    if (!holdsTosa(getOperation()))
      return;
    cropPads(getOperation());
    OpPassManager manager(ModuleOp::getOperationName());
    manager.addPass(createTosaToMLProgram());
    addConversions(manager.nest<func::FuncOp>());
    if (failed(runPipeline(manager, getOperation())))
      return signalPassFailure();
    if (failed(expectNoTosa(getOperation())))
      signalPassFailure();
  }
};

} // namespace
} // namespace mlir::eke
