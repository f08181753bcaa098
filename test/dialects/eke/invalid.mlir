// RUN: eke-opt %s --split-input-file --verify-diagnostics

// expected-error@+1 {{expected a payload of 256 bytes for 'tensor<4x16xf32>', got 128}}
eke.weight @weight_c1 : tensor<4x16xf32> = <"m.bin", offset = 0, length = 128, element = f32>

// -----

// Half the bytes in f16 are right.
eke.weight @right : tensor<4x16xf32> = <"m.bin", offset = 0, length = 128, element = f16>
// expected-error@+1 {{expected a payload of 128 bytes for 'tensor<4x16xf32>', got 256}}
eke.weight @weight_c1_f16 : tensor<4x16xf32> = <"m.bin", offset = 0, length = 256, element = f16>

// -----

// expected-error@+1 {{expected a place at a multiple of 64 bytes, got #eke.place<dram, offset = 16>}}
eke.weight @weight_c2 : tensor<4xf32> = <"m.bin", offset = 0, length = 16, element = f32> place <dram, offset = 16>

// -----

// expected-error@+1 {{expected a static tensor with elements of one to eight whole bytes, got 'tensor<?xf32>'}}
eke.weight @weight_c3 : tensor<?xf32> = <"m.bin", offset = 0, length = 16, element = f32>

// -----

// expected-error@+1 {{expected a static tensor with elements of one to eight whole bytes, got 'tensor<4xi4>'}}
eke.weight @weight_c3_element : tensor<4xi4> = dense<1> : tensor<4xi4>

// -----

// expected-error@+1 {{expected at most 2^40 bytes, got 'tensor<4611686018427387905x4xf32>'}}
eke.weight @weight_c7 : tensor<4611686018427387905x4xf32> = <"m.bin", offset = 0, length = 16, element = f32>

// -----

// expected-error@+1 {{has elements of 'i16' but a payload of 'i8'}}
eke.weight @weight_c5 : tensor<4xi16> = <"m.bin", offset = 0, length = 4, element = i8>

// -----

// expected-error@+1 {{has elements of 'f32' but a payload of 'i8' without quantization}}
eke.weight @weight_c5_integers : tensor<4xf32> = <"m.bin", offset = 0, length = 4, element = i8>

// -----

// expected-error@+1 {{has 3 scales for dimension 1 of 'tensor<4x2xf32>'}}
eke.weight @weight_c6 : tensor<4x2xf32> = <"m.bin", offset = 0, length = 8, element = i8,
    quantization = <axis = 1, scales = [1.0, 2.0, 3.0]>>

// -----

// expected-error@+1 {{has a quantization and several payloads}}
eke.weight @weight_c6_several : tensor<2x2xf32>
    = [<"m.bin", offset = 0, length = 2, element = i8, quantization = <scales = [1.0]>>,
       <"m.bin", offset = 2, length = 2, element = i8, quantization = <scales = [1.0]>>]

// -----

// expected-error@+1 {{has a payload of 18 bytes, which are no whole elements of 'f32'}}
eke.weight @weight_c1_rest : tensor<4xf32> = <"m.bin", offset = 0, length = 18, element = f32>

// -----

// expected-error@+1 {{expected elements or where they lie}}
eke.weight @payload_of_no_elements : tensor<4xf32> = "m.bin"

// -----

// expected-error@+1 {{expected a payload}}
"eke.weight"() <{sym_name = "weight_c4", type = tensor<4xf32>, payloads = []}> : () -> ()

// -----

// expected-error@+1 {{has rows of 16 elements, which are no whole blocks of 32}}
eke.weight @weight_c8 : tensor<4x16xf32> = <"m.gguf", offset = 0, length = 36, element = !eke.quants<q4_0>>

// -----

// expected-error@+1 {{has a payload of 6 rows, of which each 4 are interleaved}}
eke.weight @weight_c9 : tensor<6x2xf32> = <"m.bin", offset = 0, length = 48, element = f32, interleaved = 4>

// -----

// expected-error@+1 {{has a payload of 6 x 4 elements, which do not come in 4 parts to rotate}}
eke.weight @weight_c10 : tensor<6x4xf32> = <"m.bin", offset = 0, length = 96, element = f32, rotated_outputs = 4>

// -----

// expected-error@+1 {{has a payload of 1 x 1031 elements, which do not come in 1 parts to rotate}}
eke.weight @weight_c10_long : tensor<1031xf32> = <"m.bin", offset = 0, length = 4124, element = f32, rotated_inputs = 1>

// -----

// expected-error@+1 {{has 3 scales for 4 columns}}
eke.weight @weight_c10_scales : tensor<2x4xf32> = <"m.bin", offset = 0, length = 32, element = f32, scale = <"m.bin", offset = 32, length = 12, element = f32>>

// -----

// expected-error@+1 {{scales or rotates 'tensor<2x2x2xf32>', expected a vector or a matrix}}
eke.weight @weight_c10_rank : tensor<2x2x2xf32> = <"m.bin", offset = 0, length = 32, element = f32, rotated_inputs = 1>

// -----

// expected-error@+1 {{expected a number of rotated parts, got -1}}
eke.weight @payload_parts : tensor<2x2xf32> = <"m.bin", offset = 0, length = 16, element = f32, rotated_inputs = -1>

// -----

// expected-error@+1 {{expected floating point numbers to scale or rotate, got 'i8'}}
eke.weight @payload_rotated_integers : tensor<2x2xf32> = <"m.bin", offset = 0, length = 4, element = i8, quantization = <scales = [1.0]>, rotated_inputs = 1>

// -----

// expected-error@+1 {{expected a scale of floating point numbers as they are, got}}
eke.weight @payload_scaled_scale : tensor<2x2xf32> = <"m.bin", offset = 0, length = 16, element = f32, scale = <"m.bin", offset = 16, length = 8, element = f32, rotated_inputs = 1>>

// -----

// expected-error@+1 {{has a transposed payload but rank 3, expected a matrix}}
eke.weight @weight_c11_rank : tensor<2x3x1xf32> = <"m.bin", offset = 0, length = 40, element = f32, transposed = 4>

// -----

// expected-error@+1 {{has a transposed payload of 3 rows in the file, expected 2, its columns}}
eke.weight @weight_c11 : tensor<3x2xf32> = <"m.bin", offset = 0, length = 40, element = f32, transposed = 4>

// -----

// expected-error@+1 {{expected a payload of 24 bytes for 'tensor<2x3xf32>', got 36}}
eke.weight @weight_c1_transposed : tensor<2x3xf32> = <"m.bin", offset = 0, length = 44, element = f32, transposed = 4>

// -----

// expected-error@+1 {{expected a payload of 36 bytes for 'tensor<2x32xf32>', got 18}}
eke.weight @weight_c1_blocks : tensor<2x32xf32> = <"m.gguf", offset = 0, length = 18, element = !eke.quants<q4_0>>

// -----

// expected-error@+1 {{has a payload of 37 bytes, which are no whole elements of '!eke.quants<q4_0>'}}
eke.weight @weight_c1_blocks_rest : tensor<2x32xf32> = <"m.gguf", offset = 0, length = 37, element = !eke.quants<q4_0>>

// -----

// expected-error@+1 {{has elements of 'i32' but a payload of '!eke.quants<q8_0>'}}
eke.weight @weight_c5_blocks : tensor<32xi32> = <"m.gguf", offset = 0, length = 34, element = !eke.quants<q8_0>>

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

// expected-error@+1 {{expected a place at a multiple of 64 bytes, got #eke.place<dram, offset = 8>}}
eke.state @state_c2 : tensor<4xf32> place <dram, offset = 8>

// -----

// expected-error@+1 {{expected a tensor of numbers without encoding, got 'tensor<4x4xf32, #eke.format<f32>>'}}
eke.state @state_c1_encoding : tensor<4x4xf32, #eke.format<f32>>

// -----

// expected-error@+1 {{expected a tensor of numbers without encoding, got 'tensor<4xi7>'}}
eke.state @state_c1_element : tensor<4xi7>

// -----

// expected-error@+1 {{expected at most 2^40 bytes, got 'tensor<9223372036854775807xi1>'}}
eke.state @state_c4 : tensor<9223372036854775807xi1>

// -----

// The syntax gives the type of @state_c3 once.
// expected-error@+1 {{has type 'tensor<4xf32>' but an initial value of type 'tensor<2xf32>'}}
"eke.state"() <{sym_name = "state_c3", type = tensor<4xf32>, initial = dense<1.0> : tensor<2xf32>}> : () -> ()

// -----

// expected-error@+1 {{expected the elements of a tensor}}
eke.state @state_initial : tensor<4xf32> = "none"

// -----

eke.weight @w : tensor<4xf32> = <"m.bin", offset = 0, length = 16, element = f32>
eke.model @use_c1() -> tensor<8xf32> {
  // expected-error@+1 {{@w has type 'tensor<4xf32>', used as 'tensor<8xf32>'}}
  %w = eke.use @w : tensor<8xf32>
  eke.yield %w : tensor<8xf32>
}

// -----

// A state is read, not used.
eke.state @s : tensor<4xf32>
eke.model @use_c1_state() -> tensor<4xf32> {
  // expected-error@+1 {{@s is no weight}}
  %s = eke.use @s : tensor<4xf32>
  eke.yield %s : tensor<4xf32>
}

// -----

eke.state @s : tensor<4xf32>
eke.model @read_c1() -> tensor<8xf32> {
  // expected-error@+1 {{@s has type 'tensor<4xf32>', used as 'tensor<8xf32>'}}
  %s = eke.read @s : tensor<8xf32>
  eke.yield %s : tensor<8xf32>
}

// -----

eke.weight @w : tensor<4xf32> = <"m.bin", offset = 0, length = 16, element = f32>
eke.model @read_c1_weight() -> tensor<4xf32> {
  // expected-error@+1 {{@w is no state}}
  %w = eke.read @w : tensor<4xf32>
  eke.yield %w : tensor<4xf32>
}

// -----

eke.state @s : tensor<4xf32>
eke.model @write_c1(%x: tensor<8xf32>) {
  // expected-error@+1 {{@s has type 'tensor<4xf32>', used as 'tensor<8xf32>'}}
  eke.write %x, @s : tensor<8xf32>
  eke.yield
}

// -----

// A block takes its states as operands.
eke.state @s : tensor<4xf32>
eke.block @read_inside(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error@+1 {{expects parent op 'eke.model'}}
  %s = eke.read @s : tensor<4xf32>
  eke.yield %s : tensor<4xf32>
}

// -----

eke.state @s : tensor<4xf32>
eke.block @write_inside(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error@+1 {{expects parent op 'eke.model'}}
  eke.write %x, @s : tensor<4xf32>
  eke.yield %x : tensor<4xf32>
}

// -----

// The syntax counts the arguments of @block_c1 itself.
// expected-error@+1 {{has 1 arguments, but 1 weights and 1 states}}
"eke.block"() <{sym_name = "block_c1", function_type = (tensor<4xf32>) -> tensor<4xf32>, weight_count = 1, state_count = 1}> ({
^bb0(%x: tensor<4xf32>):
  "eke.yield"(%x) : (tensor<4xf32>) -> ()
}) : () -> ()

// -----

// expected-error@+1 {{has 1 arguments, but -1 weights and 2 states}}
"eke.block"() <{sym_name = "block_c1_negative", function_type = (tensor<4xf32>) -> tensor<4xf32>, weight_count = -1, state_count = 2}> ({
^bb0(%x: tensor<4xf32>):
  "eke.yield"(%x) : (tensor<4xf32>) -> ()
}) : () -> ()

// -----

// expected-error@+1 {{expected inputs that are tensors or scalars, got 'memref<4xf32>'}}
eke.block @block_c2(%x: memref<4xf32>) {
  eke.yield
}

// -----

// expected-error@+1 {{expected weights and states that are static tensors, got 'tensor<?xf32>'}}
eke.block @block_c2_weight() weights(%w: tensor<?xf32>) {
  eke.yield
}

// -----

// expected-error@+1 {{expected results that are tensors, got 'index'}}
eke.block @block_c2_result(%x: index) -> index {
  eke.yield %x : index
}

// -----

// expected-error@+1 {{has states of types 'tensor<4xf32>', but its results are 'tensor<8xf32>'}}
eke.block @block_c3(%x: tensor<8xf32>) states(%s: tensor<4xf32>) -> tensor<8xf32> {
  eke.yield %x : tensor<8xf32>
}

// -----

// expected-error@+1 {{has states of types 'tensor<4xf32>', but its results are}}
eke.block @block_c3_none() states(%s: tensor<4xf32>) {
  eke.yield
}

// -----

// expected-error@+1 {{expected a body that ends with eke.yield}}
eke.block @block_c4(%x: tensor<4xf32>) {
  llvm.unreachable
}

// -----

// expected-error@+1 {{expected a body that ends with eke.yield}}
eke.model @model_c5(%x: tensor<4xf32>) {
  llvm.unreachable
}

// -----

eke.state @s : tensor<4xf32>
eke.model @model_c4() -> (tensor<4xf32>, tensor<4xf32>) {
  // expected-note@+1 {{the first time is here}}
  %0 = eke.read @s : tensor<4xf32>
  // expected-error@+1 {{reads @s once more}}
  %1 = eke.read @s : tensor<4xf32>
  eke.yield %0, %1 : tensor<4xf32>, tensor<4xf32>
}

// -----

eke.state @s : tensor<4xf32>
eke.model @model_c4_write(%x: tensor<4xf32>, %y: tensor<4xf32>) {
  // expected-note@+1 {{the first time is here}}
  eke.write %x, @s : tensor<4xf32>
  // expected-error@+1 {{writes @s once more}}
  eke.write %y, @s : tensor<4xf32>
  eke.yield
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

// expected-error@+1 {{expected positive ascending rows below 2^31, got [16, 1]}}
eke.model @model_c2(%x: tensor<?x4xf32>) -> tensor<?x4xf32> rows [16, 1] {
  eke.yield %x : tensor<?x4xf32>
}

// -----

// expected-error@+1 {{expected positive ascending rows below 2^31, got [0, 1]}}
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

eke.block @b(%x: tensor<?x4xf32>) weights(%w: tensor<4x4xf32>) states(%s: tensor<4xf32>)
    -> (tensor<?x4xf32>, tensor<4xf32>) {
  %0 = eke.linear %x, %w : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
  eke.yield %0, %s : tensor<?x4xf32>, tensor<4xf32>
}
eke.model @apply_c2(%x: tensor<1x4xf32>, %s: tensor<4xf32>) -> tensor<1x4xf32> {
  // expected-error@+1 {{has 0 weights, but block @b takes 1}}
  %0, %s1 = eke.apply @b(%x) states(%s) : (tensor<1x4xf32>, tensor<4xf32>) -> (tensor<1x4xf32>, tensor<4xf32>)
  eke.yield %0 : tensor<1x4xf32>
}

// -----

eke.block @b(%x: tensor<?x4xf32>) weights(%w: tensor<4x4xf32>) states(%s: tensor<4xf32>)
    -> (tensor<?x4xf32>, tensor<4xf32>) {
  %0 = eke.linear %x, %w : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
  eke.yield %0, %s : tensor<?x4xf32>, tensor<4xf32>
}
eke.weight @v : tensor<4xf32> = <"m.bin", offset = 0, length = 16, element = f32>
eke.model @apply_c2_type(%x: tensor<1x4xf32>, %s: tensor<4xf32>) -> tensor<1x4xf32> {
  %v = eke.use @v : tensor<4xf32>
  // expected-error@+1 {{has 'tensor<4xf32>' as number 0 of its weights, but block @b takes 'tensor<4x4xf32>'}}
  %0, %s1 = eke.apply @b(%x) weights(%v) states(%s)
      : (tensor<1x4xf32>, tensor<4xf32>, tensor<4xf32>) -> (tensor<1x4xf32>, tensor<4xf32>)
  eke.yield %0 : tensor<1x4xf32>
}

// -----

// How a weight is stored is part of its type.
eke.block @b(%x: tensor<?x4xf32>) weights(%w: tensor<4x4xf32>) states(%s: tensor<4xf32>)
    -> (tensor<?x4xf32>, tensor<4xf32>) {
  %0 = eke.linear %x, %w : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
  eke.yield %0, %s : tensor<?x4xf32>, tensor<4xf32>
}
eke.weight @v : tensor<4x4xf32, #eke.format<i8>> = <"m.bin", offset = 0, length = 64, element = f32>
eke.model @apply_c2_format(%x: tensor<1x4xf32>, %s: tensor<4xf32>) -> tensor<1x4xf32> {
  %v = eke.use @v : tensor<4x4xf32, #eke.format<i8>>
  // expected-error@+1 {{has 'tensor<4x4xf32, #eke.format<i8>>' as number 0 of its weights, but block @b takes 'tensor<4x4xf32>'}}
  %0, %s1 = eke.apply @b(%x) weights(%v) states(%s)
      : (tensor<1x4xf32>, tensor<4x4xf32, #eke.format<i8>>, tensor<4xf32>) -> (tensor<1x4xf32>, tensor<4xf32>)
  eke.yield %0 : tensor<1x4xf32>
}

// -----

eke.block @b(%x: tensor<?x4xf32>) weights(%w: tensor<4x4xf32>) states(%s: tensor<4xf32>)
    -> (tensor<?x4xf32>, tensor<4xf32>) {
  %0 = eke.linear %x, %w : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
  eke.yield %0, %s : tensor<?x4xf32>, tensor<4xf32>
}
eke.model @apply_c3(%x: tensor<1x4xf32>, %w: tensor<4x4xf32>, %s: tensor<4xf32>) -> tensor<1x4xf32> {
  // expected-error@+1 {{expected weights from eke.use or of a block, but number 0 is another value}}
  %0, %s1 = eke.apply @b(%x) weights(%w) states(%s)
      : (tensor<1x4xf32>, tensor<4x4xf32>, tensor<4xf32>) -> (tensor<1x4xf32>, tensor<4xf32>)
  eke.yield %0 : tensor<1x4xf32>
}

// -----

// An input of the block around is no weight of it.
eke.block @b(%x: tensor<?x4xf32>) weights(%w: tensor<4x4xf32>) states(%s: tensor<4xf32>)
    -> (tensor<?x4xf32>, tensor<4xf32>) {
  %0 = eke.linear %x, %w : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
  eke.yield %0, %s : tensor<?x4xf32>, tensor<4xf32>
}
eke.block @apply_c3_input(%x: tensor<1x4xf32>, %w: tensor<4x4xf32>) states(%s: tensor<4xf32>)
    -> (tensor<1x4xf32>, tensor<4xf32>) {
  // expected-error@+1 {{expected weights from eke.use or of a block, but number 0 is another value}}
  %0, %s1 = eke.apply @b(%x) weights(%w) states(%s)
      : (tensor<1x4xf32>, tensor<4x4xf32>, tensor<4xf32>) -> (tensor<1x4xf32>, tensor<4xf32>)
  eke.yield %0, %s1 : tensor<1x4xf32>, tensor<4xf32>
}

// -----

eke.weight @w : tensor<4x4xf32> = <"m.bin", offset = 0, length = 64, element = f32>
eke.block @b(%x: tensor<?x4xf32>) weights(%w: tensor<4x4xf32>) states(%s: tensor<4xf32>)
    -> (tensor<?x4xf32>, tensor<4xf32>) {
  %0 = eke.linear %x, %w : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
  eke.yield %0, %s : tensor<?x4xf32>, tensor<4xf32>
}
eke.model @apply_c4(%x: tensor<1x4xf32>, %s: tensor<4xf32>) -> tensor<1x8xf32> {
  %w = eke.use @w : tensor<4x4xf32>
  // expected-error@+1 {{returns 'tensor<1x8xf32>', 'tensor<4xf32>', but block @b returns 'tensor<?x4xf32>', 'tensor<4xf32>'}}
  %0, %s1 = eke.apply @b(%x) weights(%w) states(%s)
      : (tensor<1x4xf32>, tensor<4x4xf32>, tensor<4xf32>) -> (tensor<1x8xf32>, tensor<4xf32>)
  eke.yield %0 : tensor<1x8xf32>
}

// -----

eke.weight @w : tensor<4x4xf32> = <"m.bin", offset = 0, length = 64, element = f32>
eke.block @b(%x: tensor<?x4xf32>) weights(%w: tensor<4x4xf32>) states(%s: tensor<4xf32>)
    -> (tensor<?x4xf32>, tensor<4xf32>) {
  %0 = eke.linear %x, %w : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
  eke.yield %0, %s : tensor<?x4xf32>, tensor<4xf32>
}
eke.model @apply_c4_count(%x: tensor<1x4xf32>, %s: tensor<4xf32>) -> tensor<4xf32> {
  %w = eke.use @w : tensor<4x4xf32>
  // expected-error@+1 {{returns 'tensor<4xf32>', but block @b returns}}
  %0 = eke.apply @b(%x) weights(%w) states(%s)
      : (tensor<1x4xf32>, tensor<4x4xf32>, tensor<4xf32>) -> tensor<4xf32>
  eke.yield %0 : tensor<4xf32>
}

// -----

eke.block @apply_c5(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error@+1 {{stands in a block that @apply_c5 applies; expected no recursion}}
  %0 = eke.apply @apply_c5(%x) : (tensor<4xf32>) -> tensor<4xf32>
  eke.yield %0 : tensor<4xf32>
}

// -----

eke.block @apply_c5_through(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = eke.apply @other(%x) : (tensor<4xf32>) -> tensor<4xf32>
  eke.yield %0 : tensor<4xf32>
}
eke.block @other(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error@+1 {{stands in a block that @apply_c5_through applies; expected no recursion}}
  %0 = eke.apply @apply_c5_through(%x) : (tensor<4xf32>) -> tensor<4xf32>
  eke.yield %0 : tensor<4xf32>
}

// -----

eke.block @b(%x: tensor<4xf32>) -> tensor<4xf32> {
  eke.yield %x : tensor<4xf32>
}
func.func @apply_outside(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error@+1 {{expects parent op to be one of 'eke.block, eke.model'}}
  %0 = eke.apply @b(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// Its elements have no place in memory.
// expected-error@+1 {{expected arguments of tensor or index type, got 'tensor<4xcomplex<f32>>'}}
eke.model @model_c1_element(%x: tensor<4xcomplex<f32>>) {
  eke.yield
}

// -----

// Attributes are checked where they are written.
// expected-error@+1 {{expected a non-negative byte range, got offset -1 and length 16}}
eke.weight @payload_range : tensor<4xf32> = <"m.bin", offset = -1, length = 16, element = f32>

// -----

// expected-error@+1 {{expected elements of one to eight whole bytes, got 'i4'}}
eke.weight @payload_element : tensor<4xf32> = <"m.bin", offset = 0, length = 4, element = i4>

// -----

// expected-error@+1 {{expected integers with a quantization, got '!eke.quants<q8_0>'}}
eke.weight @payload_quantized_blocks : tensor<32xf32> = <"m.gguf", offset = 0, length = 34, element = !eke.quants<q8_0>, quantization = <scales = [1.0]>>

// -----

// expected-error@+1 {{expected an even number of interleaved rows, got 3}}
eke.weight @payload_interleaved : tensor<6x2xf32> = <"m.bin", offset = 0, length = 48, element = f32, interleaved = 3>

// -----

// expected-error@+1 {{expected no quantization with interleaved rows}}
eke.weight @payload_interleaved_quantized : tensor<4x2xf32> = <"m.bin", offset = 0, length = 8, element = i8, quantization = <scales = [1.0]>, interleaved = 4>

// -----

// expected-error@+1 {{expected rows of one element or more in the file of a transposed matrix, got -1}}
eke.weight @payload_transposed : tensor<2x3xf32> = <"m.bin", offset = 0, length = 24, element = f32, transposed = -1>

// -----

// expected-error@+1 {{expected neither blocks nor a quantization of a transposed matrix}}
eke.weight @payload_transposed_blocks : tensor<32x1xf32> = <"m.gguf", offset = 0, length = 34, element = !eke.quants<q8_0>, transposed = 32>

// -----

// expected-error@+2 {{failed to parse Eke_PayloadAttr parameter 'element'}}
// expected-error@+1 {{unknown blocks 'q3_0', expected q8_0, q4_0, q4_1, q5_0, q5_1, q4_k, q5_k or q6_k}}
eke.weight @quants_name : tensor<32xf32> = <"m.gguf", offset = 0, length = 34, element = !eke.quants<q3_0>>

// -----

// expected-error@+1 {{expected integers with a quantization, got 'f16'}}
eke.weight @payload_quantized : tensor<4xf32> = <"m.bin", offset = 0, length = 8, element = f16, quantization = <scales = [1.0]>>

// -----

// expected-error@+1 {{expected a non-negative axis and scales, got axis -1 and 1 scales}}
func.func private @quantization_axis() attributes {t.a = #eke.quantization<axis = -1, scales = [1.0]>}

// -----

// expected-error@+1 {{expected as many zero points as scales, got 2 and 1}}
func.func private @quantization_zero_points() attributes {t.a = #eke.quantization<scales = [1.0], zero_points = [1, 2]>}

// -----

// expected-error@+1 {{unknown format 'i5', expected f32, f16, i8, i8g, i4 or i4m}}
func.func private @format_name() attributes {t.a = #eke.format<i5>}

// -----

// expected-error@+1 {{undefined symbol alias id 'none'}}
func.func private @format_element_unknown(tensor<8x8x!none, #eke.format<i8>>)

// -----

// expected-error@+1 {{a format is for floating point numbers, got 'i8'}}
func.func private @format_element(tensor<8x8xi8, #eke.format<i8>>)

// -----

// expected-error@+1 {{expected a tile from 1 to 4096, got 0}}
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
func.func private @place_offset() attributes {t.a = #eke.place<dram, offset = -64>}

// -----

// expected-error@+1 {{expected bounds that leave a number, got 3 to 2}}
func.func private @bounds_order() attributes {t.a = #eke.bounds<3, 2>}

// -----

// expected-error@+2 {{expected s, ms, us or ns behind the number}}
// expected-error@+1 {{failed to parse Eke_EntryAttr parameter 'every'}}
func.func private @entry_unit() attributes {eke.entry = #eke.entry<every = 5 hours>}

// -----

// expected-error@+2 {{expected a time above 0 and below 292 years}}
// expected-error@+1 {{failed to parse Eke_EntryAttr parameter 'every'}}
func.func private @entry_period() attributes {eke.entry = #eke.entry<every = 10000000000 s>}

// -----

// expected-error@+1 {{expected rows and bytes of weights from 0, got -1 and 0}}
func.func private @entry_rows() attributes {eke.entry = #eke.entry<rows = -1>}

// -----

// expected-error@+1 {{expected a list of #eke.argument, got ["x"]}}
func.func private @entry_inputs() attributes {eke.entry = #eke.entry<inputs = ["x"]>}

// -----

// expected-error@+1 {{expected eke.entry to be an #eke.entry, got {rows = 1 : i64}}}
func.func private @entry_kind() attributes {eke.entry = {rows = 1 : i64}}

// -----

// expected-error@+1 {{carries eke.entry; expected that on a function}}
eke.state @entry_place : tensor<4xf32> {eke.entry = #eke.entry<rows = 1>}

// -----

// expected-error@+1 {{expected vocab, width, context_length and chunk from 1 to 2^31 - 1}}
module attributes {eke.language = #eke.language<vocab = 0, width = 4, context_length = 8>} {}

// -----

// expected-error@+1 {{expected a chunk of at most context_length rows}}
module attributes {eke.language = #eke.language<vocab = 4, width = 4, context_length = 8, chunk = 9>} {}

// -----

// expected-error@+1 {{expected tokens below vocab in eos}}
module attributes {eke.language = #eke.language<vocab = 4, width = 4, context_length = 8, eos = [0, 4]>} {}

// -----

// expected-error@+1 {{expected an exit behind no more blocks than there are runs}}
module attributes {eke.language = #eke.language<vocab = 4, width = 4, context_length = 8, runs = 2, exit = 3>} {}

// -----

// expected-error@+1 {{expected 0 to 15 drafts, got 16}}
module attributes {eke.language = #eke.language<vocab = 4, width = 4, context_length = 8, drafts = 16>} {}

// -----

// expected-error@+1 {{expected a threshold from 0 to 1, got 2}}
module attributes {eke.language = #eke.language<vocab = 4, width = 4, context_length = 8, threshold = 2.0 : f32>} {}

// -----

// expected-error@+1 {{expected in 'rows' the costs of 1 to 3 rows, got 2}}
module attributes {eke.language = #eke.language<vocab = 4, width = 4, context_length = 8, drafts = 2, rows = [1.0, 1.5]>} {}

// -----

// expected-error@+1 {{expected eke.language to be an #eke.language, got {vocab = 4 : i64}}}
module attributes {eke.language = {vocab = 4 : i64}} {}

// -----

// expected-error@+1 {{carries eke.language; expected that on a module}}
func.func private @language_place() attributes {eke.language = #eke.language<vocab = 4, width = 4, context_length = 8>}

// -----

// expected-error@+1 {{bounds argument 0; expected one of integers or of type index}}
eke.model @bounds_floats(%x: tensor<4xf32> {eke.bounds = #eke.bounds<0, 1>}) -> tensor<4xf32> {
  eke.yield %x : tensor<4xf32>
}

// -----

// expected-error@+1 {{expected eke.bounds to be #eke.bounds, got 5 : i64}}
eke.model @bounds_kind(%x: tensor<4xi32> {eke.bounds = 5}) -> tensor<4xi32> {
  eke.yield %x : tensor<4xi32>
}

// -----

// expected-error@+1 {{expected eke.name to be a string, got 5 : i64}}
eke.model @name_kind(%x: tensor<4xf32> {eke.name = 5}) -> tensor<4xf32> {
  eke.yield %x : tensor<4xf32>
}

// -----

// expected-error@+1 {{expected eke.name to be a string, got 5 : i64}}
eke.model @name_kind_result(%x: tensor<4xf32>) -> (tensor<4xf32> {eke.name = 5}) {
  eke.yield %x : tensor<4xf32>
}

// -----

// expected-error@+1 {{unknown format 'i2', expected f32, f16, i8, i8g, i4 or i4m}}
module attributes {eke.weights_format = #eke.storage<i2>} {}

// -----

// expected-error@+1 {{expected eke.weights_format to be an #eke.storage, got "i8"}}
module attributes {eke.weights_format = "i8"} {}

// -----

// expected-error@+1 {{expected eke.caches_format to be f32 or f16, got i8}}
module attributes {eke.caches_format = i8} {}

// -----

// expected-error@+1 {{expected eke.caches_format to be f32 or f16, got "f16"}}
module attributes {eke.caches_format = "f16"} {}

// -----

// expected-error@+1 {{expected eke.storage to be an #eke.storage or a dictionary of these, got "i4"}}
eke.weight @storage_kind : tensor<1xf32> = dense<1.0> : tensor<1xf32> {eke.storage = "i4"}

// -----

// expected-error@+1 {{carries eke.storage; expected that on a weight or a module}}
eke.state @storage_place : tensor<1xf32> {eke.storage = #eke.storage<i4>}

// -----

// expected-error@+1 {{expected eke.storage to be an #eke.storage or a dictionary of these, got {w = 3 : i64}}}
module attributes {eke.storage = {w = 3}} {}

// -----

// expected-error@+1 {{expected eke.moments to be an #eke.payload or a dictionary of these, got 3 : i64}}
module attributes {eke.moments = 3} {}

// -----

// expected-error@+1 {{expected eke.moments to be an #eke.payload or a dictionary of these, got {w = "m.bin"}}}
module attributes {eke.moments = {w = "m.bin"}} {}

// -----

// expected-error@+1 {{carries eke.moments; expected that on a weight or a module}}
eke.state @moments_place : tensor<1xf32> {eke.moments = #eke.payload<"m.bin", offset = 0, length = 4, element = f32>}

// -----

// expected-error@+1 {{expected eke.collect_moments to be without a value, got true}}
module attributes {eke.collect_moments = true} {}

// -----

// expected-error@+1 {{expected eke.target to be an #eke.target, got "host"}}
module attributes {eke.target = "host"} {}

// -----

// expected-error@+1 {{expected eke.image_bytes to be an i64 from 0, got -64 : i64}}
module attributes {eke.image_bytes = -64 : i64} {}

// -----

// expected-error@+1 {{carries eke.memory; expected that on a weight or a state}}
module attributes {eke.memory = "sram"} {}

// -----

// expected-error@+1 {{expected eke.memory to be a string, got 1 : i64}}
eke.state @memory : tensor<1xf32> {eke.memory = 1 : i64}

// -----

// expected-error@+1 {{carries eke.arena_memory; expected that on a module}}
eke.state @arena_memory : tensor<1xf32> {eke.arena_memory = "sram"}

// -----

// expected-error@+1 {{carries eke.arena_bytes; expected that on a function or a module}}
eke.state @arena_place : tensor<1xf32> {eke.arena_bytes = 64 : i64}

// -----

// expected-error@+1 {{expected eke.phase to be a string, got 3 : i64}}
module attributes {eke.phase = 3} {}

// -----

// expected-error@+1 {{carries eke.weight_format; expected one of eke.target, eke.weights_format, }}
module attributes {eke.weight_format = #eke.storage<i8>} {}

// -----

// expected-error@+1 {{expected eke.chat to be a dictionary of start, after_user, after_assistant and, perhaps, before_system and after_system, trims_user and trims_system, date, got {after_user = "a", start = "b"}}}
module attributes {eke.chat = {after_user = "a", start = "b"}} {}

// -----

// expected-error@+1 {{expected eke.chat to be a dictionary}}
module attributes {eke.chat = {start = "", after_user = "a", after_assistant = "b", before_system = "c"}} {}

// -----

// expected-error@+1 {{expected eke.chat to be a dictionary}}
module attributes {eke.chat = {start = "", after_user = "a", after_assistant = "b", trim_user}} {}

// -----

// expected-error@+1 {{expected eke.chat to be a dictionary}}
module attributes {eke.chat = {start = "", after_user = "", after_assistant = "b"}} {}

// -----

module {
  // expected-error@+1 {{carries eke.chat; expected that on a module}}
  eke.state @chat_place : tensor<1xf32> {eke.chat = {start = "", after_user = "a", after_assistant = "b", before_system = "", after_system = "c", trims_user, trims_system}}
}
