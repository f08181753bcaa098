// RUN: eke-opt %s --split-input-file --allow-unregistered-dialect --eke-reroll-blocks | FileCheck %s
// RUN: eke-opt %s --split-input-file --allow-unregistered-dialect --eke-reroll-blocks --remark-format=emitRemark --remarks-filter=reroll -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK
// RUN: eke-opt %s --split-input-file --allow-unregistered-dialect --eke-reroll-blocks=min-repeats=3 | FileCheck %s --check-prefix=THREE
// RUN: not eke-opt %s --split-input-file --allow-unregistered-dialect --eke-reroll-blocks=min-repeats=1 2>&1 | FileCheck %s --check-prefix=ONE
// RUN: eke-opt %s --split-input-file --allow-unregistered-dialect --eke-reroll-blocks -o %t.mlir
// RUN: eke-opt %t.mlir --split-input-file --allow-unregistered-dialect --eke-reroll-blocks | diff %t.mlir -

// ONE: error: expected min-repeats of at least 2, got 1

// Two repetitions with weights of their own.
// REMARK: remark: [Passed] OutlinedBlock | Category:reroll | block=step_block, layers=2, repetitions=2
// CHECK:       eke.block @step_block(%[[X:.*]]: tensor<?x4xf32>, %[[W:.*]]: tensor<4x4xf32>) -> tensor<?x4xf32> {
// CHECK-NEXT:    %[[L:.*]] = eke.linear %[[X]], %[[W]]
// CHECK-NEXT:    %[[S:.*]] = eke.activate %[[L]] with silu
// CHECK-NEXT:    eke.yield %[[S]]
// CHECK-LABEL: eke.model @step(
// CHECK-SAME:    %[[IN:.*]]: tensor<?x4xf32>)
// CHECK-NEXT:    %[[A:.*]] = eke.apply @step_block(%[[IN]]) weights [@a]
// CHECK-NEXT:    %[[B:.*]] = eke.apply @step_block(%[[A]]) weights [@b]
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
// CHECK:       eke.block @tied_block(%{{.*}}: tensor<?x4xf32>, %[[W:.*]]: tensor<4x4xf32>) -> tensor<?x4xf32> {
// CHECK-NEXT:    eke.linear %{{.*}}, %[[W]]
// CHECK-NEXT:    eke.linear %{{.*}}, %[[W]]
// CHECK-NEXT:    eke.activate
// CHECK-LABEL: eke.model @tied(
// CHECK-COUNT-3: eke.apply @tied_block({{.*}}) weights [@a]
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

// An apply binds symbols, which a block cannot take as arguments: it is in no block,
// and parts the layers around it.
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

// Every apply of a block has states of its own.
// REMARK: KeptFlat {{.*}} Reason="two repetitions use one state"
// CHECK-LABEL: eke.model @one_state(
// CHECK-NOT:     eke.apply
// CHECK:         eke.yield
eke.state @s : tensor<4xf32>
eke.model @one_state(%x: tensor<?x4xf32>) -> tensor<?x4xf32> rows [1] {
  %s = eke.use @s : !eke.state<tensor<4xf32>>
  %0 = "test.cell"(%x, %s) : (tensor<?x4xf32>, !eke.state<tensor<4xf32>>) -> tensor<?x4xf32>
  %1 = eke.activate %0 with relu : tensor<?x4xf32>
  %2 = "test.cell"(%1, %s) : (tensor<?x4xf32>, !eke.state<tensor<4xf32>>) -> tensor<?x4xf32>
  %3 = eke.activate %2 with relu : tensor<?x4xf32>
  eke.yield %3 : tensor<?x4xf32>
}

// -----

// One repetition uses one state where the other uses two: as arguments of one block
// they would be two names for the same memory.
// REMARK: KeptFlat {{.*}} Reason="the repetitions read different values"
// CHECK-LABEL: eke.model @aliased_states(
// CHECK-NOT:     eke.apply
// CHECK:         eke.yield
eke.state @s : tensor<4xf32>
eke.state @t : tensor<4xf32>
eke.state @u : tensor<4xf32>
eke.model @aliased_states(%x: tensor<?x4xf32>) -> tensor<?x4xf32> rows [1] {
  %s = eke.use @s : !eke.state<tensor<4xf32>>
  %t = eke.use @t : !eke.state<tensor<4xf32>>
  %u = eke.use @u : !eke.state<tensor<4xf32>>
  %0 = "test.cell"(%x, %s) : (tensor<?x4xf32>, !eke.state<tensor<4xf32>>) -> tensor<?x4xf32>
  %1 = "test.read"(%0, %s) : (tensor<?x4xf32>, !eke.state<tensor<4xf32>>) -> tensor<?x4xf32>
  %2 = "test.cell"(%1, %t) : (tensor<?x4xf32>, !eke.state<tensor<4xf32>>) -> tensor<?x4xf32>
  %3 = "test.read"(%2, %u) : (tensor<?x4xf32>, !eke.state<tensor<4xf32>>) -> tensor<?x4xf32>
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
