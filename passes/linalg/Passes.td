//===- Passes.td - Models are functions on linalg ----------*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_LINALG_PASSES_TD
#define EKE_PASSES_LINALG_PASSES_TD

include "mlir/Pass/PassBase.td"

def EkeToLinalgPass : Pass<"eke-to-linalg", "::mlir::ModuleOp"> {
  let summary = "Lower models and blocks to functions on linalg";
  let description = [{
    Every block becomes a function, every model an entry function. Arguments are
    buffers (inputs, weights, states, then the outputs); inside, the algorithm is
    linalg on tensors. Weights and states that have a place are views of the image
    `@eke_weights` and of the entry's argument `%state`. Applies of a block each of
    which passes its values to the next become a loop over a table of offsets, so
    that code does not grow with depth.

    A state is one tensor on its memory, which gets its new value at the end, when
    outputs are stored: bufferisation works in place where nothing else needs the old
    value. An apply works on the memory itself if its states come straight from
    `eke.read` (or another such apply), go straight to `eke.write`, and have no other
    use; else on a copy.

    An entry function carries an `#eke.entry`: the model's, and with it its name, its
    rows, and its inputs and outputs. A remark is given for each `eke.exit`, which
    plain decoding passes by.

    Example:

    ```mlir
    eke.model @step_1(%x: tensor<1x4xf32> {eke.name = "x"})
        -> (tensor<1x4xf32> {eke.name = "y"}) rows [1] {
      %0 = eke.activate %x with relu : tensor<1x4xf32>
      eke.yield %0 : tensor<1x4xf32>
    }
    ```

    becomes

    ```mlir
    func.func @step_1(%x: memref<1x4xf32>, %y: memref<1x4xf32>, %state: memref<0xi8>)
        attributes {eke.entry = #eke.entry<name = "step", rows = 1,
                        inputs = [#eke.argument<"x">], outputs = [#eke.argument<"y">]>} {
      %0 = bufferization.to_tensor %x restrict : memref<1x4xf32> to tensor<1x4xf32>
      %e = tensor.empty() : tensor<1x4xf32>
      %1 = linalg.generic {
          indexing_maps = [affine_map<(m, k) -> (m, k)>, affine_map<(m, k) -> (m, k)>],
          iterator_types = ["parallel", "parallel"]}
          ins(%0 : tensor<1x4xf32>) outs(%e : tensor<1x4xf32>)
          attrs = {halide.stage = "activate", halide.vars = ["m", "k"]} {
      ^bb0(%in: f32, %out: f32):
        %zero = arith.constant 0.0 : f32
        %2 = arith.maximumf %in, %zero fastmath<nnan> : f32
        linalg.yield %2 : f32
      } -> tensor<1x4xf32>
      bufferization.materialize_in_destination %1 in restrict writable %y
          : (tensor<1x4xf32>, memref<1x4xf32>) -> ()
      return
    }
    ```
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::bufferization::BufferizationDialect",
    "::mlir::func::FuncDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::math::MathDialect", "::mlir::memref::MemRefDialect",
    "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect",
  ];
}

#endif // EKE_PASSES_LINALG_PASSES_TD
