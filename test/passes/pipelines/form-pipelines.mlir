// RUN: eke-opt %s --split-input-file --eke-form-pipelines -o %t.mlir
// RUN: FileCheck %s < %t.mlir
// RUN: eke-opt %t.mlir --split-input-file --eke-form-pipelines | diff %t.mlir -
// RUN: eke-opt %s --split-input-file --eke-form-pipelines --remark-format=emitRemark --remarks-filter=pipeline -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

// Reductions along rows and what follows them are one pipeline, called after its last
// stage. Fills and constants move inside.
// CHECK-LABEL: func.func @rows(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<2x4xf32>)
// CHECK:         %[[Y:.*]] = halide.pipeline "rows.stage" ins(%[[X]] : tensor<2x4xf32>) outs(%{{.*}} : tensor<2x4xf32>) {
// CHECK-NEXT:    ^bb0(%[[A:.*]]: tensor<2x4xf32>, %[[B:.*]]: tensor<2x4xf32>):
// CHECK:           %[[F:.*]] = linalg.fill
// CHECK:           %[[S:.*]] = linalg.reduce { arith.addf {{.*}}} ins(%[[A]] : tensor<2x4xf32>) outs(%[[F]] : tensor<2xf32>)
// CHECK:           linalg.broadcast ins(%[[S]]
// CHECK:           %[[D:.*]] = linalg.div ins(%[[A]], %{{.*}} : {{.*}}) outs(%[[B]] : tensor<2x4xf32>)
// CHECK:           halide.yield %[[D]]
// CHECK-NOT:     linalg
// CHECK:         return %[[Y]]
func.func @rows(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %zero = arith.constant 0.0 : f32
  %e0 = tensor.empty() : tensor<2xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e0 : tensor<2xf32>) -> tensor<2xf32>
  %s = linalg.reduce {arith.addf} ins(%x : tensor<2x4xf32>) outs(%f : tensor<2xf32>) dimensions = [1]
  %e1 = tensor.empty() : tensor<2x4xf32>
  %b = linalg.broadcast ins(%s : tensor<2xf32>) outs(%e1 : tensor<2x4xf32>) dimensions = [1]
  %e2 = tensor.empty() : tensor<2x4xf32>
  %y = linalg.div ins(%x, %b : tensor<2x4xf32>, tensor<2x4xf32>) outs(%e2 : tensor<2x4xf32>) -> tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}

// -----

// What follows a product element by element joins it; the pipeline is called after the
// product. The product reads its rows from memory, so these are a pipeline before it.
// CHECK-LABEL: func.func @product(
// CHECK:         %[[P:.*]] = halide.pipeline "product.stage"
// CHECK:           linalg.exp
// CHECK:         %[[Y:.*]] = halide.pipeline "product.dot" ins(%[[P]], %{{.*}} :
// CHECK:           linalg.matmul
// CHECK:           linalg.exp
// CHECK:         return %[[Y]]
func.func @product(%x: tensor<2x4xf32>, %w: tensor<4x8xf32>) -> tensor<2x8xf32> {
  %zero = arith.constant 0.0 : f32
  %e0 = tensor.empty() : tensor<2x4xf32>
  %p = linalg.exp ins(%x : tensor<2x4xf32>) outs(%e0 : tensor<2x4xf32>) -> tensor<2x4xf32>
  %e1 = tensor.empty() : tensor<2x8xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e1 : tensor<2x8xf32>) -> tensor<2x8xf32>
  %d = linalg.matmul {halide.stage = "dot"} ins(%p, %w : tensor<2x4xf32>, tensor<4x8xf32>) outs(%f : tensor<2x8xf32>) -> tensor<2x8xf32>
  %e2 = tensor.empty() : tensor<2x8xf32>
  %y = linalg.exp ins(%d : tensor<2x8xf32>) outs(%e2 : tensor<2x8xf32>) -> tensor<2x8xf32>
  return %y : tensor<2x8xf32>
}

// -----

// A value that something outside needs is a result of the pipeline too.
// CHECK-LABEL: func.func @two_results(
// CHECK:         %[[R:.*]]:2 = halide.pipeline
// CHECK:           %[[A:.*]] = linalg.exp
// CHECK:           %[[B:.*]] = linalg.tanh ins(%[[A]]
// CHECK:           halide.yield %[[A]], %[[B]]
// CHECK:         return %[[R]]#0, %[[R]]#1
func.func @two_results(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %e0 = tensor.empty() : tensor<4xf32>
  %a = linalg.exp ins(%x : tensor<4xf32>) outs(%e0 : tensor<4xf32>) -> tensor<4xf32>
  %e1 = tensor.empty() : tensor<4xf32>
  %b = linalg.tanh ins(%a : tensor<4xf32>) outs(%e1 : tensor<4xf32>) -> tensor<4xf32>
  return %a, %b : tensor<4xf32>, tensor<4xf32>
}

// -----

// A product of a product starts a pipeline of its own: each of its elements needs whole
// rows of the first.
// CHECK-LABEL: func.func @two_products(
// CHECK:         %[[A:.*]] = halide.pipeline
// CHECK:           linalg.matmul
// CHECK:         halide.pipeline {{.*}} ins(%[[A]] :
// CHECK:           linalg.matmul
func.func @two_products(%x: tensor<4x4xf32>, %w: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %zero = arith.constant 0.0 : f32
  %e0 = tensor.empty() : tensor<4x4xf32>
  %f0 = linalg.fill ins(%zero : f32) outs(%e0 : tensor<4x4xf32>) -> tensor<4x4xf32>
  %a = linalg.matmul ins(%x, %w : tensor<4x4xf32>, tensor<4x4xf32>) outs(%f0 : tensor<4x4xf32>) -> tensor<4x4xf32>
  %e1 = tensor.empty() : tensor<4x4xf32>
  %f1 = linalg.fill ins(%zero : f32) outs(%e1 : tensor<4x4xf32>) -> tensor<4x4xf32>
  %b = linalg.matmul ins(%a, %a : tensor<4x4xf32>, tensor<4x4xf32>) outs(%f1 : tensor<4x4xf32>) -> tensor<4x4xf32>
  return %b : tensor<4x4xf32>
}

// -----

// A reduction after an element-wise op on a product: the product is wanted whole.
// CHECK-LABEL: func.func @reduction_behind(
// CHECK:         halide.pipeline
// CHECK:           linalg.matmul
// CHECK:           linalg.exp
// CHECK:         halide.pipeline
// CHECK:           linalg.reduce
func.func @reduction_behind(%x: tensor<4x4xf32>, %w: tensor<4x4xf32>) -> tensor<4xf32> {
  %zero = arith.constant 0.0 : f32
  %e0 = tensor.empty() : tensor<4x4xf32>
  %f0 = linalg.fill ins(%zero : f32) outs(%e0 : tensor<4x4xf32>) -> tensor<4x4xf32>
  %a = linalg.matmul ins(%x, %w : tensor<4x4xf32>, tensor<4x4xf32>) outs(%f0 : tensor<4x4xf32>) -> tensor<4x4xf32>
  %e1 = tensor.empty() : tensor<4x4xf32>
  %b = linalg.exp ins(%a : tensor<4x4xf32>) outs(%e1 : tensor<4x4xf32>) -> tensor<4x4xf32>
  %e2 = tensor.empty() : tensor<4xf32>
  %f2 = linalg.fill ins(%zero : f32) outs(%e2 : tensor<4xf32>) -> tensor<4xf32>
  %c = linalg.reduce {arith.addf} ins(%b : tensor<4x4xf32>) outs(%f2 : tensor<4xf32>) dimensions = [1]
  return %c : tensor<4xf32>
}

// -----

// Partial sums of a product are summed on in its pipeline.
// CHECK-LABEL: func.func @partial_sums(
// CHECK:         halide.pipeline
// CHECK:           linalg.batch_matvec
// CHECK:           linalg.reduce
// CHECK-NOT:     halide.pipeline
func.func @partial_sums(%x: tensor<2x4x8xf32>, %w: tensor<2x8xf32>) -> tensor<4xf32> {
  %zero = arith.constant 0.0 : f32
  %e0 = tensor.empty() : tensor<2x4xf32>
  %f0 = linalg.fill ins(%zero : f32) outs(%e0 : tensor<2x4xf32>) -> tensor<2x4xf32>
  %a = linalg.batch_matvec ins(%x, %w : tensor<2x4x8xf32>, tensor<2x8xf32>) outs(%f0 : tensor<2x4xf32>) -> tensor<2x4xf32>
  %e1 = tensor.empty() : tensor<4xf32>
  %f1 = linalg.fill ins(%zero : f32) outs(%e1 : tensor<4xf32>) -> tensor<4xf32>
  %b = linalg.reduce {arith.addf} ins(%a : tensor<2x4xf32>) outs(%f1 : tensor<4xf32>) dimensions = [0]
  return %b : tensor<4xf32>
}

// -----

// A transposed read of a product needs it whole.
// CHECK-LABEL: func.func @out_of_place(
// CHECK:         halide.pipeline
// CHECK:           linalg.matmul
// CHECK:         halide.pipeline
// CHECK:           linalg.transpose
func.func @out_of_place(%x: tensor<4x4xf32>, %w: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %zero = arith.constant 0.0 : f32
  %e0 = tensor.empty() : tensor<4x4xf32>
  %f0 = linalg.fill ins(%zero : f32) outs(%e0 : tensor<4x4xf32>) -> tensor<4x4xf32>
  %a = linalg.matmul ins(%x, %w : tensor<4x4xf32>, tensor<4x4xf32>) outs(%f0 : tensor<4x4xf32>) -> tensor<4x4xf32>
  %e1 = tensor.empty() : tensor<4x4xf32>
  %b = linalg.transpose ins(%a : tensor<4x4xf32>) outs(%e1 : tensor<4x4xf32>) permutation = [1, 0]
  return %b : tensor<4x4xf32>
}

// -----

// The call needs the first result, and the second op needs the call: as one pipeline they
// would need each other.
// CHECK-LABEL: func.func @in_between(
// CHECK:         %[[A:.*]] = halide.pipeline
// CHECK:         %[[C:.*]] = call @outside(%[[A]])
// CHECK:         halide.pipeline {{.*}} ins(%[[A]], %[[C]] :
func.func private @outside(tensor<4xf32>) -> tensor<4xf32>
func.func @in_between(%x: tensor<4xf32>) -> tensor<4xf32> {
  %e0 = tensor.empty() : tensor<4xf32>
  %a = linalg.exp ins(%x : tensor<4xf32>) outs(%e0 : tensor<4xf32>) -> tensor<4xf32>
  %c = call @outside(%a) : (tensor<4xf32>) -> tensor<4xf32>
  %e1 = tensor.empty() : tensor<4xf32>
  %b = linalg.add ins(%a, %c : tensor<4xf32>, tensor<4xf32>) outs(%e1 : tensor<4xf32>) -> tensor<4xf32>
  return %b : tensor<4xf32>
}

// -----

// Two ops that need nothing of each other are two pipelines.
// CHECK-LABEL: func.func @apart(
// CHECK-COUNT-2: halide.pipeline
func.func @apart(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %e0 = tensor.empty() : tensor<4xf32>
  %a = linalg.exp ins(%x : tensor<4xf32>) outs(%e0 : tensor<4xf32>) -> tensor<4xf32>
  %e1 = tensor.empty() : tensor<4xf32>
  %b = linalg.tanh ins(%x : tensor<4xf32>) outs(%e1 : tensor<4xf32>) -> tensor<4xf32>
  return %a, %b : tensor<4xf32>, tensor<4xf32>
}

// -----

// A pipeline writes its results whole; this one adds to what is there.
// CHECK-LABEL: func.func @existing_data(
// CHECK-NOT:     halide.pipeline
// CHECK:         linalg.matmul
// REMARK: [Missed] LeftAsLoops | Category:pipeline{{.*}} | Reason="it starts from existing data"
func.func @existing_data(%x: tensor<4x4xf32>, %w: tensor<4x4xf32>, %acc: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %a = linalg.matmul ins(%x, %w : tensor<4x4xf32>, tensor<4x4xf32>) outs(%acc : tensor<4x4xf32>) -> tensor<4x4xf32>
  return %a : tensor<4x4xf32>
}

// -----

// A kernel takes buffers and indices.
// CHECK-LABEL: func.func @scalar(
// CHECK-NOT:     halide.pipeline
// CHECK:         linalg.generic
// REMARK: [Missed] LeftAsLoops | Category:pipeline{{.*}} | Reason="it captures a scalar that is no index"
func.func @scalar(%x: tensor<4xf32>, %s: f32) -> tensor<4xf32> {
  %e = tensor.empty() : tensor<4xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%x : tensor<4xf32>) outs(%e : tensor<4xf32>) {
  ^bb0(%a: f32, %b: f32):
    %p = arith.mulf %a, %s : f32
    linalg.yield %p : f32
  } -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

// An index is taken, as is a tensor that is read in the body; extents known only at run
// time are indices too.
// CHECK-LABEL: func.func @captures(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<?xf32>, %[[T:[^:]*]]: tensor<8xf32>, %[[I:[^:]*]]: index, %[[N:[^:]*]]: index)
// CHECK:         halide.pipeline {{.*}} ins(%[[X]], %[[T]], %[[I]], %[[N]] : tensor<?xf32>, tensor<8xf32>, index, index)
// CHECK-NEXT:    ^bb0(%{{.*}}: tensor<?xf32>, %[[A:[^:]*]]: tensor<8xf32>, %[[B:[^:]*]]: index, %{{[^:]*}}: index, %{{[^:]*}}: tensor<?xf32>):
// CHECK:           tensor.extract %[[A]][%[[B]]]
func.func @captures(%x: tensor<?xf32>, %t: tensor<8xf32>, %i: index, %n: index) -> tensor<?xf32> {
  %e = tensor.empty(%n) : tensor<?xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%x : tensor<?xf32>) outs(%e : tensor<?xf32>) {
  ^bb0(%a: f32, %b: f32):
    %v = tensor.extract %t[%i] : tensor<8xf32>
    %p = arith.mulf %a, %v : f32
    linalg.yield %p : f32
  } -> tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// What follows a product runs over the product's loops, and takes their names over; so
// does what follows that.
// CHECK-LABEL: func.func @names_of_a_product(
// CHECK:         halide.pipeline
// CHECK:           linalg.exp {halide.vars = ["m", "n"]}
// CHECK:           linalg.tanh {halide.vars = ["m", "n"]}
// CHECK:           halide.yield
func.func @names_of_a_product(%x: tensor<2x4xf32>, %w: tensor<4x8xf32>) -> tensor<2x8xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<2x8xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<2x8xf32>) -> tensor<2x8xf32>
  %d = linalg.matmul {halide.vars = ["m", "n", "rk"]} ins(%x, %w : tensor<2x4xf32>, tensor<4x8xf32>) outs(%f : tensor<2x8xf32>) -> tensor<2x8xf32>
  %y = linalg.exp {halide.vars = ["a", "b"]} ins(%d : tensor<2x8xf32>) outs(%e : tensor<2x8xf32>) -> tensor<2x8xf32>
  %z = linalg.tanh {halide.vars = ["c", "d"]} ins(%y : tensor<2x8xf32>) outs(%e : tensor<2x8xf32>) -> tensor<2x8xf32>
  return %z : tensor<2x8xf32>
}

// -----

// A product that something outside needs as well is stored; nothing is gained by
// computing further in its pipeline.
// CHECK-LABEL: func.func @product_is_needed(
// CHECK:         %[[D:.*]] = halide.pipeline
// CHECK:           linalg.matmul
// CHECK-NEXT:      halide.yield
// CHECK:         %[[Y:.*]] = halide.pipeline {{.*}} ins(%[[D]] :
// CHECK:           linalg.exp
// CHECK:         return %[[D]], %[[Y]]
func.func @product_is_needed(%x: tensor<2x4xf32>, %w: tensor<4x8xf32>) -> (tensor<2x8xf32>, tensor<2x8xf32>) {
  %zero = arith.constant 0.0 : f32
  %e0 = tensor.empty() : tensor<2x8xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e0 : tensor<2x8xf32>) -> tensor<2x8xf32>
  %d = linalg.matmul ins(%x, %w : tensor<2x4xf32>, tensor<4x8xf32>) outs(%f : tensor<2x8xf32>) -> tensor<2x8xf32>
  %e1 = tensor.empty() : tensor<2x8xf32>
  %y = linalg.exp ins(%d : tensor<2x8xf32>) outs(%e1 : tensor<2x8xf32>) -> tensor<2x8xf32>
  return %d, %y : tensor<2x8xf32>, tensor<2x8xf32>
}

// -----

// What divides a dynamic extent is a fact about the pipeline.
// CHECK-LABEL: func.func @extent_multiple(
// CHECK:         halide.pipeline
// CHECK-NOT:       halide.extent_multiple
// CHECK:         {extent_multiple = 8 : i64}
func.func @extent_multiple(%x: tensor<64xf32>, %n: index) -> tensor<?xf32> {
  %a = tensor.extract_slice %x[0] [%n] [1] : tensor<64xf32> to tensor<?xf32>
  %s = tensor.empty(%n) : tensor<?xf32>
  %y = linalg.exp {halide.extent_multiple = 8} ins(%a : tensor<?xf32>) outs(%s : tensor<?xf32>) -> tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// It holds for the pipeline only if all ops say so.
// CHECK-LABEL: func.func @extent_multiple_of_some(
// CHECK:         halide.pipeline
// CHECK-NOT:     extent_multiple =
// CHECK:         return
func.func @extent_multiple_of_some(%x: tensor<64xf32>, %n: index) -> tensor<?xf32> {
  %a = tensor.extract_slice %x[0] [%n] [1] : tensor<64xf32> to tensor<?xf32>
  %s = tensor.empty(%n) : tensor<?xf32>
  %y = linalg.exp {halide.extent_multiple = 8} ins(%a : tensor<?xf32>) outs(%s : tensor<?xf32>) -> tensor<?xf32>
  %z = linalg.tanh ins(%y : tensor<?xf32>) outs(%s : tensor<?xf32>) -> tensor<?xf32>
  return %z : tensor<?xf32>
}

// -----

// What follows two products of one shape has both in its pipeline, which is called after
// the layers of both. The names of the second product's stages become its own.
// CHECK-LABEL: func.func @two_factors(
// CHECK:         %[[Y:.*]] = halide.pipeline "two_factors.gate_up.dot"
// CHECK:           %[[A:.*]] = linalg.matmul {halide.stage = "dot", halide.vars = ["m", "n", "rk"]}
// CHECK:           %[[B:.*]] = linalg.matmul {halide.stage = "dot_2", halide.vars = ["m", "n", "rk"]}
// CHECK:           linalg.mul {halide.stage = "unit", halide.vars = ["m", "n"]} ins(%[[A]], %[[B]]
// CHECK-NOT:     halide.pipeline
// CHECK:         return %[[Y]]
func.func @two_factors(%x: tensor<2x4xf32>, %v: tensor<4x8xf32>, %w: tensor<4x8xf32>) -> tensor<2x8xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<2x8xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<2x8xf32>) -> tensor<2x8xf32>
  %a = linalg.matmul {halide.stage = "dot", halide.vars = ["m", "n", "rk"]} ins(%x, %v : tensor<2x4xf32>, tensor<4x8xf32>) outs(%f : tensor<2x8xf32>) -> tensor<2x8xf32> loc("gate")
  %b = linalg.matmul {halide.stage = "dot", halide.vars = ["m", "n", "rk"]} ins(%x, %w : tensor<2x4xf32>, tensor<4x8xf32>) outs(%f : tensor<2x8xf32>) -> tensor<2x8xf32> loc("up")
  %y = linalg.mul {halide.stage = "unit"} ins(%a, %b : tensor<2x8xf32>, tensor<2x8xf32>) outs(%e : tensor<2x8xf32>) -> tensor<2x8xf32>
  return %y : tensor<2x8xf32>
}

// -----

// The loops of the second product are shorter: a schedule for one does not fit the other.
// CHECK-LABEL: func.func @factors_of_other_lengths(
// CHECK:         halide.pipeline
// CHECK:           linalg.matmul
// CHECK-NOT:       linalg.matmul
// CHECK:         halide.pipeline
// CHECK:           linalg.matmul
// CHECK-NEXT:      linalg.mul
func.func @factors_of_other_lengths(%x: tensor<2x4xf32>, %v: tensor<4x8xf32>, %z: tensor<2x3xf32>, %w: tensor<3x8xf32>) -> tensor<2x8xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<2x8xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<2x8xf32>) -> tensor<2x8xf32>
  %a = linalg.matmul ins(%x, %v : tensor<2x4xf32>, tensor<4x8xf32>) outs(%f : tensor<2x8xf32>) -> tensor<2x8xf32>
  %b = linalg.matmul ins(%z, %w : tensor<2x3xf32>, tensor<3x8xf32>) outs(%f : tensor<2x8xf32>) -> tensor<2x8xf32>
  %y = linalg.mul ins(%a, %b : tensor<2x8xf32>, tensor<2x8xf32>) outs(%e : tensor<2x8xf32>) -> tensor<2x8xf32>
  return %y : tensor<2x8xf32>
}

// -----

// The first product is needed outside as well.
// CHECK-LABEL: func.func @factor_is_needed(
// CHECK:         %[[A:.*]] = halide.pipeline
// CHECK:           linalg.matmul
// CHECK-NOT:       linalg.matmul
// CHECK:         halide.pipeline
// CHECK:           linalg.matmul
// CHECK-NEXT:      linalg.mul
func.func @factor_is_needed(%x: tensor<2x4xf32>, %v: tensor<4x8xf32>, %w: tensor<4x8xf32>) -> (tensor<2x8xf32>, tensor<2x8xf32>) {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<2x8xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<2x8xf32>) -> tensor<2x8xf32>
  %a = linalg.matmul ins(%x, %v : tensor<2x4xf32>, tensor<4x8xf32>) outs(%f : tensor<2x8xf32>) -> tensor<2x8xf32>
  %b = linalg.matmul ins(%x, %w : tensor<2x4xf32>, tensor<4x8xf32>) outs(%f : tensor<2x8xf32>) -> tensor<2x8xf32>
  %y = linalg.mul ins(%a, %b : tensor<2x8xf32>, tensor<2x8xf32>) outs(%e : tensor<2x8xf32>) -> tensor<2x8xf32>
  return %a, %y : tensor<2x8xf32>, tensor<2x8xf32>
}
