//===- DecoderTest.cpp - What an instruction does -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/meter/Decoder.h"

#include <gtest/gtest.h>

using namespace mlir::eke::profile;
using Kind = InstructionClass;

namespace {

std::unique_ptr<Decoder> decoderFor(llvm::StringRef triple) {
  return llvm::cantFail(Decoder::create(llvm::Triple(triple)));
}

struct Arm {
  uint32_t word;
  Kind kind;
  const char *text;
};

// Encodings as GNU as writes them.
constexpr Arm armInstructions[] = {
    {0x4e829420, Kind::Dot, "sdot v0.4s, v1.16b, v2.16b"},
    {0x4fa2e020, Kind::Dot, "sdot v0.4s, v1.16b, v2.4b[1]"},
    {0x6e829420, Kind::Dot, "udot v0.4s, v1.16b, v2.16b"},
    {0x4e82a420, Kind::Dot, "smmla v0.4s, v1.16b, v2.16b"},
    {0x4e829c20, Kind::Dot, "usdot v0.4s, v1.16b, v2.16b"},
    {0x0e22c020, Kind::IntegerVector, "smull v0.8h, v1.8b, v2.8b"},
    {0x4ea28420, Kind::IntegerVector, "add v0.4s, v1.4s, v2.4s"},
    {0x4ea21c20, Kind::IntegerVector, "mov v0.16b, v2.16b (orr)"},
    {0x4e22cc20, Kind::FloatVector, "fmla v0.4s, v1.4s, v2.4s"},
    {0x1e222820, Kind::FloatVector, "fadd s0, s1, s2"},
    {0x4e21d820, Kind::FloatVector, "scvtf v0.4s, v1.4s"},
    {0x8b020020, Kind::Scalar, "add x0, x1, x2"},
    {0x9b027c20, Kind::Scalar, "mul x0, x1, x2"},
    {0x90000000, Kind::Scalar, "adrp x0, 0"},
    {0xf9400020, Kind::Load, "ldr x0, [x1]"},
    {0xad400420, Kind::Load, "ldp q0, q1, [x1]"},
    {0x3dc00020, Kind::Load, "ldr q0, [x1]"},
    {0x4c402820, Kind::Load, "ld1 {v0.4s - v3.4s}, [x1]"},
    {0x4d40c820, Kind::Load, "ld1r {v0.4s}, [x1]"},
    {0xc85f7c20, Kind::Load, "ldxr x0, [x1]"},
    {0xf9000020, Kind::Store, "str x0, [x1]"},
    {0xad000420, Kind::Store, "stp q0, q1, [x1]"},
    {0x4c002820, Kind::Store, "st1 {v0.4s - v3.4s}, [x1]"},
    {0xa9bf7bfd, Kind::Store, "stp x29, x30, [sp, #-16]!"},
    {0x14000000, Kind::Branch, "b ."},
    {0x54000001, Kind::Branch, "b.ne ."},
    {0x94000000, Kind::Branch, "bl ."},
    {0xd63f0000, Kind::Branch, "blr x0"},
    {0xd65f03c0, Kind::Branch, "ret"},
    {0xb4000000, Kind::Branch, "cbz x0, ."},
    {0xd503201f, Kind::Other, "nop"},
    {0xd4000001, Kind::Other, "svc #0"},
    {0xd5033bbf, Kind::Other, "dmb ish"},
    {0xf9800020, Kind::Other, "prfm pldl1keep, [x1]"},
};

TEST(Decoder, ClassifiesAArch64) {
  auto decoder = decoderFor("aarch64-linux-gnu");
  for (const Arm &arm : armInstructions) {
    const uint8_t bytes[] = {uint8_t(arm.word), uint8_t(arm.word >> 8),
                             uint8_t(arm.word >> 16), uint8_t(arm.word >> 24)};
    auto decoded = decoder->decode(bytes, 0x1000);
    ASSERT_TRUE(decoded) << arm.text;
    EXPECT_EQ(decoded->bytes, 4u);
    EXPECT_EQ(getName(decoded->kind).str(), getName(arm.kind).str())
        << arm.text;
  }
}

struct Arm32 {
  std::vector<uint8_t> bytes;
  bool isThumb;
  Kind kind;
  const char *text;
};

TEST(Decoder, ClassifiesArmOf32Bits) {
  auto decoder = decoderFor("armv7-linux-gnueabihf");
  const Arm32 instructions[] = {
      {{0x42, 0x0d, 0x22, 0xfc}, false, Kind::Dot, "vsdot.s8 q0, q1, q1"},
      {{0x02, 0x0c, 0x81, 0xf2},
       false,
       Kind::IntegerVector,
       "vmull.s8 q0, d1, d2"},
      {{0x42, 0x06, 0xf4, 0xf3},
       false,
       Kind::IntegerVector,
       "vpadal.s16 q8, q1"},
      {{0x54, 0x0c, 0x02, 0xf2},
       false,
       Kind::FloatVector,
       "vfma.f32 q0, q1, q2"},
      {{0x81, 0x0a, 0x30, 0xee},
       false,
       Kind::FloatVector,
       "vadd.f32 s0, s1, s2"},
      {{0x42, 0x06, 0xbb, 0xf3},
       false,
       Kind::FloatVector,
       "vcvt.f32.s32 q0, q1"},
      {{0x02, 0x00, 0x81, 0xe0}, false, Kind::Scalar, "add r0, r1, r2"},
      {{0x00, 0x00, 0x91, 0xe5}, false, Kind::Load, "ldr r0, [r1]"},
      {{0xcf, 0x0a, 0x61, 0xf4}, false, Kind::Load, "vld1.64 {d16, d17}, [r1]"},
      {{0x9f, 0x0f, 0x91, 0xe1}, false, Kind::Load, "ldrex r0, [r1]"},
      {{0x00, 0x00, 0x81, 0xe5}, false, Kind::Store, "str r0, [r1]"},
      {{0xf0, 0x4f, 0x2d, 0xe9}, false, Kind::Store, "push {r4-r11, lr}"},
      {{0xfe, 0xff, 0xff, 0xea}, false, Kind::Branch, "b ."},
      {{0x1e, 0xff, 0x2f, 0xe1}, false, Kind::Branch, "bx lr"},
      {{0x00, 0xf0, 0x20, 0xe3}, false, Kind::Other, "nop"},
      {{0x5b, 0xf0, 0x7f, 0xf5}, false, Kind::Other, "dmb ish"},
      {{0x00, 0xf0, 0xd1, 0xf5}, false, Kind::Other, "pld [r1]"},
      {{0x88, 0x18}, true, Kind::Scalar, "adds r0, r1, r2"},
      {{0x08, 0x68}, true, Kind::Load, "ldr r0, [r1]"},
      {{0x51, 0xe8, 0x00, 0x0f}, true, Kind::Load, "ldrex r0, [r1]"},
      {{0x10, 0xb5}, true, Kind::Store, "push {r4, lr}"},
      {{0x70, 0x47}, true, Kind::Branch, "bx lr"},
      {{0x91, 0xf8, 0x00, 0xf0}, true, Kind::Other, "pld [r1]"},
  };
  for (const Arm32 &arm : instructions) {
    auto decoded = decoder->decode(arm.bytes, 0x1000, arm.isThumb);
    ASSERT_TRUE(decoded) << arm.text;
    EXPECT_EQ(decoded->bytes, arm.bytes.size()) << arm.text;
    EXPECT_EQ(getName(decoded->kind).str(), getName(arm.kind).str())
        << arm.text;
  }
}

struct X86 {
  std::vector<uint8_t> bytes;
  Kind kind;
  const char *text;
};

TEST(Decoder, ClassifiesX86) {
  auto decoder = decoderFor("x86_64-linux-gnu");
  const X86 instructions[] = {
      {{0xc5, 0xed, 0xf5, 0x00}, Kind::Dot, "vpmaddwd ymm0, ymm2, [rax]"},
      {{0xc4, 0xe2, 0x6d, 0x04, 0xc1}, Kind::Dot, "vpmaddubsw ymm0,ymm2,ymm1"},
      {{0xc5, 0xed, 0xfe, 0xc1}, Kind::IntegerVector, "vpaddd ymm0,ymm2,ymm1"},
      {{0xc4, 0xe2, 0x6d, 0xb8, 0xc1}, Kind::FloatVector, "vfmadd231ps"},
      {{0xf3, 0x0f, 0x58, 0xc1}, Kind::FloatVector, "addss xmm0, xmm1"},
      {{0x48, 0x01, 0xd8}, Kind::Scalar, "add rax, rbx"},
      {{0x48, 0x8d, 0x03}, Kind::Scalar, "lea rax, [rbx]"},
      {{0xc5, 0xfc, 0x10, 0x00}, Kind::Load, "vmovups ymm0, [rax]"},
      {{0x48, 0x8b, 0x03}, Kind::Load, "mov rax, [rbx]"},
      {{0x58}, Kind::Load, "pop rax"},
      {{0xc5, 0xfc, 0x11, 0x00}, Kind::Store, "vmovups [rax], ymm0"},
      {{0x50}, Kind::Store, "push rax"},
      {{0x75, 0x00}, Kind::Branch, "jne"},
      {{0xe8, 0, 0, 0, 0}, Kind::Branch, "call"},
      {{0xc3}, Kind::Branch, "ret"},
      {{0x0f, 0x05}, Kind::Other, "syscall"},
  };
  for (const X86 &x86 : instructions) {
    auto decoded = decoder->decode(x86.bytes, 0x1000);
    ASSERT_TRUE(decoded) << x86.text;
    EXPECT_EQ(decoded->bytes, x86.bytes.size()) << x86.text;
    EXPECT_EQ(getName(decoded->kind).str(), getName(x86.kind).str())
        << x86.text;
  }
}

TEST(Decoder, FindsWhereCallsGo) {
  auto decoder = decoderFor("aarch64-linux-gnu");
  auto calleeOf = [&](std::vector<uint8_t> bytes) {
    return decoder->getCallee(*decoder->decode(bytes, 0x1000));
  };
  EXPECT_EQ(calleeOf({0x02, 0x00, 0x00, 0x94}), 0x1008u);      // bl .+8
  EXPECT_EQ(calleeOf({0x02, 0x00, 0x00, 0x14}), std::nullopt); // b .+8
  EXPECT_EQ(calleeOf({0x00, 0x00, 0x3f, 0xd6}), std::nullopt); // blr x0
}

// Each encoding counts from another place.
TEST(Decoder, FindsWhereCallsOf32BitsGo) {
  auto decoder = decoderFor("armv7-linux-gnueabihf");
  auto calleeOf = [&](std::vector<uint8_t> bytes, bool isThumb) {
    return decoder->getCallee(*decoder->decode(bytes, 0x1000, isThumb));
  };
  EXPECT_EQ(calleeOf({0x02, 0x00, 0x00, 0xeb}, false), 0x1010u); // bl .+16
  EXPECT_EQ(calleeOf({0x02, 0x00, 0x00, 0xea}, false), std::nullopt);
  EXPECT_EQ(calleeOf({0x00, 0xf0, 0x04, 0xf8}, true), 0x100cu); // bl .+12
}

TEST(Decoder, KnowsHowLongTheUnknownIs) {
  auto lengthOf = [](llvm::StringRef triple, std::vector<uint8_t> bytes,
                     bool isThumb = false) {
    return decoderFor(triple)->getUnknownBytes(bytes, isThumb);
  };
  EXPECT_EQ(lengthOf("aarch64-linux-gnu", {0xff, 0xff, 0xff, 0xff}), 4u);
  EXPECT_EQ(lengthOf("armv7-linux-gnueabihf", {0xff, 0xff, 0xff, 0xff}), 4u);
  EXPECT_EQ(lengthOf("armv7-linux-gnueabihf", {0x00, 0xde}, true), 2u);
  EXPECT_EQ(lengthOf("armv7-linux-gnueabihf", {0x00, 0xe8}, true), 4u);
  EXPECT_EQ(lengthOf("x86_64-linux-gnu", {0x06}), 0u);
}

TEST(Decoder, KnowsWhatIsNoInstruction) {
  auto decoder = decoderFor("aarch64-linux-gnu");
  EXPECT_FALSE(decoder->decode({0xff, 0xff, 0xff, 0xff}, 0));
  EXPECT_FALSE(decoder->decode({0x1f, 0x20}, 0));
  EXPECT_FALSE(decoder->decode({}, 0));
}

TEST(Decoder, RefusesOtherArchitectures) {
  auto decoder = Decoder::create(llvm::Triple("riscv64-linux-gnu"));
  ASSERT_FALSE(static_cast<bool>(decoder));
  EXPECT_EQ(llvm::toString(decoder.takeError()),
            "code for riscv64, expected aarch64, arm or x86_64");
}

} // namespace
