//===- Passes.td - Pipelines have schedules ----------------*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_SCHEDULES_PASSES_TD
#define EKE_PASSES_SCHEDULES_PASSES_TD

include "mlir/Pass/PassBase.td"

def ChooseSchedulesPass : Pass<"eke-choose-schedules", "::mlir::ModuleOp"> {
  let summary = "Give every pipeline a schedule for the target";
  let description = [{
    Picks a recipe for every `halide.pipeline` that has no schedule: by its structure
    (a sum of products, where each input is read, what follows), never by names; by its
    shape, and by the module's `eke.target`. Pipelines that have a schedule keep it, so a
    schedule edited by hand stays. A stage that its schedule stores in full, and that is
    too large for a stack, becomes a result, which has a place in the arena.

    With `schedules=FILE`, pipelines get the schedules that the file has for them
    first: a module with one `halide.schedule` for each kernel, as `eke tune` writes
    it. An entry for a pipeline that does not exist, or whose schedule does not fit,
    is an error at its place in the file.

    Example:

    ```mlir
    func.func @f(%x: tensor<64xf32>, %e: tensor<64xf32>) -> tensor<64xf32> {
      %y = halide.pipeline "f.exp" ins(%x : tensor<64xf32>) outs(%e : tensor<64xf32>) {
      ^bb0(%a: tensor<64xf32>, %b: tensor<64xf32>):
        %z = linalg.exp {halide.stage = "exp", halide.vars = ["i"]}
            ins(%a : tensor<64xf32>) outs(%b : tensor<64xf32>) -> tensor<64xf32>
        halide.yield %z : tensor<64xf32>
      } -> tensor<64xf32>
      return %y : tensor<64xf32>
    }
    ```

    gives the pipeline

    ```text
    schedule [#halide.stage<"exp", vectorize(i, 8)>]
    ```
  }];
  let options = [
    Option<"schedules", "schedules", "std::string", /*default=*/"",
           "A file of schedules that come before the recipes">,
  ];
  let dependentDialects = ["::mlir::eke::halide::HalideDialect"];
}

#endif // EKE_PASSES_SCHEDULES_PASSES_TD
