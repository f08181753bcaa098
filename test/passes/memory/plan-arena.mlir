// RUN: eke-opt %s --split-input-file --eke-plan-arena --verify-diagnostics --allow-unregistered-dialect | FileCheck %s

// A chain: every buffer is read by the op that writes the next one, so two
// places suffice.
// CHECK: module attributes {eke.arena_bytes = 192 : i64}
module {
  // CHECK-LABEL: func.func @chain
  // CHECK-SAME:  %[[X:[a-z0-9]+]]: memref<4xf32>, %[[ARENA:[a-z0-9]+]]: memref<192xi8>
  // CHECK-SAME:  eke.arena_bytes = 192
  // CHECK-SAME:  eke.entry = #eke.entry<name = "chain", rows = 1, inputs = [#eke.argument<"x" as memref<4xf32> bounds <0, 3>>], outputs = []>
  func.func @chain(%x: memref<4xf32>)
      attributes {eke.entry = #eke.entry<name = "chain", rows = 1, inputs = [#eke.argument<"x" bounds <0, 3>>], outputs = []>} {
    // CHECK: %[[AT64:.+]] = arith.constant 128 : index
    // CHECK: %[[A:.+]] = memref.view %[[ARENA]][%[[AT64]]][] : memref<192xi8> to memref<16xf32>
    %a = memref.alloc() : memref<16xf32>
    "test.write"(%x, %a) : (memref<4xf32>, memref<16xf32>) -> ()
    // CHECK: %[[AT0:.+]] = arith.constant 0 : index
    // CHECK: memref.view %[[ARENA]][%[[AT0]]][] : memref<192xi8> to memref<32xf32>
    %b = memref.alloc() : memref<32xf32>
    "test.write"(%a, %b) : (memref<16xf32>, memref<32xf32>) -> ()
    // CHECK: %[[AGAIN:.+]] = arith.constant 128 : index
    // CHECK: memref.view %[[ARENA]][%[[AGAIN]]][]
    %c = memref.alloc() : memref<3xf32>
    "test.write"(%b, %c) : (memref<32xf32>, memref<3xf32>) -> ()
    // CHECK-NOT: memref.dealloc
    memref.dealloc %a : memref<16xf32>
    return
  }
}

// -----

// %a is written before the loop and read in it, so it lives throughout the
// loop; %b and %c live only in an iteration, one after the other.
// CHECK-LABEL: func.func private @loop
// CHECK-SAME:  memref<192xi8>
func.func private @loop(%n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %a = memref.alloc() : memref<16xf32>
  "test.write"(%a) : (memref<16xf32>) -> ()
  scf.for %i = %c0 to %n step %c1 {
    %b = memref.alloc() : memref<32xf32>
    "test.write"(%a, %b) : (memref<16xf32>, memref<32xf32>) -> ()
    %c = memref.alloc() : memref<32xf32>
    "test.write"(%c) : (memref<32xf32>) -> ()
  }
  return
}

// -----

// A use through a view is a use of the buffer.
// CHECK-LABEL: func.func private @alias
// CHECK-SAME:  memref<128xi8>
func.func private @alias() {
  %a = memref.alloc() : memref<16xf32>
  %v = memref.subview %a[4][4][1] : memref<16xf32> to memref<4xf32, strided<[1], offset: 4>>
  %b = memref.alloc() : memref<16xf32>
  "test.write"(%b) : (memref<16xf32>) -> ()
  "test.read"(%v) : (memref<4xf32, strided<[1], offset: 4>>) -> ()
  return
}

// -----

// A callee's arena is a buffer of the caller during the call, and only then.
// CHECK-LABEL: func.func private @callee
// CHECK-SAME:  memref<128xi8>
func.func private @callee(%x: memref<4xf32>) {
  %a = memref.alloc() : memref<32xf32>
  "test.write"(%x, %a) : (memref<4xf32>, memref<32xf32>) -> ()
  return
}
// CHECK-LABEL: func.func private @plain(%{{.*}}: memref<4xf32>) {
func.func private @plain(%x: memref<4xf32>) {
  return
}
// CHECK-LABEL: func.func private @caller
// CHECK-SAME:  %[[ARENA:[a-z0-9]+]]: memref<192xi8>
func.func private @caller(%x: memref<4xf32>) {
  // CHECK: memref.view {{.*}} to memref<4xf32>
  %a = memref.alloc() : memref<4xf32>
  "test.write"(%a) : (memref<4xf32>) -> ()
  // CHECK: %[[FRAME:.+]] = memref.view %[[ARENA]]{{.*}} : memref<192xi8> to memref<128xi8>
  // CHECK: call @callee(%{{.*}}, %[[FRAME]]) : (memref<4xf32>, memref<128xi8>) -> ()
  func.call @callee(%a) : (memref<4xf32>) -> ()
  // CHECK: call @plain(%{{.*}}) : (memref<4xf32>) -> ()
  func.call @plain(%a) : (memref<4xf32>) -> ()
  // CHECK: memref.view {{.*}} to memref<32xf32>
  %b = memref.alloc() : memref<32xf32>
  "test.write"(%a, %b) : (memref<4xf32>, memref<32xf32>) -> ()
  return
}

// -----

// An entry gets the argument even if it needs nothing.
// CHECK-LABEL: func.func @empty(%{{.*}}: memref<0xi8>)
func.func @empty() attributes {eke.entry = #eke.entry<name = "empty", rows = 1>} {
  return
}

// -----

// What is sliced from an extent of 8 is at most 8 long, so that 3 * 8 * 4 bytes
// suffice.
// CHECK-LABEL: func.func @bounded
// CHECK-SAME:  %[[N:[a-z0-9]+]]: index, %{{.+}}: memref<2x8xf32>, %[[ARENA:.+]]: memref<128xi8>
func.func @bounded(%n: index, %cache: memref<2x8xf32>) {
  // CHECK: memref.view %[[ARENA]][%{{.+}}][%[[N]]] : memref<128xi8> to memref<3x?xf32>
  %live = memref.subview %cache[0, 0][2, %n][1, 1] : memref<2x8xf32> to memref<2x?xf32, strided<[8, 1]>>
  %a = memref.alloc(%n) : memref<3x?xf32>
  "test.write"(%live, %a) : (memref<2x?xf32, strided<[8, 1]>>, memref<3x?xf32>) -> ()
  return
}

// -----

// The subview is taken only sometimes, so it says nothing about the buffer.
func.func @unbounded(%n: index, %b: i1, %cache: memref<8xf32>) {
  scf.if %b {
    %live = memref.subview %cache[0][%n][1] : memref<8xf32> to memref<?xf32, strided<[1]>>
    "test.read"(%live) : (memref<?xf32, strided<[1]>>) -> ()
  }
  // expected-error @below {{cannot place this buffer in the arena: its size is known only at run time}}
  %a = memref.alloc(%n) : memref<?xf32>
  "test.write"(%a) : (memref<?xf32>) -> ()
  return
}

// -----

func.func @dynamic(%n: index) {
  // expected-error @below {{cannot place this buffer in the arena: its size is known only at run time}}
  %a = memref.alloc(%n) : memref<?xf32>
  "test.write"(%a) : (memref<?xf32>) -> ()
  return
}

// -----

// All of a function are named, and those of the others.
func.func @several(%n: index) {
  // expected-error @below {{cannot place this buffer in the arena: its size is known only at run time}}
  %a = memref.alloc(%n) : memref<?xf32>
  // expected-error @below {{cannot place this buffer in the arena: its layout is not the identity}}
  %b = memref.alloc() : memref<4x4xf32, strided<[1, 4]>>
  "test.write"(%a, %b) : (memref<?xf32>, memref<4x4xf32, strided<[1, 4]>>) -> ()
  return
}
func.func @others(%n: index) {
  // expected-error @below {{cannot place this buffer in the arena: its size is known only at run time}}
  %a = memref.alloc(%n) : memref<?xf32>
  "test.write"(%a) : (memref<?xf32>) -> ()
  return
}

// -----

func.func @layout() {
  // expected-error @below {{cannot place this buffer in the arena: its layout is not the identity}}
  %a = memref.alloc() : memref<4x4xf32, strided<[1, 4]>>
  "test.write"(%a) : (memref<4x4xf32, strided<[1, 4]>>) -> ()
  return
}

// -----

func.func @parallel(%n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.parallel (%i) = (%c0) to (%n) step (%c1) {
    // expected-error @below {{cannot place this buffer in the arena: every iteration of the parallel loop around it needs its own}}
    %a = memref.alloc() : memref<4xf32>
    "test.write"(%a) : (memref<4xf32>) -> ()
  }
  return
}

// -----

// The buffer of one iteration is read in the next, which has a new one.
func.func @carried(%n: index, %init: memref<4xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%old = %init) -> memref<4xf32> {
    // expected-error @below {{cannot place this buffer in the arena: it leaves the region that allocates it}}
    %a = memref.alloc() : memref<4xf32>
    "test.write"(%old, %a) : (memref<4xf32>, memref<4xf32>) -> ()
    // expected-note @below {{here}}
    scf.yield %a : memref<4xf32>
  }
  "test.read"(%r) : (memref<4xf32>) -> ()
  return
}

// -----

func.func @returned() -> memref<4xf32> {
  // expected-error @below {{it leaves the region that allocates it}}
  %a = memref.alloc() : memref<4xf32>
  // expected-note @below {{here}}
  return %a : memref<4xf32>
}

// -----

// expected-error @below {{cannot plan the arena: this function calls itself}}
func.func @recursive(%x: memref<4xf32>) {
  %a = memref.alloc() : memref<4xf32>
  func.call @recursive(%a) : (memref<4xf32>) -> ()
  return
}

// -----

// expected-error @below {{cannot plan the arena: expected structured control flow, got a region of several blocks}}
func.func @blocks(%b: i1) {
  %a = memref.alloc() : memref<4xf32>
  cf.cond_br %b, ^one, ^two
^one:
  "test.write"(%a) : (memref<4xf32>) -> ()
  cf.br ^two
^two:
  return
}
