// i8 weights for CPUs that add two products in 16 bits: no value is -128.
// Schedules for one row, and for several:
// row: #halide.stage<"out", vectorize(ni)>,
// row: #halide.stage<"dot", compute_at("out", no), reorder(kp, ni), vectorize(ni), unroll(kp)>,
// row: #halide.stage<"part", compute_at("out", no), reorder(k2, kp, ni, kq), atomic, vectorize(k2), vectorize(kp), vectorize(ni), unroll(kq, 2)>
// rows: #halide.stage<"out", split(m, mo, mi, 4), reorder(ni, mi, mo, no), vectorize(ni), unroll(mi)>,
// rows: #halide.stage<"dot", compute_at("out", mo), reorder(kp, ni, m), vectorize(ni), unroll(kp), unroll(m)>,
// rows: #halide.stage<"part", compute_at("out", mo), reorder(k2, kp, ni, m, kq), atomic, vectorize(k2), vectorize(kp), vectorize(ni), unroll(m)>

#pp = affine_map<(m, no, ni, kp, ko, k2) -> (m, no, ni, kp)>
#q4 = affine_map<(m, no, ni, kp) -> (m, no, ni, kp)>
#q3 = affine_map<(m, no, ni, kp) -> (m, no, ni)>
#ax = affine_map<(m, no, ni, kp, kq, k2) -> (m, kq * 8 + kp * 2 + k2)>
#bx = affine_map<(m, no, ni, kp, kq, k2) -> (m, kq * 8 + kp * 2 + k2 + 4)>
#aw = affine_map<(m, no, ni, kp, kq, k2) -> (no, kq, 0, ni, kp, k2)>
#bw = affine_map<(m, no, ni, kp, kq, k2) -> (no, kq, 1, ni, kp, k2)>

halide.kernel @product ins [memref<$Mx$K4xi8>, memref<$NOx$K2x2x8x2x2xi8>] outs [memref<$Mx$NOx8xi32>] {
^bb0(%x: tensor<$Mx$K4xi8>, %w: tensor<$NOx$K2x2x8x2x2xi8>, %y: tensor<$Mx$NOx8xi32>):
  %z = arith.constant 0 : i32
  %e = tensor.empty() : tensor<$Mx$NOx8xi32>
  %f = linalg.fill ins(%z : i32) outs(%e : tensor<$Mx$NOx8xi32>) -> tensor<$Mx$NOx8xi32>
  %e4 = tensor.empty() : tensor<$Mx$NOx8x2xi32>
  %f4 = linalg.fill ins(%z : i32) outs(%e4 : tensor<$Mx$NOx8x2xi32>) -> tensor<$Mx$NOx8x2xi32>
  %part = linalg.generic {indexing_maps = [#ax, #bx, #aw, #bw, #pp], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction"]}
    ins(%x, %x, %w, %w : tensor<$Mx$K4xi8>, tensor<$Mx$K4xi8>, tensor<$NOx$K2x2x8x2x2xi8>, tensor<$NOx$K2x2x8x2x2xi8>) outs(%f4 : tensor<$Mx$NOx8x2xi32>)
    attrs = {halide.stage = "part", halide.vars = ["m", "no", "ni", "kp", "kq", "k2"]} {
  ^bb0(%a: i8, %a1: i8, %b: i8, %b1: i8, %acc: i32):
    %a16 = arith.extsi %a : i8 to i16
    %b16 = arith.extsi %b : i8 to i16
    %a16_1 = arith.extsi %a1 : i8 to i16
    %b16_1 = arith.extsi %b1 : i8 to i16
    %p = arith.muli %a16, %b16 : i16
    %p1 = arith.muli %a16_1, %b16_1 : i16
    %p2 = arith.addi %p, %p1 : i16
    %p32 = arith.extsi %p2 : i16 to i32
    %sum = arith.addi %acc, %p32 : i32
    linalg.yield %sum : i32
  } -> tensor<$Mx$NOx8x2xi32>
  %d = linalg.generic {indexing_maps = [#q4, #q3], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
    ins(%part : tensor<$Mx$NOx8x2xi32>) outs(%f : tensor<$Mx$NOx8xi32>)
    attrs = {halide.stage = "dot", halide.vars = ["m", "no", "ni", "kp"]} {
  ^bb0(%a: i32, %acc: i32):
    %sum = arith.addi %acc, %a : i32
    linalg.yield %sum : i32
  } -> tensor<$Mx$NOx8xi32>

  %o = linalg.copy {halide.stage = "out", halide.vars = ["m", "no", "ni"]}
      ins(%d : tensor<$Mx$NOx8xi32>) outs(%y : tensor<$Mx$NOx8xi32>) -> tensor<$Mx$NOx8xi32>
  halide.yield %o : tensor<$Mx$NOx8xi32>
} schedule [$SCHEDULE]
