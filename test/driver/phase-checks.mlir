// What a phase establishes is checked behind it, and of a module that was edited
// where it is read.

// RUN: eke-opt %s --split-input-file --verify-diagnostics --eke-check-graph

eke.model @step(%x: tensor<?x8xf32>) -> tensor<?x8xf32> rows [1, 2] {
// expected-error@-1 {{'eke.model' op has the type 'tensor<?x8xf32>', expected static shapes behind phase 'graph'}}
  eke.yield %x : tensor<?x8xf32>
}

// -----

eke.model @fixed(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %0 = eke.activate %x with silu : tensor<4x8xf32>
  eke.yield %0 : tensor<4x8xf32>
}
