// y = x + the sum of all x before, and z = W x in bytes.
module @sums {
  eke.state @sum : tensor<1x4xi32> = dense<[[1, 2, 3, 4]]>
  eke.model @main(%x: tensor<1x4xi32> {eke.name = "x"}, %b: tensor<1x64xi8> {eke.name = "b"})
      -> (tensor<1x4xi32> {eke.name = "y"}, tensor<1x12xi32> {eke.name = "z"}) {
    %s0 = eke.read @sum : tensor<1x4xi32>
    %s1 = arith.addi %s0, %x : tensor<1x4xi32>
    eke.write %s1, @sum : tensor<1x4xi32>
    %w = arith.constant dense<"0x%WEIGHTS%"> : tensor<64x12xi8>
    %zero = arith.constant dense<0> : tensor<1x12xi32>
    %z = linalg.matmul ins(%b, %w : tensor<1x64xi8>, tensor<64x12xi8>)
                       outs(%zero : tensor<1x12xi32>) -> tensor<1x12xi32>
    eke.yield %s1, %z : tensor<1x4xi32>, tensor<1x12xi32>
  }
}
