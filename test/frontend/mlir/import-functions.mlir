// RUN: eke-opt %s --split-input-file --eke-import-functions --verify-diagnostics \
// RUN:   --mlir-print-local-scope | FileCheck %s

// Names come from an attribute, a location, or the number. What is called is put in
// place, also inside a region, and goes away.
// CHECK-NOT:   func.func
// CHECK-LABEL: eke.model @net(
// CHECK-SAME:    %[[X:.*]]: tensor<2xf32> {eke.name = "x"}, %[[Y:.*]]: tensor<2xf32> {eke.name = "second"}, %{{.*}}: index {eke.name = "arg2"})
// CHECK-SAME:    -> (tensor<2xf32> {eke.name = "sum"}, tensor<2xf32> {eke.name = "out1"}) {
// CHECK:         %[[S:.*]] = arith.addf %[[X]], %[[Y]]
// CHECK:         eke.yield %[[S]], %[[X]]
// CHECK-NOT:   func.func
func.func private @helper(%a: tensor<2xf32>, %b: tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>) {
  %0 = func.call @add(%a, %b) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  return %0, %a : tensor<2xf32>, tensor<2xf32>
}
func.func private @add(%a: tensor<2xf32>, %b: tensor<2xf32>) -> tensor<2xf32> {
  %0 = arith.addf %a, %b : tensor<2xf32>
  return %0 : tensor<2xf32>
}
func.func @net(%x: tensor<2xf32> {eke.name = "x"}, %y: tensor<2xf32> loc("second"), %p: index)
    -> (tensor<2xf32> {eke.name = "sum"}, tensor<2xf32>) {
  %0:2 = func.call @helper(%x, %y) : (tensor<2xf32>, tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>)
  return %0#0, %0#1 : tensor<2xf32>, tensor<2xf32>
}

// -----

// A number goes through memory.
// CHECK-LABEL: eke.model @number(
// CHECK-SAME:    %[[A:.*]]: tensor<f32> {eke.name = "arg0"}) -> (tensor<f32> {eke.name = "out0"})
// CHECK:         %[[N:.*]] = tensor.extract %[[A]][] : tensor<f32>
// CHECK:         %[[R:.*]] = math.sqrt %[[N]]
// CHECK:         %[[T:.*]] = tensor.from_elements %[[R]] : tensor<f32>
// CHECK:         eke.yield %[[T]]
func.func @number(%a: f32) -> f32 {
  %0 = math.sqrt %a : f32
  return %0 : f32
}

// -----

// What has been lowered, and what nothing public reaches, stays.
// CHECK: func.func @lowered(%{{.*}}: memref<2xf32>)
func.func @lowered(%a: memref<2xf32>) {
  return
}
// CHECK: func.func private @alone
func.func private @alone(%a: tensor<2xf32>) -> tensor<2xf32> {
  return %a : tensor<2xf32>
}

// -----

// expected-error @below {{'func.func' op has argument 1 of type 'tensor<?xf32>'; expected a tensor of numbers of static shape, or a number}}
func.func @dynamic(%a: f32, %b: tensor<?xf32>) {
  return
}

// -----

// expected-error @below {{'func.func' op has result 0 of type 'tensor<*xf32>'; expected a tensor}}
func.func @unranked(%a: tensor<2xf32>) -> tensor<*xf32> {
  %0 = tensor.cast %a : tensor<2xf32> to tensor<*xf32>
  return %0 : tensor<*xf32>
}

// -----

func.func private @elsewhere(%a: tensor<2xf32>) -> tensor<2xf32>
func.func @outside(%a: tensor<2xf32>) -> tensor<2xf32> {
  // expected-error @below {{'func.call' op calls @elsewhere, which has no body in this file}}
  %0 = func.call @elsewhere(%a) : (tensor<2xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// -----

func.func @endless(%a: tensor<2xf32>) -> tensor<2xf32> {
  // expected-error @below {{'func.call' op calls @endless, which calls itself}}
  %0 = func.call @endless(%a) : (tensor<2xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// -----

// expected-error @below {{'func.func' op has several blocks; expected structured control flow}}
func.func @jumps(%a: tensor<2xf32>) -> tensor<2xf32> {
  cf.br ^bb1
^bb1:
  return %a : tensor<2xf32>
}

// -----

// What a function says of itself as an entry, and of its arguments, stays.
// CHECK-LABEL: eke.model @pick(
// CHECK-SAME:    tensor<2xi32> {eke.bounds = #eke.bounds<0, 3>, eke.name = "arg0"})
// CHECK-SAME:    attributes {eke.entry = #eke.entry<role = "picker", every = 1 s>}
func.func @pick(%x: tensor<2xi32> {eke.bounds = #eke.bounds<0, 3>}) -> tensor<2xi32>
    attributes {eke.entry = #eke.entry<role = "picker", every = 1 s>} {
  return %x : tensor<2xi32>
}

// -----

// Every entry is checked, and a function that several call is reported once.
func.func private @shared(%a: tensor<2xf32>) -> tensor<2xf32> {
  // expected-error @below {{'func.call' op calls @elsewhere, which has no body in this file}}
  %0 = func.call @elsewhere(%a) : (tensor<2xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}
func.func private @elsewhere(%a: tensor<2xf32>) -> tensor<2xf32>
// expected-error @below {{'func.func' op has argument 1 of type 'tensor<2xi24>'; expected a tensor of numbers of static shape, or a number, in whole bytes}}
// expected-error @below {{'func.func' op has result 1 of type 'i3'; expected a tensor}}
func.func @one(%a: tensor<2xf32>, %b: tensor<2xi24>, %c: i3) -> (tensor<2xf32>, i3) {
  // expected-error @above {{'func.func' op has argument 2 of type 'i3'; expected a tensor}}
  %0 = func.call @shared(%a) : (tensor<2xf32>) -> tensor<2xf32>
  return %0, %c : tensor<2xf32>, i3
}
func.func @other(%a: tensor<2xf32>) -> tensor<2xf32> {
  %0 = func.call @shared(%a) : (tensor<2xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// -----

// What nobody calls and is not here is not needed.
// CHECK-NOT: @absent
func.func private @absent(%a: tensor<2xf32>) -> tensor<2xf32>
