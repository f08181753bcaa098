// RUN: eke-opt %s --eke-form-pipelines --eke-choose-schedules | FileCheck %s

// Four rows of four vectors of sums are in registers; the stage that stores them is the
// schedule's own, as there is nothing behind the product.
// CHECK-LABEL: func.func @matmul(
// CHECK:         schedule [#halide.stage<"matmul_out", split(d1, np, nt, 16), split(d0, mo, mi, 4), reorder(nt, mi, mo, np), vectorize(nt, 4), unroll(nt), unroll(mi)>,
// CHECK-SAME:      #halide.stage<"matmul", compute_at("matmul_out", mo), reorder(d1, d0, d2), vectorize(d1, 4), unroll(d1), unroll(d0), unroll(d2, 4)>]
func.func @matmul(%x: tensor<16x32xf32>, %w: tensor<32x64xf32>) -> tensor<16x64xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<16x64xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<16x64xf32>) -> tensor<16x64xf32>
  %y = linalg.matmul ins(%x, %w : tensor<16x32xf32>, tensor<32x64xf32>) outs(%f : tensor<16x64xf32>) -> tensor<16x64xf32>
  return %y : tensor<16x64xf32>
}

// The rows of a transposed matrix are apart: the vectors lie along the sum.
// CHECK-LABEL: func.func @transposed(
// CHECK:         schedule [#halide.stage<"addf_out", split(d1, np, nt, 4), split(d0, mo, mi, 4), reorder(nt, mi, mo, np), unroll(nt), unroll(mi)>,
// CHECK-SAME:      #halide.stage<"addf", compute_at("addf_out", mo), split(d2, ro, ri, 4), rfactor(ri, l, "addf_part"), atomic, vectorize(ri), unroll(d1), unroll(d0)>,
// CHECK-SAME:      #halide.stage<"addf_part", compute_at("addf_out", mo), reorder(l, d1, d0, ro), vectorize(l), unroll(d1), unroll(d0)>]
func.func @transposed(%x: tensor<16x32xf32>, %w: tensor<64x32xf32>) -> tensor<16x64xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<16x64xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<16x64xf32>) -> tensor<16x64xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]} ins(%x, %w : tensor<16x32xf32>, tensor<64x32xf32>) outs(%f : tensor<16x64xf32>) {
  ^bb0(%a: f32, %b: f32, %s: f32):
    %p = arith.mulf %a, %b : f32
    %t = arith.addf %s, %p : f32
    linalg.yield %t : f32
  } -> tensor<16x64xf32>
  return %y : tensor<16x64xf32>
}

// A convolution is the same over more loops: columns are channels, rows are along the
// width. It pays to share the lines of the image out, and they go outside.
// CHECK-LABEL: func.func @convolution(
// CHECK:         schedule [#halide.stage<"addf", split(d3, np, nt, 16), split(d2, mo, mi, 5), {{.*}} reorder(nt, mi, mo, tq, d0, np, tp), parallel(tp), vectorize(nt, 4), unroll(nt), unroll(mi)>,
// CHECK-SAME:      #halide.stage<"conv_2d_nhwc_hwcf", compute_at("addf", mo), reorder(d3, d2, d6, d5, d4), vectorize(d3, 4), unroll(d3), unroll(d2), unroll(d6, 4)>]
func.func @convolution(%x: tensor<1x34x34x8xf32>, %w: tensor<3x3x8x16xf32>) -> tensor<1x32x32x16xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x32x32x16xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x32x32x16xf32>) -> tensor<1x32x32x16xf32>
  %c = linalg.conv_2d_nhwc_hwcf {dilations = dense<1> : tensor<2xi64>, strides = dense<1> : tensor<2xi64>}
      ins(%x, %w : tensor<1x34x34x8xf32>, tensor<3x3x8x16xf32>) outs(%f : tensor<1x32x32x16xf32>) -> tensor<1x32x32x16xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(a, b, c, d) -> (a, b, c, d)>, affine_map<(a, b, c, d) -> (a, b, c, d)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%c : tensor<1x32x32x16xf32>) outs(%e : tensor<1x32x32x16xf32>) {
  ^bb0(%a: f32, %o: f32):
    %m = arith.addf %a, %a : f32
    linalg.yield %m : f32
  } -> tensor<1x32x32x16xf32>
  return %r : tensor<1x32x32x16xf32>
}

// A factor is at most 65536, however many columns there are.
// CHECK-LABEL: func.func @many_columns(
// CHECK:         schedule [#halide.stage<"matmul_out", split(d1, np, nt, 16), split(d0, mo, mi, 4), split(np, tp, tq, 65536),
func.func @many_columns(%x: tensor<4x4xf16>, %w: tensor<4x1073741824xf16>) -> tensor<4x1073741824xf16> {
  %zero = arith.constant 0.0 : f16
  %e = tensor.empty() : tensor<4x1073741824xf16>
  %f = linalg.fill ins(%zero : f16) outs(%e : tensor<4x1073741824xf16>) -> tensor<4x1073741824xf16>
  %y = linalg.matmul ins(%x, %w : tensor<4x4xf16>, tensor<4x1073741824xf16>) outs(%f : tensor<4x1073741824xf16>) -> tensor<4x1073741824xf16>
  return %y : tensor<4x1073741824xf16>
}

// What adds to the contents of its output has no stage that stores it.
// CHECK-LABEL: func.func @onto_contents(
// CHECK-NOT:     "matmul_out"
// CHECK:         return
func.func @onto_contents(%x: tensor<16x32xf32>, %w: tensor<32x64xf32>, %onto: tensor<16x64xf32>) -> tensor<16x64xf32> {
  %y = halide.pipeline "onto_contents" ins(%x, %w : tensor<16x32xf32>, tensor<32x64xf32>) outs(%onto : tensor<16x64xf32>) {
  ^bb0(%a: tensor<16x32xf32>, %b: tensor<32x64xf32>, %c: tensor<16x64xf32>):
    %m = linalg.matmul {halide.stage = "matmul"} ins(%a, %b : tensor<16x32xf32>, tensor<32x64xf32>) outs(%c : tensor<16x64xf32>) -> tensor<16x64xf32>
    halide.yield %m : tensor<16x64xf32>
  } -> tensor<16x64xf32>
  return %y : tensor<16x64xf32>
}
