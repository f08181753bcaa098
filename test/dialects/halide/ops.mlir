// RUN: eke-opt %s --verify-roundtrip | FileCheck %s

#id = affine_map<(i) -> (i)>

// CHECK-LABEL: func @scale
// CHECK:         halide.pipeline "scale" ins(%{{.*}} : tensor<64xf32>) outs(%{{.*}} : tensor<64xf32>) {
// CHECK:         } schedule [#halide.stage<"out", split(i, io, ii, 8), vectorize(ii), unroll(io, 2), parallel(io)>] -> tensor<64xf32>
func.func @scale(%x: tensor<64xf32>, %y: tensor<64xf32>) -> tensor<64xf32> {
  %r = halide.pipeline "scale" ins(%x : tensor<64xf32>) outs(%y : tensor<64xf32>) {
  ^bb0(%a: tensor<64xf32>, %b: tensor<64xf32>):
    %c = arith.constant 0.5 : f32
    %o = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
        ins(%a : tensor<64xf32>) outs(%b : tensor<64xf32>)
        attrs = {halide.stage = "out", halide.vars = ["i"]} {
    ^bb0(%e: f32, %old: f32):
      %p = arith.mulf %e, %c : f32
      linalg.yield %p : f32
    } -> tensor<64xf32>
    halide.yield %o : tensor<64xf32>
  } schedule [#halide.stage<"out", split(i, io, ii, 8), vectorize(ii), unroll(io, 2), parallel(io)>] -> tensor<64xf32>
  return %r : tensor<64xf32>
}

// A pipeline on memory has no results and still computes on tensors.
// CHECK-LABEL: func @on_memory
// CHECK:         halide.pipeline ins(%{{.*}}, %{{.*}} : memref<4x?xf32, strided<[128, 1], offset: ?>>, index) outs(%{{.*}} : memref<4xf32>) {
// CHECK-NEXT:    ^bb0(%{{.*}}: tensor<4x?xf32>, %{{.*}}: index, %{{.*}}: tensor<4xf32>):
// CHECK:         } schedule [#halide.stage<"sum", reorder(r, c), atomic, rfactor(c, l, "part")>, #halide.stage<"part", compute_at("sum", r), vectorize(l, 4)>]
// CHECK-NEXT:    return
func.func @on_memory(%x: memref<4x?xf32, strided<[128, 1], offset: ?>>, %p: index, %y: memref<4xf32>) {
  halide.pipeline ins(%x, %p : memref<4x?xf32, strided<[128, 1], offset: ?>>, index)
                  outs(%y : memref<4xf32>) {
  ^bb0(%a: tensor<4x?xf32>, %q: index, %b: tensor<4xf32>):
    %o = linalg.reduce {arith.addf} ins(%a : tensor<4x?xf32>) outs(%b : tensor<4xf32>)
        dimensions = [1] {halide.stage = "sum", halide.vars = ["r", "c"]}
    halide.yield %o : tensor<4xf32>
  } schedule [#halide.stage<"sum", reorder(r, c), atomic, rfactor(c, l, "part")>,
              #halide.stage<"part", compute_at("sum", r), vectorize(l, 4)>]
  return
}

// CHECK-LABEL: halide.kernel @copy ins [memref<?xf32, strided<[1], offset: ?>>, index] outs [memref<?xf32>] {
// CHECK:       } schedule [#halide.stage<"out", compute_root, atomic(override), fuse(d0, d1, d), parallel(d, 16)>]
halide.kernel @copy ins [memref<?xf32, strided<[1], offset: ?>>, index] outs [memref<?xf32>] {
^bb0(%a: tensor<?xf32>, %p: index, %b: tensor<?xf32>):
  %s = arith.constant dense<0.0> : tensor<4x4xf32>
  %t = linalg.copy {halide.stage = "out"} ins(%s : tensor<4x4xf32>) outs(%s : tensor<4x4xf32>) -> tensor<4x4xf32>
  %o = linalg.copy ins(%a : tensor<?xf32>) outs(%b : tensor<?xf32>) -> tensor<?xf32>
  halide.yield %o : tensor<?xf32>
} schedule [#halide.stage<"out", compute_root, atomic(override), fuse(d0, d1, d), parallel(d, 16)>]

// CHECK-LABEL: func @clamped_sum
// CHECK:         halide.saturating_add %{{.*}}, %{{.*}} : i16
// CHECK:         halide.saturating_add nsw %{{.*}}, %{{.*}} : i16
func.func @clamped_sum(%a: i16, %b: i16) -> i16 {
  %s = halide.saturating_add %a, %b : i16
  %t = halide.saturating_add nsw %s, %b : i16
  return %t : i16
}

// CHECK-LABEL: func @directive
// CHECK-SAME:    test.directive = #halide.directive<compute_at("out", no)>
func.func @directive() attributes {test.directive = #halide.directive<compute_at("out", no)>} {
  return
}

// CHECK-LABEL: halide.schedule ["f.exp", "g.exp"] = [#halide.stage<"exp", unroll(i, 2)>]
halide.schedule ["f.exp", "g.exp"] = [#halide.stage<"exp", unroll(i, 2)>]
