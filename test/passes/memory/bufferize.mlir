// RUN: eke-opt %s --split-input-file --eke-bufferize --verify-diagnostics | FileCheck %s

// Results are written where they end up, not into a buffer that is copied.
// CHECK-LABEL: func.func @in_place(
// CHECK-SAME:    %[[X:.*]]: memref<4xf32>, %[[Y:.*]]: memref<4xf32>)
// CHECK-NOT:     memref.alloc
// CHECK:         linalg.exp ins(%[[X]] : memref<4xf32>) outs(%[[Y]] : memref<4xf32>)
// CHECK-NOT:     memref.copy
// CHECK:         return
func.func @in_place(%x: memref<4xf32>, %y: memref<4xf32>) {
  %0 = bufferization.to_tensor %x restrict : memref<4xf32> to tensor<4xf32>
  %e = tensor.empty() : tensor<4xf32>
  %1 = linalg.exp ins(%0 : tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  bufferization.materialize_in_destination %1 in restrict writable %y
      : (tensor<4xf32>, memref<4xf32>) -> ()
  return
}

// -----

// A pipeline gets memory; its body stays on tensors. What one pipeline passes to the
// next is a buffer, aligned to a cache line.
// CHECK-LABEL: func.func @pipelines(
// CHECK-SAME:    %[[X:.*]]: memref<4xf32>, %[[Y:.*]]: memref<4xf32>)
// CHECK:         %[[T:.*]] = memref.alloc() {alignment = 64 : i64} : memref<4xf32>
// CHECK:         halide.pipeline "a" ins(%[[X]] : memref<4xf32>) outs(%[[T]] : memref<4xf32>) {
// CHECK-NEXT:    ^bb0(%{{.*}}: tensor<4xf32>, %{{.*}}: tensor<4xf32>):
// CHECK:         halide.pipeline "b" ins(%[[T]] : memref<4xf32>) outs(%[[Y]] : memref<4xf32>) {
// CHECK:         schedule [#halide.stage<"exp", vectorize(i, 4)>]
func.func @pipelines(%x: memref<4xf32>, %y: memref<4xf32>) {
  %0 = bufferization.to_tensor %x restrict : memref<4xf32> to tensor<4xf32>
  %e0 = tensor.empty() : tensor<4xf32>
  %1 = halide.pipeline "a" ins(%0 : tensor<4xf32>) outs(%e0 : tensor<4xf32>) {
  ^bb0(%a: tensor<4xf32>, %b: tensor<4xf32>):
    %z = linalg.exp ins(%a : tensor<4xf32>) outs(%b : tensor<4xf32>) -> tensor<4xf32>
    halide.yield %z : tensor<4xf32>
  } -> tensor<4xf32>
  %e1 = tensor.empty() : tensor<4xf32>
  %2 = halide.pipeline "b" ins(%1 : tensor<4xf32>) outs(%e1 : tensor<4xf32>) {
  ^bb0(%a: tensor<4xf32>, %b: tensor<4xf32>):
    %z = linalg.exp {halide.stage = "exp", halide.vars = ["i"]} ins(%a : tensor<4xf32>) outs(%b : tensor<4xf32>) -> tensor<4xf32>
    halide.yield %z : tensor<4xf32>
  } schedule [#halide.stage<"exp", vectorize(i, 4)>] -> tensor<4xf32>
  bufferization.materialize_in_destination %2 in restrict writable %y
      : (tensor<4xf32>, memref<4xf32>) -> ()
  return
}

// -----

// An entry of a cache is written into the cache, and the rest of the cache stays where it
// is. The entry is not contiguous there, so that its copy is a loop.
// CHECK-LABEL: func.func @cache(
// CHECK-SAME:    %[[CACHE:.*]]: memref<2x4x16xf32>, %[[ENTRY:.*]]: memref<2x4x1xf32>, %[[P:.*]]: index)
// CHECK-NOT:     memref.alloc
// CHECK-NOT:     memref.copy
// CHECK:         %[[SLOT:.*]] = memref.subview %[[CACHE]][0, 0, %[[P]]] [2, 4, 1] [1, 1, 1]
// CHECK:         linalg.generic {{.*}} ins(%[[ENTRY]] : {{.*}}) outs(%[[SLOT]] :
// CHECK-NOT:     memref.copy
// CHECK:         return
func.func @cache(%cache: memref<2x4x16xf32>, %entry: memref<2x4x1xf32>, %p: index) {
  %old = bufferization.to_tensor %cache restrict writable : memref<2x4x16xf32> to tensor<2x4x16xf32>
  %e = bufferization.to_tensor %entry restrict : memref<2x4x1xf32> to tensor<2x4x1xf32>
  %new = tensor.insert_slice %e into %old[0, 0, %p] [2, 4, 1] [1, 1, 1] : tensor<2x4x1xf32> into tensor<2x4x16xf32>
  bufferization.materialize_in_destination %new in writable %cache
      : (tensor<2x4x16xf32>, memref<2x4x16xf32>) -> ()
  return
}

// -----

// A contiguous copy stays one: LLVM has an operation for it.
// CHECK-LABEL: func.func @contiguous(
// CHECK:         memref.copy %{{.*}}, %{{.*}} : memref<4xf32> to memref<4xf32>
// CHECK-NOT:     linalg.generic
func.func @contiguous(%x: memref<4xf32>, %y: memref<4xf32>) {
  %0 = bufferization.to_tensor %x restrict : memref<4xf32> to tensor<4xf32>
  bufferization.materialize_in_destination %0 in restrict writable %y
      : (tensor<4xf32>, memref<4xf32>) -> ()
  return
}

// -----

// Element-wise ops on tensors are linalg before this pass.
func.func @unknown_op(%y: memref<4xf32>) {
  %0 = bufferization.to_tensor %y restrict : memref<4xf32> to tensor<4xf32>
  // expected-error@+1 {{'arith.addf' op has no lowering to buffers from ('tensor<4xf32>', 'tensor<4xf32>') to ('tensor<4xf32>')}}
  %1 = arith.addf %0, %0 : tensor<4xf32>
  // expected-error@+1 {{'arith.mulf' op has no lowering to buffers}}
  %2 = arith.mulf %1, %0 : tensor<4xf32>
  bufferization.materialize_in_destination %2 in restrict writable %y
      : (tensor<4xf32>, memref<4xf32>) -> ()
  return
}

// -----

// A dimension of one with a stride of its own ends what is copied at once.
// CHECK-LABEL: func @unit_stride
// CHECK:       memref.copy {{.*}} : memref<1x1x1x2xf32, strided<[14, 2, 6, 1], offset: ?>> to memref<1x1x1x2xf32
func.func @unit_stride(%x: memref<3x7x1x2xf32>, %y: memref<2x5x1x2xf32>) {
  %0 = bufferization.to_tensor %x restrict : memref<3x7x1x2xf32> to tensor<3x7x1x2xf32>
  %1 = tensor.extract_slice %0[0, 0, 0, 0] [2, 5, 1, 2] [1, 1, 3, 1]
       : tensor<3x7x1x2xf32> to tensor<2x5x1x2xf32>
  bufferization.materialize_in_destination %1 in restrict writable %y
      : (tensor<2x5x1x2xf32>, memref<2x5x1x2xf32>) -> ()
  return
}

// -----

// Which dimensions of one a part has left out could not be told by their strides.
// CHECK-LABEL: func @equal_strides
// CHECK:       memref.copy {{.*}} : memref<1x1x1x4xf32, strided<[15, 45, 15, 1], offset: ?>> to
func.func @equal_strides(%x: memref<8x1x3x5xf32>, %y: memref<5x1x1x4xf32>) {
  %0 = bufferization.to_tensor %x restrict : memref<8x1x3x5xf32> to tensor<8x1x3x5xf32>
  %1 = tensor.extract_slice %0[2, 0, 1, 1] [5, 1, 1, 4] [1, 3, 3, 1]
       : tensor<8x1x3x5xf32> to tensor<5x1x1x4xf32>
  bufferization.materialize_in_destination %1 in restrict writable %y
      : (tensor<5x1x1x4xf32>, memref<5x1x1x4xf32>) -> ()
  return
}

// -----

// A value that another is made from is a result, too. It must not be where that one ends
// up: in %b, when %b is written before the value is read for the last time.
// CHECK-LABEL: func.func @two_results(
// CHECK-SAME:    %[[X:.*]]: memref<4xf32>, %[[A:[a-z0-9]+]]: memref<f32>, %[[B:[a-z0-9]+]]: memref<f32>)
// CHECK:         linalg.fill ins(%{{.*}}) outs(%[[B]] : memref<f32>)
// CHECK:         linalg.dot {{.*}} outs(%[[B]] : memref<f32>)
// CHECK:         %[[T:.*]] = memref.alloc()
// CHECK:         memref.copy %[[B]], %[[T]]
// CHECK:         linalg.dot {{.*}} outs(%[[T]] : memref<f32>)
// CHECK:         memref.copy %[[T]], %[[A]]
// CHECK-NEXT:    return
func.func @two_results(%x: memref<4xf32>, %a: memref<f32>, %b: memref<f32>) {
  %zero = arith.constant 0.0 : f32
  %0 = bufferization.to_tensor %x restrict : memref<4xf32> to tensor<4xf32>
  %e = tensor.empty() : tensor<f32>
  %1 = linalg.fill ins(%zero : f32) outs(%e : tensor<f32>) -> tensor<f32>
  %2 = linalg.dot ins(%0, %0 : tensor<4xf32>, tensor<4xf32>) outs(%1 : tensor<f32>) -> tensor<f32>
  %3 = linalg.dot ins(%0, %0 : tensor<4xf32>, tensor<4xf32>) outs(%2 : tensor<f32>) -> tensor<f32>
  bufferization.materialize_in_destination %3 in restrict writable %a
      : (tensor<f32>, memref<f32>) -> ()
  bufferization.materialize_in_destination %2 in restrict writable %b
      : (tensor<f32>, memref<f32>) -> ()
  return
}

// -----

// Two memories change places. What the second store reads is not there any more by then;
// what a third reads of where nothing was stored needs no copy.
// CHECK-LABEL: func.func @exchange(
// CHECK-SAME:    %[[A:[a-z0-9]+]]: memref<4xf32>, %[[B:[a-z0-9]+]]: memref<4xf32>, %[[C:[a-z0-9]+]]: memref<4xf32>, %[[D:[a-z0-9]+]]: memref<4xf32>)
// CHECK:         %[[OLD:.*]] = memref.alloc()
// CHECK:         memref.copy %[[A]], %[[OLD]]
// CHECK:         memref.copy %[[B]], %[[A]]
// CHECK:         memref.copy %[[OLD]], %[[B]]
// CHECK-NEXT:    memref.copy %[[C]], %[[D]]
// CHECK-NEXT:    return
func.func @exchange(%a: memref<4xf32>, %b: memref<4xf32>, %c: memref<4xf32>, %d: memref<4xf32>) {
  %0 = bufferization.to_tensor %a restrict writable : memref<4xf32> to tensor<4xf32>
  %1 = bufferization.to_tensor %b restrict writable : memref<4xf32> to tensor<4xf32>
  %2 = bufferization.to_tensor %c restrict writable : memref<4xf32> to tensor<4xf32>
  bufferization.materialize_in_destination %1 in writable %a : (tensor<4xf32>, memref<4xf32>) -> ()
  bufferization.materialize_in_destination %0 in writable %b : (tensor<4xf32>, memref<4xf32>) -> ()
  bufferization.materialize_in_destination %2 in writable %d : (tensor<4xf32>, memref<4xf32>) -> ()
  return
}

// -----

// What a call changes is not where a value is that is read behind it.
// CHECK-LABEL: func.func @behind_call(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: memref<4xf32>, %[[Y:[a-z0-9]+]]: memref<4xf32>)
// CHECK:         linalg.exp {{.*}} outs(%[[Y]] : memref<4xf32>)
// CHECK:         %[[BUFFER:.*]] = memref.alloc()
// CHECK:         memref.copy %[[Y]], %[[BUFFER]]
// CHECK-NEXT:    call @change(%[[BUFFER]])
// CHECK-NEXT:    return
func.func private @change(%x: memref<4xf32>) {
  %0 = bufferization.to_tensor %x restrict writable : memref<4xf32> to tensor<4xf32>
  %e = tensor.empty() : tensor<4xf32>
  %1 = linalg.exp ins(%0 : tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  bufferization.materialize_in_destination %1 in writable %x : (tensor<4xf32>, memref<4xf32>) -> ()
  return
}
func.func @behind_call(%x: memref<4xf32>, %y: memref<4xf32>) {
  %0 = bufferization.to_tensor %x restrict : memref<4xf32> to tensor<4xf32>
  %e = tensor.empty() : tensor<4xf32>
  %1 = linalg.exp ins(%0 : tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  %buffer = memref.alloc() : memref<4xf32>
  bufferization.materialize_in_destination %1 in restrict writable %buffer
      : (tensor<4xf32>, memref<4xf32>) -> ()
  call @change(%buffer) : (memref<4xf32>) -> ()
  bufferization.materialize_in_destination %1 in restrict writable %y
      : (tensor<4xf32>, memref<4xf32>) -> ()
  return
}
