//===- DoubleExtremaTest.cpp - The larger of two f64 on 32 bits -----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/llvm/DoubleExtrema.h"
#include "test/unit/llvm/RunPasses.h"

#include "llvm/Analysis/ConstantFolding.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>
#include <cstring>

using namespace mlir::eke;

namespace {

/// What `op` gives for two doubles.
double evaluate(const char *op, double x, double y) {
  auto write = [](double number) {
    uint64_t bits;
    std::memcpy(&bits, &number, sizeof(bits));
    return llvm::formatv("double {0}", llvm::format_hex(bits, 18, true)).str();
  };
  std::string text = llvm::formatv(R"(
define double @kernel() {{
  %r = call double @llvm.{0}.f64({1}, {2})
  ret double %r
}
declare double @llvm.{0}.f64(double, double)
)",
                                   op, write(x), write(y));
  double result = 0;
  llvm::FunctionPassManager passes;
  passes.addPass(DoubleExtremaPass());
  runOnKernel(text, std::move(passes), [&](llvm::Function &function) {
    const llvm::DataLayout &layout = function.getParent()->getDataLayout();
    for (llvm::Instruction &inst : function.front()) {
      EXPECT_FALSE(llvm::isa<llvm::IntrinsicInst>(inst)) << op << " is left";
      if (auto *constant = llvm::ConstantFoldInstruction(&inst, layout))
        inst.replaceAllUsesWith(constant);
    }
    auto *end = llvm::cast<llvm::ReturnInst>(function.front().getTerminator());
    if (auto *number = llvm::dyn_cast<llvm::ConstantFP>(end->getReturnValue()))
      result = number->getValueAPF().convertToDouble();
    else
      ADD_FAILURE() << op << " is not constant";
  });
  return result;
}

TEST(DoubleExtrema, AreThoseOfIEEE754) {
  EXPECT_EQ(evaluate("maximum", 1.5, -2.5), 1.5);
  EXPECT_EQ(evaluate("maximum", -2.5, 1.5), 1.5);
  EXPECT_EQ(evaluate("minimum", 1.5, -2.5), -2.5);
  EXPECT_EQ(evaluate("minimum", 1e300, INFINITY), 1e300);
  EXPECT_EQ(evaluate("maximum", 3.0, 3.0), 3);
  EXPECT_EQ(evaluate("minimum", -3.0, -3.0), -3);
  for (double sign : {1.0, -1.0}) {
    EXPECT_FALSE(std::signbit(evaluate("maximum", sign * 0.0, -sign * 0.0)));
    EXPECT_TRUE(std::signbit(evaluate("minimum", sign * 0.0, -sign * 0.0)));
  }
  for (const char *op : {"maximum", "minimum"}) {
    EXPECT_TRUE(std::isnan(evaluate(op, NAN, 1.0)));
    EXPECT_TRUE(std::isnan(evaluate(op, 1.0, NAN)));
  }
}

} // namespace
