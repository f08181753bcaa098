// RUN: eke-opt %s --eke-form-pipelines | FileCheck %s

// What is computed in f16 is so in f32, and rounded each time.
// CHECK-LABEL: func @half
// CHECK:       halide.pipeline "half.matmul"
// CHECK:         linalg.generic
// CHECK-SAME:      halide.stage = "matmul"
// CHECK:         %[[P:.*]] = arith.mulf {{.*}} : f32
// CHECK-NEXT:    %[[ROUNDED:.*]] = arith.truncf %[[P]] : f32 to f16
// CHECK:         %[[TERM:.*]] = arith.extf %[[ROUNDED]] : f16 to f32
// CHECK-NEXT:    %[[SUM:.*]] = arith.addf %{{.*}}, %[[TERM]] : f32
// CHECK-NEXT:    %[[RESULT:.*]] = arith.truncf %[[SUM]] : f32 to f16
// CHECK-NEXT:    linalg.yield %[[RESULT]]
func.func @half(%x: tensor<4x8xf16>, %w: tensor<8x16xf16>) -> tensor<4x16xf16> {
  %zero = arith.constant 0.0 : f16
  %e = tensor.empty() : tensor<4x16xf16>
  %f = linalg.fill ins(%zero : f16) outs(%e : tensor<4x16xf16>) -> tensor<4x16xf16>
  %r = linalg.matmul ins(%x, %w : tensor<4x8xf16>, tensor<8x16xf16>)
      outs(%f : tensor<4x16xf16>) -> tensor<4x16xf16>
  return %r : tensor<4x16xf16>
}
