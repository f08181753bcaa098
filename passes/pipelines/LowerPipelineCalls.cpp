//===- LowerPipelineCalls.cpp - Pipelines become kernels and calls --------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   halide.pipeline "f" ins(%x, %p) outs(%y)
//
// becomes
//
//   %bx, %by = halide_buffer_t on the stack, filled as far as types say
//   %bx.host, %by.host = where %x and %y lie now
//   llvm.inline_asm "eke.call.f.0:"
//   llvm.call @f(%bx, %p, %by)
//   module @kernels { halide.kernel @f … }
//
// Kernels are in a module of their own, since the name @f stands for the C
// function in the module outside. The label costs no instruction: equal
// pipelines are one kernel, and it says which of them a call in the program is.
//
//===----------------------------------------------------------------------===//

#include "dialects/eke/TargetLayout.h"
#include "dialects/halide/HalideDialect.h"
#include "passes/Passes.h"
#include "passes/pipelines/KernelNames.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/OperationSupport.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace mlir::eke {

#define GEN_PASS_DEF_LOWERPIPELINECALLSPASS
#include "passes/Passes.h.inc"

namespace {

using halide::KernelOp;
using halide::PipelineOp;

/// `type` as a kernel sees it: where the data starts comes with the call.
Type getKernelType(Type type) {
  auto memref = dyn_cast<MemRefType>(type);
  if (!memref)
    return type;
  auto [strides, offset] = memref.getStridesAndOffset();
  auto layout = StridedLayoutAttr::get(type.getContext(), 0, strides);
  auto strided =
      MemRefType::get(memref.getShape(), memref.getElementType(), layout);
  auto dense = MemRefType::get(memref.getShape(), memref.getElementType());
  return dense.getStridesAndOffset() == strided.getStridesAndOffset() ? dense
                                                                      : strided;
}

/// The kernel names of a module, and which pipelines are which kernel.
class KernelTable {
public:
  explicit KernelTable(ModuleOp module) : module(module), symbols(module) {}

  /// The C function of the kernel that `pipeline` is.
  LLVM::LLVMFuncOp get(PipelineOp pipeline) {
    KernelOp kernel = makeKernel(pipeline);
    for (KernelOp known : kernels)
      if (areEqual(known, kernel)) {
        kernel.erase();
        return symbols.lookup<LLVM::LLVMFuncOp>(known.getSymName());
      }
    LLVM::LLVMFuncOp function = declare(pipeline);
    kernel.setSymName(function.getSymName());
    if (!kernelModule) {
      kernelModule = ModuleOp::create(module.getLoc(), "kernels");
      symbols.insert(kernelModule);
    }
    kernelModule.push_back(kernel);
    kernels.push_back(kernel);
    return function;
  }

private:
  static bool areEqual(KernelOp a, KernelOp b) {
    return a.getInTypes() == b.getInTypes() &&
           a.getOutTypes() == b.getOutTypes() &&
           a.getScheduleAttr() == b.getScheduleAttr() &&
           a.getExtentMultipleAttr() == b.getExtentMultipleAttr() &&
           OperationEquivalence::isRegionEquivalentTo(
               &a.getBody(), &b.getBody(),
               OperationEquivalence::IgnoreLocations);
  }

  /// A kernel with the body of `pipeline`, in no module yet.
  static KernelOp makeKernel(PipelineOp pipeline) {
    OpBuilder builder(pipeline.getContext());
    auto kernelTypes = [](OperandRange operands) {
      return llvm::map_to_vector(operands.getTypes(), getKernelType);
    };
    auto kernel = KernelOp::create(
        builder, pipeline.getLoc(), "kernel", kernelTypes(pipeline.getIns()),
        kernelTypes(pipeline.getOuts()), pipeline.getScheduleAttr(),
        pipeline.getExtentMultipleAttr());
    IRMapping mapping;
    kernel.getBody().getBlocks().clear();
    pipeline.getBody().cloneInto(&kernel.getBody(), mapping);
    return kernel;
  }

  /// `int name(halide_buffer_t * or int64_t, …)`
  LLVM::LLVMFuncOp declare(PipelineOp pipeline) {
    MLIRContext *context = pipeline.getContext();
    SmallVector<Type> args;
    for (Type type : pipeline.getOperandTypes())
      args.push_back(isa<MemRefType>(type)
                         ? Type(LLVM::LLVMPointerType::get(context))
                         : IntegerType::get(context, 64));
    OpBuilder builder = OpBuilder::atBlockEnd(module.getBody());
    auto function = LLVM::LLVMFuncOp::create(
        builder, pipeline.getLoc(), getKernelSymbol(pipeline),
        LLVM::LLVMFunctionType::get(IntegerType::get(context, 32), args));
    function->remove();
    symbols.insert(function);
    return function;
  }

  ModuleOp module;
  SymbolTable symbols;
  ModuleOp kernelModule;
  SmallVector<KernelOp> kernels;
};

/// halide_type_t as the integer that its bytes are: code, bits, lanes.
int64_t getTypeBits(Type element, Operation *op) {
  enum { intCode = 0, uintCode = 1, floatCode = 2 };
  unsigned bits = getElementBits(element, op);
  unsigned code = isa<FloatType>(element) ? floatCode
                  : bits == 1             ? uintCode
                                          : intCode;
  return code | bits << 8 | 1 << 16;
}

/// Builds one `halide_buffer_t`.
class BufferBuilder {
public:
  /// `atEntry` builds what is the same for every run of the function, `atCall`
  /// what is not.
  BufferBuilder(OpBuilder &atEntry, OpBuilder &atCall, Location loc)
      : atEntry(atEntry), atCall(atCall), loc(loc),
        pointer(LLVM::LLVMPointerType::get(atCall.getContext())),
        i32(atCall.getI32Type()), i64(atCall.getI64Type()),
        dimension(LLVM::LLVMStructType::getLiteral(atCall.getContext(),
                                                   {i32, i32, i32, i32})),
        buffer(LLVM::LLVMStructType::getLiteral(
            atCall.getContext(),
            {i64, pointer, pointer, i64, i32, i32, pointer, pointer})) {}

  /// The address of a buffer that describes `memref`.
  Value build(TypedValue<MemRefType> memref);

private:
  enum Field { device, interface, host, flags, type, dimensions, dim, padding };
  enum DimensionField { min, extent, stride, dimensionFlags };

  Value constant(OpBuilder &builder, Type type, int64_t value) {
    return LLVM::ConstantOp::create(builder, loc, type, value);
  }
  Value allocate(Type type) {
    return LLVM::AllocaOp::create(atEntry, loc, pointer, type,
                                  constant(atEntry, i64, 1));
  }
  void store(OpBuilder &builder, Value value, Value base, Type type,
             ArrayRef<LLVM::GEPArg> indices) {
    Value address =
        LLVM::GEPOp::create(builder, loc, pointer, type, base, indices,
                            LLVM::GEPNoWrapFlags::inbounds);
    LLVM::StoreOp::create(builder, loc, value, address);
  }

  /// Stores an extent or stride: at the entry if it is known.
  void storeSize(OpFoldResult size, Value dims, Type dimsType, int index,
                 DimensionField field);
  Value getHost(TypedValue<MemRefType> memref,
                memref::ExtractStridedMetadataOp metadata);

  OpBuilder &atEntry, &atCall;
  Location loc;
  Type pointer, i32, i64, dimension, buffer;
};

void BufferBuilder::storeSize(OpFoldResult size, Value dims, Type dimsType,
                              int index, DimensionField field) {
  SmallVector<LLVM::GEPArg> indices = {0, index, int32_t(field)};
  if (auto attr = dyn_cast<Attribute>(size))
    return store(atEntry,
                 constant(atEntry, i32, cast<IntegerAttr>(attr).getInt()), dims,
                 dimsType, indices);
  Value value = arith::IndexCastOp::create(atCall, loc, i32, cast<Value>(size));
  store(atCall, value, dims, dimsType, indices);
}

Value BufferBuilder::getHost(TypedValue<MemRefType> memref,
                             memref::ExtractStridedMetadataOp metadata) {
  Value address =
      memref::ExtractAlignedPointerAsIndexOp::create(atCall, loc, memref);
  address = arith::IndexCastOp::create(atCall, loc, i64, address);
  Value host = LLVM::IntToPtrOp::create(atCall, loc, TypeRange(pointer),
                                        ValueRange(address));
  if (memref.getType().getLayout().isIdentity())
    return host;
  Value offset = arith::IndexCastOp::create(
      atCall, loc, i64,
      getValueOrCreateConstantIndexOp(atCall, loc,
                                      metadata.getConstifiedMixedOffset()));
  Type element = memref.getType().getElementType();
  unsigned bits = getElementBits(element, metadata);
  Type unit = element.isIndex() ? Type(atCall.getIntegerType(bits))
              : bits == 1       ? Type(atCall.getI8Type())
                                : element;
  return LLVM::GEPOp::create(atCall, loc, pointer, unit, host,
                             ArrayRef<LLVM::GEPArg>{offset},
                             LLVM::GEPNoWrapFlags::inbounds);
}

Value BufferBuilder::build(TypedValue<MemRefType> memref) {
  MemRefType memrefType = memref.getType();
  const int rank = memrefType.getRank();
  auto metadata = memref::ExtractStridedMetadataOp::create(atCall, loc, memref);

  Value result = allocate(buffer);
  Type dimsType = LLVM::LLVMArrayType::get(dimension, rank);
  Value dims = allocate(dimsType);
  Value zero = constant(atEntry, i64, 0);
  Value null = LLVM::ZeroOp::create(atEntry, loc, pointer);
  Value typeBits = constant(atEntry, i32,
                            getTypeBits(memrefType.getElementType(), metadata));
  for (auto [field, value] :
       {std::pair(device, zero), std::pair(interface, null),
        std::pair(flags, zero), std::pair(type, typeBits),
        std::pair(dimensions, constant(atEntry, i32, rank)),
        std::pair(dim, dims), std::pair(padding, null)})
    store(atEntry, value, result, buffer, {0, int32_t(field)});

  SmallVector<OpFoldResult> sizes = metadata.getConstifiedMixedSizes();
  SmallVector<OpFoldResult> strides = metadata.getConstifiedMixedStrides();
  OpFoldResult none = atEntry.getI64IntegerAttr(0);
  for (int i = 0; i < rank; ++i) {
    // Halide counts dimensions from the innermost.
    int from = rank - 1 - i;
    storeSize(none, dims, dimsType, i, min);
    storeSize(sizes[from], dims, dimsType, i, extent);
    storeSize(strides[from], dims, dimsType, i, stride);
    storeSize(none, dims, dimsType, i, dimensionFlags);
  }
  store(atCall, getHost(memref, metadata), result, buffer, {0, int32_t(host)});
  if (metadata->use_empty())
    metadata->erase();
  return result;
}

/// Puts a label in front of the call: its prefix, the pipeline's name, and a
/// number, since the code around may be copied.
void labelCall(OpBuilder &builder, PipelineOp pipeline) {
  std::string label = halide::callLabelPrefix.str() + getCallLabel(pipeline);
  LLVM::InlineAsmOp::create(
      builder, pipeline.getLoc(), TypeRange(), ValueRange(),
      label + ".${:uid}:", /*constraints=*/"", /*has_side_effects=*/true,
      /*is_align_stack=*/false, LLVM::TailCallKind::None,
      /*asm_dialect=*/nullptr, /*operand_attrs=*/nullptr);
}

void lowerPipeline(PipelineOp pipeline, LLVM::LLVMFuncOp kernel) {
  Location loc = pipeline.getLoc();
  OpBuilder atCall(pipeline);
  auto function = pipeline->getParentOfType<FunctionOpInterface>();
  OpBuilder atEntry =
      OpBuilder::atBlockBegin(&function.getFunctionBody().front());
  SmallVector<Value> args;
  for (Value operand : pipeline->getOperands()) {
    if (auto memref = dyn_cast<TypedValue<MemRefType>>(operand))
      args.push_back(BufferBuilder(atEntry, atCall, loc).build(memref));
    else
      args.push_back(arith::IndexCastOp::create(atCall, loc,
                                                atCall.getI64Type(), operand));
  }
  labelCall(atCall, pipeline);
  // A call in tail position becomes a jump: who counts could not see its end.
  LLVM::CallOp::create(atCall, loc, kernel, args)
      .setTailCallKind(LLVM::TailCallKind::NoTail);
  pipeline.erase();
}

struct LowerPipelineCalls
    : impl::LowerPipelineCallsPassBase<LowerPipelineCalls> {
  using Base::Base;

  void runOnOperation() override {
    SmallVector<PipelineOp> pipelines;
    WalkResult result = getOperation().walk([&](PipelineOp pipeline) {
      if (!pipeline.getResults().empty()) {
        pipeline.emitError() << "expected buffers, got tensors: bufferize "
                                "before lowering calls";
        return WalkResult::interrupt();
      }
      pipelines.push_back(pipeline);
      return WalkResult::advance();
    });
    if (result.wasInterrupted())
      return signalPassFailure();
    KernelTable kernels(getOperation());
    for (PipelineOp pipeline : pipelines) {
      LLVM::LLVMFuncOp kernel = kernels.get(pipeline);
      lowerPipeline(pipeline, kernel);
    }
  }
};

} // namespace
} // namespace mlir::eke
