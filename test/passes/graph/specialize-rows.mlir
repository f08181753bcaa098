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

eke.model @from_nothing(%x: tensor<?x8xf32>) -> tensor<?x8xf32> rows [1] {
  %c = arith.constant 1 : index
  // expected-error@+1 {{has dynamic rows but no first operand that gives them}}
  %0 = tensor.empty(%c) : tensor<?x8xf32>
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

eke.model @neither(%x: tensor<?x8xf32>) -> tensor<?x8xf32> rows [1] {
  // expected-error@+1 {{has dynamic rows and is neither row-wise nor element-wise}}
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
