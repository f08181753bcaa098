// f32 weights.
// Schedules for one row, and for several:
// row: #halide.stage<"out", split(no, np, nt, 4), reorder(ni, nt, m, np), vectorize(ni), unroll(nt)>,
// row: #halide.stage<"dot", compute_at("out", m), reorder(ni, no, k), vectorize(ni), unroll(no), unroll(k, 2)>
// rows: #halide.stage<"out", split(no, np, nt, 2), split(m, mo, mi, 4), reorder(ni, nt, mi, mo, np), vectorize(ni), unroll(nt), unroll(mi)>,
// rows: #halide.stage<"dot", compute_at("out", mo), reorder(ni, no, m, k), vectorize(ni), unroll(no), unroll(m)>

#fx = affine_map<(m, no, ni, k) -> (m, k)>
#fw = affine_map<(m, no, ni, k) -> (no, k, ni)>
#fy = affine_map<(m, no, ni, k) -> (m, no, ni)>

halide.kernel @product ins [memref<$Mx$Kxf32>, memref<$NOx$Kx8xf32>] outs [memref<$Mx$NOx8xf32>] {
^bb0(%x: tensor<$Mx$Kxf32>, %w: tensor<$NOx$Kx8xf32>, %y: tensor<$Mx$NOx8xf32>):
  %zf = arith.constant 0.0 : f32
  %ea = tensor.empty() : tensor<$Mx$NOx8xf32>
  %fa = linalg.fill ins(%zf : f32) outs(%ea : tensor<$Mx$NOx8xf32>) -> tensor<$Mx$NOx8xf32>
  %a = linalg.generic {indexing_maps = [#fx, #fw, #fy], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
    ins(%x, %w : tensor<$Mx$Kxf32>, tensor<$NOx$Kx8xf32>) outs(%fa : tensor<$Mx$NOx8xf32>)
    attrs = {halide.stage = "dot", halide.vars = ["m", "no", "ni", "k"]} {
  ^bb0(%a: f32, %b: f32, %old: f32):
    %b32 = arith.addf %b, %zf : f32
    %p = arith.mulf %a, %b32 : f32
    %r = arith.addf %old, %p : f32
    linalg.yield %r : f32
  } -> tensor<$Mx$NOx8xf32>
  %o = linalg.copy {halide.stage = "out", halide.vars = ["m", "no", "ni"]} ins(%a : tensor<$Mx$NOx8xf32>) outs(%y : tensor<$Mx$NOx8xf32>) -> tensor<$Mx$NOx8xf32>
  halide.yield %o : tensor<$Mx$NOx8xf32>
} schedule [$SCHEDULE]
