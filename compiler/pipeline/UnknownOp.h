//===- UnknownOp.h - What stands for an op that is rejected -----*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_PIPELINE_UNKNOWNOP_H
#define EKE_COMPILER_PIPELINE_UNKNOWNOP_H

#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"

namespace mlir::eke {

/// The dialect of `check.unknown`, which no module has that is read or written.
class CheckDialect : public Dialect {
public:
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(CheckDialect)

  explicit CheckDialect(MLIRContext *context);
  static StringRef getDialectNamespace() { return "check"; }
};

/// Reads its operands and gives values that nobody knows: what computes the operands has
/// to stay, and what uses the results cannot be folded. All phases pass it on, and no code
/// is generated for it.
class UnknownOp
    : public Op<UnknownOp, OpTrait::ZeroRegions, OpTrait::ZeroSuccessors,
                OpTrait::VariadicOperands, OpTrait::VariadicResults,
                bufferization::BufferizableOpInterface::Trait> {
public:
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(UnknownOp)

  using Op::Op;
  static StringRef getOperationName() { return "check.unknown"; }
  static ArrayRef<StringRef> getAttributeNames() { return {}; }
  static UnknownOp create(OpBuilder &b, Location loc, TypeRange results,
                          ValueRange operands);

  bool bufferizesToMemoryRead(OpOperand &,
                              const bufferization::AnalysisState &) {
    return true;
  }
  bool bufferizesToMemoryWrite(OpOperand &,
                               const bufferization::AnalysisState &) {
    return false;
  }
  bufferization::AliasingValueList
  getAliasingValues(OpOperand &, const bufferization::AnalysisState &) {
    return {};
  }
  bool bufferizesToAllocation(Value) { return true; }
  LogicalResult bufferize(RewriterBase &rewriter,
                          const bufferization::BufferizationOptions &options,
                          bufferization::BufferizationState &state);
};

} // namespace mlir::eke

#endif // EKE_COMPILER_PIPELINE_UNKNOWNOP_H
