//===- NeonArithmeticTest.cpp - What LLVM takes apart on Armv7 ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/llvm/NeonArithmetic.h"
#include "test/unit/llvm/RunPasses.h"

#include "llvm/Analysis/ConstantFolding.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/IntrinsicsARM.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>
#include <cstring>
#include <optional>

using namespace mlir::eke;

namespace {

/// A number as LLVM reads it: the bits of the double.
std::string write(float number) {
  double wide = number;
  uint64_t bits;
  std::memcpy(&bits, &wide, sizeof(bits));
  return llvm::formatv("float {0}", llvm::format_hex(bits, 18, true));
}

/// What `op` gives for a vector of `x`, and of `y` if it takes two, once the pass has
/// replaced it: LLVM computes what is constant.
float evaluate(const char *op, float x, std::optional<float> y = {}) {
  auto vectorOf = [](float number) {
    std::string one = write(number);
    return llvm::formatv("<4 x float> <{0}, {0}, {0}, {0}>", one).str();
  };
  std::string arguments = vectorOf(x) + (y ? ", " + vectorOf(*y) : "");
  std::string text = llvm::formatv(
      R"(
define <4 x float> @kernel() {{
  %r = call <4 x float> @llvm.{0}.v4f32({1})
  ret <4 x float> %r
}
declare <4 x float> @llvm.{0}.v4f32({2})
)",
      op, arguments, y ? "<4 x float>, <4 x float>" : "<4 x float>");
  float result = 0;
  llvm::FunctionPassManager passes;
  passes.addPass(NeonArithmeticPass(true, true));
  runOnKernel(text, std::move(passes), [&](llvm::Function &function) {
    for (llvm::Instruction &inst : function.front())
      if (auto *call = llvm::dyn_cast<llvm::IntrinsicInst>(&inst)) {
        EXPECT_FALSE(call->getCalledFunction()->getName().starts_with(
            std::string("llvm.") + op + ".v4f32"))
            << "is left";
      }
    const llvm::DataLayout &layout = function.getParent()->getDataLayout();
    for (llvm::Instruction &inst : function.front())
      if (auto *constant = llvm::ConstantFoldInstruction(&inst, layout))
        inst.replaceAllUsesWith(constant);
    auto *end = llvm::cast<llvm::ReturnInst>(function.front().getTerminator());
    auto *vector = llvm::dyn_cast<llvm::Constant>(end->getReturnValue());
    auto *number =
        vector
            ? llvm::dyn_cast_or_null<llvm::ConstantFP>(vector->getSplatValue())
            : nullptr;
    if (number)
      result = number->getValueAPF().convertToFloat();
    else
      ADD_FAILURE() << "is not constant: " << op;
  });
  return result;
}

/// Of equal numbers also the sign is equal.
void expectSame(float got, float wanted, const char *op, float x) {
  EXPECT_TRUE((std::isnan(got) && std::isnan(wanted)) ||
              (got == wanted && std::signbit(got) == std::signbit(wanted)))
      << op << "(" << x << ") is " << got << ", expected " << wanted;
}

const float numbers[] = {0,           0.25f,      0.5f,      0.75f,
                         1,           1.5f,       2.5f,      3.49999976f,
                         8388607.0f,  8388606.5f, 4194303.5, 8388608.0f,
                         16777218.0f, 1e30f,      1e-30f,    127.5f,
                         126.4999f,   INFINITY,   NAN};

/// All intrinsics that the module calls.
std::vector<std::string> findCalls(const std::string &text, bool fuses,
                                   bool convertsHalves) {
  std::vector<std::string> names;
  llvm::FunctionPassManager passes;
  passes.addPass(NeonArithmeticPass(fuses, convertsHalves));
  runOnKernel(text, std::move(passes), [&](llvm::Function &function) {
    for (llvm::Instruction &inst : function.front())
      if (auto *call = llvm::dyn_cast<llvm::IntrinsicInst>(&inst))
        names.push_back(call->getCalledFunction()->getName().str());
      else if (llvm::isa<llvm::CastInst>(inst) &&
               !llvm::isa<llvm::BitCastInst>(inst))
        names.push_back(inst.getOpcodeName());
  });
  return names;
}
using Names = std::vector<std::string>;

} // namespace

TEST(NeonArithmetic, RoundsAsTheCLibraryDoes) {
  const std::pair<const char *, float (*)(float)> functions[] = {
      {"ceil", std::ceil},           {"floor", std::floor},
      {"nearbyint", std::nearbyint}, {"rint", std::nearbyint},
      {"roundeven", std::nearbyint}, {"trunc", std::trunc}};
  for (auto [op, function] : functions)
    for (float number : numbers)
      for (float x : {number, -number})
        expectSame(evaluate(op, x), function(x), op, x);
}

TEST(NeonArithmetic, TakesTheNumberOfTwo) {
  for (float x : numbers)
    for (float y : {-1.0f, 0.5f, float(INFINITY), float(NAN)}) {
      expectSame(evaluate("maxnum", x, y), std::fmax(x, y), "maxnum", x);
      expectSame(evaluate("minnum", x, y), std::fmin(x, y), "minnum", x);
    }
}

// Numbers and vectors alike, or they would round differently.
TEST(NeonArithmetic, FusesProducts) {
  const char text[] = R"(
define void @kernel(float %x, <4 x float> %v) {
  %s = call float @llvm.fmuladd.f32(float %x, float %x, float %x)
  %t = call <4 x float> @llvm.fmuladd.v4f32(<4 x float> %v, <4 x float> %v, <4 x float> %v)
  ret void
}
declare float @llvm.fmuladd.f32(float, float, float)
)";
  EXPECT_EQ(findCalls(text, true, true),
            (Names{"llvm.fma.f32", "llvm.fma.v4f32"}));
  EXPECT_EQ(findCalls(text, false, true),
            (Names{"llvm.fmuladd.f32", "llvm.fmuladd.v4f32"}));
}

TEST(NeonArithmetic, ConvertsVectorsOfHalves) {
  const char text[] = R"(
define void @kernel(<8 x half> %h, <8 x float> %f, <4 x half> %q) {
  %a = fpext <8 x half> %h to <8 x float>
  %b = fptrunc <8 x float> %f to <8 x half>
  %c = fpext <4 x half> %q to <4 x float>
  ret void
}
)";
  EXPECT_EQ(findCalls(text, true, true),
            (Names{"llvm.arm.neon.vcvthf2fp", "llvm.arm.neon.vcvthf2fp",
                   "llvm.arm.neon.vcvtfp2hf", "llvm.arm.neon.vcvtfp2hf",
                   "llvm.arm.neon.vcvthf2fp"}));
  EXPECT_EQ(findCalls(text, true, false), (Names{"fpext", "fptrunc", "fpext"}));
}

TEST(NeonArithmetic, LeavesWhatNoInstructionTakes) {
  const char text[] = R"(
define void @kernel(half %h, <2 x half> %two, <4 x float> %f, float %x) {
  %a = fpext half %h to float
  %b = fpext <2 x half> %two to <2 x float>
  %c = fpext <4 x float> %f to <4 x double>
  %d = call float @llvm.floor.f32(float %x)
  ret void
}
declare float @llvm.floor.f32(float)
)";
  EXPECT_EQ(findCalls(text, true, true),
            (Names{"fpext", "fpext", "fpext", "llvm.floor.f32"}));
}
