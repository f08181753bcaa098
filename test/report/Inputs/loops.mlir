func.func @main(%x: tensor<64xf32>) -> tensor<64xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %e = tensor.empty() : tensor<64xf32>
  %a = linalg.exp ins(%x : tensor<64xf32>) outs(%e : tensor<64xf32>) -> tensor<64xf32>
  %r = scf.for %i = %c0 to %c3 step %c1 iter_args(%s = %x) -> tensor<64xf32> {
    %f = tensor.empty() : tensor<64xf32>
    %b = linalg.add ins(%s, %a : tensor<64xf32>, tensor<64xf32>) outs(%f : tensor<64xf32>) -> tensor<64xf32>
    %c = linalg.exp ins(%b : tensor<64xf32>) outs(%f : tensor<64xf32>) -> tensor<64xf32>
    scf.yield %c : tensor<64xf32>
  }
  %m = linalg.mul ins(%r, %a : tensor<64xf32>, tensor<64xf32>) outs(%e : tensor<64xf32>) -> tensor<64xf32>
  return %m : tensor<64xf32>
}
