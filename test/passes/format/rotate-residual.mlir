// RUN: eke-opt %s --split-input-file --eke-rotate-residual -o %t.mlir
// RUN: FileCheck %s < %t.mlir
// RUN: eke-opt %s --split-input-file --eke-rotate-residual --remark-format=emitRemark --remarks-filter=rotate -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

// Weights take the rotation up: what reads the stream with the scale of its norm, which is
// gone, of each apply its own. What the activation gives is rotated at run time; rows are
// where they leave the model, and where they are multiplied with the embedding.
// CHECK-LABEL: module @shared
// CHECK:         eke.weight @e : tensor<8x16xf32> = <"m.bin", offset = 0, length = 512, element = f32, rotated_inputs = 1>
// CHECK-NOT:     eke.weight @g
// CHECK:         eke.weight @up0 : tensor<32x16xf32> = <"m.bin", offset = 1024, length = 2048, element = f32, scale = <"m.bin", offset = 512, length = 64, element = f32>, rotated_inputs = 1>
// CHECK:         eke.weight @up1 : tensor<32x16xf32> = <"m.bin", offset = 4096, length = 2048, element = f32, scale = <"m.bin", offset = 576, length = 64, element = f32>, rotated_inputs = 1>
// CHECK:         eke.weight @down : tensor<16x32xf32> = <"m.bin", offset = 8192, length = 2048, element = f32, rotated_inputs = 2, rotated_outputs = 1>
// CHECK:         eke.weight @bias : tensor<16xf32> = <"m.bin", offset = 640, length = 64, element = f32, rotated_inputs = 1>
// CHECK:         eke.weight @final : tensor<16xf32> = <"m.bin", offset = 704, length = 64, element = f32>
// CHECK:         eke.block @layer(%[[X:.*]]: tensor<2x16xf32>) weights(%[[UP:.*]]: tensor<32x16xf32>, %[[DOWN:.*]]: tensor<16x32xf32>, %[[BIAS:.*]]: tensor<16xf32>) -> tensor<2x16xf32> {
// CHECK-NEXT:      %[[N:.*]] = eke.norm %[[X]] epsilon 9.99999974E-6 : (tensor<2x16xf32>) -> tensor<2x16xf32>
// CHECK-NEXT:      %[[U:.*]] = eke.linear %[[N]], %[[UP]]
// CHECK-NEXT:      %[[A:.*]] = eke.activate %[[U]] with silu
// CHECK-NEXT:      %[[R:.*]] = eke.rotate %[[A]] parts 2 : tensor<2x32xf32>
// CHECK-NEXT:      %[[D:.*]] = eke.linear %[[R]], %[[DOWN]] bias %[[BIAS]]
// CHECK-NEXT:      %[[Y:.*]] = arith.addf %[[X]], %[[D]]
// CHECK-NEXT:      eke.yield %[[Y]]
// CHECK-LABEL: eke.model @trunk(
// CHECK:           eke.embed
// CHECK:           eke.apply @layer(%{{.*}}) weights(%{{.*}}, %{{.*}}, %{{.*}})
// CHECK:           %[[H:.*]] = eke.apply @layer(
// CHECK-NEXT:      %[[OUT:.*]] = eke.rotate %[[H]] inverse : tensor<2x16xf32>
// CHECK-NEXT:      eke.yield %[[OUT]]
// CHECK-LABEL: eke.model @rest(
// CHECK-SAME:      %[[IN:.*]]: tensor<2x16xf32>
// CHECK-NEXT:      %[[IR:.*]] = eke.rotate %[[IN]] : tensor<2x16xf32>
// CHECK:           eke.apply @layer(%[[IR]])
// CHECK-LABEL: eke.model @head(
// CHECK:           %[[F:.*]] = eke.norm %{{.*}}, %{{.*}}
// CHECK:           %[[FR:.*]] = eke.rotate %[[F]] : tensor<2x16xf32>
// CHECK-NEXT:      eke.linear %[[FR]]
// REMARK:      remark: [Passed] RotatedResidual | Category:rotate | weights=5, width=16
module @shared attributes {eke.rotate = true} {
  eke.weight @e : tensor<8x16xf32> = <"m.bin", offset = 0, length = 512, element = f32>
  eke.weight @g0 : tensor<16xf32> = <"m.bin", offset = 512, length = 64, element = f32>
  eke.weight @g1 : tensor<16xf32> = <"m.bin", offset = 576, length = 64, element = f32>
  eke.weight @up0 : tensor<32x16xf32> = <"m.bin", offset = 1024, length = 2048, element = f32>
  eke.weight @up1 : tensor<32x16xf32> = <"m.bin", offset = 4096, length = 2048, element = f32>
  eke.weight @down : tensor<16x32xf32> = <"m.bin", offset = 8192, length = 2048, element = f32>
  eke.weight @bias : tensor<16xf32> = <"m.bin", offset = 640, length = 64, element = f32>
  eke.weight @final : tensor<16xf32> = <"m.bin", offset = 704, length = 64, element = f32>
  eke.block @layer(%x: tensor<2x16xf32>)
      weights(%g: tensor<16xf32>, %up: tensor<32x16xf32>, %down: tensor<16x32xf32>, %bias: tensor<16xf32>)
      -> tensor<2x16xf32> {
    %n = eke.norm %x, %g epsilon 1.0e-5 : (tensor<2x16xf32>, tensor<16xf32>) -> tensor<2x16xf32>
    %u = eke.linear %n, %up : (tensor<2x16xf32>, tensor<32x16xf32>) -> tensor<2x32xf32>
    %a = eke.activate %u with silu : tensor<2x32xf32>
    %d = eke.linear %a, %down bias %bias : (tensor<2x32xf32>, tensor<16x32xf32>, tensor<16xf32>) -> tensor<2x16xf32>
    %y = arith.addf %x, %d : tensor<2x16xf32>
    eke.yield %y : tensor<2x16xf32>
  }
  eke.model @trunk(%t: tensor<2xi32>) -> tensor<2x16xf32> {
    %e = eke.use @e : tensor<8x16xf32>
    %x = eke.embed %t, %e : (tensor<2xi32>, tensor<8x16xf32>) -> tensor<2x16xf32>
    %g0 = eke.use @g0 : tensor<16xf32>
    %u0 = eke.use @up0 : tensor<32x16xf32>
    %d = eke.use @down : tensor<16x32xf32>
    %b = eke.use @bias : tensor<16xf32>
    %y = eke.apply @layer(%x) weights(%g0, %u0, %d, %b) : (tensor<2x16xf32>, tensor<16xf32>, tensor<32x16xf32>, tensor<16x32xf32>, tensor<16xf32>) -> tensor<2x16xf32>
    %g1 = eke.use @g1 : tensor<16xf32>
    %u1 = eke.use @up1 : tensor<32x16xf32>
    %z = eke.apply @layer(%y) weights(%g1, %u1, %d, %b) : (tensor<2x16xf32>, tensor<16xf32>, tensor<32x16xf32>, tensor<16x32xf32>, tensor<16xf32>) -> tensor<2x16xf32>
    eke.yield %z : tensor<2x16xf32>
  }
  eke.model @rest(%h: tensor<2x16xf32>) -> tensor<2x16xf32> {
    %g0 = eke.use @g0 : tensor<16xf32>
    %u0 = eke.use @up0 : tensor<32x16xf32>
    %d = eke.use @down : tensor<16x32xf32>
    %b = eke.use @bias : tensor<16xf32>
    %y = eke.apply @layer(%h) weights(%g0, %u0, %d, %b) : (tensor<2x16xf32>, tensor<16xf32>, tensor<32x16xf32>, tensor<16x32xf32>, tensor<16xf32>) -> tensor<2x16xf32>
    eke.yield %y : tensor<2x16xf32>
  }
  eke.model @head(%h: tensor<2x16xf32>) -> tensor<2x8xf32> {
    %g = eke.use @final : tensor<16xf32>
    %n = eke.norm %h, %g epsilon 1.0e-5 : (tensor<2x16xf32>, tensor<16xf32>) -> tensor<2x16xf32>
    %e = eke.use @e : tensor<8x16xf32>
    %y = eke.linear %n, %e : (tensor<2x16xf32>, tensor<8x16xf32>) -> tensor<2x8xf32>
    eke.yield %y : tensor<2x8xf32>
  }
}

// -----

// What entries of a language model hand to each other stays rotated; the norm before the
// embedding needs the old basis, in which its scale holds.
// CHECK-LABEL: module @entries
// CHECK-LABEL:   eke.model @draft(
// CHECK:           %[[X:.*]] = eke.embed
// CHECK-NEXT:      eke.yield %[[X]]
// CHECK-LABEL:   eke.model @verify(
// CHECK-NOT:       eke.rotate
// CHECK:           %[[N:.*]] = eke.norm %{{.*}} epsilon
// CHECK:           %[[Y:.*]] = eke.linear %[[N]]
// CHECK-NEXT:      eke.yield %[[Y]]
// CHECK-LABEL:   eke.model @head(
// CHECK-SAME:        %[[H:.*]]: tensor<2x16xf32>
// CHECK:           %[[R:.*]] = eke.rotate %[[H]] inverse
// CHECK-NEXT:      %[[F:.*]] = eke.norm %[[R]], %{{.*}} epsilon
// CHECK:           %[[FR:.*]] = eke.rotate %[[F]] : tensor<2x16xf32>
// CHECK-NEXT:      eke.linear %[[FR]]
// CHECK-LABEL:   eke.model @embed(
// CHECK:           %[[ER:.*]] = eke.rotate %{{.*}} inverse
// CHECK-NEXT:      %[[V:.*]] = eke.norm %[[ER]], %{{.*}} epsilon
// CHECK-NEXT:      eke.yield %[[V]]
// REMARK:      remark: [Passed] RotatedResidual
module @entries attributes {eke.rotate = true} {
  eke.weight @e : tensor<8x16xf32> = <"m.bin", offset = 0, length = 512, element = f32>
  eke.weight @g : tensor<16xf32> = <"m.bin", offset = 512, length = 64, element = f32>
  eke.weight @w : tensor<16x16xf32> = <"m.bin", offset = 1024, length = 1024, element = f32>
  eke.model @draft(%t: tensor<2xi32>) -> (tensor<2x16xf32> {eke.name = "hidden"})
      attributes {eke.entry = #eke.entry<role = "draft">} {
    %e = eke.use @e : tensor<8x16xf32>
    %x = eke.embed %t, %e : (tensor<2xi32>, tensor<8x16xf32>) -> tensor<2x16xf32>
    eke.yield %x : tensor<2x16xf32>
  }
  eke.model @verify(%h: tensor<2x16xf32> {eke.name = "hidden"}) -> (tensor<2x16xf32> {eke.name = "hidden"})
      attributes {eke.entry = #eke.entry<role = "verify">} {
    %g = eke.use @g : tensor<16xf32>
    %n = eke.norm %h, %g epsilon 1.0e-5 : (tensor<2x16xf32>, tensor<16xf32>) -> tensor<2x16xf32>
    %w = eke.use @w : tensor<16x16xf32>
    %y = eke.linear %n, %w : (tensor<2x16xf32>, tensor<16x16xf32>) -> tensor<2x16xf32>
    eke.yield %y : tensor<2x16xf32>
  }
  eke.model @head(%h: tensor<2x16xf32> {eke.name = "hidden"}) -> (tensor<2x8xf32> {eke.name = "logits"})
      attributes {eke.entry = #eke.entry<role = "head">} {
    %g = eke.use @g : tensor<16xf32>
    %n = eke.norm %h, %g epsilon 1.0e-5 : (tensor<2x16xf32>, tensor<16xf32>) -> tensor<2x16xf32>
    %e = eke.use @e : tensor<8x16xf32>
    %y = eke.linear %n, %e : (tensor<2x16xf32>, tensor<8x16xf32>) -> tensor<2x8xf32>
    eke.yield %y : tensor<2x8xf32>
  }
  eke.model @embed(%h: tensor<2x16xf32> {eke.name = "hidden"}) -> (tensor<2x16xf32> {eke.name = "embedding"})
      attributes {eke.entry = #eke.entry<role = "embed">} {
    %g = eke.use @g : tensor<16xf32>
    %n = eke.norm %h, %g epsilon 1.0e-5 : (tensor<2x16xf32>, tensor<16xf32>) -> tensor<2x16xf32>
    eke.yield %n : tensor<2x16xf32>
  }
}

// -----

// A layer norm subtracts the mean, which is another number in another basis.
// CHECK-LABEL: module @centered
// CHECK-NOT:     eke.rotate %
// CHECK-NOT:     rotated_
// REMARK:      remark: [Missed] KeptResidual | Category:rotate | Reason="it is a norm of another kind than the root mean square of the row times a scale"
module @centered attributes {eke.rotate = true} {
  eke.weight @e : tensor<8x16xf32> = <"m.bin", offset = 0, length = 512, element = f32>
  eke.weight @w : tensor<4x16xf32> = <"m.bin", offset = 512, length = 256, element = f32>
  eke.model @net(%t: tensor<2xi32>) -> tensor<2x4xf32> {
    %e = eke.use @e : tensor<8x16xf32>
    %x = eke.embed %t, %e : (tensor<2xi32>, tensor<8x16xf32>) -> tensor<2x16xf32>
    %n = eke.norm %x centered epsilon 1.0e-5 : (tensor<2x16xf32>) -> tensor<2x16xf32>
    %w = eke.use @w : tensor<4x16xf32>
    %y = eke.linear %n, %w : (tensor<2x16xf32>, tensor<4x16xf32>) -> tensor<2x4xf32>
    eke.yield %y : tensor<2x4xf32>
  }
}

// -----

// One matrix cannot be scaled for the norms of two layers.
// CHECK-LABEL: module @scaled
// CHECK-NOT:     eke.rotate %
// CHECK-NOT:     rotated_
// REMARK:      remark: [Missed] KeptResidual | Category:rotate | Reason="it has a weight that another layer needs in another form"
module @scaled attributes {eke.rotate = true} {
  eke.weight @e : tensor<8x16xf32> = <"m.bin", offset = 0, length = 512, element = f32>
  eke.weight @g : tensor<16xf32> = <"m.bin", offset = 512, length = 64, element = f32>
  eke.weight @w : tensor<4x16xf32> = <"m.bin", offset = 1024, length = 256, element = f32>
  eke.model @net(%t: tensor<2xi32>) -> (tensor<2x4xf32>, tensor<2x4xf32>) {
    %e = eke.use @e : tensor<8x16xf32>
    %x = eke.embed %t, %e : (tensor<2xi32>, tensor<8x16xf32>) -> tensor<2x16xf32>
    %g = eke.use @g : tensor<16xf32>
    %n = eke.norm %x, %g epsilon 1.0e-5 : (tensor<2x16xf32>, tensor<16xf32>) -> tensor<2x16xf32>
    %m = eke.norm %x epsilon 1.0e-5 : (tensor<2x16xf32>) -> tensor<2x16xf32>
    %w = eke.use @w : tensor<4x16xf32>
    %y = eke.linear %n, %w : (tensor<2x16xf32>, tensor<4x16xf32>) -> tensor<2x4xf32>
    %z = eke.linear %m, %w : (tensor<2x16xf32>, tensor<4x16xf32>) -> tensor<2x4xf32>
    eke.yield %y, %z : tensor<2x4xf32>, tensor<2x4xf32>
  }
}

// -----

// What else reads the stream, or a matrix that is rotated, needs it as it was.
// CHECK-LABEL: module @read
// CHECK-NOT:     eke.rotate %
// CHECK-NOT:     rotated_
// REMARK:      remark: [Missed] KeptResidual | Category:rotate | Reason="it reads the residual stream, and is no norm"
module @read attributes {eke.rotate = true} {
  eke.weight @e : tensor<8x16xf32> = <"m.bin", offset = 0, length = 512, element = f32>
  eke.model @net(%t: tensor<2xi32>) -> tensor<2x16xf32> {
    %e = eke.use @e : tensor<8x16xf32>
    %x = eke.embed %t, %e : (tensor<2xi32>, tensor<8x16xf32>) -> tensor<2x16xf32>
    %y = eke.activate %x with silu : tensor<2x16xf32>
    eke.yield %y : tensor<2x16xf32>
  }
}

// -----

// CHECK-LABEL: module @elsewhere
// CHECK-NOT:     eke.rotate %
// CHECK-NOT:     rotated_
// REMARK:      remark: [Missed] KeptResidual | Category:rotate | Reason="it reads a weight that others need rotated"
module @elsewhere attributes {eke.rotate = true} {
  eke.weight @e : tensor<8x16xf32> = <"m.bin", offset = 0, length = 512, element = f32>
  eke.weight @w : tensor<4x16xf32> = <"m.bin", offset = 512, length = 256, element = f32>
  eke.model @net(%t: tensor<2xi32>, %z: tensor<2x16xf32>) -> (tensor<2x4xf32>, tensor<2x4xf32>) {
    %e = eke.use @e : tensor<8x16xf32>
    %x = eke.embed %t, %e : (tensor<2xi32>, tensor<8x16xf32>) -> tensor<2x16xf32>
    %n = eke.norm %x epsilon 1.0e-5 : (tensor<2x16xf32>) -> tensor<2x16xf32>
    %w = eke.use @w : tensor<4x16xf32>
    %y = eke.linear %n, %w : (tensor<2x16xf32>, tensor<4x16xf32>) -> tensor<2x4xf32>
    %v = tensor.cast %w : tensor<4x16xf32> to tensor<4x16xf32>
    %u = eke.linear %z, %v : (tensor<2x16xf32>, tensor<4x16xf32>) -> tensor<2x4xf32>
    eke.yield %y, %u : tensor<2x4xf32>, tensor<2x4xf32>
  }
}

// -----

// No product gains from it.
// CHECK-LABEL: module @unread
// CHECK-NOT:     eke.rotate %
// REMARK-NOT:  remark
module @unread attributes {eke.rotate = true} {
  eke.weight @e : tensor<8x16xf32> = <"m.bin", offset = 0, length = 512, element = f32>
  eke.model @net(%t: tensor<2xi32>) -> tensor<2x16xf32> {
    %e = eke.use @e : tensor<8x16xf32>
    %x = eke.embed %t, %e : (tensor<2xi32>, tensor<8x16xf32>) -> tensor<2x16xf32>
    eke.yield %x : tensor<2x16xf32>
  }
}

// -----

// Nobody asks for it.
// CHECK-LABEL: module @off
// CHECK-NOT:     eke.rotate %
// REMARK-NOT:  remark
module @off attributes {eke.rotate = false} {
  eke.weight @e : tensor<8x16xf32> = <"m.bin", offset = 0, length = 512, element = f32>
  eke.weight @w : tensor<4x16xf32> = <"m.bin", offset = 512, length = 256, element = f32>
  eke.model @net(%t: tensor<2xi32>) -> tensor<2x4xf32> {
    %e = eke.use @e : tensor<8x16xf32>
    %x = eke.embed %t, %e : (tensor<2xi32>, tensor<8x16xf32>) -> tensor<2x16xf32>
    %n = eke.norm %x epsilon 1.0e-5 : (tensor<2x16xf32>) -> tensor<2x16xf32>
    %w = eke.use @w : tensor<4x16xf32>
    %y = eke.linear %n, %w : (tensor<2x16xf32>, tensor<4x16xf32>) -> tensor<2x4xf32>
    eke.yield %y : tensor<2x4xf32>
  }
}
