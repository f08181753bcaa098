//===- HalideOps.cpp - Pipelines and kernels ------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Labels such as (C1) name the constraint in HalideOps.td that a line enforces.
//
//===----------------------------------------------------------------------===//

#include "dialects/halide/HalideDialect.h"
#include "dialects/halide/VerifySchedule.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace mlir::eke::halide;

#define GET_OP_CLASSES
#include "dialects/halide/HalideOps.cpp.inc"

/// The type an operand of type `type` has inside the body.
static Type typeInBody(Type type) {
  if (auto memref = dyn_cast<MemRefType>(type))
    return RankedTensorType::get(memref.getShape(), memref.getElementType());
  return type;
}

/// Gives `region` its one block, with an argument per type.
static void createBody(OpBuilder &builder, Location loc, Region *region,
                       TypeRange types) {
  OpBuilder::InsertionGuard guard(builder);
  SmallVector<Type> bodyTypes = llvm::map_to_vector(types, typeInBody);
  SmallVector<Location> locs(types.size(), loc);
  builder.createBlock(region, region->end(), bodyTypes, locs);
}

/// Checks that `body` has one argument per type (C1 of a kernel, C2 of a
/// pipeline) and yields `outCount` values of the types of the last ones (C4).
static LogicalResult verifyBody(Operation *op, Block &body,
                                ArrayRef<Type> types, size_t outCount) {
  if (body.getNumArguments() != types.size())
    return op->emitOpError("expected ")
           << types.size() << " body arguments, got " << body.getNumArguments();
  for (auto [index, type] : llvm::enumerate(types))
    if (body.getArgument(index).getType() != typeInBody(type))
      return op->emitOpError("expected body argument ")
             << index << " of type " << typeInBody(type) << ", got "
             << body.getArgument(index).getType();

  auto yield = dyn_cast<YieldOp>(body.back());
  if (!yield)
    return op->emitOpError("expected a body that ends in halide.yield");
  if (yield.getValues().size() != outCount)
    return op->emitOpError("expected ")
           << outCount << " yielded values, got " << yield.getValues().size();
  size_t first = types.size() - outCount;
  for (auto [index, value] : llvm::enumerate(yield.getValues()))
    if (value.getType() != typeInBody(types[first + index]))
      return op->emitOpError("expected yielded value ")
             << index << " of type " << typeInBody(types[first + index])
             << ", got " << value.getType();
  return success();
}

//===----------------------------------------------------------------------===//
// PipelineOp
//===----------------------------------------------------------------------===//

void PipelineOp::build(OpBuilder &builder, OperationState &state,
                       TypeRange resultTypes, ValueRange ins, ValueRange outs,
                       StringRef kernelName) {
  state.addOperands(ins);
  state.addOperands(outs);
  state.addTypes(resultTypes);
  llvm::copy(
      ArrayRef<int32_t>{static_cast<int32_t>(ins.size()),
                        static_cast<int32_t>(outs.size())},
      state.getOrAddProperties<Properties>().operandSegmentSizes.begin());
  if (!kernelName.empty())
    state.addAttribute(getKernelNameAttrName(state.name),
                       builder.getStringAttr(kernelName));
  SmallVector<Type> types(ins.getTypes());
  llvm::append_range(types, outs.getTypes());
  createBody(builder, state.location, state.addRegion(), types);
}

YieldOp PipelineOp::getYield() {
  return cast<YieldOp>(getBody().back().back());
}

void PipelineOp::getEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>
        &effects) {
  auto *memory = SideEffects::DefaultResource::get();
  for (OpOperand &operand : getInsMutable())
    if (isa<MemRefType>(operand.get().getType()))
      effects.emplace_back(MemoryEffects::Read::get(), &operand, memory);
  for (OpOperand &operand : getOutsMutable())
    if (isa<MemRefType>(operand.get().getType())) {
      effects.emplace_back(MemoryEffects::Read::get(), &operand, memory);
      effects.emplace_back(MemoryEffects::Write::get(), &operand, memory);
    }
}

LogicalResult PipelineOp::verify() {
  SmallVector<Type> types(getOperandTypes());
  bool someTensor = llvm::any_of(types, llvm::IsaPred<TensorType>);
  bool someMemRef = llvm::any_of(types, llvm::IsaPred<MemRefType>);
  if (someTensor && someMemRef) // (C1)
    return emitOpError("expected only tensors or only memrefs, got both");

  if (someTensor ? getResultTypes() != getOuts().getTypes()
                 : getNumResults() != 0) // (C3)
    return emitOpError("expected ")
           << (someTensor ? getOuts().size() : 0)
           << " results of the types of the outs, got " << getNumResults();

  return verifyBody(*this, getBody().front(), types,
                    getOuts().size()); // (C2), (C4)
}

/// Schedules are about ops inside, which have been verified by then.
LogicalResult PipelineOp::verifyRegions() {
  return verifySchedule(*this, getBody().front(), // (C5) to (C8)
                        getScheduleAttr());
}

//===----------------------------------------------------------------------===//
// KernelOp
//===----------------------------------------------------------------------===//

void KernelOp::build(OpBuilder &builder, OperationState &state, StringRef name,
                     TypeRange inTypes, TypeRange outTypes, ArrayAttr schedule,
                     IntegerAttr extentMultiple) {
  SmallVector<Type> types(inTypes);
  llvm::append_range(types, outTypes);
  build(builder, state, name,
        builder.getTypeArrayAttr(SmallVector<Type>(inTypes)),
        builder.getTypeArrayAttr(SmallVector<Type>(outTypes)), schedule,
        extentMultiple);
  createBody(builder, state.location, state.regions.front().get(), types);
}

YieldOp KernelOp::getYield() { return cast<YieldOp>(getBody().back().back()); }

LogicalResult KernelOp::verify() {
  SmallVector<Type> types;
  for (TypeAttr type : getInTypes().getAsRange<TypeAttr>())
    types.push_back(type.getValue());
  for (TypeAttr type : getOutTypes().getAsRange<TypeAttr>())
    types.push_back(type.getValue());
  for (Type type : types)
    if (!isa<MemRefType, IndexType>(type)) // (C1)
      return emitOpError("expected operands of memref or index type, got ")
             << type;
  return verifyBody(*this, getBody().front(), types,
                    getOutTypes().size()); // (C1), (C2)
}

LogicalResult KernelOp::verifyRegions() {
  return verifySchedule(*this, getBody().front(), getScheduleAttr()); // (C2)
}
