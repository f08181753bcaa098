//===- TargetsTest.cpp - Device profiles ----------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/targets/Targets.h"

#include "dialects/eke/EkeDialect.h"

#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"

#include <gtest/gtest.h>

using namespace mlir::eke;

namespace {

const char *const builtin[] = {"cortex-a53", "cortex-a72",    "cortex-a76",
                               "cortex-x2",  "generic-armv8", "x86-64-v2",
                               "x86-64-v3"};

std::string errorOf(llvm::Expected<TargetProfile> profile) {
  return profile ? "" : llvm::toString(profile.takeError());
}

/// What LLVM makes of a profile.
std::unique_ptr<llvm::MCSubtargetInfo>
getSubtarget(const TargetProfile &profile) {
  std::string error, features;
  for (const std::string &feature : profile.features())
    features += (features.empty() ? "" : ",") + feature;
  llvm::Triple triple(profile.triple());
  const llvm::Target *target =
      llvm::TargetRegistry::lookupTarget(triple, error);
  EXPECT_TRUE(target) << error;
  return std::unique_ptr<llvm::MCSubtargetInfo>(
      target->createMCSubtargetInfo(triple, profile.cpu(), features));
}

class Targets : public testing::Test {
protected:
  static void SetUpTestSuite() {
    llvm::InitializeAllTargetInfos();
    llvm::InitializeAllTargetMCs();
  }
};

TEST_F(Targets, LLVMKnowsEveryProfile) {
  for (const char *name : builtin) {
    auto profile = findTargetProfile(name);
    ASSERT_TRUE(static_cast<bool>(profile)) << errorOf(std::move(profile));
    EXPECT_EQ(profile->name(), name);
    auto subtarget = getSubtarget(*profile);
    EXPECT_TRUE(subtarget->isCPUStringValid(profile->cpu())) << name;
    for (const std::string &feature : profile->features())
      EXPECT_EQ(subtarget->checkFeatures("+" + feature.substr(1)),
                feature[0] == '+')
          << name << " " << feature;
  }
}

TEST_F(Targets, CyclesAreEstimatedWithAModelThatLLVMHas) {
  int count = 0;
  for (const char *name : builtin) {
    TargetProfile profile = llvm::cantFail(findTargetProfile(name));
    if (profile.cycle_cpu().empty())
      continue;
    ++count;
    profile.set_cpu(profile.cycle_cpu());
    auto subtarget = getSubtarget(profile);
    EXPECT_TRUE(subtarget->isCPUStringValid(profile.cpu())) << name;
    EXPECT_TRUE(subtarget->getSchedModel().hasInstrSchedModel()) << name;
  }
  EXPECT_EQ(count, 4);
}

TEST_F(Targets, OnlyNewerArmCPUsHaveDotProducts) {
  auto has = [](const char *name, const char *feature) {
    auto profile = findTargetProfile(name);
    return getSubtarget(llvm::cantFail(std::move(profile)))
        ->checkFeatures(feature);
  };
  EXPECT_FALSE(has("cortex-a53", "+dotprod"));
  EXPECT_FALSE(has("cortex-a72", "+dotprod"));
  EXPECT_FALSE(has("generic-armv8", "+dotprod"));
  EXPECT_TRUE(has("cortex-a76", "+dotprod"));
  EXPECT_FALSE(has("cortex-a76", "+i8mm"));
  EXPECT_TRUE(has("cortex-x2", "+i8mm"));
  EXPECT_FALSE(has("cortex-x2", "+sve"));
  EXPECT_FALSE(has("x86-64-v3", "+avx512f"));
}

TEST_F(Targets, HostIsOneOfThem) {
  auto profile = findTargetProfile("host");
  ASSERT_TRUE(static_cast<bool>(profile));
  EXPECT_EQ(profile->name(), getHostTargetName());
  EXPECT_EQ(profile->qemu_cpu() == "",
            llvm::StringRef(profile->triple()).starts_with("x86_64"));
}

TEST_F(Targets, EnergyRangesContainTheirNominal) {
  for (const char *name : builtin) {
    TargetProfile profile = llvm::cantFail(findTargetProfile(name));
    for (const auto &memory : profile.memories()) {
      if (!memory.has_energy_nominal())
        continue;
      EXPECT_LE(memory.energy_low(), memory.energy_nominal());
      EXPECT_GE(memory.energy_high(), memory.energy_nominal());
      EXPECT_NE(memory.source(), "") << name;
    }
  }
}

TEST_F(Targets, UnknownNamesListTheKnown) {
  EXPECT_EQ(errorOf(findTargetProfile("cortex-a9000")),
            "unknown target 'cortex-a9000'; expected one of cortex-a53, "
            "cortex-a72, cortex-a76, cortex-x2, generic-armv8, x86-64-v2, "
            "x86-64-v3, x86-64-v4-vnni, host, or a file NAME.textproto");
}

TEST_F(Targets, BadProfilesNameTheFault) {
  EXPECT_EQ(errorOf(parseTargetProfile("name: 3", "d.textproto")),
            "d.textproto:1:7: Expected string, got: 3");
  EXPECT_EQ(errorOf(parseTargetProfile("name: \"d\"", "d.textproto")),
            "d.textproto: expected field 'triple'");
  EXPECT_EQ(errorOf(parseTargetProfile(
                "name: 'd' triple: 't' cpu: 'c' halide_target: 'h' "
                "features: 'a\\nb'",
                "d.textproto")),
            "d.textproto: feature 'a?b' must start with + or -");
  const std::string whole = "name: 'd' triple: 't' cpu: 'c' halide_target: 'h'";
  EXPECT_EQ(errorOf(parseTargetProfile(whole, "d")),
            "d: vector_bits is 0, expected 64, 128, 256 or 512");
  EXPECT_EQ(errorOf(parseTargetProfile(
                whole + " vector_bits: 128 features: 'dotprod'", "d")),
            "d: feature 'dotprod' must start with + or -");
  EXPECT_EQ(errorOf(parseTargetProfile(whole + " vector_bits: 128", "d")),
            "d: expected a memory that is no cache");
  EXPECT_EQ(errorOf(parseTargetProfile(
                whole + " vector_bits: 128 memories { name: 'sram' }", "d")),
            "d: expected field 'kind' of memory 'sram'");
  EXPECT_EQ(
      errorOf(parseTargetProfile(
          whole + " vector_bits: 128 memories { name: 'l1d' kind: CACHE }",
          "d")),
      "d: expected field 'capacity_bytes' of cache 'l1d'");
  EXPECT_NE(errorOf(findTargetProfile("/nonexistent/x.textproto")), "");
}

TEST_F(Targets, BecomeAttributes) {
  mlir::MLIRContext context;
  context.loadDialect<EkeDialect>();
  TargetAttr target =
      getTargetAttr(&context, llvm::cantFail(findTargetProfile("cortex-a76")));
  EXPECT_EQ(target.getName().getValue(), "cortex-a76");
  EXPECT_EQ(target.getFeatures().getValue(), "+dotprod,+fullfp16");
  EXPECT_EQ(target.getVectorBits(), 128);
  EXPECT_EQ(target.getCaches(),
            (mlir::SmallVector<int64_t>{65536, 524288, 2097152}));
  EXPECT_EQ(target.getMainMemory(), "dram");
}

} // namespace
