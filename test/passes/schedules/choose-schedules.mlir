// RUN: eke-opt %s --eke-choose-schedules -o %t.mlir
// RUN: FileCheck %s < %t.mlir
// RUN: eke-opt %t.mlir --eke-choose-schedules | diff %t.mlir -

#all = affine_map<(m, no, ni) -> (m, no, ni)>
#rows = affine_map<(m, no, ni, ko, ki) -> (m, ko * 4 + ki)>
#weights = affine_map<(m, no, ni, ko, ki) -> (no, ko, ni, ki)>
#sums = affine_map<(m, no, ni, ko, ki) -> (m, no, ni)>

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

// Of two products in one pipeline, the second has the schedule of the first, and their
// weights together decide whether threads share them.
// CHECK-LABEL: func.func @twins(
// CHECK:         schedule [#halide.stage<"unit", split(no, np, nt, 1), reorder(ni, nt, np), vectorize(ni), parallel(np)>,
// CHECK-SAME:      #halide.stage<"dot", compute_at("unit", nt), [[DOT:.*]]>,
// CHECK-SAME:      #halide.stage<"dot_2", compute_at("unit", nt), [[DOT]]>]
func.func @twins(%x: tensor<1x1024xi8>, %v: tensor<8x256x16x4xi8>, %w: tensor<8x256x16x4xi8>, %e: tensor<1x8x16xf32>) -> tensor<1x8x16xf32> {
  %y = halide.pipeline "f.gate_up.dot" ins(%x, %v, %w : tensor<1x1024xi8>, tensor<8x256x16x4xi8>, tensor<8x256x16x4xi8>) outs(%e : tensor<1x8x16xf32>) {
  ^bb0(%a: tensor<1x1024xi8>, %b: tensor<8x256x16x4xi8>, %c: tensor<8x256x16x4xi8>, %o: tensor<1x8x16xf32>):
    %zero = arith.constant 0 : i32
    %empty = tensor.empty() : tensor<1x8x16xi32>
    %init = linalg.fill ins(%zero : i32) outs(%empty : tensor<1x8x16xi32>) -> tensor<1x8x16xi32>
    %dot = linalg.generic {halide.stage = "dot", halide.vars = ["m", "no", "ni", "rko", "rki"],
        indexing_maps = [#rows, #weights, #sums], iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction"]}
        ins(%a, %b : tensor<1x1024xi8>, tensor<8x256x16x4xi8>) outs(%init : tensor<1x8x16xi32>) {
    ^bb0(%p: i8, %q: i8, %sum: i32):
      %pw = arith.extsi %p : i8 to i32
      %qw = arith.extsi %q : i8 to i32
      %pq = arith.muli %pw, %qw : i32
      %next = arith.addi %sum, %pq : i32
      linalg.yield %next : i32
    } -> tensor<1x8x16xi32>
    %dot2 = linalg.generic {halide.stage = "dot_2", halide.vars = ["m", "no", "ni", "rko", "rki"],
        indexing_maps = [#rows, #weights, #sums], iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction"]}
        ins(%a, %c : tensor<1x1024xi8>, tensor<8x256x16x4xi8>) outs(%init : tensor<1x8x16xi32>) {
    ^bb0(%p: i8, %q: i8, %sum: i32):
      %pw = arith.extsi %p : i8 to i32
      %qw = arith.extsi %q : i8 to i32
      %pq = arith.muli %pw, %qw : i32
      %next = arith.addi %sum, %pq : i32
      linalg.yield %next : i32
    } -> tensor<1x8x16xi32>
    %f = tensor.empty() : tensor<1x8x16xf32>
    %r = linalg.generic {halide.stage = "dequantize", halide.vars = ["m", "no", "ni"], indexing_maps = [#all, #all],
        iterator_types = ["parallel", "parallel", "parallel"]} ins(%dot : tensor<1x8x16xi32>) outs(%f : tensor<1x8x16xf32>) {
    ^bb0(%i: i32, %out: f32):
      %g = arith.sitofp %i : i32 to f32
      linalg.yield %g : f32
    } -> tensor<1x8x16xf32>
    %s = linalg.generic {halide.stage = "dequantize_2", halide.vars = ["m", "no", "ni"], indexing_maps = [#all, #all],
        iterator_types = ["parallel", "parallel", "parallel"]} ins(%dot2 : tensor<1x8x16xi32>) outs(%f : tensor<1x8x16xf32>) {
    ^bb0(%i: i32, %out: f32):
      %g = arith.sitofp %i : i32 to f32
      linalg.yield %g : f32
    } -> tensor<1x8x16xf32>
    %t = linalg.mul {halide.stage = "unit", halide.vars = ["m", "no", "ni"]}
        ins(%r, %s : tensor<1x8x16xf32>, tensor<1x8x16xf32>) outs(%o : tensor<1x8x16xf32>) -> tensor<1x8x16xf32>
    halide.yield %t : tensor<1x8x16xf32>
  } -> tensor<1x8x16xf32>
  return %y : tensor<1x8x16xf32>
}

// Stages without a name cannot be scheduled.
// CHECK-LABEL: func.func @unnamed(
// CHECK:         schedule []
func.func @unnamed(%x: tensor<16x32xf32>, %w: tensor<32x64xf32>, %e: tensor<16x64xf32>) -> tensor<16x64xf32> {
  %y = halide.pipeline "unnamed" ins(%x, %w : tensor<16x32xf32>, tensor<32x64xf32>) outs(%e : tensor<16x64xf32>) {
  ^bb0(%a: tensor<16x32xf32>, %b: tensor<32x64xf32>, %o: tensor<16x64xf32>):
    %zero = arith.constant 0.0 : f32
    %f = linalg.fill ins(%zero : f32) outs(%o : tensor<16x64xf32>) -> tensor<16x64xf32>
    %p = linalg.matmul ins(%a, %b : tensor<16x32xf32>, tensor<32x64xf32>) outs(%f : tensor<16x64xf32>) -> tensor<16x64xf32>
    halide.yield %p : tensor<16x64xf32>
  } -> tensor<16x64xf32>
  return %y : tensor<16x64xf32>
}
