//===- UnknownOp.cpp - What stands for an op that is rejected -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/pipeline/UnknownOp.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace mlir::eke {

CheckDialect::CheckDialect(MLIRContext *context)
    : Dialect(getDialectNamespace(), context, TypeID::get<CheckDialect>()) {
  addOperations<UnknownOp>();
}

UnknownOp UnknownOp::create(OpBuilder &b, Location loc, TypeRange results,
                            ValueRange operands) {
  OperationState state(loc, getOperationName());
  state.addTypes(results);
  state.addOperands(operands);
  return cast<UnknownOp>(b.create(state));
}

/// Results that are tensors become buffers that it is given.
LogicalResult
UnknownOp::bufferize(RewriterBase &rewriter,
                     const bufferization::BufferizationOptions &options,
                     bufferization::BufferizationState &state) {
  SmallVector<Value> operands, results(getNumResults());
  for (Value operand : getOperation()->getOperands()) {
    FailureOr<Value> buffer = operand;
    if (isa<TensorType>(operand.getType()))
      buffer = bufferization::getBuffer(rewriter, operand, options, state);
    if (failed(buffer))
      return failure();
    operands.push_back(*buffer);
  }
  SmallVector<Type> numbers;
  for (auto [result, value] :
       llvm::zip_equal(getOperation()->getResults(), results)) {
    auto type = dyn_cast<RankedTensorType>(result.getType());
    if (!type) {
      numbers.push_back(result.getType());
      continue;
    }
    value = memref::AllocOp::create(
        rewriter, getLoc(),
        MemRefType::get(type.getShape(), type.getElementType()));
    operands.push_back(value);
  }
  UnknownOp onMemory = create(rewriter, getLoc(), numbers, operands);
  ResultRange given = onMemory->getResults();
  for (Value &value : results)
    if (!value) {
      value = given.front();
      given = given.drop_front();
    }
  bufferization::replaceOpWithBufferizedValues(rewriter, *this, results);
  return success();
}

} // namespace mlir::eke
