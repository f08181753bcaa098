//===- KernelTest.cpp - What LLVM makes of a kernel -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/llvm/Emit.h"

#include "mlir/Parser/Parser.h"
#include "llvm/AsmParser/Parser.h"
#include "llvm/Bitcode/BitcodeWriter.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/SourceMgr.h"

#include <gtest/gtest.h>

using namespace mlir;
using namespace mlir::eke;

namespace {

const char a76[] = R"(eke.target = #eke.target<name = "a76",
    triple = "aarch64-linux-gnu", cpu = "cortex-a76", features = "+dotprod",
    halide = "arm-64-linux", vector_bits = 128, memories = [<l1d, cache, capacity = 65536>, <dram, ram>]>)";

const char x86[] = R"(eke.target = #eke.target<name = "x86",
    triple = "x86_64-linux-gnu", cpu = "x86-64-v3", features = "+avx2",
    halide = "x86-64-linux-avx2", vector_bits = 256, memories = [<l1d, cache, capacity = 65536>, <dram, ram>],
    prefetch = 8192>)";

/// The assembly of the function `kernel` in `text`, as part of a model with some
/// attributes.
std::string compile(const std::string &text, const std::string &model = a76) {
  MLIRContext context;
  context.loadDialect<EkeDialect>();
  OwningOpRef<ModuleOp> modelModule = parseSourceString<ModuleOp>(
      "module attributes {" + model + "} {}", &context);
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
  llvm::Expected<KernelListing> listing = listKernel(*modelModule, code);
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

/// A loop that reads 128 bytes of %w and 32 of %x in each iteration.
const char streamingLoop[] = R"(
define i32 @kernel(ptr %x, ptr %w, ptr %y) {
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
  %sum = phi <8 x i32> [ zeroinitializer, %entry ], [ %s4, %loop ]
  %xi = mul i64 %i, 32
  %xp = getelementptr i8, ptr %x, i64 %xi
  %xv = load <8 x i32>, ptr %xp, align 4
  %wi = mul i64 %i, 128
  %w0 = getelementptr i8, ptr %w, i64 %wi
  %w1 = getelementptr i8, ptr %w0, i64 32
  %w2 = getelementptr i8, ptr %w0, i64 64
  %w3 = getelementptr i8, ptr %w0, i64 96
  %v0 = load <8 x i32>, ptr %w0, align 4
  %v1 = load <8 x i32>, ptr %w1, align 4
  %v2 = load <8 x i32>, ptr %w2, align 4
  %v3 = load <8 x i32>, ptr %w3, align 4
  %p0 = mul <8 x i32> %v0, %xv
  %s0 = add <8 x i32> %sum, %p0
  %s1 = add <8 x i32> %s0, %v1
  %s2 = add <8 x i32> %s1, %v2
  %s4 = add <8 x i32> %s2, %v3
  %next = add i64 %i, 1
  %more = icmp ult i64 %next, 1000
  br i1 %more, label %loop, label %done
done:
  store <8 x i32> %s4, ptr %y, align 4
  ret i32 0
})";

size_t countPrefetches(const std::string &assembly) {
  return StringRef(assembly).count("prefetcht0");
}

TEST(Kernel, AsksAheadForEveryLineOfWeightsFromMemory) {
  std::string attributes = std::string(x86) + ", eke.image_bytes = 65537";
  std::string assembly = compile(streamingLoop, attributes);
  EXPECT_EQ(countPrefetches(assembly), 2u) << assembly;
}

TEST(Kernel, DoesNotAskAheadForWhatStaysInACache) {
  std::string attributes = std::string(x86) + ", eke.image_bytes = 65536";
  EXPECT_EQ(countPrefetches(compile(streamingLoop, attributes)), 0u);
}

TEST(Kernel, LeavesPrefetchingToHardwareThatIsGoodAtIt) {
  std::string attributes = std::string(a76) + ", eke.image_bytes = 65537";
  std::string assembly = compile(streamingLoop, attributes);
  EXPECT_EQ(StringRef(assembly).count("prfm"), 0u) << assembly;
}

} // namespace
