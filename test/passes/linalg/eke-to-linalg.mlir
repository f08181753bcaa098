// RUN: eke-opt %s --split-input-file --eke-to-linalg --verify-diagnostics | FileCheck %s
// RUN: not eke-opt %s --split-input-file --eke-to-linalg --remark-format=emitRemark --remarks-filter=exit -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

// What the layers compute is tested by numbers. Here: signatures, where weights and
// states come from, and loops over applies.

// An entry takes inputs, outputs and the states' memory. Names that are not given are
// numbers. A position is in memory. What the model says of its role stays.
// CHECK-LABEL: func.func @step_2(
// CHECK-SAME:    %[[X:.*]]: memref<2x8xf32>, %[[P:.*]]: memref<1xi64>, %[[Y:.*]]: memref<2x8xf32>, %{{.*}}: memref<0xi8>)
// CHECK-SAME:    attributes {eke.entry = #eke.entry<role = "r", every = 20 ms, name = "step", rows = 2, inputs = [#eke.argument<"x">, #eke.argument<"in1" bounds <0, 3>>], outputs = [#eke.argument<"out0">]>}
// CHECK:         %[[IN:.*]] = bufferization.to_tensor %[[X]] restrict
// CHECK:         %[[R:.*]] = linalg.generic {{.*}} ins(%[[IN]]
// CHECK-SAME:      halide.stage = "activate"
// CHECK:         bufferization.materialize_in_destination %[[R]] in restrict writable %[[Y]]
eke.model @step_2(%x: tensor<2x8xf32> {eke.name = "x"}, %p: index {eke.bounds = #eke.bounds<0, 3>}) -> tensor<2x8xf32> rows [2]
    attributes {eke.entry = #eke.entry<role = "r", every = 20 ms>} {
  %0 = eke.activate %x with relu : tensor<2x8xf32>
  eke.yield %0 : tensor<2x8xf32>
}

// -----

// A weight is a view of the image, its scales behind it; a state a view of the states.
// CHECK:       memref.global constant @eke_weights : memref<256xi8> {alignment = 4096 : i64}
// CHECK-LABEL: func.func @m(
// CHECK-SAME:    %[[STATE:[^:]*]]: memref<64xi8>)
// CHECK-DAG:     %[[C64:.*]] = arith.constant 64 : index
// CHECK-DAG:     %[[IMAGE:.*]] = memref.get_global @eke_weights
// CHECK:         memref.view %[[IMAGE]][%[[C64]]][] : memref<256xi8> to memref<1x2x8x4xi8>
// CHECK:         %[[SCALES:.*]] = arith.addi %[[C64]], %{{.*}} : index
// CHECK:         memref.view %[[IMAGE]][%[[SCALES]]][] : memref<256xi8> to memref<1x8xf32>
// CHECK:         memref.view %[[STATE]][%{{.*}}][] : memref<64xi8> to memref<1x4xf32>
module attributes {eke.image_bytes = 256 : i64, eke.state_bytes = 64 : i64} {
  eke.weight @w : tensor<8x8xf32, #eke.format<i8>>
      = <"m.bin", offset = 0, length = 256, element = f32> place <dram, offset = 64>
  eke.state @s : tensor<1x4xf32> place <dram, offset = 0>
  eke.model @m(%x: tensor<1x8xf32>) -> (tensor<1x8xf32>, tensor<1x4xf32>) {
    %w = eke.use @w : tensor<8x8xf32, #eke.format<i8>>
    %s = eke.read @s : tensor<1x4xf32>
    %0 = eke.linear %x, %w : (tensor<1x8xf32>, tensor<8x8xf32, #eke.format<i8>>) -> tensor<1x8xf32>
    eke.yield %0, %s : tensor<1x8xf32>, tensor<1x4xf32>
  }
}

// -----

// Weights of several memories. Where applies of a chain have theirs in several, the table has the
// number of the memory behind the offset.
// CHECK-DAG:   memref.global constant @eke_weights : memref<64xi8> {alignment = 4096 : i64}
// CHECK-DAG:   memref.global constant @eke_weights.sram : memref<128xi8> {alignment = 64 : i64}
// CHECK:       memref.global "private" constant @m_table0 : memref<3x3xi64> = dense<{{\[}}[0, 0, 64], [0, 1, 64], [0, 0, 64]]>
// CHECK-LABEL: func.func @m(
// CHECK:         scf.for %[[I:.*]] = %{{.*}} to
// CHECK:           %[[TABLE:.*]] = memref.get_global @m_table0
// CHECK:           memref.load %[[TABLE]][%[[I]], %c0
// CHECK:           %[[M:.*]] = memref.load %[[TABLE]][%[[I]], %c1
// CHECK:           %[[MI:.*]] = arith.index_cast %[[M]]
// CHECK:           %[[MAIN:.*]] = memref.get_global @eke_weights : memref<64xi8>
// CHECK:           %[[D:.*]] = memref.cast %[[MAIN]] : memref<64xi8> to memref<?xi8>
// CHECK:           %[[IS:.*]] = arith.cmpi eq, %[[MI]], %c1
// CHECK:           %[[SRAM:.*]] = memref.get_global @eke_weights.sram : memref<128xi8>
// CHECK:           %[[S:.*]] = memref.cast %[[SRAM]]
// CHECK:           %[[BASE:.*]] = arith.select %[[IS]], %[[S]], %[[D]] : memref<?xi8>
// CHECK:           memref.view %[[BASE]][
// CHECK:           %[[ONE:.*]] = memref.get_global @eke_weights.sram : memref<128xi8>
// CHECK:           memref.view %[[ONE]][
module attributes {eke.image_bytes = 192 : i64, eke.state_bytes = 0 : i64} {
  eke.weight @g : tensor<4xf32> = <"m.bin", offset = 0, length = 16, element = f32> place <dram, offset = 0>
  eke.weight @h : tensor<4xf32> = <"m.bin", offset = 0, length = 16, element = f32> place <sram, offset = 0>
  eke.weight @k : tensor<4xf32> = <"m.bin", offset = 0, length = 16, element = f32> place <sram, offset = 64>
  eke.block @b(%x: tensor<1x4xf32>) weights(%w: tensor<4xf32>, %v: tensor<4xf32>) -> tensor<1x4xf32> {
    %0 = eke.norm %x, %w epsilon 1.0e-5 : (tensor<1x4xf32>, tensor<4xf32>) -> tensor<1x4xf32>
    %1 = eke.norm %0, %v epsilon 1.0e-5 : (tensor<1x4xf32>, tensor<4xf32>) -> tensor<1x4xf32>
    eke.yield %1 : tensor<1x4xf32>
  }
  eke.model @m(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
    %g = eke.use @g : tensor<4xf32>
    %h = eke.use @h : tensor<4xf32>
    %k = eke.use @k : tensor<4xf32>
    %0 = eke.apply @b(%x) weights(%g, %k) : (tensor<1x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<1x4xf32>
    %1 = eke.apply @b(%0) weights(%h, %k) : (tensor<1x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<1x4xf32>
    %2 = eke.apply @b(%1) weights(%g, %k) : (tensor<1x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<1x4xf32>
    eke.yield %2 : tensor<1x4xf32>
  }
}

// -----

// Three applies in a row are a loop over a table with a row for each: offsets of @g
// (0, 64, 0) and of the states (0, 64, 128). The result of one is the input of the next.
// The states are updated where they are. What nothing applies is gone.
// CHECK:       func.func private @b(%{{.*}}: memref<1x4xf32>, %{{.*}}: memref<4xf32>, %{{.*}}: memref<1x4xf32>, %{{.*}}: memref<1x4xf32>)
// CHECK-NOT:   @unused
// CHECK:       memref.global "private" constant @m_table0 : memref<3x2xi64> = dense<{{\[}}[0, 0], [64, 64], [0, 128]]>
// CHECK-LABEL: func.func @m(
// CHECK-SAME:    %{{.*}}: memref<1x4xf32>, %[[OUT:[^:]*]]: memref<1x4xf32>, %[[STATE:[^:]*]]: memref<192xi8>)
// CHECK:         %[[A:.*]] = memref.alloc() : memref<1x4xf32>
// CHECK:         %[[B:.*]] = memref.alloc() : memref<1x4xf32>
// CHECK-NOT:     memref.alloc
// CHECK:         scf.for %[[I:.*]] = %{{.*}} to %[[N:.*]] step
// CHECK:           %[[TABLE:.*]] = memref.get_global @m_table0
// CHECK:           %[[O:.*]] = memref.load %[[TABLE]][%[[I]], %{{.*}}]
// CHECK:           %[[OI:.*]] = arith.index_cast %[[O]]
// CHECK:           %[[G:.*]] = memref.view %{{.*}}[%[[OI]]][]
// CHECK:           %[[S:.*]] = memref.view %[[STATE]][
// CHECK:           func.call @b(%[[A]], %[[G]], %[[S]], %[[B]])
// CHECK:           memref.copy %[[B]], %[[A]]
// CHECK:         bufferization.to_tensor %[[B]] restrict
// CHECK-NOT:     memref.view
module attributes {eke.image_bytes = 128 : i64, eke.state_bytes = 192 : i64} {
  eke.weight @g : tensor<4xf32> = <"m.bin", offset = 0, length = 16, element = f32> place <dram, offset = 0>
  eke.weight @h : tensor<4xf32> = <"m.bin", offset = 0, length = 16, element = f32> place <dram, offset = 64>
  eke.state @s0 : tensor<1x4xf32> place <dram, offset = 0>
  eke.state @s1 : tensor<1x4xf32> place <dram, offset = 64>
  eke.state @s2 : tensor<1x4xf32> place <dram, offset = 128>
  eke.block @unused(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
    eke.yield %x : tensor<1x4xf32>
  }
  eke.block @b(%x: tensor<1x4xf32>) weights(%g: tensor<4xf32>) states(%s: tensor<1x4xf32>)
      -> (tensor<1x4xf32>, tensor<1x4xf32>) {
    %0 = eke.norm %x, %g epsilon 1.0e-5 : (tensor<1x4xf32>, tensor<4xf32>) -> tensor<1x4xf32>
    %1 = arith.addf %0, %s : tensor<1x4xf32>
    eke.yield %0, %1 : tensor<1x4xf32>, tensor<1x4xf32>
  }
  eke.model @m(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
    %g = eke.use @g : tensor<4xf32>
    %h = eke.use @h : tensor<4xf32>
    %s0 = eke.read @s0 : tensor<1x4xf32>
    %0, %t0 = eke.apply @b(%x) weights(%g) states(%s0)
        : (tensor<1x4xf32>, tensor<4xf32>, tensor<1x4xf32>) -> (tensor<1x4xf32>, tensor<1x4xf32>)
    eke.write %t0, @s0 : tensor<1x4xf32>
    %s1 = eke.read @s1 : tensor<1x4xf32>
    %1, %t1 = eke.apply @b(%0) weights(%h) states(%s1)
        : (tensor<1x4xf32>, tensor<4xf32>, tensor<1x4xf32>) -> (tensor<1x4xf32>, tensor<1x4xf32>)
    eke.write %t1, @s1 : tensor<1x4xf32>
    %s2 = eke.read @s2 : tensor<1x4xf32>
    %2, %t2 = eke.apply @b(%1) weights(%g) states(%s2)
        : (tensor<1x4xf32>, tensor<4xf32>, tensor<1x4xf32>) -> (tensor<1x4xf32>, tensor<1x4xf32>)
    eke.write %t2, @s2 : tensor<1x4xf32>
    eke.yield %2 : tensor<1x4xf32>
  }
}

// -----

// A result that something else reads too ends a loop: one apply, then two.
// CHECK-LABEL: func.func @read_between(
// CHECK-NOT:     scf.for
// CHECK:         call @b(
// CHECK:         scf.for
// CHECK-NEXT:      call @b(
// CHECK-NOT:     call @b(
eke.block @b(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  %0 = eke.activate %x with relu : tensor<1x4xf32>
  eke.yield %0 : tensor<1x4xf32>
}
eke.model @read_between(%x: tensor<1x4xf32>) -> (tensor<1x4xf32>, tensor<1x4xf32>) {
  %0 = eke.apply @b(%x) : (tensor<1x4xf32>) -> tensor<1x4xf32>
  %1 = eke.apply @b(%0) : (tensor<1x4xf32>) -> tensor<1x4xf32>
  %2 = eke.apply @b(%1) : (tensor<1x4xf32>) -> tensor<1x4xf32>
  eke.yield %0, %2 : tensor<1x4xf32>, tensor<1x4xf32>
}

// -----

// Plain decoding passes an exit by.
// CHECK-LABEL: func.func @exits(
// CHECK-SAME:    %[[X:.*]]: memref<1x4xf32>, %[[Y:.*]]: memref<1x4xf32>, %{{.*}}: memref<0xi8>)
// CHECK:         call @relu(
// CHECK-NOT:     call
// CHECK:         %[[T:.*]] = bufferization.to_tensor
// CHECK-NEXT:    bufferization.materialize_in_destination %[[T]] in restrict writable %[[Y]]
// REMARK: [Missed] ExitPassedBy | Category:exit | Reason="plain decoding takes no exit"
eke.block @relu(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  %0 = eke.activate %x with relu : tensor<1x4xf32>
  eke.yield %0 : tensor<1x4xf32>
}
eke.model @exits(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  %0 = eke.apply @relu(%x) : (tensor<1x4xf32>) -> tensor<1x4xf32>
  %1 = eke.exit %0 head @exits drafts 2 : tensor<1x4xf32>
  eke.yield %1 : tensor<1x4xf32>
}

// -----

// expected-error@+1 {{has more than one row count; run eke-specialize-rows first}}
eke.model @rows(%x: tensor<?x4xf32>) -> tensor<?x4xf32> rows [1, 2] {
  eke.yield %x : tensor<?x4xf32>
}

// -----

// One row count is not enough where shapes do not say it.
// expected-error@+1 {{has dynamic shapes; run eke-specialize-rows first}}
eke.model @dynamic(%x: tensor<?x4xf32>) -> tensor<?x4xf32> rows [1] {
  eke.yield %x : tensor<?x4xf32>
}

// -----

eke.weight @g : tensor<4xf32> = <"m.bin", offset = 0, length = 16, element = f32>
eke.model @no_place(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  // expected-error@+1 {{uses @g, which has no place; run eke-place-weights first}}
  %g = eke.use @g : tensor<4xf32>
  %0 = eke.norm %x, %g epsilon 1.0e-5 : (tensor<1x4xf32>, tensor<4xf32>) -> tensor<1x4xf32>
  eke.yield %0 : tensor<1x4xf32>
}

// -----

eke.state @s : tensor<4xf32>
eke.block @b(%x: tensor<1x4xf32>) states(%s: tensor<4xf32>) -> (tensor<1x4xf32>, tensor<4xf32>) {
  eke.yield %x, %s : tensor<1x4xf32>, tensor<4xf32>
}
eke.model @no_place_apply(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  %s = eke.read @s : tensor<4xf32>
  // expected-error@+1 {{uses @s, which has no place; run eke-place-weights first}}
  %0, %t = eke.apply @b(%x) states(%s) : (tensor<1x4xf32>, tensor<4xf32>) -> (tensor<1x4xf32>, tensor<4xf32>)
  eke.write %t, @s : tensor<4xf32>
  eke.yield %0 : tensor<1x4xf32>
}

// -----

eke.state @s : tensor<4xf32>
eke.model @no_place_read() -> tensor<4xf32> {
  // expected-error@+1 {{uses @s, which has no place; run eke-place-weights first}}
  %s = eke.read @s : tensor<4xf32>
  eke.yield %s : tensor<4xf32>
}

// -----

eke.weight @w : tensor<4x4xf32> = <"m.bin", offset = 0, length = 64, element = f32> place <dram, offset = 0>
eke.model @no_format(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  %w = eke.use @w : tensor<4x4xf32>
  // expected-error@+1 {{reads a matrix without format, 'tensor<4x4xf32>'; run eke-choose-formats first}}
  %0 = eke.linear %x, %w : (tensor<1x4xf32>, tensor<4x4xf32>) -> tensor<1x4xf32>
  eke.yield %0 : tensor<1x4xf32>
}

// -----

// Some columns stay a slice.
// CHECK-LABEL: func.func @slice(
// CHECK:         %[[R:.*]] = linalg.generic
// CHECK:         %[[S:.*]] = tensor.extract_slice %[[R]][0, 2] [1, 2] [1, 1] : tensor<1x4xf32> to tensor<1x2xf32>
// CHECK:         bufferization.materialize_in_destination %[[S]] in
eke.model @slice(%x: tensor<1x4xf32>) -> tensor<1x2xf32> {
  %0 = eke.activate %x with relu : tensor<1x4xf32>
  %1 = tensor.extract_slice %0[0, 2] [1, 2] [1, 1] : tensor<1x4xf32> to tensor<1x2xf32>
  eke.yield %1 : tensor<1x2xf32>
}

// -----

// So do some elements of a row.
// CHECK-LABEL: func.func @slice_of_other_rank(
// CHECK:         tensor.extract_slice %{{.*}}[0, 2] [1, 2] [1, 1] : tensor<1x4xf32> to tensor<2xf32>
eke.model @slice_of_other_rank(%x: tensor<1x4xf32>) -> tensor<2xf32> {
  %0 = tensor.extract_slice %x[0, 2] [1, 2] [1, 1] : tensor<1x4xf32> to tensor<2xf32>
  eke.yield %0 : tensor<2xf32>
}

// -----

// Only weights are packed in the way that a format says.
eke.model @no_weight(%x: tensor<1x4xf32>, %w: tensor<4x4xf32, #eke.format<f32>>) -> tensor<1x4xf32> {
  // expected-error@+1 {{reads a matrix that is no weight}}
  %0 = eke.linear %x, %w : (tensor<1x4xf32>, tensor<4x4xf32, #eke.format<f32>>) -> tensor<1x4xf32>
  eke.yield %0 : tensor<1x4xf32>
}

// -----

// A weight without format is a tensor like others.
// CHECK-LABEL: func.func @plain_weight(
// CHECK:         %[[VIEW:.*]] = memref.view
// CHECK:         %[[W:.*]] = bufferization.to_tensor %[[VIEW]] restrict
// CHECK:         linalg.generic {{.*}} ins(%{{.*}}, %[[W]] : tensor<2x4xf32>, tensor<2x4xf32>)
// CHECK:         bufferization.materialize_in_destination %[[W]]
eke.weight @w : tensor<2x4xf32> = <"m.bin", offset = 0, length = 32, element = f32> place <dram, offset = 0>
eke.model @plain_weight(%x: tensor<2x4xf32>) -> (tensor<2x4xf32>, tensor<2x4xf32>) {
  %w = eke.use @w : tensor<2x4xf32>
  %0 = arith.addf %x, %w : tensor<2x4xf32>
  eke.yield %0, %w : tensor<2x4xf32>, tensor<2x4xf32>
}

// -----

// One with a format is not.
eke.weight @w : tensor<4x4xf32, #eke.format<i8>> = <"m.bin", offset = 0, length = 64, element = f32> place <dram, offset = 0>
eke.model @packed_weight() -> tensor<4x4xf32, #eke.format<i8>> {
  %w = eke.use @w : tensor<4x4xf32, #eke.format<i8>>
  // expected-error@+1 {{takes operand 0, a weight that is packed, as a tensor}}
  eke.yield %w : tensor<4x4xf32, #eke.format<i8>>
}

// -----

eke.weight @w : tensor<4x4xf32, #eke.format<i8>> = <"m.bin", offset = 0, length = 64, element = f32> place <dram, offset = 0>
eke.block @b(%x: tensor<4x4xf32, #eke.format<i8>>) -> tensor<4x4xf32, #eke.format<i8>> {
  eke.yield %x : tensor<4x4xf32, #eke.format<i8>>
}
eke.model @packed_input(%x: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %w = eke.use @w : tensor<4x4xf32, #eke.format<i8>>
  // expected-error@+1 {{takes operand 0, a weight that is packed, as a tensor}}
  %0 = eke.apply @b(%w) : (tensor<4x4xf32, #eke.format<i8>>) -> tensor<4x4xf32, #eke.format<i8>>
  eke.yield %x : tensor<4x4xf32>
}

// -----

// expected-error@+1 {{has dynamic shapes; run eke-specialize-rows first}}
eke.block @dynamic_block(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  eke.yield %x : tensor<?x4xf32>
}
eke.model @m(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  %0 = eke.apply @dynamic_block(%x) : (tensor<1x4xf32>) -> tensor<1x4xf32>
  eke.yield %0 : tensor<1x4xf32>
}

// -----

// Ops that work element by element do so on rows, in any number of dimensions.
// CHECK-LABEL: func.func @vector(
// CHECK:         %[[G:.*]] = bufferization.to_tensor %{{.*}} : memref<4xf32>
// CHECK:         %[[R:.*]] = tensor.expand_shape %[[G]] {{\[\[}}0, 1]] output_shape [1, 4]
// CHECK:         %[[S:.*]] = linalg.generic {{.*}} ins(%[[R]], %[[R]] : tensor<1x4xf32>, tensor<1x4xf32>)
// CHECK:         %[[V:.*]] = tensor.collapse_shape %[[S]] {{\[\[}}0, 1]]
// CHECK:         bufferization.materialize_in_destination %[[V]]
eke.weight @g : tensor<4xf32> = <"m.bin", offset = 0, length = 16, element = f32> place <dram, offset = 0>
eke.model @vector() -> tensor<4xf32> {
  %g = eke.use @g : tensor<4xf32>
  %0 = arith.addf %g, %g : tensor<4xf32>
  eke.yield %0 : tensor<4xf32>
}

// -----

// What is a view of rows is not viewed again.
// CHECK-LABEL: func.func @rank3(
// CHECK:         %[[X:.*]] = tensor.collapse_shape %{{.*}} {{\[\[}}0, 1], [2]] : tensor<2x4x8xf32> into tensor<8x8xf32>
// CHECK:         %[[S:.*]] = linalg.generic {{.*}} ins(%[[X]], %[[X]] :
// CHECK:         linalg.generic {{.*}} ins(%[[S]] : tensor<8x8xf32>)
eke.model @rank3(%x: tensor<2x4x8xf32>) -> tensor<2x4x8xf32> {
  %0 = arith.addf %x, %x : tensor<2x4x8xf32>
  %1 = eke.activate %0 with relu : tensor<2x4x8xf32>
  eke.yield %1 : tensor<2x4x8xf32>
}

// -----

// Numbers of other types are computed as they are, scalars as well.
// CHECK-LABEL: func.func @select(
// CHECK:         linalg.generic {{.*}} outs(%{{.*}} : tensor<1x1xi16>)
// CHECK:           arith.muli {{.*}} : i16
// CHECK:         linalg.generic
// CHECK:           arith.select %{{.*}}, %{{.*}}, %{{.*}} : i16
eke.model @select(%x: tensor<i16>) -> tensor<i16> {
  %true = arith.constant true
  %0 = arith.muli %x, %x : tensor<i16>
  %1 = arith.select %true, %0, %x : tensor<i16>
  eke.yield %1 : tensor<i16>
}

// -----

// Layers of f16 are computed in f32.
// CHECK-LABEL: func.func @f16(
// CHECK:         linalg.generic {{.*}} ins(%{{.*}} : tensor<6x4xf16>) outs(%{{.*}} : tensor<6x4xf32>) attrs = {halide.stage = "widen"
// CHECK:         linalg.generic {{.*}} attrs = {halide.stage = "squares"
// CHECK:         linalg.generic {{.*}} outs(%{{.*}} : tensor<6x4xf16>) attrs = {halide.stage = "narrow"
// CHECK:         tensor.expand_shape %{{.*}} output_shape [2, 3, 4] : tensor<6x4xf16> into tensor<2x3x4xf16>
eke.model @f16(%x: tensor<2x3x4xf16>, %g: tensor<4xf16>) -> tensor<2x3x4xf16> {
  %0 = eke.norm %x, %g epsilon 1.0e-5 : (tensor<2x3x4xf16>, tensor<4xf16>) -> tensor<2x3x4xf16>
  eke.yield %0 : tensor<2x3x4xf16>
}

// -----

// Ops inside a region are lowered as others are; what was made there is not used outside.
// CHECK-LABEL: func.func @loop(
// CHECK:         %[[L:.*]] = scf.for {{.*}} iter_args(%[[A:.*]] = %{{.*}}) -> (tensor<1x4xf32>)
// CHECK:           %[[R:.*]] = linalg.generic {{.*}} ins(%[[A]] : tensor<1x4xf32>)
// CHECK:           scf.yield %[[R]] : tensor<1x4xf32>
// CHECK:         linalg.exp ins(%[[L]] : tensor<1x4xf32>)
eke.model @loop(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %0 = scf.for %i = %c0 to %c3 step %c1 iter_args(%a = %x) -> (tensor<1x4xf32>) {
    %1 = eke.activate %a with relu : tensor<1x4xf32>
    scf.yield %1 : tensor<1x4xf32>
  }
  %e = tensor.empty() : tensor<1x4xf32>
  %2 = linalg.exp ins(%0 : tensor<1x4xf32>) outs(%e : tensor<1x4xf32>) -> tensor<1x4xf32>
  eke.yield %2 : tensor<1x4xf32>
}

// -----

// MLIR would fold this pad, whose result is as large as its source.
// CHECK-LABEL: func.func @moved(
// CHECK:         %[[KEPT:.*]] = tensor.extract_slice %{{.*}}[1] [3] [1]
// CHECK:         tensor.pad %[[KEPT]] low[0] high[1]
eke.model @moved(%x: tensor<4xf32>) -> tensor<4xf32> {
  %zero = arith.constant 0.0 : f32
  %0 = tensor.pad %x low[-1] high[1] {
  ^bb0(%i: index):
    tensor.yield %zero : f32
  } : tensor<4xf32> to tensor<4xf32>
  eke.yield %0 : tensor<4xf32>
}

// -----

// An extent that is known at run time only.
// CHECK-LABEL: func.func @dynamic(
// CHECK:         %[[S:.*]] = tensor.extract_slice %{{.*}}[0, 0] [1, %[[P:.*]]] [1, 1] : tensor<1x4xf32> to tensor<1x?xf32>
// CHECK:         tensor.empty(%[[P]]) : tensor<1x?xf32>
// CHECK:         linalg.generic {{.*}} ins(%[[S]] : tensor<1x?xf32>)
eke.model @dynamic(%x: tensor<1x4xf32>, %p: index) -> tensor<1x4xf32> {
  %0 = tensor.extract_slice %x[0, 0] [1, %p] [1, 1] : tensor<1x4xf32> to tensor<1x?xf32>
  %1 = math.absf %0 : tensor<1x?xf32>
  %2 = tensor.insert_slice %1 into %x[0, 0] [1, %p] [1, 1] : tensor<1x?xf32> into tensor<1x4xf32>
  eke.yield %2 : tensor<1x4xf32>
}

// -----

eke.weight @w : tensor<4x4xf32, #eke.format<i8>> = <"m.bin", offset = 0, length = 64, element = f32> place <dram, offset = 0>
eke.model @packed_inside(%x: tensor<4x4xf32>, %c: tensor<i1>) -> tensor<4x4xf32> {
  %w = eke.use @w : tensor<4x4xf32, #eke.format<i8>>
  // expected-error@+1 {{reads a weight that is packed, or a state, as a tensor: it has type 'tensor<4x4xf32, #eke.format<i8>>'}}
  %0 = scf.execute_region -> tensor<4x4xf32> {
    %1 = tensor.cast %w : tensor<4x4xf32, #eke.format<i8>> to tensor<4x4xf32, #eke.format<i8>>
    scf.yield %x : tensor<4x4xf32>
  }
  eke.yield %0 : tensor<4x4xf32>
}
