// RUN: eke-opt %s --split-input-file --eke-outline-exits --verify-diagnostics | FileCheck %s
// RUN: not eke-opt %s --split-input-file --eke-outline-exits --remark-format=emitRemark --remarks-filter=exit -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK
// RUN: not eke-opt %s --split-input-file --eke-outline-exits="head=2.5 rows=1,1.25,1.5,1.75,2,2.5" 2>&1 | FileCheck %s --check-prefixes=COSTS,COST-COUNT
// COSTS: head = 2.500000e+00 : f32, exit_head = 4.000000e+00 : f32, rows = [1.000000e+00, 1.250000e+00, 1.500000e+00, 1.750000e+00, 2.000000e+00, 2.500000e+00]

// The model is split in two; the table of angles is made on both sides, by the rows
// that are there. Both apply the same block to the same caches.

// CHECK:      module attributes {eke.language = #eke.language<
// CHECK-SAME:   vocab = 16, width = 4, context_length = 8,
// CHECK-SAME:   runs = 3, exit = 1, drafts = 5,
// The head has 16x4 elements, three runs have 16, 16 and 16.
// CHECK-SAME:   head = 4.000000e+00 : f32
// CHECK-SAME:   rows = [1.000000e+00, 1.400000e+00, 1.800000e+00, 2.200000e+00, 3.000000e+00, 3.000000e+00]

// CHECK-LABEL: eke.model @trunk(
// CHECK-COUNT-3: eke.apply @decoder
// CHECK-NOT:     eke.exit

// CHECK-LABEL: eke.model @draft(
// CHECK-SAME:    %[[T:.*]]: tensor<?xi32> {eke.name = "tokens"}, %[[P:.*]]: index {eke.name = "position"})
// CHECK-SAME:    -> (tensor<?x4xf32> {eke.name = "hidden"}) rows [1] attributes {eke.entry = #eke.entry<role = "draft">}
// CHECK:         %[[X:.*]] = eke.embed %[[T]]
// CHECK:         %[[A:.*]] = eke.rope_table %[[X]], %[[P]]
// CHECK:         %[[W0:.*]] = eke.use @w0
// CHECK:         %[[K0:.*]] = eke.read @k0
// CHECK:         %[[V0:.*]] = eke.read @v0
// CHECK:         %[[Y:.*]]:3 = eke.apply @decoder(%[[X]], %[[P]], %[[A]]) weights(%[[W0]]) states(%[[K0]], %[[V0]])
// CHECK-NEXT:    eke.write %[[Y]]#1, @k0
// CHECK-NEXT:    eke.write %[[Y]]#2, @v0
// CHECK-NEXT:    eke.yield %[[Y]]#0 : tensor<?x4xf32>

// CHECK-LABEL: eke.model @verify(
// CHECK-SAME:    %[[H:.*]]: tensor<?x4xf32> {eke.name = "hidden"}, %[[P:.*]]: index {eke.name = "position"})
// CHECK-SAME:    -> (tensor<?x4xf32> {eke.name = "hidden"}) rows [1, 2, 3, 4, 6] attributes {eke.entry = #eke.entry<role = "verify">}
// CHECK-NEXT:    %[[W0:.*]] = eke.use @w0
// CHECK-NEXT:    %[[K1:.*]] = eke.read @k1
// CHECK-NEXT:    %[[V1:.*]] = eke.read @v1
// CHECK-NEXT:    %[[A:.*]] = eke.rope_table %[[H]], %[[P]]
// CHECK-NEXT:    %[[Y:.*]]:3 = eke.apply @decoder(%[[H]], %[[P]], %[[A]]) weights(%[[W0]]) states(%[[K1]], %[[V1]])
// CHECK:         eke.write %[[Y]]#1, @k1
// CHECK-NEXT:    eke.write %[[Y]]#2, @v1
// CHECK:         %[[Z:.*]]:3 = eke.apply @decoder(%[[Y]]#0, %[[P]], %[[A]])
// CHECK-NEXT:    eke.write %[[Z]]#1, @k2
// CHECK-NEXT:    eke.write %[[Z]]#2, @v2
// CHECK-NEXT:    eke.yield %[[Z]]#0
// REMARK: [Passed] OutlinedExit | Category:exit | exit=1, runs=3
module attributes {eke.language = #eke.language<vocab = 16, width = 4, context_length = 8>} {
  eke.weight @table : tensor<16x4xf32> = <"m.bin", offset = 0, length = 256, element = f32>
  eke.weight @w0 : tensor<4x4xf32> = <"m.bin", offset = 256, length = 64, element = f32>
  eke.weight @w1 : tensor<4x4xf32> = <"m.bin", offset = 320, length = 64, element = f32>
  eke.state @k0 : tensor<8x1x4xf32>
  eke.state @v0 : tensor<8x1x4xf32>
  eke.state @k1 : tensor<8x1x4xf32>
  eke.state @v1 : tensor<8x1x4xf32>
  eke.state @k2 : tensor<8x1x4xf32>
  eke.state @v2 : tensor<8x1x4xf32>
  eke.block @decoder(%x: tensor<?x4xf32>, %p: index, %t: tensor<?x2x2xf32>) weights(%w: tensor<4x4xf32>)
      states(%k: tensor<8x1x4xf32>, %v: tensor<8x1x4xf32>)
      -> (tensor<?x4xf32>, tensor<8x1x4xf32>, tensor<8x1x4xf32>) {
    %q = eke.rope %x, %t : (tensor<?x4xf32>, tensor<?x2x2xf32>) -> tensor<?x4xf32>
    %a, %k1, %v1 = eke.attention %q, %q, %x at %p caches %k, %v heads 1 kv_heads 1 scale 0.5
        : (tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>, index, tensor<8x1x4xf32>, tensor<8x1x4xf32>)
        -> (tensor<?x4xf32>, tensor<8x1x4xf32>, tensor<8x1x4xf32>)
    %y = eke.linear %a, %w : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
    eke.yield %y, %k1, %v1 : tensor<?x4xf32>, tensor<8x1x4xf32>, tensor<8x1x4xf32>
  }
  eke.model @trunk(%tokens: tensor<?xi32> {eke.name = "tokens"}, %p: index {eke.name = "position"})
      -> (tensor<?x4xf32> {eke.name = "hidden"}) rows [1, 16] {
    %e = eke.use @table : tensor<16x4xf32>
    %x = eke.embed %tokens, %e : (tensor<?xi32>, tensor<16x4xf32>) -> tensor<?x4xf32>
    %t = eke.rope_table %x, %p theta 10000.0 head_dim 4 : (tensor<?x4xf32>, index) -> tensor<?x2x2xf32>
    %w0 = eke.use @w0 : tensor<4x4xf32>
    %s1 = eke.read @k0 : tensor<8x1x4xf32>
    %s2 = eke.read @v0 : tensor<8x1x4xf32>
    %0, %s1n, %s2n = eke.apply @decoder(%x, %p, %t) weights(%w0) states(%s1, %s2)
        : (tensor<?x4xf32>, index, tensor<?x2x2xf32>, tensor<4x4xf32>, tensor<8x1x4xf32>, tensor<8x1x4xf32>)
        -> (tensor<?x4xf32>, tensor<8x1x4xf32>, tensor<8x1x4xf32>)
    eke.write %s1n, @k0 : tensor<8x1x4xf32>
    eke.write %s2n, @v0 : tensor<8x1x4xf32>
    %1 = eke.exit %0 head @head drafts 5 : tensor<?x4xf32>
    %w3 = eke.use @w0 : tensor<4x4xf32>
    %s4 = eke.read @k1 : tensor<8x1x4xf32>
    %s5 = eke.read @v1 : tensor<8x1x4xf32>
    %2, %s4n, %s5n = eke.apply @decoder(%1, %p, %t) weights(%w3) states(%s4, %s5)
        : (tensor<?x4xf32>, index, tensor<?x2x2xf32>, tensor<4x4xf32>, tensor<8x1x4xf32>, tensor<8x1x4xf32>)
        -> (tensor<?x4xf32>, tensor<8x1x4xf32>, tensor<8x1x4xf32>)
    eke.write %s4n, @k1 : tensor<8x1x4xf32>
    eke.write %s5n, @v1 : tensor<8x1x4xf32>
    %w6 = eke.use @w1 : tensor<4x4xf32>
    %s7 = eke.read @k2 : tensor<8x1x4xf32>
    %s8 = eke.read @v2 : tensor<8x1x4xf32>
    %3, %s7n, %s8n = eke.apply @decoder(%2, %p, %t) weights(%w6) states(%s7, %s8)
        : (tensor<?x4xf32>, index, tensor<?x2x2xf32>, tensor<4x4xf32>, tensor<8x1x4xf32>, tensor<8x1x4xf32>)
        -> (tensor<?x4xf32>, tensor<8x1x4xf32>, tensor<8x1x4xf32>)
    eke.write %s7n, @k2 : tensor<8x1x4xf32>
    eke.write %s8n, @v2 : tensor<8x1x4xf32>
    eke.yield %3 : tensor<?x4xf32>
  }
  eke.model @head(%h: tensor<?x4xf32>) -> tensor<?x16xf32> rows [1, 2, 3, 4, 6] {
    %e = eke.use @table : tensor<16x4xf32>
    %y = eke.linear %h, %e : (tensor<?x4xf32>, tensor<16x4xf32>) -> tensor<?x16xf32>
    eke.yield %y : tensor<?x16xf32>
  }
}

// -----

// What only the blocks behind the exit read, the model before it does not.
// CHECK-LABEL: eke.model @draft(
// CHECK-COUNT-1: eke.read @h0
// CHECK-NOT:     eke.read
// CHECK:         eke.yield
eke.state @h0 : tensor<1x4xf32>
eke.state @h1 : tensor<1x4xf32>
eke.state @h2 : tensor<1x4xf32>
eke.block @cell(%x: tensor<?x4xf32>) states(%h: tensor<1x4xf32>) -> (tensor<?x4xf32>, tensor<1x4xf32>) {
  %y = eke.activate %x with relu : tensor<?x4xf32>
  eke.yield %y, %h : tensor<?x4xf32>, tensor<1x4xf32>
}
eke.model @head(%h: tensor<?x4xf32>) -> tensor<?x4xf32> rows [1] {
  eke.yield %h : tensor<?x4xf32>
}
eke.model @trunk(%x: tensor<?x4xf32>) -> tensor<?x4xf32> rows [1, 4] {
  %h0 = eke.read @h0 : tensor<1x4xf32>
  %h1 = eke.read @h1 : tensor<1x4xf32>
  %h2 = eke.read @h2 : tensor<1x4xf32>
  %0, %n0 = eke.apply @cell(%x) states(%h0) : (tensor<?x4xf32>, tensor<1x4xf32>) -> (tensor<?x4xf32>, tensor<1x4xf32>)
  %1 = eke.exit %0 head @head drafts 3 : tensor<?x4xf32>
  %2, %n1 = eke.apply @cell(%1) states(%h1) : (tensor<?x4xf32>, tensor<1x4xf32>) -> (tensor<?x4xf32>, tensor<1x4xf32>)
  %3, %n2 = eke.apply @cell(%2) states(%h2) : (tensor<?x4xf32>, tensor<1x4xf32>) -> (tensor<?x4xf32>, tensor<1x4xf32>)
  eke.write %n0, @h0 : tensor<1x4xf32>
  eke.write %n1, @h1 : tensor<1x4xf32>
  eke.write %n2, @h2 : tensor<1x4xf32>
  eke.yield %3 : tensor<?x4xf32>
}

// -----

// Behind an exit with a threshold, any number of rows may wait.
// CHECK-LABEL: eke.model @draft(
// CHECK-SAME:    rows [1]
// CHECK-LABEL: eke.model @verify(
// CHECK-SAME:    rows [1, 4, 16]
eke.block @b(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  eke.yield %x : tensor<?x4xf32>
}
eke.model @trunk(%x: tensor<?x4xf32>) -> tensor<?x4xf32> rows [1, 4, 16] {
  %0 = eke.apply @b(%x) : (tensor<?x4xf32>) -> tensor<?x4xf32>
  %1 = eke.exit %0 head @trunk threshold 0.9 : tensor<?x4xf32>
  %2 = eke.apply @b(%1) : (tensor<?x4xf32>) -> tensor<?x4xf32>
  eke.yield %2 : tensor<?x4xf32>
}

// -----

// COST-COUNT: error: 'eke.exit' op drafts 3 tokens; expected the costs of 4 rows in the option 'rows', got 6
module attributes {eke.language = #eke.language<vocab = 4, width = 4, context_length = 8>} {
  eke.block @b(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
    eke.yield %x : tensor<?x4xf32>
  }
  eke.model @trunk(%x: tensor<?x4xf32>) -> tensor<?x4xf32> rows [1, 4] {
    %0 = eke.apply @b(%x) : (tensor<?x4xf32>) -> tensor<?x4xf32>
    %1 = eke.exit %0 head @trunk drafts 3 : tensor<?x4xf32>
    %2 = eke.apply @b(%1) : (tensor<?x4xf32>) -> tensor<?x4xf32>
    eke.yield %2 : tensor<?x4xf32>
  }
}

// -----

// A model without an exit stays as it is.
// CHECK-LABEL: eke.model @plain(
// CHECK-NOT:   eke.model
eke.model @plain(%x: tensor<?x4xf32>) -> tensor<?x4xf32> rows [1] {
  eke.yield %x : tensor<?x4xf32>
}

// -----

eke.block @b(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  eke.yield %x : tensor<?x4xf32>
}
eke.model @trunk(%x: tensor<?x4xf32>) -> tensor<?x4xf32> rows [1, 4] {
  // expected-note@+1 {{the value is made here}}
  %0 = eke.apply @b(%x) : (tensor<?x4xf32>) -> tensor<?x4xf32>
  %1 = eke.apply @b(%0) : (tensor<?x4xf32>) -> tensor<?x4xf32>
  // expected-error@+1 {{is crossed by another value than hidden states}}
  %2 = eke.exit %1 head @trunk drafts 2 : tensor<?x4xf32>
  %3 = arith.addf %2, %0 : tensor<?x4xf32>
  eke.yield %3 : tensor<?x4xf32>
}

// -----

eke.block @b(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  eke.yield %x : tensor<?x4xf32>
}
// expected-note@+1 {{it is taken here}}
eke.model @verify(%x: tensor<?x4xf32>) -> tensor<?x4xf32> rows [1] {
  eke.yield %x : tensor<?x4xf32>
}
eke.model @trunk(%x: tensor<?x4xf32>) -> tensor<?x4xf32> rows [1, 4] {
  %0 = eke.apply @b(%x) : (tensor<?x4xf32>) -> tensor<?x4xf32>
  // expected-error@+1 {{needs the name @verify for an entry point}}
  %1 = eke.exit %0 head @trunk drafts 2 : tensor<?x4xf32>
  eke.yield %1 : tensor<?x4xf32>
}

// -----

eke.block @b(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  eke.yield %x : tensor<?x4xf32>
}
eke.model @trunk(%x: tensor<?x4xf32>) -> tensor<?x4xf32> rows [1, 4] {
  %0 = eke.apply @b(%x) : (tensor<?x4xf32>) -> tensor<?x4xf32>
  %1 = eke.exit %0 head @trunk threshold 0.5 : tensor<?x4xf32>
  %2 = eke.apply @b(%1) : (tensor<?x4xf32>) -> tensor<?x4xf32>
  // expected-error@+1 {{is the second exit of its model; one can be outlined}}
  %3 = eke.exit %2 head @trunk drafts 3 : tensor<?x4xf32>
  eke.yield %3 : tensor<?x4xf32>
}

// -----

eke.block @b(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  eke.yield %x : tensor<1x4xf32>
}
eke.model @trunk(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  %0 = eke.apply @b(%x) : (tensor<1x4xf32>) -> tensor<1x4xf32>
  // expected-error@+1 {{stands in a model without rows}}
  %1 = eke.exit %0 head @trunk drafts 3 : tensor<1x4xf32>
  eke.yield %1 : tensor<1x4xf32>
}

// -----

// What the part before the exit writes is written there, wherever the model says so;
// what the part behind does not, in the other.
// CHECK-LABEL: eke.state @early
// CHECK-LABEL: eke.model @draft(
// CHECK-SAME:    %[[X:.*]]: tensor<?x4xf32>, %[[S:.*]]: tensor<1x4xf32>)
// CHECK-NEXT:    %[[Y:.*]] = eke.apply @b(%[[X]])
// CHECK-NEXT:    eke.write %[[S]], @early
// CHECK-NEXT:    eke.yield %[[Y]]
// CHECK-LABEL: eke.model @verify(
// CHECK-NOT:     @early
// CHECK:         eke.write %{{.*}}, @late
// CHECK-NOT:     @early
// CHECK:         eke.yield
eke.state @early : tensor<1x4xf32>
eke.state @late : tensor<1x4xf32>
eke.block @b(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  eke.yield %x : tensor<?x4xf32>
}
eke.model @trunk(%x: tensor<?x4xf32>, %s: tensor<1x4xf32>) -> tensor<?x4xf32> rows [1, 4] {
  %0 = eke.apply @b(%x) : (tensor<?x4xf32>) -> tensor<?x4xf32>
  %1 = eke.exit %0 head @trunk drafts 3 : tensor<?x4xf32>
  %2 = eke.read @late : tensor<1x4xf32>
  %3 = arith.addf %2, %2 : tensor<1x4xf32>
  eke.write %3, @late : tensor<1x4xf32>
  eke.write %s, @early : tensor<1x4xf32>
  eke.yield %1 : tensor<?x4xf32>
}

// -----

// Behind the exit the state is no longer what it was before.
eke.state @s : tensor<1x4xf32>
eke.block @b(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  eke.yield %x : tensor<?x4xf32>
}
eke.model @trunk(%x: tensor<?x4xf32>) -> (tensor<?x4xf32>, tensor<1x4xf32>) rows [1, 4] {
  // expected-note@+1 {{the value is made here}}
  %s = eke.read @s : tensor<1x4xf32>
  %0 = eke.apply @b(%x) : (tensor<?x4xf32>) -> tensor<?x4xf32>
  %n = arith.addf %s, %s : tensor<1x4xf32>
  eke.write %n, @s : tensor<1x4xf32>
  // expected-error@+1 {{is crossed by another value than hidden states}}
  %1 = eke.exit %0 head @trunk drafts 3 : tensor<?x4xf32>
  %2 = arith.mulf %s, %s : tensor<1x4xf32>
  eke.yield %1, %2 : tensor<?x4xf32>, tensor<1x4xf32>
}
