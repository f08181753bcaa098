// RUN: eke-opt %s --split-input-file --eke-print-traffic=position=5 -o /dev/null 2>&1 | FileCheck %s

// All of it can be counted by hand. An i8 matrix of 32 x 64 in tiles of 16 takes 2048 bytes and
// 32 scales of 4, and a row of a table of 16 such rows its 16th part. Attention writes one entry of 64
// bytes to each cache, reads the 6 that are filled then, and multiplies each of 64 columns with 6
// keys and 6 values.
// CHECK-LABEL: {{^}}step
// CHECK-NEXT: layer    weights    state   values     macs
// CHECK-NEXT: embed         68        0      260
// CHECK-NEXT: 0.linear    2176        0      384     2048 int8
// CHECK-NEXT: 0.glu          0        0      384
// CHECK-NEXT: 0.attention    0      896      768      768 f32
// CHECK-NEXT: 1.linear    2176        0      384     2048 int8
// CHECK-NEXT: 1.glu          0        0      384
// CHECK-NEXT: 1.attention    0      896      768      768 f32
// CHECK-NEXT: norm         256        0      512       64 f32
// CHECK-NEXT: total       4676     1792     3844     4096 int8     1600 f32
eke.weight @table : tensor<16x64xf32, #eke.format<i8, tile = 16>> = <"m.bin", offset = 0, length = 4096, element = f32>
eke.weight @w : tensor<32x64xf32, #eke.format<i8, tile = 16>> = <"m.bin", offset = 0, length = 8192, element = f32>
eke.weight @g : tensor<64xf32> = <"m.bin", offset = 0, length = 256, element = f32>
eke.state @k0 : tensor<8x2x16xf16>
eke.state @v0 : tensor<8x2x16xf16>
eke.state @k1 : tensor<8x2x16xf16>
eke.state @v1 : tensor<8x2x16xf16>
eke.block @layer(%x: tensor<1x64xf32>, %at: index)
    weights(%w: tensor<32x64xf32, #eke.format<i8, tile = 16>>)
    states(%k: tensor<8x2x16xf16>, %v: tensor<8x2x16xf16>)
    -> (tensor<1x64xf32>, tensor<8x2x16xf16>, tensor<8x2x16xf16>) {
  %0 = eke.linear %x, %w : (tensor<1x64xf32>, tensor<32x64xf32, #eke.format<i8, tile = 16>>) -> tensor<1x32xf32>
  %1 = eke.glu %0, %0 activation silu : tensor<1x32xf32>
  %2, %k1, %v1 = eke.attention %x, %1, %0 at %at caches %k, %v heads 4 kv_heads 2 scale 0.25
      : (tensor<1x64xf32>, tensor<1x32xf32>, tensor<1x32xf32>, index, tensor<8x2x16xf16>, tensor<8x2x16xf16>)
      -> (tensor<1x64xf32>, tensor<8x2x16xf16>, tensor<8x2x16xf16>)
  eke.yield %2, %k1, %v1 : tensor<1x64xf32>, tensor<8x2x16xf16>, tensor<8x2x16xf16>
}
eke.model @step(%token: tensor<1xi32>, %at: index) -> tensor<1x64xf32> rows [1] {
  %table = eke.use @table : tensor<16x64xf32, #eke.format<i8, tile = 16>>
  %w = eke.use @w : tensor<32x64xf32, #eke.format<i8, tile = 16>>
  %g = eke.use @g : tensor<64xf32>
  %ka = eke.read @k0 : tensor<8x2x16xf16>
  %va = eke.read @v0 : tensor<8x2x16xf16>
  %kb = eke.read @k1 : tensor<8x2x16xf16>
  %vb = eke.read @v1 : tensor<8x2x16xf16>
  %x = eke.embed %token, %table : (tensor<1xi32>, tensor<16x64xf32, #eke.format<i8, tile = 16>>) -> tensor<1x64xf32>
  %y, %kc, %vc = eke.apply @layer(%x, %at) weights(%w) states(%ka, %va)
      : (tensor<1x64xf32>, index, tensor<32x64xf32, #eke.format<i8, tile = 16>>, tensor<8x2x16xf16>, tensor<8x2x16xf16>)
      -> (tensor<1x64xf32>, tensor<8x2x16xf16>, tensor<8x2x16xf16>)
  %z, %kd, %vd = eke.apply @layer(%y, %at) weights(%w) states(%kb, %vb)
      : (tensor<1x64xf32>, index, tensor<32x64xf32, #eke.format<i8, tile = 16>>, tensor<8x2x16xf16>, tensor<8x2x16xf16>)
      -> (tensor<1x64xf32>, tensor<8x2x16xf16>, tensor<8x2x16xf16>)
  %n = eke.norm %z, %g epsilon 1.0e-5 : (tensor<1x64xf32>, tensor<64xf32>) -> tensor<1x64xf32>
  eke.write %kc, @k0 : tensor<8x2x16xf16>
  eke.write %vc, @v0 : tensor<8x2x16xf16>
  eke.write %kd, @k1 : tensor<8x2x16xf16>
  eke.write %vd, @v1 : tensor<8x2x16xf16>
  eke.yield %n : tensor<1x64xf32>
}

// -----

// Rows of a batch: each sees what came before and those before it, 6 to 8 of them; with a
// window of 4, four each, which lie in 6 entries. A rotation of 24 is a cosine transform of 3 and a
// Hadamard matrix of 8.
// CHECK-LABEL: {{^}}rows
// CHECK:      attention          0     1408     2304     2688 f32
// CHECK-NEXT: attention          0     1152     2304     1536 f32
// CHECK-NEXT: rotate             0        0      384      144 f32
// CHECK-NEXT: rope               0        0      176       12 f32
// CHECK-NEXT: total
eke.state @k : tensor<8x2x16xf16>
eke.state @v : tensor<8x2x16xf16>
eke.model @rows(%q: tensor<3x64xf32>, %n: tensor<3x32xf32>, %at: index, %r: tensor<2x24xf32>, %s: tensor<2x8xf32>, %t: tensor<2x2x3xf32>)
    -> (tensor<3x64xf32>, tensor<2x24xf32>, tensor<2x8xf32>) {
  %k = eke.read @k : tensor<8x2x16xf16>
  %v = eke.read @v : tensor<8x2x16xf16>
  %0, %k0, %v0 = eke.attention %q, %n, %n at %at caches %k, %v heads 4 kv_heads 2 scale 0.25
      : (tensor<3x64xf32>, tensor<3x32xf32>, tensor<3x32xf32>, index, tensor<8x2x16xf16>, tensor<8x2x16xf16>)
      -> (tensor<3x64xf32>, tensor<8x2x16xf16>, tensor<8x2x16xf16>)
  %1, %k1, %v1 = eke.attention %0, %n, %n at %at caches %k0, %v0 heads 4 kv_heads 2 scale 0.25 window 4
      : (tensor<3x64xf32>, tensor<3x32xf32>, tensor<3x32xf32>, index, tensor<8x2x16xf16>, tensor<8x2x16xf16>)
      -> (tensor<3x64xf32>, tensor<8x2x16xf16>, tensor<8x2x16xf16>)
  %2 = eke.rotate %r : tensor<2x24xf32>
  %3 = eke.rope %s, %t head_dim 8 : (tensor<2x8xf32>, tensor<2x2x3xf32>) -> tensor<2x8xf32>
  eke.write %k1, @k : tensor<8x2x16xf16>
  eke.write %v1, @v : tensor<8x2x16xf16>
  eke.yield %1, %2, %3 : tensor<3x64xf32>, tensor<2x24xf32>, tensor<2x8xf32>
}

// -----

// Ops of linalg: multiply-adds are those of the body, of the type before it was made wider. What only says
// where a result goes is not read; a loop is as often as it runs, if that is not never; what nobody knows is said.
// CHECK-LABEL: {{^}}others
// CHECK:      matmul             0        0      376      120 f32
// CHECK-NEXT: matmul             0        0      166      120 int8
// CHECK-NEXT: addf               0        0      144
// CHECK-NEXT: addf               0        0      576
// CHECK-NEXT: total              0        0     1262      120 int8      120 f32
// CHECK:      remark: is not counted: nobody knows what it moves
// CHECK-NEXT: %4 = scf.for
eke.model @others(%a: tensor<3x10xf32>, %b: tensor<10x4xf32>, %c: tensor<3x10xi8>, %d: tensor<10x4xi8>, %n: index)
    -> (tensor<3x4xf32>, tensor<3x4xi32>) {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<3x4xf32>
  %ei = tensor.empty() : tensor<3x4xi32>
  %0 = linalg.matmul ins(%a, %b : tensor<3x10xf32>, tensor<10x4xf32>) outs(%e : tensor<3x4xf32>) -> tensor<3x4xf32>
  %1 = linalg.matmul ins(%c, %d : tensor<3x10xi8>, tensor<10x4xi8>) outs(%ei : tensor<3x4xi32>) -> tensor<3x4xi32>
  %2 = arith.addf %0, %0 : tensor<3x4xf32>
  %l = arith.constant 0 : index
  %u = arith.constant 4 : index
  %s = arith.constant 1 : index
  %3 = scf.for %i = %l to %u step %s iter_args(%x = %2) -> tensor<3x4xf32> {
    %y = arith.addf %x, %0 : tensor<3x4xf32>
    scf.yield %y : tensor<3x4xf32>
  }
  %none = scf.for %i = %l to %l step %s iter_args(%x = %2) -> tensor<3x4xf32> {
    %y = arith.divf %x, %0 : tensor<3x4xf32>
    scf.yield %y : tensor<3x4xf32>
  }
  %4 = scf.for %i = %l to %n step %s iter_args(%x = %3) -> tensor<3x4xf32> {
    %y = arith.mulf %x, %0 : tensor<3x4xf32>
    scf.yield %y : tensor<3x4xf32>
  }
  eke.yield %4, %1 : tensor<3x4xf32>, tensor<3x4xi32>
}

// -----

// Nothing of nothing; and sizes that no machine has are as good as the largest number.
// CHECK-LABEL: {{^}}extremes
// CHECK-NEXT: layer weights
// CHECK-NEXT: embed              0        0       72
// CHECK-NEXT: matmul             0        0        {{.*}} 9223372036854775807 f32
// CHECK-NEXT: total {{.*}} 9223372036854775807 f32
eke.weight @t : tensor<0x8xf32> = <"m.bin", offset = 0, length = 0, element = f32>
eke.model @extremes(%x: tensor<2xi32>,
                    %a: tensor<4294967296x4294967296xf32>, %b: tensor<4294967296x4294967296xf32>)
    -> (tensor<2x8xf32>, tensor<4294967296x4294967296xf32>) {
  %t = eke.use @t : tensor<0x8xf32>
  %0 = eke.embed %x, %t : (tensor<2xi32>, tensor<0x8xf32>) -> tensor<2x8xf32>
  %e = tensor.empty() : tensor<4294967296x4294967296xf32>
  %1 = linalg.matmul ins(%a, %b : tensor<4294967296x4294967296xf32>, tensor<4294967296x4294967296xf32>)
      outs(%e : tensor<4294967296x4294967296xf32>) -> tensor<4294967296x4294967296xf32>
  eke.yield %0, %1 : tensor<2x8xf32>, tensor<4294967296x4294967296xf32>
}

// -----

// Folds move nothing. Of a token folded by 2, an attention writes two entries of 32 bytes to each
// cache, reads the 12 of 6 tokens, and multiplies each of 2 x 8 columns with 12 keys and 12 values.
// CHECK-LABEL: {{^}}folded
// CHECK-NEXT: layer weights state values macs
// CHECK-NEXT: attention 0 896 256 384 f32
// CHECK-NEXT: total 0 896 256 384 f32
eke.state @k : tensor<16x1x8xf32>
eke.state @v : tensor<16x1x8xf32>
eke.model @folded(%x: tensor<1x16xf32>, %at: index) -> tensor<1x16xf32> rows [1] {
  %k = eke.read @k : tensor<16x1x8xf32>
  %v = eke.read @v : tensor<16x1x8xf32>
  %0 = eke.fold %x by 2 : tensor<1x16xf32> -> tensor<2x8xf32>
  %1, %k1, %v1 = eke.attention %0, %0, %0 at %at caches %k, %v heads 1 kv_heads 1 scale 0.25 fold 2
      : (tensor<2x8xf32>, tensor<2x8xf32>, tensor<2x8xf32>, index, tensor<16x1x8xf32>, tensor<16x1x8xf32>)
      -> (tensor<2x8xf32>, tensor<16x1x8xf32>, tensor<16x1x8xf32>)
  %2 = eke.unfold %1 by 2 : tensor<2x8xf32> -> tensor<1x16xf32>
  eke.write %k1, @k : tensor<16x1x8xf32>
  eke.write %v1, @v : tensor<16x1x8xf32>
  eke.yield %2 : tensor<1x16xf32>
}
