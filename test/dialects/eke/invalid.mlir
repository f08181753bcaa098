// RUN: eke-opt %s --split-input-file --verify-diagnostics

// expected-error@+1 {{expected a payload of 256 bytes for 'tensor<4x16xf32>', got 128}}
eke.weight @weight_c1 : tensor<4x16xf32> = <"m.bin", offset = 0, length = 128, element = f32>

// -----

// Half the bytes in f16 are right.
eke.weight @right : tensor<4x16xf32> = <"m.bin", offset = 0, length = 128, element = f16>
// expected-error@+1 {{expected a payload of 128 bytes for 'tensor<4x16xf32>', got 256}}
eke.weight @weight_c1_f16 : tensor<4x16xf32> = <"m.bin", offset = 0, length = 256, element = f16>

// -----

// expected-error@+1 {{expected a place in memory 'image' at a multiple of 64 bytes, got #eke.place<state, offset = 0>}}
eke.weight @weight_c2 : tensor<4xf32> = <"m.bin", offset = 0, length = 16, element = f32> place <state, offset = 0>

// -----

// expected-error@+1 {{expected a place in memory 'image' at a multiple of 64 bytes, got #eke.place<image, offset = 32>}}
eke.weight @weight_c2_aligned : tensor<4xf32> = <"m.bin", offset = 0, length = 16, element = f32> place <image, offset = 32>

// -----

// expected-error@+1 {{expected a static tensor of f32, got 'tensor<?xf32>'}}
eke.weight @weight_c3 : tensor<?xf32> = <"m.bin", offset = 0, length = 16, element = f32>

// -----

// expected-error@+1 {{expected a static tensor of f32, got 'tensor<4xf16>'}}
eke.weight @weight_c3_element : tensor<4xf16> = <"m.bin", offset = 0, length = 8, element = f16>

// -----

// expected-error@+1 {{expected a payload}}
"eke.weight"() <{sym_name = "weight_c4", type = tensor<4xf32>, payloads = []}> : () -> ()

// -----

// expected-error@+1 {{has payloads of 'f32' and of 'f16'}}
eke.weight @weight_c4_elements : tensor<4x4xf32>
    = [<"m.bin", offset = 0, length = 32, element = f32>, <"m.bin", offset = 32, length = 16, element = f16>]

// -----

// expected-error@+1 {{has rows of 16 bytes but a payload of 24}}
eke.weight @weight_c4_rows : tensor<4x4xf32>
    = [<"m.bin", offset = 0, length = 24, element = f32>, <"m.bin", offset = 24, length = 40, element = f32>]

// -----

// expected-error@+1 {{expected a payload of 64 bytes for 'tensor<4x4xf32>', got 48}}
eke.weight @weight_c1_several : tensor<4x4xf32>
    = [<"m.bin", offset = 0, length = 16, element = f32>, <"m.bin", offset = 16, length = 32, element = f32>]

// -----

// expected-error@+1 {{expected a static shape, got 'tensor<?x4xf32>'}}
eke.state @state_c1 : tensor<?x4xf32>

// -----

// expected-error@+1 {{expected a place in memory 'state' at a multiple of 64 bytes, got #eke.place<image, offset = 0>}}
eke.state @state_c2 : tensor<4xf32> place <image, offset = 0>

// -----

eke.weight @w : tensor<4xf32> = <"m.bin", offset = 0, length = 16, element = f32>
eke.model @use_c1() -> tensor<8xf32> {
  // expected-error@+1 {{@w has type 'tensor<4xf32>', used as 'tensor<8xf32>'}}
  %w = eke.use @w : tensor<8xf32>
  eke.yield %w : tensor<8xf32>
}

// -----

// A state is used as a handle, not as a tensor.
eke.state @s : tensor<4xf32>
eke.model @use_c1_state() -> tensor<4xf32> {
  // expected-error@+1 {{@s has type '!eke.state<tensor<4xf32>>', used as 'tensor<4xf32>'}}
  %s = eke.use @s : tensor<4xf32>
  eke.yield %s : tensor<4xf32>
}

// -----

eke.model @use_c1_symbol() -> tensor<4xf32> {
  // expected-error@+1 {{@use_c1_symbol is no weight and no state}}
  %w = eke.use @use_c1_symbol : tensor<4xf32>
  eke.yield %w : tensor<4xf32>
}

// -----

// expected-error@+1 {{expected one result, got 2}}
eke.block @block_c1(%x: tensor<?x4xf32>) -> (tensor<?x4xf32>, tensor<?x4xf32>) {
  eke.yield %x, %x : tensor<?x4xf32>, tensor<?x4xf32>
}

// -----

// expected-error@+1 {{expected arguments of tensor or index type, got 'i32'}}
eke.model @model_c1(%x: i32) -> tensor<4xf32> {
  %0 = arith.constant dense<0.0> : tensor<4xf32>
  eke.yield %0 : tensor<4xf32>
}

// -----

// expected-error@+1 {{expected results of tensor type, got 'index'}}
eke.model @model_c1_result(%x: index) -> index {
  eke.yield %x : index
}

// -----

// expected-error@+1 {{expected positive ascending rows, got [16, 1]}}
eke.model @model_c2(%x: tensor<?x4xf32>) -> tensor<?x4xf32> rows [16, 1] {
  eke.yield %x : tensor<?x4xf32>
}

// -----

// expected-error@+1 {{expected positive ascending rows, got [0, 1]}}
eke.model @model_c2_zero(%x: tensor<?x4xf32>) -> tensor<?x4xf32> rows [0, 1] {
  eke.yield %x : tensor<?x4xf32>
}

// -----

// expected-error@+1 {{has dynamic shapes but no rows}}
eke.model @model_c3(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  eke.yield %x : tensor<?x4xf32>
}

// -----

eke.model @yield_c1(%x: tensor<1x4xf32>) -> tensor<2x4xf32> {
  // expected-error@+1 {{yields 'tensor<1x4xf32>' but @yield_c1 returns 'tensor<2x4xf32>'}}
  eke.yield %x : tensor<1x4xf32>
}

// -----

func.func @yield_outside(%x: tensor<4xf32>) {
  // expected-error@+1 {{expects parent op to be one of 'eke.block, eke.model'}}
  eke.yield %x : tensor<4xf32>
}

// -----

eke.model @apply_c1(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  // expected-error@+1 {{@apply_c1 is no eke.block}}
  %0 = eke.apply @apply_c1(%x) : (tensor<1x4xf32>) -> tensor<1x4xf32>
  eke.yield %0 : tensor<1x4xf32>
}

// -----

eke.weight @w : tensor<4x4xf32> = <"m.bin", offset = 0, length = 64, element = f32>
eke.state @s : tensor<4xf32>
eke.block @b(%x: tensor<?x4xf32>, %w: tensor<4x4xf32>, %s: !eke.state<tensor<4xf32>>) -> tensor<?x4xf32> {
  %0 = eke.linear %x, %w : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
  eke.yield %0 : tensor<?x4xf32>
}
eke.model @apply_c2(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  // expected-error@+1 {{binds 2 values, but block @b has 3 arguments}}
  %0 = eke.apply @b(%x) weights [@w] : (tensor<1x4xf32>) -> tensor<1x4xf32>
  eke.yield %0 : tensor<1x4xf32>
}

// -----

eke.weight @w : tensor<4x4xf32> = <"m.bin", offset = 0, length = 64, element = f32>
eke.state @s : tensor<4xf32>
eke.block @b(%x: tensor<?x4xf32>, %w: tensor<4x4xf32>, %s: !eke.state<tensor<4xf32>>) -> tensor<?x4xf32> {
  %0 = eke.linear %x, %w : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
  eke.yield %0 : tensor<?x4xf32>
}
eke.weight @v : tensor<4xf32> = <"m.bin", offset = 0, length = 16, element = f32>
eke.model @apply_c2_type(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  // expected-error@+1 {{binds 'tensor<4xf32>' to argument 1 of block @b, which has type 'tensor<4x4xf32>'}}
  %0 = eke.apply @b(%x) weights [@v] states [@s] : (tensor<1x4xf32>) -> tensor<1x4xf32>
  eke.yield %0 : tensor<1x4xf32>
}

// -----

// How a weight is stored is part of its type.
eke.weight @w : tensor<4x4xf32> = <"m.bin", offset = 0, length = 64, element = f32>
eke.state @s : tensor<4xf32>
eke.block @b(%x: tensor<?x4xf32>, %w: tensor<4x4xf32>, %s: !eke.state<tensor<4xf32>>) -> tensor<?x4xf32> {
  %0 = eke.linear %x, %w : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
  eke.yield %0 : tensor<?x4xf32>
}
eke.weight @v : tensor<4x4xf32, #eke.format<i8>> = <"m.bin", offset = 0, length = 64, element = f32>
eke.model @apply_c2_format(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  // expected-error@+1 {{binds 'tensor<4x4xf32, #eke.format<i8>>' to argument 1 of block @b, which has type 'tensor<4x4xf32>'}}
  %0 = eke.apply @b(%x) weights [@v] states [@s] : (tensor<1x4xf32>) -> tensor<1x4xf32>
  eke.yield %0 : tensor<1x4xf32>
}

// -----

eke.weight @w : tensor<4x4xf32> = <"m.bin", offset = 0, length = 64, element = f32>
eke.state @s : tensor<4xf32>
eke.block @b(%x: tensor<?x4xf32>, %w: tensor<4x4xf32>, %s: !eke.state<tensor<4xf32>>) -> tensor<?x4xf32> {
  %0 = eke.linear %x, %w : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
  eke.yield %0 : tensor<?x4xf32>
}
eke.model @apply_c3(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  // expected-error@+1 {{@s is no eke.weight}}
  %0 = eke.apply @b(%x) weights [@s] states [@s] : (tensor<1x4xf32>) -> tensor<1x4xf32>
  eke.yield %0 : tensor<1x4xf32>
}

// -----

eke.weight @w : tensor<4x4xf32> = <"m.bin", offset = 0, length = 64, element = f32>
eke.state @s : tensor<4xf32>
eke.block @b(%x: tensor<?x4xf32>, %w: tensor<4x4xf32>, %s: !eke.state<tensor<4xf32>>) -> tensor<?x4xf32> {
  %0 = eke.linear %x, %w : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
  eke.yield %0 : tensor<?x4xf32>
}
eke.model @apply_c3_state(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  // expected-error@+1 {{@w is no eke.state}}
  %0 = eke.apply @b(%x) weights [@w] states [@w] : (tensor<1x4xf32>) -> tensor<1x4xf32>
  eke.yield %0 : tensor<1x4xf32>
}

// -----

eke.weight @w : tensor<4x4xf32> = <"m.bin", offset = 0, length = 64, element = f32>
eke.state @s : tensor<4xf32>
eke.block @b(%x: tensor<?x4xf32>, %w: tensor<4x4xf32>, %s: !eke.state<tensor<4xf32>>) -> tensor<?x4xf32> {
  %0 = eke.linear %x, %w : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
  eke.yield %0 : tensor<?x4xf32>
}
eke.model @apply_c4(%x: tensor<1x4xf32>) -> tensor<1x8xf32> {
  // expected-error@+1 {{has type 'tensor<1x8xf32>', but block @b returns 'tensor<?x4xf32>'}}
  %0 = eke.apply @b(%x) weights [@w] states [@s] : (tensor<1x4xf32>) -> tensor<1x8xf32>
  eke.yield %0 : tensor<1x8xf32>
}

// -----

// Attributes are checked where they are written.
// expected-error@+1 {{expected a non-negative byte range, got offset -1 and length 16}}
eke.weight @payload_range : tensor<4xf32> = <"m.bin", offset = -1, length = 16, element = f32>

// -----

// expected-error@+1 {{expected elements of type f32, f16 or bf16, got 'i8'}}
eke.weight @payload_element : tensor<4xf32> = <"m.bin", offset = 0, length = 4, element = i8>

// -----

// expected-error@+1 {{expected a positive tile, got 0}}
func.func private @format_tile() attributes {t.a = #eke.format<f32, tile = 0>}

// -----

// expected-error@+1 {{i4 expects group 32, got 0}}
func.func private @format_group() attributes {t.a = #eke.format<i4>}

// -----

// expected-error@+1 {{i8 expects group 0, got 32}}
func.func private @format_group_i8() attributes {t.a = #eke.format<i8, group = 32>}

// -----

// expected-error@+1 {{i4 expects offset 0 or 8, got 4}}
func.func private @format_offset() attributes {t.a = #eke.format<i4, group = 32, offset = 4>}

// -----

// expected-error@+1 {{i8 expects offset 0, got 8}}
func.func private @format_offset_i8() attributes {t.a = #eke.format<i8, offset = 8>}

// -----

// expected-error@+1 {{a format is for tensors of rank 2, got rank 1}}
func.func private @format_rank(tensor<8xf32, #eke.format<f16>>)

// -----

// expected-error@+1 {{expected a non-negative offset}}
func.func private @place_offset() attributes {t.a = #eke.place<image, offset = -64>}
