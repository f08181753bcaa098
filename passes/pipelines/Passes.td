//===- Passes.td - Linalg is grouped into pipelines --------*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_PIPELINES_PASSES_TD
#define EKE_PASSES_PIPELINES_PASSES_TD

include "mlir/Pass/PassBase.td"

def FormPipelinesPass : Pass<"eke-form-pipelines", "::mlir::ModuleOp"> {
  let summary = "Group linalg ops into halide pipelines";
  let description = [{
    Moves the linalg ops of every function into `halide.pipeline`s. An op joins the
    pipeline of a producer if nothing in between needs that pipeline's results or
    writes to memory that the pipeline reads, and

    - the pipeline is row-wise (no product with a matrix), and so is the op; or
    - the pipeline is a product, and the op follows element by element, or adds up
      the product's partial sums, and nothing else needs the product. Its loops
      take over the names of the product's. If it follows two products of one shape
      so, as a gated unit does, both are in the pipeline; the stages of the second
      have names that end in `_2`; or
    - the op starts from what the pipeline computes, as a sum from a bias.

    A product is a reduction that reads something again for other results, such as a
    matrix, or through a window that moves. Reductions after a product, and products of
    what a pipeline computes, start a pipeline of their own: the value between goes
    through memory once. What all ops with dynamic extents say of them in
    `halide.extent_multiple` holds for the pipeline.

    A stage is called what its lowering called it, or what it does; a pipeline, after
    its layer and its product or its last stage. Both are unique. An op that no kernel
    can compute (because of its element type, say) stays outside, with a remark.

    Arithmetic on f16 becomes arithmetic on f32, each result of which is rounded to f16
    again, which gives the same numbers; exp, tanh and erf become polynomials.

    Example:

    ```mlir
    func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {
      %e = tensor.empty() : tensor<4xf32>
      %y = linalg.exp ins(%x : tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
      return %y : tensor<4xf32>
    }
    ```

    becomes

    ```mlir
    func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {
      %e = tensor.empty() : tensor<4xf32>
      %y = halide.pipeline "f.exp" ins(%x : tensor<4xf32>) outs(%e : tensor<4xf32>) {
      ^bb0(%a: tensor<4xf32>, %b: tensor<4xf32>):
        %z = linalg.exp {halide.stage = "exp"} ins(%a : tensor<4xf32>) outs(%b : tensor<4xf32>) -> tensor<4xf32>
        halide.yield %z : tensor<4xf32>
      } -> tensor<4xf32>
      return %y : tensor<4xf32>
    }
    ```
  }];
  let dependentDialects = ["::mlir::eke::halide::HalideDialect"];
}

def InlinePipelinesPass : Pass<"halide-inline-pipelines"> {
  let summary = "Turn pipelines back into plain linalg";
  let description = [{
    Replaces every `halide.pipeline` on tensors that Halide cannot take by its body,
    with a remark that says why; with `all`, every one. What Halide has refused before,
    while it compiled the kernel, says why in `halide.plain_loops`, and is replaced, too. What is inlined becomes
    plain loops. It is the fallback, and the second path that the results of the
    kernels are compared with.

    Example:

    ```mlir
    func.func @f(%x: tensor<4xf32>, %e: tensor<4xf32>) -> tensor<4xf32> {
      %y = halide.pipeline "f.exp" ins(%x : tensor<4xf32>) outs(%e : tensor<4xf32>) {
      ^bb0(%a: tensor<4xf32>, %b: tensor<4xf32>):
        %z = linalg.exp ins(%a : tensor<4xf32>) outs(%b : tensor<4xf32>) -> tensor<4xf32>
        halide.yield %z : tensor<4xf32>
      } -> tensor<4xf32>
      return %y : tensor<4xf32>
    }
    ```

    becomes, with `all`,

    ```mlir
    func.func @f(%x: tensor<4xf32>, %e: tensor<4xf32>) -> tensor<4xf32> {
      %z = linalg.exp ins(%x : tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
      return %z : tensor<4xf32>
    }
    ```
  }];
  let options = [
    Option<"all", "all", "bool", /*default=*/"false",
           "Inline every pipeline, also those that Halide can take">,
  ];
}

def LowerPipelineCallsPass : Pass<"eke-lower-pipeline-calls", "::mlir::ModuleOp"> {
  let summary = "Turn pipelines into kernels and calls of them";
  let description = [{
    Moves the body and the schedule of every bufferised `halide.pipeline` into a
    `halide.kernel` and calls that. Equal pipelines share one kernel. A kernel
    takes, for every memref, a `halide_buffer_t`, which the caller builds on its
    stack, and for every `index` a 64-bit integer. A label in front of every call
    names the pipeline: `eke profile` finds it in the program.

    Example:

    ```mlir
    func.func @step(%x: memref<64xf32>, %y: memref<64xf32>) {
      halide.pipeline "exp" ins(%x : memref<64xf32>) outs(%y : memref<64xf32>) {
      ^bb0(%a: tensor<64xf32>, %b: tensor<64xf32>):
        %o = linalg.exp ins(%a : tensor<64xf32>) outs(%b : tensor<64xf32>) -> tensor<64xf32>
        halide.yield %o : tensor<64xf32>
      }
      return
    }
    ```

    becomes

    ```text
    llvm.inline_asm has_side_effects "eke.call.exp.${:uid}:", "" : () -> ()
    %0 = llvm.call notail @exp(%x_buffer, %y_buffer) : (!llvm.ptr, !llvm.ptr) -> i32
    …
    halide.kernel @exp ins [memref<64xf32>] outs [memref<64xf32>] {…}
    ```
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::LLVM::LLVMDialect",
    "::mlir::memref::MemRefDialect", "::mlir::eke::halide::HalideDialect",
  ];
}

#endif // EKE_PASSES_PIPELINES_PASSES_TD
