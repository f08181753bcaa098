//===- KernelTest.cpp - What LLVM makes of a kernel -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/llvm/Emit.h"

#include "mlir/AsmParser/AsmParser.h"
#include "llvm/AsmParser/Parser.h"
#include "llvm/Bitcode/BitcodeWriter.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/SourceMgr.h"

#include <gtest/gtest.h>

using namespace mlir;
using namespace mlir::eke;

namespace {

const char targetText[] = R"(#eke.target<name = "a76",
    triple = "aarch64-linux-gnu", cpu = "cortex-a76", features = "+dotprod",
    halide = "arm-64-linux", vector_bits = 128, caches = [65536]>)";

/// The assembly of the function `kernel` in `text`.
std::string compile(const std::string &text) {
  MLIRContext context;
  context.loadDialect<EkeDialect>();
  auto target = cast<TargetAttr>(parseAttribute(targetText, &context));
  llvm::LLVMContext llvmContext;
  llvm::SMDiagnostic diagnostic;
  auto module = llvm::parseAssemblyString(text, diagnostic, llvmContext);
  if (!module) {
    ADD_FAILURE() << diagnostic.getMessage().str();
    return "";
  }
  KernelCode code{"kernel", ""};
  llvm::raw_string_ostream os(code.bitcode);
  llvm::WriteBitcodeToFile(*module, os);
  llvm::Expected<KernelListing> listing = listKernel(target, code);
  if (!listing) {
    ADD_FAILURE() << llvm::toString(listing.takeError());
    return "";
  }
  return listing->assembly;
}

TEST(Kernel, TakesNeighbouringOperandsAsLanesOfOneRegister) {
  // Four times: 4 bytes of %x, in every lane, are multiplied with 16 of %w.
  constexpr const char *step = R"(
    %xp{0} = getelementptr i8, ptr %x, i64 {1}
    %x{0} = load <1 x i32>, ptr %xp{0}, align 1
    %s{0} = shufflevector <1 x i32> %x{0}, <1 x i32> poison, <4 x i32> zeroinitializer
    %b{0} = bitcast <4 x i32> %s{0} to <16 x i8>
    %wp{0} = getelementptr i8, ptr %w, i64 {2}
    %w{0} = load <16 x i8>, ptr %wp{0}, align 1
    %d{0} = call <4 x i32> @llvm.aarch64.neon.sdot.v4i32.v16i8(
        <4 x i32> {3}, <16 x i8> %w{0}, <16 x i8> %b{0}))";
  std::string body, sum = "zeroinitializer";
  for (int i = 0; i < 4; ++i) {
    body += llvm::formatv(step, i, 4 * i, 16 * i, sum).str();
    sum = llvm::formatv("%d{0}", i).str();
  }
  std::string assembly = compile(
      "define i32 @kernel(ptr %x, ptr %w, ptr %y) {" + body +
      "\nstore <4 x i32> %d3, ptr %y\nret i32 0\n}\n"
      "declare <4 x i32> @llvm.aarch64.neon.sdot.v4i32.v16i8(<4 x i32>, "
      "<16 x i8>, <16 x i8>)\n");
  for (const char *lane : {".4b[0]", ".4b[1]", ".4b[2]", ".4b[3]"})
    EXPECT_NE(assembly.find(lane), std::string::npos) << lane << assembly;
  EXPECT_EQ(assembly.find("ld1r"), std::string::npos) << assembly;
}

TEST(Kernel, LoadsNeighbouringHalvesAtOnce) {
  constexpr const char *step = R"(
    %p{0} = getelementptr i16, ptr %x, i64 {0}
    %l{0} = load i16, ptr %p{0}
    %v{0} = insertelement <4 x i16> {1}, i16 %l{0}, i64 {0})";
  std::string body, bits = "poison";
  for (int i = 0; i < 4; ++i) {
    body += llvm::formatv(step, i, bits).str();
    bits = llvm::formatv("%v{0}", i).str();
  }
  std::string assembly =
      compile("define i32 @kernel(ptr %x, ptr %y) {" + body + R"(
    %h = bitcast <4 x i16> %v3 to <4 x half>
    %f = fpext <4 x half> %h to <4 x float>
    store <4 x float> %f, ptr %y
    ret i32 0
  })");
  EXPECT_NE(assembly.find("fcvtl"), std::string::npos) << assembly;
  EXPECT_EQ(assembly.find("ld1"), std::string::npos) << assembly;
}

} // namespace
