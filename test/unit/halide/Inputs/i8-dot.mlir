// i8 weights for CPUs with dot products: sums over 4 inputs at a time.
// Schedules for one row, and for several:
// row: #halide.stage<"out", vectorize(ni)>,
// row: #halide.stage<"dot", compute_at("out", no), reorder(ki, ni, ko), atomic, vectorize(ki), vectorize(ni), unroll(ko, 4)>
// rows: #halide.stage<"out", split(m, mo, mi, 4), reorder(ni, mi, mo, no), vectorize(ni), unroll(mi)>,
// rows: #halide.stage<"dot", compute_at("out", mo), reorder(ki, ni, m, ko), atomic, vectorize(ki), vectorize(ni), unroll(m), unroll(ko, 2)>

#x = affine_map<(m, no, ni, ko, ki) -> (m, ko * 4 + ki)>
#w = affine_map<(m, no, ni, ko, ki) -> (no, ko, ni, ki)>
#y = affine_map<(m, no, ni, ko, ki) -> (m, no, ni)>

halide.kernel @product ins [memref<$Mx$K4xi8>, memref<$NOx$Kx8x4xi8>] outs [memref<$Mx$NOx8xi32>] {
^bb0(%x: tensor<$Mx$K4xi8>, %w: tensor<$NOx$Kx8x4xi8>, %y: tensor<$Mx$NOx8xi32>):
  %z = arith.constant 0 : i32
  %e = tensor.empty() : tensor<$Mx$NOx8xi32>
  %f = linalg.fill ins(%z : i32) outs(%e : tensor<$Mx$NOx8xi32>) -> tensor<$Mx$NOx8xi32>
  %d = linalg.generic {indexing_maps = [#x, #w, #y], iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction"]}
    ins(%x, %w : tensor<$Mx$K4xi8>, tensor<$NOx$Kx8x4xi8>) outs(%f : tensor<$Mx$NOx8xi32>)
    attrs = {halide.stage = "dot", halide.vars = ["m", "no", "ni", "ko", "ki"]} {
  ^bb0(%a: i8, %b: i8, %acc: i32):
    %a32 = arith.extsi %a : i8 to i32
    %b32 = arith.extsi %b : i8 to i32
    %p = arith.muli %a32, %b32 : i32
    %sum = arith.addi %acc, %p : i32
    linalg.yield %sum : i32
  } -> tensor<$Mx$NOx8xi32>

  %o = linalg.copy {halide.stage = "out", halide.vars = ["m", "no", "ni"]}
      ins(%d : tensor<$Mx$NOx8xi32>) outs(%y : tensor<$Mx$NOx8xi32>) -> tensor<$Mx$NOx8xi32>
  halide.yield %o : tensor<$Mx$NOx8xi32>
} schedule [$SCHEDULE]
