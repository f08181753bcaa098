// Behind `linalg` there are functions, behind `buffers` memrefs in the arena, behind
// `kernels` calls.

// RUN: eke-opt %s --split-input-file --verify-diagnostics --eke-check-kernels

module attributes {eke.image_bytes = 0 : i64, eke.state_bytes = 0 : i64, eke.arena_bytes = 0 : i64} {
  // expected-error@below {{'eke.model' op is a layer, expected functions on linalg behind phase 'linalg'}}
  eke.model @step(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
    eke.yield %x : tensor<4x8xf32>
  }
}

// -----

// expected-error@below {{expected the attribute 'eke.arena_bytes' behind phase 'buffers'}}
module attributes {eke.image_bytes = 0 : i64, eke.state_bytes = 0 : i64} {}

// -----

module attributes {eke.image_bytes = 0 : i64, eke.state_bytes = 0 : i64, eke.arena_bytes = 0 : i64} {
  func.func @step() {
    // expected-error@below {{'tensor.empty' op has the type 'tensor<4xf32>', expected buffers behind phase 'buffers'}}
    %0 = tensor.empty() : tensor<4xf32>
    return
  }
}

// -----

module attributes {eke.image_bytes = 0 : i64, eke.state_bytes = 0 : i64, eke.arena_bytes = 0 : i64} {
  func.func @step() {
    // expected-error@below {{'memref.alloc' op allocates, expected a buffer of the arena behind phase 'buffers'}}
    %0 = memref.alloc() : memref<4xf32>
    return
  }
}

// -----

module attributes {eke.image_bytes = 0 : i64, eke.state_bytes = 0 : i64, eke.arena_bytes = 0 : i64} {
  func.func @step(%x: memref<64xf32>, %y: memref<64xf32>) {
    // expected-error@below {{'halide.pipeline' op is no kernel, expected a call of one behind phase 'kernels'}}
    halide.pipeline "exp" ins(%x : memref<64xf32>) outs(%y : memref<64xf32>) {
    ^bb0(%a: tensor<64xf32>, %b: tensor<64xf32>):
      %o = linalg.exp {halide.stage = "out"} ins(%a : tensor<64xf32>) outs(%b : tensor<64xf32>) -> tensor<64xf32>
      halide.yield %o : tensor<64xf32>
    }
    return
  }
}
