// A model of 6 layers, each applied twice, imported without blocks: one block and
// 12 applies with 6 sets of weights. The final norm looks like the start of one more
// repetition; it is none.
// RUN: %python %S/Inputs/flat-model.py 6 2 > %t.mlir
// RUN: eke-opt %t.mlir --eke-reroll-blocks -o %t.rolled.mlir
// RUN: FileCheck %s < %t.rolled.mlir
// RUN: FileCheck %s --check-prefix=ONCE < %t.rolled.mlir

// What it made has nothing left to re-roll.
// RUN: eke-opt %t.rolled.mlir --eke-reroll-blocks -o %t.again.mlir
// RUN: diff %t.rolled.mlir %t.again.mlir

// It goes through the passes behind.
// RUN: eke-opt %t.rolled.mlir --eke-specialize-rows --eke-place-weights | FileCheck %s --check-prefix=ROWS

// Rows first, then the rest in order of use, then weights, then states.
// CHECK:      eke.block @lm_block(
// CHECK-SAME:   %[[X:[^:]*]]: tensor<?x8xf32>, %[[T:[^:]*]]: tensor<?x2x1xf32>, %[[P:[^:]*]]: index)
// CHECK-SAME:   weights(%[[N1:[^:]*]]: tensor<8xf32>, %[[Q:[^:]*]]: tensor<8x8xf32>, %[[K:[^:]*]]: tensor<4x8xf32>, %[[V:[^:]*]]: tensor<4x8xf32>, %[[O:[^:]*]]: tensor<8x8xf32>,
// CHECK-SAME:   %[[N2:[^:]*]]: tensor<8xf32>, %[[G:[^:]*]]: tensor<16x8xf32>, %[[U:[^:]*]]: tensor<16x8xf32>, %[[D:[^:]*]]: tensor<8x16xf32>)
// CHECK-SAME:   states(%[[KC:[^:]*]]: tensor<16x2x2xf32>, %[[VC:[^:]*]]: tensor<16x2x2xf32>)
// CHECK-SAME:   -> (tensor<?x8xf32>, tensor<16x2x2xf32>, tensor<16x2x2xf32>) {
// CHECK-NEXT:   %[[XN:.*]] = eke.norm %[[X]], %[[N1]]
// CHECK-NEXT:   %[[XQ:.*]] = eke.linear %[[XN]], %[[Q]]
// CHECK-NEXT:   %[[XK:.*]] = eke.linear %[[XN]], %[[K]]
// CHECK-NEXT:   %[[XV:.*]] = eke.linear %[[XN]], %[[V]]
// CHECK-NEXT:   %[[QR:.*]] = eke.rope %[[XQ]], %[[T]]
// CHECK-NEXT:   %[[KR:.*]] = eke.rope %[[XK]], %[[T]]
// CHECK-NEXT:   %[[A:[^,]*]], %[[K1:[^,]*]], %[[V1:[^,]*]] = eke.attention %[[QR]], %[[KR]], %[[XV]] at %[[P]] caches %[[KC]], %[[VC]]
// CHECK-NEXT:   %[[XO:.*]] = eke.linear %[[A]], %[[O]]
// CHECK-NEXT:   %[[H:.*]] = arith.addf %[[X]], %[[XO]]
// CHECK-NEXT:   %[[HN:.*]] = eke.norm %[[H]], %[[N2]]
// CHECK-NEXT:   %[[HG:.*]] = eke.linear %[[HN]], %[[G]]
// CHECK-NEXT:   %[[HU:.*]] = eke.linear %[[HN]], %[[U]]
// CHECK-NEXT:   %[[GLU:.*]] = eke.glu %[[HG]], %[[HU]] activation silu
// CHECK-NEXT:   %[[HD:.*]] = eke.linear %[[GLU]], %[[D]]
// CHECK-NEXT:   %[[Y:.*]] = arith.addf %[[H]], %[[HD]]
// CHECK-NEXT:   eke.yield %[[Y]], %[[K1]], %[[V1]]

// CHECK-LABEL: eke.model @lm(
// CHECK-SAME:    %{{.*}}: tensor<?xi32>, %[[POS:.*]]: index)
// CHECK:         %[[E:.*]] = eke.embed
// CHECK-NEXT:    %[[TABLE:.*]] = eke.rope_table
// CHECK-NEXT:    %[[W:.*]] = eke.use @l0.norm1
// CHECK:         %[[K0:.*]] = eke.read @kv0.k
// CHECK-NEXT:    %[[V0:.*]] = eke.read @kv0.v
// CHECK:         %[[D0:.*]] = eke.use @l0.down
// CHECK-NEXT:    %[[R0:.*]]:3 = eke.apply @lm_block(%[[E]], %[[TABLE]], %[[POS]]) weights(%[[W]], {{.*}}, %[[D0]]) states(%[[K0]], %[[V0]])
// CHECK-NEXT:    eke.write %[[R0]]#1, @kv0.k
// CHECK-NEXT:    eke.write %[[R0]]#2, @kv0.v
// CHECK-NEXT:    %[[W1:.*]] = eke.use @l0.norm1
// CHECK:         %[[R1:.*]]:3 = eke.apply @lm_block(%[[R0]]#0, %[[TABLE]], %[[POS]]) weights(%[[W1]], {{.*}})
// CHECK-NEXT:    eke.write %[[R1]]#1, @kv1.k
// CHECK-NEXT:    eke.write %[[R1]]#2, @kv1.v
// CHECK-NEXT:    %[[W2:.*]] = eke.use @l1.norm1
// CHECK:         %[[R2:.*]]:3 = eke.apply @lm_block(%[[R1]]#0, %[[TABLE]], %[[POS]]) weights(%[[W2]], {{.*}})
// CHECK:         eke.read @kv11.k
// CHECK:         %[[R11:.*]]:3 = eke.apply
// CHECK-NEXT:    eke.write %[[R11]]#1, @kv11.k
// CHECK-NEXT:    eke.write %[[R11]]#2, @kv11.v
// CHECK-NEXT:    %[[G:.*]] = eke.use @norm
// CHECK-NEXT:    %[[N:.*]] = eke.norm %[[R11]]#0, %[[G]]
// CHECK-NEXT:    eke.linear %[[N]]

// ONCE:             eke.block
// ONCE-NOT:         eke.block
// ONCE-COUNT-12:    eke.apply
// ONCE-NOT:         eke.apply

// ROWS-COUNT-2: eke.block @lm_block_
// ROWS-NOT:     eke.block
// ROWS:         eke.model @lm_1(
// ROWS-COUNT-12: eke.apply @lm_block_1(
// ROWS:         eke.model @lm_4(
// ROWS-COUNT-12: eke.apply @lm_block_4(
