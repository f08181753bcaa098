eke.weight @w : tensor<128x256xf32> = <"weights.bin", offset = 0, length = 131072, element = f32>
eke.model @every(%x: tensor<1x256xf32>) -> tensor<1x128xf32>
    attributes {eke.entry = #eke.entry<role = "encoder", every = 20 ms>} {
  %w = eke.use @w : tensor<128x256xf32>
  %0 = eke.linear %x, %w : (tensor<1x256xf32>, tensor<128x256xf32>) -> tensor<1x128xf32> loc("up")
  eke.yield %0 : tensor<1x128xf32>
}
eke.model @other(%x: tensor<1x128xf32>) -> tensor<1x128xf32> {
  %0 = eke.activate %x with relu : tensor<1x128xf32>
  eke.yield %0 : tensor<1x128xf32>
}
