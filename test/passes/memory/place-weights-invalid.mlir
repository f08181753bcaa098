// RUN: eke-opt %s --split-input-file --eke-place-weights --verify-diagnostics
// RUN: eke-opt %s --split-input-file --eke-choose-memories --verify-diagnostics

// A place is in a memory that the target has, and that is no cache.
module attributes {eke.target = #eke.target<
    name = "t", triple = "thumbv7em-none-eabihf", cpu = "c", features = "", halide = "", vector_bits = 32,
    memories = [<l1d, cache, capacity = 128>, <tcm, ram, capacity = 256>, <sram, ram, capacity = 65536>,
                <flash, rom, capacity = 65536>]>} {
  // expected-error@+1 {{is placed in memory 'dram', which target 't' does not have; expected 'tcm', 'sram' or 'flash'}}
  eke.weight @w : tensor<16xf32> = <"m.bin", offset = 0, length = 64, element = f32> place <dram, offset = 0>
  eke.model @m() -> (tensor<16xf32>) {
    %w = eke.use @w : tensor<16xf32>
    eke.yield %w : tensor<16xf32>
  }
}

// -----

module attributes {eke.target = #eke.target<
    name = "t", triple = "thumbv7em-none-eabihf", cpu = "c", features = "", halide = "", vector_bits = 32,
    memories = [<l1d, cache, capacity = 128>, <tcm, ram, capacity = 256>, <sram, ram, capacity = 65536>,
                <flash, rom, capacity = 65536>]>} {
  // expected-error@+1 {{is placed in memory 'l1d', which is a cache; expected 'tcm', 'sram' or 'flash'}}
  eke.weight @w : tensor<16xf32> = <"m.bin", offset = 0, length = 64, element = f32> {eke.memory = "l1d"}
  eke.model @m() -> (tensor<16xf32>) {
    %w = eke.use @w : tensor<16xf32>
    eke.yield %w : tensor<16xf32>
  }
}

// -----

// What is written cannot be in memory that is only read.
module attributes {eke.target = #eke.target<
    name = "t", triple = "thumbv7em-none-eabihf", cpu = "c", features = "", halide = "", vector_bits = 32,
    memories = [<l1d, cache, capacity = 128>, <tcm, ram, capacity = 256>, <sram, ram, capacity = 65536>,
                <flash, rom, capacity = 65536>]>} {
  // expected-error@+1 {{is placed in memory 'flash', which is only read; expected 'tcm' or 'sram'}}
  eke.state @s : tensor<4xf32> place <flash, offset = 0>
  eke.model @m(%x: tensor<4xf32>) -> (tensor<4xf32>) {
    %s = eke.read @s : tensor<4xf32>
    eke.yield %s : tensor<4xf32>
  }
}

// -----

// expected-error@+1 {{the arena is placed in memory 'flash', which is only read; expected 'tcm' or 'sram'}}
module attributes {eke.arena_memory = "flash", eke.target = #eke.target<
    name = "t", triple = "thumbv7em-none-eabihf", cpu = "c", features = "", halide = "", vector_bits = 32,
    memories = [<l1d, cache, capacity = 128>, <tcm, ram, capacity = 256>, <sram, ram, capacity = 65536>,
                <flash, rom, capacity = 65536>]>} {
  eke.weight @w : tensor<16xf32> = <"m.bin", offset = 0, length = 64, element = f32> 
  eke.model @m() -> (tensor<16xf32>) {
    %w = eke.use @w : tensor<16xf32>
    eke.yield %w : tensor<16xf32>
  }
}

// -----

// States have one base.
module attributes {eke.target = #eke.target<
    name = "t", triple = "thumbv7em-none-eabihf", cpu = "c", features = "", halide = "", vector_bits = 32,
    memories = [<l1d, cache, capacity = 128>, <tcm, ram, capacity = 256>, <sram, ram, capacity = 65536>,
                <flash, rom, capacity = 65536>]>} {
  eke.state @s : tensor<4xf32> place <sram, offset = 0>
  // expected-error@+1 {{is placed in memory 'tcm', and @s in 'sram'; expected all states in one}}
  eke.state @t : tensor<4xf32> {eke.memory = "tcm"}
  eke.model @m(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
    %s = eke.read @s : tensor<4xf32>
    %t = eke.read @t : tensor<4xf32>
    eke.yield %s, %t : tensor<4xf32>, tensor<4xf32>
  }
}

// -----

// A place that says something else than what is wanted.
module attributes {eke.target = #eke.target<
    name = "t", triple = "thumbv7em-none-eabihf", cpu = "c", features = "", halide = "", vector_bits = 32,
    memories = [<l1d, cache, capacity = 128>, <tcm, ram, capacity = 256>, <sram, ram, capacity = 65536>,
                <flash, rom, capacity = 65536>]>} {
  // expected-error@+1 {{is placed in memory 'flash', but shall lie in 'tcm'}}
  eke.weight @w : tensor<16xf32> = <"m.bin", offset = 0, length = 64, element = f32> place <flash, offset = 0> {eke.memory = "tcm"}
  eke.model @m() -> (tensor<16xf32>) {
    %w = eke.use @w : tensor<16xf32>
    eke.yield %w : tensor<16xf32>
  }
}

// -----

// Two in one place.
module attributes {eke.target = #eke.target<
    name = "t", triple = "thumbv7em-none-eabihf", cpu = "c", features = "", halide = "", vector_bits = 32,
    memories = [<l1d, cache, capacity = 128>, <tcm, ram, capacity = 256>, <sram, ram, capacity = 65536>,
                <flash, rom, capacity = 65536>]>} {
  // expected-error@+1 {{is placed at 64 in 'tcm', where @v ends at 128}}
  eke.weight @w : tensor<16xf32> = <"m.bin", offset = 0, length = 64, element = f32> place <tcm, offset = 64>
  eke.weight @v : tensor<32xf32> = <"m.bin", offset = 0, length = 128, element = f32> place <tcm, offset = 0>
  eke.model @m() -> (tensor<16xf32>) {
    %w = eke.use @w : tensor<16xf32>
    %v = eke.use @v : tensor<32xf32>
    eke.yield %w : tensor<16xf32>
  }
}

// -----

module attributes {eke.target = #eke.target<
    name = "t", triple = "thumbv7em-none-eabihf", cpu = "c", features = "", halide = "", vector_bits = 32,
    memories = [<l1d, cache, capacity = 128>, <tcm, ram, capacity = 256>, <sram, ram, capacity = 65536>,
                <flash, rom, capacity = 65536>]>} {
  eke.state @s : tensor<4xf32> place <sram, offset = 0>
  // expected-error@+1 {{is placed at 0 in 'sram', where @s ends at 64}}
  eke.state @t : tensor<4xf32> place <sram, offset = 0>
  eke.model @m(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
    %s = eke.read @s : tensor<4xf32>
    %t = eke.read @t : tensor<4xf32>
    eke.yield %s, %t : tensor<4xf32>, tensor<4xf32>
  }
}

// -----

// Beyond the end of a memory, by its place or together with others.
module attributes {eke.target = #eke.target<
    name = "t", triple = "thumbv7em-none-eabihf", cpu = "c", features = "", halide = "", vector_bits = 32,
    memories = [<l1d, cache, capacity = 128>, <tcm, ram, capacity = 256>, <sram, ram, capacity = 65536>,
                <flash, rom, capacity = 65536>]>} {
  // expected-error@+1 {{is placed in memory 'tcm', which has 256 bytes; it would end at 320}}
  eke.weight @w : tensor<16xf32> = <"m.bin", offset = 0, length = 64, element = f32> place <tcm, offset = 256>
  eke.model @m() -> (tensor<16xf32>) {
    %w = eke.use @w : tensor<16xf32>
    eke.yield %w : tensor<16xf32>
  }
}

// -----

module attributes {eke.target = #eke.target<
    name = "t", triple = "thumbv7em-none-eabihf", cpu = "c", features = "", halide = "", vector_bits = 32,
    memories = [<l1d, cache, capacity = 128>, <tcm, ram, capacity = 256>, <sram, ram, capacity = 65536>,
                <flash, rom, capacity = 65536>]>} {
  eke.weight @u : tensor<32xf32> = <"m.bin", offset = 0, length = 128, element = f32> {eke.memory = "tcm"}
  eke.weight @v : tensor<32xf32> = <"m.bin", offset = 0, length = 128, element = f32> 
  // expected-error@+1 {{is placed in memory 'tcm', which has 256 bytes; it would end at 384}}
  eke.weight @w : tensor<64xf32> = <"m.bin", offset = 0, length = 256, element = f32> {eke.memory = "tcm"}
  eke.model @m() -> tensor<32xf32> {
    %u = eke.use @u : tensor<32xf32>
    %v = eke.use @v : tensor<32xf32>
    %w = eke.use @w : tensor<64xf32>
    eke.yield %u : tensor<32xf32>
  }
}

// -----

// Where no target names memories, there is one.
// expected-error@+1 {{is placed in memory 'l2', but the module names no target; expected 'dram'}}
eke.state @s : tensor<4xf32> place <l2, offset = 0>
eke.model @m(%x: tensor<4xf32>) -> (tensor<4xf32>) {
  %s = eke.read @s : tensor<4xf32>
  eke.yield %s : tensor<4xf32>
}
