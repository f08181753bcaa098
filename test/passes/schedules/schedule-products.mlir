// RUN: eke-opt %s --split-input-file --eke-to-linalg --eke-form-pipelines --eke-choose-schedules | FileCheck %s

// The sums of a part of a tile of channels, for some rows, stay in registers. Of many
// rows, one at a time has those of a group beside them; of a few rows, all. All rows go
// by before the next part.

// CHECK-LABEL: func.func @dot_product(
// CHECK:         schedule [#halide.stage<"dequantize", split(m, mo, mi, 16), split(ni, nh, nl, 4), reorder(nl, mi, mo, nh, no), vectorize(nl), unroll(mi)>,
// CHECK-SAME:      #halide.stage<"groups", compute_at("dequantize", mo), reorder(ni, m, rg), vectorize(ni), unroll(m)>,
// CHECK-SAME:      #halide.stage<"dot", compute_at("groups", m),
// CHECK-LABEL: func.func @dot_product_of_few_rows(
// CHECK:         schedule [#halide.stage<"dequantize", split(m, mo, mi, 4), split(ni, nh, nl, 8), reorder(nl, mi, mo, nh, no), vectorize(nl), unroll(mi)>,
// CHECK-SAME:      #halide.stage<"dot", compute_at("groups", rg),
module attributes {eke.image_bytes = 320 : i64, eke.target = #eke.target<name = "a76",
    triple = "aarch64-linux-gnu", cpu = "cortex-a76", features = "+dotprod",
    halide = "arm-64-linux-arm_dot_prod", vector_bits = 128, memories = [<l1d, cache, capacity = 65536>, <dram, ram>]>} {
  eke.weight @w : tensor<16x32xf32, #eke.format<i4, group = 32, tile = 16>>
      = <"m.bin", offset = 0, length = 2048, element = f32> place <dram, offset = 0>
  eke.model @dot_product(%x: tensor<16x32xf32>) -> tensor<16x16xf32> {
    %w = eke.use @w : tensor<16x32xf32, #eke.format<i4, group = 32, tile = 16>>
    %0 = eke.linear %x, %w : (tensor<16x32xf32>, tensor<16x32xf32, #eke.format<i4, group = 32, tile = 16>>) -> tensor<16x16xf32>
    eke.yield %0 : tensor<16x16xf32>
  }
  eke.model @dot_product_of_few_rows(%x: tensor<4x32xf32>) -> tensor<4x16xf32> {
    %w = eke.use @w : tensor<16x32xf32, #eke.format<i4, group = 32, tile = 16>>
    %0 = eke.linear %x, %w : (tensor<4x32xf32>, tensor<16x32xf32, #eke.format<i4, group = 32, tile = 16>>) -> tensor<4x16xf32>
    eke.yield %0 : tensor<4x16xf32>
  }
}

// -----

// Of products of matrices, four channels of any number of rows. Rows are put side by
// side where they are quantised.
// CHECK-LABEL: func.func @matrix_product(
// CHECK:         #halide.stage<"bundle", reorder(ki, kp, mi, ko, mp, mo), unroll(kp), vectorize(ki, 8)>
// CHECK:         schedule [#halide.stage<"dequantize", split(m, mo, mi, 16), split(ni, nh, nl, 4), reorder(nl, mi, mo, nh, no)
// CHECK-SAME:      #halide.stage<"dot", compute_at("groups", m),
module attributes {eke.image_bytes = 320 : i64, eke.target = #eke.target<name = "x2",
    triple = "aarch64-linux-gnu", cpu = "cortex-x2", features = "+dotprod,+i8mm",
    halide = "arm-64-linux-arm_dot_prod", vector_bits = 128, memories = [<l1d, cache, capacity = 65536>, <dram, ram>]>} {
  eke.weight @w : tensor<16x32xf32, #eke.format<i4, group = 32, tile = 16>>
      = <"m.bin", offset = 0, length = 2048, element = f32> place <dram, offset = 0>
  eke.model @matrix_product(%x: tensor<16x32xf32>) -> tensor<16x16xf32> {
    %w = eke.use @w : tensor<16x32xf32, #eke.format<i4, group = 32, tile = 16>>
    %0 = eke.linear %x, %w : (tensor<16x32xf32>, tensor<16x32xf32, #eke.format<i4, group = 32, tile = 16>>) -> tensor<16x16xf32>
    eke.yield %0 : tensor<16x16xf32>
  }
}

// -----

// On x86 the sums of four rows stay in registers, of one tile, so that weights are one
// stream. A step takes whole cache lines of it.
// CHECK-LABEL: func.func @pairs(
// CHECK:         schedule [#halide.stage<"dequantize", split(no, np, nt, 9), split(m, mo, mi, 4), reorder(ni, mi, mo, nt, np),
// CHECK-SAME:      #halide.stage<"part", compute_at("dequantize", mo), {{.*}}unroll(rko, 4)>
// CHECK-LABEL: func.func @pairs_of_one_row(
// CHECK:         #halide.stage<"part", {{.*}}unroll(rko, 4)>
// Of 6 quads, as many as are a part of them.
// CHECK-LABEL: func.func @few_pairs(
// CHECK:         #halide.stage<"part", {{.*}}unroll(rko, 2)>
module attributes {eke.image_bytes = 335040 : i64, eke.target = #eke.target<name = "v3",
    triple = "x86_64-linux-gnu", cpu = "x86-64-v3", features = "+avx2",
    halide = "x86-64-linux-sse41-avx-avx2", vector_bits = 256, memories = [<l1d, cache, capacity = 32768>, <dram, ram>]>} {
  eke.weight @w : tensor<576x576xf32, #eke.format<i8>>
      = <"m.bin", offset = 0, length = 1327104, element = f32> place <dram, offset = 0>
  eke.weight @v : tensor<64x24xf32, #eke.format<i8>>
      = <"m.bin", offset = 0, length = 6144, element = f32> place <dram, offset = 333312>
  eke.model @pairs(%x: tensor<4x576xf32>) -> tensor<4x576xf32> {
    %w = eke.use @w : tensor<576x576xf32, #eke.format<i8>>
    %0 = eke.linear %x, %w : (tensor<4x576xf32>, tensor<576x576xf32, #eke.format<i8>>) -> tensor<4x576xf32>
    eke.yield %0 : tensor<4x576xf32>
  }
  eke.model @pairs_of_one_row(%x: tensor<1x576xf32>) -> tensor<1x576xf32> {
    %w = eke.use @w : tensor<576x576xf32, #eke.format<i8>>
    %0 = eke.linear %x, %w : (tensor<1x576xf32>, tensor<576x576xf32, #eke.format<i8>>) -> tensor<1x576xf32>
    eke.yield %0 : tensor<1x576xf32>
  }
  eke.model @few_pairs(%x: tensor<4x24xf32>) -> tensor<4x64xf32> {
    %v = eke.use @v : tensor<64x24xf32, #eke.format<i8>>
    %0 = eke.linear %x, %v : (tensor<4x24xf32>, tensor<64x24xf32, #eke.format<i8>>) -> tensor<4x64xf32>
    eke.yield %0 : tensor<4x64xf32>
  }
}

// -----

// Of 4 bits, a row's inputs serve two tiles of channels if the last cache holds all weights.
// CHECK-LABEL: func.func @one_row(
// CHECK:     split(no, nq, nu, 2)
// CHECK:         return
module attributes {eke.image_bytes = 320 : i64, eke.target = #eke.target<name = "v3",
    triple = "x86_64-linux-gnu", cpu = "x86-64-v3", features = "+avx2",
    halide = "x86-64-linux-sse41-avx-avx2", vector_bits = 256, memories = [<l1d, cache, capacity = 65536>, <dram, ram>]>} {
  eke.weight @w : tensor<16x32xf32, #eke.format<i4, group = 32, tile = 8>>
      = <"m.bin", offset = 0, length = 2048, element = f32> place <dram, offset = 0>
  eke.model @one_row(%x: tensor<1x32xf32>) -> tensor<1x16xf32> {
    %w = eke.use @w : tensor<16x32xf32, #eke.format<i4, group = 32, tile = 8>>
    %0 = eke.linear %x, %w : (tensor<1x32xf32>, tensor<16x32xf32, #eke.format<i4, group = 32, tile = 8>>) -> tensor<1x16xf32>
    eke.yield %0 : tensor<1x16xf32>
  }
}

// -----

// Of 4 bits, and one tile if weights come from memory.
// CHECK-LABEL: func.func @one_row(
// CHECK-NOT:     split(no, nq, nu, 2)
// CHECK:         return
module attributes {eke.image_bytes = 320 : i64, eke.target = #eke.target<name = "v3",
    triple = "x86_64-linux-gnu", cpu = "x86-64-v3", features = "+avx2",
    halide = "x86-64-linux-sse41-avx-avx2", vector_bits = 256, memories = [<l1d, cache, capacity = 128>, <dram, ram>]>} {
  eke.weight @w : tensor<16x32xf32, #eke.format<i4, group = 32, tile = 8>>
      = <"m.bin", offset = 0, length = 2048, element = f32> place <dram, offset = 0>
  eke.model @one_row(%x: tensor<1x32xf32>) -> tensor<1x16xf32> {
    %w = eke.use @w : tensor<16x32xf32, #eke.format<i4, group = 32, tile = 8>>
    %0 = eke.linear %x, %w : (tensor<1x32xf32>, tensor<16x32xf32, #eke.format<i4, group = 32, tile = 8>>) -> tensor<1x16xf32>
    eke.yield %0 : tensor<1x16xf32>
  }
}

// -----

// A loop of no iterations has nothing to split.
// CHECK-LABEL: func.func @nothing(
// CHECK:         schedule []
module attributes {eke.image_bytes = 320 : i64, eke.target = #eke.target<name = "v3",
    triple = "x86_64-linux-gnu", cpu = "x86-64-v3", features = "+avx2",
    halide = "x86-64-linux-sse41-avx-avx2", vector_bits = 256, memories = [<l1d, cache, capacity = 65536>, <dram, ram>]>} {
  eke.weight @w : tensor<0x32xf32, #eke.format<f16, tile = 8>>
      = <"m.bin", offset = 0, length = 0, element = f32> place <dram, offset = 0>
  eke.model @nothing(%x: tensor<1x32xf32>) -> tensor<1x0xf32> {
    %w = eke.use @w : tensor<0x32xf32, #eke.format<f16, tile = 8>>
    %0 = eke.linear %x, %w : (tensor<1x32xf32>, tensor<0x32xf32, #eke.format<f16, tile = 8>>) -> tensor<1x0xf32>
    eke.yield %0 : tensor<1x0xf32>
  }
}
