// The norm of each row, quantised to i8 with a scale per row.

#mk = affine_map<(m, k) -> (m, k)>
#m = affine_map<(m, k) -> (m)>
#k = affine_map<(m, k) -> (k)>
#r = affine_map<(m) -> (m)>
halide.kernel @rows ins [memref<3x37xf32>, memref<37xf32>] outs [memref<3x37xi8>, memref<3xf32>] {
^bb0(%x: tensor<3x37xf32>, %w: tensor<37xf32>, %y: tensor<3x37xi8>, %ys: tensor<3xf32>):
  %zf = arith.constant 0.0 : f32
  %e1 = tensor.empty() : tensor<3xf32>
  %f1 = linalg.fill ins(%zf : f32) outs(%e1 : tensor<3xf32>) -> tensor<3xf32>
  %sq = linalg.generic {indexing_maps = [#mk, #m], iterator_types = ["parallel", "reduction"]} ins(%x : tensor<3x37xf32>) outs(%f1 : tensor<3xf32>)
    attrs = {halide.stage = "squares", halide.vars = ["m", "rk"]} {
  ^bb0(%a: f32, %old: f32):
    %p = arith.mulf %a, %a : f32
    %q = arith.addf %old, %p : f32
    linalg.yield %q : f32
  } -> tensor<3xf32>
  %rms = linalg.generic {indexing_maps = [#r, #r], iterator_types = ["parallel"]} ins(%sq : tensor<3xf32>) outs(%e1 : tensor<3xf32>)
    attrs = {halide.stage = "rms", halide.vars = ["m"]} {
  ^bb0(%a: f32, %old: f32):
    %c = arith.constant 0.02702702702702703 : f32
    %eps = arith.constant 1.0e-5 : f32
    %p = arith.mulf %a, %c : f32
    %q = arith.addf %p, %eps : f32
    %s = math.rsqrt %q : f32
    linalg.yield %s : f32
  } -> tensor<3xf32>
  %e2 = tensor.empty() : tensor<3x37xf32>
  %n = linalg.generic {indexing_maps = [#mk, #m, #k, #mk], iterator_types = ["parallel", "parallel"]} ins(%x, %rms, %w : tensor<3x37xf32>, tensor<3xf32>, tensor<37xf32>) outs(%e2 : tensor<3x37xf32>)
    attrs = {halide.stage = "norm", halide.vars = ["m", "k"]} {
  ^bb0(%a: f32, %b: f32, %c: f32, %old: f32):
    %p = arith.mulf %a, %b : f32
    %q = arith.mulf %p, %c : f32
    linalg.yield %q : f32
  } -> tensor<3x37xf32>
  %am = linalg.generic {indexing_maps = [#mk, #m], iterator_types = ["parallel", "reduction"]} ins(%n : tensor<3x37xf32>) outs(%f1 : tensor<3xf32>)
    attrs = {halide.stage = "amax", halide.vars = ["m", "rk"]} {
  ^bb0(%a: f32, %old: f32):
    %p = math.absf %a : f32
    %q = arith.maximumf %p, %old : f32
    linalg.yield %q : f32
  } -> tensor<3xf32>
  %sc = linalg.generic {indexing_maps = [#r, #r], iterator_types = ["parallel"]} ins(%am : tensor<3xf32>) outs(%ys : tensor<3xf32>)
    attrs = {halide.stage = "scale", halide.vars = ["m"]} {
  ^bb0(%a: f32, %old: f32):
    %c = arith.constant 7.874016e-03 : f32
    %p = arith.mulf %a, %c : f32
    linalg.yield %p : f32
  } -> tensor<3xf32>
  %o = linalg.generic {indexing_maps = [#mk, #m, #mk], iterator_types = ["parallel", "parallel"]} ins(%n, %am : tensor<3x37xf32>, tensor<3xf32>) outs(%y : tensor<3x37xi8>)
    attrs = {halide.stage = "quantize", halide.vars = ["m", "k"]} {
  ^bb0(%a: f32, %b: f32, %old: i8):
    %tiny = arith.constant 1.0e-30 : f32
    %c127 = arith.constant 127.0 : f32
    %fl = arith.maximumf %b, %tiny : f32
    %inv = arith.divf %c127, %fl : f32
    %s = arith.mulf %a, %inv : f32
    %r = math.roundeven %s : f32
    %i = arith.fptosi %r : f32 to i8
    linalg.yield %i : i8
  } -> tensor<3x37xi8>
  halide.yield %o, %sc : tensor<3x37xi8>, tensor<3xf32>
} schedule [
  #halide.stage<"squares", compute_root, split(rk, ro, ri, 16), rfactor(ri, l, "squares_part"), atomic, vectorize(ri)>,
  #halide.stage<"squares_part", compute_at("squares", m), reorder(l, ro), vectorize(l)>,
  #halide.stage<"rms", compute_root>,
  #halide.stage<"amax", compute_root, split(rk, ro, ri, 16), rfactor(ri, l, "amax_part"), atomic, vectorize(ri)>,
  #halide.stage<"amax_part", compute_at("amax", m), reorder(l, ro), vectorize(l)>,
  #halide.stage<"quantize", vectorize(k, 16)>
]
