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

// Over all positions that are live, threads share the rows of a prompt.
// CHECK-LABEL: func.func @prompt(
// CHECK:         schedule [#halide.stage<"exp", vectorize(j, 8), parallel(m)>]
func.func @prompt(%x: tensor<8x?xf32>, %e: tensor<8x?xf32>) -> tensor<8x?xf32> {
  %y = halide.pipeline "f.exp" ins(%x : tensor<8x?xf32>) outs(%e : tensor<8x?xf32>) {
  ^bb0(%a: tensor<8x?xf32>, %b: tensor<8x?xf32>):
    %z = linalg.exp {halide.stage = "exp", halide.vars = ["m", "j"]}
        ins(%a : tensor<8x?xf32>) outs(%b : tensor<8x?xf32>) -> tensor<8x?xf32>
    halide.yield %z : tensor<8x?xf32>
  } {extent_multiple = 8 : i64} -> tensor<8x?xf32>
  return %y : tensor<8x?xf32>
}

// Fewer rows are not worth waking a thread.
// CHECK-LABEL: func.func @few_rows(
// CHECK:         schedule [#halide.stage<"exp", vectorize(j, 8)>]
func.func @few_rows(%x: tensor<4x?xf32>, %e: tensor<4x?xf32>) -> tensor<4x?xf32> {
  %y = halide.pipeline "f.exp" ins(%x : tensor<4x?xf32>) outs(%e : tensor<4x?xf32>) {
  ^bb0(%a: tensor<4x?xf32>, %b: tensor<4x?xf32>):
    %z = linalg.exp {halide.stage = "exp", halide.vars = ["m", "j"]}
        ins(%a : tensor<4x?xf32>) outs(%b : tensor<4x?xf32>) -> tensor<4x?xf32>
    halide.yield %z : tensor<4x?xf32>
  } {extent_multiple = 8 : i64} -> tensor<4x?xf32>
  return %y : tensor<4x?xf32>
}
