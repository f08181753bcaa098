func.func @main(%x: tensor<4x64xf32>, %a: tensor<64x32xf32>, %b: tensor<32x32xf32>) -> tensor<4x32xf32> {
  %zero = arith.constant dense<0.0> : tensor<4x32xf32>
  %0 = linalg.matmul ins(%x, %a : tensor<4x64xf32>, tensor<64x32xf32>) outs(%zero : tensor<4x32xf32>) -> tensor<4x32xf32>
  %1 = math.absf %0 : tensor<4x32xf32>
  %2 = linalg.matmul ins(%1, %b : tensor<4x32xf32>, tensor<32x32xf32>) outs(%zero : tensor<4x32xf32>) -> tensor<4x32xf32>
  return %2 : tensor<4x32xf32>
}
