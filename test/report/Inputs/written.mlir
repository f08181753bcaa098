eke.state @mean : tensor<1x4096xf32>
eke.model @add(%x: tensor<1x4096xf32>) -> tensor<1x4096xf32> {
  %m0 = eke.read @mean : tensor<1x4096xf32>
  %m1 = arith.addf %m0, %x : tensor<1x4096xf32>
  eke.yield %m1 : tensor<1x4096xf32>
}
