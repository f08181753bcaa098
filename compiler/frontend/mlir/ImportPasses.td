//===- ImportPasses.td - Passes on modules of other tools --*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The phase `import`: what other tools wrote becomes models.
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_FRONTEND_MLIR_IMPORTPASSES_TD
#define EKE_COMPILER_FRONTEND_MLIR_IMPORTPASSES_TD

include "mlir/Pass/PassBase.td"

def LowerTosaPass : Pass<"eke-lower-tosa", "::mlir::ModuleOp"> {
  let summary = "Turn TOSA into linalg";
  let description = [{
    Runs upstream's conversions on every function, if the module has TOSA in it:
    control flow, then named ops of linalg, then the rest as `linalg.generic`,
    `tensor` and `arith`. Variables become globals of `ml_program`. An op that none
    of them takes is an error.

    Example:

    ```mlir
    func.func @clamp(%x: tensor<4xi8>) -> tensor<4xi8> {
      %y = tosa.clamp %x {min_val = -5 : i8, max_val = 127 : i8}
          : (tensor<4xi8>) -> tensor<4xi8>
      return %y : tensor<4xi8>
    }
    ```

    becomes

    ```mlir
    #map = affine_map<(d0) -> (d0)>
    func.func @clamp(%x: tensor<4xi8>) -> tensor<4xi8> {
      %low = arith.constant -5 : i8
      %e = tensor.empty() : tensor<4xi8>
      %y = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel"]}
          ins(%x : tensor<4xi8>) outs(%e : tensor<4xi8>) {
      ^bb0(%in: i8, %out: i8):
        %0 = arith.maxsi %in, %low : i8
        linalg.yield %0 : i8
      } -> tensor<4xi8>
      return %y : tensor<4xi8>
    }
    ```
  }];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::func::FuncDialect", "::mlir::index::IndexDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect",
    "::mlir::ml_program::MLProgramDialect", "::mlir::scf::SCFDialect",
    "::mlir::tensor::TensorDialect", "::mlir::tosa::TosaDialect",
  ];
}

def LowerScalesPass : Pass<"eke-lower-scales"> {
  let summary = "Scale integers in 32 bits where that is exact";
  let description = [{
    Lowers `tosa.apply_scale` of 32 bits whose shift is known to be at least 33, as it is
    where a factor is below 1/8: only the product takes 64 bits, of which the high half is
    rounded and shifted. Upstream's lowering, which does all of it in 64 bits, takes the
    others.

    Example:

    ```mlir
    func.func @scale(%x: i32) -> i32 {
      %m = arith.constant 1073741824 : i32
      %s = arith.constant 35 : i8
      %y = tosa.apply_scale %x, %m, %s {rounding_mode = SINGLE_ROUND} : (i32, i32, i8) -> i32
      return %y : i32
    }
    ```

    becomes

    ```text
    %0 = arith.extsi %x : i32 to i64
    %1 = arith.extsi %m : i32 to i64
    %2 = arith.muli %0, %1 : i64
    %3 = arith.shrsi %2, %c32 : i64
    %4 = arith.trunci %3 : i64 to i32
    %5 = arith.addi %4, %half : i32
    %6 = arith.shrsi %5, %rest : i32
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}

def ImportFunctionsPass : Pass<"eke-import-functions", "::mlir::ModuleOp"> {
  let summary = "Turn public functions on tensors into models";
  let description = [{
    A public `func.func` on tensors becomes an `eke.model` of the same name, with the
    bodies of the functions that it calls in the places of the calls. An argument is
    called by its `eke.name`, or by its location, or after its number. A number goes
    through memory as a tensor of rank 0; an `index` is a position, as for any model.

    Functions that take buffers, or carry `eke.entry`, have been lowered already and
    stay. Shapes must be static.

    Example:

    ```mlir
    func.func private @twice(%x: tensor<4xf32>) -> tensor<4xf32> {
      %y = arith.addf %x, %x : tensor<4xf32>
      return %y : tensor<4xf32>
    }
    func.func @net(%x: tensor<4xf32>) -> (tensor<4xf32> {eke.name = "y"}) {
      %y = func.call @twice(%x) : (tensor<4xf32>) -> tensor<4xf32>
      return %y : tensor<4xf32>
    }
    ```

    becomes

    ```mlir
    eke.model @net(%x: tensor<4xf32> {eke.name = "arg0"}) -> (tensor<4xf32> {eke.name = "y"}) {
      %y = arith.addf %x, %x : tensor<4xf32>
      eke.yield %y : tensor<4xf32>
    }
    ```
  }];
  let dependentDialects = ["::mlir::eke::EkeDialect", "::mlir::tensor::TensorDialect"];
}

def ImportGlobalsPass : Pass<"eke-import-globals", "::mlir::ModuleOp"> {
  let summary = "Turn variables of models into states";
  let description = [{
    A mutable `ml_program.global` becomes an `eke.state` with the same value at start. A
    model reads it once, at its beginning, and writes it once, at its end; in between, a
    load gives what was stored last. What an if, a switch or a loop of `scf` stores is a
    result of it. Of a global that nothing can change, a load becomes a constant.

    Example:

    ```mlir
    ml_program.global private mutable @sum(dense<1.0> : tensor<4xf32>) : tensor<4xf32>
    eke.model @add(%x: tensor<4xf32>) -> tensor<4xf32> {
      %0 = ml_program.global_load @sum : tensor<4xf32>
      %1 = arith.addf %0, %x : tensor<4xf32>
      ml_program.global_store @sum = %1 : tensor<4xf32>
      eke.yield %0 : tensor<4xf32>
    }
    ```

    becomes

    ```mlir
    eke.state @sum : tensor<4xf32> = dense<1.0>
    eke.model @add(%x: tensor<4xf32>) -> tensor<4xf32> {
      %0 = eke.read @sum : tensor<4xf32>
      %1 = arith.addf %0, %x : tensor<4xf32>
      eke.write %1, @sum : tensor<4xf32>
      eke.yield %0 : tensor<4xf32>
    }
    ```
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::eke::EkeDialect", "::mlir::scf::SCFDialect",
  ];
}

#endif // EKE_COMPILER_FRONTEND_MLIR_IMPORTPASSES_TD
