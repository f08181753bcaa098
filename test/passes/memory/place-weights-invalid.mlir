// RUN: eke-opt %s --split-input-file --eke-place-weights --verify-diagnostics

// A place is in the memory that weights lie in, which the target names.
module attributes {eke.target = #eke.target<
    name = "t", triple = "aarch64-linux-gnu", cpu = "c", features = "", halide = "arm-64-linux",
    vector_bits = 128, memories = [<l1d, cache, capacity = 128>, <sram, ram, capacity = 65536>, <dram, ram>]>} {
  // expected-error@+1 {{is placed in memory 'sram', but weights lie in 'dram'}}
  eke.weight @w : tensor<4xf32> = <"m.bin", offset = 0, length = 16, element = f32> place <sram, offset = 0>
  eke.model @m() -> tensor<4xf32> {
    %w = eke.use @w : tensor<4xf32>
    eke.yield %w : tensor<4xf32>
  }
}

// -----

// expected-error@+1 {{is placed in memory 'l2', but states lie in 'dram'}}
eke.state @s : tensor<4xf32> place <l2, offset = 0>
eke.model @m(%x: tensor<4xf32>) -> tensor<4xf32> {
  %s = eke.read @s : tensor<4xf32>
  eke.yield %s : tensor<4xf32>
}
