// RUN: eke-opt %s --split-input-file --eke-to-linalg --canonicalize --cse --eke-form-pipelines --eke-bufferize | FileCheck %s

// The caches of an attention are written where they are: no other buffer has their
// size, and nothing is copied to or from them.
// CHECK-LABEL: func.func @alone(
// CHECK-SAME:    %[[STATE:[^:]*]]: memref<1024xi8>)
// CHECK-NOT:     memref.alloc() {{.*}}: memref<16x1x8xf32>
// CHECK-NOT:     memref.copy {{.*}}memref<16x1x8xf32>
// CHECK-COUNT-2: memref.view %[[STATE]]
// CHECK-NOT:     memref.alloc() {{.*}}: memref<16x1x8xf32>
// CHECK-NOT:     memref.copy {{.*}}memref<16x1x8xf32>
// CHECK:         return
module attributes {eke.state_bytes = 1024 : i64} {
  eke.state @k : tensor<16x1x8xf32> place <dram, offset = 0>
  eke.state @v : tensor<16x1x8xf32> place <dram, offset = 512>
  eke.model @alone(%x: tensor<1x8xf32>, %p: index) -> tensor<1x8xf32> {
    %k = eke.read @k : tensor<16x1x8xf32>
    %v = eke.read @v : tensor<16x1x8xf32>
    %y, %k1, %v1 = eke.attention %x, %x, %x at %p caches %k, %v heads 1 kv_heads 1 scale 1.0
        : (tensor<1x8xf32>, tensor<1x8xf32>, tensor<1x8xf32>, index, tensor<16x1x8xf32>, tensor<16x1x8xf32>)
       -> (tensor<1x8xf32>, tensor<16x1x8xf32>, tensor<16x1x8xf32>)
    eke.write %k1, @k : tensor<16x1x8xf32>
    eke.write %v1, @v : tensor<16x1x8xf32>
    eke.yield %y : tensor<1x8xf32>
  }
}

// -----

// Nor in a block, nor where its applies are a loop.
// CHECK-LABEL: func.func private @b(
// CHECK-NOT:     memref.alloc() {{.*}}: memref<16x1x8xf32>
// CHECK-NOT:     memref.copy {{.*}}memref<16x1x8xf32>
// CHECK-LABEL: func.func @chain(
// CHECK-NOT:     memref.alloc() {{.*}}: memref<16x1x8xf32>
// CHECK-NOT:     memref.copy {{.*}}memref<16x1x8xf32>
// CHECK:         scf.for
// CHECK:           func.call @b(
// CHECK-NOT:     memref.alloc() {{.*}}: memref<16x1x8xf32>
// CHECK-NOT:     memref.copy {{.*}}memref<16x1x8xf32>
// CHECK:         return
module attributes {eke.state_bytes = 2048 : i64} {
  eke.state @k0 : tensor<16x1x8xf32> place <dram, offset = 0>
  eke.state @v0 : tensor<16x1x8xf32> place <dram, offset = 512>
  eke.state @k1 : tensor<16x1x8xf32> place <dram, offset = 1024>
  eke.state @v1 : tensor<16x1x8xf32> place <dram, offset = 1536>
  eke.block @b(%x: tensor<1x8xf32>, %p: index) states(%k: tensor<16x1x8xf32>, %v: tensor<16x1x8xf32>)
      -> (tensor<1x8xf32>, tensor<16x1x8xf32>, tensor<16x1x8xf32>) {
    %y, %k1, %v1 = eke.attention %x, %x, %x at %p caches %k, %v heads 1 kv_heads 1 scale 1.0
        : (tensor<1x8xf32>, tensor<1x8xf32>, tensor<1x8xf32>, index, tensor<16x1x8xf32>, tensor<16x1x8xf32>)
       -> (tensor<1x8xf32>, tensor<16x1x8xf32>, tensor<16x1x8xf32>)
    eke.yield %y, %k1, %v1 : tensor<1x8xf32>, tensor<16x1x8xf32>, tensor<16x1x8xf32>
  }
  eke.model @chain(%x: tensor<1x8xf32>, %p: index) -> tensor<1x8xf32> {
    %k0 = eke.read @k0 : tensor<16x1x8xf32>
    %v0 = eke.read @v0 : tensor<16x1x8xf32>
    %0, %k0n, %v0n = eke.apply @b(%x, %p) states(%k0, %v0)
        : (tensor<1x8xf32>, index, tensor<16x1x8xf32>, tensor<16x1x8xf32>)
       -> (tensor<1x8xf32>, tensor<16x1x8xf32>, tensor<16x1x8xf32>)
    eke.write %k0n, @k0 : tensor<16x1x8xf32>
    eke.write %v0n, @v0 : tensor<16x1x8xf32>
    %k1 = eke.read @k1 : tensor<16x1x8xf32>
    %v1 = eke.read @v1 : tensor<16x1x8xf32>
    %1, %k1n, %v1n = eke.apply @b(%0, %p) states(%k1, %v1)
        : (tensor<1x8xf32>, index, tensor<16x1x8xf32>, tensor<16x1x8xf32>)
       -> (tensor<1x8xf32>, tensor<16x1x8xf32>, tensor<16x1x8xf32>)
    eke.write %k1n, @k1 : tensor<16x1x8xf32>
    eke.write %v1n, @v1 : tensor<16x1x8xf32>
    eke.yield %1 : tensor<1x8xf32>
  }
}

// -----

// Two states that are exchanged: one is copied aside, before the other takes its place.
// CHECK-LABEL: func.func @exchange(
// CHECK-DAG:     %[[A:.*]] = memref.view %{{.*}}[%c0]
// CHECK-DAG:     %[[B:.*]] = memref.view %{{.*}}[%c64]
// CHECK:         %[[ASIDE:.*]] = memref.alloc()
// CHECK:         memref.copy %[[A]], %[[ASIDE]]
// CHECK:         memref.copy %[[B]], %[[A]]
// CHECK:         memref.copy %[[ASIDE]], %[[B]]
module attributes {eke.state_bytes = 128 : i64} {
  eke.state @a : tensor<1x8xf32> place <dram, offset = 0>
  eke.state @b : tensor<1x8xf32> place <dram, offset = 64>
  eke.model @exchange() -> tensor<1x8xf32> {
    %a = eke.read @a : tensor<1x8xf32>
    %b = eke.read @b : tensor<1x8xf32>
    eke.write %b, @a : tensor<1x8xf32>
    eke.write %a, @b : tensor<1x8xf32>
    eke.yield %a : tensor<1x8xf32>
  }
}

// -----

// A state that is read but not written keeps its value: the attention works on copies.
// CHECK-LABEL: func.func @spare(
// CHECK-COUNT-2: memref.alloc() {{.*}}: memref<16x1x8xf32>
// CHECK:         return
module attributes {eke.state_bytes = 1024 : i64} {
  eke.state @k : tensor<16x1x8xf32> place <dram, offset = 0>
  eke.state @v : tensor<16x1x8xf32> place <dram, offset = 512>
  eke.model @spare(%x: tensor<1x8xf32>, %p: index) -> tensor<1x8xf32> {
    %k = eke.read @k : tensor<16x1x8xf32>
    %v = eke.read @v : tensor<16x1x8xf32>
    %y, %k1, %v1 = eke.attention %x, %x, %x at %p caches %k, %v heads 1 kv_heads 1 scale 1.0
        : (tensor<1x8xf32>, tensor<1x8xf32>, tensor<1x8xf32>, index, tensor<16x1x8xf32>, tensor<16x1x8xf32>)
       -> (tensor<1x8xf32>, tensor<16x1x8xf32>, tensor<16x1x8xf32>)
    eke.yield %y : tensor<1x8xf32>
  }
}
