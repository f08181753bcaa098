//===- HalideDialect.td - The halide dialect ---------------*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_DIALECTS_HALIDE_HALIDEDIALECT_TD
#define EKE_DIALECTS_HALIDE_HALIDEDIALECT_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"

def Halide_Dialect : Dialect {
  let name = "halide";
  let cppNamespace = "::mlir::eke::halide";
  let summary = "Algorithms in linalg with schedules in Halide's vocabulary";
  let description = [{
    A `halide.pipeline` holds an algorithm, written in linalg on tensors, and a
    schedule that says how its loops run. The two are independent: any schedule
    that verifies gives the same result, up to the order in which floating-point
    numbers are added.

    An op of the body whose result the schedule speaks about is a *stage*. Two
    attributes on a linalg op say so:

    - `halide.stage = "dot"` names the stage;
    - `halide.vars = ["n", "k"]` names its loops, one name per iterator of the
      op. Loops without names are called `d0`, `d1`, …

    A stage without a directive that places it is computed inline if it has no
    reduction, and otherwise stored in full before its first use.
  }];
  let useDefaultAttributePrinterParser = 1;
  let hasOperationAttrVerify = 1;
  let extraClassDeclaration = [{
    void registerAttributes();
  }];
}

class Halide_Op<string mnemonic, list<Trait> traits = []>
    : Op<Halide_Dialect, mnemonic, traits>;

class Halide_Attr<string className, string attrMnemonic>
    : AttrDef<Halide_Dialect, className> {
  let mnemonic = attrMnemonic;
}

#endif // EKE_DIALECTS_HALIDE_HALIDEDIALECT_TD
