// RUN: eke-opt %s --split-input-file --eke-store-constants | FileCheck %s

// Equal constants are one weight, whichever model has them, and one use of it, outside of
// regions; other constants have names of their own.
// CHECK:       eke.weight @constant : tensor<65xi16> = dense<{{.*}}> : tensor<65xi16>
// CHECK-LABEL: eke.model @first(
// CHECK-NEXT:    %[[USE:.*]] = eke.use @constant : tensor<65xi16>
// CHECK-NOT:     eke.use
// CHECK:         scf.if
// CHECK-NEXT:      scf.yield %[[USE]]
// CHECK:       eke.weight @constant_0 : tensor<65xi16>
// CHECK-LABEL: eke.model @second(
// CHECK-DAG:     eke.use @constant : tensor<65xi16>
// CHECK-DAG:     eke.use @constant_0 : tensor<65xi16>
// CHECK-NOT:     arith.constant
eke.model @first(%x: tensor<65xi16>, %c: tensor<i1>) -> tensor<65xi16> {
  %0 = arith.constant dense<"0x00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000100"> : tensor<65xi16>
  %condition = tensor.extract %c[] : tensor<i1>
  %1 = scf.if %condition -> tensor<65xi16> {
    %2 = arith.constant dense<"0x00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000100"> : tensor<65xi16>
    scf.yield %2 : tensor<65xi16>
  } else {
    scf.yield %0 : tensor<65xi16>
  }
  eke.yield %1 : tensor<65xi16>
}
eke.model @second(%x: tensor<65xi16>) -> tensor<65xi16> {
  %0 = arith.constant dense<"0x00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000100"> : tensor<65xi16>
  %1 = arith.constant dense<"0x00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000200"> : tensor<65xi16>
  %2 = arith.addi %0, %1 : tensor<65xi16>
  eke.yield %2 : tensor<65xi16>
}

// -----

// A weight is called as its location.
// CHECK: eke.weight @layer.kernel : tensor<9x9xf32> = dense_resource<kernel> : tensor<9x9xf32>
eke.model @named(%x: tensor<9x9xf32>) -> tensor<9x9xf32> {
  %0 = arith.constant dense_resource<kernel> : tensor<9x9xf32> loc("layer.kernel")
  eke.yield %0 : tensor<9x9xf32>
}

// -----

// Few elements, few bytes, one value, or elements of no whole bytes: no parameters.
// CHECK-NOT:   eke.weight
// CHECK-LABEL: eke.model @small(
// CHECK-COUNT-4: arith.constant
eke.model @small(%x: tensor<2xf32>)
    -> (tensor<64xf64>, tensor<128xi8>, tensor<99xf32>, tensor<1999xi1>) {
  %0 = arith.constant dense_resource<a> : tensor<64xf64>
  %1 = arith.constant dense_resource<b> : tensor<128xi8>
  %2 = arith.constant dense<1.0> : tensor<99xf32>
  %3 = arith.constant dense_resource<c> : tensor<1999xi1>
  eke.yield %0, %1, %2, %3 : tensor<64xf64>, tensor<128xi8>, tensor<99xf32>, tensor<1999xi1>
}

// -----

// What is no model is none of ours.
// CHECK-NOT:   eke.weight
// CHECK-LABEL: func.func @lowered(
// CHECK:         arith.constant
func.func @lowered(%x: memref<9x9xf32>) -> tensor<9x9xf32> {
  %0 = arith.constant dense_resource<kernel> : tensor<9x9xf32>
  return %0 : tensor<9x9xf32>
}

// -----

// What nobody uses is not stored: passes in front have packed it into another.
// CHECK-NOT:   eke.weight
// CHECK-LABEL: eke.model @packed(
// CHECK-NEXT:    eke.yield
eke.model @packed(%x: tensor<9x9xf32>) -> tensor<9x9xf32> {
  %0 = arith.constant dense_resource<packed> : tensor<9x9xf32>
  eke.yield %x : tensor<9x9xf32>
}
