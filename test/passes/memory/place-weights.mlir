// RUN: eke-opt %s --split-input-file --eke-place-weights -o %t.mlir
// RUN: FileCheck %s < %t.mlir
// RUN: eke-opt %t.mlir --split-input-file --eke-place-weights | diff %t.mlir -
// RUN: eke-opt %s --split-input-file --eke-place-weights --remark-format=emitRemark --remarks-filter=memory -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

// In the order of the module, each at a multiple of 64 bytes. @i8 is 3x5, packed as
// 1x2x8x4 bytes (64) and 1x8 f32 scales (32, so 64); @i4 is 9x33: 2x2x4x8x4 bytes (512)
// and 2x2x8 f16 scales (64); @f16 is 1x3x8 f16 (48, so 64). What nothing uses goes.
// CHECK-LABEL: module @all attributes {eke.image_bytes = 832 : i64, eke.state_bytes = 192 : i64}
// CHECK-NOT:     @unused
// CHECK:         eke.weight @g : {{.*}} place <dram, offset = 0>
// CHECK:         eke.weight @i8 : {{.*}} place <dram, offset = 64>
// CHECK:         eke.weight @i4 : {{.*}} place <dram, offset = 192>
// CHECK:         eke.weight @f16 : {{.*}} place <dram, offset = 768>
// CHECK-NOT:     @idle
// CHECK:         eke.state @s : {{.*}} place <dram, offset = 0>
// CHECK:         eke.state @t : {{.*}} place <dram, offset = 64>
module @all {
  eke.weight @unused : tensor<4xf32> = <"m.bin", offset = 0, length = 16, element = f32>
  eke.weight @g : tensor<4xf32> = <"m.bin", offset = 0, length = 16, element = f32>
  eke.weight @i8 : tensor<3x5xf32, #eke.format<i8>> = <"m.bin", offset = 0, length = 60, element = f32>
  eke.weight @i4 : tensor<9x33xf32, #eke.format<i4, group = 32>> = <"m.bin", offset = 0, length = 1188, element = f32>
  eke.weight @f16 : tensor<7x3xf32, #eke.format<f16>> = <"m.bin", offset = 0, length = 84, element = f32>
  eke.state @idle : tensor<4xf32>
  eke.state @s : tensor<16xf32>
  eke.state @t : tensor<17xf32>
  eke.model @m(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
    %0 = eke.use @g : tensor<4xf32>
    %1 = eke.use @i8 : tensor<3x5xf32, #eke.format<i8>>
    %2 = eke.use @i4 : tensor<9x33xf32, #eke.format<i4, group = 32>>
    %3 = eke.use @f16 : tensor<7x3xf32, #eke.format<f16>>
    %4 = eke.read @s : tensor<16xf32>
    %5 = eke.read @t : tensor<17xf32>
    eke.yield %x : tensor<1x4xf32>
  }
}

// -----

// A place that was chosen before stays, and nothing is put before its end.
// CHECK-LABEL: module @placed attributes {eke.image_bytes = 384 : i64, eke.state_bytes = 0 : i64}
// CHECK:         eke.weight @a : {{.*}} place <dram, offset = 320>
// CHECK:         eke.weight @b : {{.*}} place <dram, offset = 256>
module @placed {
  eke.weight @a : tensor<4xf32> = <"m.bin", offset = 0, length = 16, element = f32>
  eke.weight @b : tensor<4xf32> = <"m.bin", offset = 0, length = 16, element = f32> place <dram, offset = 256>
  eke.model @m() -> tensor<4xf32> {
    %a = eke.use @a : tensor<4xf32>
    %b = eke.use @b : tensor<4xf32>
    %0 = arith.addf %a, %b : tensor<4xf32>
    eke.yield %0 : tensor<4xf32>
  }
}

// -----

// Weights of several memories, each from its begin; all states in the one that is chosen.
// CHECK-LABEL: module @memories attributes {eke.image_bytes = 320 : i64, eke.state_bytes = 128 : i64
// CHECK:         eke.weight @a : {{.*}} place <sram, offset = 64>{{$}}
// CHECK:         eke.weight @b : {{.*}} place <sram, offset = 0>{{$}}
// CHECK:         eke.weight @c : {{.*}} place <dram, offset = 0>{{$}}
// CHECK:         eke.weight @d : {{.*}} place <sram, offset = 128>{{$}}
// CHECK:         eke.weight @e : {{.*}} place <dram, offset = 64>{{$}}
// CHECK:         eke.state @s : {{.*}} place <sram, offset = 0>{{$}}
// CHECK:         eke.state @t : {{.*}} place <sram, offset = 64>{{$}}
module @memories attributes {eke.target = #eke.target<
    name = "t", triple = "aarch64-linux-gnu", cpu = "c", features = "", halide = "arm-64-linux",
    vector_bits = 128, memories = [<sram, ram, capacity = 65536>, <dram, ram>]>} {
  eke.weight @a : tensor<4xf32> = <"m.bin", offset = 0, length = 16, element = f32> {eke.memory = "sram"}
  eke.weight @b : tensor<4xf32> = <"m.bin", offset = 0, length = 16, element = f32> place <sram, offset = 0>
  eke.weight @c : tensor<4xf32> = <"m.bin", offset = 0, length = 16, element = f32>
  eke.weight @d : tensor<4xf32> = <"m.bin", offset = 0, length = 16, element = f32> {eke.memory = "sram"}
  eke.weight @e : tensor<4xf32> = <"m.bin", offset = 0, length = 16, element = f32> {eke.memory = "dram"}
  eke.state @s : tensor<4xf32>
  eke.state @t : tensor<4xf32> {eke.memory = "sram"}
  eke.model @m() -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) {
    %a = eke.use @a : tensor<4xf32>
    %b = eke.use @b : tensor<4xf32>
    %c = eke.use @c : tensor<4xf32>
    %d = eke.use @d : tensor<4xf32>
    %e = eke.use @e : tensor<4xf32>
    %s = eke.read @s : tensor<4xf32>
    %t = eke.read @t : tensor<4xf32>
    eke.yield %a, %b, %c, %d, %e : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
  }
}

// -----

// The second of two uses of the same weights in a row finds them in a cache of 512
// bytes (@b: 256 bytes in f32), and does not where @c (576 bytes) is used.
// CHECK-LABEL: module @cache
// REMARK: [Passed] SharedBlock | Category:memory | Remark="the second run reads its weights from cache", block_bytes=256, cache_bytes=512
// REMARK: [Missed] SharedBlock | Category:memory | Remark="the second run reads its weights from memory again", block_bytes=576, cache_bytes=512
// REMARK-NOT: SharedBlock
module @cache attributes {eke.target = #eke.target<
    name = "t", triple = "aarch64-linux-gnu", cpu = "c", features = "", halide = "arm-64-linux",
    vector_bits = 128, memories = [<l1d, cache, capacity = 128>, <l2, cache, capacity = 512>, <dram, ram>]>} {
  eke.weight @b : tensor<8x8xf32> = <"m.bin", offset = 0, length = 256, element = f32>
  eke.weight @c : tensor<8x18xf32> = <"m.bin", offset = 0, length = 576, element = f32>
  eke.weight @d : tensor<8x8xf32> = <"m.bin", offset = 0, length = 256, element = f32>
  eke.block @small(%x: tensor<1x8xf32>) weights(%w: tensor<8x8xf32>) -> tensor<1x8xf32> {
    eke.yield %x : tensor<1x8xf32>
  }
  eke.block @large(%x: tensor<1x8xf32>) weights(%w: tensor<8x18xf32>) -> tensor<1x8xf32> {
    eke.yield %x : tensor<1x8xf32>
  }
  eke.model @m(%x: tensor<1x8xf32>) -> tensor<1x8xf32> {
    %w0 = eke.use @b : tensor<8x8xf32>
    %0 = eke.apply @small(%x) weights(%w0) : (tensor<1x8xf32>, tensor<8x8xf32>) -> tensor<1x8xf32>
    %w1 = eke.use @b : tensor<8x8xf32>
    %1 = eke.apply @small(%0) weights(%w1) : (tensor<1x8xf32>, tensor<8x8xf32>) -> tensor<1x8xf32>
    %w2 = eke.use @c : tensor<8x18xf32>
    %2 = eke.apply @large(%1) weights(%w2) : (tensor<1x8xf32>, tensor<8x18xf32>) -> tensor<1x8xf32>
    %w3 = eke.use @c : tensor<8x18xf32>
    %3 = eke.apply @large(%2) weights(%w3) : (tensor<1x8xf32>, tensor<8x18xf32>) -> tensor<1x8xf32>
    %w4 = eke.use @b : tensor<8x8xf32>
    %4 = eke.apply @small(%3) weights(%w4) : (tensor<1x8xf32>, tensor<8x8xf32>) -> tensor<1x8xf32>
    %w5 = eke.use @d : tensor<8x8xf32>
    %5 = eke.apply @small(%4) weights(%w5) : (tensor<1x8xf32>, tensor<8x8xf32>) -> tensor<1x8xf32>
    eke.yield %5 : tensor<1x8xf32>
  }
}
