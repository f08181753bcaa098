// MLIR 22 reports that it expects a bracket, and crashes on its way out.
func.func @f(%a: tensor<4x4xf32>, %b: tensor<4xf32>) -> tensor<4xf32> {
  %0 = linalg.reduce ins(%a : tensor<4x4xf32>) outs(%b : tensor<4xf32>) dimensions = 1
    (%i: f32, %o: f32) { linalg.yield %o : f32 }
  return %0 : tensor<4xf32>
}
