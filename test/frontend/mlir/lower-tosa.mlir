// RUN: eke-opt %s --split-input-file --eke-lower-tosa --verify-diagnostics | FileCheck %s

// Named ops of linalg where there are some, generic ops elsewhere.
// CHECK-LABEL: func.func @net(
// CHECK:         linalg.pooling_nhwc_max
// CHECK:         linalg.generic
// CHECK:           arith.maxsi
// CHECK-NOT:     tosa
func.func @net(%x: tensor<1x4x4x2xi8>) -> tensor<1x2x2x2xi8> {
  %0 = tosa.max_pool2d %x {kernel = array<i64: 2, 2>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 2, 2>}
      : (tensor<1x4x4x2xi8>) -> tensor<1x2x2x2xi8>
  %1 = tosa.clamp %0 {min_val = -5 : i8, max_val = 127 : i8} : (tensor<1x2x2x2xi8>) -> tensor<1x2x2x2xi8>
  return %1 : tensor<1x2x2x2xi8>
}

// -----

// A variable is read and written through a global.
// CHECK:       ml_program.global {{.*}}mutable @count
// CHECK-LABEL: func.func @step(
// CHECK:         ml_program.global_load @count
// CHECK:         ml_program.global_store @count
tosa.variable @count = dense<1.0> : tensor<2xf32>
func.func @step(%x: tensor<2xf32>) -> tensor<2xf32> {
  %0 = tosa.variable_read @count : tensor<2xf32>
  %1 = tosa.add %0, %x : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  tosa.variable_write @count, %1 : tensor<2xf32>
  return %1 : tensor<2xf32>
}

// -----

// Nothing of TOSA, nothing to do: not even what canonicalisation would.
// CHECK-LABEL: func.func @as_it_is(
// CHECK-NEXT:    arith.constant
func.func @as_it_is(%x: tensor<2xf32>) -> tensor<2xf32> {
  %unused = arith.constant 1 : i8
  return %x : tensor<2xf32>
}

// -----

eke.model @net(%x: tensor<2xf32>) -> tensor<2xf32> {
  // expected-error @below {{'tosa.abs' op is outside of a func.func}}
  %0 = tosa.abs %x : (tensor<2xf32>) -> tensor<2xf32>
  eke.yield %0 : tensor<2xf32>
}

// -----

// All that has no lowering is named, in whatever function.
func.func @first(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{'tosa.custom' op has no lowering to linalg from ('tensor<4xf32>') to ('tensor<4xf32>')}}
  %0 = tosa.custom %x {operator_name = "a", domain_name = "b", implementation_attrs = ""} : (tensor<4xf32>) -> tensor<4xf32>
  %1 = tosa.abs %0 : (tensor<4xf32>) -> tensor<4xf32>
  // expected-error @below {{'tosa.custom' op has no lowering to linalg from ('tensor<4xf32>') to ('tensor<2xi8>')}}
  %2 = tosa.custom %1 {operator_name = "c", domain_name = "b", implementation_attrs = ""} : (tensor<4xf32>) -> tensor<2xi8>
  return %1 : tensor<4xf32>
}
func.func @second(%x: tensor<2xf32>) -> tensor<2xf32> {
  // expected-error @below {{'tosa.custom' op has no lowering to linalg from ('tensor<2xf32>') to ('tensor<2xf32>')}}
  %0 = tosa.custom %x {operator_name = "d", domain_name = "b", implementation_attrs = ""} : (tensor<2xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}
