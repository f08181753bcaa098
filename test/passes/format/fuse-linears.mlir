// RUN: eke-opt %s --split-input-file --eke-fuse-linears -o %t.mlir
// RUN: FileCheck %s < %t.mlir
// RUN: eke-opt %t.mlir --split-input-file --eke-fuse-linears | diff %t.mlir -
// RUN: eke-opt %s --split-input-file --eke-fuse-linears --remark-format=emitRemark --remarks-filter=fuse -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

// Layers of the same rows become one, for every apply of the block; the slices go where
// the results went. The weights' parts are gone, other arguments stay.
// CHECK-LABEL: module @block
// CHECK-NOT:     eke.weight @a.q :
// CHECK:         eke.weight @"a.q+k+v" : tensor<16x8xf32, #eke.format<i8>> = [<"m.bin", offset = 0, length = 256, element = f32>, <"m.bin", offset = 256, length = 128, element = f32>, <"m.bin", offset = 384, length = 128, element = f32>]
// CHECK-NEXT:    eke.weight @a.o : tensor<8x4xf32, #eke.format<i8>>
// CHECK-NEXT:    eke.weight @"b.q+k+v" : tensor<16x8xf32, #eke.format<i8>> = [<"n.bin", offset = 0, length = 256, element = f32>, <"n.bin", offset = 256, length = 128, element = f32>, <"n.bin", offset = 384, length = 128, element = f32>]
// CHECK-NEXT:    eke.weight @b.o
// CHECK-NEXT:    eke.block @mix(%[[X:.*]]: tensor<1x8xf32>) weights(%[[ALL:.*]]: tensor<16x8xf32, #eke.format<i8>>, %[[O:.*]]: tensor<8x4xf32, #eke.format<i8>>) -> tensor<1x8xf32> {
// CHECK-NEXT:      %[[Y:.*]] = eke.linear %[[X]], %[[ALL]] : (tensor<1x8xf32>, tensor<16x8xf32, #eke.format<i8>>) -> tensor<1x16xf32>
// CHECK-NEXT:      tensor.extract_slice %[[Y]][0, 0] [1, 8] [1, 1] : tensor<1x16xf32> to tensor<1x8xf32>
// CHECK-NEXT:      %[[K:.*]] = tensor.extract_slice %[[Y]][0, 8] [1, 4] [1, 1] : tensor<1x16xf32> to tensor<1x4xf32>
// CHECK-NEXT:      tensor.extract_slice %[[Y]][0, 12] [1, 4] [1, 1] : tensor<1x16xf32> to tensor<1x4xf32>
// CHECK-NEXT:      %[[R:.*]] = eke.linear %[[K]], %[[O]]
// CHECK-NEXT:      eke.yield %[[R]]
// CHECK-LABEL: eke.model @step(
// CHECK-NEXT:      %[[O0:.*]] = eke.use @a.o
// CHECK-NEXT:      %[[W0:.*]] = eke.use @"a.q+k+v"
// CHECK-NEXT:      eke.apply @mix(%{{.*}}) weights(%[[W0]], %[[O0]])
// CHECK-NEXT:      %[[O1:.*]] = eke.use @b.o
// CHECK-NEXT:      %[[W1:.*]] = eke.use @"b.q+k+v"
// CHECK-NEXT:      eke.apply @mix(%{{.*}}) weights(%[[W1]], %[[O1]])
// CHECK-NEXT:      %[[O2:.*]] = eke.use @a.o
// CHECK-NEXT:      %[[W2:.*]] = eke.use @"a.q+k+v"
// CHECK-NEXT:      eke.apply @mix(%{{.*}}) weights(%[[W2]], %[[O2]])
// REMARK:      remark: [Passed] FusedLinears | Category:fuse | channels=16, layers=3
module @block {
  eke.weight @a.q : tensor<8x8xf32, #eke.format<i8>> = <"m.bin", offset = 0, length = 256, element = f32>
  eke.weight @a.k : tensor<4x8xf32, #eke.format<i8>> = <"m.bin", offset = 256, length = 128, element = f32>
  eke.weight @a.v : tensor<4x8xf32, #eke.format<i8>> = <"m.bin", offset = 384, length = 128, element = f32>
  eke.weight @a.o : tensor<8x4xf32, #eke.format<i8>> = <"m.bin", offset = 512, length = 128, element = f32>
  eke.weight @b.q : tensor<8x8xf32, #eke.format<i8>> = <"n.bin", offset = 0, length = 256, element = f32>
  eke.weight @b.k : tensor<4x8xf32, #eke.format<i8>> = <"n.bin", offset = 256, length = 128, element = f32>
  eke.weight @b.v : tensor<4x8xf32, #eke.format<i8>> = <"n.bin", offset = 384, length = 128, element = f32>
  eke.weight @b.o : tensor<8x4xf32, #eke.format<i8>> = <"n.bin", offset = 512, length = 128, element = f32>
  eke.block @mix(%x: tensor<1x8xf32>)
      weights(%q: tensor<8x8xf32, #eke.format<i8>>, %k: tensor<4x8xf32, #eke.format<i8>>,
              %o: tensor<8x4xf32, #eke.format<i8>>, %v: tensor<4x8xf32, #eke.format<i8>>)
      -> tensor<1x8xf32> {
    %0 = eke.linear %x, %q : (tensor<1x8xf32>, tensor<8x8xf32, #eke.format<i8>>) -> tensor<1x8xf32>
    %1 = eke.linear %x, %k : (tensor<1x8xf32>, tensor<4x8xf32, #eke.format<i8>>) -> tensor<1x4xf32>
    %2 = eke.linear %1, %o : (tensor<1x4xf32>, tensor<8x4xf32, #eke.format<i8>>) -> tensor<1x8xf32>
    %3 = eke.linear %x, %v : (tensor<1x8xf32>, tensor<4x8xf32, #eke.format<i8>>) -> tensor<1x4xf32>
    eke.yield %2 : tensor<1x8xf32>
  }
  eke.model @step(%x: tensor<1x8xf32>) -> tensor<1x8xf32> {
    %w0 = eke.use @a.q : tensor<8x8xf32, #eke.format<i8>>
    %w1 = eke.use @a.k : tensor<4x8xf32, #eke.format<i8>>
    %w2 = eke.use @a.o : tensor<8x4xf32, #eke.format<i8>>
    %w3 = eke.use @a.v : tensor<4x8xf32, #eke.format<i8>>
    %0 = eke.apply @mix(%x) weights(%w0, %w1, %w2, %w3)
        : (tensor<1x8xf32>, tensor<8x8xf32, #eke.format<i8>>, tensor<4x8xf32, #eke.format<i8>>,
           tensor<8x4xf32, #eke.format<i8>>, tensor<4x8xf32, #eke.format<i8>>)
        -> tensor<1x8xf32>
    %w4 = eke.use @b.q : tensor<8x8xf32, #eke.format<i8>>
    %w5 = eke.use @b.k : tensor<4x8xf32, #eke.format<i8>>
    %w6 = eke.use @b.o : tensor<8x4xf32, #eke.format<i8>>
    %w7 = eke.use @b.v : tensor<4x8xf32, #eke.format<i8>>
    %1 = eke.apply @mix(%0) weights(%w4, %w5, %w6, %w7)
        : (tensor<1x8xf32>, tensor<8x8xf32, #eke.format<i8>>, tensor<4x8xf32, #eke.format<i8>>,
           tensor<8x4xf32, #eke.format<i8>>, tensor<4x8xf32, #eke.format<i8>>)
        -> tensor<1x8xf32>
    %w8 = eke.use @a.q : tensor<8x8xf32, #eke.format<i8>>
    %w9 = eke.use @a.k : tensor<4x8xf32, #eke.format<i8>>
    %w10 = eke.use @a.o : tensor<8x4xf32, #eke.format<i8>>
    %w11 = eke.use @a.v : tensor<4x8xf32, #eke.format<i8>>
    %2 = eke.apply @mix(%1) weights(%w8, %w9, %w10, %w11)
        : (tensor<1x8xf32>, tensor<8x8xf32, #eke.format<i8>>, tensor<4x8xf32, #eke.format<i8>>,
           tensor<8x4xf32, #eke.format<i8>>, tensor<4x8xf32, #eke.format<i8>>)
        -> tensor<1x8xf32>
    eke.yield %2 : tensor<1x8xf32>
  }
}

// -----

// Blocks for other rows bind the same weights, and models use them: there is one weight
// for all. Layers of other rows in the same body are for themselves.
// CHECK-LABEL: module @rows
// CHECK:         eke.weight @"q+k" : tensor<16x8xf32>
// CHECK-NEXT:    eke.block @pair_1(%{{.*}}: tensor<1x8xf32>) weights(%{{.*}}: tensor<16x8xf32>)
// CHECK:         eke.block @pair_2(%{{.*}}: tensor<2x8xf32>) weights(%{{.*}}: tensor<16x8xf32>)
// CHECK:           tensor.extract_slice %{{.*}}[0, 8] [2, 8] [1, 1]
// CHECK:         eke.model @step
// CHECK:           %[[W0:.*]] = eke.use @"q+k"
// CHECK-NEXT:      eke.apply @pair_1(%{{.*}}) weights(%[[W0]])
// CHECK:           %[[W1:.*]] = eke.use @"q+k"
// CHECK-NEXT:      eke.apply @pair_2(%{{.*}}) weights(%[[W1]])
// CHECK:           %[[W:.*]] = eke.use @"q+k"
// CHECK-NEXT:      eke.linear %[[X:.*]], %[[W]]
// CHECK:           %[[W2:.*]] = eke.use @"q+k"
// CHECK-NEXT:      eke.linear %[[X2:.*]], %[[W2]]
// CHECK-NOT:       eke.use
// REMARK:      remark: [Passed] FusedLinears | Category:fuse | channels=16, layers=2
module @rows {
  eke.weight @q : tensor<8x8xf32> = <"m.bin", offset = 0, length = 256, element = f32>
  eke.weight @k : tensor<8x8xf32> = <"m.bin", offset = 256, length = 256, element = f32>
  eke.block @pair_1(%x: tensor<1x8xf32>) weights(%q: tensor<8x8xf32>, %k: tensor<8x8xf32>) -> tensor<1x8xf32> {
    %0 = eke.linear %x, %q : (tensor<1x8xf32>, tensor<8x8xf32>) -> tensor<1x8xf32>
    %1 = eke.linear %x, %k : (tensor<1x8xf32>, tensor<8x8xf32>) -> tensor<1x8xf32>
    eke.yield %0 : tensor<1x8xf32>
  }
  eke.block @pair_2(%x: tensor<2x8xf32>) weights(%q: tensor<8x8xf32>, %k: tensor<8x8xf32>) -> tensor<2x8xf32> {
    %0 = eke.linear %x, %q : (tensor<2x8xf32>, tensor<8x8xf32>) -> tensor<2x8xf32>
    %1 = eke.linear %x, %k : (tensor<2x8xf32>, tensor<8x8xf32>) -> tensor<2x8xf32>
    eke.yield %1 : tensor<2x8xf32>
  }
  eke.model @step(%x: tensor<1x8xf32>, %y: tensor<2x8xf32>)
      -> (tensor<1x8xf32>, tensor<2x8xf32>, tensor<1x8xf32>, tensor<2x8xf32>, tensor<2x8xf32>) {
    %w0 = eke.use @q : tensor<8x8xf32>
    %w1 = eke.use @k : tensor<8x8xf32>
    %0 = eke.apply @pair_1(%x) weights(%w0, %w1)
        : (tensor<1x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<1x8xf32>
    %w2 = eke.use @q : tensor<8x8xf32>
    %w3 = eke.use @k : tensor<8x8xf32>
    %1 = eke.apply @pair_2(%y) weights(%w2, %w3)
        : (tensor<2x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<2x8xf32>
    %q = eke.use @q : tensor<8x8xf32>
    %k = eke.use @k : tensor<8x8xf32>
    %2 = eke.linear %x, %q : (tensor<1x8xf32>, tensor<8x8xf32>) -> tensor<1x8xf32>
    %3 = eke.linear %x, %k : (tensor<1x8xf32>, tensor<8x8xf32>) -> tensor<1x8xf32>
    %4 = eke.linear %y, %q : (tensor<2x8xf32>, tensor<8x8xf32>) -> tensor<2x8xf32>
    %5 = eke.linear %y, %k : (tensor<2x8xf32>, tensor<8x8xf32>) -> tensor<2x8xf32>
    eke.yield %0, %1, %2, %4, %5 : tensor<1x8xf32>, tensor<2x8xf32>, tensor<1x8xf32>, tensor<2x8xf32>, tensor<2x8xf32>
  }
}

// -----

// A block that has two pairs of layers with the same weights keeps one argument for both.
// CHECK-LABEL: module @twice
// CHECK:         eke.block @b(%[[X:.*]]: tensor<1x8xf32>) weights(%[[W:.*]]: tensor<16x8xf32>)
// CHECK-NEXT:      %[[Y:.*]] = eke.linear %[[X]], %[[W]]
// CHECK:           %[[Q:.*]] = tensor.extract_slice %[[Y]][0, 0]
// CHECK:           eke.linear %[[Q]], %[[W]]
// CHECK:         %[[USE:.*]] = eke.use @"q+k"
// CHECK-NEXT:    eke.apply @b(%{{.*}}) weights(%[[USE]])
module @twice {
  eke.weight @q : tensor<8x8xf32> = <"m.bin", offset = 0, length = 256, element = f32>
  eke.weight @k : tensor<8x8xf32> = <"m.bin", offset = 256, length = 256, element = f32>
  eke.block @b(%x: tensor<1x8xf32>) weights(%q: tensor<8x8xf32>, %k: tensor<8x8xf32>) -> tensor<1x8xf32> {
    %0 = eke.linear %x, %q : (tensor<1x8xf32>, tensor<8x8xf32>) -> tensor<1x8xf32>
    %1 = eke.linear %x, %k : (tensor<1x8xf32>, tensor<8x8xf32>) -> tensor<1x8xf32>
    %2 = eke.linear %0, %q : (tensor<1x8xf32>, tensor<8x8xf32>) -> tensor<1x8xf32>
    %3 = eke.linear %0, %k : (tensor<1x8xf32>, tensor<8x8xf32>) -> tensor<1x8xf32>
    eke.yield %3 : tensor<1x8xf32>
  }
  eke.model @step(%x: tensor<1x8xf32>) -> tensor<1x8xf32> {
    %w0 = eke.use @q : tensor<8x8xf32>
    %w1 = eke.use @k : tensor<8x8xf32>
    %0 = eke.apply @b(%x) weights(%w0, %w1) : (tensor<1x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<1x8xf32>
    eke.yield %0 : tensor<1x8xf32>
  }
}

// -----

// Biases become one as the weights do.
// CHECK-LABEL: module @biases
// CHECK-DAG:     eke.weight @"q+k" : tensor<6x8xf32>
// CHECK-DAG:     eke.weight @"p+r" : tensor<6xf32> = [<"m.bin", offset = 512, length = 16, element = f32>, <"m.bin", offset = 640, length = 8, element = f32>]
// CHECK:         %[[W:.*]] = eke.use @"q+k"
// CHECK:         %[[B:.*]] = eke.use @"p+r"
// CHECK:         eke.linear %{{.*}}, %[[W]] bias %[[B]] : {{.*}} -> tensor<1x6xf32>
module @biases {
  eke.weight @q : tensor<4x8xf32> = <"m.bin", offset = 0, length = 128, element = f32>
  eke.weight @p : tensor<4xf32> = <"m.bin", offset = 512, length = 16, element = f32>
  eke.weight @k : tensor<2x8xf32> = <"m.bin", offset = 256, length = 64, element = f32>
  eke.weight @r : tensor<2xf32> = <"m.bin", offset = 640, length = 8, element = f32>
  eke.model @step(%x: tensor<1x8xf32>) -> (tensor<1x4xf32>, tensor<1x2xf32>) {
    %q = eke.use @q : tensor<4x8xf32>
    %p = eke.use @p : tensor<4xf32>
    %0 = eke.linear %x, %q bias %p : (tensor<1x8xf32>, tensor<4x8xf32>, tensor<4xf32>) -> tensor<1x4xf32>
    %k = eke.use @k : tensor<2x8xf32>
    %r = eke.use @r : tensor<2xf32>
    %1 = eke.linear %x, %k bias %r : (tensor<1x8xf32>, tensor<2x8xf32>, tensor<2xf32>) -> tensor<1x2xf32>
    eke.yield %0, %1 : tensor<1x4xf32>, tensor<1x2xf32>
  }
}

// -----

// Weights of another format are packed in another way; so is nothing that has a bias and
// nothing that has none.
// CHECK-LABEL: module @formats
// CHECK-NOT:     tensor.extract_slice
// CHECK:         eke.yield
// REMARK:      remark: [Missed] KeptLinear | Category:fuse | Reason="layers of the same rows differ in format or bias"
// REMARK:      remark: [Missed] KeptLinear | Category:fuse | Reason="layers of the same rows differ in format or bias"
module @formats {
  eke.weight @q : tensor<8x8xf32, #eke.format<i8>> = <"m.bin", offset = 0, length = 256, element = f32>
  eke.weight @k : tensor<8x8xf32, #eke.format<f16>> = <"m.bin", offset = 256, length = 256, element = f32>
  eke.weight @v : tensor<8x8xf32, #eke.format<i8>> = <"m.bin", offset = 512, length = 256, element = f32>
  eke.weight @b : tensor<8xf32> = <"m.bin", offset = 768, length = 32, element = f32>
  eke.model @step(%x: tensor<1x8xf32>) -> (tensor<1x8xf32>, tensor<1x8xf32>, tensor<1x8xf32>) {
    %q = eke.use @q : tensor<8x8xf32, #eke.format<i8>>
    %0 = eke.linear %x, %q : (tensor<1x8xf32>, tensor<8x8xf32, #eke.format<i8>>) -> tensor<1x8xf32>
    %k = eke.use @k : tensor<8x8xf32, #eke.format<f16>>
    %1 = eke.linear %x, %k : (tensor<1x8xf32>, tensor<8x8xf32, #eke.format<f16>>) -> tensor<1x8xf32>
    %v = eke.use @v : tensor<8x8xf32, #eke.format<i8>>
    %b = eke.use @b : tensor<8xf32>
    %2 = eke.linear %x, %v bias %b : (tensor<1x8xf32>, tensor<8x8xf32, #eke.format<i8>>, tensor<8xf32>) -> tensor<1x8xf32>
    eke.yield %0, %1, %2 : tensor<1x8xf32>, tensor<1x8xf32>, tensor<1x8xf32>
  }
}

// -----

// The unit joins the kernel of what it reads; behind slices it would be one of its own.
// CHECK-LABEL: module @elementwise
// CHECK-NOT:     tensor.extract_slice
// CHECK:         eke.glu
// REMARK:      remark: [Missed] KeptLinear | Category:fuse | Reason="an op that works element by element joins its kernel"
// REMARK:      remark: [Missed] KeptLinear | Category:fuse | Reason="an op that works element by element joins its kernel"
module @elementwise {
  eke.weight @gate : tensor<8x8xf32> = <"m.bin", offset = 0, length = 256, element = f32>
  eke.weight @up : tensor<8x8xf32> = <"m.bin", offset = 256, length = 256, element = f32>
  eke.model @step(%x: tensor<1x8xf32>) -> tensor<1x8xf32> {
    %g = eke.use @gate : tensor<8x8xf32>
    %0 = eke.linear %x, %g : (tensor<1x8xf32>, tensor<8x8xf32>) -> tensor<1x8xf32>
    %u = eke.use @up : tensor<8x8xf32>
    %1 = eke.linear %x, %u : (tensor<1x8xf32>, tensor<8x8xf32>) -> tensor<1x8xf32>
    %2 = eke.glu %0, %1 activation silu : tensor<1x8xf32>
    eke.yield %2 : tensor<1x8xf32>
  }
}

// -----

// @k is needed by itself as well, so the image would hold it twice. What @step cannot
// fuse, @other must not either: @q is needed by itself in @step.
// CHECK-LABEL: module @elsewhere
// CHECK-NOT:     tensor.extract_slice
// CHECK:         eke.model @other
// CHECK-NOT:     tensor.extract_slice
// CHECK:         eke.yield
// REMARK-COUNT-4: remark: [Missed] KeptLinear | Category:fuse | Reason="its weight is used elsewhere too"
module @elsewhere {
  eke.weight @q : tensor<8x8xf32> = <"m.bin", offset = 0, length = 256, element = f32>
  eke.weight @k : tensor<8x8xf32> = <"m.bin", offset = 256, length = 256, element = f32>
  eke.block @b(%x: tensor<1x8xf32>) weights(%q: tensor<8x8xf32>, %k: tensor<8x8xf32>) -> tensor<1x8xf32> {
    %0 = eke.linear %x, %q : (tensor<1x8xf32>, tensor<8x8xf32>) -> tensor<1x8xf32>
    %1 = eke.linear %x, %k : (tensor<1x8xf32>, tensor<8x8xf32>) -> tensor<1x8xf32>
    %2 = eke.linear %1, %k : (tensor<1x8xf32>, tensor<8x8xf32>) -> tensor<1x8xf32>
    eke.yield %2 : tensor<1x8xf32>
  }
  eke.model @step(%x: tensor<1x8xf32>) -> tensor<1x8xf32> {
    %w0 = eke.use @q : tensor<8x8xf32>
    %w1 = eke.use @k : tensor<8x8xf32>
    %0 = eke.apply @b(%x) weights(%w0, %w1) : (tensor<1x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<1x8xf32>
    eke.yield %0 : tensor<1x8xf32>
  }
  eke.model @other(%x: tensor<1x8xf32>) -> (tensor<1x8xf32>, tensor<1x8xf32>) {
    %q = eke.use @q : tensor<8x8xf32>
    %k = eke.use @k : tensor<8x8xf32>
    %0 = eke.linear %x, %q : (tensor<1x8xf32>, tensor<8x8xf32>) -> tensor<1x8xf32>
    %1 = eke.linear %x, %k : (tensor<1x8xf32>, tensor<8x8xf32>) -> tensor<1x8xf32>
    eke.yield %0, %1 : tensor<1x8xf32>, tensor<1x8xf32>
  }
}

// -----

// A weight can be part of one other only: not of two, nor of one twice.
// CHECK-LABEL: module @partners
// CHECK-NOT:     tensor.extract_slice
// CHECK:         eke.yield
// REMARK:      remark: [Missed] KeptLinear | Category:fuse | Reason="its weight is also used beside other weights"
// REMARK:      remark: [Missed] KeptLinear | Category:fuse | Reason="its weight is also used beside other weights"
module @partners {
  eke.weight @q : tensor<8x8xf32> = <"m.bin", offset = 0, length = 256, element = f32>
  eke.weight @k : tensor<8x8xf32> = <"m.bin", offset = 256, length = 256, element = f32>
  eke.weight @v : tensor<8x8xf32> = <"m.bin", offset = 512, length = 256, element = f32>
  eke.model @step(%x: tensor<1x8xf32>, %y: tensor<1x8xf32>, %z: tensor<1x8xf32>)
      -> (tensor<1x8xf32>, tensor<1x8xf32>, tensor<1x8xf32>, tensor<1x8xf32>, tensor<1x8xf32>, tensor<1x8xf32>) {
    %q = eke.use @q : tensor<8x8xf32>
    %k = eke.use @k : tensor<8x8xf32>
    %v = eke.use @v : tensor<8x8xf32>
    %0 = eke.linear %x, %q : (tensor<1x8xf32>, tensor<8x8xf32>) -> tensor<1x8xf32>
    %1 = eke.linear %x, %k : (tensor<1x8xf32>, tensor<8x8xf32>) -> tensor<1x8xf32>
    %2 = eke.linear %y, %k : (tensor<1x8xf32>, tensor<8x8xf32>) -> tensor<1x8xf32>
    %3 = eke.linear %y, %q : (tensor<1x8xf32>, tensor<8x8xf32>) -> tensor<1x8xf32>
    %4 = eke.linear %z, %v : (tensor<1x8xf32>, tensor<8x8xf32>) -> tensor<1x8xf32>
    %5 = eke.linear %z, %v : (tensor<1x8xf32>, tensor<8x8xf32>) -> tensor<1x8xf32>
    eke.yield %0, %1, %2, %3, %4, %5 : tensor<1x8xf32>, tensor<1x8xf32>, tensor<1x8xf32>, tensor<1x8xf32>, tensor<1x8xf32>, tensor<1x8xf32>
  }
}

// -----

// A matrix that the caller gives has no payload.
// CHECK-LABEL: module @no_weight
// CHECK-NOT:     tensor.extract_slice
// CHECK:         eke.yield
// REMARK:      remark: [Missed] KeptLinear | Category:fuse | Reason="its operand is no weight of the module"
module @no_weight {
  eke.model @step(%x: tensor<1x8xf32>, %q: tensor<8x8xf32>, %k: tensor<8x8xf32>) -> (tensor<1x8xf32>, tensor<1x8xf32>) {
    %0 = eke.linear %x, %q : (tensor<1x8xf32>, tensor<8x8xf32>) -> tensor<1x8xf32>
    %1 = eke.linear %x, %k : (tensor<1x8xf32>, tensor<8x8xf32>) -> tensor<1x8xf32>
    eke.yield %0, %1 : tensor<1x8xf32>, tensor<1x8xf32>
  }
}

// -----

// A slice of rows whose number is open has no static size.
// CHECK-LABEL: module @open_rows
// CHECK-NOT:     tensor.extract_slice
// CHECK:         eke.yield
// REMARK:      remark: [Missed] KeptLinear | Category:fuse | Reason="its number of rows is not known yet"
module @open_rows {
  eke.weight @q : tensor<8x8xf32> = <"m.bin", offset = 0, length = 256, element = f32>
  eke.weight @k : tensor<8x8xf32> = <"m.bin", offset = 256, length = 256, element = f32>
  eke.model @step(%x: tensor<?x8xf32>) -> (tensor<?x8xf32>, tensor<?x8xf32>) rows [1, 2] {
    %q = eke.use @q : tensor<8x8xf32>
    %k = eke.use @k : tensor<8x8xf32>
    %0 = eke.linear %x, %q : (tensor<?x8xf32>, tensor<8x8xf32>) -> tensor<?x8xf32>
    %1 = eke.linear %x, %k : (tensor<?x8xf32>, tensor<8x8xf32>) -> tensor<?x8xf32>
    eke.yield %0, %1 : tensor<?x8xf32>, tensor<?x8xf32>
  }
}

// -----

// A weight has payloads of one element type.
// CHECK-LABEL: module @elements
// CHECK-NOT:     tensor.extract_slice
// CHECK:         eke.yield
// REMARK:      remark: [Missed] KeptLinear | Category:fuse | Reason="the tensors of the weights differ in element type"
module @elements {
  eke.weight @q : tensor<8x8xf32> = <"m.bin", offset = 0, length = 256, element = f32>
  eke.weight @k : tensor<8x8xf32> = <"m.bin", offset = 256, length = 128, element = f16>
  eke.model @step(%x: tensor<1x8xf32>) -> (tensor<1x8xf32>, tensor<1x8xf32>) {
    %q = eke.use @q : tensor<8x8xf32>
    %k = eke.use @k : tensor<8x8xf32>
    %0 = eke.linear %x, %q : (tensor<1x8xf32>, tensor<8x8xf32>) -> tensor<1x8xf32>
    %1 = eke.linear %x, %k : (tensor<1x8xf32>, tensor<8x8xf32>) -> tensor<1x8xf32>
    eke.yield %0, %1 : tensor<1x8xf32>, tensor<1x8xf32>
  }
}

// -----

// Places were decided before: they stay.
// CHECK-LABEL: module @placed
// CHECK-NOT:     tensor.extract_slice
// CHECK:         eke.yield
// REMARK:      remark: [Missed] KeptLinear | Category:fuse | Reason="its weight already has a place"
module @placed {
  eke.weight @q : tensor<8x8xf32> = <"m.bin", offset = 0, length = 256, element = f32> place <dram, offset = 0>
  eke.weight @k : tensor<8x8xf32> = <"m.bin", offset = 256, length = 256, element = f32> place <dram, offset = 256>
  eke.model @step(%x: tensor<1x8xf32>) -> (tensor<1x8xf32>, tensor<1x8xf32>) {
    %q = eke.use @q : tensor<8x8xf32>
    %k = eke.use @k : tensor<8x8xf32>
    %0 = eke.linear %x, %q : (tensor<1x8xf32>, tensor<8x8xf32>) -> tensor<1x8xf32>
    %1 = eke.linear %x, %k : (tensor<1x8xf32>, tensor<8x8xf32>) -> tensor<1x8xf32>
    eke.yield %0, %1 : tensor<1x8xf32>, tensor<1x8xf32>
  }
}

// -----

// Memories were.
// CHECK-LABEL: module @memories
// CHECK-NOT:     tensor.extract_slice
// CHECK:         eke.yield
// REMARK:      remark: [Missed] KeptLinear | Category:fuse | Reason="its weight shall lie in a memory of its own"
module @memories {
  eke.weight @q : tensor<8x8xf32> = <"m.bin", offset = 0, length = 256, element = f32> {eke.memory = "sram"}
  eke.weight @k : tensor<8x8xf32> = <"m.bin", offset = 256, length = 256, element = f32>
  eke.model @step(%x: tensor<1x8xf32>) -> (tensor<1x8xf32>, tensor<1x8xf32>) {
    %q = eke.use @q : tensor<8x8xf32>
    %k = eke.use @k : tensor<8x8xf32>
    %0 = eke.linear %x, %q : (tensor<1x8xf32>, tensor<8x8xf32>) -> tensor<1x8xf32>
    %1 = eke.linear %x, %k : (tensor<1x8xf32>, tensor<8x8xf32>) -> tensor<1x8xf32>
    eke.yield %0, %1 : tensor<1x8xf32>, tensor<1x8xf32>
  }
}
