// RUN: eke-opt %s --split-input-file --eke-specialize-blocks | FileCheck %s
// RUN: eke-opt %s --split-input-file --eke-specialize-blocks --eke-choose-formats | FileCheck %s --check-prefix=FORMATS
// RUN: eke-opt %s --split-input-file --eke-specialize-blocks --remark-format=emitRemark --remarks-filter=format -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

// Each combination of storages has a block; a weight that asks for nothing is another
// combination than one that asks for what the module has anyway.
// CHECK-LABEL: module @mixed
// CHECK:         eke.block @layer(
// CHECK:         eke.block @[[COPY:layer_[0-9]+]](
// CHECK-NOT:     eke.block
// CHECK:         eke.model @net
// CHECK:           eke.apply @layer(%{{.*}}) weights(%[[A:.*]])
// CHECK:           eke.apply @[[COPY]](
// CHECK:           eke.apply @layer(
// FORMATS-LABEL: module @mixed
// FORMATS:         eke.weight @b : tensor<8x8xf32, #eke.format<i4, group = 32>>
// FORMATS:         eke.block @layer({{.*}}) weights(%{{.*}}: tensor<8x8xf32, #eke.format<i8>>)
// FORMATS:         eke.block @layer_0({{.*}}) weights(%{{.*}}: tensor<8x8xf32, #eke.format<i4, group = 32>>)
// REMARK:        SpecializedBlock | Category:format | {{.*}}block=layer, copies=2
module @mixed attributes {eke.weights_format = #eke.storage<i8>} {
  eke.weight @a : tensor<8x8xf32> = <"m.bin", offset = 0, length = 256, element = f32>
  eke.weight @b : tensor<8x8xf32> = <"m.bin", offset = 256, length = 256, element = f32>
      {eke.storage = #eke.storage<i4>}
  eke.weight @c : tensor<8x8xf32> = <"m.bin", offset = 512, length = 256, element = f32>
  eke.block @layer(%x: tensor<1x8xf32>) weights(%w: tensor<8x8xf32>) -> tensor<1x8xf32> {
    %y = eke.linear %x, %w : (tensor<1x8xf32>, tensor<8x8xf32>) -> tensor<1x8xf32>
    eke.yield %y : tensor<1x8xf32>
  }
  eke.model @net(%x: tensor<1x8xf32>) -> tensor<1x8xf32> {
    %a = eke.use @a : tensor<8x8xf32>
    %0 = eke.apply @layer(%x) weights(%a) : (tensor<1x8xf32>, tensor<8x8xf32>) -> tensor<1x8xf32>
    %b = eke.use @b : tensor<8x8xf32>
    %1 = eke.apply @layer(%0) weights(%b) : (tensor<1x8xf32>, tensor<8x8xf32>) -> tensor<1x8xf32>
    %c = eke.use @c : tensor<8x8xf32>
    %2 = eke.apply @layer(%1) weights(%c) : (tensor<1x8xf32>, tensor<8x8xf32>) -> tensor<1x8xf32>
    eke.yield %2 : tensor<1x8xf32>
  }
}

// -----

// What a block passes on depends on who applies it: the inner block is specialised behind
// the outer one, though it stands in front.
// CHECK-LABEL: module @nested
// CHECK:         eke.block @inner(
// CHECK:         eke.block @[[INNER:inner_[0-9]+]](
// CHECK:         eke.block @outer(
// CHECK:           eke.apply @inner(
// CHECK:         eke.block @[[OUTER:outer_[0-9]+]](
// CHECK:           eke.apply @[[INNER]](
// CHECK:         eke.model @net
// CHECK:           eke.apply @outer(
// CHECK:           eke.apply @[[OUTER]](
module @nested attributes {eke.weights_format = #eke.storage<i8>} {
  eke.weight @a : tensor<8x8xf32> = <"m.bin", offset = 0, length = 256, element = f32>
  eke.weight @b : tensor<8x8xf32> = <"m.bin", offset = 256, length = 256, element = f32>
      {eke.storage = #eke.storage<i4>}
  eke.block @inner(%x: tensor<1x8xf32>) weights(%w: tensor<8x8xf32>) -> tensor<1x8xf32> {
    %y = eke.linear %x, %w : (tensor<1x8xf32>, tensor<8x8xf32>) -> tensor<1x8xf32>
    eke.yield %y : tensor<1x8xf32>
  }
  eke.block @outer(%x: tensor<1x8xf32>) weights(%w: tensor<8x8xf32>) -> tensor<1x8xf32> {
    %y = eke.apply @inner(%x) weights(%w) : (tensor<1x8xf32>, tensor<8x8xf32>) -> tensor<1x8xf32>
    eke.yield %y : tensor<1x8xf32>
  }
  eke.model @net(%x: tensor<1x8xf32>) -> tensor<1x8xf32> {
    %a = eke.use @a : tensor<8x8xf32>
    %0 = eke.apply @outer(%x) weights(%a) : (tensor<1x8xf32>, tensor<8x8xf32>) -> tensor<1x8xf32>
    %b = eke.use @b : tensor<8x8xf32>
    %1 = eke.apply @outer(%0) weights(%b) : (tensor<1x8xf32>, tensor<8x8xf32>) -> tensor<1x8xf32>
    eke.yield %1 : tensor<1x8xf32>
  }
}

// -----

// Weights that are stored alike need no copies.
// CHECK-LABEL: module @alike
// CHECK-COUNT-1: eke.block
// CHECK-NOT:     eke.block
module @alike {
  eke.weight @a : tensor<8x8xf32> = <"m.bin", offset = 0, length = 256, element = f32>
      {eke.storage = #eke.storage<i4>}
  eke.weight @b : tensor<8x8xf32> = <"m.bin", offset = 256, length = 256, element = f32>
      {eke.storage = #eke.storage<i4>}
  eke.block @layer(%x: tensor<1x8xf32>) weights(%w: tensor<8x8xf32>) -> tensor<1x8xf32> {
    %y = eke.linear %x, %w : (tensor<1x8xf32>, tensor<8x8xf32>) -> tensor<1x8xf32>
    eke.yield %y : tensor<1x8xf32>
  }
  eke.model @net(%x: tensor<1x8xf32>) -> tensor<1x8xf32> {
    %a = eke.use @a : tensor<8x8xf32>
    %0 = eke.apply @layer(%x) weights(%a) : (tensor<1x8xf32>, tensor<8x8xf32>) -> tensor<1x8xf32>
    %b = eke.use @b : tensor<8x8xf32>
    %1 = eke.apply @layer(%0) weights(%b) : (tensor<1x8xf32>, tensor<8x8xf32>) -> tensor<1x8xf32>
    eke.yield %1 : tensor<1x8xf32>
  }
}
