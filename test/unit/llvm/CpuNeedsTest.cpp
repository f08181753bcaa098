//===- CpuNeedsTest.cpp - What code needs of a CPU ------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/llvm/CpuNeeds.h"

#include "codegen/llvm/Machine.h"
#include "runtime/core/AbiLayout.h"

#include "mlir/IR/MLIRContext.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/Verifier.h"
#include "llvm/TargetParser/AArch64TargetParser.h"
#include "llvm/TargetParser/X86TargetParser.h"

#include <gtest/gtest.h>

using namespace mlir;
using namespace mlir::eke;

namespace {

std::vector<std::string> listNeeds(StringRef triple, StringRef cpu,
                                   StringRef features = "") {
  MLIRContext context;
  context.loadDialect<EkeDialect>();
  auto string = [&](StringRef text) { return StringAttr::get(&context, text); };
  auto target = TargetAttr::get(
      &context, string("t"), string(triple), string(cpu), string(features),
      string("h"), 128, ArrayRef<MemoryAttr>(), 0, 0, Figure(), StringAttr(),
      Execution::OutOfOrder, CostsAttr());
  auto machine = createMachine(target);
  EXPECT_TRUE(bool(machine));
  std::vector<std::string> names;
  for (const eke_cpu_feature &need : listCpuNeeds(**machine))
    if (names.empty() || names.back() != need.name)
      names.push_back(need.name);
  return names;
}

constexpr const char *x86 = "x86_64-linux-gnu", *arm = "aarch64-linux-gnu";
using Names = std::vector<std::string>;

TEST(CpuNeeds, FollowFromCpuAndFeatures) {
  EXPECT_EQ(listNeeds(x86, "x86-64"), Names());
  EXPECT_EQ(
      listNeeds(x86, "x86-64-v2"),
      (Names{"sse3", "ssse3", "cx16", "sse4.1", "sse4.2", "popcnt", "sahf"}));
  EXPECT_EQ(listNeeds(x86, "x86-64", "+avx2"),
            (Names{"sse3", "ssse3", "sse4.1", "sse4.2", "avx", "avx2"}));
  EXPECT_EQ(listNeeds(arm, "generic"), Names());
  EXPECT_EQ(listNeeds(arm, "cortex-a53"), Names());
  EXPECT_EQ(listNeeds(arm, "cortex-a76"),
            (Names{"lse", "fullfp16", "rdm", "rcpc", "dotprod"}));
  EXPECT_EQ(listNeeds(arm, "cortex-a76", "-dotprod,-lse"),
            (Names{"fullfp16", "rdm", "rcpc"}));
  EXPECT_EQ(listNeeds(arm, "generic", "+i8mm"), (Names{"i8mm"}));
  EXPECT_EQ(listNeeds("thumbv7em-none-eabihf", "cortex-m4"), (Names{"vfp2sp"}));
  EXPECT_EQ(listNeeds("thumbv7em-none-eabihf", "cortex-m7"),
            (Names{"vfp2sp", "fp64"}));
  EXPECT_EQ(listNeeds("thumbv8.1m.main-none-eabihf", "cortex-m55"),
            (Names{"vfp2sp", "fp64", "mve.fp"}));
}

/// Adds what is in neither list to `missing`.
void addUnknown(ArrayRef<StringRef> features, const Names &needs,
                const llvm::StringSet<> &unused, llvm::StringSet<> &missing) {
  for (StringRef feature : features) {
    feature.consume_front("+");
    if (!llvm::is_contained(needs, feature) && !unused.contains(feature))
      missing.insert(feature);
  }
}

std::string join(const llvm::StringSet<> &names) {
  std::string text;
  for (const auto &name : names)
    text += " " + name.getKey().str();
  return text;
}

// A new version of LLVM may know CPUs with an extension that nobody asks for.
TEST(CpuNeeds, HaveEveryExtensionThatCodeUses) {
  const llvm::StringSet<> unused = {
      // The base of the architecture.
      "64bit", "cmov", "cx8", "fxsr", "mmx", "sse", "sse2", "x87",
      // For intrinsics, system software and the kernel.
      "adx", "aes", "amx-avx512", "amx-bf16", "amx-complex", "amx-fp16",
      "amx-fp8", "amx-int8", "amx-movrs", "amx-tf32", "amx-tile",
      "avx512vp2intersect", "cldemote", "clflushopt", "clwb", "clzero",
      "cmpccxadd", "crc32", "enqcmd", "evex512", "fsgsbase", "hreset",
      "invpcid", "kl", "lwp", "movdir64b", "movdiri", "movrs", "mwaitx",
      "pclmul", "pconfig", "pku", "prefetchi", "prfchw", "ptwrite", "raoint",
      "rdpid", "rdpru", "rdrnd", "rdseed", "rtm", "serialize", "sgx", "sha",
      "sha512", "shstk", "sm3", "sm4", "sse4a", "tsxldtrk", "uintr", "usermsr",
      "vaes", "vpclmulqdq", "waitpkg", "wbnoinvd", "widekl", "xsave", "xsavec",
      "xsaveopt", "xsaves"};
  llvm::SmallVector<StringRef> cpus;
  llvm::X86::fillValidCPUArchList(cpus, /*Only64Bit=*/true);
  llvm::StringSet<> missing;
  for (StringRef cpu : cpus) {
    llvm::SmallVector<StringRef> features;
    llvm::X86::getFeaturesForCPU(cpu, features);
    addUnknown(features, listNeeds(x86, cpu), unused, missing);
  }
  EXPECT_TRUE(missing.empty()) << join(missing);
}

TEST(CpuNeeds, HaveEveryExtensionOfArmThatCodeUses) {
  const llvm::StringSet<> unused = {
      // The base of the architecture.
      "fp-armv8", "neon",
      // For intrinsics, system software and the kernel.
      "aes", "altnzcv", "am", "amvs", "bti", "ccdp", "ccidx", "ccpp", "crc",
      "dit", "ecv", "el2vmsa", "el3", "ete", "f32mm", "f64mm", "fgt", "flagm",
      "fpac", "fptoint", "hcx", "jsconv", "lor", "lse2", "ls64", "mpam", "mte",
      "nv", "pan", "pan-rwv", "pauth", "perfmon", "predres", "ras", "rand",
      "sb", "sel2", "sha2", "sm4", "spe", "spe-eef", "specres2", "ssbs",
      "sve-aes", "sve-bitperm", "sve-sha3", "sve-sm4", "tlb-rmi", "tracev8.4",
      "trbe", "uaops", "vh", "wfxt", "xs"};
  llvm::StringSet<> missing;
  for (StringRef cpu : {"cortex-a53", "cortex-a72", "cortex-a76", "cortex-x2",
                        "cortex-a520", "neoverse-v2", "cortex-x925"}) {
    auto parsed = llvm::AArch64::parseCpu(cpu);
    ASSERT_TRUE(parsed);
    std::vector<StringRef> features;
    llvm::AArch64::getExtensionFeatures(parsed->getImpliedExtensions(),
                                        features);
    addUnknown(features, listNeeds(arm, cpu), unused, missing);
  }
  EXPECT_TRUE(missing.empty()) << join(missing);
}

TEST(CpuNeeds, HaveEveryExtensionOf32BitsThatCodeUses) {
  constexpr const char *arm32 = "armv7-linux-gnueabihf";
  EXPECT_EQ(listNeeds(arm32, "cortex-a7", "+neon"),
            (Names{"neon", "vfp3", "vfp4", "hwdiv-arm", "hwdiv"}));
  EXPECT_EQ(listNeeds(arm32, "cortex-a9", "+neon,+fp16"),
            (Names{"neon", "vfp3"}));
  EXPECT_EQ(listNeeds(arm32, "generic", "-neon,-d32"), Names());
}

/// The offsets of what is emitted for a machine with this data layout.
void expectLayout(StringRef dataLayout) {
  llvm::LLVMContext context;
  llvm::Module module("m", context);
  module.setDataLayout(dataLayout);
  auto *pointer = llvm::PointerType::getUnqual(context);
  auto *declared = new llvm::GlobalVariable(module, pointer, true,
                                            llvm::GlobalValue::ExternalLinkage,
                                            nullptr, "eke_program_needs");
  auto *user = new llvm::GlobalVariable(module, pointer, true,
                                        llvm::GlobalValue::ExternalLinkage,
                                        declared, "user");
  emitCpuNeeds(module, "device", {{"f", EKE_AUXVAL, 16, 0, 0, 1}});
  ASSERT_FALSE(llvm::verifyModule(module, &llvm::errs()));
  std::vector<uint64_t> offsets, wanted;
  auto addOffsets = [&](llvm::Constant *value) {
    auto *type = llvm::cast<llvm::StructType>(value->getType());
    const auto *layout = module.getDataLayout().getStructLayout(type);
    for (unsigned i = 0; i < type->getNumElements(); ++i)
      offsets.push_back(layout->getElementOffset(i));
    offsets.push_back(layout->getSizeInBytes());
  };
  llvm::Constant *needs =
      llvm::cast<llvm::GlobalVariable>(user->getInitializer())
          ->getInitializer();
  addOffsets(llvm::cast<llvm::GlobalVariable>(needs->getAggregateElement(2))
                 ->getInitializer()
                 ->getAggregateElement(0u));
  addOffsets(needs);
  bool has8 = module.getDataLayout().getPointerSize() == 8;
  auto add = [&](StringRef type, uint64_t with8, uint64_t with4) {
    if (type.starts_with("eke_cpu_"))
      wanted.push_back(has8 ? with8 : with4);
  };
#define ADD_FIELD(type, member, with8, with4) add(#type, with8, with4);
#define ADD_SIZE(type, with8, with4) add(#type, with8, with4);
  EKE_LAYOUT(ADD_FIELD, ADD_SIZE)
#undef ADD_FIELD
#undef ADD_SIZE
  EXPECT_EQ(offsets, wanted);
}

// LLVM's structures have the offsets that C gives those of program.h.
TEST(CpuNeeds, HaveTheLayoutOfTheHeader) {
  expectLayout("e-m:e-i64:64-n32:64-S128");
  expectLayout("e-m:e-p:32:32-Fi8-i64:64-v128:64:128-a:0:32-n32-S64");
}

} // namespace
