// RUN: eke-opt %s --split-input-file --eke-to-linalg --eke-form-pipelines --eke-choose-schedules | FileCheck %s

// How threads share attention, by its rows and the most positions there can be.

// For one row, tasks are positions, of which there is one task while few are live, and
// parts of heads where values are summed over positions.
// CHECK-LABEL: func.func @m(
// CHECK:         #halide.stage<"mask", {{.*}}split(jo, jp, jq, 16), reorder(ji, ui, uo, m, g, jq, jp), parallel(jp)
// CHECK:         #halide.stage<"peak", compute_root, split(rj, ro, ri, 8), rfactor(ri, l, "peak_part"), atomic, vectorize(ri)>,
// CHECK-SAME:    #halide.stage<"exp", vectorize(j, 8), split(j, jp, jq, 32), reorder(jq, u, g, m, jp), parallel(jp)>,
// CHECK-SAME:    #halide.stage<"sum", compute_root, split(rj, ro, ri, 8), rfactor(ri, l, "sum_part"), atomic, vectorize(ri)>
// CHECK:         #halide.stage<"normalize", {{.*}}reorder(di, ui, uo, m, do, g), fuse(do, g, p), parallel(p)
module attributes {eke.state_bytes = 1572864 : i64} {
eke.state @keys : tensor<2048x3x64xf16> place <dram, offset = 0>
eke.state @values : tensor<2048x3x64xf16> place <dram, offset = 786432>
eke.model @m(%q: tensor<1x576xf32>, %k: tensor<1x192xf32>, %v: tensor<1x192xf32>,
    %p: index) -> tensor<1x576xf32> rows [1] {
  %kc = eke.read @keys : tensor<2048x3x64xf16>
  %vc = eke.read @values : tensor<2048x3x64xf16>
  %y, %kc1, %vc1 = eke.attention %q, %k, %v at %p caches %kc, %vc heads 9 kv_heads 3 scale 0.125
      : (tensor<1x576xf32>, tensor<1x192xf32>, tensor<1x192xf32>, index, tensor<2048x3x64xf16>, tensor<2048x3x64xf16>)
      -> (tensor<1x576xf32>, tensor<2048x3x64xf16>, tensor<2048x3x64xf16>)
  eke.write %kc1, @keys : tensor<2048x3x64xf16>
  eke.write %vc1, @values : tensor<2048x3x64xf16>
  eke.yield %y : tensor<1x576xf32>
}
}

// -----

// Few positions are not worth a second thread.
// CHECK-LABEL: func.func @m(
// CHECK-NOT:     parallel(
module attributes {eke.state_bytes = 24576 : i64} {
eke.state @keys : tensor<32x3x64xf16> place <dram, offset = 0>
eke.state @values : tensor<32x3x64xf16> place <dram, offset = 12288>
eke.model @m(%q: tensor<1x576xf32>, %k: tensor<1x192xf32>, %v: tensor<1x192xf32>,
    %p: index) -> tensor<1x576xf32> rows [1] {
  %kc = eke.read @keys : tensor<32x3x64xf16>
  %vc = eke.read @values : tensor<32x3x64xf16>
  %y, %kc1, %vc1 = eke.attention %q, %k, %v at %p caches %kc, %vc heads 9 kv_heads 3 scale 0.125
      : (tensor<1x576xf32>, tensor<1x192xf32>, tensor<1x192xf32>, index, tensor<32x3x64xf16>, tensor<32x3x64xf16>)
      -> (tensor<1x576xf32>, tensor<32x3x64xf16>, tensor<32x3x64xf16>)
  eke.write %kc1, @keys : tensor<32x3x64xf16>
  eke.write %vc1, @values : tensor<32x3x64xf16>
  eke.yield %y : tensor<1x576xf32>
}
}

// -----

// Of a prompt, threads share the rows, also where a row alone is little work.
// CHECK-LABEL: func.func @m(
// CHECK:         #halide.stage<"mask", {{.*}}parallel(mp)
// CHECK:         #halide.stage<"peak", compute_root, split(rj, ro, ri, 8), rfactor(ri, l, "peak_part"), atomic, vectorize(ri), parallel(m)>,
// CHECK-SAME:    #halide.stage<"exp", vectorize(j, 8), parallel(m)>,
// CHECK-SAME:    #halide.stage<"sum", compute_root, split(rj, ro, ri, 8), rfactor(ri, l, "sum_part"), atomic, vectorize(ri), parallel(m)>
// CHECK:         #halide.stage<"normalize", {{.*}}parallel(mp)
module attributes {eke.state_bytes = 1572864 : i64} {
eke.state @keys : tensor<2048x3x64xf16> place <dram, offset = 0>
eke.state @values : tensor<2048x3x64xf16> place <dram, offset = 786432>
eke.model @m(%q: tensor<16x576xf32>, %k: tensor<16x192xf32>, %v: tensor<16x192xf32>,
    %p: index) -> tensor<16x576xf32> rows [16] {
  %kc = eke.read @keys : tensor<2048x3x64xf16>
  %vc = eke.read @values : tensor<2048x3x64xf16>
  %y, %kc1, %vc1 = eke.attention %q, %k, %v at %p caches %kc, %vc heads 9 kv_heads 3 scale 0.125
      : (tensor<16x576xf32>, tensor<16x192xf32>, tensor<16x192xf32>, index, tensor<2048x3x64xf16>, tensor<2048x3x64xf16>)
      -> (tensor<16x576xf32>, tensor<2048x3x64xf16>, tensor<2048x3x64xf16>)
  eke.write %kc1, @keys : tensor<2048x3x64xf16>
  eke.write %vc1, @values : tensor<2048x3x64xf16>
  eke.yield %y : tensor<16x576xf32>
}
}

// -----

// A sum is little work for so few positions.
// CHECK-LABEL: func.func @m(
// CHECK:         #halide.stage<"peak", compute_root, split(rj, ro, ri, 8), rfactor(ri, l, "peak_part"), atomic, vectorize(ri)>,
// CHECK-SAME:    #halide.stage<"exp", vectorize(j, 8), parallel(m)>,
// CHECK-SAME:    #halide.stage<"sum", compute_root, split(rj, ro, ri, 8), rfactor(ri, l, "sum_part"), atomic, vectorize(ri)>
module attributes {eke.state_bytes = 196608 : i64} {
eke.state @keys : tensor<256x3x64xf16> place <dram, offset = 0>
eke.state @values : tensor<256x3x64xf16> place <dram, offset = 98304>
eke.model @m(%q: tensor<16x576xf32>, %k: tensor<16x192xf32>, %v: tensor<16x192xf32>,
    %p: index) -> tensor<16x576xf32> rows [16] {
  %kc = eke.read @keys : tensor<256x3x64xf16>
  %vc = eke.read @values : tensor<256x3x64xf16>
  %y, %kc1, %vc1 = eke.attention %q, %k, %v at %p caches %kc, %vc heads 9 kv_heads 3 scale 0.125
      : (tensor<16x576xf32>, tensor<16x192xf32>, tensor<16x192xf32>, index, tensor<256x3x64xf16>, tensor<256x3x64xf16>)
      -> (tensor<16x576xf32>, tensor<256x3x64xf16>, tensor<256x3x64xf16>)
  eke.write %kc1, @keys : tensor<256x3x64xf16>
  eke.write %vc1, @values : tensor<256x3x64xf16>
  eke.yield %y : tensor<16x576xf32>
}
}
