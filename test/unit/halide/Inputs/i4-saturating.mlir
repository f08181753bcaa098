// i4 weights for AVX2: unsigned nibbles, 16 products in 16 bits: at most 16 * 15 * 127.
// Schedules for one row, and for several:
// row: #halide.stage<"out", vectorize(ni)>,
// row: #halide.stage<"acc", compute_at("out", no), reorder(ni, g), vectorize(ni)>,
// row: #halide.stage<"xsum", compute_root>,
// row: #halide.stage<"dot", compute_at("acc", g), atomic, vectorize(kp), vectorize(ni)>,
// row: #halide.stage<"part", compute_at("acc", g), reorder(k2, kp, ni, h, c), atomic(override), vectorize(k2), vectorize(kp), vectorize(ni), unroll(c), unroll(h)>
// rows: #halide.stage<"out", split(m, mo, mi, 4), reorder(ni, mi, mo, no), vectorize(ni), unroll(mi)>,
// rows: #halide.stage<"acc", compute_at("out", mo), reorder(ni, m, g), vectorize(ni), unroll(m)>,
// rows: #halide.stage<"xsum", compute_root>,
// rows: #halide.stage<"dot", compute_at("acc", g), reorder(kp, ni, m), atomic, vectorize(kp), vectorize(ni), unroll(m)>,
// rows: #halide.stage<"part", compute_at("acc", g), reorder(k2, kp, ni, m, h, c), atomic(override), vectorize(k2), vectorize(kp), vectorize(ni), unroll(m), unroll(c), unroll(h)>

#p = affine_map<(m, no, ni) -> (m, no, ni)>

#a4d = affine_map<(m, no, ni, g) -> (m, no, g, ni)>
#a4s = affine_map<(m, no, ni, g) -> (no, g, ni)>
#a4o = affine_map<(m, no, ni, g) -> (m, no, ni)>

#n4q = affine_map<(m, no, g, ni, ki) -> (m, no, g, ni, ki)>
#n4r = affine_map<(m, no, g, ni, ki) -> (m, no, g, ni)>
#u4x = affine_map<(m, no, g, ni, kp, c, h, k2) -> (m, g, h, c, kp, k2)>
#u4w = affine_map<(m, no, g, ni, kp, c, h, k2) -> (no, g, c, ni, kp, k2)>
#u4p = affine_map<(m, no, g, ni, kp, c, h, k2) -> (m, no, g, ni, kp)>
#sx = affine_map<(m, g, h, c, kp, k2) -> (m, g, h, c, kp, k2)>
#so = affine_map<(m, g, h, c, kp, k2) -> (m, g)>
#a4g = affine_map<(m, no, ni, g) -> (m, g)>

halide.kernel @product ins [memref<$Mx$Kx2x4x2x2xi8>, memref<$NOx$Kx4x8x2x2xi8>, memref<$NOx$Kx8xf16>] outs [memref<$Mx$NOx8xf32>] {
^bb0(%x: tensor<$Mx$Kx2x4x2x2xi8>, %w: tensor<$NOx$Kx4x8x2x2xi8>, %ws: tensor<$NOx$Kx8xf16>, %y: tensor<$Mx$NOx8xf32>):
  %z = arith.constant 0 : i32
  %zf = arith.constant 0.0 : f32

  %z16 = arith.constant 0 : i16
  %ep = tensor.empty() : tensor<$Mx$NOx$Kx8x2xi16>
  %fp = linalg.fill ins(%z16 : i16) outs(%ep : tensor<$Mx$NOx$Kx8x2xi16>) -> tensor<$Mx$NOx$Kx8x2xi16>
  %ed = tensor.empty() : tensor<$Mx$NOx$Kx8xi32>
  %fd = linalg.fill ins(%z : i32) outs(%ed : tensor<$Mx$NOx$Kx8xi32>) -> tensor<$Mx$NOx$Kx8xi32>
  %es = tensor.empty() : tensor<$Mx$Kxi32>
  %fs = linalg.fill ins(%z : i32) outs(%es : tensor<$Mx$Kxi32>) -> tensor<$Mx$Kxi32>
  %xsum = linalg.generic {indexing_maps = [#sx, #so], iterator_types = ["parallel", "parallel", "reduction", "reduction", "reduction", "reduction"]}
    ins(%x : tensor<$Mx$Kx2x4x2x2xi8>) outs(%fs : tensor<$Mx$Kxi32>)
    attrs = {halide.stage = "xsum", halide.vars = ["m", "g", "h", "c", "kp", "k2"]} {
  ^bb0(%a: i8, %acc: i32):
    %a32 = arith.extsi %a : i8 to i32
    %sum = arith.addi %acc, %a32 : i32
    linalg.yield %sum : i32
  } -> tensor<$Mx$Kxi32>
  %part = linalg.generic {indexing_maps = [#u4x, #u4w, #u4p], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
    ins(%x, %w : tensor<$Mx$Kx2x4x2x2xi8>, tensor<$NOx$Kx4x8x2x2xi8>) outs(%fp : tensor<$Mx$NOx$Kx8x2xi16>)
    attrs = {halide.stage = "part", halide.vars = ["m", "no", "g", "ni", "kp", "c", "h", "k2"]} {
  ^bb0(%a: i8, %b: i8, %acc: i16):
    %c0 = arith.constant 0 : index
    %four = arith.constant 4 : i8
    %flip = arith.constant -120 : i8
    %mask = arith.constant 15 : i8
    %hh = linalg.index 6 : index
    %islow = arith.cmpi eq, %hh, %c0 : index
    %u = arith.xori %b, %flip : i8
    %lo = arith.andi %u, %mask : i8
    %hi = arith.shrui %u, %four : i8
    %nib = arith.select %islow, %lo, %hi : i8
    %a16 = arith.extsi %a : i8 to i16
    %b16 = arith.extui %nib : i8 to i16
    %p = arith.muli %a16, %b16 : i16
    %sum = halide.saturating_add %acc, %p : i16
    linalg.yield %sum : i16
  } -> tensor<$Mx$NOx$Kx8x2xi16>
  %d = linalg.generic {indexing_maps = [#n4q, #n4r], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
    ins(%part : tensor<$Mx$NOx$Kx8x2xi16>) outs(%fd : tensor<$Mx$NOx$Kx8xi32>)
    attrs = {halide.stage = "dot", halide.vars = ["m", "no", "g", "ni", "kp"]} {
  ^bb0(%a: i16, %acc: i32):
    %a32 = arith.extsi %a : i16 to i32
    %sum = arith.addi %acc, %a32 : i32
    linalg.yield %sum : i32
  } -> tensor<$Mx$NOx$Kx8xi32>

  %ea = tensor.empty() : tensor<$Mx$NOx8xf32>
  %fa = linalg.fill ins(%zf : f32) outs(%ea : tensor<$Mx$NOx8xf32>) -> tensor<$Mx$NOx8xf32>
  %a = linalg.generic {indexing_maps = [#a4d, #a4g, #a4s, #a4o], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
    ins(%d, %xsum, %ws : tensor<$Mx$NOx$Kx8xi32>, tensor<$Mx$Kxi32>, tensor<$NOx$Kx8xf16>) outs(%fa : tensor<$Mx$NOx8xf32>)
    attrs = {halide.stage = "acc", halide.vars = ["m", "no", "ni", "g"]} {
  ^bb0(%v: i32, %xg: i32, %s: f16, %old: f32):
    %eight = arith.constant 8 : i32
    %off = arith.muli %xg, %eight : i32
    %vv = arith.subi %v, %off : i32
    %f = arith.sitofp %vv : i32 to f32
    %sf = arith.extf %s : f16 to f32
    %p = arith.mulf %f, %sf : f32
    %r = arith.addf %old, %p : f32
    linalg.yield %r : f32
  } -> tensor<$Mx$NOx8xf32>
  %o = linalg.generic {indexing_maps = [#p, #p], iterator_types = ["parallel", "parallel", "parallel"]}
    ins(%a : tensor<$Mx$NOx8xf32>) outs(%y : tensor<$Mx$NOx8xf32>)
    attrs = {halide.stage = "out", halide.vars = ["m", "no", "ni"]} {
  ^bb0(%v: f32, %old: f32):
    %k = arith.constant 1.0 : f32
    %r = arith.mulf %v, %k : f32
    linalg.yield %r : f32
  } -> tensor<$Mx$NOx8xf32>
  halide.yield %o : tensor<$Mx$NOx8xf32>
} schedule [$SCHEDULE]
