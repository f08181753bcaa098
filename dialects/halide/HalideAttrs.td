//===- HalideAttrs.td - Schedules --------------------------*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_DIALECTS_HALIDE_HALIDEATTRS_TD
#define EKE_DIALECTS_HALIDE_HALIDEATTRS_TD

include "dialects/halide/HalideDialect.td"

def Halide_DirectiveKind : I32EnumAttr<"DirectiveKind",
    "what a directive does to the loops of a stage", [
  I32EnumAttrCase<"ComputeInline", 0, "compute_inline">,
  I32EnumAttrCase<"ComputeRoot", 1, "compute_root">,
  I32EnumAttrCase<"ComputeAt", 2, "compute_at">,
  I32EnumAttrCase<"Split", 3, "split">,
  I32EnumAttrCase<"Fuse", 4, "fuse">,
  I32EnumAttrCase<"Reorder", 5, "reorder">,
  I32EnumAttrCase<"Vectorize", 6, "vectorize">,
  I32EnumAttrCase<"Unroll", 7, "unroll">,
  I32EnumAttrCase<"Parallel", 8, "parallel">,
  I32EnumAttrCase<"Atomic", 9, "atomic">,
  I32EnumAttrCase<"Rfactor", 10, "rfactor">,
]> {
  let cppNamespace = "::mlir::eke::halide";
  let genSpecializedAttr = 0;
}

def Halide_DirectiveAttr : Halide_Attr<"Directive", "directive"> {
  let summary = "One scheduling directive";
  let description = [{
    Loops are named by `halide.vars`, or by an earlier `split` or `fuse` of the
    same stage. A directive on a parallel loop also applies to the loops that
    initialise a reduction.

    | directive | meaning |
    |---|---|
    | `compute_inline` | the stage is recomputed where it is used (no reductions) |
    | `compute_root` | the stage is stored in full before its first use |
    | `compute_at("s", v)` | each iteration of loop `v` of stage `s` stores the part it needs |
    | `split(v, vo, vi, n)` | `v` becomes `vo` around `vi`, with `n` iterations in `vi` |
    | `fuse(vi, vo, v)` | `vi` and the loop `vo` around it become one loop `v` |
    | `reorder(a, b, …)` | nests the loops, innermost first |
    | `vectorize(v)`, `vectorize(v, n)` | all of `v`, or `n` iterations at a time, in vector lanes |
    | `unroll(v)`, `unroll(v, n)` | all of `v`, or `n` iterations at a time, written out |
    | `parallel(v)`, `parallel(v, n)` | iterations, or runs of `n` iterations, are tasks of the pool |
    | `atomic`, `atomic(override)` | a reduction may be reordered, so its loops may be vectorised; with `override` although the operation is not associative in general |
    | `rfactor(r, v, "s")` | the reduction loop `r` becomes the parallel loop `v` of a new stage `s` of partial results, which the stage then adds up over `r` |

    A split whose factor does not divide the loop guards the rest with a test.

    Example:

    ```mlir
    #halide.directive<split(k, ko, ki, 8)>
    ```
  }];
  let parameters = (ins
    EnumParameter<Halide_DirectiveKind>:$kind,
    OptionalArrayRefParameter<"StringAttr">:$loops,
    OptionalParameter<"StringAttr">:$stage,
    DefaultValuedParameter<"int64_t", "0">:$factor
  );
  let builders = [
    AttrBuilder<(ins "DirectiveKind":$kind,
                     CArg<"ArrayRef<StringRef>", "{}">:$loops,
                     CArg<"int64_t", "0">:$factor,
                     CArg<"StringRef", "{}">:$stage)>
  ];
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

def Halide_StageAttr : Halide_Attr<"Stage", "stage"> {
  let summary = "The schedule of one stage";
  let description = [{
    The name of a stage and its directives, in the order in which they apply.

    Example:

    ```mlir
    #halide.stage<"dot", compute_at("out", no), atomic, vectorize(ki), unroll(ko, 2)>
    ```
  }];
  let parameters = (ins
    "StringAttr":$name,
    OptionalArrayRefParameter<"DirectiveAttr">:$directives
  );
  let hasCustomAssemblyFormat = 1;
}

def Halide_ScheduleAttr
    : TypedArrayAttrBase<Halide_StageAttr, "array of stage schedules">;

#endif // EKE_DIALECTS_HALIDE_HALIDEATTRS_TD
