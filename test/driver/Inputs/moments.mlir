// Moments of a layer with 4 inputs at a weight with 32.
module @net {
  eke.weight @w : tensor<4x32xf32, #eke.format<i4, group = 32>> = dense<1.0> : tensor<4x32xf32>
      {eke.moments = #eke.payload<"w.bin", offset = 0, length = 64, element = f32>}
  eke.model @step(%x: tensor<1x32xf32>) -> tensor<1x4xf32> {
    %w = eke.use @w : tensor<4x32xf32, #eke.format<i4, group = 32>>
    %y = eke.linear %x, %w : (tensor<1x32xf32>, tensor<4x32xf32, #eke.format<i4, group = 32>>) -> tensor<1x4xf32>
    eke.yield %y : tensor<1x4xf32>
  }
}
