//===- LinalgTraffic.cpp - What ops of linalg move and compute ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"

#include "dialects/eke/Counts.h"
#include "dialects/eke/EkeDialect.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::eke {
namespace {

using namespace linalg;

/// The type of what `product` multiplies, before it was made wider.
MacType getMultiplied(Operation *product) {
  mlir::Value operand = product->getOperand(0);
  Operation *source = operand.getDefiningOp();
  if (isa_and_present<arith::ExtSIOp, arith::ExtUIOp, arith::ExtFOp,
                      arith::SubIOp>(source)) // of a zero point
    return source->hasTrait<OpTrait::Elementwise>() &&
                   !isa<arith::SubIOp>(source)
               ? getMacType(source->getOperand(0).getType())
               : getMultiplied(source);
  return getMacType(operand.getType());
}

/// The multiply-adds of one execution of a body.
Traffic countBody(Block &body) {
  Traffic traffic;
  for (Operation &op : body) {
    if (isa<math::FmaOp>(op))
      ++traffic[getMultiplied(&op)];
    if (isa<arith::AddFOp, arith::AddIOp, arith::SubFOp>(op))
      for (mlir::Value term : op.getOperands())
        if (Operation *product = term.getDefiningOp();
            isa_and_present<arith::MulFOp, arith::MulIOp>(product)) {
          ++traffic[getMultiplied(product)];
          break;
        }
  }
  return traffic;
}

template <typename OpTy>
struct LinalgTraffic
    : TrafficInterface::ExternalModel<LinalgTraffic<OpTy>, OpTy> {
  Traffic getTraffic(Operation *op, int64_t) const {
    auto layer = cast<LinalgOp>(op);
    Traffic traffic = countBody(*layer.getBlock());
    int64_t executions = 1;
    for (int64_t extent : layer.getStaticLoopRanges())
      executions = multiplyCounts(executions,
                                  ShapedType::isDynamic(extent) ? 0 : extent);
    for (int64_t &macs : traffic.macs)
      macs = multiplyCounts(macs, executions);
    Traffic moved = readAndWriteAll(op);
    traffic.read = moved.read;
    traffic.written = moved.written;
    // What only says where results go is not read.
    for (OpOperand &init : layer.getDpsInitsMutable())
      if (!layer.payloadUsesValueFromOperand(&init))
        traffic.read[init.getOperandNumber()] = 0;
    return traffic;
  }
};

template <typename... Ops> void attach(MLIRContext *context) {
  (Ops::template attachInterface<LinalgTraffic<Ops>>(*context), ...);
}

/// Of an op of tensors that copies.
template <typename OpTy>
struct CopyTraffic : TrafficInterface::ExternalModel<CopyTraffic<OpTy>, OpTy> {
  Traffic getTraffic(Operation *op, int64_t) const {
    return readAndWriteAll(op);
  }
};

template <typename... Ops> void attachCopies(MLIRContext *context) {
  (Ops::template attachInterface<CopyTraffic<Ops>>(*context), ...);
}

} // namespace

void registerLinalgTraffic(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, LinalgDialect *) {
    attach<
#define GET_OP_LIST
#include "mlir/Dialect/Linalg/IR/LinalgStructuredOps.cpp.inc"
        >(context);
  });
  registry.addExtension(+[](MLIRContext *context, tensor::TensorDialect *) {
    attachCopies<tensor::ConcatOp, tensor::GatherOp, tensor::InsertSliceOp,
                 tensor::PadOp>(context);
  });
}

} // namespace mlir::eke
