// RUN: eke-opt %s --split-input-file --eke-choose-formats --verify-diagnostics | FileCheck %s
// RUN: eke-opt %s --split-input-file --eke-choose-formats --remark-format=emitRemark --remarks-filter=format -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

// Matrices get the format, wherever they are read; vectors stay as they are.
// CHECK-LABEL: module @i8
// CHECK:         eke.weight @table : tensor<16x8xf32, #eke.format<i8>>
// CHECK:         eke.weight @q0 : tensor<8x8xf32, #eke.format<i8>>
// CHECK:         eke.weight @q1 : tensor<8x8xf32, #eke.format<i8>>
// CHECK:         eke.weight @g : tensor<8xf32> =
// CHECK:         eke.block @b(%[[X:.*]]: tensor<?x8xf32>) weights(%[[G:.*]]: tensor<8xf32>, %[[W:.*]]: tensor<8x8xf32, #eke.format<i8>>)
// CHECK:           eke.linear %{{.*}}, %[[W]] : (tensor<?x8xf32>, tensor<8x8xf32, #eke.format<i8>>) -> tensor<?x8xf32>
// CHECK:         eke.model @step(
// CHECK:           eke.use @table : tensor<16x8xf32, #eke.format<i8>>
// CHECK:           eke.embed %{{.*}}, %{{.*}} : (tensor<?xi32>, tensor<16x8xf32, #eke.format<i8>>)
module @i8 attributes {eke.weights_format = #eke.storage<i8>} {
  eke.weight @table : tensor<16x8xf32> = <"m.bin", offset = 0, length = 512, element = f32>
  eke.weight @q0 : tensor<8x8xf32> = <"m.bin", offset = 0, length = 256, element = f32>
  eke.weight @q1 : tensor<8x8xf32> = <"m.bin", offset = 0, length = 256, element = f32>
  eke.weight @g : tensor<8xf32> = <"m.bin", offset = 0, length = 32, element = f32>
  eke.block @b(%x: tensor<?x8xf32>) weights(%g: tensor<8xf32>, %w: tensor<8x8xf32>) -> tensor<?x8xf32> {
    %0 = eke.norm %x, %g epsilon 1.0e-5 : (tensor<?x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
    %1 = eke.linear %0, %w : (tensor<?x8xf32>, tensor<8x8xf32>) -> tensor<?x8xf32>
    eke.yield %1 : tensor<?x8xf32>
  }
  eke.model @step(%t: tensor<?xi32>) -> tensor<?x8xf32> rows [1] {
    %table = eke.use @table : tensor<16x8xf32>
    %0 = eke.embed %t, %table : (tensor<?xi32>, tensor<16x8xf32>) -> tensor<?x8xf32>
    %w0 = eke.use @g : tensor<8xf32>
    %w1 = eke.use @q0 : tensor<8x8xf32>
    %1 = eke.apply @b(%0) weights(%w0, %w1) : (tensor<?x8xf32>, tensor<8xf32>, tensor<8x8xf32>) -> tensor<?x8xf32>
    %w2 = eke.use @g : tensor<8xf32>
    %w3 = eke.use @q1 : tensor<8x8xf32>
    %2 = eke.apply @b(%1) weights(%w2, %w3) : (tensor<?x8xf32>, tensor<8xf32>, tensor<8x8xf32>) -> tensor<?x8xf32>
    eke.yield %2 : tensor<?x8xf32>
  }
}

// -----

// i4 shares a scale between 32 inputs.
// CHECK-LABEL: module @i4
// CHECK:         eke.weight @w : tensor<8x8xf32, #eke.format<i4, group = 32>>
module @i4 attributes {eke.weights_format = #eke.storage<i4>} {
  eke.weight @w : tensor<8x8xf32> = <"m.bin", offset = 0, length = 256, element = f32>
}

// -----

// A format that was chosen before stays.
// CHECK-LABEL: module @chosen
// CHECK:         eke.weight @w : tensor<8x8xf32, #eke.format<f16>>
// CHECK:         eke.weight @v : tensor<8x8xf32, #eke.format<f32>>
module @chosen attributes {eke.weights_format = #eke.storage<f32>} {
  eke.weight @w : tensor<8x8xf32, #eke.format<f16>> = <"m.bin", offset = 0, length = 256, element = f32>
  eke.weight @v : tensor<8x8xf32> = <"m.bin", offset = 0, length = 256, element = f32>
}

// -----

// A weight may ask for another than the module does.
// CHECK-LABEL: module @own
// CHECK:         eke.weight @w : tensor<8x8xf32, #eke.format<i4, group = 32>>
// CHECK:         eke.weight @v : tensor<8x8xf32, #eke.format<i8>>
module @own attributes {eke.weights_format = #eke.storage<i8>} {
  eke.weight @w : tensor<8x8xf32> = <"m.bin", offset = 0, length = 256, element = f32> {eke.storage = #eke.storage<i4>}
  eke.weight @v : tensor<8x8xf32> = <"m.bin", offset = 0, length = 256, element = f32>
}

// -----

// Without the attribute nothing was asked for.
// CHECK-LABEL: module @unasked
// CHECK:         eke.weight @w : tensor<8x8xf32> =
module @unasked {
  eke.weight @w : tensor<8x8xf32> = <"m.bin", offset = 0, length = 256, element = f32>
}

// -----

// An op that is no WeightUser takes plain tensors only; the other reader of @w too then.
// CHECK-LABEL: module @plain
// CHECK:         eke.weight @w : tensor<8x8xf32> =
// CHECK:         eke.linear %{{.*}}, %{{.*}} : (tensor<8x8xf32>, tensor<8x8xf32>)
// REMARK: [Missed] KeptPlain | Category:format | Reason="an op takes it, or a weight that is bound to the same argument, as a plain tensor"
module @plain attributes {eke.weights_format = #eke.storage<i8>} {
  eke.weight @w : tensor<8x8xf32> = <"m.bin", offset = 0, length = 256, element = f32>
  eke.model @step(%x: tensor<8x8xf32>) -> tensor<8x8xf32> {
    %w = eke.use @w : tensor<8x8xf32>
    %0 = eke.linear %x, %w : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
    %v = eke.use @w : tensor<8x8xf32>
    %1 = arith.addf %0, %v : tensor<8x8xf32>
    eke.yield %1 : tensor<8x8xf32>
  }
}

// -----

// A linear layer reads @w as its rows, which are no weight.
// CHECK-LABEL: module @rows
// CHECK:         eke.weight @w : tensor<8x8xf32> =
module @rows attributes {eke.weights_format = #eke.storage<i8>} {
  eke.weight @w : tensor<8x8xf32> = <"m.bin", offset = 0, length = 256, element = f32>
  eke.model @step() -> tensor<8x8xf32> {
    %w = eke.use @w : tensor<8x8xf32>
    %0 = eke.linear %w, %w : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
    eke.yield %0 : tensor<8x8xf32>
  }
}

// -----

// One argument has one format: what @w cannot have, @v cannot have either, since both
// are bound to it.
// CHECK-LABEL: module @bound_together
// CHECK:         eke.weight @v : tensor<8x8xf32> =
// CHECK:         eke.weight @w : tensor<8x8xf32> =
module @bound_together attributes {eke.weights_format = #eke.storage<i8>} {
  eke.weight @v : tensor<8x8xf32> = <"m.bin", offset = 0, length = 256, element = f32>
  eke.weight @w : tensor<8x8xf32> = <"m.bin", offset = 0, length = 256, element = f32>
  eke.block @b(%x: tensor<8x8xf32>) weights(%m: tensor<8x8xf32>) -> tensor<8x8xf32> {
    %0 = eke.linear %x, %m : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
    eke.yield %0 : tensor<8x8xf32>
  }
  eke.model @step(%x: tensor<8x8xf32>) -> tensor<8x8xf32> {
    %w0 = eke.use @v : tensor<8x8xf32>
    %0 = eke.apply @b(%x) weights(%w0) : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
    %w1 = eke.use @w : tensor<8x8xf32>
    %1 = eke.apply @b(%0) weights(%w1) : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
    %w = eke.use @w : tensor<8x8xf32>
    %2 = arith.addf %1, %w : tensor<8x8xf32>
    eke.yield %2 : tensor<8x8xf32>
  }
}

// -----

// With a dot product more channels lie side by side, but only of integers.
// CHECK-LABEL: module @dot_product
// CHECK:         eke.weight @w : tensor<32x8xf32, #eke.format<i8, tile = 16>>
module @dot_product attributes {eke.weights_format = #eke.storage<i8>, eke.target = #eke.target<name = "a76",
    triple = "aarch64-linux-gnu", cpu = "cortex-a76", features = "+dotprod",
    halide = "arm-64-linux", vector_bits = 128, memories = [<l1d, cache, capacity = 65536>, <dram, ram>]>} {
  eke.weight @w : tensor<32x8xf32> = <"m.bin", offset = 0, length = 1024, element = f32>
}

// -----

// CHECK-LABEL: module @dot_product_of_floats
// CHECK:         eke.weight @w : tensor<32x8xf32, #eke.format<f16>>
module @dot_product_of_floats attributes {eke.weights_format = #eke.storage<f16>, eke.target = #eke.target<
    name = "a76", triple = "aarch64-linux-gnu", cpu = "cortex-a76", features = "+dotprod",
    halide = "arm-64-linux", vector_bits = 128, memories = [<l1d, cache, capacity = 65536>, <dram, ram>]>} {
  eke.weight @w : tensor<32x8xf32> = <"m.bin", offset = 0, length = 1024, element = f32>
}

// -----

// Where an unsigned number is multiplied with a signed one, nibbles are stored unsigned.
// CHECK-LABEL: module @unsigned_nibbles
// CHECK:         eke.weight @w : tensor<8x8xf32, #eke.format<i4, group = 32, offset = 8>>
module @unsigned_nibbles attributes {eke.weights_format = #eke.storage<i4>, eke.target = #eke.target<name = "host",
    triple = "x86_64-linux-gnu", cpu = "x86-64-v3", features = "+avx2", halide = "x86-64-linux-avx2",
    vector_bits = 256, memories = [<l1d, cache, capacity = 32768>, <dram, ram>]>} {
  eke.weight @w : tensor<8x8xf32> = <"m.bin", offset = 0, length = 256, element = f32>
}

// -----

// What is kept gets the smallest format that can: vectors and numbers that are not in
// blocks stay as they are.
// CHECK-LABEL: module @keep
// CHECK:         eke.weight @q8_0 : tensor<8x32xf32, #eke.format<i8g, group = 32>>
// CHECK:         eke.weight @q4_0 : tensor<8x32xf32, #eke.format<i4, group = 32>>
// CHECK:         eke.weight @q4_1 : tensor<8x32xf32, #eke.format<i4m, group = 32>>
// CHECK:         eke.weight @q5_0 : tensor<8x32xf32, #eke.format<i8g, group = 32>>
// CHECK:         eke.weight @f16 : tensor<8x32xf32, #eke.format<f16>>
// CHECK:         eke.weight @bf16 : tensor<8x32xf32, #eke.format<f32>>
// CHECK:         eke.weight @f32 : tensor<8x32xf32, #eke.format<f32>>
// CHECK:         eke.weight @own : tensor<8x32xf32, #eke.format<i8>>
module @keep attributes {eke.weights_format = #eke.storage<keep>} {
  eke.weight @q8_0 : tensor<8x32xf32> = <"m.gguf", offset = 0, length = 272, element = !eke.quants<q8_0>>
  eke.weight @q4_0 : tensor<8x32xf32> = <"m.gguf", offset = 0, length = 144, element = !eke.quants<q4_0>>
  eke.weight @q4_1 : tensor<8x32xf32> = <"m.gguf", offset = 0, length = 160, element = !eke.quants<q4_1>>
  eke.weight @q5_0 : tensor<8x32xf32> = <"m.gguf", offset = 0, length = 176, element = !eke.quants<q5_0>>
  eke.weight @f16 : tensor<8x32xf32> = <"m.gguf", offset = 0, length = 512, element = f16>
  eke.weight @bf16 : tensor<8x32xf32> = <"m.gguf", offset = 0, length = 512, element = bf16>
  eke.weight @f32 : tensor<8x32xf32> = <"m.gguf", offset = 0, length = 1024, element = f32>
  eke.weight @own : tensor<8x32xf32> = <"m.gguf", offset = 0, length = 272, element = !eke.quants<q8_0>> {eke.storage = #eke.storage<i8>}
}

// -----

// Two weights that are bound to one argument get a format that keeps both.
// CHECK-LABEL: module @keep_together
// CHECK:         eke.weight @v : tensor<32x32xf32, #eke.format<i8g, group = 32>>
// CHECK:         eke.weight @w : tensor<32x32xf32, #eke.format<i8g, group = 32>>
module @keep_together attributes {eke.weights_format = #eke.storage<keep>} {
  eke.weight @v : tensor<32x32xf32> = <"m.gguf", offset = 0, length = 576, element = !eke.quants<q4_0>>
  eke.weight @w : tensor<32x32xf32> = <"m.gguf", offset = 0, length = 1088, element = !eke.quants<q8_0>>
  eke.block @b(%x: tensor<8x32xf32>) weights(%m: tensor<32x32xf32>) -> tensor<8x32xf32> {
    %0 = eke.linear %x, %m : (tensor<8x32xf32>, tensor<32x32xf32>) -> tensor<8x32xf32>
    eke.yield %0 : tensor<8x32xf32>
  }
  eke.model @step(%x: tensor<8x32xf32>) -> tensor<8x32xf32> {
    %w0 = eke.use @v : tensor<32x32xf32>
    %0 = eke.apply @b(%x) weights(%w0) : (tensor<8x32xf32>, tensor<32x32xf32>) -> tensor<8x32xf32>
    %w1 = eke.use @w : tensor<32x32xf32>
    %1 = eke.apply @b(%0) weights(%w1) : (tensor<8x32xf32>, tensor<32x32xf32>) -> tensor<8x32xf32>
    eke.yield %1 : tensor<8x32xf32>
  }
}

// -----

// What no format keeps is rounded, and that is said once.
// expected-warning@+5 {{no format keeps the numbers of q6_k, q5_1 as they are; they are rounded to i8g}}
// CHECK-LABEL: module @keep_rounded
// CHECK:         eke.weight @q6_k : tensor<8x256xf32, #eke.format<i8g, group = 32>>
// CHECK:         eke.weight @q6_k_too : tensor<8x256xf32, #eke.format<i8g, group = 32>>
// CHECK:         eke.weight @q5_1 : tensor<8x32xf32, #eke.format<i8g, group = 32>>
module @keep_rounded attributes {eke.weights_format = #eke.storage<keep>} {
  eke.weight @q6_k : tensor<8x256xf32> = <"m.gguf", offset = 0, length = 1680, element = !eke.quants<q6_k>>
  eke.weight @q6_k_too : tensor<8x256xf32> = <"m.gguf", offset = 0, length = 1680, element = !eke.quants<q6_k>>
  eke.weight @q5_1 : tensor<8x32xf32> = <"m.gguf", offset = 0, length = 192, element = !eke.quants<q5_1>>
}

// -----

// The ends of a model have a format of their own: what tokens are looked up in, and what
// results are products with, capped or not.
// CHECK-LABEL: module @ends
// CHECK:         eke.weight @table : tensor<16x8xf32, #eke.format<i8>>
// CHECK:         eke.weight @inner : tensor<8x8xf32, #eke.format<i4, group = 32>>
// CHECK:         eke.weight @head : tensor<16x8xf32, #eke.format<i8>>
// CHECK:         eke.weight @capped : tensor<16x8xf32, #eke.format<i8>>
// CHECK:         eke.weight @own : tensor<16x8xf32, #eke.format<f16>>
module @ends attributes {eke.weights_format = #eke.storage<i4>, eke.head_format = #eke.storage<i8>} {
  eke.weight @table : tensor<16x8xf32> = <"m.bin", offset = 0, length = 512, element = f32>
  eke.weight @inner : tensor<8x8xf32> = <"m.bin", offset = 0, length = 256, element = f32>
  eke.weight @head : tensor<16x8xf32> = <"m.bin", offset = 0, length = 512, element = f32>
  eke.weight @capped : tensor<16x8xf32> = <"m.bin", offset = 512, length = 512, element = f32>
  eke.weight @own : tensor<16x8xf32> = <"m.bin", offset = 512, length = 512, element = f32> {eke.storage = #eke.storage<f16>}
  eke.model @net(%t: tensor<2xi32>) -> (tensor<2x16xf32>, tensor<2x16xf32>, tensor<2x16xf32>) {
    %table = eke.use @table : tensor<16x8xf32>
    %x = eke.embed %t, %table : (tensor<2xi32>, tensor<16x8xf32>) -> tensor<2x8xf32>
    %inner = eke.use @inner : tensor<8x8xf32>
    %y = eke.linear %x, %inner : (tensor<2x8xf32>, tensor<8x8xf32>) -> tensor<2x8xf32>
    %head = eke.use @head : tensor<16x8xf32>
    %u = eke.linear %y, %head : (tensor<2x8xf32>, tensor<16x8xf32>) -> tensor<2x16xf32>
    %capped = eke.use @capped : tensor<16x8xf32>
    %v = eke.linear %y, %capped : (tensor<2x8xf32>, tensor<16x8xf32>) -> tensor<2x16xf32>
    %w = eke.softcap %v at 30.0 : tensor<2x16xf32>
    %own = eke.use @own : tensor<16x8xf32>
    %z = eke.linear %y, %own : (tensor<2x8xf32>, tensor<16x8xf32>) -> tensor<2x16xf32>
    eke.yield %u, %w, %z : tensor<2x16xf32>, tensor<2x16xf32>, tensor<2x16xf32>
  }
}
