//===- EkeInterfaces.td - What passes ask of an op ---------*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_DIALECTS_EKE_EKEINTERFACES_TD
#define EKE_DIALECTS_EKE_EKEINTERFACES_TD

include "mlir/IR/OpBase.td"

def Eke_WeightUser : OpInterface<"WeightUser"> {
  let cppNamespace = "::mlir::eke";
  let description = [{
    An op that reads weights. Passes that choose how a weight is stored ask which
    operands may carry a `#eke.format`.
  }];
  let methods = [
    InterfaceMethod<"Returns the operand that may be stored compressed.",
      "::mlir::OpOperand &", "getCompressibleWeight">,
  ];
}

def Eke_RowWise : OpInterface<"RowWise"> {
  let cppNamespace = "::mlir::eke";
  let description = [{
    An op whose results have as many rows (dimension 0) as its first operand, up
    to a constant factor. Row counts are fixed by asking this.
  }];
  let methods = [
    InterfaceMethod<"Returns the rows of every result for `rows` of input.",
      "int64_t", "getResultRows", (ins "int64_t":$rows), "", "return rows;">,
  ];
}

def Eke_StateRounder : OpInterface<"StateRounder"> {
  let cppNamespace = "::mlir::eke";
  let description = [{
    An op that rounds what it writes to a state to the state's elements, f32 or
    f16. Passes that choose how states are stored leave all others alone.
  }];
}

#endif // EKE_DIALECTS_EKE_EKEINTERFACES_TD
