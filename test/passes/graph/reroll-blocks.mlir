// RUN: eke-opt %s --split-input-file --allow-unregistered-dialect --eke-reroll-blocks | FileCheck %s
// RUN: eke-opt %s --split-input-file --allow-unregistered-dialect --eke-reroll-blocks --remark-format=emitRemark --remarks-filter=reroll -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK
// RUN: eke-opt %s --split-input-file --allow-unregistered-dialect --eke-reroll-blocks=min-repeats=3 | FileCheck %s --check-prefix=THREE
// RUN: not eke-opt %s --split-input-file --allow-unregistered-dialect --eke-reroll-blocks=min-repeats=1 2>&1 | FileCheck %s --check-prefix=ONE
// RUN: eke-opt %s --split-input-file --allow-unregistered-dialect --eke-reroll-blocks -o %t.mlir
// RUN: eke-opt %t.mlir --split-input-file --allow-unregistered-dialect --eke-reroll-blocks | diff %t.mlir -

// ONE: error: expected min-repeats of at least 2, got 1

// Two repetitions with weights of their own.
// REMARK: remark: [Passed] OutlinedBlock | Category:reroll | block=step_block, layers=2, repetitions=2
// CHECK:       eke.block @step_block(%[[X:.*]]: tensor<?x4xf32>) weights(%[[W:.*]]: tensor<4x4xf32>) -> tensor<?x4xf32> {
// CHECK-NEXT:    %[[L:.*]] = eke.linear %[[X]], %[[W]]
// CHECK-NEXT:    %[[S:.*]] = eke.activate %[[L]] with silu
// CHECK-NEXT:    eke.yield %[[S]]
// CHECK-LABEL: eke.model @step(
// CHECK-SAME:    %[[IN:.*]]: tensor<?x4xf32>)
// CHECK-NEXT:    %[[WA:.*]] = eke.use @a
// CHECK-NEXT:    %[[A:.*]] = eke.apply @step_block(%[[IN]]) weights(%[[WA]])
// CHECK-NEXT:    %[[WB:.*]] = eke.use @b
// CHECK-NEXT:    %[[B:.*]] = eke.apply @step_block(%[[A]]) weights(%[[WB]])
// CHECK-NEXT:    eke.yield %[[B]]
// With min-repeats = 3 two are too few.
// THREE-LABEL: eke.model @step(
// THREE-NOT:     eke.apply
// THREE:         eke.yield
eke.weight @a : tensor<4x4xf32> = <"m.bin", offset = 0, length = 64, element = f32>
eke.weight @b : tensor<4x4xf32> = <"m.bin", offset = 64, length = 64, element = f32>
eke.model @step(%x: tensor<?x4xf32>) -> tensor<?x4xf32> rows [1] {
  %a = eke.use @a : tensor<4x4xf32>
  %0 = eke.linear %x, %a : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
  %1 = eke.activate %0 with silu : tensor<?x4xf32>
  %b = eke.use @b : tensor<4x4xf32>
  %2 = eke.linear %1, %b : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
  %3 = eke.activate %2 with silu : tensor<?x4xf32>
  eke.yield %3 : tensor<?x4xf32>
}

// -----

// A weight that all repetitions share is a parameter all the same, and one that two
// layers read in every repetition is one parameter. The uses may stand anywhere.
// CHECK:       eke.block @tied_block(%{{.*}}: tensor<?x4xf32>) weights(%[[W:.*]]: tensor<4x4xf32>) -> tensor<?x4xf32> {
// CHECK-NEXT:    eke.linear %{{.*}}, %[[W]]
// CHECK-NEXT:    eke.linear %{{.*}}, %[[W]]
// CHECK-NEXT:    eke.activate
// CHECK-LABEL: eke.model @tied(
// CHECK-NEXT:    %[[A:.*]] = eke.use @a
// CHECK-NEXT:    eke.apply @tied_block({{.*}}) weights(%[[A]])
// CHECK-NEXT:    %[[B:.*]] = eke.use @a
// CHECK-NEXT:    eke.apply @tied_block({{.*}}) weights(%[[A]])
// CHECK-NEXT:    eke.apply @tied_block({{.*}}) weights(%[[B]])
// CHECK-NEXT:    eke.yield
eke.weight @a : tensor<4x4xf32> = <"m.bin", offset = 0, length = 64, element = f32>
eke.model @tied(%x: tensor<?x4xf32>) -> tensor<?x4xf32> rows [1] {
  %a = eke.use @a : tensor<4x4xf32>
  %0 = eke.linear %x, %a : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
  %1 = eke.linear %0, %a : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
  %2 = eke.activate %1 with silu : tensor<?x4xf32>
  %b = eke.use @a : tensor<4x4xf32>
  %3 = eke.linear %2, %a : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
  %4 = eke.linear %3, %b : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
  %5 = eke.activate %4 with silu : tensor<?x4xf32>
  %6 = eke.linear %5, %b : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
  %7 = eke.linear %6, %a : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
  %8 = eke.activate %7 with silu : tensor<?x4xf32>
  eke.yield %8 : tensor<?x4xf32>
}

// -----

// The value that the first repetition starts from may also be read by all. Constants
// move into the block. The result need not be the last layer's.
// CHECK:       eke.block @outside_block(%[[X:.*]]: tensor<?x4xf32>, %[[SKIP:.*]]: tensor<?x4xf32>) -> tensor<?x4xf32> {
// CHECK-NEXT:    %[[A:.*]] = arith.addf %[[X]], %[[SKIP]]
// CHECK-NEXT:    %[[C:.*]] = arith.constant
// CHECK-NEXT:    %[[M:.*]] = "test.scale"(%[[A]], %[[C]])
// CHECK-NEXT:    "test.log"(%[[M]])
// CHECK-NEXT:    eke.yield %[[M]]
// CHECK-LABEL: eke.model @outside(
// CHECK-SAME:    %[[IN:.*]]: tensor<?x4xf32>)
// CHECK-NEXT:    %[[R0:.*]] = eke.apply @outside_block(%[[IN]], %[[IN]])
// CHECK-NEXT:    %[[R1:.*]] = eke.apply @outside_block(%[[R0]], %[[IN]])
// CHECK-NEXT:    eke.yield %[[R1]]
eke.model @outside(%x: tensor<?x4xf32>) -> tensor<?x4xf32> rows [1] {
  %c = arith.constant 0.5 : f32
  %0 = arith.addf %x, %x : tensor<?x4xf32>
  %1 = "test.scale"(%0, %c) : (tensor<?x4xf32>, f32) -> tensor<?x4xf32>
  "test.log"(%1) : (tensor<?x4xf32>) -> ()
  %d = arith.constant 0.5 : f32
  %2 = arith.addf %1, %x : tensor<?x4xf32>
  %3 = "test.scale"(%2, %d) : (tensor<?x4xf32>, f32) -> tensor<?x4xf32>
  "test.log"(%3) : (tensor<?x4xf32>) -> ()
  eke.yield %3 : tensor<?x4xf32>
}

// -----

// Two disjoint stretches make two blocks, the longer one first; a name that is taken
// is not taken again.
// CHECK-DAG:   eke.block @two_block1({{.*}}
// CHECK-DAG:   eke.block @two_block2({{.*}}
// CHECK-LABEL: eke.model @two(
// CHECK-COUNT-2: eke.apply @two_block2(
// CHECK-NEXT:    eke.norm
// CHECK-COUNT-3: eke.apply @two_block1(
// CHECK-NEXT:    eke.yield
eke.weight @two_block : tensor<4xf32> = <"m.bin", offset = 0, length = 16, element = f32>
eke.model @two(%x: tensor<?x4xf32>) -> tensor<?x4xf32> rows [1] {
  %g = eke.use @two_block : tensor<4xf32>
  %0 = eke.activate %x with relu : tensor<?x4xf32>
  %1 = eke.activate %0 with silu : tensor<?x4xf32>
  %2 = eke.activate %1 with relu : tensor<?x4xf32>
  %3 = eke.activate %2 with silu : tensor<?x4xf32>
  %n = eke.norm %3, %g epsilon 1.0e-5 : (tensor<?x4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  %4 = eke.glu %n, %n activation silu : tensor<?x4xf32>
  %5 = eke.activate %4 with relu : tensor<?x4xf32>
  %6 = eke.glu %5, %5 activation silu : tensor<?x4xf32>
  %7 = eke.activate %6 with relu : tensor<?x4xf32>
  %8 = eke.glu %7, %7 activation silu : tensor<?x4xf32>
  %9 = eke.activate %8 with relu : tensor<?x4xf32>
  eke.yield %9 : tensor<?x4xf32>
}

// -----

// Equal blocks of two models exist once, also if the front end made one. Its own
// applies and its layers stay as they are.
// CHECK:       eke.block @given(
// CHECK-NOT:   eke.block
// CHECK-LABEL: eke.model @first(
// CHECK-COUNT-3: eke.apply @given(
// CHECK-NEXT:    eke.yield
// CHECK-LABEL: eke.model @second(
// CHECK-COUNT-2: eke.apply @given(
// CHECK-NEXT:    eke.yield
eke.block @given(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %0 = eke.activate %x with relu : tensor<?x4xf32>
  %1 = eke.activate %0 with silu : tensor<?x4xf32>
  eke.yield %1 : tensor<?x4xf32>
}
eke.model @first(%x: tensor<?x4xf32>) -> tensor<?x4xf32> rows [1] {
  %a = eke.apply @given(%x) : (tensor<?x4xf32>) -> tensor<?x4xf32>
  %0 = eke.activate %a with relu : tensor<?x4xf32>
  %1 = eke.activate %0 with silu : tensor<?x4xf32>
  %2 = eke.activate %1 with relu : tensor<?x4xf32>
  %3 = eke.activate %2 with silu : tensor<?x4xf32>
  eke.yield %3 : tensor<?x4xf32>
}
eke.model @second(%x: tensor<?x4xf32>) -> tensor<?x4xf32> rows [1] {
  %0 = eke.activate %x with relu : tensor<?x4xf32>
  %1 = eke.activate %0 with silu : tensor<?x4xf32>
  %2 = eke.activate %1 with relu : tensor<?x4xf32>
  %3 = eke.activate %2 with silu : tensor<?x4xf32>
  eke.yield %3 : tensor<?x4xf32>
}

// -----

// What a block does already is in no other: an apply parts the layers around it.
// CHECK-LABEL: eke.model @applies(
// CHECK-COUNT-4: eke.apply @given(
// CHECK-NEXT:    eke.yield
eke.block @given(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %0 = eke.activate %x with relu : tensor<?x4xf32>
  eke.yield %0 : tensor<?x4xf32>
}
eke.model @applies(%x: tensor<?x4xf32>) -> tensor<?x4xf32> rows [1] {
  %0 = eke.apply @given(%x) : (tensor<?x4xf32>) -> tensor<?x4xf32>
  %1 = eke.apply @given(%0) : (tensor<?x4xf32>) -> tensor<?x4xf32>
  %2 = eke.apply @given(%1) : (tensor<?x4xf32>) -> tensor<?x4xf32>
  %3 = eke.apply @given(%2) : (tensor<?x4xf32>) -> tensor<?x4xf32>
  eke.yield %3 : tensor<?x4xf32>
}

// -----

// One layer is no block: an apply of it would say no less.
// CHECK-LABEL: eke.model @single(
// CHECK-NOT:     eke.apply
// CHECK:         eke.yield
eke.model @single(%x: tensor<?x4xf32>) -> tensor<?x4xf32> rows [1] {
  %0 = eke.activate %x with relu : tensor<?x4xf32>
  %1 = eke.activate %0 with relu : tensor<?x4xf32>
  %2 = eke.activate %1 with relu : tensor<?x4xf32>
  eke.yield %2 : tensor<?x4xf32>
}

// -----

// Attributes differ.
// CHECK-LABEL: eke.model @attributes(
// CHECK-NOT:     eke.apply
// CHECK:         eke.yield
eke.model @attributes(%x: tensor<?x4xf32>) -> tensor<?x4xf32> rows [1] {
  %0 = eke.glu %x, %x activation silu : tensor<?x4xf32>
  %1 = eke.activate %0 with relu : tensor<?x4xf32>
  %2 = eke.glu %1, %1 activation relu : tensor<?x4xf32>
  %3 = eke.activate %2 with relu : tensor<?x4xf32>
  eke.yield %3 : tensor<?x4xf32>
}

// -----

// Weights of different types are different layers.
// CHECK-LABEL: eke.model @types(
// CHECK-NOT:     eke.apply
// CHECK:         eke.yield
eke.weight @a : tensor<4x4xf32> = <"m.bin", offset = 0, length = 64, element = f32>
eke.weight @b : tensor<4x4xf32, #eke.format<i8>> = <"m.bin", offset = 64, length = 64, element = f32>
eke.model @types(%x: tensor<?x4xf32>) -> tensor<?x4xf32> rows [1] {
  %a = eke.use @a : tensor<4x4xf32>
  %0 = eke.linear %x, %a : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
  %1 = eke.activate %0 with silu : tensor<?x4xf32>
  %b = eke.use @b : tensor<4x4xf32, #eke.format<i8>>
  %2 = eke.linear %1, %b : (tensor<?x4xf32>, tensor<4x4xf32, #eke.format<i8>>) -> tensor<?x4xf32>
  %3 = eke.activate %2 with silu : tensor<?x4xf32>
  eke.yield %3 : tensor<?x4xf32>
}

// -----

// Each repetition reads another value from outside.
// REMARK: remark: [Missed] KeptFlat | Category:reroll | Reason="the repetitions read different values"
// CHECK-LABEL: eke.model @values(
// CHECK-NOT:     eke.apply
// CHECK:         eke.yield
eke.model @values(%x: tensor<?x4xf32>, %y: tensor<?x4xf32>) -> tensor<?x4xf32> rows [1] {
  %0 = eke.glu %x, %x activation silu : tensor<?x4xf32>
  %1 = eke.activate %0 with relu : tensor<?x4xf32>
  %2 = eke.glu %1, %y activation silu : tensor<?x4xf32>
  %3 = eke.activate %2 with relu : tensor<?x4xf32>
  eke.yield %3 : tensor<?x4xf32>
}

// -----

// Constants of different values.
// REMARK: KeptFlat {{.*}} Reason="the repetitions read different values"
// CHECK-LABEL: eke.model @constants(
// CHECK-NOT:     eke.apply
// CHECK:         eke.yield
eke.model @constants(%x: tensor<?x4xf32>) -> tensor<?x4xf32> rows [1] {
  %c = arith.constant 0.5 : f32
  %d = arith.constant 0.25 : f32
  %0 = "test.scale"(%x, %c) : (tensor<?x4xf32>, f32) -> tensor<?x4xf32>
  %1 = eke.activate %0 with relu : tensor<?x4xf32>
  %2 = "test.scale"(%1, %d) : (tensor<?x4xf32>, f32) -> tensor<?x4xf32>
  %3 = eke.activate %2 with relu : tensor<?x4xf32>
  eke.yield %3 : tensor<?x4xf32>
}

// -----

// The same layers, connected in another way.
// REMARK: KeptFlat {{.*}} Reason="the repetitions read different values"
// CHECK-LABEL: eke.model @wiring(
// CHECK-NOT:     eke.apply
// CHECK:         eke.yield
eke.model @wiring(%x: tensor<?x4xf32>) -> tensor<?x4xf32> rows [1] {
  %0 = eke.activate %x with silu : tensor<?x4xf32>
  %1 = eke.glu %0, %x activation silu : tensor<?x4xf32>
  %2 = eke.activate %1 with silu : tensor<?x4xf32>
  %3 = eke.glu %1, %2 activation silu : tensor<?x4xf32>
  eke.yield %3 : tensor<?x4xf32>
}

// -----

// Two values pass from one repetition to the next.
// REMARK: KeptFlat {{.*}} Reason="more than one value leaves a repetition"
// CHECK-LABEL: eke.model @carries_two(
// CHECK-NOT:     eke.apply
// CHECK:         eke.yield
eke.model @carries_two(%x: tensor<?x4xf32>, %y: tensor<?x4xf32>) -> tensor<?x4xf32> rows [1] {
  %0 = eke.glu %x, %y activation silu : tensor<?x4xf32>
  %1 = eke.activate %0 with relu : tensor<?x4xf32>
  %2 = eke.glu %0, %1 activation silu : tensor<?x4xf32>
  %3 = eke.activate %2 with relu : tensor<?x4xf32>
  eke.yield %3 : tensor<?x4xf32>
}

// -----

// A value from inside a repetition is also a result of the model.
// REMARK: KeptFlat {{.*}} Reason="more than one value leaves a repetition"
// CHECK-LABEL: eke.model @tapped(
// CHECK-NOT:     eke.apply
// CHECK:         eke.yield
eke.model @tapped(%x: tensor<?x4xf32>) -> (tensor<?x4xf32>, tensor<?x4xf32>) rows [1] {
  %0 = eke.activate %x with silu : tensor<?x4xf32>
  %1 = eke.activate %0 with relu : tensor<?x4xf32>
  %2 = eke.activate %1 with silu : tensor<?x4xf32>
  %3 = eke.activate %2 with relu : tensor<?x4xf32>
  eke.yield %3, %2 : tensor<?x4xf32>, tensor<?x4xf32>
}

// -----

// The third repetition reads what the first computes: it is none.
// CHECK-LABEL: eke.model @skips(
// CHECK-SAME:    %{{.*}}: tensor<?x4xf32>, %[[Y:.*]]: tensor<?x4xf32>)
// CHECK-NEXT:    %[[R0:.*]] = eke.apply @skips_block(%{{.*}}, %[[Y]])
// CHECK-NEXT:    %[[R1:.*]] = eke.apply @skips_block(%[[R0]], %[[Y]])
// CHECK-NEXT:    %[[G:.*]] = eke.glu %[[R1]], %[[R0]]
// CHECK-NEXT:    eke.activate %[[G]]
eke.model @skips(%x: tensor<?x4xf32>, %y: tensor<?x4xf32>) -> tensor<?x4xf32> rows [1] {
  %0 = eke.glu %x, %y activation silu : tensor<?x4xf32>
  %1 = eke.activate %0 with relu : tensor<?x4xf32>
  %2 = eke.glu %1, %y activation silu : tensor<?x4xf32>
  %3 = eke.activate %2 with relu : tensor<?x4xf32>
  %4 = eke.glu %3, %1 activation silu : tensor<?x4xf32>
  %5 = eke.activate %4 with relu : tensor<?x4xf32>
  eke.yield %5 : tensor<?x4xf32>
}

// -----

// Where later repetitions read one value, the first reads two.
// REMARK: KeptFlat {{.*}} Reason="the first repetition starts from more than one value"
// CHECK-LABEL: eke.model @starts_from_two(
// CHECK-NOT:     eke.apply
// CHECK:         eke.yield
eke.model @starts_from_two(%x: tensor<?x4xf32>, %y: tensor<?x4xf32>) -> tensor<?x4xf32> rows [1] {
  %0 = eke.glu %x, %y activation silu : tensor<?x4xf32>
  %1 = eke.activate %0 with relu : tensor<?x4xf32>
  %2 = eke.glu %1, %1 activation silu : tensor<?x4xf32>
  %3 = eke.activate %2 with relu : tensor<?x4xf32>
  eke.yield %3 : tensor<?x4xf32>
}

// -----

// States are parameters, and their new values results behind the one that is carried.
// Writes may stand anywhere; a state that the layers only read goes through the block.
// CHECK:       eke.block @states_block(%[[X:.*]]: tensor<1x4xf32>) states(%[[H:.*]]: tensor<4xf32>, %[[B:.*]]: tensor<4xf32>)
// CHECK-SAME:    -> (tensor<1x4xf32>, tensor<4xf32>, tensor<4xf32>) {
// CHECK-NEXT:    %[[Y:.*]]:2 = "test.cell"(%[[X]], %[[H]], %[[B]])
// CHECK-NEXT:    %[[R:.*]] = eke.activate %[[Y]]#0 with relu
// CHECK-NEXT:    eke.yield %[[R]], %[[Y]]#1, %[[B]]
// CHECK-LABEL: eke.model @states(
// CHECK:         %[[A0:.*]]:3 = eke.apply @states_block(%{{.*}}) states(%{{.*}}, %{{.*}})
// CHECK-NEXT:    eke.write %[[A0]]#1, @h0
// CHECK-NEXT:    eke.write %[[A0]]#2, @b0
// CHECK:         %[[A1:.*]]:3 = eke.apply @states_block(%[[A0]]#0) states(%{{.*}}, %{{.*}})
// CHECK-NEXT:    eke.write %[[A1]]#0, @last
// CHECK-NEXT:    eke.write %[[A1]]#1, @h1
// CHECK-NEXT:    eke.write %[[A1]]#2, @b1
// CHECK-NEXT:    eke.yield %[[A1]]#0
eke.state @h0 : tensor<4xf32>
eke.state @b0 : tensor<4xf32>
eke.state @h1 : tensor<4xf32>
eke.state @b1 : tensor<4xf32>
eke.state @last : tensor<1x4xf32>
eke.model @states(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  %h1 = eke.read @h1 : tensor<4xf32>
  %h0 = eke.read @h0 : tensor<4xf32>
  %b0 = eke.read @b0 : tensor<4xf32>
  %0, %n0 = "test.cell"(%x, %h0, %b0) : (tensor<1x4xf32>, tensor<4xf32>, tensor<4xf32>) -> (tensor<1x4xf32>, tensor<4xf32>)
  eke.write %n0, @h0 : tensor<4xf32>
  %1 = eke.activate %0 with relu : tensor<1x4xf32>
  %b1 = eke.read @b1 : tensor<4xf32>
  %2, %n1 = "test.cell"(%1, %h1, %b1) : (tensor<1x4xf32>, tensor<4xf32>, tensor<4xf32>) -> (tensor<1x4xf32>, tensor<4xf32>)
  eke.write %n1, @h1 : tensor<4xf32>
  eke.write %b1, @b1 : tensor<4xf32>
  %3 = eke.activate %2 with relu : tensor<1x4xf32>
  eke.write %3, @last : tensor<1x4xf32>
  eke.yield %3 : tensor<1x4xf32>
}

// -----

// A state passes from one repetition to the next only through ops that say so.
// REMARK: KeptFlat {{.*}} Reason="a state gets its value elsewhere"
// CHECK-LABEL: eke.model @one_state(
// CHECK-NOT:     eke.apply
// CHECK:         eke.yield
eke.state @s : tensor<4xf32>
eke.model @one_state(%x: tensor<?x4xf32>) -> tensor<?x4xf32> rows [1] {
  %s = eke.read @s : tensor<4xf32>
  %0, %s1 = "test.cell"(%x, %s) : (tensor<?x4xf32>, tensor<4xf32>) -> (tensor<?x4xf32>, tensor<4xf32>)
  %1 = eke.activate %0 with relu : tensor<?x4xf32>
  %2, %s2 = "test.cell"(%1, %s1) : (tensor<?x4xf32>, tensor<4xf32>) -> (tensor<?x4xf32>, tensor<4xf32>)
  %3 = eke.activate %2 with relu : tensor<?x4xf32>
  eke.write %s2, @s : tensor<4xf32>
  eke.yield %3 : tensor<?x4xf32>
}

// -----

// As attention does.
// CHECK:       eke.block @handed_on_block(%{{.*}}: tensor<2x4xf32>, %{{.*}}: index)
// CHECK-SAME:    states(%[[K:.*]]: tensor<16x1x4xf32>, %[[V:.*]]: tensor<16x1x4xf32>)
// CHECK-LABEL: eke.model @handed_on(
// CHECK:         %[[A0:.*]]:3 = eke.apply @handed_on_block(
// CHECK-NEXT:    %[[A1:.*]]:3 = eke.apply @handed_on_block(%[[A0]]#0, %{{.*}}) states(%[[A0]]#1, %[[A0]]#2)
// CHECK-NEXT:    eke.write %[[A1]]#1, @k
// CHECK-NEXT:    eke.write %[[A1]]#2, @v
eke.state @k : tensor<16x1x4xf32>
eke.state @v : tensor<16x1x4xf32>
eke.model @handed_on(%x: tensor<2x4xf32>, %p: index) -> tensor<2x4xf32> {
  %k = eke.read @k : tensor<16x1x4xf32>
  %v = eke.read @v : tensor<16x1x4xf32>
  %0, %k1, %v1 = eke.attention %x, %x, %x at %p caches %k, %v heads 1 kv_heads 1 scale 0.5
      : (tensor<2x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>, index, tensor<16x1x4xf32>, tensor<16x1x4xf32>)
     -> (tensor<2x4xf32>, tensor<16x1x4xf32>, tensor<16x1x4xf32>)
  %1 = eke.activate %0 with relu : tensor<2x4xf32>
  %2, %k2, %v2 = eke.attention %1, %1, %1 at %p caches %k1, %v1 heads 1 kv_heads 1 scale 0.5
      : (tensor<2x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>, index, tensor<16x1x4xf32>, tensor<16x1x4xf32>)
     -> (tensor<2x4xf32>, tensor<16x1x4xf32>, tensor<16x1x4xf32>)
  %3 = eke.activate %2 with relu : tensor<2x4xf32>
  eke.write %k2, @k : tensor<16x1x4xf32>
  eke.write %v2, @v : tensor<16x1x4xf32>
  eke.yield %3 : tensor<2x4xf32>
}

// -----

// A block takes the old value of a state to itself.
// REMARK: KeptFlat {{.*}} Reason="a state is read elsewhere too"
// CHECK-LABEL: eke.model @read_twice(
// CHECK-NOT:     eke.apply
// CHECK:         eke.yield
eke.state @s : tensor<4xf32>
eke.model @read_twice(%x: tensor<?x4xf32>) -> tensor<?x4xf32> rows [1] {
  %s = eke.read @s : tensor<4xf32>
  %0 = "test.cell"(%x, %s) : (tensor<?x4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  %1 = eke.activate %0 with relu : tensor<?x4xf32>
  %2 = "test.cell"(%1, %s) : (tensor<?x4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  %3 = eke.activate %2 with relu : tensor<?x4xf32>
  eke.yield %3 : tensor<?x4xf32>
}

// -----

// REMARK: KeptFlat {{.*}} Reason="a state gets its value elsewhere"
// CHECK-LABEL: eke.model @written_elsewhere(
// CHECK-NOT:     eke.apply
// CHECK:         eke.yield
eke.state @s : tensor<4xf32>
eke.state @t : tensor<4xf32>
eke.model @written_elsewhere(%x: tensor<?x4xf32>, %new: tensor<4xf32>) -> tensor<?x4xf32> rows [1] {
  %s = eke.read @s : tensor<4xf32>
  %t = eke.read @t : tensor<4xf32>
  %0 = "test.cell"(%x, %s) : (tensor<?x4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  %1 = eke.activate %0 with relu : tensor<?x4xf32>
  %2 = "test.cell"(%1, %t) : (tensor<?x4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  %3 = eke.activate %2 with relu : tensor<?x4xf32>
  eke.write %new, @s : tensor<4xf32>
  eke.write %new, @t : tensor<4xf32>
  eke.yield %3 : tensor<?x4xf32>
}

// -----

// REMARK: KeptFlat {{.*}} Reason="the repetitions change their states differently"
// CHECK-LABEL: eke.model @written_once(
// CHECK-NOT:     eke.apply
// CHECK:         eke.yield
eke.state @s : tensor<4xf32>
eke.state @t : tensor<4xf32>
eke.model @written_once(%x: tensor<?x4xf32>) -> tensor<?x4xf32> rows [1] {
  %s = eke.read @s : tensor<4xf32>
  %t = eke.read @t : tensor<4xf32>
  %0, %s1 = "test.cell"(%x, %s) : (tensor<?x4xf32>, tensor<4xf32>) -> (tensor<?x4xf32>, tensor<4xf32>)
  %1 = eke.activate %0 with relu : tensor<?x4xf32>
  %2, %t1 = "test.cell"(%1, %t) : (tensor<?x4xf32>, tensor<4xf32>) -> (tensor<?x4xf32>, tensor<4xf32>)
  %3 = eke.activate %2 with relu : tensor<?x4xf32>
  eke.write %s1, @s : tensor<4xf32>
  eke.yield %3 : tensor<?x4xf32>
}

// -----

// A block returns tensors.
// REMARK: KeptFlat {{.*}} Reason="the value that leaves a repetition is no tensor"
// CHECK-LABEL: eke.model @scalar(
// CHECK-NOT:     eke.apply
// CHECK:         eke.yield
eke.model @scalar(%x: tensor<?x4xf32>) -> tensor<?x4xf32> rows [1] {
  %0 = "test.first"(%x) : (tensor<?x4xf32>) -> f32
  %1 = "test.a"(%0) : (f32) -> f32
  %2 = "test.b"(%1) : (f32) -> f32
  %3 = "test.a"(%2) : (f32) -> f32
  %4 = "test.b"(%3) : (f32) -> f32
  %5 = "test.fill"(%x, %4) : (tensor<?x4xf32>, f32) -> tensor<?x4xf32>
  eke.yield %5 : tensor<?x4xf32>
}

// -----

// One repetition uses one state where the other uses two.
// REMARK: KeptFlat {{.*}} Reason="the repetitions read different values"
// CHECK-LABEL: eke.model @aliased_states(
// CHECK-NOT:     eke.apply
// CHECK:         eke.yield
eke.state @s : tensor<4xf32>
eke.state @t : tensor<4xf32>
eke.state @u : tensor<4xf32>
eke.model @aliased_states(%x: tensor<?x4xf32>) -> tensor<?x4xf32> rows [1] {
  %s = eke.read @s : tensor<4xf32>
  %t = eke.read @t : tensor<4xf32>
  %u = eke.read @u : tensor<4xf32>
  %0 = "test.cell"(%x, %s) : (tensor<?x4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  %1 = "test.read"(%0, %s) : (tensor<?x4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  %2 = "test.cell"(%1, %t) : (tensor<?x4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  %3 = "test.read"(%2, %u) : (tensor<?x4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  eke.yield %3 : tensor<?x4xf32>
}

// -----

// Nothing reads what the repetitions compute.
// REMARK: KeptFlat {{.*}} Reason="nothing reads its result"
// CHECK-LABEL: eke.model @dead(
// CHECK-NOT:     eke.apply
// CHECK:         eke.yield
eke.model @dead(%x: tensor<?x4xf32>) -> tensor<?x4xf32> rows [1] {
  %0 = eke.activate %x with silu : tensor<?x4xf32>
  %1 = eke.activate %0 with relu : tensor<?x4xf32>
  %2 = eke.activate %x with silu : tensor<?x4xf32>
  %3 = eke.activate %2 with relu : tensor<?x4xf32>
  eke.yield %x : tensor<?x4xf32>
}

// -----

// Layers with regions may read anything; they are left alone.
// CHECK-LABEL: eke.model @regions(
// CHECK-NOT:     eke.apply
// CHECK:         eke.yield
eke.model @regions(%x: tensor<?x4xf32>) -> tensor<?x4xf32> rows [1] {
  %0 = "test.region"() ({ "test.end"(%x) : (tensor<?x4xf32>) -> () }) : () -> tensor<?x4xf32>
  %1 = eke.activate %0 with relu : tensor<?x4xf32>
  %2 = "test.region"() ({ "test.end"(%1) : (tensor<?x4xf32>) -> () }) : () -> tensor<?x4xf32>
  %3 = eke.activate %2 with relu : tensor<?x4xf32>
  eke.yield %3 : tensor<?x4xf32>
}
