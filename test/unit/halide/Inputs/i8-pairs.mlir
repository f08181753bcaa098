// i8 weights for CPUs that multiply and add neighbouring pairs into 32 bits.
// Schedules for one row, and for several:
// row: #halide.stage<"out", vectorize(ni)>,
// row: #halide.stage<"dot", compute_at("out", no), reorder(kp, ni), vectorize(ni), unroll(kp)>,
// row: #halide.stage<"part", compute_at("out", no), reorder(k2, kp, ni, ko), atomic, vectorize(k2), vectorize(kp), vectorize(ni), unroll(ko, 2)>
// rows: #halide.stage<"out", split(m, mo, mi, 4), reorder(ni, mi, mo, no), vectorize(ni), unroll(mi)>,
// rows: #halide.stage<"dot", compute_at("out", mo), reorder(kp, ni, m), vectorize(ni), unroll(kp), unroll(m)>,
// rows: #halide.stage<"part", compute_at("out", mo), reorder(k2, kp, ni, m, ko), atomic, vectorize(k2), vectorize(kp), vectorize(ni), unroll(m)>

#px = affine_map<(m, no, ni, kp, ko, k2) -> (m, ko * 4 + kp * 2 + k2)>
#pw = affine_map<(m, no, ni, kp, ko, k2) -> (no, ko, ni, kp, k2)>
#pp = affine_map<(m, no, ni, kp, ko, k2) -> (m, no, ni, kp)>
#q4 = affine_map<(m, no, ni, kp) -> (m, no, ni, kp)>
#q3 = affine_map<(m, no, ni, kp) -> (m, no, ni)>

halide.kernel @product ins [memref<$Mx$K4xi8>, memref<$NOx$Kx8x2x2xi8>] outs [memref<$Mx$NOx8xi32>] {
^bb0(%x: tensor<$Mx$K4xi8>, %w: tensor<$NOx$Kx8x2x2xi8>, %y: tensor<$Mx$NOx8xi32>):
  %z = arith.constant 0 : i32
  %e = tensor.empty() : tensor<$Mx$NOx8xi32>
  %f = linalg.fill ins(%z : i32) outs(%e : tensor<$Mx$NOx8xi32>) -> tensor<$Mx$NOx8xi32>
  %e4 = tensor.empty() : tensor<$Mx$NOx8x2xi32>
  %f4 = linalg.fill ins(%z : i32) outs(%e4 : tensor<$Mx$NOx8x2xi32>) -> tensor<$Mx$NOx8x2xi32>
  %part = linalg.generic {indexing_maps = [#px, #pw, #pp], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction"]}
    ins(%x, %w : tensor<$Mx$K4xi8>, tensor<$NOx$Kx8x2x2xi8>) outs(%f4 : tensor<$Mx$NOx8x2xi32>)
    attrs = {halide.stage = "part", halide.vars = ["m", "no", "ni", "kp", "ko", "k2"]} {
  ^bb0(%a: i8, %b: i8, %acc: i32):
    %a32 = arith.extsi %a : i8 to i32
    %b32 = arith.extsi %b : i8 to i32
    %p = arith.muli %a32, %b32 : i32
    %sum = arith.addi %acc, %p : i32
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
