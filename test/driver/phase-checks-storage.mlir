// Formats are those of every weight that may have one, places those of all.

// RUN: eke-opt %s --split-input-file --verify-diagnostics --eke-check-memory

// expected-error@below {{expected the attribute 'eke.image_bytes' behind phase 'memory'}}
module attributes {eke.state_bytes = 64 : i64} {}

// -----

// expected-error@below {{expected the attribute 'eke.state_bytes' behind phase 'memory'}}
module attributes {eke.image_bytes = 64 : i64} {}

// -----

// expected-error@below {{'eke.state' op 'h' has no place behind phase 'memory'}}
eke.state @h : tensor<4xf32>

// -----

// expected-error@below {{'eke.weight' op 'w' has no place behind phase 'memory'}}
eke.weight @w : tensor<4x8xf32> = <"w.bin", offset = 0, length = 128, element = f32>

// -----

eke.weight @w : tensor<4x8xf32> = <"w.bin", offset = 0, length = 128, element = f32>
eke.model @step(%x: tensor<1x8xf32>) -> tensor<1x4xf32> {
  %w = eke.use @w : tensor<4x8xf32>
  // expected-error@below {{'eke.linear' op reads a weight of type 'tensor<4x8xf32>', expected a format behind phase 'format'}}
  %y = eke.linear %x, %w : (tensor<1x8xf32>, tensor<4x8xf32>) -> tensor<1x4xf32>
  eke.yield %y : tensor<1x4xf32>
}
