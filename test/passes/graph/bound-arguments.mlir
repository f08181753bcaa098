// RUN: eke-opt %s --split-input-file --eke-bound-arguments --verify-diagnostics | FileCheck %s

// A token is a row of the table, a position leaves room for all rows, also if blocks in
// blocks use them. What no op indexes by stays as it is.
eke.weight @table : tensor<16x4xf32> = <"m.bin", offset = 0, length = 256, element = f32>
eke.weight @small : tensor<9x4xf32> = <"m.bin", offset = 0, length = 144, element = f32>
eke.state @k : tensor<8x1x4xf32>
eke.state @v : tensor<8x1x4xf32>
eke.block @inner(%x: tensor<3x4xf32>, %p: index)
    states(%k: tensor<8x1x4xf32>, %v: tensor<8x1x4xf32>)
    -> (tensor<3x4xf32>, tensor<8x1x4xf32>, tensor<8x1x4xf32>) {
  %a, %k1, %v1 = eke.attention %x, %x, %x at %p caches %k, %v heads 1 kv_heads 1 scale 0.5
      : (tensor<3x4xf32>, tensor<3x4xf32>, tensor<3x4xf32>, index,
         tensor<8x1x4xf32>, tensor<8x1x4xf32>)
        -> (tensor<3x4xf32>, tensor<8x1x4xf32>, tensor<8x1x4xf32>)
  eke.yield %a, %k1, %v1 : tensor<3x4xf32>, tensor<8x1x4xf32>, tensor<8x1x4xf32>
}
// CHECK-LABEL: eke.model @trunk(
// CHECK-SAME:    tensor<3xi32> {eke.bounds = #eke.bounds<0, 8>, eke.name = "tokens"}
// CHECK-SAME:    index {eke.bounds = #eke.bounds<0, 5>}
// CHECK-SAME:    index)
eke.model @trunk(%t: tensor<3xi32> {eke.name = "tokens"}, %p: index, %q: index)
    -> tensor<3x4xf32> {
  %e = eke.use @table : tensor<16x4xf32>
  %f = eke.use @small : tensor<9x4xf32>
  %0 = eke.embed %t, %e : (tensor<3xi32>, tensor<16x4xf32>) -> tensor<3x4xf32>
  %1 = eke.embed %t, %f : (tensor<3xi32>, tensor<9x4xf32>) -> tensor<3x4xf32>
  %2 = arith.addf %0, %1 : tensor<3x4xf32>
  %k = eke.read @k : tensor<8x1x4xf32>
  %v = eke.read @v : tensor<8x1x4xf32>
  %3, %k1, %v1 = eke.apply @inner(%2, %p) states(%k, %v)
      : (tensor<3x4xf32>, index, tensor<8x1x4xf32>, tensor<8x1x4xf32>)
        -> (tensor<3x4xf32>, tensor<8x1x4xf32>, tensor<8x1x4xf32>)
  eke.write %k1, @k : tensor<8x1x4xf32>
  eke.write %v1, @v : tensor<8x1x4xf32>
  eke.yield %3 : tensor<3x4xf32>
}

// -----

// The author's bounds are narrowed, or kept.
// CHECK-LABEL: eke.model @given(
// CHECK-SAME:    tensor<1xi32> {eke.bounds = #eke.bounds<2, 15>}
// CHECK-SAME:    index {eke.bounds = #eke.bounds<-4, 4>}
eke.weight @table : tensor<16x4xf32> = <"m.bin", offset = 0, length = 256, element = f32>
eke.model @given(%t: tensor<1xi32> {eke.bounds = #eke.bounds<2, 99>},
                 %p: index {eke.bounds = #eke.bounds<-4, 4>}) -> tensor<1x4xf32> {
  %e = eke.use @table : tensor<16x4xf32>
  %0 = eke.embed %t, %e : (tensor<1xi32>, tensor<16x4xf32>) -> tensor<1x4xf32>
  eke.yield %0 : tensor<1x4xf32>
}

// -----

eke.weight @table : tensor<16x4xf32> = <"m.bin", offset = 0, length = 256, element = f32>
// expected-error@+1 {{argument 0 can be no number: of those it may be, none is in 0 to 15}}
eke.model @none(%t: tensor<1xi32> {eke.bounds = #eke.bounds<16, 99>}) -> tensor<1x4xf32> {
  %e = eke.use @table : tensor<16x4xf32>
  // expected-note@+1 {{this op expects that}}
  %0 = eke.embed %t, %e : (tensor<1xi32>, tensor<16x4xf32>) -> tensor<1x4xf32>
  eke.yield %0 : tensor<1x4xf32>
}

// -----

// Positions of folded attention count tokens: 16 entries are those of 8, of which a call writes two.
eke.state @k : tensor<16x1x4xf32>
eke.state @v : tensor<16x1x4xf32>
// CHECK-LABEL: eke.model @folded(
// CHECK-SAME:    index {eke.bounds = #eke.bounds<0, 6>}
// CHECK-SAME:    index {eke.bounds = #eke.bounds<1, 8>}
eke.model @folded(%x: tensor<4x4xf32>, %p: index, %length: index) -> tensor<4x4xf32> {
  %k = eke.read @k : tensor<16x1x4xf32>
  %v = eke.read @v : tensor<16x1x4xf32>
  %y, %k1, %v1 = eke.attention %x, %x, %x at %p caches %k, %v heads 1 kv_heads 1 scale 0.5 fold 2
      : (tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>, index, tensor<16x1x4xf32>, tensor<16x1x4xf32>)
      -> (tensor<4x4xf32>, tensor<16x1x4xf32>, tensor<16x1x4xf32>)
  %start = arith.constant 0 : index
  %z, %k2, %v2 = eke.attention %y, %y, %y at %start caches %k1, %v1 length %length heads 1 kv_heads 1 scale 0.5 fold 2
      : (tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>, index, tensor<16x1x4xf32>, tensor<16x1x4xf32>, index)
      -> (tensor<4x4xf32>, tensor<16x1x4xf32>, tensor<16x1x4xf32>)
  eke.write %k2, @k : tensor<16x1x4xf32>
  eke.write %v2, @v : tensor<16x1x4xf32>
  eke.yield %z : tensor<4x4xf32>
}
