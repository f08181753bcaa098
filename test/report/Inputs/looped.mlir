eke.state @mean : tensor<1x32768xf32>
eke.model @add(%x: tensor<1x32768xf32>) -> tensor<1x32768xf32> {
  %m = eke.read @mean : tensor<1x32768xf32>
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %four = arith.constant 4 : index
  %sum = scf.for %i = %zero to %four step %one iter_args(%y = %x) -> tensor<1x32768xf32> {
    %z = arith.addf %y, %m : tensor<1x32768xf32>
    scf.yield %z : tensor<1x32768xf32>
  }
  eke.yield %sum : tensor<1x32768xf32>
}
