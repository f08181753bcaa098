// y = W x, W[n, k] = (8 n + k) mod 5 - 2.
module @net {
  eke.weight @w : tensor<4x8xf32>
      = <"w.bin", offset = 0, length = 128, element = f32>
  eke.model @step(%x: tensor<?x8xf32> {eke.name = "x"})
      -> (tensor<?x4xf32> {eke.name = "y"}) rows [1] {
    %w = eke.use @w : tensor<4x8xf32>
    %y = eke.linear %x, %w : (tensor<?x8xf32>, tensor<4x8xf32>) -> tensor<?x4xf32>
    eke.yield %y : tensor<?x4xf32>
  }
}
