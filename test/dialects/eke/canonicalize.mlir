// RUN: eke-opt %s --canonicalize | FileCheck %s

// CHECK-LABEL: eke.model @unfold_of_fold(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<?x8xf32>
// CHECK-NEXT:    eke.yield %[[X]]
eke.model @unfold_of_fold(%x: tensor<?x8xf32>) -> tensor<?x8xf32> rows [1] {
  %0 = eke.fold %x by 4 : tensor<?x8xf32> -> tensor<?x2xf32>
  %1 = eke.unfold %0 by 4 : tensor<?x2xf32> -> tensor<?x8xf32>
  eke.yield %1 : tensor<?x8xf32>
}

// CHECK-LABEL: eke.model @fold_of_unfold(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<8x2xf32>
// CHECK-NEXT:    eke.yield %[[X]]
eke.model @fold_of_unfold(%x: tensor<8x2xf32>) -> tensor<8x2xf32> {
  %0 = eke.unfold %x by 4 : tensor<8x2xf32> -> tensor<2x8xf32>
  %1 = eke.fold %0 by 4 : tensor<2x8xf32> -> tensor<8x2xf32>
  eke.yield %1 : tensor<8x2xf32>
}

// CHECK-LABEL: eke.model @by_one(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<2x8xf32>
// CHECK-NEXT:    eke.yield %[[X]]
eke.model @by_one(%x: tensor<2x8xf32>) -> tensor<2x8xf32> {
  %0 = eke.fold %x by 1 : tensor<2x8xf32> -> tensor<2x8xf32>
  %1 = eke.unfold %0 by 1 : tensor<2x8xf32> -> tensor<2x8xf32>
  eke.yield %1 : tensor<2x8xf32>
}

// Other factors mean other rows: this regroups the elements.
// CHECK-LABEL: eke.model @factors_differ(
// CHECK:         eke.fold %{{.+}} by 4
// CHECK:         eke.unfold %{{.+}} by 2
eke.model @factors_differ(%x: tensor<2x8xf32>) -> tensor<4x4xf32> {
  %0 = eke.fold %x by 4 : tensor<2x8xf32> -> tensor<8x2xf32>
  %1 = eke.unfold %0 by 2 : tensor<8x2xf32> -> tensor<4x4xf32>
  eke.yield %1 : tensor<4x4xf32>
}

// What works element by element does not see rows.
// CHECK-LABEL: eke.model @around_elementwise(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<2x8xf32>, %[[Y:[a-z0-9]+]]: tensor<2x8xf32>
// CHECK-NEXT:    %[[G:.+]] = eke.glu %[[X]], %[[Y]] activation silu : tensor<2x8xf32>
// CHECK-NEXT:    %[[S:.+]] = arith.addf %[[G]], %[[X]] : tensor<2x8xf32>
// CHECK-NEXT:    eke.yield %[[S]]
eke.model @around_elementwise(%x: tensor<2x8xf32>, %y: tensor<2x8xf32>) -> tensor<2x8xf32> {
  %0 = eke.fold %x by 4 : tensor<2x8xf32> -> tensor<8x2xf32>
  %1 = eke.fold %y by 4 : tensor<2x8xf32> -> tensor<8x2xf32>
  %2 = eke.glu %0, %1 activation silu : tensor<8x2xf32>
  %3 = eke.unfold %2 by 4 : tensor<8x2xf32> -> tensor<2x8xf32>
  %4 = arith.addf %3, %x : tensor<2x8xf32>
  eke.yield %4 : tensor<2x8xf32>
}

// The same of sub-tokens that were made tokens for a while.
// CHECK-LABEL: eke.model @around_elementwise_inverse(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<?x2xf32>
// CHECK-NEXT:    %[[Y:.+]] = eke.activate %[[X]] with gelu : tensor<?x2xf32>
// CHECK-NEXT:    eke.yield %[[Y]]
eke.model @around_elementwise_inverse(%x: tensor<?x2xf32>) -> tensor<?x2xf32> rows [4] {
  %0 = eke.unfold %x by 4 : tensor<?x2xf32> -> tensor<?x8xf32>
  %1 = eke.activate %0 with gelu : tensor<?x8xf32>
  %2 = eke.fold %1 by 4 : tensor<?x8xf32> -> tensor<?x2xf32>
  eke.yield %2 : tensor<?x2xf32>
}

// Others read the sub-tokens, which would be computed twice.
// CHECK-LABEL: eke.model @used_elsewhere(
// CHECK:         eke.fold
// CHECK-NEXT:    eke.activate
// CHECK-NEXT:    eke.unfold
eke.model @used_elsewhere(%x: tensor<2x8xf32>) -> (tensor<2x8xf32>, tensor<8x2xf32>) {
  %0 = eke.fold %x by 4 : tensor<2x8xf32> -> tensor<8x2xf32>
  %1 = eke.activate %0 with silu : tensor<8x2xf32>
  %2 = eke.unfold %1 by 4 : tensor<8x2xf32> -> tensor<2x8xf32>
  eke.yield %2, %1 : tensor<2x8xf32>, tensor<8x2xf32>
}

// An operand that is no fold would have to be unfolded.
// CHECK-LABEL: eke.model @half_folded(
// CHECK:         eke.fold
// CHECK-NEXT:    arith.addf
// CHECK-NEXT:    eke.unfold
eke.model @half_folded(%x: tensor<2x8xf32>, %y: tensor<8x2xf32>) -> tensor<2x8xf32> {
  %0 = eke.fold %x by 4 : tensor<2x8xf32> -> tensor<8x2xf32>
  %1 = arith.addf %0, %y : tensor<8x2xf32>
  %2 = eke.unfold %1 by 4 : tensor<8x2xf32> -> tensor<2x8xf32>
  eke.yield %2 : tensor<2x8xf32>
}

// A norm sees where a row ends.
// CHECK-LABEL: eke.model @around_norm(
// CHECK:         eke.fold
// CHECK-NEXT:    eke.norm
// CHECK-NEXT:    eke.unfold
eke.model @around_norm(%x: tensor<2x8xf32>) -> tensor<2x8xf32> {
  %0 = eke.fold %x by 4 : tensor<2x8xf32> -> tensor<8x2xf32>
  %1 = eke.norm %0 epsilon 1.0e-5 : (tensor<8x2xf32>) -> tensor<8x2xf32>
  %2 = eke.unfold %1 by 4 : tensor<8x2xf32> -> tensor<2x8xf32>
  eke.yield %2 : tensor<2x8xf32>
}
