// RUN: eke-opt %s --verify-roundtrip | FileCheck %s

// The target, and what passes decided, are attributes.
// CHECK:      module @model attributes {eke.target = #eke.target<name = "cortex-a76",
// CHECK-SAME: triple = "aarch64-linux-gnu", cpu = "cortex-a76", features = "+dotprod",
// CHECK-SAME: halide = "arm-64-linux-arm_dot_prod", vector_bits = 128, memories = [<l1d, cache, capacity = 65536>, <l2, cache, capacity = 524288>, <dram, ram>]>}
module @model attributes {eke.target = #eke.target<
    name = "cortex-a76", triple = "aarch64-linux-gnu", cpu = "cortex-a76",
    features = "+dotprod", halide = "arm-64-linux-arm_dot_prod",
    vector_bits = 128, memories = [<l1d, cache, capacity = 65536>, <l2, cache, capacity = 524288>, <dram, ram>]>} {

// The three element types that a file may hold.
// CHECK: eke.weight @table : tensor<16x8xf32> = <"m.bin", offset = 64, length = 256, element = f16>
eke.weight @table : tensor<16x8xf32> = <"m.bin", offset = 64, length = 256, element = f16>
// CHECK: eke.weight @norm : tensor<8xf32> = <"m.bin", offset = 0, length = 16, element = bf16>
eke.weight @norm : tensor<8xf32> = <"m.bin", offset = 0, length = 16, element = bf16>
// CHECK: eke.weight @layers.0.q : tensor<8x8xf32> = <"other file.bin", offset = 0, length = 256, element = f32>
eke.weight @layers.0.q : tensor<8x8xf32> = <"other file.bin", offset = 0, length = 256, element = f32>

// Several payloads lie one behind the other.
// CHECK: eke.weight @both : tensor<8x8xf32> = [<"a.bin", offset = 0, length = 96, element = f16>, <"m.bin", offset = 64, length = 32, element = f16>] place <dram, offset = 64>
eke.weight @both : tensor<8x8xf32>
    = [<"a.bin", offset = 0, length = 96, element = f16>,
       <"m.bin", offset = 64, length = 32, element = f16>] place <dram, offset = 64>

// A format does not repeat its defaults.
// CHECK: eke.weight @blocks : tensor<8x32xf32> = <"m.gguf", offset = 0, length = 160, element = !eke.quants<q4_1>, interleaved = 4>
eke.weight @blocks : tensor<8x32xf32>
    = <"m.gguf", offset = 0, length = 160, element = !eke.quants<q4_1>, interleaved = 4>

// CHECK: eke.weight @turned : tensor<8x16xf32> = <"m.bin", offset = 0, length = 256, element = f16, scale = <"m.bin", offset = 256, length = 64, element = f32>, rotated_inputs = 1, rotated_outputs = 2>
eke.weight @turned : tensor<8x16xf32>
    = <"m.bin", offset = 0, length = 256, element = f16, rotated_outputs = 2, rotated_inputs = 1,
       scale = <"m.bin", offset = 256, length = 64, element = f32>>

// CHECK: eke.weight @columns : tensor<2x3xf32> = <"m.bin", offset = 4, length = 40, element = f32, transposed = 4>
eke.weight @columns : tensor<2x3xf32>
    = <"m.bin", offset = 4, length = 40, element = f32, transposed = 4>

// CHECK: eke.weight @kernel : tensor<2x3x3x1xf32> = <"m.bin", offset = 0, length = 18, element = i8, quantization = <scales = [5.000000e-01, 2.500000e-01], zero_points = [0, -3]>>
eke.weight @kernel : tensor<2x3x3x1xf32> = <"m.bin", offset = 0, length = 18, element = i8,
    quantization = <axis = 0, scales = [0.5, 0.25], zero_points = [0, -3]>>
// CHECK: eke.weight @numbers : tensor<3xi16> = dense<[1, 2, 3]> : tensor<3xi16> place <dram, offset = 64>
eke.weight @numbers : tensor<3xi16> = dense<[1, 2, 3]> : tensor<3xi16> place <dram, offset = 64>
// CHECK: eke.weight @parts : tensor<3x2xf64> = [dense<1.000000e+00> : tensor<1x2xf64>, <"m.bin", offset = 0, length = 32, element = f64>]
eke.weight @parts : tensor<3x2xf64> = [dense<1.0> : tensor<1x2xf64>, <"m.bin", offset = 0, length = 32, element = f64>]

// CHECK: eke.weight @f32 : tensor<8x8xf32, #eke.format<f32>>
eke.weight @f32 : tensor<8x8xf32, #eke.format<f32>> = <"m.bin", offset = 0, length = 256, element = f32>
// CHECK: eke.weight @f16 : tensor<8x8xf32, #eke.format<f16>>
eke.weight @f16 : tensor<8x8xf32, #eke.format<f16, group = 0, tile = 8>> = <"m.bin", offset = 0, length = 256, element = f32>
// CHECK: eke.weight @i8 : tensor<8x8xf32, #eke.format<i8, tile = 4>>
eke.weight @i8 : tensor<8x8xf32, #eke.format<i8, tile = 4>> = <"m.bin", offset = 0, length = 256, element = f32>
// CHECK: eke.weight @i4 : tensor<8x64xf32, #eke.format<i4, group = 32>>
// CHECK-SAME: place <dram, offset = 128>
eke.weight @i4 : tensor<8x64xf32, #eke.format<i4, group = 32>>
    = <"m.bin", offset = 0, length = 2048, element = f32> place <dram, offset = 128>

// CHECK: eke.state @keys : tensor<16x2x4xf32>{{$}}
eke.state @keys : tensor<16x2x4xf32>
// A state may start from other numbers than zero.
// CHECK: eke.state @level : tensor<3xf32> = dense<[1.000000e+00, -2.500000e+00, 0.000000e+00]> place <dram, offset = 1024>
eke.state @level : tensor<3xf32> = dense<[1.0, -2.5, 0.0]> place <dram, offset = 1024>
// CHECK: eke.state @counts : tensor<1x4xi32> = dense<7>{{$}}
eke.state @counts : tensor<1x4xi32> = dense<7>
// CHECK: eke.state @values : tensor<16x2x4xf32> place <dram, offset = 512>
eke.state @values : tensor<16x2x4xf32> place <dram, offset = 512>

// CHECK-LABEL: eke.block @decoder(
// CHECK-SAME:    %[[X:.*]]: tensor<?x8xf32>, %[[P:.*]]: index) weights(%[[W:.*]]: tensor<8x8xf32>)
// CHECK-SAME:    states(%[[K:.*]]: tensor<16x2x4xf32>, %[[V:.*]]: tensor<16x2x4xf32>)
// CHECK-SAME:    -> (tensor<?x8xf32>, tensor<16x2x4xf32>, tensor<16x2x4xf32>) {
eke.block @decoder(%x: tensor<?x8xf32>, %p: index) weights(%w: tensor<8x8xf32>)
    states(%k: tensor<16x2x4xf32>, %v: tensor<16x2x4xf32>)
    -> (tensor<?x8xf32>, tensor<16x2x4xf32>, tensor<16x2x4xf32>) {
  // CHECK: %[[Y:.*]] = eke.linear %[[X]], %[[W]] : (tensor<?x8xf32>, tensor<8x8xf32>) -> tensor<?x8xf32>
  %y = eke.linear %x, %w : (tensor<?x8xf32>, tensor<8x8xf32>) -> tensor<?x8xf32>
  // CHECK: %[[T:.*]] = eke.rope_table %[[X]], %[[P]] theta 1.000000e+04 head_dim 4
  // CHECK-SAME: : (tensor<?x8xf32>, index) -> tensor<?x2x2xf32>
  %t = eke.rope_table %x, %p theta 1.0e4 head_dim 4 : (tensor<?x8xf32>, index) -> tensor<?x2x2xf32>
  // CHECK: %[[R:.*]] = eke.rope %[[Y]], %[[T]] : (tensor<?x8xf32>, tensor<?x2x2xf32>) -> tensor<?x8xf32>
  %r = eke.rope %y, %t : (tensor<?x8xf32>, tensor<?x2x2xf32>) -> tensor<?x8xf32>
  // CHECK: %[[A:[^,]*]], %[[K1:[^,]*]], %[[V1:[^,]*]] = eke.attention %[[R]], %[[R]], %[[Y]] at %[[P]] caches %[[K]], %[[V]]
  // CHECK-SAME: heads 2 kv_heads 2 scale 5.000000e-01
  %a, %k1, %v1 = eke.attention %r, %r, %y at %p caches %k, %v heads 2 kv_heads 2 scale 0.5
      : (tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>, index, tensor<16x2x4xf32>, tensor<16x2x4xf32>)
      -> (tensor<?x8xf32>, tensor<16x2x4xf32>, tensor<16x2x4xf32>)
  // CHECK: eke.yield %[[A]], %[[K1]], %[[V1]] : tensor<?x8xf32>, tensor<16x2x4xf32>, tensor<16x2x4xf32>
  eke.yield %a, %k1, %v1 : tensor<?x8xf32>, tensor<16x2x4xf32>, tensor<16x2x4xf32>
}

// CHECK-LABEL: eke.block @folded_attention(
eke.block @folded_attention(%x: tensor<?x4xf32>, %p: index)
    states(%k: tensor<32x1x4xf32>, %v: tensor<32x1x4xf32>)
    -> (tensor<?x4xf32>, tensor<32x1x4xf32>, tensor<32x1x4xf32>) {
  // CHECK: eke.attention {{.*}} heads 1 kv_heads 1 scale 5.000000e-01 fold 2 :
  %a, %k1, %v1 = eke.attention %x, %x, %x at %p caches %k, %v heads 1 kv_heads 1 scale 0.5 fold 2
      : (tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>, index, tensor<32x1x4xf32>, tensor<32x1x4xf32>)
      -> (tensor<?x4xf32>, tensor<32x1x4xf32>, tensor<32x1x4xf32>)
  eke.yield %a, %k1, %v1 : tensor<?x4xf32>, tensor<32x1x4xf32>, tensor<32x1x4xf32>
}

// CHECK-LABEL: eke.block @mlp(
// CHECK-SAME:    %[[X:.*]]: tensor<?x8xf32>) weights(%[[B:.*]]: tensor<8xf32>, %[[W:.*]]: tensor<8x8xf32>) -> tensor<?x8xf32> {
eke.block @mlp(%x: tensor<?x8xf32>) weights(%b: tensor<8xf32>, %w: tensor<8x8xf32>) -> tensor<?x8xf32> {
  // CHECK: %[[N:.*]] = eke.norm %[[X]], %[[B]] epsilon 9.99999974E-6 : (tensor<?x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  %n = eke.norm %x, %b epsilon 1.0e-5 : (tensor<?x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  // CHECK: %[[L:.*]] = eke.linear %[[N]], %[[W]] bias %[[B]] : (tensor<?x8xf32>, tensor<8x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  %l = eke.linear %n, %w bias %b : (tensor<?x8xf32>, tensor<8x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  // CHECK: %[[S:.*]] = eke.glu %[[L]], %[[N]] activation silu : tensor<?x8xf32>
  %s = eke.glu %l, %n activation silu : tensor<?x8xf32>
  // CHECK: %[[G:.*]] = eke.activate %[[S]] with gelu_tanh : tensor<?x8xf32>
  %g = eke.activate %s with gelu_tanh : tensor<?x8xf32>
  // CHECK: %[[R:.*]] = eke.activate %[[G]] with relu : tensor<?x8xf32>
  %r = eke.activate %g with relu : tensor<?x8xf32>
  // CHECK: %[[F:.*]] = eke.fold %[[R]] by 2 : tensor<?x8xf32> -> tensor<?x4xf32>
  %f = eke.fold %r by 2 : tensor<?x8xf32> -> tensor<?x4xf32>
  // CHECK: %[[U:.*]] = eke.unfold %[[F]] by 2 : tensor<?x4xf32> -> tensor<?x8xf32>
  %u = eke.unfold %f by 2 : tensor<?x4xf32> -> tensor<?x8xf32>
  eke.yield %u : tensor<?x8xf32>
}

// CHECK-LABEL: eke.model @trunk(
// CHECK-SAME:    %[[TOKENS:.*]]: tensor<?xi32> {eke.name = "tokens"}, %[[P:.*]]: index)
// CHECK-SAME:    -> (tensor<?x8xf32> {eke.name = "hidden"}) rows [1, 16]
eke.model @trunk(%tokens: tensor<?xi32> {eke.name = "tokens"}, %p: index)
    -> (tensor<?x8xf32> {eke.name = "hidden"}) rows [1, 16] {
  // CHECK: %[[W:.*]] = eke.use @table : tensor<16x8xf32>
  %w = eke.use @table : tensor<16x8xf32>
  // CHECK: %[[X:.*]] = eke.embed %[[TOKENS]], %[[W]] : (tensor<?xi32>, tensor<16x8xf32>) -> tensor<?x8xf32>
  %x = eke.embed %tokens, %w : (tensor<?xi32>, tensor<16x8xf32>) -> tensor<?x8xf32>
  // CHECK: %[[Q:.*]] = eke.use @layers.0.q : tensor<8x8xf32>
  %q = eke.use @layers.0.q : tensor<8x8xf32>
  // CHECK: %[[K:.*]] = eke.read @keys : tensor<16x2x4xf32>
  %k = eke.read @keys : tensor<16x2x4xf32>
  // CHECK: %[[V:.*]] = eke.read @values : tensor<16x2x4xf32>
  %v = eke.read @values : tensor<16x2x4xf32>
  // CHECK: %[[Y:.*]]:3 = eke.apply @decoder(%[[X]], %[[P]]) weights(%[[Q]]) states(%[[K]], %[[V]])
  // CHECK-SAME: : (tensor<?x8xf32>, index, tensor<8x8xf32>, tensor<16x2x4xf32>, tensor<16x2x4xf32>) -> (tensor<?x8xf32>, tensor<16x2x4xf32>, tensor<16x2x4xf32>)
  %y, %k1, %v1 = eke.apply @decoder(%x, %p) weights(%q) states(%k, %v)
      : (tensor<?x8xf32>, index, tensor<8x8xf32>, tensor<16x2x4xf32>, tensor<16x2x4xf32>)
      -> (tensor<?x8xf32>, tensor<16x2x4xf32>, tensor<16x2x4xf32>)
  // CHECK: eke.write %[[Y]]#1, @keys : tensor<16x2x4xf32>
  eke.write %k1, @keys : tensor<16x2x4xf32>
  // CHECK: eke.write %[[Y]]#2, @values : tensor<16x2x4xf32>
  eke.write %v1, @values : tensor<16x2x4xf32>
  // CHECK: %[[E:.*]] = eke.exit %[[Y]]#0 head @head drafts 4 : tensor<?x8xf32>
  %e = eke.exit %y head @head drafts 4 : tensor<?x8xf32>
  // CHECK: %[[F:.*]] = eke.exit %[[E]] head @head threshold 0.899999976 : tensor<?x8xf32>
  %f = eke.exit %e head @head threshold 0.9 : tensor<?x8xf32>
  // CHECK: eke.yield %[[F]] : tensor<?x8xf32>
  eke.yield %f : tensor<?x8xf32>
}

// A model without rows has static shapes; attributes of others are kept.
// CHECK-LABEL: eke.model @head(
// CHECK-SAME:    %{{.*}}: tensor<1x8xf32>) -> tensor<1x16xf32> attributes {test.kept}
eke.model @head(%h: tensor<1x8xf32>) -> tensor<1x16xf32> attributes {test.kept} {
  %w = eke.use @table : tensor<16x8xf32>
  %y = eke.linear %h, %w : (tensor<1x8xf32>, tensor<16x8xf32>) -> tensor<1x16xf32>
  eke.yield %y : tensor<1x16xf32>
}

// A block may return any number of values, without weights and states.
// CHECK-LABEL: eke.block @both_signs(
// CHECK-SAME:    %{{.*}}: tensor<?x8xf32>) -> (tensor<?x8xf32>, tensor<?x8xf32>) {
eke.block @both_signs(%x: tensor<?x8xf32>) -> (tensor<?x8xf32>, tensor<?x8xf32>) {
  %y = arith.negf %x : tensor<?x8xf32>
  eke.yield %x, %y : tensor<?x8xf32>, tensor<?x8xf32>
}

// Attributes of arguments and results are kept, and so is a block without inputs.
// CHECK-LABEL: eke.block @counter() states(%{{.*}}: tensor<1x4xi32> {test.state}) -> (tensor<1x4xi32> {test.new}) {
eke.block @counter() states(%n: tensor<1x4xi32> {test.state}) -> (tensor<1x4xi32> {test.new}) {
  eke.yield %n : tensor<1x4xi32>
}

// Entries have a role, a rate and bounds of what they take.
// CHECK-LABEL: eke.model @encoder(
// CHECK-SAME:    tensor<1xi32> {eke.bounds = #eke.bounds<-1, 2047>})
// CHECK-SAME:    attributes {eke.entry = #eke.entry<role = "encoder", every = 640 ms>}
eke.model @encoder(%x: tensor<1xi32> {eke.bounds = #eke.bounds<-1, 2047>}) -> tensor<1xi32>
    attributes {eke.entry = #eke.entry<every = 640000 us, role = "encoder">} {
  eke.yield %x : tensor<1xi32>
}
// CHECK-LABEL: eke.model @seldom(
// CHECK-SAME:    attributes {eke.entry = #eke.entry<every = 90 s>}
eke.model @seldom(%x: tensor<1xi32>) -> tensor<1xi32>
    attributes {eke.entry = #eke.entry<every = 90000 ms>} {
  eke.yield %x : tensor<1xi32>
}

} // module

// CHECK-LABEL: eke.block @variations(
eke.block @variations(%x: tensor<?x8xf32>, %p: index) weights(%g: tensor<8xf32>, %h: tensor<4xf32>, %t: tensor<16x8xf32>)
    states(%k: tensor<16x2x4xf32>, %v: tensor<16x2x4xf32>)
    -> (tensor<?x8xf32>, tensor<16x2x4xf32>, tensor<16x2x4xf32>) {
  // CHECK: %[[P:.*]] = eke.embed_positions %{{.*}}, %{{.*}}, %{{.*}} : (tensor<?x8xf32>, index, tensor<16x8xf32>) -> tensor<?x8xf32>
  %e = eke.embed_positions %x, %p, %t : (tensor<?x8xf32>, index, tensor<16x8xf32>) -> tensor<?x8xf32>
  // CHECK: eke.norm %[[P]], %[[G:.*]] bias %[[G]] centered epsilon 9.99999974E-6 : (tensor<?x8xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  %n = eke.norm %e, %g bias %g centered epsilon 1.0e-5 : (tensor<?x8xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  // CHECK: eke.norm %{{.*}}, %{{.*}} plus_one groups 2 epsilon 9.99999974E-6 : (tensor<?x8xf32>, tensor<4xf32>) -> tensor<?x8xf32>
  %q = eke.norm %n, %h plus_one groups 2 epsilon 1.0e-5 : (tensor<?x8xf32>, tensor<4xf32>) -> tensor<?x8xf32>
  // CHECK: eke.norm %{{.*}} groups 4 epsilon 9.99999974E-6 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %u = eke.norm %q groups 4 epsilon 1.0e-5 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  // CHECK: eke.rope_table %{{.*}}, %{{.*}} theta 1.000000e+04 head_dim 2 factors [2.500000e-01] magnitude 1.100000e+00 : (tensor<?x8xf32>, index) -> tensor<?x2x1xf32>
  %a = eke.rope_table %x, %p theta 1.0e4 head_dim 2 factors [0.25] magnitude 1.1 : (tensor<?x8xf32>, index) -> tensor<?x2x1xf32>
  // CHECK: eke.rope %{{.*}}, %{{.*}} head_dim 4 : (tensor<?x8xf32>, tensor<?x2x1xf32>) -> tensor<?x8xf32>
  %r = eke.rope %u, %a head_dim 4 : (tensor<?x8xf32>, tensor<?x2x1xf32>) -> tensor<?x8xf32>
  // CHECK: eke.attention {{.*}} heads 2 kv_heads 2 scale 5.000000e-01 window 8 softcap 5.000000e+01
  %o, %k1, %v1 = eke.attention %r, %r, %n at %p caches %k, %v heads 2 kv_heads 2 scale 0.5 window 8 softcap 50.0
      : (tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>, index, tensor<16x2x4xf32>, tensor<16x2x4xf32>)
     -> (tensor<?x8xf32>, tensor<16x2x4xf32>, tensor<16x2x4xf32>)
  // CHECK: eke.attention {{.*}} caches %{{.*}}, %{{.*}} length %{{.*}} heads 2 kv_heads 2 scale 5.000000e-01 :
  %o2, %k2, %v2 = eke.attention %r, %r, %o at %p caches %k1, %v1 length %p heads 2 kv_heads 2 scale 0.5
      : (tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>, index, tensor<16x2x4xf32>, tensor<16x2x4xf32>, index)
     -> (tensor<?x8xf32>, tensor<16x2x4xf32>, tensor<16x2x4xf32>)
  // CHECK: eke.activate %{{.*}} with gelu : tensor<?x8xf32>
  %l = eke.activate %o2 with gelu : tensor<?x8xf32>
  // CHECK: eke.rotate %{{.*}} : tensor<?x8xf32>
  %r0 = eke.rotate %l : tensor<?x8xf32>
  // CHECK: eke.rotate %{{.*}} inverse parts 2 : tensor<?x8xf32>
  %r1 = eke.rotate %l inverse parts 2 : tensor<?x8xf32>
  // CHECK: eke.softcap %{{.*}} at 3.000000e+01 : tensor<?x8xf32>
  %c = eke.softcap %l at 30.0 : tensor<?x8xf32>
  eke.yield %c, %k2, %v2 : tensor<?x8xf32>, tensor<16x2x4xf32>, tensor<16x2x4xf32>
}

eke.weight @scaled_table : tensor<16x8xf32> = <"m.bin", offset = 64, length = 256, element = f16>
// CHECK-LABEL: eke.model @scaled(
eke.model @scaled(%tokens: tensor<?xi32>) -> tensor<?x8xf32> rows [1] {
  %w = eke.use @scaled_table : tensor<16x8xf32>
  // CHECK: eke.embed %{{.*}}, %{{.*}} scale 2.828000e+00 : (tensor<?xi32>, tensor<16x8xf32>) -> tensor<?x8xf32>
  %x = eke.embed %tokens, %w scale 2.828 : (tensor<?xi32>, tensor<16x8xf32>) -> tensor<?x8xf32>
  eke.yield %x : tensor<?x8xf32>
}
