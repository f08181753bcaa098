// RUN: eke-opt %s --split-input-file --verify-diagnostics --allow-unregistered-dialect --eke-choose-cache-formats | FileCheck %s

// A state is narrowed where it is used directly and through a block, whose argument
// changes with it.
module attributes {eke.caches_format = f16} {
  // CHECK: eke.state @k : tensor<16x1x4xf16>
  // CHECK: eke.state @v : tensor<16x1x4xf16>
  eke.state @k : tensor<16x1x4xf32>
  eke.state @v : tensor<16x1x4xf32>
  // CHECK: eke.block @b({{.*}}) states(%[[K:.*]]: tensor<16x1x4xf16>, %[[V:.*]]: tensor<16x1x4xf16>)
  // CHECK-SAME: -> (tensor<2x4xf32>, tensor<16x1x4xf16>, tensor<16x1x4xf16>)
  eke.block @b(%x: tensor<2x4xf32>, %p: index) states(%k: tensor<16x1x4xf32>, %v: tensor<16x1x4xf32>)
      -> (tensor<2x4xf32>, tensor<16x1x4xf32>, tensor<16x1x4xf32>) {
    %y, %k1, %v1 = eke.attention %x, %x, %x at %p caches %k, %v heads 1 kv_heads 1 scale 0.5
        : (tensor<2x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>, index, tensor<16x1x4xf32>, tensor<16x1x4xf32>)
        -> (tensor<2x4xf32>, tensor<16x1x4xf32>, tensor<16x1x4xf32>)
    eke.yield %y, %k1, %v1 : tensor<2x4xf32>, tensor<16x1x4xf32>, tensor<16x1x4xf32>
  }
  eke.model @narrowed(%x: tensor<2x4xf32>, %p: index) -> tensor<2x4xf32> rows [2] {
    // CHECK: eke.read @k : tensor<16x1x4xf16>
    %k = eke.read @k : tensor<16x1x4xf32>
    %v = eke.read @v : tensor<16x1x4xf32>
    // CHECK: eke.attention {{.*}} -> (tensor<2x4xf32>, tensor<16x1x4xf16>, tensor<16x1x4xf16>)
    %y, %k1, %v1 = eke.attention %x, %x, %x at %p caches %k, %v heads 1 kv_heads 1 scale 0.5
        : (tensor<2x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>, index, tensor<16x1x4xf32>, tensor<16x1x4xf32>)
        -> (tensor<2x4xf32>, tensor<16x1x4xf32>, tensor<16x1x4xf32>)
    // CHECK: eke.apply {{.*}} -> (tensor<2x4xf32>, tensor<16x1x4xf16>, tensor<16x1x4xf16>)
    %z, %k2, %v2 = eke.apply @b(%y, %p) states(%k1, %v1)
        : (tensor<2x4xf32>, index, tensor<16x1x4xf32>, tensor<16x1x4xf32>)
        -> (tensor<2x4xf32>, tensor<16x1x4xf32>, tensor<16x1x4xf32>)
    // CHECK: eke.write %{{.*}}, @k : tensor<16x1x4xf16>
    eke.write %k2, @k : tensor<16x1x4xf32>
    eke.write %v2, @v : tensor<16x1x4xf32>
    eke.yield %z : tensor<2x4xf32>
  }
}

// -----

// Without a decision, and where it says so, caches stay in f32.
module attributes {eke.caches_format = f32} {
  // CHECK: eke.state @wide : tensor<16x1x4xf32>
  eke.state @wide : tensor<16x1x4xf32>
}

// -----

// An op that does not say that it rounds needs the state as it is, and so does the
// state that is bound to the same argument.
module attributes {eke.caches_format = f16} {
  // CHECK: eke.state @read : tensor<4xf32>
  // CHECK: eke.state @bound : tensor<4xf32>
  // CHECK: eke.state @unused : tensor<4xf16>
  eke.state @read : tensor<4xf32>
  eke.state @bound : tensor<4xf32>
  eke.state @unused : tensor<4xf32>
  eke.block @cell(%x: tensor<1x4xf32>) states(%s: tensor<4xf32>) -> (tensor<1x4xf32>, tensor<4xf32>) {
    %y, %s1 = "test.cell"(%x, %s) : (tensor<1x4xf32>, tensor<4xf32>) -> (tensor<1x4xf32>, tensor<4xf32>)
    eke.yield %y, %s1 : tensor<1x4xf32>, tensor<4xf32>
  }
  eke.model @kept(%x: tensor<1x4xf32>) -> tensor<1x4xf32> rows [1] {
    %s0 = eke.read @read : tensor<4xf32>
    %0, %s0n = eke.apply @cell(%x) states(%s0) : (tensor<1x4xf32>, tensor<4xf32>) -> (tensor<1x4xf32>, tensor<4xf32>)
    eke.write %s0n, @read : tensor<4xf32>
    %s1 = eke.read @bound : tensor<4xf32>
    %1, %s1n = eke.apply @cell(%0) states(%s1) : (tensor<1x4xf32>, tensor<4xf32>) -> (tensor<1x4xf32>, tensor<4xf32>)
    eke.write %s1n, @bound : tensor<4xf32>
    eke.yield %1 : tensor<1x4xf32>
  }
}

// -----

// A value from elsewhere is not rounded to what a state can hold, nor is it wider where
// it is read.
module attributes {eke.caches_format = f16} {
  // CHECK: eke.state @written : tensor<4xf32>
  // CHECK: eke.state @returned : tensor<4xf32>
  eke.state @written : tensor<4xf32>
  eke.state @returned : tensor<4xf32>
  eke.model @kept(%x: tensor<4xf32>) -> tensor<4xf32> {
    %y = eke.read @returned : tensor<4xf32>
    eke.write %x, @written : tensor<4xf32>
    eke.yield %y : tensor<4xf32>
  }
}

// -----

// The value at start is rounded too.
module attributes {eke.caches_format = f16} {
  // CHECK: eke.state @third : tensor<2xf16> = dense<3.332520e-01>
  // CHECK: eke.state @two : tensor<2xf16> = dense<[1.000000e+00, 0x7C00]>
  eke.state @third : tensor<2xf32> = dense<0.333333333>
  eke.state @two : tensor<2xf32> = dense<[1.0, 1.0e9]>
}
