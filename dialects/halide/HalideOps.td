//===- HalideOps.td - Pipelines and kernels ----------------*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_DIALECTS_HALIDE_HALIDEOPS_TD
#define EKE_DIALECTS_HALIDE_HALIDEOPS_TD

include "dialects/halide/HalideAttrs.td"
include "mlir/Interfaces/DestinationStyleOpInterface.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/IR/SymbolInterfaces.td"

def Halide_Element : AnyTypeOf<[I1, I8, I16, I32, I64, F16, F32, Index],
    "an element type kernels have">;
def Halide_Tensor : RankedTensorOf<[Halide_Element]>;
def Halide_MemRef : StridedMemRefOf<[Halide_Element]>;
def Halide_In : AnyTypeOf<[Halide_Tensor, Halide_MemRef, Index]>;
def Halide_Out : AnyTypeOf<[Halide_Tensor, Halide_MemRef]>;

def Halide_PipelineOp : Halide_Op<"pipeline", [
    AttrSizedOperandSegments, DestinationStyleOpInterface, IsolatedFromAbove,
    DeclareOpInterfaceMethods<MemoryEffectsOpInterface>, SingleBlock]> {
  let summary = "An algorithm in linalg and the schedule it runs by";
  let description = [{
    Computes `outs` from `ins`. Outside, the operands are tensors, or after
    bufferisation memrefs; inside, the body is always linalg on tensors, with
    one block argument per operand. Operands of type `index` are scalars that
    are known when the pipeline runs, such as a position in a cache.

    Whoever builds the op promises that every dynamic extent is a multiple of
    `extent_multiple`, so that loops over it can be split without a rest.

    An element of an `outs` argument may be read only as the initial value of
    the same element of the result.

    Constraints:
    - (C1) the operands are all tensors or all memrefs, apart from scalars
    - (C2) the body has one argument per operand, of its shape and element type
    - (C3) there is one result per tensor in `outs`, of its type
    - (C4) the body yields one value per operand in `outs`, of its type
    - (C5) no two ops of the body have the same `halide.stage`
    - (C6) the schedule speaks once of each stage, and only of stages that exist
    - (C7) a directive names loops that its stage has at that point
    - (C8) `compute_at` names a stage and one of its loops
    - (C9) `halide.vars` names each loop of its op, with distinct names
    - (C10) the loops of a stage that are unrolled make at most 4096 copies of its
      body, those that are vectorised at most 4096 elements, as far as is known how
      often they run: a stage inside another is as large as a part of that

    Example:

    ```mlir
    func.func @scale(%x: tensor<64xf32>, %y: tensor<64xf32>) -> tensor<64xf32> {
      %r = halide.pipeline "scale" ins(%x : tensor<64xf32>) outs(%y : tensor<64xf32>) {
      ^bb0(%a: tensor<64xf32>, %b: tensor<64xf32>):
        %c = arith.constant 0.5 : f32
        %o = linalg.generic {
            indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>],
            iterator_types = ["parallel"]}
            ins(%a : tensor<64xf32>) outs(%b : tensor<64xf32>)
            attrs = {halide.stage = "out", halide.vars = ["i"]} {
        ^bb0(%e: f32, %old: f32):
          %p = arith.mulf %e, %c : f32
          linalg.yield %p : f32
        } -> tensor<64xf32>
        halide.yield %o : tensor<64xf32>
      } schedule [#halide.stage<"out", vectorize(i, 8)>] -> tensor<64xf32>
      return %r : tensor<64xf32>
    }
    ```
  }];
  let arguments = (ins
    Variadic<Halide_In>:$ins,
    Variadic<Halide_Out>:$outs,
    OptionalAttr<StrAttr>:$kernel_name,
    OptionalAttr<Halide_ScheduleAttr>:$schedule,
    OptionalAttr<ConfinedAttr<I64Attr, [IntPositive]>>:$extent_multiple
  );
  let results = (outs Variadic<Halide_Tensor>:$results);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    ($kernel_name^)? (`ins` `(` $ins^ `:` type($ins) `)`)?
    `outs` `(` $outs `:` type($outs) `)`
    $body (`schedule` $schedule^)? attr-dict (`->` type($results)^)?
  }];
  let skipDefaultBuilders = 1;
  let builders = [
    OpBuilder<(ins "TypeRange":$resultTypes, "ValueRange":$ins,
                   "ValueRange":$outs, CArg<"StringRef", "{}">:$kernelName)>
  ];
  let extraClassDeclaration = [{
    MutableOperandRange getDpsInitsMutable() { return getOutsMutable(); }

    /// The body's argument for an operand of `outs`.
    BlockArgument getOutArgument(unsigned index) {
      return getBody().getArgument(getIns().size() + index);
    }

    /// The op that ends the body.
    YieldOp getYield();
  }];
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
}

def Halide_KernelOp : Halide_Op<"kernel", [
    IsolatedFromAbove, SingleBlock, Symbol]> {
  let summary = "A function that Halide compiles";
  let description = [{
    The body and the schedule of a bufferised `halide.pipeline`, as a function
    of the C ABI: one `halide_buffer_t *` per memref and one `int64_t` per
    `index`, first `ins`, then `outs`; it returns an `int`, which is 0. The
    types say which extents and strides are constants of the code. Halide
    counts dimensions from the innermost: its dimension 0 is the last here.

    Constraints:
    - (C1) the body has one argument per type, of its shape and element type
    - (C2) the body and the schedule obey C4 to C10 of `halide.pipeline`

    Example:

    ```mlir
    halide.kernel @copy ins [memref<?xf32, strided<[1], offset: ?>>] outs [memref<?xf32>] {
    ^bb0(%a: tensor<?xf32>, %b: tensor<?xf32>):
      %o = linalg.copy {halide.stage = "out"} ins(%a : tensor<?xf32>) outs(%b : tensor<?xf32>) -> tensor<?xf32>
      halide.yield %o : tensor<?xf32>
    } schedule [#halide.stage<"out", vectorize(d0, 4)>]
    ```
  }];
  let arguments = (ins
    SymbolNameAttr:$sym_name,
    TypeArrayAttr:$in_types,
    TypeArrayAttr:$out_types,
    OptionalAttr<Halide_ScheduleAttr>:$schedule,
    OptionalAttr<ConfinedAttr<I64Attr, [IntPositive]>>:$extent_multiple
  );
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $sym_name `ins` $in_types `outs` $out_types
    $body (`schedule` $schedule^)? attr-dict
  }];
  let builders = [
    OpBuilder<(ins "StringRef":$name, "TypeRange":$inTypes,
                   "TypeRange":$outTypes, "ArrayAttr":$schedule,
                   CArg<"IntegerAttr", "{}">:$extentMultiple)>
  ];
  let extraClassDeclaration = [{
    /// The op that ends the body.
    YieldOp getYield();
  }];
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
}

def Halide_YieldOp : Halide_Op<"yield", [
    Pure, Terminator, ParentOneOf<["PipelineOp", "KernelOp"]>]> {
  let summary = "Ends the body of a pipeline with its results";
  let description = [{
    Example:

    ```mlir
    %r = halide.pipeline ins(%x : tensor<64xf32>) outs(%y : tensor<64xf32>) {
    ^bb0(%a: tensor<64xf32>, %b: tensor<64xf32>):
      %o = linalg.exp ins(%a : tensor<64xf32>) outs(%b : tensor<64xf32>) -> tensor<64xf32>
      halide.yield %o : tensor<64xf32>
    } -> tensor<64xf32>
    ```
  }];
  let arguments = (ins Variadic<Halide_Tensor>:$values);
  let assemblyFormat = "attr-dict $values `:` type($values)";
}

def Halide_ScheduleOp : Halide_Op<"schedule"> {
  let summary = "The schedule of the pipelines that are named";
  let description = [{
    An entry of a file of schedules, which `eke tune` writes and the option
    `schedules` of `--eke-choose-schedules` takes: each of `pipelines` gets
    `schedule`. Equal pipelines share an entry, as they share a kernel.

    Example:

    ```mlir
    halide.schedule ["decoder_1.gate.exp", "decoder_1.up.exp"] = [#halide.stage<"exp", vectorize(i, 8)>]
    ```
  }];
  let arguments = (ins
    ConfinedAttr<StrArrayAttr, [ArrayMinCount<1>]>:$pipelines,
    Halide_ScheduleAttr:$schedule
  );
  let assemblyFormat = "$pipelines `=` $schedule attr-dict";
}

def Halide_SaturatingAddOp : Halide_Op<"saturating_add", [
    Pure, Commutative, SameOperandsAndResultType]> {
  let summary = "Adds signed integers and clamps to their range";
  let description = [{
    For integers of `b` bits, computes

        result = min(max(lhs + rhs, -2^(b-1)), 2^(b-1) - 1)

    CPUs have it as one instruction on vectors of 8 or 16 bits, which `arith`
    cannot name. `nsw` (no signed wrap, as in `arith`) promises that the sum is in
    range: where an instruction that multiplies and adds does not need the clamping, a
    plain addition may take its place.

    Example:

    ```mlir
    func.func @clamped_sum(%a: i16, %b: i16) -> i16 {
      %s = halide.saturating_add %a, %b : i16
      %t = halide.saturating_add nsw %s, %s : i16
      return %t : i16
    }
    ```
  }];
  let arguments = (ins
    AnyTypeOf<[I8, I16, I32]>:$lhs,
    AnyTypeOf<[I8, I16, I32]>:$rhs,
    UnitAttr:$nsw
  );
  let results = (outs AnyTypeOf<[I8, I16, I32]>:$result);
  let assemblyFormat = "(`nsw` $nsw^)? $lhs `,` $rhs attr-dict `:` type($result)";
}

#endif // EKE_DIALECTS_HALIDE_HALIDEOPS_TD
