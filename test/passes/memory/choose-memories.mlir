// RUN: eke-opt %s --split-input-file --eke-choose-memories --remark-format=emitRemark --remarks-filter=placement -o %t.mlir 2> %t.remarks
// RUN: FileCheck %s < %t.mlir
// RUN: FileCheck %s --check-prefix=REMARK < %t.remarks
// RUN: eke-opt %t.mlir --split-input-file --eke-choose-memories | diff %t.mlir -
// RUN: eke-opt %s --split-input-file --eke-choose-memories=calls-per-start=1 | FileCheck %s --check-prefix=ONCE
// RUN: not eke-opt %s --split-input-file --eke-choose-memories=calls-per-start=0 2>&1 | FileCheck %s --check-prefix=NEVER
// NEVER: error: calls-per-start is 0.0{{.*}}, expected a number above 0

// What is read most per byte lies in the memory that costs least, as far as it reaches: @often is
// read 50 times a second, @rarely once. The arena has the room that is left (64 bytes for 16 numbers,
// in and out). What nothing uses has no memory.
// CHECK-LABEL: module @rates
// CHECK-SAME:  eke.arena_memory = "sram"
// CHECK-NOT:   @unused {{.*}} eke.memory
// CHECK:       eke.weight @rarely : {{.*}} {eke.memory = "dram"}
// CHECK:       eke.weight @often : {{.*}} {eke.memory = "sram"}
// CHECK:       eke.state @s : tensor<4xf32> {eke.memory = "dram"}
// REMARK:      [Passed] ChosenMemories | Category:placement | lower_bound=[[BOUND:[0-9]+]], picojoules=[[BOUND]], proven=true{{$}}
// REMARK:      [Passed] PlacedTensor | Category:placement | bytes=1024, memory=sram, saved_picojoules=4505600, tensor=often{{$}}
// REMARK:      [Passed] PlacedTensor | Category:placement | bytes=128, memory=sram, saved_picojoules=574464, tensor="the arena"
module @rates attributes {eke.target = #eke.target<
    name = "t", triple = "aarch64-linux-gnu", cpu = "c", features = "", halide = "arm-64-linux", vector_bits = 128,
    memories = [<sram, ram, capacity = 1216, read = 2.0>, <dram, ram, read = 90.0>]>} {
  eke.weight @unused : tensor<4xf32> = <"m.bin", offset = 0, length = 16, element = f32>
  eke.weight @rarely : tensor<16x16xf32> = <"m.bin", offset = 0, length = 1024, element = f32>
  eke.weight @often : tensor<16x16xf32> = <"m.bin", offset = 0, length = 1024, element = f32>
  eke.state @s : tensor<4xf32>
  eke.model @a(%x: tensor<1x16xf32>) -> tensor<1x16xf32> attributes {eke.entry = #eke.entry<every = 1000 ms>} {
    %w = eke.use @rarely : tensor<16x16xf32>
    %y = eke.linear %x, %w : (tensor<1x16xf32>, tensor<16x16xf32>) -> tensor<1x16xf32>
    eke.yield %y : tensor<1x16xf32>
  }
  eke.model @b(%x: tensor<1x16xf32>) -> tensor<1x16xf32> attributes {eke.entry = #eke.entry<every = 20 ms>} {
    %w = eke.use @often : tensor<16x16xf32>
    %y = eke.linear %x, %w : (tensor<1x16xf32>, tensor<16x16xf32>) -> tensor<1x16xf32>
    eke.yield %y : tensor<1x16xf32>
  }
}

// -----

// Contents of RAM are copied from ROM at start. @table, of which a call reads one row of 1000, is
// not worth it; @w is, if it is read more than once. A chip that prices its cycles waits for
// flash, at 1 cycle of 100 pJ for each byte, and for the nearest memory never.
// CHECK-LABEL: module @copied
// CHECK:       eke.weight @table : {{.*}} {eke.memory = "flash"}
// CHECK:       eke.weight @w : {{.*}} {eke.memory = "tcm"}
// REMARK:      [Passed] ChosenMemories
// REMARK:      [Passed] PlacedTensor | Category:placement | bytes=64, memory=tcm, pays_after_calls=1, saved_picojoules=6400, tensor=w{{$}}
// ONCE-LABEL:  module @copied
// ONCE:        eke.weight @w : {{.*}} {eke.memory = "flash"}
module @copied attributes {eke.target = #eke.target<
    name = "t", triple = "thumbv7em-none-eabihf", cpu = "c", features = "", halide = "", vector_bits = 32,
    memories = [<tcm, ram, capacity = 1048576>, <flash, rom, bandwidth = 1.0E+6>], stack = 4096,
    clock = 1.0E+6, execution = in_order, costs = <cycle = 100.0>>} {
  eke.weight @table : tensor<1000x16xf32, #eke.format<f32>> = <"m.bin", offset = 0, length = 64000, element = f32>
  eke.weight @w : tensor<16xf32> = <"m.bin", offset = 0, length = 64, element = f32>
  eke.model @m(%t: tensor<1xi32>) -> tensor<1x16xf32> {
    %table = eke.use @table : tensor<1000x16xf32, #eke.format<f32>>
    %w = eke.use @w : tensor<16xf32>
    %x = eke.embed %t, %table : (tensor<1xi32>, tensor<1000x16xf32, #eke.format<f32>>) -> tensor<1x16xf32>
    %y = eke.norm %x, %w epsilon 1.0e-5 : (tensor<1x16xf32>, tensor<16xf32>) -> tensor<1x16xf32>
    eke.yield %y : tensor<1x16xf32>
  }
}

// -----

// What somebody chose stays, and takes room; so do the stack and what lies between places.
// CHECK-LABEL: module @chosen
// CHECK-SAME:  eke.arena_memory = "dram"
// CHECK:       eke.weight @a : {{.*}} place <sram, offset = 128>
// CHECK:       eke.weight @b : {{.*}} {eke.memory = "dram"}
// CHECK:       eke.weight @c : {{.*}} {eke.memory = "dram"}
// CHECK:       eke.weight @d : {{.*}} {eke.memory = "sram"}
module @chosen attributes {eke.arena_memory = "dram", eke.target = #eke.target<
    name = "t", triple = "aarch64-linux-gnu", cpu = "c", features = "", halide = "arm-64-linux", vector_bits = 128,
    memories = [<sram, ram, capacity = 256, read = 2.0>, <dram, ram, read = 90.0>]>} {
  eke.weight @a : tensor<16xf32> = <"m.bin", offset = 0, length = 64, element = f32> place <sram, offset = 128>
  eke.weight @b : tensor<16xf32> = <"m.bin", offset = 0, length = 64, element = f32> {eke.memory = "dram"}
  eke.weight @c : tensor<16xf32> = <"m.bin", offset = 0, length = 64, element = f32>
  eke.weight @d : tensor<16xf32> = <"m.bin", offset = 0, length = 64, element = f32>
  eke.model @m(%x: tensor<1x16xf32>) -> tensor<1x16xf32> {
    %a = eke.use @a : tensor<16xf32>
    %b = eke.use @b : tensor<16xf32>
    %c = eke.use @c : tensor<16xf32>
    %d = eke.use @d : tensor<16xf32>
    %0 = eke.norm %x, %a epsilon 1.0e-5 : (tensor<1x16xf32>, tensor<16xf32>) -> tensor<1x16xf32>
    %1 = eke.norm %0, %b epsilon 1.0e-5 : (tensor<1x16xf32>, tensor<16xf32>) -> tensor<1x16xf32>
    %2 = eke.norm %1, %c epsilon 1.0e-5 : (tensor<1x16xf32>, tensor<16xf32>) -> tensor<1x16xf32>
    %3 = eke.norm %2, %d epsilon 1.0e-5 : (tensor<1x16xf32>, tensor<16xf32>) -> tensor<1x16xf32>
    eke.yield %3 : tensor<1x16xf32>
  }
}

// -----

// The states are one: one that was placed takes the others with it. The arena has the bytes that
// the module says, which leaves no room for it.
// CHECK-LABEL: module @states
// CHECK-SAME:  eke.arena_memory = "dram"
// CHECK:       eke.state @s : tensor<4xf32> {eke.memory = "sram"}
// CHECK:       eke.state @t : tensor<4xf32> {eke.memory = "sram"}
module @states attributes {eke.arena_bytes = 1024 : i64, eke.target = #eke.target<
    name = "t", triple = "aarch64-linux-gnu", cpu = "c", features = "", halide = "arm-64-linux", vector_bits = 128,
    memories = [<sram, ram, capacity = 1088, read = 2.0>, <dram, ram, read = 90.0>]>} {
  eke.state @s : tensor<4xf32>
  eke.state @t : tensor<4xf32> {eke.memory = "sram"}
  eke.model @m(%x: tensor<1x4xf32>) -> tensor<4xf32> {
    %s = eke.read @s : tensor<4xf32>
    %t = eke.read @t : tensor<4xf32>
    %0 = arith.addf %s, %t : tensor<4xf32>
    eke.yield %0 : tensor<4xf32>
  }
}

// -----

// More than there is room for: the memories that tensors lie in anyway overflow.
// CHECK-LABEL: module @full
// CHECK:       eke.weight @w : {{.*}} {eke.memory = "dram"}
module @full attributes {eke.target = #eke.target<
    name = "t", triple = "aarch64-linux-gnu", cpu = "c", features = "", halide = "arm-64-linux", vector_bits = 128,
    memories = [<sram, ram, capacity = 128, read = 2.0>, <dram, ram, capacity = 256, read = 90.0>]>} {
  eke.weight @w : tensor<256xf32> = <"m.bin", offset = 0, length = 1024, element = f32>
  eke.model @m() -> tensor<256xf32> {
    %w = eke.use @w : tensor<256xf32>
    eke.yield %w : tensor<256xf32>
  }
}

// -----

// Where nobody says what a memory costs, nothing is chosen.
// CHECK-LABEL: module @unpriced
// CHECK-NOT:   eke.memory
// REMARK:      [Missed] UnpricedMemory | Category:placement | Reason="the target does not say what reading from 'sram' costs; nothing is placed there by energy"
// REMARK-NOT:  ChosenMemories
module @unpriced attributes {eke.target = #eke.target<
    name = "t", triple = "aarch64-linux-gnu", cpu = "c", features = "", halide = "arm-64-linux", vector_bits = 128,
    memories = [<sram, ram, capacity = 128>, <dram, ram, read = 90.0>]>} {
  eke.weight @w : tensor<16xf32> = <"m.bin", offset = 0, length = 64, element = f32>
  eke.model @m() -> tensor<16xf32> {
    %w = eke.use @w : tensor<16xf32>
    eke.yield %w : tensor<16xf32>
  }
}

// -----

// Memories that are only read, and figures that are no numbers any more when they are multiplied.
// CHECK-LABEL: module @odd
module @odd attributes {eke.target = #eke.target<
    name = "t", triple = "aarch64-linux-gnu", cpu = "c", features = "", halide = "arm-64-linux", vector_bits = 128,
    memories = [<a, rom, read = 1.0>, <b, rom, read = 2.0>]>} {
  eke.weight @w : tensor<16xf32> = <"m.bin", offset = 0, length = 64, element = f32>
  eke.model @m() -> tensor<16xf32> {
    %w = eke.use @w : tensor<16xf32>
    eke.yield %w : tensor<16xf32>
  }
}

// -----

// CHECK-LABEL: module @dear
// REMARK:      [Passed] ChosenMemories | Category:placement | lower_bound=1000000000000000000, picojoules=1000000000000000000, proven=true{{$}}
// CHECK:       eke.weight @w : {{.*}} {eke.memory = "dram"}
module @dear attributes {eke.target = #eke.target<
    name = "t", triple = "aarch64-linux-gnu", cpu = "c", features = "", halide = "arm-64-linux", vector_bits = 128,
    memories = [<sram, ram, capacity = 1024, read = 1.0E+307>, <dram, ram, read = 1.0E+307>]>} {
  eke.weight @w : tensor<16xf32> = <"m.bin", offset = 0, length = 64, element = f32>
  eke.model @m(%x: tensor<1x16xf32>) -> tensor<1x16xf32> {
    %w = eke.use @w : tensor<16xf32>
    %0 = eke.norm %x, %w epsilon 1.0e-5 : (tensor<1x16xf32>, tensor<16xf32>) -> tensor<1x16xf32>
    eke.yield %0 : tensor<1x16xf32>
  }
}
