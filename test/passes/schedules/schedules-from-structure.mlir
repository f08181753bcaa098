// Recipes ask the maps of the ops. What stages and loops are called plays no part: here
// every one gets another name before there are pipelines.

// RUN: eke-opt %s --eke-to-linalg \
// RUN:   | sed 's/halide.stage = "/halide.stage = "a/; s/"m"/"x"/g; s/"n\([oi]\)"/"c\1"/g; s/"r\([ghcj]\|ki\|lane\)"/"s\1"/g; s/"\([guj]\)"/"b\1"/g' \
// RUN:   | eke-opt --eke-form-pipelines --eke-choose-schedules | FileCheck %s

// CHECK-LABEL: func.func @product(
// CHECK:         schedule [#halide.stage<"adequantize", split(x, mo, mi, 16), split(ci, nh, nl, 4), reorder(nl, mi, mo, nh, co), vectorize(nl), unroll(mi)>,
// CHECK-SAME:      #halide.stage<"agroups", compute_at("adequantize", mo), reorder(ci, x, sg), vectorize(ci), unroll(x)>,
// CHECK-SAME:      #halide.stage<"adot", compute_at("agroups", x), reorder(ski, ci, x, sh, sc), atomic, vectorize(ski), vectorize(ci), unroll(x), unroll(sc), unroll(sh)>
// CHECK-LABEL: func.func @attention(
// CHECK:         #halide.stage<"amask", split(bj, jo, ji, 4)
// CHECK-SAME:    #halide.stage<"ascores", compute_at("amask", uo), reorder(slane, bj, bu), atomic
// CHECK:         #halide.stage<"anormalize", split(d, do, di, 16), split(bu, uo, ui, 3)
// CHECK-SAME:    #halide.stage<"acontext", compute_at("anormalize", uo), reorder(d, bu, sj)
module attributes {eke.image_bytes = 320 : i64, eke.state_bytes = 1572864 : i64, eke.target = #eke.target<name = "a76",
    triple = "aarch64-linux-gnu", cpu = "cortex-a76", features = "+dotprod",
    halide = "arm-64-linux-arm_dot_prod", vector_bits = 128, memories = [<l1d, cache, capacity = 65536>, <dram, ram>]>} {
  eke.weight @w : tensor<16x32xf32, #eke.format<i4, group = 32, tile = 16>>
      = <"m.bin", offset = 0, length = 2048, element = f32> place <dram, offset = 0>
  eke.model @product(%x: tensor<16x32xf32>) -> tensor<16x16xf32> {
    %w = eke.use @w : tensor<16x32xf32, #eke.format<i4, group = 32, tile = 16>>
    %0 = eke.linear %x, %w : (tensor<16x32xf32>, tensor<16x32xf32, #eke.format<i4, group = 32, tile = 16>>) -> tensor<16x16xf32>
    eke.yield %0 : tensor<16x16xf32>
  }
  eke.state @keys : tensor<2048x3x64xf16> place <dram, offset = 0>
  eke.state @values : tensor<2048x3x64xf16> place <dram, offset = 786432>
  eke.model @attention(%q: tensor<1x576xf32>, %k: tensor<1x192xf32>, %v: tensor<1x192xf32>,
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
