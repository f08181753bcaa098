// One state starts from equal elements, one from others, one from zeros.
eke.state @level : tensor<1x4xf32> = dense<0.5>
eke.state @numbers : tensor<1x3xi32> = dense<[[1, -2, 300000]]>
eke.state @zeros : tensor<1x2xf32>
eke.model @step() -> (tensor<1x4xf32>, tensor<1x3xi32>, tensor<1x2xf32>) {
  %0 = eke.read @level : tensor<1x4xf32>
  %1 = eke.read @numbers : tensor<1x3xi32>
  %2 = eke.read @zeros : tensor<1x2xf32>
  %3 = arith.addf %0, %0 : tensor<1x4xf32>
  eke.write %3, @level : tensor<1x4xf32>
  eke.yield %0, %1, %2 : tensor<1x4xf32>, tensor<1x3xi32>, tensor<1x2xf32>
}
