func.func @main(%a0: tensor<4xi16>) -> (tensor<4xi8>) {
  %e = tensor.empty() : tensor<4xi16>
  %v0 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%a0 : tensor<4xi16>) outs(%e : tensor<4xi16>) {
  ^bb0(%x0: i16, %o0: i16):
    %t = arith.constant -40 : i16
    linalg.yield %t : i16
  } -> tensor<4xi16>
  %f = tensor.empty() : tensor<4xi8>
  %v1 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%v0 : tensor<4xi16>) outs(%f : tensor<4xi8>) {
  ^bb0(%x0: i16, %o0: i8):
    %t0 = arith.trunci %x0 : i16 to i8
    %t1 = arith.constant 7 : i8
    %t2 = arith.andi %t0, %t1 : i8
    %t3 = arith.shrui %t0, %t2 : i8
    linalg.yield %t3 : i8
  } -> tensor<4xi8>
  return %v1 : tensor<4xi8>
}
