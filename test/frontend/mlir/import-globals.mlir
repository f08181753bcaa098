// RUN: eke-opt %s --split-input-file --eke-import-globals --verify-diagnostics | FileCheck %s

// A load gives what was stored last; the state is written once, with the last of all.
// CHECK:       eke.state @sum : tensor<2xf32> = dense<[1.000000e+00, 2.000000e+00]>
// CHECK-NOT:   ml_program
// CHECK-LABEL: eke.model @add(
// CHECK-SAME:    %[[X:.*]]: tensor<2xf32>
// CHECK:         %[[OLD:.*]] = eke.read @sum
// CHECK-NEXT:    %[[Y:.*]] = arith.addf %[[OLD]], %[[X]]
// CHECK-NEXT:    %[[Z:.*]] = arith.mulf %[[Y]], %[[Y]]
// CHECK-NEXT:    eke.write %[[Z]], @sum
// CHECK-NEXT:    eke.yield %[[OLD]], %[[Y]]
ml_program.global private mutable @sum(dense<[1.0, 2.0]> : tensor<2xf32>) : tensor<2xf32>
eke.model @add(%x: tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>) {
  %0 = ml_program.global_load @sum : tensor<2xf32>
  %1 = arith.addf %0, %x : tensor<2xf32>
  ml_program.global_store @sum = %1 : tensor<2xf32>
  %2 = ml_program.global_load @sum : tensor<2xf32>
  %3 = arith.mulf %2, %2 : tensor<2xf32>
  ml_program.global_store @sum = %3 : tensor<2xf32>
  eke.yield %0, %2 : tensor<2xf32>, tensor<2xf32>
}
// What is never stored is only read, what is never loaded only written.
// CHECK-LABEL: eke.model @look(
// CHECK:         %[[S:.*]] = eke.read @sum
// CHECK-NEXT:    eke.yield %[[S]]
eke.model @look() -> tensor<2xf32> {
  %0 = ml_program.global_load @sum : tensor<2xf32>
  %1 = ml_program.global_load @sum : tensor<2xf32>
  eke.yield %1 : tensor<2xf32>
}
// CHECK-LABEL: eke.model @set(
// CHECK-SAME:    %[[X:.*]]: tensor<2xf32>
// CHECK-NEXT:    eke.write %[[X]], @sum
// CHECK-NEXT:    eke.yield
eke.model @set(%x: tensor<2xf32>) -> tensor<2xf32> {
  ml_program.global_store @sum = %x : tensor<2xf32>
  eke.yield %x : tensor<2xf32>
}

// -----

// Without a value a state begins with zeros. A constant is none, and what nobody uses
// goes away.
// CHECK-NOT:   ml_program
// CHECK:       eke.state @zeros : tensor<i32>{{$}}
// CHECK-NOT:   ml_program
// CHECK-NOT:   eke.state
// CHECK-LABEL: eke.model @constants(
// CHECK-NEXT:    eke.read @zeros
// CHECK-COUNT-2: arith.constant dense<[1, 2]> : tensor<2xi8>
ml_program.global public mutable @zeros : tensor<i32>
ml_program.global private @table(dense<[1, 2]> : tensor<2xi8>) : tensor<2xi8>
ml_program.global private mutable @unused : tensor<?xf32>
eke.model @constants() -> (tensor<2xi8>, tensor<2xi8>, tensor<i32>) {
  %0 = ml_program.global_load @table : tensor<2xi8>
  %1 = ml_program.global_load_const @table : tensor<2xi8>
  %2 = ml_program.global_load @zeros : tensor<i32>
  eke.yield %0, %1, %2 : tensor<2xi8>, tensor<2xi8>, tensor<i32>
}

// -----

// A value in a resource.
// CHECK: eke.state @ones : tensor<2xf32> = dense<1.000000e+00>
ml_program.global private mutable @ones(dense_resource<ones> : tensor<2xf32>) : tensor<2xf32>
eke.model @resource() -> tensor<2xf32> {
  %0 = ml_program.global_load @ones : tensor<2xf32>
  eke.yield %0 : tensor<2xf32>
}
{-#
  dialect_resources: { builtin: { ones: "0x040000000000803F0000803F" } }
#-}

// -----

// One branch stores, the other keeps what was there before.
// CHECK-LABEL: eke.model @branch(
// CHECK-SAME:    %[[X:.*]]: tensor<2xf32>
// CHECK:         %[[OLD:.*]] = eke.read @v
// CHECK:         %[[NEW:.*]] = scf.if %{{.*}} -> (tensor<2xf32>) {
// CHECK-NEXT:      %[[S:.*]] = arith.addf %[[OLD]], %[[X]]
// CHECK-NEXT:      scf.yield %[[S]]
// CHECK-NEXT:    } else {
// CHECK-NEXT:      scf.yield %[[OLD]]
// CHECK-NEXT:    }
// CHECK-NEXT:    eke.write %[[NEW]], @v
// CHECK-NEXT:    eke.yield %[[NEW]]
ml_program.global private mutable @v(dense<1.0> : tensor<2xf32>) : tensor<2xf32>
eke.model @branch(%x: tensor<2xf32>, %c: tensor<i1>) -> tensor<2xf32> {
  %condition = tensor.extract %c[] : tensor<i1>
  scf.if %condition {
    %0 = ml_program.global_load @v : tensor<2xf32>
    %1 = arith.addf %0, %x : tensor<2xf32>
    ml_program.global_store @v = %1 : tensor<2xf32>
  }
  %2 = ml_program.global_load @v : tensor<2xf32>
  eke.yield %2 : tensor<2xf32>
}

// CHECK-LABEL: eke.model @switch(
// CHECK-SAME:    %[[X:.*]]: tensor<2xf32>
// CHECK:         %[[OLD:.*]] = eke.read @v
// CHECK:         %[[NEW:.*]]:2 = scf.index_switch %{{.*}} -> tensor<2xf32>, tensor<2xf32>
// CHECK-NEXT:    case 3 {
// CHECK-NEXT:      scf.yield %[[X]], %[[X]]
// CHECK:         default {
// CHECK-NEXT:      scf.yield %[[OLD]], %[[OLD]]
// CHECK:         eke.write %[[NEW]]#1, @v
// CHECK-NEXT:    eke.yield %[[NEW]]#0
eke.model @switch(%x: tensor<2xf32>, %i: index) -> tensor<2xf32> {
  %old = ml_program.global_load @v : tensor<2xf32>
  %0 = scf.index_switch %i -> tensor<2xf32>
  case 3 {
    ml_program.global_store @v = %x : tensor<2xf32>
    scf.yield %x : tensor<2xf32>
  }
  default {
    scf.yield %old : tensor<2xf32>
  }
  eke.yield %0 : tensor<2xf32>
}

// A loop carries what it stores, next to what it carries already; only what is stored.
// CHECK-LABEL: eke.model @loop(
// CHECK-SAME:    %[[X:.*]]: tensor<2xf32>
// CHECK:         %[[OLD:.*]] = eke.read @v
// CHECK:         %[[L:.*]]:2 = scf.for {{.*}} iter_args(%[[Y:.*]] = %[[X]], %[[V:.*]] = %[[OLD]]) -> (tensor<2xf32>, tensor<2xf32>) {
// CHECK-NEXT:      %[[Z:.*]] = arith.addf %[[Y]], %[[V]]
// CHECK-NEXT:      scf.yield %[[Z]], %[[Y]]
// CHECK-NEXT:    }
// CHECK-NEXT:    eke.write %[[L]]#1, @v
// CHECK-NEXT:    eke.yield %[[L]]#0
eke.model @loop(%x: tensor<2xf32>, %n: index) -> tensor<2xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %0 = scf.for %i = %c0 to %n step %c1 iter_args(%y = %x) -> tensor<2xf32> {
    %v = ml_program.global_load @v : tensor<2xf32>
    %z = arith.addf %y, %v : tensor<2xf32>
    ml_program.global_store @v = %y : tensor<2xf32>
    scf.yield %z : tensor<2xf32>
  }
  eke.yield %0 : tensor<2xf32>
}

// Either part of a while may store: it goes from one to the other, and out of the first.
// CHECK-LABEL: eke.model @while(
// CHECK-SAME:    %[[X:.*]]: tensor<2xf32>
// CHECK:         %[[OLD:.*]] = eke.read @v
// CHECK:         %[[W:.*]] = scf.while (%[[A:.*]] = %[[OLD]]) : (tensor<2xf32>) -> tensor<2xf32> {
// CHECK-NEXT:      %[[B:.*]] = arith.addf %[[A]], %[[X]]
// CHECK:           scf.condition(%{{.*}}) %[[B]]
// CHECK-NEXT:    } do {
// CHECK-NEXT:    ^bb0(%[[C:.*]]: tensor<2xf32>):
// CHECK-NEXT:      %[[D:.*]] = arith.mulf %[[C]], %[[C]]
// CHECK-NEXT:      scf.yield %[[D]]
// CHECK-NEXT:    }
// CHECK-NEXT:    eke.write %[[W]], @v
eke.model @while(%x: tensor<2xf32>, %i: index) -> tensor<2xf32> {
  %limit = arith.constant 10.0 : f32
  scf.while : () -> () {
    %a = ml_program.global_load @v : tensor<2xf32>
    %b = arith.addf %a, %x : tensor<2xf32>
    ml_program.global_store @v = %b : tensor<2xf32>
    %e = tensor.extract %b[%i] : tensor<2xf32>
    %more = arith.cmpf olt, %e, %limit : f32
    scf.condition(%more)
  } do {
    %c = ml_program.global_load @v : tensor<2xf32>
    %d = arith.mulf %c, %c : tensor<2xf32>
    ml_program.global_store @v = %d : tensor<2xf32>
    scf.yield
  }
  eke.yield %x : tensor<2xf32>
}

// -----

ml_program.global private mutable @v : tensor<f32>
eke.model @forall(%x: tensor<f32>) -> tensor<f32> {
  // expected-error @below {{'scf.execute_region' op stores @v in a region; expected that of an if, a switch or a loop of scf}}
  scf.execute_region {
    ml_program.global_store @v = %x : tensor<f32>
    scf.yield
  }
  eke.yield %x : tensor<f32>
}

// -----

// expected-error @below {{'ml_program.global' op has the type 'tensor<?xf32>'; expected a tensor of numbers of static shape}}
ml_program.global private mutable @v : tensor<?xf32>
eke.model @dynamic() -> tensor<f32> {
  %0 = ml_program.global_load @v : tensor<?xf32>
  %1 = arith.constant dense<0.0> : tensor<f32>
  eke.yield %1 : tensor<f32>
}

// -----

// expected-error @below {{'ml_program.global' op expected a value of type 'tensor<2xf32>'}}
ml_program.global private mutable @v(#ml_program.extern : tensor<2xf32>) : tensor<2xf32>
eke.model @elsewhere() -> tensor<2xf32> {
  %0 = ml_program.global_load @v : tensor<2xf32>
  eke.yield %0 : tensor<2xf32>
}

// -----

// expected-error @below {{'ml_program.global' op has 0 bytes for its value of type 'tensor<2xf32>'}}
ml_program.global private mutable @v(dense_resource<none> : tensor<2xf32>) : tensor<2xf32>
eke.model @nothing() -> tensor<2xf32> {
  %0 = ml_program.global_load @v : tensor<2xf32>
  eke.yield %0 : tensor<2xf32>
}

// -----

ml_program.global private mutable @v : tensor<f32>
func.func private @alone() -> tensor<f32> {
  // expected-error @below {{'ml_program.global_load' op expected of ml_program only loads and stores of globals, and these in a model}}
  %0 = ml_program.global_load @v : tensor<f32>
  return %0 : tensor<f32>
}

// -----

ml_program.global private mutable @v : tensor<f32>
eke.model @tokens() -> tensor<f32> {
  // expected-error @below {{'ml_program.token' op expected of ml_program only loads and stores}}
  %token = ml_program.token
  %0 = arith.constant dense<0.0> : tensor<f32>
  eke.yield %0 : tensor<f32>
}

// -----

module @inner {
  ml_program.global private mutable @v : tensor<f32>
}
eke.model @foreign() -> tensor<f32> {
  // expected-error @below {{takes @inner::@v, which is no global of this module}}
  %0 = ml_program.global_load @inner::@v : tensor<f32>
  eke.yield %0 : tensor<f32>
}

// -----

// All of them are named.
// expected-error @below {{'ml_program.global' op has the type 'tensor<?xf32>'}}
ml_program.global private mutable @v : tensor<?xf32>
// expected-error @below {{'ml_program.global' op has the type 'tensor<2xi24>'}}
ml_program.global private mutable @w : tensor<2xi24>
eke.model @net(%x: tensor<2xf32>) -> tensor<2xf32> {
  %0 = ml_program.global_load @v : tensor<?xf32>
  %1 = ml_program.global_load @w : tensor<2xi24>
  eke.yield %x : tensor<2xf32>
}
