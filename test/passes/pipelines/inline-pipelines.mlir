// RUN: eke-opt %s --halide-inline-pipelines=all | FileCheck %s
// RUN: eke-opt %s --halide-inline-pipelines | FileCheck %s --check-prefix=REFUSED
// RUN: eke-opt %s --halide-inline-pipelines --remarks-filter=halide 2>&1 >/dev/null | FileCheck %s --check-prefix=REMARK

// REMARK-COUNT-1: PlainLoops | Category:halide | Reason="math.atan has no counterpart in Halide"
// REMARK-NOT:     PlainLoops

#id = affine_map<(i) -> (i)>

// CHECK-LABEL: func.func @saturating
// CHECK-NOT:     halide.
// CHECK:         %[[A:.*]] = arith.extsi %{{.*}} : i8 to i16
// CHECK:         %[[B:.*]] = arith.extsi %{{.*}} : i8 to i16
// CHECK:         %[[S:.*]] = arith.addi %[[A]], %[[B]] : i16
// CHECK-DAG:     %[[LOW:.*]] = arith.constant -128 : i16
// CHECK-DAG:     %[[HIGH:.*]] = arith.constant 127 : i16
// CHECK:         %[[M:.*]] = arith.minsi %[[S]], %[[HIGH]] : i16
// CHECK:         %[[C:.*]] = arith.maxsi %[[M]], %[[LOW]] : i16
// CHECK:         arith.trunci %[[C]] : i16 to i8
// REFUSED-LABEL: func.func @saturating
// REFUSED:         halide.pipeline
func.func @saturating(%x: tensor<4xi8>, %e: tensor<4xi8>) -> tensor<4xi8> {
  %r = halide.pipeline ins(%x : tensor<4xi8>) outs(%e : tensor<4xi8>) {
  ^bb0(%a: tensor<4xi8>, %b: tensor<4xi8>):
    %o = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
        ins(%a : tensor<4xi8>) outs(%b : tensor<4xi8>) {
    ^bb0(%v: i8, %old: i8):
      %s = halide.saturating_add %v, %v : i8
      linalg.yield %s : i8
    } -> tensor<4xi8>
    halide.yield %o : tensor<4xi8>
  } -> tensor<4xi8>
  return %r : tensor<4xi8>
}

// math.atan is no function of Halide's that kernels may call.
// REFUSED-LABEL: func.func @atan
// REFUSED-NOT:     halide.pipeline
// REFUSED:         linalg.generic
func.func @atan(%x: tensor<4xf32>, %e: tensor<4xf32>) -> tensor<4xf32> {
  %r = halide.pipeline ins(%x : tensor<4xf32>) outs(%e : tensor<4xf32>) {
  ^bb0(%a: tensor<4xf32>, %b: tensor<4xf32>):
    %o = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
        ins(%a : tensor<4xf32>) outs(%b : tensor<4xf32>) {
    ^bb0(%v: f32, %old: f32):
      %s = math.atan %v : f32
      linalg.yield %s : f32
    } -> tensor<4xf32>
    halide.yield %o : tensor<4xf32>
  } -> tensor<4xf32>
  return %r : tensor<4xf32>
}
