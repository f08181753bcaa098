// Two files of four vectors of four f32 each. In a.bin the second equals the first;
// in b.bin the first equals a.bin's, the second differs in its middle, the third in
// the order of its elements.
// RUN: rm -rf %t && mkdir -p %t
// RUN: %python -c "import struct; v = lambda *x: struct.pack('<4f', *x); open(r'%t/a.bin', 'wb').write(v(1,2,3,4) + v(1,2,3,4) + v(0,0,0,0) + v(5,6,7,8)); open(r'%t/b.bin', 'wb').write(v(1,2,3,4) + v(1,2,0,4) + v(4,3,2,1) + v(5,6,7,8))"

// RUN: eke-opt %s --split-input-file --eke-share-weights=root=%t | FileCheck %s --check-prefixes=CHECK,FILES
// RUN: eke-opt %s --split-input-file --eke-share-weights | FileCheck %s --check-prefixes=CHECK,NOFILES
// RUN: eke-opt %s --split-input-file --eke-share-weights="root=%t max-shared=1" | FileCheck %s --check-prefix=MAX
// RUN: eke-opt %s --split-input-file --eke-share-weights=root=%t --remark-format=emitRemark --remarks-filter=share -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK
// RUN: eke-opt %s --split-input-file --eke-share-weights=root=%t -o %t/once.mlir
// RUN: eke-opt %t/once.mlir --split-input-file --eke-share-weights=root=%t | diff %t/once.mlir -

// The same bytes of the same file. Files need not exist for that.
// CHECK-LABEL: module @same_payload
// CHECK:         eke.weight @q0
// CHECK-NOT:     eke.weight
// CHECK:         eke.block
// CHECK:         eke.use @q0
// CHECK:         %[[W:.*]] = eke.use @q0
// CHECK-NEXT:    eke.apply @b(%{{.*}}) weights(%[[W]])
// REMARK: [Passed] SharedWeight | Category:share | with=q0
module @same_payload {
  eke.weight @q0 : tensor<4xf32> = <"m.bin", offset = 0, length = 16, element = f32>
  eke.weight @q1 : tensor<4xf32> = <"m.bin", offset = 0, length = 16, element = f32>
  eke.block @b(%x: tensor<?x4xf32>) weights(%w: tensor<4xf32>) -> tensor<?x4xf32> {
    %0 = eke.norm %x, %w epsilon 1.0e-5 : (tensor<?x4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
    eke.yield %0 : tensor<?x4xf32>
  }
  eke.model @step(%x: tensor<?x4xf32>) -> tensor<?x4xf32> rows [1] {
    %w = eke.use @q1 : tensor<4xf32>
    %0 = eke.norm %x, %w epsilon 1.0e-5 : (tensor<?x4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
    %w0 = eke.use @q1 : tensor<4xf32>
    %1 = eke.apply @b(%0) weights(%w0) : (tensor<?x4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
    eke.yield %1 : tensor<?x4xf32>
  }
}

// -----

// Different bytes that compare equal, in one file and in two; without the files nothing
// is known about them. With max-shared = 1 one is enough.
// CHECK-LABEL: module @equal_bytes
// FILES-NEXT:    eke.weight @a0
// FILES-NEXT:    eke.weight @a3
// FILES-NEXT:    }
// NOFILES-COUNT-5: eke.weight
// MAX-LABEL:   module @equal_bytes
// MAX-NEXT:      eke.weight @a0
// MAX-NEXT:      eke.weight @b0
// MAX-NEXT:      eke.weight @a3
// MAX-NEXT:      eke.weight @b3
// MAX-NEXT:      }
module @equal_bytes {
  eke.weight @a0 : tensor<4xf32> = <"a.bin", offset = 0, length = 16, element = f32>
  eke.weight @a1 : tensor<4xf32> = <"a.bin", offset = 16, length = 16, element = f32>
  eke.weight @b0 : tensor<4xf32> = <"b.bin", offset = 0, length = 16, element = f32>
  eke.weight @a3 : tensor<4xf32> = <"a.bin", offset = 48, length = 16, element = f32>
  eke.weight @b3 : tensor<4xf32> = <"b.bin", offset = 48, length = 16, element = f32>
}

// -----

// Different bytes, whether in the middle or in their order.
// CHECK-LABEL: module @different_bytes
// CHECK-COUNT-4: eke.weight
module @different_bytes {
  eke.weight @a0 : tensor<4xf32> = <"a.bin", offset = 0, length = 16, element = f32>
  eke.weight @b1 : tensor<4xf32> = <"b.bin", offset = 16, length = 16, element = f32>
  eke.weight @b2 : tensor<4xf32> = <"b.bin", offset = 32, length = 16, element = f32>
  eke.weight @a2 : tensor<4xf32> = <"a.bin", offset = 32, length = 16, element = f32>
}

// -----

// The same bytes mean something else as another type, or as another element.
// CHECK-LABEL: module @types
// CHECK-COUNT-4: eke.weight
module @types {
  eke.weight @vector : tensor<4xf32> = <"a.bin", offset = 0, length = 16, element = f32>
  eke.weight @matrix : tensor<2x2xf32> = <"a.bin", offset = 0, length = 16, element = f32>
  eke.weight @f16 : tensor<8xf32> = <"a.bin", offset = 0, length = 16, element = f16>
  eke.weight @bf16 : tensor<8xf32> = <"a.bin", offset = 0, length = 16, element = bf16>
}

// -----

// A payload behind the end of its file is not read; who builds the image reports it.
// CHECK-LABEL: module @behind_the_end
// CHECK-COUNT-2: eke.weight
module @behind_the_end {
  eke.weight @a : tensor<4xf32> = <"a.bin", offset = 64, length = 16, element = f32>
  eke.weight @b : tensor<4xf32> = <"a.bin", offset = 80, length = 16, element = f32>
}

// -----

// A format was chosen for @b alone; sharing would undo that choice.
// CHECK-LABEL: module @formats
// CHECK-COUNT-2: eke.weight
// REMARK: [Missed] KeptWeight | Category:share | Reason="already has a format"
module @formats {
  eke.weight @a : tensor<2x2xf32> = <"a.bin", offset = 0, length = 16, element = f32>
  eke.weight @b : tensor<2x2xf32, #eke.format<f16>> = <"a.bin", offset = 0, length = 16, element = f32>
  eke.weight @c : tensor<2x2xf32, #eke.format<f16>> = <"a.bin", offset = 0, length = 16, element = f32>
}

// -----

// A place was chosen for @b.
// CHECK-LABEL: module @places
// CHECK-COUNT-2: eke.weight
// REMARK: [Missed] KeptWeight | Category:share | Reason="already has a place"
module @places {
  eke.weight @a : tensor<4xf32> = <"a.bin", offset = 0, length = 16, element = f32>
  eke.weight @b : tensor<4xf32> = <"a.bin", offset = 0, length = 16, element = f32> place <dram, offset = 64>
}

// -----

// A memory was.
// CHECK-LABEL: module @memories
// CHECK-COUNT-2: eke.weight
// REMARK: [Missed] KeptWeight | Category:share | Reason="shall lie in a memory of its own"
module @memories {
  eke.weight @a : tensor<4xf32> = <"a.bin", offset = 0, length = 16, element = f32>
  eke.weight @b : tensor<4xf32> = <"a.bin", offset = 0, length = 16, element = f32> {eke.memory = "sram"}
}

// -----

// What several tensors were made into stays.
// CHECK-LABEL: module @several
// CHECK-COUNT-2: eke.weight
// REMARK: [Missed] KeptWeight | Category:share | Reason="is made of several tensors"
module @several {
  eke.weight @a : tensor<2x2xf32> = [<"a.bin", offset = 0, length = 8, element = f32>, <"a.bin", offset = 8, length = 8, element = f32>]
  eke.weight @b : tensor<2x2xf32> = [<"a.bin", offset = 0, length = 8, element = f32>, <"a.bin", offset = 8, length = 8, element = f32>]
}
