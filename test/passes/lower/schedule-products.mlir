// RUN: eke-opt %s --split-input-file --eke-to-linalg --eke-form-pipelines --eke-choose-schedules | FileCheck %s

// The sums of a part of a tile of channels, for some rows, stay in registers beside
// those of a group. All rows go by before the next part.

// CHECK-LABEL: func.func @dot_product(
// CHECK:         schedule [#halide.stage<"dequantize", split(m, mo, mi, 4), split(ni, nh, nl, 8), reorder(nl, mi, mo, nh, no), vectorize(nl), unroll(mi)>,
// CHECK-SAME:      #halide.stage<"groups", compute_at("dequantize", mo), reorder(ni, m, rg), vectorize(ni), unroll(m)>,
// CHECK-SAME:      #halide.stage<"dot", compute_at("groups", rg),
module attributes {eke.image_bytes = 320 : i64, eke.target = #eke.target<name = "a76",
    triple = "aarch64-linux-gnu", cpu = "cortex-a76", features = "+dotprod",
    halide = "arm-64-linux-arm_dot_prod", vector_bits = 128, caches = [65536]>} {
  eke.weight @w : tensor<16x32xf32, #eke.format<i4, group = 32, tile = 16>>
      = <"m.bin", offset = 0, length = 2048, element = f32> place <image, offset = 0>
  eke.model @dot_product(%x: tensor<16x32xf32>) -> tensor<16x16xf32> {
    %w = eke.use @w : tensor<16x32xf32, #eke.format<i4, group = 32, tile = 16>>
    %0 = eke.linear %x, %w : (tensor<16x32xf32>, tensor<16x32xf32, #eke.format<i4, group = 32, tile = 16>>) -> tensor<16x16xf32>
    eke.yield %0 : tensor<16x16xf32>
  }
}

// -----

// Of products of matrices, eight rows by four channels.
// CHECK-LABEL: func.func @matrix_product(
// CHECK:         schedule [#halide.stage<"dequantize", split(m, mo, mi, 8), split(ni, nh, nl, 4), reorder(nl, mi, mo, nh, no)
module attributes {eke.image_bytes = 320 : i64, eke.target = #eke.target<name = "x2",
    triple = "aarch64-linux-gnu", cpu = "cortex-x2", features = "+dotprod,+i8mm",
    halide = "arm-64-linux-arm_dot_prod", vector_bits = 128, caches = [65536]>} {
  eke.weight @w : tensor<16x32xf32, #eke.format<i4, group = 32, tile = 16>>
      = <"m.bin", offset = 0, length = 2048, element = f32> place <image, offset = 0>
  eke.model @matrix_product(%x: tensor<16x32xf32>) -> tensor<16x16xf32> {
    %w = eke.use @w : tensor<16x32xf32, #eke.format<i4, group = 32, tile = 16>>
    %0 = eke.linear %x, %w : (tensor<16x32xf32>, tensor<16x32xf32, #eke.format<i4, group = 32, tile = 16>>) -> tensor<16x16xf32>
    eke.yield %0 : tensor<16x16xf32>
  }
}
