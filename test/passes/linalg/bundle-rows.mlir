// RUN: eke-opt %s --split-input-file --eke-to-linalg | FileCheck %s

// Where an instruction multiplies two rows at once, quantised rows lie side by
// side; one row has none beside it.
// CHECK-LABEL: func.func @bundle(
// CHECK:         %[[ROWS:.*]] = linalg.generic {{.*}}halide.stage = "quantize"
// CHECK:         %[[BUNDLE:.*]] = linalg.generic {{.*}} ins(%[[ROWS]] : tensor<4x16xi8>) outs(%{{.*}} : tensor<1x2x2x1x2x8xi8>) {{.*}}halide.stage = "bundle"
// CHECK:         linalg.generic {{.*}} ins(%[[BUNDLE]], %{{.*}}halide.stage = "dot"
// CHECK-LABEL: func.func @one_row(
// CHECK-NOT:     halide.stage = "bundle"
module attributes {eke.image_bytes = 320 : i64, eke.target = #eke.target<name = "x2",
    triple = "aarch64-linux-gnu", cpu = "cortex-x2", features = "+dotprod,+i8mm",
    halide = "arm-64-linux-arm_dot_prod", vector_bits = 128, memories = [<l1d, cache, capacity = 65536>, <dram, ram>]>} {
  eke.weight @w : tensor<16x16xf32, #eke.format<i8, tile = 16>>
      = <"m.bin", offset = 0, length = 1024, element = f32> place <dram, offset = 0>
  eke.model @bundle(%x: tensor<4x16xf32>) -> tensor<4x16xf32> {
    %w = eke.use @w : tensor<16x16xf32, #eke.format<i8, tile = 16>>
    %0 = eke.linear %x, %w : (tensor<4x16xf32>, tensor<16x16xf32, #eke.format<i8, tile = 16>>) -> tensor<4x16xf32>
    eke.yield %0 : tensor<4x16xf32>
  }
  eke.model @one_row(%x: tensor<1x16xf32>) -> tensor<1x16xf32> {
    %w = eke.use @w : tensor<16x16xf32, #eke.format<i8, tile = 16>>
    %0 = eke.linear %x, %w : (tensor<1x16xf32>, tensor<16x16xf32, #eke.format<i8, tile = 16>>) -> tensor<1x16xf32>
    eke.yield %0 : tensor<1x16xf32>
  }
}

// -----

// Rows for groups of 32 inputs lie so that a group of two rows is one piece of memory,
// of all rows that are multiplied with a group of weights at a time.
// CHECK-LABEL: func.func @groups(
// CHECK:         %[[BUNDLE:.*]] = linalg.generic {{.*}} outs(%{{.*}} : tensor<1x2x8x4x2x8xi8>) {{.*}}halide.stage = "bundle"
// CHECK:         %[[HALVES:.*]] = tensor.expand_shape %[[BUNDLE]] {{.*}} output_shape [1, 2, 8, 2, 2, 2, 8]
// CHECK:         linalg.generic {{.*}} ins(%[[HALVES]], %{{.*}}halide.stage = "dot"
module attributes {eke.image_bytes = 640 : i64, eke.target = #eke.target<name = "x2",
    triple = "aarch64-linux-gnu", cpu = "cortex-x2", features = "+dotprod,+i8mm",
    halide = "arm-64-linux-arm_dot_prod", vector_bits = 128, memories = [<l1d, cache, capacity = 65536>, <dram, ram>]>} {
  eke.weight @w : tensor<16x64xf32, #eke.format<i4, group = 32, tile = 16>>
      = <"m.bin", offset = 0, length = 4096, element = f32> place <dram, offset = 0>
  eke.model @groups(%x: tensor<16x64xf32>) -> tensor<16x16xf32> {
    %w = eke.use @w : tensor<16x64xf32, #eke.format<i4, group = 32, tile = 16>>
    %0 = eke.linear %x, %w : (tensor<16x64xf32>, tensor<16x64xf32, #eke.format<i4, group = 32, tile = 16>>) -> tensor<16x16xf32>
    eke.yield %0 : tensor<16x16xf32>
  }
}

// -----

// A product of one row at a time takes 32 inputs of a row as they are.
// CHECK-LABEL: func.func @dot_products(
// CHECK:         %[[BUNDLE:.*]] = linalg.generic {{.*}} outs(%{{.*}} : tensor<1x2x16x1x1x32xi8>) {{.*}}halide.stage = "bundle"
// CHECK:         %[[HALVES:.*]] = tensor.expand_shape %[[BUNDLE]] {{.*}} output_shape [1, 2, 16, 1, 1, 2, 4, 4]
// CHECK:         linalg.generic {{.*}} ins(%[[HALVES]], %{{.*}}halide.stage = "dot"
module attributes {eke.image_bytes = 640 : i64, eke.target = #eke.target<name = "a76",
    triple = "aarch64-linux-gnu", cpu = "cortex-a76", features = "+dotprod",
    halide = "arm-64-linux-arm_dot_prod", vector_bits = 128, memories = [<l1d, cache, capacity = 65536>, <dram, ram>]>} {
  eke.weight @w : tensor<16x64xf32, #eke.format<i4, group = 32, tile = 16>>
      = <"m.bin", offset = 0, length = 4096, element = f32> place <dram, offset = 0>
  eke.model @dot_products(%x: tensor<16x64xf32>) -> tensor<16x16xf32> {
    %w = eke.use @w : tensor<16x64xf32, #eke.format<i4, group = 32, tile = 16>>
    %0 = eke.linear %x, %w : (tensor<16x64xf32>, tensor<16x64xf32, #eke.format<i4, group = 32, tile = 16>>) -> tensor<16x16xf32>
    eke.yield %0 : tensor<16x16xf32>
  }
}
