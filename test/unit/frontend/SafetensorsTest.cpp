//===- SafetensorsTest.cpp - Files whose header lies ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/frontend/Safetensors.h"

#include "test/unit/frontend/Inputs.h"

#include "gtest/gtest.h"

using namespace mlir::eke;
using namespace mlir::eke::test;

static llvm::Expected<SafetensorsFile> parse(const std::string &bytes) {
  return SafetensorsFile::parse(
      llvm::MemoryBuffer::getMemBufferCopy(bytes, "w.safetensors"));
}

/// The error for a file with this header and so many bytes behind it.
static std::string errorFor(llvm::StringRef header, size_t dataBytes) {
  return messageOf(parse(makeSafetensors(header, dataBytes)));
}

TEST(Safetensors, ReadsTensors) {
  auto file = parse(makeSafetensors(
      {{"b", "F32", {2, 3}, "abcd"}, {"a", "BF16", {5}}, {"s", "F16", {}}}));
  ASSERT_TRUE(bool(file)) << llvm::toString(file.takeError());
  ASSERT_EQ(file->getTensors().size(), 3u);
  EXPECT_EQ(file->getTensors()[0].name, "b");
  const StoredTensor *a = file->find("a");
  ASSERT_NE(a, nullptr);
  EXPECT_EQ(a->dtype, "BF16");
  EXPECT_EQ(a->size, 10u);
  EXPECT_EQ(a->offset, file->getTensors()[0].offset + 24);
  EXPECT_EQ(file->find("c"), nullptr);
  EXPECT_EQ(file->getBytes(*file->find("b"))[2], 'c');
}

TEST(Safetensors, AcceptsPaddedHeaderAndEmptyTensors) {
  EXPECT_EQ(errorFor("{}   ", 0), "");
  EXPECT_EQ(errorFor(R"({"e":{"dtype":"F32","shape":[0,4],)"
                     R"("data_offsets":[0,0]}})",
                     0),
            "");
}

TEST(Safetensors, MissingFile) {
  TestFolder folder;
  EXPECT_MENTIONS(messageOf(SafetensorsFile::open(folder / "none")),
                  "none: cannot open: No such file");
  EXPECT_MENTIONS(messageOf(SafetensorsFile::open(folder.getPath())),
                  "not a regular file");
}

TEST(Safetensors, HeaderLength) {
  EXPECT_EQ(messageOf(parse("short")),
            "w.safetensors: file has 5 bytes, too few for a safetensors file");
  EXPECT_MENTIONS(messageOf(parse(std::string("\x10\0\0\0\0\0\0\0{}", 10))),
                  "header claims 16 bytes but only 2 follow");
  EXPECT_MENTIONS(messageOf(parse(std::string(8, '\xff') + "{}")),
                  "header claims 18446744073709551615 bytes");
}

TEST(Safetensors, HeaderIsNoObject) {
  EXPECT_EQ(errorFor("[]", 0), "w.safetensors: header is not a JSON object");
  EXPECT_MENTIONS(errorFor("{\"a\":", 0), "malformed JSON");
  EXPECT_MENTIONS(errorFor("{\"\xff\":1}", 0), "malformed JSON");
  EXPECT_MENTIONS(errorFor(std::string(5000000, '['), 0),
                  "nested deeper than 64");
}

TEST(Safetensors, DuplicateName) {
  llvm::StringRef entry = R"({"dtype":"F32","shape":[],"data_offsets":[0,4]})";
  EXPECT_EQ(errorFor(("{\"a\":" + entry + ",\"a\":" + entry + "}").str(), 4),
            "w.safetensors: key 'a' appears twice");
  EXPECT_EQ(
      errorFor(("{\"a\":" + entry + ",\"\\u0061\":" + entry + "}").str(), 4),
      "w.safetensors: key 'a' appears twice");
}

TEST(Safetensors, Metadata) {
  EXPECT_MENTIONS(errorFor(R"({"__metadata__":{"a":1}})", 0),
                  "__metadata__ is not an object of strings");
}

/// The error for a file with one tensor of this description.
static std::string errorForTensor(llvm::StringRef tensor, size_t dataBytes) {
  return errorFor(("{\"t\":" + tensor + "}").str(), dataBytes);
}

TEST(Safetensors, Entry) {
  EXPECT_MENTIONS(errorForTensor("3", 0),
                  "tensor 't' is not described by an object");
  EXPECT_MENTIONS(errorForTensor(R"({"shape":[],"data_offsets":[0,4]})", 4),
                  "tensor 't' has no dtype");
  EXPECT_MENTIONS(
      errorForTensor(R"({"dtype":"F99","shape":[],"data_offsets":[0,4]})", 4),
      "tensor 't' has the unknown dtype 'F99'");
  EXPECT_MENTIONS(errorForTensor(R"({"dtype":"F32","data_offsets":[0,4]})", 4),
                  "tensor 't' has no shape");
  EXPECT_MENTIONS(errorForTensor(R"({"dtype":"F32","shape":[]})", 4),
                  "tensor 't' has no data_offsets");
  EXPECT_MENTIONS(
      errorForTensor(R"({"dtype":"F32","shape":[],"data_offsets":[0,4],"x":1})",
                     4),
      "tensor 't' has the unknown key 'x'");
  EXPECT_MENTIONS(
      errorForTensor(R"({"dtype":"F4","shape":[3],"data_offsets":[0,2]})", 2),
      "does not end at a whole byte");
}

TEST(Safetensors, OverflowingShape) {
  for (llvm::StringRef shape :
       {"[-1]", "[1.5]", "[\"4\"]", "[18446744073709551615]", "[1e30]"})
    EXPECT_MENTIONS(errorForTensor(("{\"dtype\":\"F32\",\"shape\":" + shape +
                                    ",\"data_offsets\":[0,4]}")
                                       .str(),
                                   4),
                    "tensor 't' has an extent that is no size")
        << shape.str();
  // 2^32 * 2^32 * 32 bits are 0 modulo 2^64.
  EXPECT_MENTIONS(
      errorForTensor(R"({"dtype":"F32","shape":[4294967296,4294967296],)"
                     R"("data_offsets":[0,0]})",
                     0),
      "tensor 't' is larger than any file");
}

TEST(Safetensors, LyingOffsets) {
  for (llvm::StringRef range :
       {"[4,0]", "[-4,0]", "[0.5,4]", "[0]", "[18446744073709551616,4]"})
    EXPECT_MENTIONS(errorForTensor(("{\"dtype\":\"F32\",\"shape\":[1],"
                                    "\"data_offsets\":" +
                                    range + "}")
                                       .str(),
                                   4),
                    "tensor 't' has ")
        << range.str();
  EXPECT_MENTIONS(
      errorForTensor(R"({"dtype":"F32","shape":[1],"data_offsets":[0,8]})", 8),
      "has 8 bytes; its dtype and shape need 4");
  EXPECT_MENTIONS(
      errorForTensor(R"({"dtype":"F32","shape":[1],"data_offsets":[0,4]})", 3),
      "ends at byte 4 of the data, which has 3");
  // The end plus the header's length wraps around.
  EXPECT_MENTIONS(
      errorForTensor(R"({"dtype":"F32","shape":[1],"data_offsets":)"
                     R"([18446744073709551611,18446744073709551615]})",
                     4),
      "ends at byte 18446744073709551615");
}

TEST(Safetensors, HolesAndOverlaps) {
  EXPECT_MENTIONS(errorFor(R"({"a":{"dtype":"F32","shape":[1],)"
                           R"("data_offsets":[4,8]}})",
                           8),
                  "tensor 'a' follows 4 bytes that belong to no");
  EXPECT_MENTIONS(errorFor(R"({"a":{"dtype":"F32","shape":[1],)"
                           R"("data_offsets":[0,4]}})",
                           6),
                  "the last 2 bytes belong to no tensor");
  EXPECT_MENTIONS(errorFor(R"({"a":{"dtype":"F32","shape":[1],)"
                           R"("data_offsets":[0,4]},"b":{"dtype":"F32",)"
                           R"("shape":[1],"data_offsets":[2,6]}})",
                           6),
                  "tensor 'b' shares bytes with another tensor");
}

TEST(Safetensors, ErrorsAreOneLine) {
  std::string error = errorFor(R"({"a\nb":{}})", 0);
  EXPECT_EQ(error, "w.safetensors: tensor 'a\\0Ab' has no dtype");
}

TEST(WeightFiles, Shards) {
  TestFolder folder;
  EXPECT_MENTIONS(messageOf(findWeightFiles(folder.getPath())),
                  "has neither model.safetensors nor");
  folder.write("model.safetensors", "");
  auto files = findWeightFiles(folder.getPath());
  ASSERT_TRUE(bool(files));
  EXPECT_EQ(files->names, std::vector<std::string>{"model.safetensors"});

  folder.write("model.safetensors.index.json",
               R"({"weight_map":{"a":"2.st","b":"1.st","c":"2.st"}})");
  files = findWeightFiles(folder.getPath()); // the single file goes first
  ASSERT_TRUE(bool(files));
  EXPECT_EQ(files->names, std::vector<std::string>{"model.safetensors"});

  std::remove((folder / "model.safetensors").c_str());
  files = findWeightFiles(folder.getPath());
  ASSERT_TRUE(bool(files));
  EXPECT_EQ(files->names, (std::vector<std::string>{"1.st", "2.st"}));
  EXPECT_EQ(files->places.size(), 3u);

  folder.write("model.safetensors.index.json", "{}");
  EXPECT_MENTIONS(messageOf(findWeightFiles(folder.getPath())),
                  "has no object 'weight_map'");
  for (llvm::StringRef name : {"\"../x\"", "\"/x\"", "\"..\"", "\"\"", "1"}) {
    folder.write("model.safetensors.index.json",
                 ("{\"weight_map\":{\"a\":" + name + "}}").str());
    EXPECT_MENTIONS(messageOf(findWeightFiles(folder.getPath())),
                    "weight_map gives tensor 'a' no file name")
        << name.str();
  }
}
