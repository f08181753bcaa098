// RUN: eke-opt %s --eke-to-linalg | FileCheck %s

// Where an instruction multiplies two rows at once, quantised rows lie side by
// side; one row has none beside it.
// CHECK-LABEL: func.func @bundle(
// CHECK:         halide.stage = "quantize"
// CHECK:         %[[SPLIT:.*]] = tensor.expand_shape %{{.*}} {{\[}}[0, 1], [2, 3]] output_shape [1, 4, 2, 8] : tensor<4x16xi8> into tensor<1x4x2x8xi8>
// CHECK:         %[[BUNDLE:.*]] = linalg.generic {{.*}} ins(%[[SPLIT]] : {{.*}}halide.stage = "bundle"
// CHECK:         linalg.generic {{.*}} ins(%[[BUNDLE]], %{{.*}}halide.stage = "dot"
// CHECK-LABEL: func.func @one_row(
// CHECK-NOT:     halide.stage = "bundle"
module attributes {eke.image_bytes = 320 : i64, eke.target = #eke.target<name = "x2",
    triple = "aarch64-linux-gnu", cpu = "cortex-x2", features = "+dotprod,+i8mm",
    halide = "arm-64-linux-arm_dot_prod", vector_bits = 128, caches = [65536]>} {
  eke.weight @w : tensor<16x16xf32, #eke.format<i8, tile = 16>>
      = <"m.bin", offset = 0, length = 1024, element = f32> place <image, offset = 0>
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
