//===- PhaseChecks.cpp - What phases establish ----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/pipeline/PhaseChecks.h"

#include "dialects/eke/EkeDialect.h"
#include "dialects/halide/HalideDialect.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/Support/MathExtras.h"

namespace mlir::eke {
namespace {

/// What stays in the module to its end, for the image and the state.
bool isStorage(Operation *op) { return isa<WeightOp, StateOp>(op); }

/// Algorithms stay on tensors, in pipelines and in the kernels made of them.
bool isAlgorithm(Operation *op) {
  return isa<halide::PipelineOp, halide::KernelOp>(op);
}

/// Fails with `check`, which reports what it does not like, at the first op for which
/// it fails. What is in an op for which `skip` is true is left out.
LogicalResult checkEach(ModuleOp module,
                        function_ref<LogicalResult(Operation *)> check,
                        function_ref<bool(Operation *)> skip) {
  auto result = module->walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (failed(check(op)))
      return WalkResult::interrupt();
    return skip(op) ? WalkResult::skip() : WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

/// The same for every op for which it fails; what is in one is left out then.
LogicalResult checkAll(ModuleOp module,
                       function_ref<LogicalResult(Operation *)> check) {
  bool isRight = true;
  module->walk<WalkOrder::PreOrder>([&](Operation *op) {
    bool isOpRight = succeeded(check(op));
    isRight &= isOpRight;
    bool isScope = op->hasTrait<OpTrait::IsIsolatedFromAbove>();
    return isOpRight || isScope ? WalkResult::advance() : WalkResult::skip();
  });
  return success(isRight);
}

/// The types of an op's results and of the arguments of its blocks.
SmallVector<Type> getTypes(Operation *op) {
  SmallVector<Type> types(op->getResultTypes());
  for (Region &region : op->getRegions())
    for (Block &block : region)
      llvm::append_range(types, block.getArgumentTypes());
  return types;
}

LogicalResult expectBytes(ModuleOp module, StringRef name) {
  if (module->getAttrOfType<IntegerAttr>(name))
    return success();
  return module.emitError() << "expected the attribute '" << name << "'";
}

} // namespace

LogicalResult checkKnown(ModuleOp module) {
  return checkAll(module, [](Operation *op) -> LogicalResult {
    if (!op->isRegistered())
      return op->emitOpError("is of the dialect '")
             << op->getName().getDialectNamespace()
             << "', which is not known; expected linalg, tensor, arith, math, "
                "scf or TOSA";
    for (Type type : getTypes(op))
      if (auto unknown = dyn_cast<OpaqueType>(type))
        return op->emitOpError("has the type ")
               << unknown << " of a dialect that is not known";
    for (NamedAttribute attr : op->getDiscardableAttrs())
      if (attr.getName().getValue().contains('.') && !attr.getNameDialect())
        return op->emitOpError("has the attribute '")
               << attr.getName().getValue()
               << "' of a dialect that is not known";
    return success();
  });
}

LogicalResult checkSizes(ModuleOp module) {
  auto check = [](Operation *op) -> LogicalResult {
    SmallVector<Type> types = getTypes(op);
    for (NamedAttribute attr : op->getAttrs())
      if (auto type = dyn_cast<TypeAttr>(attr.getValue()))
        types.push_back(type.getValue());
    for (Type type : types)
      if (isTooLarge(type))
        return op->emitOpError() << "has the type " << type << " of more than "
                                 << kMostTensorBytes << " bytes";
    return success();
  };
  return checkAll(module, check);
}

LogicalResult checkShapes(ModuleOp module) {
  if (failed(checkSizes(module)))
    return failure();
  auto isStatic = [](Type type) {
    auto shaped = dyn_cast<ShapedType>(type);
    return !shaped || shaped.hasStaticShape();
  };
  return checkEach(
      module,
      [&](Operation *op) -> LogicalResult {
        if (!isa_and_present<EkeDialect>(op->getDialect()))
          return success();
        for (Type type : getTypes(op))
          if (!isStatic(type))
            return op->emitOpError()
                   << "has the type " << type << ", expected static shapes";
        return success();
      },
      [](Operation *) { return false; });
}

LogicalResult checkFormats(ModuleOp module) {
  return checkAll(module, [](Operation *op) -> LogicalResult {
    auto user = dyn_cast<WeightUser>(op);
    if (!user)
      return success();
    auto type = dyn_cast<RankedTensorType>(
        user.getCompressibleWeight().get().getType());
    if (!type || type.getEncoding())
      return success();
    return op->emitOpError()
           << "reads a weight of type " << type << ", expected a format";
  });
}

LogicalResult checkPlaces(ModuleOp module) {
  auto expectPlace = [](auto op) -> LogicalResult {
    if (op.getPlace())
      return success();
    return op->emitOpError() << "'" << op.getSymName() << "' has no place";
  };
  for (Operation &op : module.getBody()->getOperations()) {
    if (auto weight = dyn_cast<WeightOp>(op))
      if (failed(expectPlace(weight)))
        return failure();
    if (auto state = dyn_cast<StateOp>(op))
      if (failed(expectPlace(state)))
        return failure();
  }
  return failure(failed(expectBytes(module, kImageBytesAttr)) ||
                 failed(expectBytes(module, kStateBytesAttr)));
}

LogicalResult checkLayers(ModuleOp module) {
  return checkEach(
      module,
      [](Operation *op) -> LogicalResult {
        if (!isa_and_present<EkeDialect>(op->getDialect()) || isStorage(op))
          return success();
        return op->emitOpError() << "is a layer, expected functions on linalg";
      },
      [](Operation *) { return false; });
}

LogicalResult checkSchedules(ModuleOp module) {
  return checkEach(
      module,
      [](Operation *op) -> LogicalResult {
        auto pipeline = dyn_cast<halide::PipelineOp>(op);
        if (!pipeline || pipeline.getSchedule())
          return success();
        return op->emitOpError() << "has no schedule";
      },
      isAlgorithm);
}

LogicalResult checkBuffers(ModuleOp module) {
  if (failed(expectBytes(module, kArenaBytesAttr)))
    return failure();
  return checkEach(
      module,
      [](Operation *op) -> LogicalResult {
        // The body of an algorithm stays on tensors.
        ArrayRef<Type> types;
        SmallVector<Type> all = getTypes(op);
        if (!isAlgorithm(op))
          types = all;
        for (Type type : types)
          if (isa<TensorType>(type))
            return op->emitOpError()
                   << "has the type " << type << ", expected buffers";
        bool makesBuffer =
            llvm::any_of(op->getResultTypes(), llvm::IsaPred<MemRefType>);
        if (makesBuffer && hasEffect<MemoryEffects::Allocate>(op))
          return op->emitOpError()
                 << "allocates, expected a buffer of the arena";
        return success();
      },
      isAlgorithm);
}

LogicalResult checkPipelines(ModuleOp module) {
  return checkEach(
      module,
      [](Operation *op) -> LogicalResult {
        if (!isa<halide::PipelineOp>(op))
          return success();
        return op->emitOpError() << "is no kernel, expected a call of one";
      },
      isAlgorithm);
}

LogicalResult checkDialects(ModuleOp module) {
  bool isLowered = true;
  SmallVector<Operation *> casts;
  module->walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (isa<UnrealizedConversionCastOp>(op)) {
      casts.push_back(op);
    } else if (!isa<ModuleOp, halide::KernelOp>(op) && !isStorage(op) &&
               !isa_and_present<LLVM::LLVMDialect>(op->getDialect())) {
      isLowered = false;
      op->emitOpError("has no lowering to the LLVM dialect from (")
          << op->getOperandTypes() << ") to (" << op->getResultTypes() << ")";
    }
    return isAlgorithm(op) ? WalkResult::skip() : WalkResult::advance();
  });
  // Between what is left and what is lowered stand casts.
  if (isLowered && !casts.empty())
    return casts.front()->emitOpError("is left, expected the LLVM dialect");
  return success(isLowered);
}

} // namespace mlir::eke
