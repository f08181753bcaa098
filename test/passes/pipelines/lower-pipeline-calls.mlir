// RUN: eke-opt %s --split-input-file --eke-lower-pipeline-calls --verify-diagnostics | FileCheck %s

// Two equal pipelines are one kernel, also if their data start elsewhere.
// The labels of their calls still tell them apart.
// CHECK-LABEL: func.func @sharing
// CHECK-SAME:  %[[X:.+]]: memref<4x64xf32>, %[[Y:.+]]: memref<64xf32>
func.func @sharing(%x: memref<4x64xf32>, %y: memref<64xf32>, %i: index) {
  %r0 = memref.subview %x[0, 0][1, 64][1, 1] : memref<4x64xf32> to memref<64xf32, strided<[1]>>
  %r1 = memref.subview %x[%i, 0][1, 64][1, 1] : memref<4x64xf32> to memref<64xf32, strided<[1], offset: ?>>
  // CHECK: %[[POINTER:.+]] = memref.extract_aligned_pointer_as_index %[[Y]]
  // CHECK: llvm.inline_asm has_side_effects "eke.call.copy.row.${:uid}:", "" : () -> ()
  // CHECK-NEXT: llvm.call notail @copy_row(%{{.*}}, %{{.*}}) : (!llvm.ptr, !llvm.ptr) -> i32
  halide.pipeline "copy.row" ins(%r0 : memref<64xf32, strided<[1]>>) outs(%y : memref<64xf32>) {
  ^bb0(%a: tensor<64xf32>, %b: tensor<64xf32>):
    %o = linalg.copy {halide.stage = "out"} ins(%a : tensor<64xf32>) outs(%b : tensor<64xf32>) -> tensor<64xf32>
    halide.yield %o : tensor<64xf32>
  }
  // CHECK: llvm.getelementptr inbounds %{{.*}}[%{{.*}}] : (!llvm.ptr, i64) -> !llvm.ptr, f32
  // CHECK: llvm.inline_asm has_side_effects "eke.call.other.${:uid}:", "" : () -> ()
  // CHECK-NEXT: llvm.call notail @copy_row(
  halide.pipeline "other" ins(%r1 : memref<64xf32, strided<[1], offset: ?>>) outs(%y : memref<64xf32>) {
  ^bb0(%a: tensor<64xf32>, %b: tensor<64xf32>):
    %o = linalg.copy {halide.stage = "out"} ins(%a : tensor<64xf32>) outs(%b : tensor<64xf32>) -> tensor<64xf32>
    halide.yield %o : tensor<64xf32>
  }
  return
}
// CHECK:      llvm.func @copy_row(!llvm.ptr, !llvm.ptr) -> i32
// CHECK:      module @kernels
// CHECK-NEXT: halide.kernel @copy_row ins [memref<64xf32>] outs [memref<64xf32>]
// CHECK-NOT:  halide.kernel

// -----

// Another schedule is another kernel, whatever the name.
func.func @schedules(%x: memref<64xf32>, %y: memref<64xf32>) {
  // CHECK: llvm.call notail @copy(
  halide.pipeline "copy" ins(%x : memref<64xf32>) outs(%y : memref<64xf32>) {
  ^bb0(%a: tensor<64xf32>, %b: tensor<64xf32>):
    %o = linalg.copy {halide.stage = "out"} ins(%a : tensor<64xf32>) outs(%b : tensor<64xf32>) -> tensor<64xf32>
    halide.yield %o : tensor<64xf32>
  }
  // CHECK: llvm.call notail @[[OTHER:copy_[0-9]+]](
  halide.pipeline "copy" ins(%x : memref<64xf32>) outs(%y : memref<64xf32>) {
  ^bb0(%a: tensor<64xf32>, %b: tensor<64xf32>):
    %o = linalg.copy {halide.stage = "out"} ins(%a : tensor<64xf32>) outs(%b : tensor<64xf32>) -> tensor<64xf32>
    halide.yield %o : tensor<64xf32>
  } schedule [#halide.stage<"out", vectorize(d0, 4)>]
  return
}
// CHECK: module @kernels
// CHECK: halide.kernel @copy ins
// CHECK: halide.kernel @[[OTHER]] ins

// -----

// What types say is stored once, at the entry; a live length at the call.
// Halide's dimension 0 is the last one. 73730 is float, 32 bits, 1 lane.
// CHECK-LABEL: func.func @dynamic
// CHECK-SAME:  %[[P:[a-z0-9]+]]: index, %{{.+}}: memref<8xf32>
func.func @dynamic(%x: memref<?x8xf32, strided<[16, 1], offset: ?>>, %p: index, %y: memref<8xf32>, %i: index) {
  // CHECK-DAG: %[[TYPE:.+]] = llvm.mlir.constant(73730 : i32) : i32
  // CHECK-DAG: %[[DIMS:.+]] = llvm.alloca %{{.+}} x !llvm.array<2 x struct<(i32, i32, i32, i32)>>
  // CHECK-DAG: %[[EXTENT0:.+]] = llvm.getelementptr inbounds %[[DIMS]][0, 0, 1]
  // CHECK-DAG: %[[EIGHT:.+]] = llvm.mlir.constant(8 : i32) : i32
  // CHECK-DAG: llvm.store %[[EIGHT]], %[[EXTENT0]]
  // CHECK-DAG: %[[STRIDE1:.+]] = llvm.getelementptr inbounds %[[DIMS]][0, 1, 2]
  // CHECK-DAG: %[[SIXTEEN:.+]] = llvm.mlir.constant(16 : i32) : i32
  // CHECK-DAG: llvm.store %[[SIXTEEN]], %[[STRIDE1]]
  // CHECK-DAG: %[[SIZE:.+]] = arith.index_cast %sizes#0 : index to i32
  // CHECK-DAG: %[[EXTENT1:.+]] = llvm.getelementptr inbounds %[[DIMS]][0, 1, 1]
  // CHECK-DAG: llvm.store %[[SIZE]], %[[EXTENT1]]
  // CHECK: %[[SCALAR:.+]] = arith.index_cast %[[P]] : index to i64
  // CHECK: llvm.call notail @sum(%{{.*}}, %[[SCALAR]], %{{.*}}) : (!llvm.ptr, i64, !llvm.ptr) -> i32
  halide.pipeline "sum" ins(%x, %p : memref<?x8xf32, strided<[16, 1], offset: ?>>, index) outs(%y : memref<8xf32>) {
  ^bb0(%a: tensor<?x8xf32>, %q: index, %b: tensor<8xf32>):
    %o = linalg.reduce ins(%a : tensor<?x8xf32>) outs(%b : tensor<8xf32>) dimensions = [0]
      (%e: f32, %s: f32) {
        %t = arith.addf %e, %s : f32
        linalg.yield %t : f32
      }
    halide.yield %o : tensor<8xf32>
  }
  return
}
// CHECK: halide.kernel @sum ins [memref<?x8xf32, strided<[16, 1]>>, index] outs [memref<8xf32>]

// -----

func.func @tensors(%x: tensor<64xf32>, %y: tensor<64xf32>) -> tensor<64xf32> {
  // expected-error @below {{expected buffers, got tensors: bufferize before lowering calls}}
  %r = halide.pipeline "copy" ins(%x : tensor<64xf32>) outs(%y : tensor<64xf32>) {
  ^bb0(%a: tensor<64xf32>, %b: tensor<64xf32>):
    %o = linalg.copy {halide.stage = "out"} ins(%a : tensor<64xf32>) outs(%b : tensor<64xf32>) -> tensor<64xf32>
    halide.yield %o : tensor<64xf32>
  } -> tensor<64xf32>
  return %r : tensor<64xf32>
}
