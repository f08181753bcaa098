//===- Passes.td - Passes about energy ---------------------*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_ENERGY_PASSES_TD
#define EKE_PASSES_ENERGY_PASSES_TD

include "mlir/Pass/PassBase.td"

def PrintTrafficPass : Pass<"eke-print-traffic", "::mlir::ModuleOp"> {
  let summary = "Print what each entry moves and computes";
  let description = [{
    Writes a table to the standard error for each `eke.model`, and changes nothing: for each
    layer the bytes that it reads of weights, reads and writes of states and of other
    tensors, and its multiply-adds by type. A layer in a block has the number of the
    apply in front. It is what the ops say (`TrafficInterface`), and what the energy model
    and the entries' tables are made from. Rows have to be known.

    Example:

    ```mlir
    eke.weight @w : tensor<64x16xf32> = <"m.bin", offset = 0, length = 4096, element = f32>
    eke.model @m(%x: tensor<2x16xf32>) -> tensor<2x64xf32> {
      %w = eke.use @w : tensor<64x16xf32>
      %y = eke.linear %x, %w : (tensor<2x16xf32>, tensor<64x16xf32>) -> tensor<2x64xf32>
      eke.yield %y : tensor<2x64xf32>
    }
    ```

    prints

    ```text
    m
      layer                    weights    state   values     macs
      linear                      4096        0      640     2048 f32
      total                       4096        0      640     2048 f32
    ```
  }];
  let options = [
    Option<"position", "position", "int64_t", /*default=*/"0",
           "How many rows came before those of the call">,
  ];
}

#endif // EKE_PASSES_ENERGY_PASSES_TD
