// RUN: eke-opt %s --eke-form-pipelines --eke-choose-schedules | FileCheck %s

// A softmax goes through its rows one by one; 37 numbers are 9 vectors of 4 and one over,
// so vectors are of 8.
// CHECK-LABEL: func.func @softmax(
// CHECK:         #halide.stage<"maxnumf", compute_at("mulf", d0)
// CHECK:         #halide.stage<"exp", compute_at("mulf", d0), vectorize(d1, 8)>
// CHECK:         #halide.stage<"addf", compute_at("mulf", d0)
// CHECK:         #halide.stage<"mulf", vectorize(d1, 8)>
func.func @softmax(%x: tensor<64x37xf32>) -> tensor<64x37xf32> {
  %e = tensor.empty() : tensor<64x37xf32>
  %y = linalg.softmax dimension(1) ins(%x : tensor<64x37xf32>) outs(%e : tensor<64x37xf32>) -> tensor<64x37xf32>
  return %y : tensor<64x37xf32>
}

// What exchanges rows and columns goes through squares in blocks as wide as a cache line,
// or as what divides the loop; also where it computes.
// CHECK-LABEL: func.func @transposed(
// CHECK:         schedule [#halide.stage<"{{.*}}", split(d0, io, ib, 8), split(ib, it, ii, 4), split(d1, jo, jb, 16), split(jb, jt, ji, 4), reorder(ji, ii, jt, it, jo, io), vectorize(ji), unroll(ii)>]
func.func @transposed(%x: tensor<16x24xf32>, %z: tensor<24x16xf32>) -> tensor<24x16xf32> {
  %e = tensor.empty() : tensor<24x16xf32>
  %y = linalg.transpose ins(%x : tensor<16x24xf32>) outs(%e : tensor<24x16xf32>) permutation = [1, 0]
  %s = linalg.add ins(%y, %z : tensor<24x16xf32>, tensor<24x16xf32>) outs(%e : tensor<24x16xf32>) -> tensor<24x16xf32>
  return %s : tensor<24x16xf32>
}

// Only what lies around the padded tensor is filled.
// CHECK-LABEL: func.func @padded(
// CHECK:         linalg.fill {{.*}} tensor<1x6xf32>
// CHECK:         tensor.insert_slice {{.*}}[0, 0] [1, 6] [1, 1]
// CHECK:         linalg.fill {{.*}} tensor<4x2xf32>
// CHECK:         tensor.insert_slice {{.*}}[1, 4] [4, 2] [1, 1]
// CHECK:         tensor.insert_slice %{{.*}} into %{{.*}}[1, 0] [4, 4] [1, 1]
func.func @padded(%x: tensor<4x4xf32>) -> tensor<5x6xf32> {
  %zero = arith.constant 0.0 : f32
  %y = tensor.pad %x low[1, 0] high[0, 2] {
  ^bb0(%i: index, %j: index):
    tensor.yield %zero : f32
  } : tensor<4x4xf32> to tensor<5x6xf32>
  return %y : tensor<5x6xf32>
}
