// RUN: eke-opt %s --split-input-file --eke-choose-schedules | FileCheck %s

// 32 K weights, multiplied with one row, are not shared out between threads if the
// last cache holds the whole image.

// CHECK-LABEL: func.func @in_cache(
// CHECK-NOT:     parallel(
module attributes {eke.image_bytes = 2097152, eke.target = #eke.target<name = "t", triple = "aarch64-linux-gnu", cpu = "cortex-a76", features = "+dotprod", halide = "arm-64-linux-arm_dot_prod", vector_bits = 128, memories = [<l1d, cache, capacity = 65536>, <l2, cache, capacity = 2097152>, <dram, ram>]>} {
func.func @in_cache(%x: tensor<1x256xi8>, %w: tensor<8x64x16x4xi8>, %s: tensor<1xf32>,
    %e: tensor<1x8x16xf32>) -> tensor<1x8x16xf32> {
  %y = halide.pipeline "f.dot"
      ins(%x, %w, %s : tensor<1x256xi8>, tensor<8x64x16x4xi8>, tensor<1xf32>)
      outs(%e : tensor<1x8x16xf32>) {
  ^bb0(%a: tensor<1x256xi8>, %b: tensor<8x64x16x4xi8>, %c: tensor<1xf32>, %o: tensor<1x8x16xf32>):
    %zero = arith.constant 0 : i32
    %empty = tensor.empty() : tensor<1x8x16xi32>
    %init = linalg.fill ins(%zero : i32) outs(%empty : tensor<1x8x16xi32>) -> tensor<1x8x16xi32>
    %dot = linalg.generic {halide.stage = "dot", halide.vars = ["m", "no", "ni", "rko", "rki"],
        indexing_maps = [affine_map<(m, no, ni, ko, ki) -> (m, ko * 4 + ki)>,
                         affine_map<(m, no, ni, ko, ki) -> (no, ko, ni, ki)>,
                         affine_map<(m, no, ni, ko, ki) -> (m, no, ni)>],
        iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction"]}
        ins(%a, %b : tensor<1x256xi8>, tensor<8x64x16x4xi8>) outs(%init : tensor<1x8x16xi32>) {
    ^bb0(%p: i8, %q: i8, %sum: i32):
      %pw = arith.extsi %p : i8 to i32
      %qw = arith.extsi %q : i8 to i32
      %pq = arith.muli %pw, %qw : i32
      %next = arith.addi %sum, %pq : i32
      linalg.yield %next : i32
    } -> tensor<1x8x16xi32>
    %r = linalg.generic {halide.stage = "dequantize", halide.vars = ["m", "no", "ni"],
        indexing_maps = [affine_map<(m, no, ni) -> (m, no, ni)>, affine_map<(m, no, ni) -> (m)>,
                         affine_map<(m, no, ni) -> (m, no, ni)>],
        iterator_types = ["parallel", "parallel", "parallel"]}
        ins(%dot, %c : tensor<1x8x16xi32>, tensor<1xf32>) outs(%o : tensor<1x8x16xf32>) {
    ^bb0(%i: i32, %scale: f32, %out: f32):
      %f = arith.sitofp %i : i32 to f32
      %g = arith.mulf %f, %scale : f32
      linalg.yield %g : f32
    } -> tensor<1x8x16xf32>
    halide.yield %r : tensor<1x8x16xf32>
  } -> tensor<1x8x16xf32>
  return %y : tensor<1x8x16xf32>
}
}

// -----

// They are if they come from memory.
// CHECK-LABEL: func.func @in_memory(
// CHECK:         #halide.stage<"dequantize", split(no, np, nt, 1), {{.*}}parallel(np)>
module attributes {eke.image_bytes = 2097153, eke.target = #eke.target<name = "t", triple = "aarch64-linux-gnu", cpu = "cortex-a76", features = "+dotprod", halide = "arm-64-linux-arm_dot_prod", vector_bits = 128, memories = [<l1d, cache, capacity = 65536>, <l2, cache, capacity = 2097152>, <dram, ram>]>} {
func.func @in_memory(%x: tensor<1x256xi8>, %w: tensor<8x64x16x4xi8>, %s: tensor<1xf32>,
    %e: tensor<1x8x16xf32>) -> tensor<1x8x16xf32> {
  %y = halide.pipeline "f.dot"
      ins(%x, %w, %s : tensor<1x256xi8>, tensor<8x64x16x4xi8>, tensor<1xf32>)
      outs(%e : tensor<1x8x16xf32>) {
  ^bb0(%a: tensor<1x256xi8>, %b: tensor<8x64x16x4xi8>, %c: tensor<1xf32>, %o: tensor<1x8x16xf32>):
    %zero = arith.constant 0 : i32
    %empty = tensor.empty() : tensor<1x8x16xi32>
    %init = linalg.fill ins(%zero : i32) outs(%empty : tensor<1x8x16xi32>) -> tensor<1x8x16xi32>
    %dot = linalg.generic {halide.stage = "dot", halide.vars = ["m", "no", "ni", "rko", "rki"],
        indexing_maps = [affine_map<(m, no, ni, ko, ki) -> (m, ko * 4 + ki)>,
                         affine_map<(m, no, ni, ko, ki) -> (no, ko, ni, ki)>,
                         affine_map<(m, no, ni, ko, ki) -> (m, no, ni)>],
        iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction"]}
        ins(%a, %b : tensor<1x256xi8>, tensor<8x64x16x4xi8>) outs(%init : tensor<1x8x16xi32>) {
    ^bb0(%p: i8, %q: i8, %sum: i32):
      %pw = arith.extsi %p : i8 to i32
      %qw = arith.extsi %q : i8 to i32
      %pq = arith.muli %pw, %qw : i32
      %next = arith.addi %sum, %pq : i32
      linalg.yield %next : i32
    } -> tensor<1x8x16xi32>
    %r = linalg.generic {halide.stage = "dequantize", halide.vars = ["m", "no", "ni"],
        indexing_maps = [affine_map<(m, no, ni) -> (m, no, ni)>, affine_map<(m, no, ni) -> (m)>,
                         affine_map<(m, no, ni) -> (m, no, ni)>],
        iterator_types = ["parallel", "parallel", "parallel"]}
        ins(%dot, %c : tensor<1x8x16xi32>, tensor<1xf32>) outs(%o : tensor<1x8x16xf32>) {
    ^bb0(%i: i32, %scale: f32, %out: f32):
      %f = arith.sitofp %i : i32 to f32
      %g = arith.mulf %f, %scale : f32
      linalg.yield %g : f32
    } -> tensor<1x8x16xf32>
    halide.yield %r : tensor<1x8x16xf32>
  } -> tensor<1x8x16xf32>
  return %y : tensor<1x8x16xf32>
}
}

// -----

// They are if there are eight rows, which is eight times the work.
// CHECK-LABEL: func.func @rows(
// CHECK:         #halide.stage<"dequantize", split(no, np, nt, 1), {{.*}}parallel(np)>
module attributes {eke.image_bytes = 2097152, eke.target = #eke.target<name = "t", triple = "aarch64-linux-gnu", cpu = "cortex-a76", features = "+dotprod", halide = "arm-64-linux-arm_dot_prod", vector_bits = 128, memories = [<l1d, cache, capacity = 65536>, <l2, cache, capacity = 2097152>, <dram, ram>]>} {
func.func @rows(%x: tensor<8x256xi8>, %w: tensor<8x64x16x4xi8>, %s: tensor<8xf32>,
    %e: tensor<8x8x16xf32>) -> tensor<8x8x16xf32> {
  %y = halide.pipeline "f.dot"
      ins(%x, %w, %s : tensor<8x256xi8>, tensor<8x64x16x4xi8>, tensor<8xf32>)
      outs(%e : tensor<8x8x16xf32>) {
  ^bb0(%a: tensor<8x256xi8>, %b: tensor<8x64x16x4xi8>, %c: tensor<8xf32>, %o: tensor<8x8x16xf32>):
    %zero = arith.constant 0 : i32
    %empty = tensor.empty() : tensor<8x8x16xi32>
    %init = linalg.fill ins(%zero : i32) outs(%empty : tensor<8x8x16xi32>) -> tensor<8x8x16xi32>
    %dot = linalg.generic {halide.stage = "dot", halide.vars = ["m", "no", "ni", "rko", "rki"],
        indexing_maps = [affine_map<(m, no, ni, ko, ki) -> (m, ko * 4 + ki)>,
                         affine_map<(m, no, ni, ko, ki) -> (no, ko, ni, ki)>,
                         affine_map<(m, no, ni, ko, ki) -> (m, no, ni)>],
        iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction"]}
        ins(%a, %b : tensor<8x256xi8>, tensor<8x64x16x4xi8>) outs(%init : tensor<8x8x16xi32>) {
    ^bb0(%p: i8, %q: i8, %sum: i32):
      %pw = arith.extsi %p : i8 to i32
      %qw = arith.extsi %q : i8 to i32
      %pq = arith.muli %pw, %qw : i32
      %next = arith.addi %sum, %pq : i32
      linalg.yield %next : i32
    } -> tensor<8x8x16xi32>
    %r = linalg.generic {halide.stage = "dequantize", halide.vars = ["m", "no", "ni"],
        indexing_maps = [affine_map<(m, no, ni) -> (m, no, ni)>, affine_map<(m, no, ni) -> (m)>,
                         affine_map<(m, no, ni) -> (m, no, ni)>],
        iterator_types = ["parallel", "parallel", "parallel"]}
        ins(%dot, %c : tensor<8x8x16xi32>, tensor<8xf32>) outs(%o : tensor<8x8x16xf32>) {
    ^bb0(%i: i32, %scale: f32, %out: f32):
      %f = arith.sitofp %i : i32 to f32
      %g = arith.mulf %f, %scale : f32
      linalg.yield %g : f32
    } -> tensor<8x8x16xf32>
    halide.yield %r : tensor<8x8x16xf32>
  } -> tensor<8x8x16xf32>
  return %y : tensor<8x8x16xf32>
}
}
