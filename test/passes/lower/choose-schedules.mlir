// RUN: eke-opt %s --eke-choose-schedules -o %t.mlir
// RUN: FileCheck %s < %t.mlir
// RUN: eke-opt %t.mlir --eke-choose-schedules | diff %t.mlir -

// A schedule that is there stays, also an empty one: it may have been edited by hand.
// CHECK-LABEL: func.func @edited(
// CHECK:         schedule [#halide.stage<"exp", unroll(i, 2)>]
func.func @edited(%x: tensor<64xf32>, %e: tensor<64xf32>) -> tensor<64xf32> {
  %y = halide.pipeline "f.exp" ins(%x : tensor<64xf32>) outs(%e : tensor<64xf32>) {
  ^bb0(%a: tensor<64xf32>, %b: tensor<64xf32>):
    %z = linalg.exp {halide.stage = "exp", halide.vars = ["i"]}
        ins(%a : tensor<64xf32>) outs(%b : tensor<64xf32>) -> tensor<64xf32>
    halide.yield %z : tensor<64xf32>
  } schedule [#halide.stage<"exp", unroll(i, 2)>] -> tensor<64xf32>
  return %y : tensor<64xf32>
}

// CHECK-LABEL: func.func @emptied(
// CHECK:         schedule []
func.func @emptied(%x: tensor<64xf32>, %e: tensor<64xf32>) -> tensor<64xf32> {
  %y = halide.pipeline "f.exp" ins(%x : tensor<64xf32>) outs(%e : tensor<64xf32>) {
  ^bb0(%a: tensor<64xf32>, %b: tensor<64xf32>):
    %z = linalg.exp {halide.stage = "exp", halide.vars = ["i"]}
        ins(%a : tensor<64xf32>) outs(%b : tensor<64xf32>) -> tensor<64xf32>
    halide.yield %z : tensor<64xf32>
  } schedule [] -> tensor<64xf32>
  return %y : tensor<64xf32>
}
