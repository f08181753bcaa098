eke.weight @w : tensor<128x128xf32> = <"weights.bin", offset = 0, length = 65536, element = f32>
eke.weight @v : tensor<128x128xf32> = <"weights.bin", offset = 65536, length = 65536, element = f32>
eke.block @inner(%x: tensor<1x128xf32>) weights(%u: tensor<128x128xf32>) -> tensor<1x128xf32> {
  %0 = eke.linear %x, %u : (tensor<1x128xf32>, tensor<128x128xf32>) -> tensor<1x128xf32> loc("down")
  %1 = eke.activate %0 with relu : tensor<1x128xf32> loc("act")
  %2 = eke.linear %1, %u : (tensor<1x128xf32>, tensor<128x128xf32>) -> tensor<1x128xf32> loc("up")
  eke.yield %2 : tensor<1x128xf32>
}
eke.model @main(%x: tensor<1x128xf32>) -> tensor<1x128xf32> {
  %w = eke.use @w : tensor<128x128xf32>
  %v = eke.use @v : tensor<128x128xf32>
  %0 = eke.apply @inner(%x) weights(%w) : (tensor<1x128xf32>, tensor<128x128xf32>) -> tensor<1x128xf32>
  %1 = eke.linear %0, %v : (tensor<1x128xf32>, tensor<128x128xf32>) -> tensor<1x128xf32> loc("between")
  %2 = eke.apply @inner(%1) weights(%v) : (tensor<1x128xf32>, tensor<128x128xf32>) -> tensor<1x128xf32>
  eke.yield %2 : tensor<1x128xf32>
}
