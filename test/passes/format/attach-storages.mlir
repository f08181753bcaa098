// RUN: eke-opt %s --split-input-file --eke-attach-storages --verify-diagnostics | FileCheck %s

// A plan says how weights are stored, whatever they asked for themselves.
// CHECK-LABEL: module @plan {
// CHECK:         eke.weight @a {{.*}} {eke.storage = #eke.storage<i8>}
// CHECK:         eke.weight @b {{.*}} {eke.storage = #eke.storage<f16>}
// CHECK:         eke.weight @c : tensor<4x32xf32> = <"m.bin", offset = 1024, length = 512, element = f32>{{$}}
module @plan attributes {eke.storage = {a = #eke.storage<i8>, b = #eke.storage<f16>}} {
  eke.weight @a : tensor<4x32xf32> = <"m.bin", offset = 0, length = 512, element = f32>
  eke.weight @b : tensor<4x32xf32> = <"m.bin", offset = 512, length = 512, element = f32>
      {eke.storage = #eke.storage<i4>}
  eke.weight @c : tensor<4x32xf32> = <"m.bin", offset = 1024, length = 512, element = f32>
}

// -----

// expected-error@+1 {{the plan of formats names 'b', which is no weight}}
module attributes {eke.storage = {b = #eke.storage<i8>}} {
  eke.weight @a : tensor<4x32xf32> = <"m.bin", offset = 0, length = 512, element = f32>
}

// -----

// expected-error@+1 {{the plan of formats names 'h', which is no weight}}
module attributes {eke.storage = {h = #eke.storage<i8>}} {
  eke.state @h : tensor<4x32xf32>
}
