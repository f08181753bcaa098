//===- DescribeGGUFTest.cpp - What a GGUF file says of its model ----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/frontend/BuildModule.h"
#include "compiler/frontend/gguf/Describe.h"
#include "compiler/frontend/gguf/Tokenizer.h"
#include "dialects/eke/EkeDialect.h"
#include "test/unit/frontend/Inputs.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/bit.h"
#include "gtest/gtest.h"

#include <cmath>

using namespace mlir;
using namespace mlir::eke;
using namespace mlir::eke::test;

static llvm::Expected<proto::Model> describe(const TestGGUF &file) {
  auto read = GGUFFile::parse(
      llvm::MemoryBuffer::getMemBufferCopy(file.print(), "m.gguf"));
  if (!read)
    return read.takeError();
  return describeGGUF(*read);
}

static std::string errorFor(const TestGGUF &file) {
  return messageOf(describe(file));
}

/// The file with this value in place of the one of its key, or added.
static TestGGUF with(TestValue value) {
  TestGGUF file = tinyGGUF();
  auto same = llvm::find_if(file.values, [&](const TestValue &other) {
    return other.key == value.key;
  });
  if (same == file.values.end())
    file.values.push_back(value);
  else
    *same = value;
  return file;
}

static TestGGUF without(llvm::StringRef key) {
  TestGGUF file = tinyGGUF();
  llvm::erase_if(file.values,
                 [&](const TestValue &value) { return value.key == key; });
  return file;
}

TEST(DescribeGGUF, Llama) {
  auto model = describe(tinyGGUF());
  ASSERT_TRUE(bool(model)) << llvm::toString(model.takeError());
  EXPECT_EQ(model->context(), 64u);
  EXPECT_EQ(model->width(), 32u);
  EXPECT_EQ(model->vocabulary().size(), 40u);
  EXPECT_EQ(model->vocabulary().bos(), 1u);
  ASSERT_EQ(model->vocabulary().eos_size(), 1);
  EXPECT_EQ(model->vocabulary().eos(0), 2u);
  const proto::Attention &attention = model->blocks(0).attention();
  EXPECT_EQ(attention.heads(), 4u);
  EXPECT_EQ(attention.kv_heads(), 2u);
  EXPECT_EQ(attention.head_dim(), 8u);
  EXPECT_EQ(attention.rope().pairing(), proto::Rope::INTERLEAVED);
  EXPECT_EQ(model->stacks(0).layers(), 2u);
  EXPECT_EQ(model->stacks(0).tensors().down(), "blk.{layer}.ffn_down.weight");
  EXPECT_EQ(model->stacks(0).tensors().query_bias(), "");
  EXPECT_TRUE(model->head().tied());
}

TEST(DescribeGGUF, OwnHeadAndBiases) {
  TestGGUF file = tinyGGUF();
  file.tensors.push_back({"output.weight", 8, {40, 32}, std::string(1360, 0)});
  for (std::string layer : {"blk.0.", "blk.1."})
    file.tensors.push_back(
        {layer + "attn_q.bias", 0, {32}, std::string(128, 0)});
  auto model = describe(file);
  ASSERT_TRUE(bool(model)) << llvm::toString(model.takeError());
  EXPECT_EQ(model->head().tensor(), "output.weight");
  EXPECT_EQ(model->stacks(0).tensors().query_bias(), "blk.{layer}.attn_q.bias");
  EXPECT_EQ(model->stacks(0).tensors().key_bias(), "");
}

TEST(DescribeGGUF, ListsOfEqualSizes) {
  EXPECT_EQ(errorFor(with(ggufSizes("llama.attention.head_count", {4, 4}))),
            "");
  EXPECT_EQ(errorFor(with(ggufSizes("llama.feed_forward_length", {64, 32}))),
            "m.gguf: 'llama.feed_forward_length' differs from layer to layer, "
            "which is not supported");
}

TEST(DescribeGGUF, Kinds) {
  EXPECT_EQ(errorFor(with(ggufText("general.architecture", "mamba"))),
            "m.gguf: unknown architecture 'mamba'; known are bert, gemma2, "
            "gemma3, gpt2, llama, olmo2, phi3, qwen2, qwen3, smollm3");
  EXPECT_EQ(errorFor(without("general.architecture")),
            "m.gguf: 'general.architecture' is missing");
  EXPECT_EQ(errorFor(with(ggufSize("general.architecture", 1))),
            "m.gguf: 'general.architecture' is not a string");
  EXPECT_EQ(errorFor(with(ggufText("general.type", "adapter"))),
            "m.gguf: is of the type 'adapter'; expected a 'model'");
  EXPECT_MENTIONS(errorFor(with(ggufSize("split.count", 3))),
                  "is one of 3 parts of a model; expected one file");
  EXPECT_EQ(errorFor(with(ggufSize("split.count", 1))), "");
}

TEST(DescribeGGUF, Arithmetic) {
  EXPECT_EQ(errorFor(with(ggufText("llama.rope.scaling.type", "ntk"))),
            "m.gguf: 'llama.rope.scaling.type' is 'ntk', which is not "
            "supported; expected none, linear, yarn or longrope");
  EXPECT_EQ(errorFor(with(ggufText("llama.rope.scaling.type", "none"))), "");
  EXPECT_MENTIONS(errorFor(with(ggufSize("llama.expert_count", 8))),
                  "'llama.expert_count' is not supported; expected 0");
  EXPECT_MENTIONS(errorFor(with(ggufNumber("llama.logit_scale", 1))),
                  "'llama.logit_scale' is not known, and may change");
  EXPECT_MENTIONS(errorFor(with(ggufSize("llama.rope.dimension_count", 4))),
                  "is not 8: heads whose rotary pairs lie side by side turn as "
                  "a whole");
  EXPECT_MENTIONS(
      errorFor(with(ggufNumber("llama.rope.scaling.attn_factor", 2))),
      "attn_factor' is not supported; expected 1");
  EXPECT_EQ(errorFor(with(ggufSize("llama.attention.sliding_window", 0))), "");
  EXPECT_MENTIONS(
      errorFor(with(ggufSize("llama.attention.sliding_window", 8))),
      "'llama.attention.sliding_window' is not supported; expected 0");
  EXPECT_MENTIONS(
      errorFor(with(ggufNumber("llama.final_logit_softcapping", 30))),
      "'llama.final_logit_softcapping' is not known");
  EXPECT_MENTIONS(errorFor(with(ggufSize("llama.attention.value_length", 4))),
                  "is not 8, the length of keys");
}

TEST(DescribeGGUF, LinearScaling) {
  TestGGUF file = with(ggufText("llama.rope.scaling.type", "linear"));
  EXPECT_MENTIONS(errorFor(file), "'llama.rope.scaling.factor' is missing");
  file.values.push_back(ggufNumber("llama.rope.scaling.factor", 4));
  auto model = describe(file);
  ASSERT_TRUE(bool(model)) << llvm::toString(model.takeError());
  const proto::Rope &rope = model->blocks(0).attention().rope();
  ASSERT_EQ(rope.factors_size(), 4);
  EXPECT_EQ(rope.factors(3), 0.25);
  file.values.back() = ggufNumber("llama.rope.scaling.factor", 0);
  EXPECT_MENTIONS(errorFor(file), "is not a positive number");
}

TEST(DescribeGGUF, FactorWithoutType) {
  for (std::string key :
       {"llama.rope.scaling.factor", "llama.rope.scale_linear"}) {
    auto model = describe(with(ggufNumber(key, 4)));
    ASSERT_TRUE(bool(model)) << llvm::toString(model.takeError());
    const proto::Rope &rope = model->blocks(0).attention().rope();
    ASSERT_EQ(rope.factors_size(), 4) << key;
    EXPECT_EQ(rope.factors(3), 0.25);
    auto unscaled = describe(with(ggufNumber(key, 0)));
    ASSERT_TRUE(bool(unscaled)) << llvm::toString(unscaled.takeError());
    EXPECT_EQ(unscaled->blocks(0).attention().rope().factors_size(), 0);
  }
}

TEST(DescribeGGUF, Yarn) {
  TestGGUF file = with(ggufText("llama.rope.scaling.type", "yarn"));
  auto with = [&](TestValue value) {
    TestGGUF changed = file;
    changed.values.push_back(value);
    return changed;
  };
  auto key = [](std::string name) { return "llama.rope.scaling." + name; };
  EXPECT_MENTIONS(errorFor(file), "'llama.rope.scaling.factor' is missing");
  file.values.push_back(ggufNumber(key("factor"), 4));
  auto getRope = [&](const TestGGUF &file) {
    return llvm::cantFail(describe(file)).blocks(0).attention().rope();
  };
  // Pairs turn by 1, 0.1, 0.01 and 0.001 per position: of 64 positions the first turns
  // ten times, and the second once.
  proto::Rope rope = getRope(file);
  ASSERT_EQ(rope.factors_size(), 4);
  EXPECT_EQ(rope.factors(0), 1);
  EXPECT_EQ(rope.factors(1), 0.625);
  EXPECT_EQ(rope.factors(2), 0.25);
  EXPECT_EQ(rope.factors(3), 0.25);
  EXPECT_NEAR(rope.magnitude(), 1.1386, 1e-4);

  EXPECT_DOUBLE_EQ(
      getRope(with(ggufNumber(key("yarn_beta_slow"), 0.1))).factors(2), 0.5);
  EXPECT_EQ(getRope(with(ggufNumber(key("yarn_beta_fast"), 1))).factors(1), 1);
  EXPECT_DOUBLE_EQ(
      getRope(with(ggufSize(key("original_context_length"), 640))).factors(1),
      0.75);
  EXPECT_EQ(
      getRope(with(ggufNumber(key("yarn_log_multiplier"), 1))).magnitude(), 1);
  EXPECT_NEAR(getRope(with(ggufNumber(key("attn_factor"), 2))).magnitude(),
              2.2773, 1e-4);
  EXPECT_EQ(errorFor(with(ggufNumber(key("yarn_attn_factor"), 1.13863))), "");
  EXPECT_EQ(errorFor(with(ggufNumber(key("yarn_attn_factor"), 1))),
            "m.gguf: 'llama.rope.scaling.yarn_attn_factor' is not supported; "
            "expected 1.1386, which follows from 'llama.rope.scaling.factor'");
  EXPECT_MENTIONS(errorFor(with(ggufNumber(key("yarn_ext_factor"), 0.5))),
                  "yarn_ext_factor' is not supported; expected 1");
  EXPECT_EQ(errorFor(with(ggufNumber(key("yarn_ext_factor"), 1))), "");
  TestGGUF twice = file;
  twice.tensors.push_back({"rope_freqs.weight", 0, {4}, std::string(16, 0)});
  EXPECT_MENTIONS(errorFor(twice), "scales positions a second time");
  for (TestValue &value : file.values)
    if (value.key == "llama.rope.freq_base")
      value = ggufNumber(value.key, 1);
  EXPECT_EQ(errorFor(file), "m.gguf: 'llama.rope.freq_base' is not a base by "
                            "which positions can be scaled");
}

TEST(DescribeGGUF, YarnOfAnotherType) {
  EXPECT_EQ(errorFor(with(ggufNumber("llama.rope.scaling.yarn_beta_fast", 8))),
            "m.gguf: 'llama.rope.scaling.yarn_beta_fast' is not supported "
            "where 'llama.rope.scaling.type' is 'none'; expected yarn");
}

TEST(DescribeGGUF, DivisorsOfFrequencies) {
  auto withDivisors = [](std::vector<float> divisors) {
    std::string bytes;
    for (float divisor : divisors)
      bytes += ggufWord(llvm::bit_cast<uint32_t>(divisor), 4);
    TestGGUF file = tinyGGUF();
    file.tensors.push_back(
        {"rope_freqs.weight", 0, {int64_t(divisors.size())}, bytes});
    return file;
  };
  auto model = describe(withDivisors({1, 1, 2, 8}));
  ASSERT_TRUE(bool(model)) << llvm::toString(model.takeError());
  EXPECT_EQ(model->blocks(0).attention().rope().factors(3), 0.125);
  ASSERT_EQ(model->unused_tensors_size(), 1);
  EXPECT_EQ(errorFor(withDivisors({1, 1})),
            "m.gguf: tensor 'rope_freqs.weight' is not 4 numbers of F32");
  EXPECT_MENTIONS(errorFor(withDivisors({1, 1, 0, 1})),
                  "has an element that is not a positive number");
}

/// The file as one of another architecture.
static TestGGUF tinyFamily(std::string name) {
  TestGGUF file = tinyGGUF();
  for (TestValue &value : file.values)
    if (StringRef(value.key).starts_with("llama."))
      value.key.replace(0, 5, name);
  file.values[0] = ggufText("general.architecture", name);
  return file;
}

/// What each layer of `model` has as its window; negative if it does not turn.
static std::vector<int> listWindows(const proto::Model &model) {
  std::vector<int> windows;
  for (const proto::Stack &stack : model.stacks())
    for (const proto::Block &block : model.blocks())
      if (block.name() == stack.block())
        windows.insert(windows.end(), stack.layers(),
                       block.attention().has_rope()
                           ? int(block.attention().window())
                           : -1);
  return windows;
}

TEST(DescribeGGUF, Gemma2) {
  TestGGUF file = tinyFamily("gemma2");
  auto model = describe(file);
  ASSERT_TRUE(bool(model)) << llvm::toString(model.takeError());
  EXPECT_EQ(listWindows(*model), (std::vector<int>{4096, 0}));
  EXPECT_EQ(model->logit_softcap(), 30);
  const proto::Block &block = model->blocks(0);
  EXPECT_EQ(block.attention().softcap(), 50);
  EXPECT_EQ(block.attention().scale(), 0);
  EXPECT_FALSE(block.norm().plus_one());
  EXPECT_EQ(model->stacks(0).tensors().feed_forward_post_norm(),
            "blk.{layer}.post_ffw_norm.weight");
  EXPECT_DOUBLE_EQ(model->embedding_scale() * model->embedding_scale(), 32);

  // The largest divides scores by the root of the width of a head.
  for (TestValue &value : file.values)
    if (value.key == "gemma2.block_count")
      value = ggufSize(value.key, 46);
  file.values.push_back(ggufSize("gemma2.attention.key_length", 16));
  model = describe(file);
  ASSERT_TRUE(bool(model)) << llvm::toString(model.takeError());
  EXPECT_DOUBLE_EQ(model->blocks(0).attention().scale(), std::sqrt(1 / 8.));
}

TEST(DescribeGGUF, Gemma3) {
  TestGGUF file = tinyFamily("gemma3");
  file.values.push_back(ggufText("gemma3.rope.scaling.type", "linear"));
  file.values.push_back(ggufNumber("gemma3.rope.scaling.factor", 8));
  EXPECT_EQ(listWindows(llvm::cantFail(describe(file))),
            (std::vector<int>{0, 0}));
  file.values.push_back(ggufSize("gemma3.attention.sliding_window", 12));
  EXPECT_EQ(listWindows(llvm::cantFail(describe(file))),
            (std::vector<int>{12, 12}));
  file.values.push_back(ggufSize("gemma3.attention.sliding_window_pattern", 2));
  auto model = describe(file);
  ASSERT_TRUE(bool(model)) << llvm::toString(model.takeError());
  EXPECT_EQ(listWindows(*model), (std::vector<int>{12, 0}));
  EXPECT_EQ(model->blocks(0).attention().rope().factors(0), 0.125);
  EXPECT_EQ(model->blocks(1).attention().rope().factors_size(), 0);
  EXPECT_EQ(model->blocks(1).attention().rope().theta(), 10000);
  EXPECT_EQ(model->logit_softcap(), 0);

  auto withPattern = [&](const std::string &flags) {
    file.values.back() = {"gemma3.attention.sliding_window_pattern", 9,
                          ggufWord(7, 4) + ggufWord(flags.size(), 8) + flags};
    return describe(file);
  };
  EXPECT_EQ(listWindows(llvm::cantFail(withPattern(std::string("\0\1", 2)))),
            (std::vector<int>{0, 12}));
  EXPECT_EQ(messageOf(withPattern("\1")),
            "m.gguf: 'gemma3.attention.sliding_window_pattern' lists 1 layers; "
            "expected 2");
}

TEST(DescribeGGUF, SmolLM3) {
  TestGGUF file = tinyFamily("smollm3");
  for (TestValue &value : file.values)
    if (value.key == "smollm3.block_count")
      value = ggufSize(value.key, 5);
  EXPECT_EQ(listWindows(llvm::cantFail(describe(file))),
            (std::vector<int>{0, 0, 0, -1, 0}));
}

TEST(DescribeGGUF, Olmo2) {
  auto model = describe(tinyFamily("olmo2"));
  ASSERT_TRUE(bool(model)) << llvm::toString(model.takeError());
  const proto::BlockTensors &tensors = model->stacks(0).tensors();
  EXPECT_EQ(tensors.attention_norm(), "");
  EXPECT_EQ(tensors.attention_post_norm(),
            "blk.{layer}.post_attention_norm.weight");
  EXPECT_EQ(model->blocks(0).attention().query_key_norm().part(),
            proto::QueryKeyNorm::ALL);
}

TEST(DescribeGGUF, PartsOfPhi3) {
  TestGGUF file = tinyFamily("phi3");
  file.tensors.push_back({"blk.0.attn_qkv.weight", 0, {1, 1}, "1234"});
  for (TestValue &value : file.values)
    if (value.key == "phi3.rope.dimension_count")
      value = ggufSize(value.key, 6);
  file.values.push_back(ggufSize("phi3.attention.sliding_window", 12));
  auto model = describe(file);
  ASSERT_TRUE(bool(model)) << llvm::toString(model.takeError());
  EXPECT_EQ(listWindows(*model), (std::vector<int>{12, 12}));
  EXPECT_EQ(model->blocks(0).attention().rope().dims(), 6u);
  ASSERT_EQ(model->parts_size(), 5);
  EXPECT_EQ(model->parts(1).name(), "blk.{layer}.attn_k.weight");
  EXPECT_EQ(model->parts(1).tensor(), "blk.{layer}.attn_qkv.weight");
  EXPECT_EQ(model->parts(1).first(), 32u);
  EXPECT_EQ(model->parts(2).first(), 48u);
  EXPECT_EQ(model->parts(4).name(), "blk.{layer}.ffn_up.weight");
  EXPECT_EQ(model->parts(4).first(), 64u);
}

TEST(DescribeGGUF, LongScaling) {
  TestGGUF file = tinyFamily("phi3");
  file.values.push_back(ggufText("phi3.rope.scaling.type", "longrope"));
  EXPECT_EQ(messageOf(describe(file)),
            "m.gguf: there is no tensor 'rope_factors_short.weight', by which "
            "positions are scaled");
  std::string bytes;
  for (float divisor : {1, 1, 2, 4})
    bytes += ggufWord(llvm::bit_cast<uint32_t>(divisor), 4);
  for (std::string name : {"rope_factors_long", "rope_factors_short"})
    file.tensors.push_back({name + ".weight", 0, {4}, bytes});
  EXPECT_MENTIONS(messageOf(describe(file)),
                  "original_context_length' is missing");
  file.values.push_back(
      ggufSize("phi3.rope.scaling.original_context_length", 16));
  file.values.push_back(ggufNumber("phi3.rope.scaling.attn_factor", 1.5));
  auto model = describe(file);
  ASSERT_TRUE(bool(model)) << llvm::toString(model.takeError());
  EXPECT_EQ(model->context(), 16u);
  EXPECT_EQ(model->longest_context(), 16u);
  EXPECT_EQ(model->blocks(0).attention().rope().factors(3), 0.25);
  EXPECT_EQ(model->blocks(0).attention().rope().magnitude(), 1.5);
  EXPECT_EQ(model->unused_tensors_size(), 2);
}

TEST(DescribeGGUF, GPT2) {
  TestGGUF file = tinyFamily("gpt2");
  EXPECT_MENTIONS(messageOf(describe(file)),
                  "'gpt2.attention.layer_norm_rms_epsilon' is not known");
  for (TestValue &value : file.values)
    if (value.key == "gpt2.attention.layer_norm_rms_epsilon")
      value = ggufNumber("gpt2.attention.layer_norm_epsilon", 1e-5);
  file.tensors.push_back({"blk.0.attn_norm.bias", 0, {1}, "1234"});
  auto model = describe(file);
  ASSERT_TRUE(bool(model)) << llvm::toString(model.takeError());
  const proto::Block &block = model->blocks(0);
  EXPECT_EQ(block.norm().kind(), proto::Norm::LAYER);
  EXPECT_FALSE(block.attention().has_rope());
  EXPECT_FALSE(block.feed_forward().gated());
  EXPECT_EQ(model->positions().tensor(), "position_embd.weight");
  EXPECT_EQ(model->final_norm_bias(), "output_norm.bias");
  EXPECT_EQ(model->stacks(0).tensors().attention_norm_bias(),
            "blk.{layer}.attn_norm.bias");
}

TEST(DescribeGGUF, Bert) {
  TestGGUF file = tinyFamily("bert");
  for (TestValue &value : file.values)
    if (value.key == "bert.attention.layer_norm_rms_epsilon")
      value = ggufNumber("bert.attention.layer_norm_epsilon", 1e-12);
  llvm::erase_if(file.values, [](const TestValue &value) {
    return llvm::StringRef(value.key).starts_with("tokenizer.");
  });
  file.values.push_back(ggufText("tokenizer.ggml.model", "bert"));
  file.values.push_back(ggufFlag("tokenizer.ggml.add_eos_token", true));
  EXPECT_EQ(messageOf(describe(file)),
            "m.gguf: 'bert.pooling_type' is 0, which is not supported; "
            "expected 1, the mean of the tokens' vectors, or 2, that of the "
            "first token\n"
            "m.gguf: 'tokenizer.ggml.bos_token_id' is missing");
  file.values.push_back(ggufSize("bert.pooling_type", 2));
  EXPECT_EQ(messageOf(describe(file)),
            "m.gguf: 'tokenizer.ggml.bos_token_id' is missing");
  file.values.push_back(ggufSize("tokenizer.ggml.cls_token_id", 3));
  file.values.push_back(ggufSize("tokenizer.ggml.seperator_token_id", 4));
  file.tensors.push_back(
      {"token_types.weight", 0, {32, 2}, std::string(256, 0)});
  auto model = describe(file);
  ASSERT_TRUE(bool(model)) << llvm::toString(model.takeError());
  EXPECT_EQ(model->encoder().pooling(), proto::Encoder::FIRST);
  EXPECT_TRUE(model->encoder().normalized());
  EXPECT_EQ(model->vocabulary().bos(), 3u);
  ASSERT_EQ(model->vocabulary().eos_size(), 1);
  EXPECT_EQ(model->vocabulary().eos(0), 4u);
  EXPECT_EQ(model->token_types(), "token_types.weight");
  EXPECT_EQ(model->embedding_norm_bias(), "token_embd_norm.bias");
  EXPECT_FALSE(model->has_head());
  const proto::BlockTensors &tensors = model->stacks(0).tensors();
  EXPECT_EQ(tensors.attention_norm(), "");
  EXPECT_EQ(tensors.attention_sum_norm(),
            "blk.{layer}.attn_output_norm.weight");
  EXPECT_EQ(tensors.feed_forward_sum_norm(),
            "blk.{layer}.layer_output_norm.weight");
  file.values.push_back(ggufFlag("bert.attention.causal", true));
  EXPECT_MENTIONS(messageOf(describe(file)),
                  "'bert.attention.causal' is not supported; expected false");
}

TEST(DescribeGGUF, Qwen3) {
  TestGGUF file = tinyFamily("qwen3");
  for (std::string layer : {"blk.0.", "blk.1."})
    for (std::string name : {"attn_q_norm.weight", "attn_k_norm.weight"})
      file.tensors.push_back({layer + name, 0, {8}, std::string(32, 0)});
  TestFolder folder;
  auto description = loadModel(folder.write("m.gguf", file.print()));
  ASSERT_TRUE(bool(description)) << llvm::toString(description.takeError());
  const proto::Attention &attention = description->model.blocks(0).attention();
  EXPECT_EQ(attention.rope().pairing(), proto::Rope::HALVES);
  EXPECT_EQ(attention.query_key_norm().part(), proto::QueryKeyNorm::HEAD);
  MLIRContext context;
  EXPECT_EQ(messageOf(buildModule(context, *description)), "");
}

TEST(DescribeGGUF, AllThatIsWrong) {
  TestGGUF file = with(ggufText("llama.rope.scaling.type", "ntk"));
  for (TestValue &value : file.values)
    if (value.key == "llama.attention.head_count")
      value = ggufSizes("llama.attention.head_count", {4, 2});
  file.values.push_back(ggufSize("llama.expert_count", 8));
  file.values.push_back(ggufNumber("llama.logit_scale", 2));
  // What follows from the heads is not counted against the file.
  EXPECT_EQ(
      errorFor(file),
      "m.gguf: 'llama.expert_count' is not supported; expected 0\n"
      "m.gguf: 'llama.logit_scale' is not known, and may change what the model "
      "computes\n"
      "m.gguf: 'llama.attention.head_count' differs from layer to layer, which "
      "is not supported\n"
      "m.gguf: 'llama.rope.scaling.type' is 'ntk', which is not supported; "
      "expected none, linear, yarn or longrope");
}

TEST(DescribeGGUF, TypesAndValues) {
  TestGGUF file = with(ggufText("general.architecture", "mamba"));
  for (size_t i : {1, 2})
    file.tensors[i].type = 16;
  TestFolder folder;
  std::string message =
      messageOf(loadModel(folder.write("m.gguf", file.print())));
  EXPECT_MENTIONS(message, "unknown architecture 'mamba'; ");
  EXPECT_EQ(llvm::StringRef(message).count(
                " has elements of type IQ2_XXS, which is not supported; "),
            2u);
}

TEST(DescribeGGUF, Sizes) {
  EXPECT_EQ(errorFor(without("llama.block_count")),
            "m.gguf: 'llama.block_count' is missing");
  EXPECT_MENTIONS(errorFor(without("llama.attention.layer_norm_rms_epsilon")),
                  "is missing");
  EXPECT_MENTIONS(errorFor(with(ggufSize("llama.context_length", 0))),
                  "'llama.context_length' is no size");
  EXPECT_MENTIONS(errorFor(with(ggufText("llama.context_length", "64"))),
                  "'llama.context_length' is not an integer");
  EXPECT_EQ(errorFor(with(ggufSize("llama.block_count", 16385))),
            "m.gguf: 'llama.block_count' is 16385; expected at most 16384");
  EXPECT_MENTIONS(errorFor(with(ggufSize("llama.vocab_size", 41))),
                  "is not 40, the rows of 'token_embd.weight'");
  EXPECT_MENTIONS(errorFor(with(ggufSize("llama.attention.head_count", 5))),
                  "is not a multiple of the heads");
  TestGGUF file = tinyGGUF();
  file.tensors.erase(file.tensors.begin());
  EXPECT_EQ(errorFor(file), "m.gguf: there is no matrix 'token_embd.weight'");
}

TEST(DescribeGGUF, Tokens) {
  EXPECT_MENTIONS(errorFor(with(ggufSize("tokenizer.ggml.eos_token_id", 40))),
                  "'tokenizer.ggml.eos_token_id' is 40, but there are 40");
  EXPECT_MENTIONS(
      errorFor(with(ggufFlag("tokenizer.ggml.add_eos_token", true))),
      "is true, which is not supported");
  EXPECT_MENTIONS(errorFor(without("tokenizer.ggml.bos_token_id")),
                  "'tokenizer.ggml.bos_token_id' is missing");
  auto ends = describe(with(ggufSize("tokenizer.ggml.eot_token_id", 3)));
  ASSERT_TRUE(bool(ends));
  EXPECT_EQ(ends->vocabulary().eos_size(), 2);

  // Whether a start is added depends on the tokenizer if the file does not say.
  TestGGUF file = without("tokenizer.ggml.add_bos_token");
  EXPECT_FALSE(llvm::cantFail(describe(file)).vocabulary().has_bos());
  file.values.push_back(ggufText("tokenizer.ggml.model", "llama"));
  EXPECT_TRUE(llvm::cantFail(describe(file)).vocabulary().has_bos());
  file.values.back() = ggufText("tokenizer.ggml.pre", "llama-bpe");
  EXPECT_TRUE(llvm::cantFail(describe(file)).vocabulary().has_bos());
}

/// The values of a tokenizer of a few tokens.
static TestGGUF withTokenizer(llvm::StringRef model) {
  TestGGUF file = tinyGGUF();
  for (TestValue value :
       {ggufText("tokenizer.ggml.model", model),
        ggufText("tokenizer.ggml.pre", "smollm"),
        ggufTexts("tokenizer.ggml.tokens",
                  {"<unk>", "<s>", "</s>", "a", "b", "ab", "<0x0A>", "user"}),
        ggufSizes("tokenizer.ggml.token_type", {2, 3, 3, 1, 1, 1, 6, 4}),
        ggufTexts("tokenizer.ggml.merges", {"a b"})})
    file.values.push_back(value);
  return file;
}

static llvm::Expected<TokenizerDescription> readTokenizer(const TestGGUF &file,
                                                          uint32_t size = 40) {
  auto read = GGUFFile::parse(
      llvm::MemoryBuffer::getMemBufferCopy(file.print(), "m.gguf"));
  if (!read)
    return read.takeError();
  return readGGUFTokenizer(read->getMetadata(), size);
}

TEST(GGUFTokenizer, WordPieces) {
  TestGGUF file = tinyGGUF();
  for (TestValue value :
       {ggufText("tokenizer.ggml.model", "bert"),
        ggufTexts("tokenizer.ggml.tokens",
                  {"[PAD]", "[UNK]", "\xe2\x96\x81the", "s", "[x]",
                   "\xe2\x96\x81[", "user", "[PAD1]"}),
        ggufSizes("tokenizer.ggml.token_type", {3, 3, 1, 1, 1, 1, 4, 5})})
    file.values.push_back(value);
  EXPECT_MENTIONS(
      messageOf(readTokenizer(file)),
      "'tokenizer.ggml.unknown_token_id' is 100, which is no token");
  file.values.push_back(ggufSize("tokenizer.ggml.unknown_token_id", 1));
  auto tokenizer = readTokenizer(file);
  ASSERT_TRUE(bool(tokenizer)) << llvm::toString(tokenizer.takeError());
  std::vector<std::string> texts;
  for (const TokenDescription &token : tokenizer->tokens)
    texts.push_back(token.text);
  EXPECT_EQ(texts, (std::vector<std::string>{"[PAD]", "[UNK]", "the", "##s",
                                             "[x]", "[", "user", "[PAD1]"}));
  EXPECT_EQ(tokenizer->model, TokenizerDescription::Model::WordPiece);
  EXPECT_EQ(tokenizer->unknown, 1u);
  ASSERT_EQ(tokenizer->added.size(), 3u);
  EXPECT_FALSE(tokenizer->added[2].special);
  size_t steps = tokenizer->normalizers.size();
  file.values.push_back(ggufFlag("tokenizer.ggml.normalizer.lowercase", false));
  EXPECT_EQ(llvm::cantFail(readTokenizer(file)).normalizers.size(), steps - 2);
  file.values.push_back(
      ggufFlag("tokenizer.ggml.normalizer.strip_accents", true));
  EXPECT_EQ(llvm::cantFail(readTokenizer(file)).normalizers.size(), steps - 1);
}

TEST(GGUFTokenizer, ByteLevel) {
  auto tokenizer = readTokenizer(withTokenizer("gpt2"));
  ASSERT_TRUE(bool(tokenizer)) << llvm::toString(tokenizer.takeError());
  EXPECT_TRUE(tokenizer->byteLevel);
  EXPECT_FALSE(tokenizer->ignoreMerges);
  EXPECT_EQ(tokenizer->tokens.size(), 8u);
  ASSERT_EQ(tokenizer->merges.size(), 1u);
  EXPECT_EQ(tokenizer->merges[0].result, 5u);
  EXPECT_EQ(tokenizer->splits.size(), 2u);
  ASSERT_EQ(tokenizer->added.size(), 4u);
  EXPECT_EQ(tokenizer->added[1].text, "<s>");
  EXPECT_TRUE(tokenizer->added[1].special);
  EXPECT_EQ(tokenizer->added[3].text, "user");
  EXPECT_FALSE(tokenizer->added[3].special);
}

TEST(GGUFTokenizer, SentencePiece) {
  TestGGUF file = withTokenizer("llama");
  EXPECT_EQ(messageOf(readTokenizer(file)),
            "m.gguf: 'tokenizer.ggml.scores' is missing");
  std::string scores = ggufWord(6, 4) + ggufWord(8, 8);
  for (int i = 0; i < 8; ++i)
    scores += ggufWord(llvm::bit_cast<uint32_t>(float(-i)), 4);
  file.values.push_back({"tokenizer.ggml.scores", 9, scores});
  auto tokenizer = readTokenizer(file);
  ASSERT_TRUE(bool(tokenizer)) << llvm::toString(tokenizer.takeError());
  EXPECT_TRUE(tokenizer->mergesByScore);
  EXPECT_TRUE(tokenizer->byteFallback);
  EXPECT_EQ(tokenizer->unknown, 0u);
  EXPECT_EQ(tokenizer->tokens[5].score, -5);
  using Kind = TokenDescription::Kind;
  EXPECT_EQ(tokenizer->tokens[1].kind, Kind::Control);
  EXPECT_EQ(tokenizer->tokens[6].kind, Kind::Byte);
  EXPECT_EQ(tokenizer->tokens[7].kind, Kind::UserDefined);
  EXPECT_EQ(tokenizer->added.size(), 3u);
  EXPECT_EQ(tokenizer->normalizers.size(), 2u);
  EXPECT_EQ(tokenizer->decoders.size(), 3u);
  file.values.push_back(ggufFlag("tokenizer.ggml.add_space_prefix", false));
  tokenizer = readTokenizer(file);
  ASSERT_TRUE(bool(tokenizer));
  EXPECT_EQ(tokenizer->normalizers.size(), 1u);
  EXPECT_EQ(tokenizer->decoders.size(), 2u);
}

TEST(GGUFTokenizer, Refused) {
  auto errorWith = [](TestValue value) {
    TestGGUF file = withTokenizer("gpt2");
    for (TestValue &other : file.values)
      if (other.key == value.key)
        other = value;
    return messageOf(readTokenizer(file));
  };
  EXPECT_EQ(
      errorWith(ggufText("tokenizer.ggml.model", "t5")),
      "m.gguf: the tokenizer 't5' is not supported; known are bert, gpt2 and "
      "llama");
  EXPECT_EQ(errorWith(ggufText("tokenizer.ggml.pre", "none")),
            "m.gguf: 'tokenizer.ggml.pre' is 'none', a way to split texts that "
            "is not known");
  EXPECT_MENTIONS(errorWith(ggufTexts("tokenizer.ggml.merges", {"ab"})),
                  "merge 0 is no pair of tokens");
  EXPECT_MENTIONS(errorWith(ggufTexts("tokenizer.ggml.merges", {"a x"})),
                  "merge 0");
  EXPECT_MENTIONS(errorWith(ggufSizes("tokenizer.ggml.token_type", {1})),
                  "has not as many types or scores as it has tokens, 8");
  EXPECT_MENTIONS(errorWith(ggufSizes("tokenizer.ggml.token_type",
                                      {9, 1, 1, 1, 1, 1, 1, 1})),
                  "token '<unk>' has the unknown type 9");
  EXPECT_MENTIONS(errorWith(ggufTexts("tokenizer.ggml.tokens",
                                      {"", "b", "c", "d", "e", "f", "g", "h"})),
                  "token 0 is empty");
  EXPECT_MENTIONS(messageOf(readTokenizer(withTokenizer("gpt2"), 7)),
                  "has 8 tokens, more than the 7 of the model");
}

// The rows of query and key are read in the order of the rotary embedding.
TEST(DescribeGGUF, BuildsAModule) {
  TestFolder folder;
  std::string path = folder.write("tiny.gguf", tinyGGUF().print());
  auto description = loadModel(path);
  ASSERT_TRUE(bool(description)) << llvm::toString(description.takeError());
  EXPECT_EQ(description->model.name(), "tiny");
  EXPECT_EQ(description->model.weight_files(0), "tiny.gguf");
  MLIRContext context;
  auto module = buildModule(context, *description);
  ASSERT_TRUE(bool(module)) << llvm::toString(module.takeError());
  auto payloadOf = [&](StringRef name) {
    auto weight = (*module)->lookupSymbol<WeightOp>(name);
    return cast<PayloadAttr>(weight.getPayloads()[0]);
  };
  PayloadAttr query = payloadOf("blk.1.attn_q.weight");
  EXPECT_EQ(query.getInterleaved(), 8);
  EXPECT_EQ(query.getNumElements(), 1024);
  EXPECT_EQ(cast<QuantsType>(query.getElement()).getName(), "q4_0");
  EXPECT_EQ(query.getFileRow(0), 0);
  EXPECT_EQ(query.getFileRow(1), 2);
  EXPECT_EQ(query.getFileRow(4), 1);
  EXPECT_EQ(query.getFileRow(15), 15);
  EXPECT_EQ(query.getFileRow(14), 13);
  EXPECT_EQ(payloadOf("blk.1.attn_v.weight").getInterleaved(), 0);
}

TEST(DescribeGGUF, WrongTensors) {
  auto errorOf = [](const TestGGUF &file) {
    TestFolder folder;
    auto description = loadModel(folder.write("m.gguf", file.print()));
    if (!description)
      return llvm::toString(description.takeError());
    MLIRContext context;
    return messageOf(buildModule(context, *description));
  };
  TestGGUF file = tinyGGUF();
  file.tensors.push_back({"blk.0.attn_x.weight", 0, {4}, std::string(16, 0)});
  EXPECT_MENTIONS(errorOf(file),
                  "tensor 'blk.0.attn_x.weight' is no part of the model");
  file = tinyGGUF();
  file.tensors[4].name = "blk.0.other";
  EXPECT_MENTIONS(errorOf(file), "tensor 'blk.0.attn_k.weight' (key of layer "
                                 "0) is missing; expected it with shape");
  file = tinyGGUF();
  file.tensors[1].type = 26;
  EXPECT_MENTIONS(errorOf(file), "tensor 'output_norm.weight' has dtype I32; "
                                 "expected F32, F16, BF16 or blocks");
}
