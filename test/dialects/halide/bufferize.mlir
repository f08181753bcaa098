// RUN: eke-opt %s --eke-bufferize | FileCheck %s

#id = affine_map<(i) -> (i)>

// The operands become memory, one buffer in between; the body stays as it is.
// CHECK-LABEL: func.func @two
// CHECK-SAME:    %[[X:.*]]: memref<64xf32>, %[[Y:.*]]: memref<64xf32>
// CHECK:         %[[T:.*]] = memref.alloc
// CHECK:         halide.pipeline "a" ins(%[[X]] : memref<64xf32>) outs(%[[T]] : memref<64xf32>) {
// CHECK-NEXT:    ^bb0(%[[A:.*]]: tensor<64xf32>, %[[B:.*]]: tensor<64xf32>):
// CHECK-NEXT:      linalg.exp ins(%[[A]] : tensor<64xf32>) outs(%[[B]] : tensor<64xf32>) -> tensor<64xf32>
// CHECK:         halide.pipeline "b" ins(%[[T]] : memref<64xf32>) outs(%[[Y]] : memref<64xf32>) {
// CHECK:         } schedule [#halide.stage<"out", unroll(d0, 2)>] {extent_multiple = 4 : i64}
func.func @two(%x: memref<64xf32>, %y: memref<64xf32>) {
  %in = bufferization.to_tensor %x restrict : memref<64xf32> to tensor<64xf32>
  %e = tensor.empty() : tensor<64xf32>
  %t = halide.pipeline "a" ins(%in : tensor<64xf32>) outs(%e : tensor<64xf32>) {
  ^bb0(%a: tensor<64xf32>, %b: tensor<64xf32>):
    %o = linalg.exp ins(%a : tensor<64xf32>) outs(%b : tensor<64xf32>) -> tensor<64xf32>
    halide.yield %o : tensor<64xf32>
  } -> tensor<64xf32>
  %f = tensor.empty() : tensor<64xf32>
  %r = halide.pipeline "b" ins(%t : tensor<64xf32>) outs(%f : tensor<64xf32>) {
  ^bb0(%a: tensor<64xf32>, %b: tensor<64xf32>):
    %o = linalg.exp {halide.stage = "out"} ins(%a : tensor<64xf32>) outs(%b : tensor<64xf32>) -> tensor<64xf32>
    halide.yield %o : tensor<64xf32>
  } schedule [#halide.stage<"out", unroll(d0, 2)>] {extent_multiple = 4 : i64} -> tensor<64xf32>
  bufferization.materialize_in_destination %r in restrict writable %y
      : (tensor<64xf32>, memref<64xf32>) -> ()
  return
}

// What the body reads of its output must be what the output held: the value
// before the update is still needed, so the update gets a copy.
// CHECK-LABEL: func.func @update
// CHECK-SAME:    %[[X:.*]]: memref<8xf32>, %[[Y:.*]]: memref<8xf32>, %[[Z:.*]]: memref<8xf32>
// CHECK:         linalg.exp ins(%[[X]] : memref<8xf32>) outs(%[[Y]] : memref<8xf32>)
// CHECK:         %[[NEW:.*]] = memref.alloc
// CHECK:         memref.copy %[[Y]], %[[NEW]] :
// CHECK:         halide.pipeline outs(%[[NEW]] : memref<8xf32>)
func.func @update(%x: memref<8xf32>, %y: memref<8xf32>, %z: memref<8xf32>) {
  %in = bufferization.to_tensor %x restrict : memref<8xf32> to tensor<8xf32>
  %e = tensor.empty() : tensor<8xf32>
  %old = linalg.exp ins(%in : tensor<8xf32>) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  %new = halide.pipeline outs(%old : tensor<8xf32>) {
  ^bb0(%b: tensor<8xf32>):
    %o = linalg.generic {indexing_maps = [#id], iterator_types = ["parallel"]} outs(%b : tensor<8xf32>) {
    ^bb0(%v: f32):
      %s = arith.addf %v, %v : f32
      linalg.yield %s : f32
    } -> tensor<8xf32>
    halide.yield %o : tensor<8xf32>
  } -> tensor<8xf32>
  bufferization.materialize_in_destination %old in restrict writable %y
      : (tensor<8xf32>, memref<8xf32>) -> ()
  bufferization.materialize_in_destination %new in restrict writable %z
      : (tensor<8xf32>, memref<8xf32>) -> ()
  return
}
