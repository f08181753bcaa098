// RUN: eke-opt %s --split-input-file --eke-specialize-rows --verify-diagnostics | FileCheck %s

// One model for each row count; element-wise ops of other dialects keep rows, and ops
// that fold multiply them. Names and attributes stay.
// CHECK-LABEL: eke.model @step_1(
// CHECK-SAME:    %[[X:.*]]: tensor<1x8xf32> {eke.name = "x"}, %{{.*}}: index) -> (tensor<1x8xf32> {eke.name = "y"}) rows [1]
// CHECK-NEXT:    %[[F:.*]] = eke.fold %[[X]] by 2 : tensor<1x8xf32> -> tensor<2x4xf32>
// CHECK-NEXT:    %[[A:.*]] = arith.addf %[[F]], %[[F]] : tensor<2x4xf32>
// CHECK-NEXT:    %[[U:.*]] = eke.unfold %[[A]] by 2 : tensor<2x4xf32> -> tensor<1x8xf32>
// CHECK-NEXT:    eke.rope_table %[[U]], %{{.*}} : (tensor<1x8xf32>, index) -> tensor<1x2x2xf32>
// CHECK-LABEL: eke.model @step_8(
// CHECK-SAME:    %[[X:.*]]: tensor<8x8xf32> {eke.name = "x"}, %{{.*}}: index) -> (tensor<8x8xf32> {eke.name = "y"}) rows [8]
// CHECK-NEXT:    %[[F:.*]] = eke.fold %[[X]] by 2 : tensor<8x8xf32> -> tensor<16x4xf32>
// CHECK-NOT:   eke.model
eke.model @step(%x: tensor<?x8xf32> {eke.name = "x"}, %p: index)
    -> (tensor<?x8xf32> {eke.name = "y"}) rows [1, 8] {
  %0 = eke.fold %x by 2 : tensor<?x8xf32> -> tensor<?x4xf32>
  %1 = arith.addf %0, %0 : tensor<?x4xf32>
  %2 = eke.unfold %1 by 2 : tensor<?x4xf32> -> tensor<?x8xf32>
  %3 = eke.rope_table %2, %p theta 1.0e4 head_dim 4 : (tensor<?x8xf32>, index) -> tensor<?x2x2xf32>
  eke.yield %2 : tensor<?x8xf32>
}

// -----

// A block is made once for each count it is applied at, also where models share it,
// and where a block applies it. The rows of an apply are those of its block's result.
// CHECK:       eke.block @inner_1(%{{.*}}: tensor<1x8xf32>) -> tensor<2x4xf32>
// CHECK:       eke.block @inner_4(%{{.*}}: tensor<4x8xf32>) -> tensor<8x4xf32>
// CHECK-NOT:   eke.block @inner
// CHECK:       eke.block @outer_1(%{{.*}}: tensor<1x8xf32>) -> tensor<1x8xf32>
// CHECK:         eke.apply @inner_1(%{{.*}}) : (tensor<1x8xf32>) -> tensor<2x4xf32>
// CHECK:       eke.block @outer_4(
// CHECK:         eke.apply @inner_4(
// CHECK-NOT:   eke.block
// CHECK-LABEL: eke.model @a_1(
// CHECK:         eke.apply @outer_1(%{{.*}}) : (tensor<1x8xf32>) -> tensor<1x8xf32>
// CHECK:         eke.apply @outer_1(
// CHECK-LABEL: eke.model @a_4(
// CHECK:         eke.apply @outer_4(
// CHECK-LABEL: eke.model @b_4(
// CHECK:         eke.apply @outer_4(
eke.block @inner(%x: tensor<?x8xf32>) -> tensor<?x4xf32> {
  %0 = eke.fold %x by 2 : tensor<?x8xf32> -> tensor<?x4xf32>
  eke.yield %0 : tensor<?x4xf32>
}
eke.block @outer(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %0 = eke.apply @inner(%x) : (tensor<?x8xf32>) -> tensor<?x4xf32>
  %1 = eke.unfold %0 by 2 : tensor<?x4xf32> -> tensor<?x8xf32>
  eke.yield %1 : tensor<?x8xf32>
}
eke.block @unused(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  eke.yield %x : tensor<?x8xf32>
}
eke.model @a(%x: tensor<?x8xf32>) -> tensor<?x8xf32> rows [1, 4] {
  %0 = eke.apply @outer(%x) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %1 = eke.apply @outer(%0) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  eke.yield %1 : tensor<?x8xf32>
}
eke.model @b(%x: tensor<?x8xf32>) -> tensor<?x8xf32> rows [4] {
  %0 = eke.apply @outer(%x) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  eke.yield %0 : tensor<?x8xf32>
}

// -----

// A model with static shapes stays, but the block that it applies gets its rows.
// CHECK:       eke.block @b_3(%{{.*}}: tensor<3x8xf32>) -> tensor<3x8xf32>
// CHECK-NOT:   eke.block
// CHECK-LABEL: eke.model @static(
// CHECK:         eke.apply @b_3(%{{.*}}) : (tensor<3x8xf32>) -> tensor<3x8xf32>
eke.block @b(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %0 = eke.activate %x with relu : tensor<?x8xf32>
  eke.yield %0 : tensor<?x8xf32>
}
eke.model @static(%x: tensor<3x8xf32>) -> tensor<3x8xf32> {
  %0 = eke.apply @b(%x) : (tensor<3x8xf32>) -> tensor<3x8xf32>
  eke.yield %0 : tensor<3x8xf32>
}

// -----

// Nothing is dynamic: nothing changes.
// CHECK:       eke.block @b(
// CHECK-LABEL: eke.model @static(
// CHECK-NEXT:    eke.apply @b(
eke.block @b(%x: tensor<3x8xf32>) -> tensor<3x8xf32> {
  %0 = eke.activate %x with relu : tensor<3x8xf32>
  eke.yield %0 : tensor<3x8xf32>
}
eke.model @static(%x: tensor<3x8xf32>) -> tensor<3x8xf32> {
  %0 = eke.apply @b(%x) : (tensor<3x8xf32>) -> tensor<3x8xf32>
  eke.yield %0 : tensor<3x8xf32>
}

// -----

// An exit names its head's model for fewest rows.
// CHECK-LABEL: eke.model @trunk_1(
// CHECK:         eke.exit %{{.*}} head @head_1 drafts 4 : tensor<1x8xf32>
// CHECK-LABEL: eke.model @trunk_4(
// CHECK:         eke.exit %{{.*}} head @head_1 drafts 4 : tensor<4x8xf32>
eke.block @same(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  eke.yield %x : tensor<?x8xf32>
}
eke.model @trunk(%x: tensor<?x8xf32>) -> tensor<?x8xf32> rows [1, 4] {
  %0 = eke.apply @same(%x) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %1 = eke.exit %0 head @head drafts 4 : tensor<?x8xf32>
  eke.yield %1 : tensor<?x8xf32>
}
eke.model @head(%x: tensor<?x8xf32>) -> tensor<?x8xf32> rows [1, 2] {
  eke.yield %x : tensor<?x8xf32>
}

// -----

// Extents follow from numbers, through any op.
// CHECK-LABEL: eke.model @any_op_3(
// CHECK-SAME:    %[[X:.*]]: tensor<3x8xf32>) -> (tensor<3x8xf32>, tensor<3x2x4xf32>) rows [3]
// CHECK:         %[[E:.*]] = tensor.empty() : tensor<3x8xf32>
// CHECK:         %[[Y:.*]] = linalg.exp ins(%[[X]] : tensor<3x8xf32>) outs(%[[E]] : tensor<3x8xf32>) -> tensor<3x8xf32>
// CHECK:         %[[Z:.*]] = tensor.expand_shape %[[Y]] {{.*}} output_shape [%{{.*}}, 2, 4] : tensor<3x8xf32> into tensor<3x2x4xf32>
// CHECK:         %[[A:.*]] = arith.addf %[[Z]], %[[Z]] : tensor<3x2x4xf32>
// CHECK:         %[[F:.*]] = tensor.collapse_shape %[[A]] {{.*}} : tensor<3x2x4xf32> into tensor<24xf32>
// CHECK:         %[[L:.*]] = scf.for {{.*}} iter_args(%[[C:.*]] = %[[Y]]) -> (tensor<3x8xf32>)
// CHECK:           arith.mulf %[[C]], %[[C]] : tensor<3x8xf32>
// CHECK:         %[[S:.*]] = tensor.extract_slice %[[F]][0] [3] [1] : tensor<24xf32> to tensor<3xf32>
// CHECK:         tensor.insert_slice %[[S]] into %[[L]][0, 0] [3, 1] [1, 1] : tensor<3xf32> into tensor<3x8xf32>
// CHECK:         eke.yield %{{.*}}, %[[A]] : tensor<3x8xf32>, tensor<3x2x4xf32>
eke.model @any_op(%x: tensor<?x8xf32>) -> (tensor<?x8xf32>, tensor<?x2x4xf32>) rows [3] {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %d = tensor.dim %x, %c0 : tensor<?x8xf32>
  %e = tensor.empty(%d) : tensor<?x8xf32>
  %y = linalg.exp ins(%x : tensor<?x8xf32>) outs(%e : tensor<?x8xf32>) -> tensor<?x8xf32>
  %z = tensor.expand_shape %y [[0], [1, 2]] output_shape [%d, 2, 4] : tensor<?x8xf32> into tensor<?x2x4xf32>
  %a = arith.addf %z, %z : tensor<?x2x4xf32>
  %f = tensor.collapse_shape %a [[0, 1, 2]] : tensor<?x2x4xf32> into tensor<?xf32>
  %l = scf.for %i = %c0 to %d step %c1 iter_args(%c = %y) -> (tensor<?x8xf32>) {
    %m = arith.mulf %c, %c : tensor<?x8xf32>
    scf.yield %m : tensor<?x8xf32>
  }
  %s = tensor.extract_slice %f[0] [%d] [1] : tensor<?xf32> to tensor<?xf32>
  %r = tensor.insert_slice %s into %l[0, 0] [%d, 1] [1, 1] : tensor<?xf32> into tensor<?x8xf32>
  eke.yield %r, %a : tensor<?x8xf32>, tensor<?x2x4xf32>
}

// -----

// An extent that only the running program knows is none of the rows'.
eke.model @from_a_position(%x: tensor<?x8xf32>, %p: index) -> tensor<?x8xf32> rows [1] {
  %0 = tensor.empty(%p) : tensor<?x8xf32>
  // expected-error@+1 {{gives 'tensor<?x8xf32>', whose extents the number of rows does not say}}
  eke.yield %0 : tensor<?x8xf32>
}

// -----

// A loop carries tensors of one type.
eke.model @growing(%x: tensor<?x8xf32>) -> tensor<?x8xf32> rows [1] {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // expected-error@+1 {{carries a tensor of type 'tensor<1x8xf32>' that its body makes 'tensor<2x8xf32>'}}
  %0 = scf.for %i = %c0 to %c1 step %c1 iter_args(%a = %x) -> (tensor<?x8xf32>) {
    %1 = tensor.concat dim(0) %a, %a : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
    scf.yield %1 : tensor<?x8xf32>
  }
  eke.yield %0 : tensor<?x8xf32>
}

// -----

// The rows of an apply are those of its first input.
eke.block @b(%p: index, %x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  eke.yield %x : tensor<?x8xf32>
}
eke.model @position_first(%x: tensor<?x8xf32>, %p: index) -> tensor<?x8xf32> rows [1] {
  // expected-error@+1 {{has dynamic rows but no first operand that gives them}}
  %0 = eke.apply @b(%p, %x) : (index, tensor<?x8xf32>) -> tensor<?x8xf32>
  eke.yield %0 : tensor<?x8xf32>
}

// -----

// A cast that forgets the rows does nothing here.
// CHECK-LABEL: eke.model @cast_1(
// CHECK-SAME:    %[[X:.*]]: tensor<1x8xf32>)
// CHECK-NEXT:    eke.yield %[[X]] : tensor<1x8xf32>
eke.model @cast(%x: tensor<?x8xf32>) -> tensor<?x8xf32> rows [1] {
  %0 = tensor.cast %x : tensor<?x8xf32> to tensor<?x8xf32>
  eke.yield %0 : tensor<?x8xf32>
}

// -----

// expected-error@+1 {{argument 0 has a dynamic dimension that is not its rows}}
eke.model @columns(%x: tensor<?x?xf32>) -> tensor<?x?xf32> rows [1] {
  %0 = arith.addf %x, %x : tensor<?x?xf32>
  eke.yield %0 : tensor<?x?xf32>
}

// -----

eke.model @odd(%x: tensor<?x8xf32>) -> tensor<?x16xf32> rows [1] {
  // expected-error@+1 {{factor 2 does not divide 1 rows}}
  %0 = eke.unfold %x by 2 : tensor<?x8xf32> -> tensor<?x16xf32>
  eke.yield %0 : tensor<?x16xf32>
}

// -----

eke.model @no_such_extent(%x: tensor<?x8xf32>) -> tensor<?x8xf32> rows [1] {
  %far = arith.constant 2147483647 : index
  // expected-error@+1 {{asks for extent 2147483647 of 'tensor<1x8xf32>'}}
  %rows = tensor.dim %x, %far : tensor<?x8xf32>
  %0 = tensor.empty(%rows) : tensor<?x8xf32>
  eke.yield %0 : tensor<?x8xf32>
}
