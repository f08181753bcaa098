// RUN: eke-opt %s --split-input-file --eke-collect-moments --eke-attach-moments -o %t.mlir
// RUN: FileCheck %s < %t.mlir
// RUN: eke-opt %s --split-input-file --eke-attach-moments --remark-format=emitRemark --remarks-filter=format -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

// Weights that are rounded coarsely collect x x^T, each its own though they share a block; a
// weight that is read twice adds up both. What keeps its numbers, or rounds them finely, does
// not. Everything is computed in f32.
// CHECK-LABEL: module @collect
// CHECK:         eke.weight @a : tensor<32x32xf32, #eke.format<f32>>
// CHECK-NEXT:    eke.state @moments.a : tensor<32x32xf32>
// CHECK:         eke.weight @b : tensor<32x32xf32, #eke.format<f32>>
// CHECK-NEXT:    eke.state @moments.b : tensor<32x32xf32>
// CHECK:         eke.weight @kept : tensor<32x32xf32, #eke.format<f32>>
// CHECK-NEXT:    eke.weight @fine : tensor<8x32xf32, #eke.format<f32>>
// CHECK-NOT:     eke.state
// CHECK-NOT:     eke.block
// CHECK-LABEL: eke.model @trunk
// CHECK-SAME:      (%[[X:.*]]: tensor<2x32xf32>)
// CHECK-NOT:     eke.apply
// CHECK:         %[[A0:.*]] = eke.read @moments.a : tensor<32x32xf32>
// CHECK:         %[[A1:.*]] = linalg.generic
// CHECK-SAME:      iterator_types = ["parallel", "parallel", "reduction"]
// CHECK-SAME:      ins(%[[X]], %[[X]] : tensor<2x32xf32>, tensor<2x32xf32>) outs(%[[A0]] : tensor<32x32xf32>)
// CHECK:         %[[Y:.*]] = eke.linear %[[X]], %{{.*}} : (tensor<2x32xf32>, tensor<32x32xf32, #eke.format<f32>>)
// CHECK:         %[[A2:.*]] = linalg.generic
// CHECK-SAME:      ins(%[[Y]], %[[Y]] : {{.*}}) outs(%[[A1]] :
// CHECK:         eke.write %[[A2]], @moments.a
// CHECK:         eke.read @moments.b
// CHECK:         eke.write %{{.*}}, @moments.b
// CHECK-NOT:     eke.write
module @collect attributes {eke.collect_moments} {
  eke.weight @a : tensor<32x32xf32, #eke.format<i4, group = 32>> = <"m.bin", offset = 0, length = 4096, element = f32>
  eke.weight @b : tensor<32x32xf32, #eke.format<i4, group = 32>> = <"m.bin", offset = 4096, length = 4096, element = f32>
  eke.weight @kept : tensor<32x32xf32, #eke.format<i4, group = 32>> = <"m.bin", offset = 8192, length = 576, element = !eke.quants<q4_0>>
  eke.weight @fine : tensor<8x32xf32, #eke.format<i8>> = <"m.bin", offset = 9000, length = 1024, element = f32>
  eke.block @layer(%x: tensor<2x32xf32>) weights(%w: tensor<32x32xf32, #eke.format<i4, group = 32>>) -> tensor<2x32xf32> {
    %y = eke.linear %x, %w : (tensor<2x32xf32>, tensor<32x32xf32, #eke.format<i4, group = 32>>) -> tensor<2x32xf32>
    eke.yield %y : tensor<2x32xf32>
  }
  eke.block @pair(%x: tensor<2x32xf32>) weights(%w: tensor<32x32xf32, #eke.format<i4, group = 32>>) -> tensor<2x32xf32> {
    %y = eke.apply @layer(%x) weights(%w) : (tensor<2x32xf32>, tensor<32x32xf32, #eke.format<i4, group = 32>>) -> tensor<2x32xf32>
    %z = eke.apply @layer(%y) weights(%w) : (tensor<2x32xf32>, tensor<32x32xf32, #eke.format<i4, group = 32>>) -> tensor<2x32xf32>
    eke.yield %z : tensor<2x32xf32>
  }
  eke.model @trunk(%x: tensor<2x32xf32>) -> tensor<2x8xf32> {
    %a = eke.use @a : tensor<32x32xf32, #eke.format<i4, group = 32>>
    %y = eke.apply @pair(%x) weights(%a) : (tensor<2x32xf32>, tensor<32x32xf32, #eke.format<i4, group = 32>>) -> tensor<2x32xf32>
    %b = eke.use @b : tensor<32x32xf32, #eke.format<i4, group = 32>>
    %z = eke.apply @layer(%y) weights(%b) : (tensor<2x32xf32>, tensor<32x32xf32, #eke.format<i4, group = 32>>) -> tensor<2x32xf32>
    %k = eke.use @kept : tensor<32x32xf32, #eke.format<i4, group = 32>>
    %u = eke.apply @layer(%z) weights(%k) : (tensor<2x32xf32>, tensor<32x32xf32, #eke.format<i4, group = 32>>) -> tensor<2x32xf32>
    %f = eke.use @fine : tensor<8x32xf32, #eke.format<i8>>
    %v = eke.linear %u, %f : (tensor<2x32xf32>, tensor<8x32xf32, #eke.format<i8>>) -> tensor<2x8xf32>
    eke.yield %v : tensor<2x8xf32>
  }
}

// -----

// Weights that multiply the same rows, and nothing else, have one state.
// CHECK-LABEL: module @same_rows
// CHECK:         eke.weight @q
// CHECK-NEXT:    eke.state @moments.q
// CHECK-NEXT:    eke.weight @k
// CHECK-NEXT:    eke.weight @o
// CHECK-NEXT:    eke.state @moments.o
// CHECK-NOT:     eke.state
// CHECK-COUNT-3: linalg.generic
// CHECK-NOT:     linalg.generic
module @same_rows attributes {eke.collect_moments} {
  eke.weight @q : tensor<32x32xf32, #eke.format<i4, group = 32>> = <"m.bin", offset = 0, length = 4096, element = f32>
  eke.weight @k : tensor<32x32xf32, #eke.format<i4, group = 32>> = <"m.bin", offset = 4096, length = 4096, element = f32>
  eke.weight @o : tensor<32x32xf32, #eke.format<i4, group = 32>> = <"m.bin", offset = 8192, length = 4096, element = f32>
  eke.model @trunk(%x: tensor<2x32xf32>) -> (tensor<2x32xf32>, tensor<2x32xf32>) {
    %q = eke.use @q : tensor<32x32xf32, #eke.format<i4, group = 32>>
    %0 = eke.linear %x, %q : (tensor<2x32xf32>, tensor<32x32xf32, #eke.format<i4, group = 32>>) -> tensor<2x32xf32>
    %k = eke.use @k : tensor<32x32xf32, #eke.format<i4, group = 32>>
    %1 = eke.linear %x, %k : (tensor<2x32xf32>, tensor<32x32xf32, #eke.format<i4, group = 32>>) -> tensor<2x32xf32>
    %o = eke.use @o : tensor<32x32xf32, #eke.format<i4, group = 32>>
    %2 = eke.linear %x, %o : (tensor<2x32xf32>, tensor<32x32xf32, #eke.format<i4, group = 32>>) -> tensor<2x32xf32>
    %3 = eke.linear %1, %o : (tensor<2x32xf32>, tensor<32x32xf32, #eke.format<i4, group = 32>>) -> tensor<2x32xf32>
    eke.yield %2, %3 : tensor<2x32xf32>, tensor<2x32xf32>
  }
}

// -----

// A weight takes the moments of another one that multiplies the same rows, in whichever blocks.
// CHECK-LABEL: module @attach_same_rows {
// CHECK-NEXT:    eke.weight @q : {{.*}} {eke.moments = #[[OF:.*]]}
// CHECK-NEXT:    eke.weight @k : {{.*}} {eke.moments = #[[OF]]}
// CHECK-NEXT:    eke.weight @o : {{[^{]*}}{{$}}
module @attach_same_rows attributes {eke.moments = {
    k = #eke.payload<"s.safetensors", offset = 96, length = 4096, element = f32>}} {
  eke.weight @q : tensor<32x32xf32, #eke.format<i4, group = 32>> = <"m.bin", offset = 0, length = 4096, element = f32>
  eke.weight @k : tensor<32x32xf32, #eke.format<i4, group = 32>> = <"m.bin", offset = 4096, length = 4096, element = f32>
  eke.weight @o : tensor<32x32xf32, #eke.format<i4, group = 32>> = <"m.bin", offset = 8192, length = 4096, element = f32>
  eke.block @layer(%x: tensor<2x32xf32>) weights(%q: tensor<32x32xf32, #eke.format<i4, group = 32>>, %k: tensor<32x32xf32, #eke.format<i4, group = 32>>) -> tensor<2x32xf32> {
    %0 = eke.linear %x, %q : (tensor<2x32xf32>, tensor<32x32xf32, #eke.format<i4, group = 32>>) -> tensor<2x32xf32>
    %1 = eke.linear %x, %k : (tensor<2x32xf32>, tensor<32x32xf32, #eke.format<i4, group = 32>>) -> tensor<2x32xf32>
    %2 = arith.addf %0, %1 : tensor<2x32xf32>
    eke.yield %2 : tensor<2x32xf32>
  }
  eke.model @trunk(%x: tensor<2x32xf32>) -> tensor<2x32xf32> {
    %q = eke.use @q : tensor<32x32xf32, #eke.format<i4, group = 32>>
    %k = eke.use @k : tensor<32x32xf32, #eke.format<i4, group = 32>>
    %0 = eke.apply @layer(%x) weights(%q, %k) : (tensor<2x32xf32>, tensor<32x32xf32, #eke.format<i4, group = 32>>, tensor<32x32xf32, #eke.format<i4, group = 32>>) -> tensor<2x32xf32>
    %o = eke.use @o : tensor<32x32xf32, #eke.format<i4, group = 32>>
    %1 = eke.linear %0, %o : (tensor<2x32xf32>, tensor<32x32xf32, #eke.format<i4, group = 32>>) -> tensor<2x32xf32>
    eke.yield %1 : tensor<2x32xf32>
  }
}

// -----

// CHECK-LABEL: module @attach {
// CHECK-NEXT:    eke.weight @a : {{.*}} {eke.moments = #eke.payload<"s.safetensors", offset = 96, length = 4096, element = f32>}
// CHECK-NEXT:    eke.weight @other : {{[^{]*}}{{$}}
// CHECK-NEXT:    eke.weight @fine : {{[^{]*}}{{$}}
// REMARK:        remark: [Passed] Moments | Category:format | Reason="its rounding makes up for what products lose"
// REMARK:        remark: [Missed] Moments | Category:format | Reason="no row went through it where moments were collected"
module @attach attributes {eke.moments = {
    a = #eke.payload<"s.safetensors", offset = 96, length = 4096, element = f32>,
    fine = #eke.payload<"s.safetensors", offset = 4192, length = 4096, element = f32>}} {
  eke.weight @a : tensor<32x32xf32, #eke.format<i4, group = 32>> = <"m.bin", offset = 0, length = 4096, element = f32>
  eke.weight @other : tensor<32x32xf32, #eke.format<i4, group = 32>> = <"m.bin", offset = 4096, length = 4096, element = f32>
  eke.weight @fine : tensor<8x32xf32, #eke.format<i8>> = <"m.bin", offset = 9000, length = 1024, element = f32>
}
