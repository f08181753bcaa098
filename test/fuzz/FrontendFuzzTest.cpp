//===- FrontendFuzzTest.cpp - Readers survive mutated files ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each test mutates valid inputs for some seconds, from seed 0 on, and requires
// that the reader either accepts the result or explains in one line why not:
// no crash, no hang. EKE_FUZZ_SECONDS sets the seconds per test; a crash prints
// its seed.
//
//===----------------------------------------------------------------------===//

#include "compiler/frontend/BuildModule.h"
#include "compiler/frontend/HuggingFace.h"
#include "compiler/frontend/Safetensors.h"
#include "compiler/frontend/Tokenizer.h"
#include "runtime/include/eke/abi.h"
#include "test/fuzz/Mutator.h"
#include "test/unit/frontend/Inputs.h"

#include "llvm/Support/Endian.h"
#include "llvm/Support/PrettyStackTrace.h"
#include "llvm/Support/Signals.h"
#include "gtest/gtest.h"

#include <chrono>
#include <cstring>

using namespace mlir;
using namespace mlir::eke;
using namespace mlir::eke::test;

using Clock = std::chrono::steady_clock;

/// Calls `read` with one seed after the other. It returns whether the input was
/// valid after all.
template <typename Read> static void fuzz(Read read) {
  constexpr std::chrono::seconds longest(5);
  const char *setting = std::getenv("EKE_FUZZ_SECONDS");
  std::chrono::seconds budget(setting ? std::atoi(setting) : 3);
  llvm::sys::PrintStackTraceOnErrorSignal("frontend-fuzz-test");

  size_t accepted = 0, seed = 0;
  for (Clock::time_point start = Clock::now(); Clock::now() - start < budget;
       ++seed) {
    llvm::PrettyStackTraceFormat trace("seed %zu", seed);
    Clock::time_point before = Clock::now();
    Mutator mutator(seed);
    accepted += read(mutator);
    ASSERT_LT(Clock::now() - before, longest) << "hangs with seed " << seed;
  }
  std::printf("%zu inputs, of which %zu are valid\n", seed, accepted);
  // A mutator that only makes noise would test nothing behind the first check.
  EXPECT_GT(seed, 20u);
  EXPECT_GT(accepted, 0u);
}

/// Whether `result` is a success. A failure must be one line.
template <typename T> static bool accepts(llvm::Expected<T> &result) {
  if (result)
    return true;
  std::string message = llvm::toString(result.takeError());
  EXPECT_FALSE(message.empty());
  EXPECT_EQ(message.find_first_of("\n\r"), std::string::npos) << message;
  return false;
}

TEST(Fuzz, Safetensors) {
  std::string valid = makeSafetensors(tinyTensors());
  uint64_t headerSize = llvm::support::endian::read64le(valid.data());
  std::string header = valid.substr(8, headerSize);
  std::string data = valid.substr(8 + headerSize);
  fuzz([&](Mutator &mutator) {
    // Mostly with a true header length, or nothing else would be read.
    std::string bytes = mutator.below(8) ? mutator.mutate(header) : header;
    std::string length(8, '\0');
    llvm::support::endian::write64le(length.data(), bytes.size());
    bytes = length + bytes + data;
    if (mutator.below(4) == 0)
      bytes = mutator.mutate(bytes);

    auto file = SafetensorsFile::parse(
        llvm::MemoryBuffer::getMemBufferCopy(bytes, "w.safetensors"));
    if (!accepts(file))
      return false;
    uint64_t sum = 0;
    for (const StoredTensor &tensor : file->getTensors())
      for (uint8_t byte : file->getBytes(tensor))
        sum += byte;
    volatile uint64_t used = sum;
    (void)used;
    return true;
  });
}

namespace {

/// The tiny model in a folder, of which one file is mutated.
struct FuzzModel : testing::Test {
  void SetUp() override {
    folder.writeTinyModel();
    // The verifier's word on a module is printed; here it must have none.
    context.getDiagEngine().registerHandler(
        [](Diagnostic &diagnostic) { ADD_FAILURE() << diagnostic.str(); });
  }

  bool builds(llvm::Expected<ModelDescription> description) {
    if (!accepts(description))
      return false;
    auto module = buildModule(context, *description);
    return accepts(module);
  }

  MLIRContext context;
  TestFolder folder;
};

TEST_F(FuzzModel, Config) {
  std::string valid = tinyConfig(
      R"("layer_sharing": true, "rope_scaling": null, "rope_theta": 1e4,
         "head_dim": 4, "attention_bias": false, "share_embedding": true)");
  fuzz([&](Mutator &mutator) {
    folder.write("config.json", mutator.mutate(valid));
    return builds(importHuggingFace(folder.getPath()));
  });
}

TEST_F(FuzzModel, Description) {
  auto description = importHuggingFace(folder.getPath());
  ASSERT_TRUE(bool(description));
  std::string path = folder / "model.textproto";
  ASSERT_EQ(messageOf(writeModel(*description, path)), "");
  auto text = llvm::MemoryBuffer::getFile(path);
  ASSERT_TRUE(bool(text));
  std::string valid = (*text)->getBuffer().str();
  fuzz([&](Mutator &mutator) {
    return builds(parseModel(mutator.mutate(valid), path));
  });
}

TEST_F(FuzzModel, ShardIndex) {
  std::string valid = R"({"metadata": {"total_size": 1}, "weight_map":)"
                      R"({"a": "model.safetensors"}})";
  fuzz([&](Mutator &mutator) {
    folder.write("model.safetensors.index.json", mutator.mutate(valid));
    return builds(importHuggingFace(folder.getPath()));
  });
}

} // namespace

/// Checks that each table lies inside the blob and refers to tokens only.
static void checkBlob(const std::vector<uint8_t> &blob) {
  eke_tokenizer header;
  ASSERT_GE(blob.size(), sizeof(header));
  std::memcpy(&header, blob.data(), sizeof(header));
  ASSERT_EQ(header.total_bytes, blob.size());
  auto word = [&](uint64_t offset) {
    EXPECT_LE(offset + 4, blob.size());
    return llvm::support::endian::read32le(blob.data() + offset);
  };
  uint32_t end = 0;
  for (uint64_t i = 0; i <= header.vocab; ++i) {
    uint32_t next = word(header.token_offsets + 4 * i);
    ASSERT_GE(next, end);
    end = next;
  }
  ASSERT_LE(uint64_t(header.token_bytes) + end, blob.size());
  for (uint64_t i = 0; i < 256; ++i) {
    uint32_t id = word(header.byte_ids + 4 * i);
    ASSERT_TRUE(id < header.vocab || id == EKE_NO_TOKEN);
  }
  ASSERT_FALSE(header.flags & EKE_TOKENIZER_WIDE);
  for (uint64_t i = 0; i < header.merge_count; ++i) {
    uint32_t pair = word(header.merges + sizeof(eke_merge) * i);
    uint32_t result = word(header.merges + sizeof(eke_merge) * i + 4) >> 16;
    ASSERT_LT(pair & 0xffff, header.vocab);
    ASSERT_LT(pair >> 16, header.vocab);
    ASSERT_LT(result, header.vocab);
  }
  for (uint64_t i = 0; i < header.added_count; ++i)
    ASSERT_LT(word(header.added + 8 * i), header.vocab);
}

TEST(Fuzz, Tokenizer) {
  std::string valid = tinyTokenizer();
  proto::Vocabulary vocabulary;
  vocabulary.set_size(300);
  fuzz([&](Mutator &mutator) {
    auto blob = compileTokenizer(mutator.mutate(valid), "t.json", vocabulary);
    if (!accepts(blob))
      return false;
    checkBlob(*blob);
    return true;
  });
}
