//===- GGUFTest.cpp - GGUF files, right and wrong -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/frontend/gguf/File.h"

#include "test/unit/frontend/Inputs.h"

#include "gtest/gtest.h"

using namespace mlir::eke;
using namespace mlir::eke::test;

static llvm::Expected<GGUFFile> parse(const std::string &bytes) {
  return GGUFFile::parse(llvm::MemoryBuffer::getMemBufferCopy(bytes, "m.gguf"));
}

static std::string errorFor(const TestGGUF &file) {
  return messageOf(parse(file.print()));
}

/// A file with one value.
static TestGGUF withValue(TestValue value) {
  return {3, {std::move(value)}, {}};
}

/// A file with one tensor: four f32.
static TestGGUF withTensor() {
  return {3, {}, {{"t", 0, {2, 2}, std::string(16, 'x')}}};
}

TEST(GGUF, ReadsValues) {
  TestGGUF file;
  file.version = 2;
  file.values = {ggufSize("size", 7),
                 ggufNumber("number", 0.5f),
                 ggufFlag("flag", true),
                 ggufText("text", "a\nb"),
                 ggufTexts("texts", {"x", "", "yz"}),
                 ggufSizes("sizes", {1, 2}),
                 {"small", 1, "\xfe"},
                 {"large", 10, ggufWord(1ull << 40, 8)},
                 {"double", 12, ggufWord(0x3ff8000000000000, 8)},
                 {"numbers", 9,
                  ggufWord(6, 4) + ggufWord(1, 8) + ggufWord(0xc0000000, 4)}};
  auto read = parse(file.print());
  ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
  const GGUFMetadata &values = read->getMetadata();
  EXPECT_EQ(*llvm::cantFail(values.getSize("size")), 7u);
  EXPECT_EQ(*llvm::cantFail(values.getSize("large")), 1ull << 40);
  EXPECT_EQ(*llvm::cantFail(values.getNumber("number")), 0.5);
  EXPECT_EQ(*llvm::cantFail(values.getNumber("double")), 1.5);
  EXPECT_TRUE(*llvm::cantFail(values.getFlag("flag")));
  EXPECT_EQ(*llvm::cantFail(values.getText("text")), "a\nb");
  EXPECT_EQ(*llvm::cantFail(values.getTexts("texts")),
            (std::vector<llvm::StringRef>{"x", "", "yz"}));
  EXPECT_EQ(*llvm::cantFail(values.getIntegers("sizes")),
            (std::vector<int64_t>{1, 2}));
  EXPECT_EQ(*llvm::cantFail(values.getNumbers("numbers")),
            (std::vector<double>{-2}));
  EXPECT_FALSE(llvm::cantFail(values.getSize("none")).has_value());

  EXPECT_EQ(messageOf(values.getSize("small")),
            "m.gguf: 'small' is not a size: it is -2");
  EXPECT_EQ(messageOf(values.getSize("text")),
            "m.gguf: 'text' is not an integer");
  EXPECT_EQ(messageOf(values.getNumber("size")),
            "m.gguf: 'size' is not a floating point number");
  EXPECT_EQ(messageOf(values.getFlag("size")),
            "m.gguf: 'size' is not true or false");
  EXPECT_EQ(messageOf(values.getText("texts")),
            "m.gguf: 'texts' is not a string");
  EXPECT_EQ(messageOf(values.getTexts("text")),
            "m.gguf: 'text' is not an array of strings");
  EXPECT_EQ(messageOf(values.getIntegers("texts")),
            "m.gguf: 'texts' is not an array of integers");
  EXPECT_EQ(messageOf(values.getNumbers("sizes")),
            "m.gguf: 'sizes' is not an array of floating point numbers");
}

TEST(GGUF, ReadsTensors) {
  TestGGUF file = withTensor();
  file.tensors.push_back({"q", 3, {2, 64}, std::string(80, 'y')});
  auto read = parse(file.print());
  ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
  const StoredTensor *q = read->find("q");
  ASSERT_NE(q, nullptr);
  EXPECT_EQ(q->dtype, "Q4_1");
  EXPECT_EQ(q->size, 80u);
  EXPECT_EQ(q->shape, (llvm::SmallVector<int64_t, 4>{2, 64}));
  EXPECT_EQ(q->offset % 32, 0u);
  EXPECT_EQ(read->getBytes(*q)[79], 'y');
  EXPECT_EQ(read->getBytes(*read->find("t"))[15], 'x');
  EXPECT_EQ(read->find("none"), nullptr);
}

TEST(GGUF, Start) {
  EXPECT_EQ(messageOf(parse("GGUX")),
            "m.gguf: is no GGUF file: it does not start with 'GGUF'");
  EXPECT_MENTIONS(messageOf(parse("GGUF\3")), "ends in its version");
  EXPECT_MENTIONS(messageOf(parse(std::string("GGUF\3\0\0\0\1", 9))),
                  "ends in its header; is the file truncated?");
  for (uint32_t version : {0, 1, 4})
    EXPECT_MENTIONS(errorFor({version, {}, {}}), "of version " +
                                                     std::to_string(version) +
                                                     "; expected 2 or 3");
  EXPECT_MENTIONS(errorFor({3u << 24, {}, {}}), "with the highest byte first");
  EXPECT_EQ(errorFor({3, {}, {}}), "");
}

// Whatever is cut off is missed where it is.
TEST(GGUF, Truncated) {
  std::string bytes = tinyGGUF().print();
  for (size_t size = 4; size < bytes.size(); size += size < 2000 ? 1 : 97) {
    std::string error = messageOf(parse(bytes.substr(0, size)));
    EXPECT_MENTIONS(error, "truncated?") << size;
    EXPECT_EQ(error.find('\n'), std::string::npos);
  }
}

TEST(GGUF, LyingCounts) {
  std::string most(8, '\xff'), none(8, '\0');
  EXPECT_MENTIONS(messageOf(parse("GGUF" + ggufWord(3, 4) + none + most)),
                  "ends in value 1 of 18446744073709551615");
  EXPECT_MENTIONS(messageOf(parse("GGUF" + ggufWord(3, 4) + most + none)),
                  "ends in the description of tensor 1 of "
                  "18446744073709551615");
  for (uint32_t element : {0, 4, 8, 10, 12}) // of 1 to 8 bytes, and strings
    EXPECT_MENTIONS(errorFor(withValue({"a", 9, ggufWord(element, 4) + most})),
                    "ends in 'a'");
  EXPECT_MENTIONS(errorFor(withValue({"a", 8, most + "x"})), "ends in 'a'");
}

TEST(GGUF, Values) {
  EXPECT_EQ(errorFor({3, {ggufSize("a", 1), ggufSize("a", 1)}, {}}),
            "m.gguf: key 'a' appears twice");
  EXPECT_MENTIONS(errorFor(withValue(ggufSize("", 1))),
                  "value 1 has no name: ''");
  EXPECT_MENTIONS(errorFor(withValue(ggufSize("a\n", 1))),
                  "value 1 has no name: 'a\\0A'");
  EXPECT_EQ(errorFor(withValue({"a", 13, ""})),
            "m.gguf: 'a' has the unknown type 13");
  EXPECT_EQ(errorFor(withValue({"a", 9, ggufWord(13, 4) + ggufWord(1, 8)})),
            "m.gguf: 'a' has the unknown type 13");
  EXPECT_EQ(errorFor(withValue({"a", 9, ggufWord(9, 4) + ggufWord(1, 8)})),
            "m.gguf: 'a' is an array of arrays, which is not supported");
  EXPECT_EQ(errorFor(withValue({"a", 7, "\2"})),
            "m.gguf: 'a' is neither true nor false");
}

TEST(GGUF, Alignment) {
  for (uint32_t alignment : {0, 1, 4, 24, 33})
    EXPECT_MENTIONS(
        errorFor(withValue(ggufSize("general.alignment", alignment))),
        "'general.alignment' is " + std::to_string(alignment) +
            "; expected a power of two, 8 or more");
  EXPECT_MENTIONS(errorFor(withValue(ggufText("general.alignment", "32"))),
                  "is not an integer");
  TestGGUF file = withTensor();
  file.values = {ggufSize("general.alignment", 8)};
  file.alignment = 8;
  EXPECT_EQ(errorFor(file), "");
  file = withTensor();
  file.tensors[0].offset = 8;
  EXPECT_EQ(errorFor(file), "m.gguf: tensor 't' is at byte 8 of the data; "
                            "expected a multiple of 32");
}

TEST(GGUF, Tensors) {
  TestGGUF file = withTensor();
  file.tensors.push_back(file.tensors[0]);
  EXPECT_EQ(errorFor(file), "m.gguf: tensor 't' appears twice");
  file = withTensor();
  file.tensors[0].name = "";
  EXPECT_EQ(errorFor(file), "m.gguf: tensor 1 has no name");
  file = withTensor();
  file.tensors[0].shape = {};
  EXPECT_EQ(errorFor(file),
            "m.gguf: tensor 't' has 0 extents; expected 1 to 4");
  file.tensors[0].shape = {1, 1, 1, 2, 2};
  EXPECT_EQ(errorFor(file),
            "m.gguf: tensor 't' has 5 extents; expected 1 to 4");
  for (int64_t extent : {int64_t(0), int64_t(-1)}) {
    file.tensors[0].shape = {extent, 4};
    EXPECT_EQ(errorFor(file),
              "m.gguf: tensor 't' has an extent that is no size");
  }
  // 2^32 * 2^32 * 4 bytes are 0 modulo 2^64.
  file.tensors[0].shape = {1ll << 32, 1ll << 32};
  EXPECT_MENTIONS(errorFor(file), "tensor 't' has too many bytes");
  file.tensors[0].shape = {1 << 20, 4};
  EXPECT_MENTIONS(errorFor(file), "tensor 't' has 16777216 bytes and the "
                                  "whole file ");
}

TEST(GGUF, ElementTypes) {
  TestGGUF file = withTensor();
  file.tensors[0].type = 20;
  EXPECT_MENTIONS(errorFor(file), "tensor 't' has elements of type IQ4_NL, "
                                  "which is not supported; known are F32, F16");
  file.tensors[0].type = 99;
  EXPECT_MENTIONS(errorFor(file), "tensor 't' has elements of type 99, which");
  file.tensors[0].type = 8;
  EXPECT_EQ(errorFor(file), "m.gguf: tensor 't' has rows of 2 elements, which "
                            "are no whole blocks of 32");
}

TEST(GGUF, Layout) {
  TestGGUF file = withTensor();
  file.tensors.push_back({"u", 0, {4}, std::string(16, 'y'), 0});
  EXPECT_EQ(errorFor(file), "m.gguf: tensor 'u' shares bytes with another "
                            "tensor");
  file.tensors[1].offset = ~31ull;
  EXPECT_MENTIONS(errorFor(file),
                  "tensor 'u' ends at byte 18446744073709551615 and the file");
  file = withTensor();
  file.tensors[0].offset = 32;
  file.behind = std::string(32, '\0');
  EXPECT_MENTIONS(errorFor(file), "tensor 't' follows ");
  file = withTensor();
  file.behind = std::string(16, '\0');
  EXPECT_EQ(errorFor(file), "");
  file.behind = std::string(40, '\0');
  EXPECT_EQ(errorFor(file), "m.gguf: the last 40 bytes belong to no tensor");
}
