// In each entry one phase rejects something, and others reject what depends on it or what it
// depends on.

func.func @image(%x: tensor<4xf32>, %i: tensor<4xi24>) -> tensor<4xf32> {
  %0 = arith.truncf %x : tensor<4xf32> to tensor<4xf8E4M3FN>
  %1 = arith.extf %0 : tensor<4xf8E4M3FN> to tensor<4xf32>
  %2 = tensor.bitcast %1 : tensor<4xf32> to tensor<4xi32>
  %3 = arith.sitofp %2 : tensor<4xi32> to tensor<4xf32>
  %4 = tosa.custom %3 {operator_name = "blur", domain_name = "camera", implementation_attrs = ""} : (tensor<4xf32>) -> tensor<4xf32>
  %5 = "stablehlo.tan"(%4) : (tensor<4xf32>) -> tensor<4xf32>
  %6 = math.exp %5 : tensor<4xf32>
  return %6 : tensor<4xf32>
}

func.func @any(%x: tensor<?xf32>) -> tensor<4xf32> {
  %0 = arith.constant dense<1.0> : tensor<4xf32>
  return %0 : tensor<4xf32>
}

func.func @layers(%x: tensor<8xf32>) -> tensor<8xf32> {
  %0 = "stablehlo.sort"(%x) : (tensor<8xf32>) -> tensor<8xf32>
  %1 = "stablehlo.sort"(%0) : (tensor<8xf32>) -> tensor<8xf32>
  %2 = "stablehlo.sort"(%1) : (tensor<8xf32>) -> tensor<8xf32>
  %3 = "stablehlo.sort"(%2) : (tensor<8xf32>) -> tensor<8xf32>
  %4 = "stablehlo.sort"(%3) : (tensor<8xf32>) -> tensor<8xf32>
  return %4 : tensor<8xf32>
}

func.func @loop(%x: tensor<4xf32>, %n: index) -> tensor<f32> {
  %zero = arith.constant 0.0 : f32
  %none = tensor.empty() : tensor<f32>
  %start = linalg.fill ins(%zero : f32) outs(%none : tensor<f32>) -> tensor<f32>
  %0 = tensor.generate %n {
  ^bb0(%i: index):
    %e = tensor.extract %x[%i] : tensor<4xf32>
    tensor.yield %e : f32
  } : tensor<?xf32>
  %3 = linalg.reduce ins(%0 : tensor<?xf32>) outs(%start : tensor<f32>) dimensions = [0]
      (%a: f32, %b: f32) { %s = arith.addf %a, %b : f32
                           linalg.yield %s : f32 }
  return %3 : tensor<f32>
}

func.func @outside(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = call @somewhere(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
func.func private @somewhere(%x: tensor<4xf32>) -> tensor<4xf32>

func.func @names(%x: tensor<4xui16>, %y: tensor<4xf32>) -> tensor<4xf32> {
  %0 = math.exp %y : tensor<4xf32>
  return %0 : tensor<4xf32>
}
