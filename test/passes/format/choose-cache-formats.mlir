// RUN: eke-opt %s --split-input-file --verify-diagnostics --allow-unregistered-dialect --eke-choose-cache-formats | FileCheck %s

// A state is narrowed where it is used directly and through a block, whose argument
// changes with it.
module attributes {eke.caches_format = "f16"} {
  // CHECK: eke.state @k : tensor<16x1x4xf16>
  // CHECK: eke.state @v : tensor<16x1x4xf16>
  eke.state @k : tensor<16x1x4xf32>
  eke.state @v : tensor<16x1x4xf32>
  // CHECK: eke.block @b({{.*}}%[[K:.*]]: !eke.state<tensor<16x1x4xf16>>, %[[V:.*]]: !eke.state<tensor<16x1x4xf16>>)
  eke.block @b(%x: tensor<2x4xf32>, %p: index, %k: !eke.state<tensor<16x1x4xf32>>,
               %v: !eke.state<tensor<16x1x4xf32>>) -> tensor<2x4xf32> {
    %y = eke.attention %x, %x, %x at %p caches %k, %v heads 1 kv_heads 1 scale 0.5
        : (tensor<2x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>, index,
           !eke.state<tensor<16x1x4xf32>>, !eke.state<tensor<16x1x4xf32>>) -> tensor<2x4xf32>
    eke.yield %y : tensor<2x4xf32>
  }
  eke.model @narrowed(%x: tensor<2x4xf32>, %p: index) -> tensor<2x4xf32> rows [2] {
    // CHECK: eke.use @k : !eke.state<tensor<16x1x4xf16>>
    %k = eke.use @k : !eke.state<tensor<16x1x4xf32>>
    %v = eke.use @v : !eke.state<tensor<16x1x4xf32>>
    %y = eke.attention %x, %x, %x at %p caches %k, %v heads 1 kv_heads 1 scale 0.5
        : (tensor<2x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>, index,
           !eke.state<tensor<16x1x4xf32>>, !eke.state<tensor<16x1x4xf32>>) -> tensor<2x4xf32>
    %z = eke.apply @b(%y, %p) states [@k, @v] : (tensor<2x4xf32>, index) -> tensor<2x4xf32>
    eke.yield %z : tensor<2x4xf32>
  }
}

// -----

// Without a decision, and where it says so, caches stay in f32.
module attributes {eke.caches_format = "f32"} {
  // CHECK: eke.state @wide : tensor<16x1x4xf32>
  eke.state @wide : tensor<16x1x4xf32>
}

// -----

// An op that does not say that it rounds needs the state as it is, and so does the
// state that is bound to the same argument.
module attributes {eke.caches_format = "f16"} {
  // CHECK: eke.state @read : tensor<4xf32>
  // CHECK: eke.state @bound : tensor<4xf32>
  // CHECK: eke.state @unused : tensor<4xf16>
  eke.state @read : tensor<4xf32>
  eke.state @bound : tensor<4xf32>
  eke.state @unused : tensor<4xf32>
  eke.block @cell(%x: tensor<1x4xf32>, %s: !eke.state<tensor<4xf32>>) -> tensor<1x4xf32> {
    %y = "test.cell"(%x, %s) : (tensor<1x4xf32>, !eke.state<tensor<4xf32>>) -> tensor<1x4xf32>
    eke.yield %y : tensor<1x4xf32>
  }
  eke.model @kept(%x: tensor<1x4xf32>) -> tensor<1x4xf32> rows [1] {
    %0 = eke.apply @cell(%x) states [@read] : (tensor<1x4xf32>) -> tensor<1x4xf32>
    %1 = eke.apply @cell(%0) states [@bound] : (tensor<1x4xf32>) -> tensor<1x4xf32>
    eke.yield %1 : tensor<1x4xf32>
  }
}

// -----

// expected-error@+1 {{unknown caches format 'i8', expected f32 or f16}}
module attributes {eke.caches_format = "i8"} {
}
