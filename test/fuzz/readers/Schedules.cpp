//===- Schedules.cpp - Files of schedules, attacked -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/schedules/ApplySchedules.h"
#include "test/fuzz/readers/Context.h"
#include "test/fuzz/readers/Reader.h"

#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"

namespace mlir::eke::test {

/// The pipelines that files may give schedules to.
static constexpr char model[] = R"mlir(
func.func @f(%x: tensor<8x64xf32>, %y: tensor<64x32xf32>,
             %e: tensor<8x64xf32>, %z: tensor<8x32xf32>) -> tensor<8x32xf32> {
  %a = halide.pipeline "f.exp"
      ins(%x : tensor<8x64xf32>) outs(%e : tensor<8x64xf32>) {
  ^bb0(%i: tensor<8x64xf32>, %o: tensor<8x64xf32>):
    %r = linalg.exp {halide.stage = "exp", halide.vars = ["i", "j"]}
        ins(%i : tensor<8x64xf32>) outs(%o : tensor<8x64xf32>)
        -> tensor<8x64xf32>
    halide.yield %r : tensor<8x64xf32>
  } -> tensor<8x64xf32>
  %b = halide.pipeline "f.mul"
      ins(%a, %y : tensor<8x64xf32>, tensor<64x32xf32>)
      outs(%z : tensor<8x32xf32>) {
  ^bb0(%i: tensor<8x64xf32>, %j: tensor<64x32xf32>, %o: tensor<8x32xf32>):
    %s = linalg.exp {halide.stage = "rows", halide.vars = ["i", "k"]}
        ins(%i : tensor<8x64xf32>) outs(%i : tensor<8x64xf32>)
        -> tensor<8x64xf32>
    %r = linalg.matmul {halide.stage = "mul", halide.vars = ["i", "j", "k"]}
        ins(%s, %j : tensor<8x64xf32>, tensor<64x32xf32>)
        outs(%o : tensor<8x32xf32>) -> tensor<8x32xf32>
    halide.yield %r : tensor<8x32xf32>
  } -> tensor<8x32xf32>
  return %b : tensor<8x32xf32>
}
)mlir";

void attack(llvm::StringRef input) {
  static MemoryFile file;
  MLIRContext &context = getContext();
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(model, &context);
  require(bool(module), "this test's own module");
  file.write(input);
  withParser([&] {
    if (succeeded(applySchedules(*module, file.getPath())))
      require(succeeded(verify(*module)), "a module that is valid");
  });
}

} // namespace mlir::eke::test
