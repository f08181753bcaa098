//===- LinkerScriptTest.cpp - Where a program without a system lies -------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/llvm/LinkerScript.h"

#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/MLIRContext.h"

#include <gtest/gtest.h>

using namespace mlir;
using namespace mlir::eke;

namespace {

/// The script for a target with these memories, or the error.
std::string write(StringRef memories) {
  MLIRContext context;
  context.loadDialect<EkeDialect>();
  auto target = cast<TargetAttr>(parseAttribute(
      ("#eke.target<name = \"t\", triple = \"thumbv7em-none-eabihf\", cpu = "
       "\"cortex-m4\", features = \"\", halide = \"\", vector_bits = 32, "
       "memories = [" +
       memories + "], stack = 8192>")
          .str(),
      &context));
  auto script = writeLinkerScript(target, /*reservedBytes=*/640);
  return script ? *script : llvm::toString(script.takeError());
}

/// Does the script for these memories have the part?
testing::AssertionResult has(const std::string &script, StringRef part) {
  if (StringRef(script).contains(part))
    return testing::AssertionSuccess();
  return testing::AssertionFailure() << part.str() << " is not in " << script;
}

constexpr StringLiteral ram =
    "<ram, ram, capacity = 65536, address = 536870912>";
constexpr StringLiteral flash =
    "<flash, rom, capacity = 1048576, address = 134217728>";

TEST(LinkerScript, HasTheMemoriesOfTheTarget) {
  std::string script = write((ram + ", " + flash).str());
  EXPECT_TRUE(
      has(script, R"("ram" (rwx) : ORIGIN = 0x20000000, LENGTH = 65536)"));
  EXPECT_TRUE(
      has(script, R"("flash" (rx) : ORIGIN = 0x8000000, LENGTH = 1048576)"));
  EXPECT_TRUE(has(script, ". += 8192;"));
  EXPECT_TRUE(has(script, ". += 640;"));
  EXPECT_TRUE(has(script, R"(eke_free_end = ORIGIN("ram") + LENGTH("ram");)"));
}

TEST(LinkerScript, CopiesWeightsToMemoryThatIsWritten) {
  std::string script = write((ram + ", " + flash).str());
  EXPECT_TRUE(has(script,
                  R"(".eke.weights.flash" : ALIGN(64) { )"
                  R"(*(.eke.weights ".eke.weights.flash") } > "flash")"));
  EXPECT_TRUE(has(script, R"(".eke.weights.ram" : ALIGN(64) { )"
                          R"(*(".eke.weights.ram") } > "ram" AT> "flash")"));
  EXPECT_TRUE(has(script, R"(LONG(LOADADDR(".eke.weights.ram")))"));
  // A stack that is too small reaches none of them.
  StringRef text = script;
  EXPECT_LT(text.find("eke_stack_limit"), text.find(R"(".eke.weights.ram" :)"));
}

TEST(LinkerScript, PutsStatesAndArenaWhereTheyWerePlaced) {
  std::string script =
      write(("<tcm, ram, capacity = 4096, address = 0>, " + ram + ", " + flash)
                .str());
  EXPECT_TRUE(has(script,
                  R"(".bss.tcm" (NOLOAD) : ALIGN(64) { *(".bss.eke.state.tcm" )"
                  R"(".bss.eke.arena.tcm") } > "tcm")"));
  EXPECT_TRUE(
      has(script, R"(LONG(ADDR(".bss.tcm")) LONG(SIZEOF(".bss.tcm")))"));
  EXPECT_TRUE(has(script, R"(".eke.weights.tcm" : ALIGN(64) { )"
                          R"(*(".eke.weights.tcm") } > "tcm" AT> "flash")"));
  // What takes the rest comes behind.
  StringRef text = script;
  EXPECT_LT(text.find(R"(".bss.tcm" (NOLOAD))"), text.find("*(.bss .bss.*"));
}

TEST(LinkerScript, BeginsInTheFirstMemoryThatKeepsItsContents) {
  std::string script =
      write((flash + ", " + ram + ", <ddr, rom, capacity = 65536, address = 0>")
                .str());
  EXPECT_TRUE(has(script, "eke_code_end = .;\n  } > \"flash\""));
  EXPECT_TRUE(has(script, R"(*(.eke.weights ".eke.weights.ddr") } > "ddr")"));
  // Without one, a debugger fills the memory that is written.
  EXPECT_TRUE(has(write(ram), "eke_code_end = .;\n  } > \"ram\""));
}

TEST(LinkerScript, NeedsAddressesAndCapacities) {
  constexpr StringLiteral told =
      "target 't': memory 'ram' has no address or no capacity, which a program "
      "without an operating system needs";
  EXPECT_EQ(write("<ram, ram, capacity = 65536>"), told);
  EXPECT_EQ(write("<ram, ram, address = 0>"), told);
}

TEST(LinkerScript, NeedsNamesThatALinkerReads) {
  EXPECT_EQ(write("<\"on chip\", ram, capacity = 65536, address = 0>"),
            "target 't': memory 'on chip' has a name that linkers cannot read; "
            "expected letters, digits, '_', '-' and '.'");
}

} // namespace
