// RUN: eke-opt %s --split-input-file --eke-form-pipelines -o %t.mlir
// RUN: FileCheck %s < %t.mlir
// RUN: eke-opt %t.mlir --split-input-file --eke-form-pipelines | diff %t.mlir -
// RUN: eke-opt %s --split-input-file --eke-form-pipelines --remark-format=emitRemark --remarks-filter=pipeline -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

// Reductions along rows and what follows them are one pipeline, called after its last
// stage. Fills and constants move inside.
// CHECK-LABEL: func.func @rows(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<2x4xf32>)
// CHECK:         %[[Y:.*]] = halide.pipeline "rows.div" ins(%[[X]] : tensor<2x4xf32>) outs(%{{.*}} : tensor<2x4xf32>) {
// CHECK-NEXT:    ^bb0(%[[A:.*]]: tensor<2x4xf32>, %[[B:.*]]: tensor<2x4xf32>):
// CHECK:           %[[F:.*]] = linalg.fill
// CHECK:           %[[S:.*]] = linalg.reduce { arith.addf {{.*}}} ins(%[[A]] : tensor<2x4xf32>) outs(%[[F]] : tensor<2xf32>)
// CHECK:           linalg.broadcast ins(%[[S]]
// CHECK:           %[[D:.*]] = linalg.div {{.*}}ins(%[[A]], %{{.*}} : {{.*}}) outs(%[[B]] : tensor<2x4xf32>)
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
// CHECK:         %[[P:.*]] = halide.pipeline "product.exp"
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
// CHECK:           %[[B:.*]] = linalg.tanh {{.*}}ins(%[[A]]
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

// What an op starts from is an input.
// CHECK-LABEL: func.func @existing_data(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<4x4xf32>, %[[W:[^:]*]]: tensor<4x4xf32>, %[[ACC:[^:]*]]: tensor<4x4xf32>)
// CHECK:         %[[E:.*]] = tensor.empty() : tensor<4x4xf32>
// CHECK:         halide.pipeline "existing_data.matmul" ins(%[[X]], %[[W]], %[[ACC]] : {{.*}}) outs(%[[E]] :
// CHECK-NEXT:    ^bb0(%{{.*}}: tensor<4x4xf32>, %{{[^:]*}}: tensor<4x4xf32>, %[[START:[^:]*]]: tensor<4x4xf32>, %{{[^:]*}}: tensor<4x4xf32>):
// CHECK-NEXT:      linalg.matmul {{.*}} outs(%[[START]] :
func.func @existing_data(%x: tensor<4x4xf32>, %w: tensor<4x4xf32>, %acc: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %a = linalg.matmul ins(%x, %w : tensor<4x4xf32>, tensor<4x4xf32>) outs(%acc : tensor<4x4xf32>) -> tensor<4x4xf32>
  return %a : tensor<4x4xf32>
}

// -----

// A bias that a product starts from is a stage of its pipeline.
// CHECK-LABEL: func.func @bias(
// CHECK:         halide.pipeline "bias.matmul"
// CHECK:           %[[START:.*]] = linalg.broadcast
// CHECK:           linalg.matmul {{.*}} outs(%[[START]] :
// CHECK-NOT:     halide.pipeline
// CHECK:         return
func.func @bias(%x: tensor<4x4xf32>, %w: tensor<4x4xf32>, %c: tensor<4xf32>) -> tensor<4x4xf32> {
  %e = tensor.empty() : tensor<4x4xf32>
  %b = linalg.broadcast ins(%c : tensor<4xf32>) outs(%e : tensor<4x4xf32>) dimensions = [0]
  %a = linalg.matmul ins(%x, %w : tensor<4x4xf32>, tensor<4x4xf32>) outs(%b : tensor<4x4xf32>) -> tensor<4x4xf32>
  return %a : tensor<4x4xf32>
}

// -----

// What an op only writes over is no input.
// CHECK-LABEL: func.func @written_over(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<4xf32>, %[[OLD:[^:]*]]: tensor<4xf32>)
// CHECK:         halide.pipeline "written_over.exp" ins(%[[X]] : tensor<4xf32>)
func.func @written_over(%x: tensor<4xf32>, %old: tensor<4xf32>) -> tensor<4xf32> {
  %y = linalg.exp ins(%x : tensor<4xf32>) outs(%old : tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

// The sum reads the state before it is written; a pipeline at the product would read it
// behind.
// CHECK-LABEL: func.func @state_in_between(
// CHECK:         %[[A:.*]] = halide.pipeline "state_in_between.add"
// CHECK:         bufferization.materialize_in_destination
// CHECK:         halide.pipeline "state_in_between.mul" ins(%[[A]],
func.func @state_in_between(%x: tensor<4xf32>, %bytes: memref<64xi8>) -> tensor<4xf32> {
  %c0 = arith.constant 0 : index
  %state = memref.view %bytes[%c0][] : memref<64xi8> to memref<4xf32>
  %h = bufferization.to_tensor %state restrict writable : memref<4xf32> to tensor<4xf32>
  %e = tensor.empty() : tensor<4xf32>
  %a = linalg.add ins(%x, %h : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  bufferization.materialize_in_destination %x in writable %state : (tensor<4xf32>, memref<4xf32>) -> ()
  %b = linalg.mul ins(%a, %x : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  return %b : tensor<4xf32>
}

// -----

// A place whose end is no number is anywhere.
// CHECK-LABEL: func.func @state_nowhere(
// CHECK:         %[[A:.*]] = halide.pipeline "state_nowhere.add"
// CHECK:         bufferization.materialize_in_destination
// CHECK:         halide.pipeline "state_nowhere.mul" ins(%[[A]],
func.func @state_nowhere(%x: tensor<4xf32>, %bytes: memref<64xi8>) -> tensor<4xf32> {
  %far = arith.constant 9223372036854775807 : index
  %state = memref.view %bytes[%far][] : memref<64xi8> to memref<4xf32>
  %h = bufferization.to_tensor %state restrict writable : memref<4xf32> to tensor<4xf32>
  %e = tensor.empty() : tensor<4xf32>
  %a = linalg.add ins(%x, %h : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  bufferization.materialize_in_destination %x in writable %state : (tensor<4xf32>, memref<4xf32>) -> ()
  %b = linalg.mul ins(%a, %x : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  return %b : tensor<4xf32>
}

// -----

// Here another state is written in between.
// CHECK-LABEL: func.func @other_state_in_between(
// CHECK:         bufferization.materialize_in_destination
// CHECK:         halide.pipeline "other_state_in_between.mul"
// CHECK:           linalg.add
// CHECK:           linalg.mul
func.func @other_state_in_between(%x: tensor<4xf32>, %bytes: memref<64xi8>) -> tensor<4xf32> {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %state = memref.view %bytes[%c0][] : memref<64xi8> to memref<4xf32>
  %other = memref.view %bytes[%c16][] : memref<64xi8> to memref<4xf32>
  %h = bufferization.to_tensor %state restrict writable : memref<4xf32> to tensor<4xf32>
  %e = tensor.empty() : tensor<4xf32>
  %a = linalg.add ins(%x, %h : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  bufferization.materialize_in_destination %x in writable %other : (tensor<4xf32>, memref<4xf32>) -> ()
  %b = linalg.mul ins(%a, %x : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  return %b : tensor<4xf32>
}

// -----

// A call may write to what it is given.
// CHECK-LABEL: func.func @call_in_between(
// CHECK:         halide.pipeline "call_in_between.add"
// CHECK:         call @update
// CHECK:         halide.pipeline "call_in_between.mul"
func.func private @update(memref<4xf32>)
func.func @call_in_between(%x: tensor<4xf32>, %state: memref<4xf32>) -> tensor<4xf32> {
  %h = bufferization.to_tensor %state restrict writable : memref<4xf32> to tensor<4xf32>
  %e = tensor.empty() : tensor<4xf32>
  %a = linalg.add ins(%x, %h : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  call @update(%state) : (memref<4xf32>) -> ()
  %b = linalg.mul ins(%a, %x : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  return %b : tensor<4xf32>
}

// -----

// Stages of one kind get names of their own, and so do pipelines.
// CHECK-LABEL: func.func @names(
// CHECK:         halide.pipeline "names.exp"
// CHECK:           linalg.exp {halide.stage = "exp"}
// CHECK:           linalg.exp {halide.stage = "exp2"}
// CHECK:         halide.pipeline "names.exp_2"
func.func @names(%x: tensor<4xf32>, %y: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %e = tensor.empty() : tensor<4xf32>
  %a = linalg.exp ins(%x : tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  %b = linalg.exp ins(%a : tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  %c = linalg.exp ins(%y : tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  return %b, %c : tensor<4xf32>, tensor<4xf32>
}

// -----

// Zero points are constants of the kernel.
// CHECK-LABEL: func.func @zero_points(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<4x4xi8>, %[[W:[^:]*]]: tensor<4x4xi8>)
// CHECK:         halide.pipeline "zero_points.quantized_matmul" ins(%[[X]], %[[W]] : tensor<4x4xi8>, tensor<4x4xi8>)
// CHECK:           %[[Z:.*]] = arith.constant 3 : i32
// CHECK:           linalg.quantized_matmul {{.*}} ins(%{{.*}}, %{{.*}}, %[[Z]], %[[Z]] :
func.func @zero_points(%x: tensor<4x4xi8>, %w: tensor<4x4xi8>) -> tensor<4x4xi32> {
  %zero = arith.constant 0 : i32
  %z = arith.constant 3 : i32
  %e = tensor.empty() : tensor<4x4xi32>
  %f = linalg.fill ins(%zero : i32) outs(%e : tensor<4x4xi32>) -> tensor<4x4xi32>
  %y = linalg.quantized_matmul ins(%x, %w, %z, %z : tensor<4x4xi8>, tensor<4x4xi8>, i32, i32) outs(%f : tensor<4x4xi32>) -> tensor<4x4xi32>
  return %y : tensor<4x4xi32>
}

// -----

// Mean, variance and what they normalise are one pipeline: each row is read for itself.
// CHECK-LABEL: func.func @layer_norm(
// CHECK:         halide.pipeline "layer_norm.subf"
// CHECK-NOT:     halide.pipeline
// CHECK:         return
func.func @layer_norm(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  %mean = linalg.reduce {arith.addf} ins(%x : tensor<4x8xf32>) outs(%f : tensor<4xf32>) dimensions = [1]
  %variance = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (i)>], iterator_types = ["parallel", "reduction"]}
      ins(%x, %mean : tensor<4x8xf32>, tensor<4xf32>) outs(%f : tensor<4xf32>) {
  ^bb0(%a: f32, %b: f32, %sum: f32):
    %d = arith.subf %a, %b : f32
    %s = arith.mulf %d, %d : f32
    %r = arith.addf %sum, %s : f32
    linalg.yield %r : f32
  } -> tensor<4xf32>
  %e1 = tensor.empty() : tensor<4x8xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%x, %variance : tensor<4x8xf32>, tensor<4xf32>) outs(%e1 : tensor<4x8xf32>) {
  ^bb0(%a: f32, %v: f32, %o: f32):
    %q = arith.subf %a, %v : f32
    linalg.yield %q : f32
  } -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// -----

// Kernels have no numbers of 64 bits with a fraction.
// CHECK-LABEL: func.func @double(
// CHECK-NOT:     halide.pipeline
// CHECK:         linalg.exp
// REMARK: [Missed] LeftAsLoops | Category:pipeline{{.*}} | Reason="linalg.exp has elements of type f64, which kernels do not have"
func.func @double(%x: tensor<4xf64>) -> tensor<4xf64> {
  %e = tensor.empty() : tensor<4xf64>
  %y = linalg.exp ins(%x : tensor<4xf64>) outs(%e : tensor<4xf64>) -> tensor<4xf64>
  return %y : tensor<4xf64>
}

// -----

// A kernel takes buffers and indices.
// CHECK-LABEL: func.func @scalar(
// CHECK-NOT:     halide.pipeline
// CHECK:         linalg.generic
// REMARK: [Missed] LeftAsLoops | Category:pipeline{{.*}} | Reason="it takes a scalar that is no index and known only when run"
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
// CHECK:           linalg.exp {halide.stage = "exp", halide.vars = ["m", "n"]}
// CHECK:           linalg.tanh {halide.stage = "tanh", halide.vars = ["m", "n"]}
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

// -----

// Of a reduction over indices alone Halide would leave the loop where the value so far,
// as it begins, ends it: this one finds 0.
// CHECK-LABEL: func @least
// CHECK-NOT:   halide.pipeline
// CHECK:       linalg.generic
func.func @least(%x: tensor<3xf32>) -> tensor<i32> {
  %most = arith.constant 2147483647 : i32
  %e = tensor.empty() : tensor<i32>
  %f = linalg.fill ins(%most : i32) outs(%e : tensor<i32>) -> tensor<i32>
  %r = linalg.generic {
      indexing_maps = [affine_map<(k) -> (k)>, affine_map<(k) -> ()>],
      iterator_types = ["reduction"]}
      ins(%x : tensor<3xf32>) outs(%f : tensor<i32>) {
  ^bb0(%a: f32, %sofar: i32):
    %k = linalg.index 0 : index
    %i = arith.index_cast %k : index to i32
    %next = arith.minsi %sofar, %i : i32
    linalg.yield %next : i32
  } -> tensor<i32>
  return %r : tensor<i32>
}

// -----

// Halide runs a loop only where something reads along it: this one adds 1 three times.
// CHECK-LABEL: func @count
// CHECK-NOT:   halide.pipeline
// CHECK:       linalg.generic
func.func @count(%x: tensor<4x3xf32>) -> tensor<4xf32> {
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %e = tensor.empty() : tensor<4xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  %r = linalg.generic {
      indexing_maps = [affine_map<(m, k) -> (m, k)>, affine_map<(m, k) -> (m)>],
      iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<4x3xf32>) outs(%f : tensor<4xf32>) {
  ^bb0(%a: f32, %sum: f32):
    %next = arith.addf %sum, %one : f32
    linalg.yield %next : f32
  } -> tensor<4xf32>
  return %r : tensor<4xf32>
}
