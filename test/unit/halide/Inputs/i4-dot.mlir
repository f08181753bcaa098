// i4 weights for CPUs with dot products: nibbles times 16, groups of 32 in i32.
// Schedules for one row, and for several:
// row: #halide.stage<"out", vectorize(ni)>,
// row: #halide.stage<"acc", compute_at("out", no), reorder(ni, g), vectorize(ni)>,
// row: #halide.stage<"dot", compute_at("acc", g), reorder(ki, ni, h, c), atomic, vectorize(ki), vectorize(ni), unroll(c), unroll(h)>
// rows: #halide.stage<"out", split(m, mo, mi, 4), reorder(ni, mi, mo, no), vectorize(ni), unroll(mi)>,
// rows: #halide.stage<"acc", compute_at("out", mo), reorder(ni, m, g), vectorize(ni), unroll(m)>,
// rows: #halide.stage<"dot", compute_at("acc", g), reorder(ki, ni, m, h, c), atomic, vectorize(ki), vectorize(ni), unroll(m), unroll(c), unroll(h)>

#p = affine_map<(m, no, ni) -> (m, no, ni)>

#i4x = affine_map<(m, no, g, ni, h, c, ki) -> (m, g, h, c, ki)>
#i4w = affine_map<(m, no, g, ni, h, c, ki) -> (no, g, c, ni, ki)>
#i4d = affine_map<(m, no, g, ni, h, c, ki) -> (m, no, g, ni)>
#a4d = affine_map<(m, no, ni, g) -> (m, no, g, ni)>
#a4s = affine_map<(m, no, ni, g) -> (no, g, ni)>
#a4o = affine_map<(m, no, ni, g) -> (m, no, ni)>

halide.kernel @product ins [memref<$Mx$Kx2x4x4xi8>, memref<$NOx$Kx4x8x4xi8>, memref<$NOx$Kx8xf16>] outs [memref<$Mx$NOx8xf32>] {
^bb0(%x: tensor<$Mx$Kx2x4x4xi8>, %w: tensor<$NOx$Kx4x8x4xi8>, %ws: tensor<$NOx$Kx8xf16>, %y: tensor<$Mx$NOx8xf32>):
  %z = arith.constant 0 : i32
  %zf = arith.constant 0.0 : f32

  %ed = tensor.empty() : tensor<$Mx$NOx$Kx8xi32>
  %fd = linalg.fill ins(%z : i32) outs(%ed : tensor<$Mx$NOx$Kx8xi32>) -> tensor<$Mx$NOx$Kx8xi32>
  %d = linalg.generic {indexing_maps = [#i4x, #i4w, #i4d], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
    ins(%x, %w : tensor<$Mx$Kx2x4x4xi8>, tensor<$NOx$Kx4x8x4xi8>) outs(%fd : tensor<$Mx$NOx$Kx8xi32>)
    attrs = {halide.stage = "dot", halide.vars = ["m", "no", "g", "ni", "h", "c", "ki"]} {
  ^bb0(%a: i8, %b: i8, %acc: i32):

    %c0 = arith.constant 0 : index
    %four = arith.constant 4 : i8
    %mask = arith.constant -16 : i8
    %hh = linalg.index 4 : index
    %islow = arith.cmpi eq, %hh, %c0 : index
    %lo = arith.shli %b, %four : i8
    %hi = arith.andi %b, %mask : i8
    %nib = arith.select %islow, %lo, %hi : i8

    %a32 = arith.extsi %a : i8 to i32
    %b32 = arith.extsi %nib : i8 to i32
    %p = arith.muli %a32, %b32 : i32
    %sum = arith.addi %acc, %p : i32
    linalg.yield %sum : i32
  } -> tensor<$Mx$NOx$Kx8xi32>

  %ea = tensor.empty() : tensor<$Mx$NOx8xf32>
  %fa = linalg.fill ins(%zf : f32) outs(%ea : tensor<$Mx$NOx8xf32>) -> tensor<$Mx$NOx8xf32>
  %a = linalg.generic {indexing_maps = [#a4d, #a4s, #a4o], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
    ins(%d, %ws : tensor<$Mx$NOx$Kx8xi32>, tensor<$NOx$Kx8xf16>) outs(%fa : tensor<$Mx$NOx8xf32>)
    attrs = {halide.stage = "acc", halide.vars = ["m", "no", "ni", "g"]} {
  ^bb0(%v: i32, %s: f16, %old: f32):
    %f = arith.sitofp %v : i32 to f32
    %sf = arith.extf %s : f16 to f32
    %p = arith.mulf %f, %sf : f32
    %r = arith.addf %old, %p : f32
    linalg.yield %r : f32
  } -> tensor<$Mx$NOx8xf32>
  %o = linalg.generic {indexing_maps = [#p, #p], iterator_types = ["parallel", "parallel", "parallel"]}
    ins(%a : tensor<$Mx$NOx8xf32>) outs(%y : tensor<$Mx$NOx8xf32>)
    attrs = {halide.stage = "out", halide.vars = ["m", "no", "ni"]} {
  ^bb0(%v: f32, %old: f32):
    %k = arith.constant 0.0625 : f32
    %r = arith.mulf %v, %k : f32
    linalg.yield %r : f32
  } -> tensor<$Mx$NOx8xf32>
  halide.yield %o : tensor<$Mx$NOx8xf32>
} schedule [$SCHEDULE]
