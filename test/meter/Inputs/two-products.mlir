// y = V silu(W x)
module @net {
  eke.weight @w : tensor<96x64xf32> = <"m.bin", offset = 0, length = 24576, element = f32>
  eke.weight @v : tensor<64x96xf32> = <"m.bin", offset = 0, length = 24576, element = f32>
  eke.model @step(%x: tensor<4x64xf32> {eke.name = "x"}) -> (tensor<4x64xf32> {eke.name = "y"}) {
    %w = eke.use @w : tensor<96x64xf32>
    %v = eke.use @v : tensor<64x96xf32>
    %0 = eke.linear %x, %w : (tensor<4x64xf32>, tensor<96x64xf32>) -> tensor<4x96xf32> loc("up")
    %1 = eke.activate %0 with silu : tensor<4x96xf32>
    %2 = eke.linear %1, %v : (tensor<4x96xf32>, tensor<64x96xf32>) -> tensor<4x64xf32> loc("down")
    eke.yield %2 : tensor<4x64xf32>
  }
}
