// exp(x - peak) along each row, and its sum.
#all = affine_map<(m, j) -> (m, j)>
#row = affine_map<(m, j) -> (m)>

halide.kernel @softmax ins [memref<2x?xf32, strided<[?, 1]>>] outs [memref<2x?xf32, strided<[?, 1]>>, memref<2xf32>] {
^bb0(%x: tensor<2x?xf32>, %y: tensor<2x?xf32>, %sums: tensor<2xf32>):
  %zero = arith.constant 0.0 : f32
  %lowest = arith.constant 0xff800000 : f32
  %e = tensor.empty() : tensor<2xf32>
  %low = linalg.fill ins(%lowest : f32) outs(%e : tensor<2xf32>) -> tensor<2xf32>
  %zeros = linalg.fill ins(%zero : f32) outs(%e : tensor<2xf32>) -> tensor<2xf32>
  %peak = linalg.generic {indexing_maps = [#all, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<2x?xf32>) outs(%low : tensor<2xf32>)
      attrs = {halide.stage = "peak", halide.vars = ["m", "rj"]} {
  ^bb0(%a: f32, %old: f32):
    %r = arith.maximumf %a, %old : f32
    linalg.yield %r : f32
  } -> tensor<2xf32>
  %w = linalg.generic {indexing_maps = [#all, #row, #all], iterator_types = ["parallel", "parallel"]}
      ins(%x, %peak : tensor<2x?xf32>, tensor<2xf32>) outs(%y : tensor<2x?xf32>)
      attrs = {halide.stage = "exp", halide.vars = ["m", "j"]} {
  ^bb0(%a: f32, %b: f32, %old: f32):
    %s = arith.subf %a, %b : f32
    %r = math.exp %s : f32
    linalg.yield %r : f32
  } -> tensor<2x?xf32>
  %sum = linalg.generic {indexing_maps = [#all, #row], iterator_types = ["parallel", "reduction"]}
      ins(%w : tensor<2x?xf32>) outs(%zeros : tensor<2xf32>)
      attrs = {halide.stage = "sum", halide.vars = ["m", "rj"]} {
  ^bb0(%a: f32, %old: f32):
    %r = arith.addf %old, %a : f32
    linalg.yield %r : f32
  } -> tensor<2xf32>
  halide.yield %w, %sum : tensor<2x?xf32>, tensor<2xf32>
} schedule [
  #halide.stage<"peak", compute_root, split(rj, ro, ri, 8), rfactor(ri, l, "peak_part"), atomic, vectorize(ri)>,
  #halide.stage<"peak_part", compute_at("peak", m), reorder(l, ro), vectorize(l)>,
  #halide.stage<"exp", vectorize(j, 8)>,
  #halide.stage<"sum", split(rj, ro, ri, 8), rfactor(ri, l, "sum_part"), atomic, vectorize(ri)>,
  #halide.stage<"sum_part", compute_at("sum", m), reorder(l, ro), vectorize(l)>
] {extent_multiple = 8 : i64}
