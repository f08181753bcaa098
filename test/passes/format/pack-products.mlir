// RUN: eke-opt %s --split-input-file --eke-pack-products --canonicalize | FileCheck %s

// With dot products of four: three inputs are padded by a zero, and four of each channel
// lie beside each other. The zero point goes into the bias: 10 - 2 * (1 + 2 + 3).
// CHECK-LABEL: func.func @convolution(
// CHECK-DAG:     %[[BIAS:.*]] = arith.constant dense<[-2, -22]> : tensor<2xi32>
// CHECK-DAG:     %[[W:.*]] = arith.constant dense<{{\[\[\[\[\[1, 2, 3, 0\], \[4, 5, 6, 0\]\]\]\]\]}}> : tensor<1x1x1x2x4xi8>
// CHECK:         linalg.generic
// CHECK-SAME:      ins(%[[BIAS]]
// CHECK:         %[[X:.*]] = tensor.pad %arg0 low[0, 1, 1, 0] high[0, 1, 1, 1]
// CHECK:           tensor.yield %c2_i8
// CHECK:         linalg.generic
// CHECK-SAME:      iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction", "reduction"]
// CHECK-SAME:      ins(%[[X]], %[[W]] : tensor<1x4x4x4xi8>, tensor<1x1x1x2x4xi8>)
// CHECK-SAME:      halide.stage = "conv_2d_nhwc_fhwc"
// CHECK-NOT:       arith.subi
module attributes {eke.target = #eke.target<name = "a76", triple = "aarch64-linux-gnu",
    cpu = "cortex-a76", features = "+dotprod", halide = "arm-64-linux-arm_dot_prod",
    vector_bits = 128, memories = [<dram, ram>]>} {
  func.func @convolution(%x: tensor<1x2x2x3xi8>) -> tensor<1x4x4x2xi32> {
    %w = arith.constant dense<[[[[1, 2, 3]]], [[[4, 5, 6]]]]> : tensor<2x1x1x3xi8>
    %bias = arith.constant dense<[10, 8]> : tensor<2xi32>
    %outside = arith.constant 2 : i8
    %zx = arith.constant 2 : i32
    %zw = arith.constant 0 : i32
    %p = tensor.pad %x low[0, 1, 1, 0] high[0, 1, 1, 0] {
    ^bb0(%i: index, %j: index, %k: index, %l: index):
      tensor.yield %outside : i8
    } : tensor<1x2x2x3xi8> to tensor<1x4x4x3xi8>
    %e = tensor.empty() : tensor<1x4x4x2xi32>
    %b = linalg.broadcast ins(%bias : tensor<2xi32>) outs(%e : tensor<1x4x4x2xi32>) dimensions = [0, 1, 2]
    %y = linalg.conv_2d_nhwc_fhwc_q {dilations = dense<1> : tensor<2xi64>, strides = dense<1> : tensor<2xi64>}
        ins(%p, %w, %zx, %zw : tensor<1x4x4x3xi8>, tensor<2x1x1x3xi8>, i32, i32)
        outs(%b : tensor<1x4x4x2xi32>) -> tensor<1x4x4x2xi32>
    return %y : tensor<1x4x4x2xi32>
  }
}

// -----

// With products of an unsigned and a signed number, data is turned to unsigned before it
// is padded, 128 larger than it was: 0 - (2 + 128) * 6.
// CHECK-LABEL: func.func @unsigned(
// CHECK-DAG:     dense<-780> : tensor<2xi32>
// CHECK-DAG:     %[[W:.*]] = arith.constant dense<{{\[\[\[1, 2, 3, 0\], \[1, 2, 3, 0\]\]\]}}> : tensor<1x2x4xi8>
// CHECK:         arith.xori
// CHECK:         linalg.generic
// CHECK:           arith.extui
// CHECK:           arith.extsi
module attributes {eke.target = #eke.target<name = "v4", triple = "x86_64-linux-gnu",
    cpu = "x86-64-v4", features = "+avx512vnni", halide = "x86-64-linux-avx512",
    vector_bits = 512, memories = [<dram, ram>]>} {
  func.func @unsigned(%x: tensor<5x4xi8>) -> tensor<5x2xi32> {
    %w = arith.constant dense<[[1, 1], [2, 2], [3, 3], [0, 0]]> : tensor<4x2xi8>
    %zx = arith.constant 2 : i32
    %zero = arith.constant 0 : i32
    %e = tensor.empty() : tensor<5x2xi32>
    %f = linalg.fill ins(%zero : i32) outs(%e : tensor<5x2xi32>) -> tensor<5x2xi32>
    %y = linalg.quantized_matmul ins(%x, %w, %zx, %zero : tensor<5x4xi8>, tensor<4x2xi8>, i32, i32)
        outs(%f : tensor<5x2xi32>) -> tensor<5x2xi32>
    return %y : tensor<5x2xi32>
  }
}

// -----

// What starts from numbers that are known only when run, and has a zero point, stays; so
// does a weight that is no constant.
// CHECK-LABEL: func.func @kept(
// CHECK:         linalg.quantized_matmul
// CHECK:         linalg.matmul
func.func @kept(%x: tensor<5x4xi8>, %s: tensor<5x2xi32>, %a: tensor<5x4xf32>,
    %b: tensor<4x2xf32>, %t: tensor<5x2xf32>) -> (tensor<5x2xi32>, tensor<5x2xf32>) {
  %w = arith.constant dense<1> : tensor<4x2xi8>
  %zx = arith.constant 2 : i32
  %zero = arith.constant 0 : i32
  %y = linalg.quantized_matmul ins(%x, %w, %zx, %zero : tensor<5x4xi8>, tensor<4x2xi8>, i32, i32)
      outs(%s : tensor<5x2xi32>) -> tensor<5x2xi32>
  %z = linalg.matmul ins(%a, %b : tensor<5x4xf32>, tensor<4x2xf32>)
      outs(%t : tensor<5x2xf32>) -> tensor<5x2xf32>
  return %y, %z : tensor<5x2xi32>, tensor<5x2xf32>
}

// -----

// Sums are modulo 2^32, and so is the bias: 10 - (2^31 - 1) * 6 is 16.
// CHECK-LABEL: func.func @wrapped(
// CHECK:     arith.constant dense<[16, -2147483625]> : tensor<2xi32>
module attributes {eke.target = #eke.target<name = "a76", triple = "aarch64-linux-gnu", cpu = "cortex-a76",
    features = "+dotprod", halide = "arm-64-linux-arm_dot_prod", vector_bits = 128, memories = [<dram, ram>]>} {
  func.func @wrapped(%arg0: tensor<1x2x2x3xi8>) -> tensor<1x4x4x2xi32> {
    %cst = arith.constant dense<[[[[1, 2, 3]]], [[[4, 5, 6]]]]> : tensor<2x1x1x3xi8>
    %cst_0 = arith.constant dense<[10, 8]> : tensor<2xi32>
    %c2_i8 = arith.constant 2 : i8
    %c2147483647_i32 = arith.constant 2147483647 : i32
    %c0_i32 = arith.constant 0 : i32
    %padded = tensor.pad %arg0 low[0, 1, 1, 0] high[0, 1, 1, 0] {
    ^bb0(%arg1: index, %arg2: index, %arg3: index, %arg4: index):
      tensor.yield %c2_i8 : i8
    } : tensor<1x2x2x3xi8> to tensor<1x4x4x3xi8>
    %0 = tensor.empty() : tensor<1x4x4x2xi32>
    %broadcasted = linalg.broadcast ins(%cst_0 : tensor<2xi32>) outs(%0 : tensor<1x4x4x2xi32>) dimensions = [0, 1, 2] 
    %1 = linalg.conv_2d_nhwc_fhwc_q {dilations = dense<1> : tensor<2xi64>, strides = dense<1> : tensor<2xi64>} ins(%padded, %cst, %c2147483647_i32, %c0_i32 : tensor<1x4x4x3xi8>, tensor<2x1x1x3xi8>, i32, i32) outs(%broadcasted : tensor<1x4x4x2xi32>) -> tensor<1x4x4x2xi32>
    return %1 : tensor<1x4x4x2xi32>
  }
}
