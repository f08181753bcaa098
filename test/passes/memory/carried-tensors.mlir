// RUN: eke-opt %s --split-input-file --eke-bufferize --canonicalize --cse | FileCheck %s

// A tensor that a loop computes anew is copied to where the loop carries it.
// CHECK-LABEL: func.func @carried(
// CHECK-SAME:    %[[X:.*]]: memref<4xf32>, %[[Y:.*]]: memref<4xf32>)
// CHECK:         %[[H:.*]] = memref.alloc() {{.*}} : memref<4xf32>
// CHECK:         memref.copy %[[X]], %[[H]]
// CHECK:         scf.for {{.*}} {
// CHECK-NEXT:      %[[N:.*]] = memref.alloc() {{.*}} : memref<4xf32>
// CHECK:           linalg.generic {{.*}} ins(%[[H]] : memref<4xf32>) outs(%[[N]] : memref<4xf32>)
// CHECK:           memref.copy %[[N]], %[[H]]
// CHECK:         memref.copy %[[H]], %[[Y]]
func.func @carried(%x: memref<4xf32>, %y: memref<4xf32>) {
  %0 = bufferization.to_tensor %x restrict : memref<4xf32> to tensor<4xf32>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c5 = arith.constant 5 : index
  %r = scf.for %i = %c0 to %c5 step %c1 iter_args(%h = %0) -> (tensor<4xf32>) {
    %e = tensor.empty() : tensor<4xf32>
    %n = linalg.generic {indexing_maps = [affine_map<(d) -> (3 - d)>, affine_map<(d) -> (d)>], iterator_types = ["parallel"]}
        ins(%h : tensor<4xf32>) outs(%e : tensor<4xf32>) {
    ^bb0(%a: f32, %o: f32):
      linalg.yield %a : f32
    } -> tensor<4xf32>
    scf.yield %n : tensor<4xf32>
  }
  bufferization.materialize_in_destination %r in restrict writable %y : (tensor<4xf32>, memref<4xf32>) -> ()
  return
}

// -----

// Two tensors that change places are saved before either is written.
// CHECK-LABEL: func.func @swapped(
// CHECK:         scf.for {{.*}} {
// CHECK:           memref.copy %[[B:.*]], %[[SAVED_B:.*]] :
// CHECK:           memref.copy %[[A:.*]], %[[SAVED_A:.*]] :
// CHECK:           memref.copy %[[SAVED_B]], %[[A]]
// CHECK:           memref.copy %[[SAVED_A]], %[[B]]
func.func @swapped(%x: memref<4xf32>, %y: memref<4xf32>, %p: memref<4xf32>, %q: memref<4xf32>) {
  %0 = bufferization.to_tensor %x restrict : memref<4xf32> to tensor<4xf32>
  %1 = bufferization.to_tensor %y restrict : memref<4xf32> to tensor<4xf32>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c5 = arith.constant 5 : index
  %r:2 = scf.for %i = %c0 to %c5 step %c1 iter_args(%a = %0, %b = %1) -> (tensor<4xf32>, tensor<4xf32>) {
    scf.yield %b, %a : tensor<4xf32>, tensor<4xf32>
  }
  bufferization.materialize_in_destination %r#0 in restrict writable %p : (tensor<4xf32>, memref<4xf32>) -> ()
  bufferization.materialize_in_destination %r#1 in restrict writable %q : (tensor<4xf32>, memref<4xf32>) -> ()
  return
}

// -----

// Both branches write to one buffer.
// CHECK-LABEL: func.func @branch(
// CHECK-SAME:    i1, %[[X:.*]]: memref<4xf32>, %[[Y:.*]]: memref<4xf32>)
// CHECK:         %[[R:.*]] = memref.alloc() {{.*}} : memref<4xf32>
// CHECK:         scf.if
// CHECK:           memref.copy %{{.*}}, %[[R]]
// CHECK:         } else {
// CHECK:           memref.copy %[[X]], %[[R]]
// CHECK:         memref.copy %[[R]], %[[Y]]
func.func @branch(%c: i1, %x: memref<4xf32>, %y: memref<4xf32>) {
  %0 = bufferization.to_tensor %x restrict : memref<4xf32> to tensor<4xf32>
  %r = scf.if %c -> (tensor<4xf32>) {
    %e = tensor.empty() : tensor<4xf32>
    %n = linalg.exp ins(%0 : tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
    scf.yield %n : tensor<4xf32>
  } else {
    scf.yield %0 : tensor<4xf32>
  }
  bufferization.materialize_in_destination %r in restrict writable %y : (tensor<4xf32>, memref<4xf32>) -> ()
  return
}
