//===- TargetsTest.cpp - Device profiles ----------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/targets/Targets.h"
#include "compiler/targets/PlausibleFigures.h"

#include "dialects/eke/EkeDialect.h"

#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"

#include <gtest/gtest.h>

using namespace mlir::eke;

namespace {

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
  for (const TargetProfile &profile : listTargetProfiles()) {
    auto subtarget = getSubtarget(profile);
    EXPECT_TRUE(subtarget->isCPUStringValid(profile.cpu())) << profile.name();
    for (const std::string &feature : profile.features())
      EXPECT_EQ(subtarget->checkFeatures("+" + feature.substr(1)),
                feature[0] == '+')
          << profile.name() << " " << feature;
  }
}

TEST_F(Targets, CyclesAreEstimatedWithAModelThatLLVMHas) {
  int count = 0;
  for (TargetProfile profile : listTargetProfiles()) {
    if (profile.cycle_cpu().empty())
      continue;
    ++count;
    profile.set_cpu(profile.cycle_cpu());
    auto subtarget = getSubtarget(profile);
    EXPECT_TRUE(subtarget->isCPUStringValid(profile.cpu())) << profile.name();
    EXPECT_TRUE(subtarget->getSchedModel().hasInstrSchedModel())
        << profile.name();
  }
  EXPECT_EQ(count, 20);
}

TEST_F(Targets, OnlyNewerArmCPUsHaveDotProducts) {
  auto has = [](const char *name, const char *feature) {
    auto profile = findTargetProfile(name);
    return getSubtarget(llvm::cantFail(std::move(profile)))
        ->checkFeatures(feature);
  };
  EXPECT_FALSE(has("cortex-a7", "+dotprod"));
  EXPECT_FALSE(has("cortex-a9", "+vfp4"));
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

/// Counts the figures of `message` with a source, and those without.
void countFigures(const google::protobuf::Message &message, int &with,
                  int &without) {
  const google::protobuf::Reflection *reflection = message.GetReflection();
  std::vector<const google::protobuf::FieldDescriptor *> fields;
  reflection->ListFields(message, &fields);
  for (const auto *field : fields) {
    if (field->message_type() == nullptr)
      continue;
    int count =
        field->is_repeated() ? reflection->FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      const google::protobuf::Message &part =
          field->is_repeated()
              ? reflection->GetRepeatedMessage(message, field, i)
              : reflection->GetMessage(message, field);
      if (field->message_type()->name() == "Figure")
        ++(static_cast<const ::eke::proto::Figure &>(part).source().empty()
               ? without
               : with);
      else
        countFigures(part, with, without);
    }
  }
}

TEST_F(Targets, EveryFigureHasASource) {
  for (const TargetProfile &profile : listTargetProfiles()) {
    int with = 0, without = 0;
    countFigures(profile, with, without);
    EXPECT_EQ(without, 0) << profile.name();
    if (llvm::StringRef(profile.name()).starts_with("cortex-")) {
      EXPECT_GE(with, 3) << profile.name();
    }
  }
}

TEST_F(Targets, BoardsAddToTheirCPU) {
  TargetProfile cpu = llvm::cantFail(findTargetProfile("cortex-a53"));
  TargetProfile board =
      llvm::cantFail(findTargetProfile("raspberry-pi-zero-2"));
  EXPECT_EQ(board.name(), "raspberry-pi-zero-2");
  EXPECT_EQ(board.cpu(), "cortex-a53");
  EXPECT_EQ(board.clock().nominal(), 1e9);
  EXPECT_EQ(board.memories_size(), 3); // its own, not six
  EXPECT_EQ(board.costs().int8_mac().nominal(), 0.3);
  EXPECT_EQ(board.costs().scalar_instruction().nominal(),
            cpu.costs().scalar_instruction().nominal());
  // A figure is replaced as a whole, with its range.
  TargetProfile file =
      llvm::cantFail(parseTargetProfile("name: 'b' base: 'raspberry-pi-zero-2' "
                                        "costs { power { nominal: 2 } }",
                                        "b.textproto"));
  EXPECT_FALSE(file.costs().power().has_low());
  EXPECT_EQ(file.costs().int8_mac().nominal(), 0.3);
}

TEST_F(Targets, UnknownNamesListTheKnown) {
  std::string names;
  for (const TargetProfile &profile : listTargetProfiles())
    names += profile.name() + ", ";
  EXPECT_TRUE(
      llvm::StringRef(names).contains("cortex-a76, cortex-a9, cortex-m33, "));
  EXPECT_EQ(errorOf(findTargetProfile("cortex-a9000")),
            "unknown target 'cortex-a9000'; expected one of " + names +
                "host, or a file NAME.textproto");
}

TEST_F(Targets, BadProfilesNameTheFault) {
  EXPECT_EQ(errorOf(parseTargetProfile("name: 3", "d.textproto")),
            "d.textproto:1:7: field 'name': Expected string, got: 3");
  EXPECT_EQ(errorOf(parseTargetProfile("name: \"d\"", "d.textproto")),
            "d.textproto: expected field 'triple'");
  EXPECT_EQ(errorOf(parseTargetProfile(
                "name: 'd' triple: 't' cpu: 'c' halide_target: 'h' "
                "features: 'a\\nb'",
                "d.textproto")),
            "d.textproto: feature 'a?b' must start with + or -");
  const std::string whole = "name: 'd' triple: 't' cpu: 'c' halide_target: 'h'";
  EXPECT_EQ(errorOf(parseTargetProfile(whole, "d")),
            "d: vector_bits is 0, expected 32, 64, 128, 256 or 512");
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
  const std::string ram = whole + " vector_bits: 64 memories { name: 'm' kind: "
                                  "RAM ";
  EXPECT_EQ(errorOf(parseTargetProfile(
                ram + "} memories { name: 'm' kind: ROM }", "d")),
            "d: two memories are called 'm'");
  EXPECT_EQ(
      errorOf(parseTargetProfile(
          whole + " vector_bits: 64 memories { name: 'm' kind: ROM }", "d")),
      "d: expected a memory of kind RAM");
  EXPECT_EQ(
      errorOf(parseTargetProfile(ram + "capacity_bytes: 18446744073709551615 }",
                                 "d")),
      "d: 'capacity_bytes' of memory 'm' is 1.844674407e+19 bytes, expected "
      "256 to 1.125899907e+15");
  EXPECT_EQ(errorOf(parseTargetProfile(
                ram + "} memories { name: 'c' kind: CACHE capacity_bytes: 1000 "
                      "line_bytes: 64 ways: 4 }",
                "d")),
            "d: memory 'c' has 1000 bytes, which are no whole sets of 4 lines "
            "of 64");
  EXPECT_EQ(errorOf(parseTargetProfile(
                ram + "read_energy { nominal: 3 low: 2 } }", "d")),
            "d: expected both 'low' and 'high' of 'read_energy' of memory 'm', "
            "or neither");
  EXPECT_EQ(
      errorOf(parseTargetProfile(
          ram + "read_energy { nominal: 3 low: 4 high: 5 } }", "d")),
      "d: expected 'read_energy' of memory 'm' above 0, and from 'low' to "
      "'high'; got 3, from 4 to 5");
  EXPECT_EQ(errorOf(parseTargetProfile(ram + "} clock { nominal: nan }", "d")),
            "d: expected 'clock' above 0, and from 'low' to 'high'; got nan, "
            "from nan to nan");
  EXPECT_EQ(errorOf(parseTargetProfile(ram + "} stack_bytes: 3000000000", "d")),
            "d: stack_bytes is 3000000000, expected less than 2^31");
  const std::string addressed =
      whole + " vector_bits: 32 memories { name: 'm' kind: RAM address: 4096 ";
  EXPECT_EQ(
      errorOf(parseTargetProfile(addressed + "}", "d")),
      "d: memory 'm' has an address, 0x1000: expected it of no cache, and "
      "with a capacity that ends below 2^63");
  EXPECT_EQ(errorOf(parseTargetProfile(
                addressed + "capacity_bytes: 256 } memories { name: 'n' kind: "
                            "ROM address: 4351 capacity_bytes: 256 }",
                "d")),
            "d: memories 'm' and 'n' overlap");
  EXPECT_EQ(errorOf(parseTargetProfile("name: 'd' base: 'z80'", "d")),
            "d: base is 'z80', expected the name of a target that 'eke "
            "targets' lists");
  EXPECT_EQ(errorOf(parseTargetProfile("base: 'cortex-a76'", "d")),
            "d: expected field 'name': 'cortex-a76' is its base, and another "
            "target");
  EXPECT_NE(errorOf(findTargetProfile("/nonexistent/x.textproto")), "");
}

/// The fields of `message`, and of the messages in it, that hold a figure.
void listFigures(const google::protobuf::Descriptor &message,
                 std::vector<const google::protobuf::FieldDescriptor *> &list) {
  for (int i = 0; i < message.field_count(); ++i)
    if (const auto *type = message.field(i)->message_type()) {
      if (type->name() == "Figure")
        list.push_back(message.field(i));
      else
        listFigures(*type, list);
    }
}

TEST_F(Targets, EveryFigureHasLimits) {
  std::vector<const google::protobuf::FieldDescriptor *> fields;
  listFigures(*TargetProfile::descriptor(), fields);
  EXPECT_EQ(fields.size(), 16u);
  for (const auto *field : fields) {
    const FigureLimits *limits = findLimits(*field);
    ASSERT_TRUE(limits) << std::string(field->full_name());
    EXPECT_LT(limits->least, limits->most) << std::string(field->full_name());
  }
}

TEST_F(Targets, FiguresInAnotherUnitAreRefused) {
  auto with = [](const std::string &figures) {
    return errorOf(parseTargetProfile("name: 'd' base: 'cortex-a76' " + figures,
                                      "d.textproto"));
  };
  EXPECT_EQ(with("clock { nominal: 1.8e9 low: 1e9 high: 2e9 }"), "");
  EXPECT_EQ(with("clock { nominal: 1.8 }"),
            "d.textproto: 'clock' is 1.8 cycles per second, expected 100000 to "
            "1e+10");
  EXPECT_EQ(with("clock { nominal: 1.8e9 low: 1.2 high: 2e9 }"),
            "d.textproto: 'clock' is 1.2 cycles per second, expected 100000 to "
            "1e+10");
  EXPECT_EQ(with("costs { int8_mac { nominal: 2e-13 } }"),
            "d.textproto: 'int8_mac' is 2e-13 pJ, expected 0.0001 to 10000");
  auto withMemory = [&](const std::string &figures) {
    return with("memories { name: 'dram' kind: RAM " + figures + " }");
  };
  EXPECT_EQ(withMemory("capacity_bytes: 4294967296"), "");
  EXPECT_EQ(withMemory("capacity_bytes: 4"),
            "d.textproto: 'capacity_bytes' of memory 'dram' is 4 bytes, "
            "expected 256 to 1.125899907e+15");
  EXPECT_EQ(withMemory("bandwidth { nominal: 11 }"),
            "d.textproto: 'bandwidth' of memory 'dram' is 11 bytes per second, "
            "expected 100000 to 1e+13");
  EXPECT_EQ(withMemory("read_energy { nominal: 88e-12 }"),
            "d.textproto: 'read_energy' of memory 'dram' is 8.8e-11 pJ per "
            "byte, expected 0.001 to 1000000");
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
  EXPECT_EQ(target.getClock(), (Figure{2.4e9, 2.4e9, 2.4e9}));
  MemoryAttr dram = target.getMemories().back();
  EXPECT_EQ(dram.getRead(), (Figure{88, 64, 130}));
  EXPECT_FALSE(dram.getWrite().isKnown());
  EXPECT_EQ(target.getCosts().getInt8Mac(), (Figure{0.2, 0.1, 0.4}));
  EXPECT_TRUE(target.hasCode());
  EXPECT_FALSE(target.isBareMetal());
  EXPECT_FALSE(dram.hasAddress());
  TargetAttr chip =
      getTargetAttr(&context, llvm::cantFail(findTargetProfile("cortex-m7")));
  EXPECT_TRUE(chip.hasCode() && chip.isBareMetal());
  EXPECT_EQ(chip.getMemories().back().getAddress(), 0x08000000);
}

} // namespace
