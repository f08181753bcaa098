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
    An op whose results of unknown rows (dimension 0) have as many as its first
    operand, up to a constant factor. Row counts are fixed by asking this.
  }];
  let methods = [
    InterfaceMethod<"Returns the rows of every result for `rows` of input.",
      "int64_t", "getResultRows", (ins "int64_t":$rows), "", "return rows;">,
  ];
}

def Eke_Indexing : OpInterface<"Indexing"> {
  let cppNamespace = "::mlir::eke";
  let description = [{
    An op that reaches into memory by integers it is given, and relies on their
    bounds. `eke-bound-arguments` asks it what callers of an entry may pass.
  }];
  let methods = [
    InterfaceMethod<"Returns the first and the last number that the integers of "
                    "`operand` may be; nothing if it does not index by them.",
      "::std::optional<::std::pair<int64_t, int64_t>>", "getIndexRange",
      (ins "::mlir::OpOperand &":$operand)>,
  ];
}

def Eke_StateUser : OpInterface<"StateUser"> {
  let cppNamespace = "::mlir::eke";
  let description = [{
    An op that takes values of states and returns their new values. In memory the new
    value takes the place of the old wherever nothing else needs that. How the
    elements are stored is one choice for all values that follow each other.
  }];
  let methods = [
    InterfaceMethod<"Returns the operands that are states.",
      "::mlir::OperandRange", "getStates">,
    InterfaceMethod<"Returns the new values of these states, in their order.",
      "::mlir::ResultRange", "getNewStates">,
    InterfaceMethod<[{
      May the elements of the states be of `type`, so that the op rounds to it what it
      writes? Passes that choose how states are stored leave all others alone.
      }], "bool", "roundsTo", (ins "::mlir::Type":$type), "", "return false;">,
  ];
}

def Eke_TrafficInterface : OpInterface<"TrafficInterface"> {
  let cppNamespace = "::mlir::eke";
  let description = [{
    An op that says what one execution moves and computes (`dialects/eke/Traffic.h`). Row
    counts have to be known. Whatever counts bytes or multiply-adds asks it: the bytes
    of weights in an entry's tables, the energy model, the report.
  }];
  let methods = [
    InterfaceMethod<[{
      Returns the bytes of each operand and result, and the multiply-adds, where
      `position` rows came before those of this execution.
      }], "::mlir::eke::Traffic", "getTraffic", (ins "int64_t":$position), "",
      "return readAndWriteAll($_op);">,
  ];
}

def Eke_LowersToLinalg : OpInterface<"LowersToLinalg"> {
  let cppNamespace = "::mlir::eke";
  let description = [{
    An op that is computed by linalg on tensors and says how. The ops of this
    dialect implement it as external models (`passes/linalg/*ToLinalg.cpp`), so
    that what an op means stays apart from how it is computed. `eke-to-linalg`
    asks it; ops without it, as those of linalg, stay what they are.

    ```mlir
    %y = eke.activate %x with relu : tensor<1x4xf32>   // a linalg.generic with a maximum
    %z = arith.addf %y, %y : tensor<1x4xf32>           // on elements, in a linalg.generic
    ```
  }];
  let methods = [
    InterfaceMethod<[{
      Builds the op where `lowering` inserts, and returns the values of its results.
      Its operands are what `lowering` has for them. Reports an error on failure.
    }], "::mlir::FailureOr<::llvm::SmallVector<::mlir::Value>>", "lowerToLinalg",
      (ins "::mlir::eke::LayerLowering &":$lowering)>,
  ];
}

#endif // EKE_DIALECTS_EKE_EKEINTERFACES_TD
