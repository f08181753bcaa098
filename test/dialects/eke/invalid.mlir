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

eke.block @linear_c1(%x: tensor<8x16xf32>, %w: tensor<4x8xf32>) -> tensor<8x4xf32> {
  // expected-error@+1 {{input has 16 columns but weight has 8}}
  %y = eke.linear %x, %w : (tensor<8x16xf32>, tensor<4x8xf32>) -> tensor<8x4xf32>
  eke.yield %y : tensor<8x4xf32>
}

// -----

eke.block @linear_c2(%x: tensor<8x16xf32>, %w: tensor<4x16xf32>) -> tensor<8x16xf32> {
  // expected-error@+1 {{expected result of shape [8, 4], got [8, 16]}}
  %y = eke.linear %x, %w : (tensor<8x16xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
  eke.yield %y : tensor<8x16xf32>
}

// -----

eke.block @linear_c3(%x: tensor<8x16xf32>, %w: tensor<4x16xf32>, %b: tensor<16xf32>) -> tensor<8x4xf32> {
  // expected-error@+1 {{expected bias of length 4, got 16}}
  %y = eke.linear %x, %w bias %b : (tensor<8x16xf32>, tensor<4x16xf32>, tensor<16xf32>) -> tensor<8x4xf32>
  eke.yield %y : tensor<8x4xf32>
}

// -----

eke.block @embed_c1(%t: tensor<3xi32>, %w: tensor<16x4xf32>) -> tensor<3x16xf32> {
  // expected-error@+1 {{expected result of shape [3, 4], got [3, 16]}}
  %y = eke.embed %t, %w : (tensor<3xi32>, tensor<16x4xf32>) -> tensor<3x16xf32>
  eke.yield %y : tensor<3x16xf32>
}

// -----

eke.block @norm_c1(%x: tensor<?x8xf32>, %g: tensor<4xf32>) -> tensor<?x8xf32> {
  // expected-error@+1 {{expected weight of length 8, got 4}}
  %y = eke.norm %x, %g epsilon 1.0e-5 : (tensor<?x8xf32>, tensor<4xf32>) -> tensor<?x8xf32>
  eke.yield %y : tensor<?x8xf32>
}

// -----

eke.block @norm_c2(%x: tensor<2x8xf32>, %g: tensor<8xf32>) -> tensor<1x8xf32> {
  // expected-error@+1 {{expected result of type 'tensor<2x8xf32>', got 'tensor<1x8xf32>'}}
  %y = eke.norm %x, %g epsilon 1.0e-5 : (tensor<2x8xf32>, tensor<8xf32>) -> tensor<1x8xf32>
  eke.yield %y : tensor<1x8xf32>
}

// -----

eke.block @norm_c3(%x: tensor<?x8xf32>, %g: tensor<8xf32>) -> tensor<?x8xf32> {
  // expected-error@+1 {{expected positive epsilon, got 0.0}}
  %y = eke.norm %x, %g epsilon 0.0 : (tensor<?x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  eke.yield %y : tensor<?x8xf32>
}

// -----

eke.block @rope_table_c1(%x: tensor<3x8xf32>, %p: index) -> tensor<1x2x2xf32> {
  // expected-error@+1 {{expected result of shape [3, 2, 2], got [1, 2, 2]}}
  %t = eke.rope_table %x, %p theta 1.0e4 head_dim 4 : (tensor<3x8xf32>, index) -> tensor<1x2x2xf32>
  eke.yield %t : tensor<1x2x2xf32>
}

// -----

eke.block @rope_table_c2(%x: tensor<?x8xf32>, %p: index) -> tensor<?x2x2xf32> {
  // expected-error@+1 {{expected a positive even head_dim and a positive theta, got 5 and 1.0}}
  %t = eke.rope_table %x, %p theta 1.0e4 head_dim 5 : (tensor<?x8xf32>, index) -> tensor<?x2x2xf32>
  eke.yield %t : tensor<?x2x2xf32>
}

// -----

eke.block @rope_table_c2_theta(%x: tensor<?x8xf32>, %p: index) -> tensor<?x2x2xf32> {
  // expected-error@+1 {{expected a positive even head_dim and a positive theta, got 4 and 0.0}}
  %t = eke.rope_table %x, %p theta 0.0 head_dim 4 : (tensor<?x8xf32>, index) -> tensor<?x2x2xf32>
  eke.yield %t : tensor<?x2x2xf32>
}

// -----

eke.block @rope_c1(%x: tensor<?x6xf32>, %t: tensor<?x2x2xf32>) -> tensor<?x6xf32> {
  // expected-error@+1 {{input has 6 columns, expected a multiple of 4}}
  %y = eke.rope %x, %t : (tensor<?x6xf32>, tensor<?x2x2xf32>) -> tensor<?x6xf32>
  eke.yield %y : tensor<?x6xf32>
}

// -----

eke.block @rope_c2(%x: tensor<2x8xf32>, %t: tensor<2x2x2xf32>) -> tensor<2x4xf32> {
  // expected-error@+1 {{expected result of type 'tensor<2x8xf32>', got 'tensor<2x4xf32>'}}
  %y = eke.rope %x, %t : (tensor<2x8xf32>, tensor<2x2x2xf32>) -> tensor<2x4xf32>
  eke.yield %y : tensor<2x4xf32>
}

// -----

eke.block @rope_c3(%x: tensor<2x8xf32>, %t: tensor<1x2x2xf32>) -> tensor<2x8xf32> {
  // expected-error@+1 {{expected table of shape [2, 2, 2], got [1, 2, 2]}}
  %y = eke.rope %x, %t : (tensor<2x8xf32>, tensor<1x2x2xf32>) -> tensor<2x8xf32>
  eke.yield %y : tensor<2x8xf32>
}

// -----

eke.block @attention_c1(%q: tensor<2x8xf32>, %k: tensor<2x4xf32>, %v: tensor<2x4xf32>, %p: index,
    %kc: !eke.state<tensor<1x4x16xf32>>, %vc: !eke.state<tensor<16x1x4xf32>>) -> tensor<2x8xf32> {
  // expected-error@+1 {{kv_heads 3 does not divide heads 2}}
  %y = eke.attention %q, %k, %v at %p caches %kc, %vc heads 2 kv_heads 3 scale 0.5
      : (tensor<2x8xf32>, tensor<2x4xf32>, tensor<2x4xf32>, index, !eke.state<tensor<1x4x16xf32>>, !eke.state<tensor<16x1x4xf32>>) -> tensor<2x8xf32>
  eke.yield %y : tensor<2x8xf32>
}

// -----

eke.block @attention_c1_zero(%q: tensor<2x8xf32>, %k: tensor<2x4xf32>, %v: tensor<2x4xf32>, %p: index,
    %kc: !eke.state<tensor<1x4x16xf32>>, %vc: !eke.state<tensor<16x1x4xf32>>) -> tensor<2x8xf32> {
  // expected-error@+1 {{kv_heads 0 does not divide heads 2}}
  %y = eke.attention %q, %k, %v at %p caches %kc, %vc heads 2 kv_heads 0 scale 0.5
      : (tensor<2x8xf32>, tensor<2x4xf32>, tensor<2x4xf32>, index, !eke.state<tensor<1x4x16xf32>>, !eke.state<tensor<16x1x4xf32>>) -> tensor<2x8xf32>
  eke.yield %y : tensor<2x8xf32>
}

// -----

eke.block @attention_c2(%q: tensor<2x8xf32>, %k: tensor<2x4xf32>, %v: tensor<2x4xf32>, %p: index,
    %kc: !eke.state<tensor<1x4x16xf32>>, %vc: !eke.state<tensor<16x1x4xf32>>) -> tensor<2x4xf32> {
  // expected-error@+1 {{expected query and result with the same multiple of 2 columns, got 8 and 4}}
  %y = eke.attention %q, %k, %v at %p caches %kc, %vc heads 2 kv_heads 1 scale 0.5
      : (tensor<2x8xf32>, tensor<2x4xf32>, tensor<2x4xf32>, index, !eke.state<tensor<1x4x16xf32>>, !eke.state<tensor<16x1x4xf32>>) -> tensor<2x4xf32>
  eke.yield %y : tensor<2x4xf32>
}

// -----

eke.block @attention_c2_odd(%q: tensor<2x7xf32>, %k: tensor<2x4xf32>, %v: tensor<2x4xf32>, %p: index,
    %kc: !eke.state<tensor<1x4x16xf32>>, %vc: !eke.state<tensor<16x1x4xf32>>) -> tensor<2x7xf32> {
  // expected-error@+1 {{expected query and result with the same multiple of 2 columns, got 7 and 7}}
  %y = eke.attention %q, %k, %v at %p caches %kc, %vc heads 2 kv_heads 1 scale 0.5
      : (tensor<2x7xf32>, tensor<2x4xf32>, tensor<2x4xf32>, index, !eke.state<tensor<1x4x16xf32>>, !eke.state<tensor<16x1x4xf32>>) -> tensor<2x7xf32>
  eke.yield %y : tensor<2x7xf32>
}

// -----

eke.block @attention_c3(%q: tensor<2x8xf32>, %k: tensor<2x4xf32>, %v: tensor<2x8xf32>, %p: index,
    %kc: !eke.state<tensor<1x4x16xf32>>, %vc: !eke.state<tensor<16x1x4xf32>>) -> tensor<2x8xf32> {
  // expected-error@+1 {{expected key and value with 4 columns, got 4 and 8}}
  %y = eke.attention %q, %k, %v at %p caches %kc, %vc heads 2 kv_heads 1 scale 0.5
      : (tensor<2x8xf32>, tensor<2x4xf32>, tensor<2x8xf32>, index, !eke.state<tensor<1x4x16xf32>>, !eke.state<tensor<16x1x4xf32>>) -> tensor<2x8xf32>
  eke.yield %y : tensor<2x8xf32>
}

// -----

eke.block @attention_c4(%q: tensor<2x8xf32>, %k: tensor<2x4xf32>, %v: tensor<2x4xf32>, %p: index,
    %kc: !eke.state<tensor<16x1x4xf32>>, %vc: !eke.state<tensor<16x1x4xf32>>) -> tensor<2x8xf32> {
  // expected-error@+1 {{expected caches of shapes [1, 4, C] and [C, 1, 4], got [16, 1, 4] and [16, 1, 4]}}
  %y = eke.attention %q, %k, %v at %p caches %kc, %vc heads 2 kv_heads 1 scale 0.5
      : (tensor<2x8xf32>, tensor<2x4xf32>, tensor<2x4xf32>, index, !eke.state<tensor<16x1x4xf32>>, !eke.state<tensor<16x1x4xf32>>) -> tensor<2x8xf32>
  eke.yield %y : tensor<2x8xf32>
}

// -----

eke.block @attention_c4_context(%q: tensor<2x8xf32>, %k: tensor<2x4xf32>, %v: tensor<2x4xf32>, %p: index,
    %kc: !eke.state<tensor<1x4x16xf32>>, %vc: !eke.state<tensor<8x1x4xf32>>) -> tensor<2x8xf32> {
  // expected-error@+1 {{expected caches of shapes [1, 4, C] and [C, 1, 4], got [1, 4, 16] and [8, 1, 4]}}
  %y = eke.attention %q, %k, %v at %p caches %kc, %vc heads 2 kv_heads 1 scale 0.5
      : (tensor<2x8xf32>, tensor<2x4xf32>, tensor<2x4xf32>, index, !eke.state<tensor<1x4x16xf32>>, !eke.state<tensor<8x1x4xf32>>) -> tensor<2x8xf32>
  eke.yield %y : tensor<2x8xf32>
}

// -----

eke.block @attention_c5(%q: tensor<2x8xf32>, %k: tensor<2x4xf32>, %v: tensor<1x4xf32>, %p: index,
    %kc: !eke.state<tensor<1x4x16xf32>>, %vc: !eke.state<tensor<16x1x4xf32>>) -> tensor<2x8xf32> {
  // expected-error@+1 {{query, key, value and result have 2, 2, 1 and 2 rows}}
  %y = eke.attention %q, %k, %v at %p caches %kc, %vc heads 2 kv_heads 1 scale 0.5
      : (tensor<2x8xf32>, tensor<2x4xf32>, tensor<1x4xf32>, index, !eke.state<tensor<1x4x16xf32>>, !eke.state<tensor<16x1x4xf32>>) -> tensor<2x8xf32>
  eke.yield %y : tensor<2x8xf32>
}

// -----

eke.block @fold_c1(%x: tensor<2x6xf32>) -> tensor<8x1xf32> {
  // expected-error@+1 {{factor 4 does not divide 6 columns}}
  %y = eke.fold %x by 4 : tensor<2x6xf32> -> tensor<8x1xf32>
  eke.yield %y : tensor<8x1xf32>
}

// -----

eke.block @fold_c2(%x: tensor<2x8xf32>) -> tensor<4x2xf32> {
  // expected-error@+1 {{expected 4 times the rows and 2 columns, got [4, 2] from [2, 8]}}
  %y = eke.fold %x by 4 : tensor<2x8xf32> -> tensor<4x2xf32>
  eke.yield %y : tensor<4x2xf32>
}

// -----

eke.block @fold_c2_dynamic(%x: tensor<?x8xf32>) -> tensor<8x2xf32> {
  // expected-error@+1 {{expected 4 times the rows and 2 columns, got [8, 2] from [?, 8]}}
  %y = eke.fold %x by 4 : tensor<?x8xf32> -> tensor<8x2xf32>
  eke.yield %y : tensor<8x2xf32>
}

// -----

eke.block @unfold_c1(%x: tensor<6x8xf32>) -> tensor<1x32xf32> {
  // expected-error@+1 {{factor 4 does not divide 6 rows}}
  %y = eke.unfold %x by 4 : tensor<6x8xf32> -> tensor<1x32xf32>
  eke.yield %y : tensor<1x32xf32>
}

// -----

eke.block @unfold_c2(%x: tensor<8x8xf32>) -> tensor<2x16xf32> {
  // expected-error@+1 {{expected 1/4 of the rows and 32 columns, got [2, 16] from [8, 8]}}
  %y = eke.unfold %x by 4 : tensor<8x8xf32> -> tensor<2x16xf32>
  eke.yield %y : tensor<2x16xf32>
}

// -----

eke.model @head(%x: tensor<1x8xf32>) -> tensor<1x8xf32> {
  eke.yield %x : tensor<1x8xf32>
}
eke.model @exit_c1(%x: tensor<1x8xf32>) -> tensor<1x8xf32> {
  // expected-error@+1 {{expected either a positive number of drafts or a threshold}}
  %0 = eke.exit %x head @head : tensor<1x8xf32>
  eke.yield %0 : tensor<1x8xf32>
}

// -----

eke.model @head(%x: tensor<1x8xf32>) -> tensor<1x8xf32> {
  eke.yield %x : tensor<1x8xf32>
}
eke.model @exit_c1_both(%x: tensor<1x8xf32>) -> tensor<1x8xf32> {
  // expected-error@+1 {{expected either a positive number of drafts or a threshold}}
  %0 = eke.exit %x head @head drafts 4 threshold 0.5 : tensor<1x8xf32>
  eke.yield %0 : tensor<1x8xf32>
}

// -----

eke.model @head(%x: tensor<1x8xf32>) -> tensor<1x8xf32> {
  eke.yield %x : tensor<1x8xf32>
}
eke.model @exit_c1_zero(%x: tensor<1x8xf32>) -> tensor<1x8xf32> {
  // expected-error@+1 {{expected either a positive number of drafts or a threshold}}
  %0 = eke.exit %x head @head drafts 0 : tensor<1x8xf32>
  eke.yield %0 : tensor<1x8xf32>
}

// -----

eke.model @head(%x: tensor<1x8xf32>) -> tensor<1x8xf32> {
  eke.yield %x : tensor<1x8xf32>
}
eke.model @exit_c2(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  // expected-error@+1 {{head @head is not a model on rows of 4 columns}}
  %0 = eke.exit %x head @head drafts 4 : tensor<1x4xf32>
  eke.yield %0 : tensor<1x4xf32>
}

// -----

eke.model @head(%x: tensor<1x8xf32>) -> tensor<1x8xf32> {
  eke.yield %x : tensor<1x8xf32>
}
eke.model @exit_c2_symbol(%x: tensor<1x8xf32>) -> tensor<1x8xf32> {
  // expected-error@+1 {{head @tail is not a model on rows of 8 columns}}
  %0 = eke.exit %x head @tail drafts 4 : tensor<1x8xf32>
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

// expected-error@+1 {{a format is for tensors of rank 2, got rank 1}}
func.func private @format_rank(tensor<8xf32, #eke.format<f16>>)

// -----

// expected-error@+1 {{expected a non-negative offset}}
func.func private @place_offset() attributes {t.a = #eke.place<image, offset = -64>}

// -----

// Only the number of rows may be unknown.
eke.block @columns(%x: tensor<?x?xf32>) -> tensor<?x?xf32> {
  // expected-error@+1 {{operand #0 must be 2D tensor of 32-bit float values with a known number of columns}}
  %0 = eke.activate %x with relu : tensor<?x?xf32>
  eke.yield %0 : tensor<?x?xf32>
}

// -----

eke.block @matrix(%x: tensor<?x8xf32>, %w: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // expected-error@+1 {{operand #1 must be 2D tensor of 32-bit float values with a static shape}}
  %0 = eke.linear %x, %w : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  eke.yield %0 : tensor<?x8xf32>
}
