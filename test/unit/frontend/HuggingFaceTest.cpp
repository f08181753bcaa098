//===- HuggingFaceTest.cpp - Configurations and their traps ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/frontend/HuggingFace.h"

#include "test/unit/frontend/Inputs.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "gtest/gtest.h"

using namespace mlir::eke;
using namespace mlir::eke::test;

/// Describes the tiny config with `changes`, for a checkpoint with or without a
/// tensor lm_head.weight.
static llvm::Expected<proto::Model> describe(llvm::StringRef changes,
                                             bool hasHead = false) {
  return describeConfig(tinyConfig(changes), "config.json",
                        [&](llvm::StringRef name) {
                          return hasHead && name == "lm_head.weight";
                        });
}

static proto::Model describeOrFail(llvm::StringRef changes,
                                   bool hasHead = false) {
  auto model = describe(changes, hasHead);
  if (model)
    return *model;
  ADD_FAILURE() << llvm::toString(model.takeError());
  return {};
}

static std::string errorFor(llvm::StringRef changes) {
  return messageOf(describe(changes));
}

TEST(HuggingFace, Defaults) {
  proto::Model model =
      describeOrFail(R"("num_key_value_heads": null, "rms_norm_eps": null,)"
                     R"("bos_token_id": null, "eos_token_id": [7])");
  const proto::Block &block = model.blocks(0);
  EXPECT_EQ(block.attention().kv_heads(), 2u);
  EXPECT_EQ(block.attention().head_dim(), 4u);
  EXPECT_EQ(block.attention().rope().theta(), 10000);
  EXPECT_EQ(block.norm().epsilon(), 1e-6);
  EXPECT_EQ(model.stacks(0).repeats(), 1u);
  EXPECT_FALSE(model.vocabulary().has_bos());
  ASSERT_EQ(model.vocabulary().eos_size(), 1);
  EXPECT_EQ(model.vocabulary().eos(0), 7u);
  EXPECT_TRUE(model.stacks(0).tensors().query_bias().empty());
}

TEST(HuggingFace, TiedIfAnythingSaysSo) {
  EXPECT_TRUE(describeOrFail(R"("share_embedding": true,
                         "tie_word_embeddings": false)",
                             /*hasHead=*/true)
                  .head()
                  .tied());
  EXPECT_TRUE(
      describeOrFail(R"("tie_word_embeddings": true)", true).head().tied());
  EXPECT_EQ(
      describeOrFail(R"("tie_word_embeddings": false)", true).head().tensor(),
      "lm_head.weight");
  EXPECT_EQ(errorFor(R"("tie_word_embeddings": false)"),
            "config.json: 'tie_word_embeddings' is not true, so there has to "
            "be a tensor 'lm_head.weight'");
}

TEST(HuggingFace, QueriesKeysAndValuesAloneMayHaveBiases) {
  const proto::Model model = describeOrFail(R"("qkv_bias": true)");
  const proto::BlockTensors &tensors = model.stacks(0).tensors();
  EXPECT_FALSE(tensors.query_bias().empty());
  EXPECT_FALSE(tensors.value_bias().empty());
  EXPECT_TRUE(tensors.output_bias().empty());
}

/// What starts a text, of the tiny model with these files.
static std::optional<uint32_t> startWith(llvm::StringRef tokenizerConfig,
                                         llvm::StringRef processor) {
  TestFolder folder;
  folder.writeTinyModel();
  if (!tokenizerConfig.empty())
    folder.write("tokenizer_config.json", tokenizerConfig);
  auto tokenizer = llvm::cantFail(llvm::json::parse(tinyTokenizer()));
  (*tokenizer.getAsObject())["post_processor"] =
      llvm::cantFail(llvm::json::parse(processor));
  folder.write("tokenizer.json", llvm::formatv("{0}", tokenizer).str());
  auto description = importHuggingFace(folder.getPath());
  if (!description) {
    ADD_FAILURE() << llvm::toString(description.takeError());
    return std::nullopt;
  }
  const proto::Vocabulary &vocabulary = description->model.vocabulary();
  return vocabulary.has_bos() ? std::optional(vocabulary.bos()) : std::nullopt;
}

TEST(HuggingFace, TheTokenizerDecidesWhatStartsAText) {
  llvm::StringRef puts256 = R"({"type": "TemplateProcessing",
      "single": [{"SpecialToken": {"id": "he"}}, {"Sequence": {"id": "A"}}],
      "special_tokens": {"he": {"id": "he", "ids": [256]}}})";
  llvm::StringRef bytes = R"({"type": "ByteLevel"})";
  EXPECT_EQ(startWith("", "null"), 258u); // nothing says so but config.json
  EXPECT_EQ(startWith("{}", "null"), std::nullopt);
  EXPECT_EQ(startWith("", bytes), std::nullopt);
  EXPECT_EQ(startWith(R"({"add_bos_token": true})", bytes), 258u);
  EXPECT_EQ(startWith(R"({"add_bos_token": false})", puts256), std::nullopt);
  EXPECT_EQ(startWith("", puts256), 256u);
  std::string both =
      (R"({"type": "Sequence", "processors": [)" + bytes + "," + puts256 + "]}")
          .str();
  EXPECT_EQ(startWith("", both), 256u);
}

TEST(HuggingFace, SeveralTokensMayEndAText) {
  using Tokens = std::vector<uint32_t>;
  auto endsOf = [](const proto::Model &model) {
    return Tokens(model.vocabulary().eos().begin(),
                  model.vocabulary().eos().end());
  };
  EXPECT_EQ(endsOf(describeOrFail(R"("eos_token_id": [1, 2, 1])")),
            (Tokens{1, 2}));
  TestFolder folder;
  folder.writeTinyModel();
  folder.write("generation_config.json", R"({"eos_token_id": [3, 4]})");
  auto description = importHuggingFace(folder.getPath());
  ASSERT_TRUE(bool(description)) << llvm::toString(description.takeError());
  EXPECT_EQ(endsOf(description->model), (Tokens{3, 4}));
  folder.write("generation_config.json", R"({"eos_token_id": "he"})");
  EXPECT_MENTIONS(messageOf(importHuggingFace(folder.getPath())),
                  "'eos_token_id' is not one of the 260 tokens");
}

TEST(HuggingFace, AnIndexHasToHoldWhatItSays) {
  TestFolder folder;
  folder.writeTinyModel();
  ASSERT_EQ(std::rename((folder / "model.safetensors").c_str(),
                        (folder / "1.safetensors").c_str()),
            0);
  folder.write("model.safetensors.index.json",
               R"({"weight_map": {"lm_head.weight": "1.safetensors"}})");
  EXPECT_MENTIONS(messageOf(importHuggingFace(folder.getPath())),
                  "says that tensor 'lm_head.weight' is in '1.safetensors', "
                  "where it is not");
}

TEST(HuggingFace, LayerSharing) {
  llvm::StringRef mobile = R"("architectures": ["MobileLLMForCausalLM"],)";
  EXPECT_EQ(describeOrFail((mobile + R"("layer_sharing": true)").str())
                .stacks(0)
                .repeats(),
            2u);
  EXPECT_EQ(describeOrFail((mobile + R"("layer_sharing": false)").str())
                .stacks(0)
                .repeats(),
            1u);
  EXPECT_MENTIONS(errorFor(mobile), "'layer_sharing' is missing");
  EXPECT_EQ(describeOrFail(R"("layer_sharing": true)").stacks(0).repeats(), 2u);
}

TEST(HuggingFace, HeadDim) {
  EXPECT_EQ(describeOrFail(R"("head_dim": 6)").blocks(0).attention().head_dim(),
            6u);
  EXPECT_MENTIONS(errorFor(R"("num_attention_heads": 3)"),
                  "'hidden_size' 8 is not a multiple of 3 heads");
}

TEST(HuggingFace, Biases) {
  proto::Model model =
      describeOrFail(R"("attention_bias": true, "mlp_bias": true)");
  EXPECT_EQ(model.stacks(0).tensors().output_bias(),
            "model.layers.{layer}.self_attn.o_proj.bias");
  EXPECT_EQ(model.stacks(0).tensors().down_bias(),
            "model.layers.{layer}.mlp.down_proj.bias");
}

/// Describes a GPT-2 of a checkpoint that has these tensors, among others.
static llvm::Expected<proto::Model>
describeGPT2(llvm::StringRef headsAndMore,
             llvm::ArrayRef<llvm::StringRef> tensors) {
  return describeConfig(
      (R"({"architectures": ["GPT2LMHeadModel"], "vocab_size": 40, "n_embd": 8,
           "n_layer": 2, "n_positions": 16, "n_head": )" +
       headsAndMore + "}")
          .str(),
      "config.json",
      [&](llvm::StringRef name) { return llvm::is_contained(tensors, name); });
}

TEST(HuggingFace, GPT2) {
  auto model = describeGPT2("2", {"h.0.attn.bias", "h.1.attn.masked_bias"});
  ASSERT_TRUE(bool(model)) << llvm::toString(model.takeError());
  EXPECT_EQ(model->embedding(), "wte.weight");
  EXPECT_EQ(model->blocks(0).feed_forward().hidden(), 32u);
  EXPECT_TRUE(model->head().tied());
  ASSERT_EQ(model->unused_tensors_size(), 2);
  EXPECT_EQ(model->unused_tensors(1), "h.1.attn.masked_bias");
  ASSERT_EQ(model->parts_size(), 9);
  EXPECT_EQ(model->parts(2).name(), model->stacks(0).tensors().value());
  EXPECT_EQ(model->parts(2).tensor(), "h.{layer}.attn.c_attn.weight");
  EXPECT_EQ(model->parts(2).first(), 16u);
  EXPECT_TRUE(model->parts(2).transposed());
  EXPECT_FALSE(model->parts(5).transposed());
  EXPECT_EQ(model->parts(8).tensor(), model->stacks(0).tensors().down());

  model = describeGPT2(R"(2, "n_inner": 20)", {"transformer.wte.weight"});
  ASSERT_TRUE(bool(model)) << llvm::toString(model.takeError());
  EXPECT_EQ(model->embedding(), "transformer.wte.weight");
  EXPECT_EQ(model->blocks(0).feed_forward().hidden(), 20u);
  EXPECT_EQ(messageOf(describeGPT2("3", {})),
            "config.json: the width 8 is not a multiple of 3 heads");
  EXPECT_MENTIONS(
      messageOf(
          describeGPT2(R"(2, "scale_attn_by_inverse_layer_idx": true)", {})),
      "'scale_attn_by_inverse_layer_idx' is not supported; expected false");
}

TEST(HuggingFace, AllThatIsWrong) {
  EXPECT_EQ(
      errorFor(R"("hidden_act": "mish", "quantization_config": {},
                        "rope_scaling": {"rope_type": "ntk"},
                        "num_key_value_heads": 1.5)"),
      "config.json: 'quantization_config' is not supported; expected "
      "null\n"
      "config.json: 'num_key_value_heads' is no size; expected 1 to "
      "2147483647\n"
      "config.json: 'rope_scaling': has the unknown type 'ntk'; known are "
      "default, linear, dynamic, llama3, yarn and longrope\n"
      "config.json: unknown 'hidden_act' 'mish'; known are silu, gelu, "
      "gelu_pytorch_tanh and relu");
}

TEST(HuggingFace, NothingFollowsFromAnError) {
  llvm::StringRef rest = R"("architectures": ["Qwen2ForCausalLM"],
      "use_sliding_window": true, "sliding_window": 4,
      "layer_types": ["full_attention", "sliding_attention"],
      "rope_scaling": {"rope_type": "longrope", "short_factor": [1, 1]})";
  EXPECT_EQ(errorFor(rest), "");
  for (llvm::StringRef key :
       {"hidden_size", "num_attention_heads", "num_hidden_layers", "vocab_size",
        "max_position_embeddings"})
    EXPECT_EQ(errorFor(("\"" + key + "\": null, " + rest).str()),
              ("config.json: '" + key + "' is missing").str());
}

TEST(HuggingFace, RopeTheta) {
  EXPECT_EQ(describeOrFail(R"("rope_theta": 500000)")
                .blocks(0)
                .attention()
                .rope()
                .theta(),
            500000);
  EXPECT_EQ(describeOrFail(R"("rope_parameters":
                               {"rope_type": "default", "rope_theta": 7})")
                .blocks(0)
                .attention()
                .rope()
                .theta(),
            7);
}

static proto::Rope describeRope(llvm::StringRef changes) {
  return describeOrFail(changes).blocks(0).attention().rope();
}

TEST(HuggingFace, ScaledRope) {
  for (llvm::StringRef linear :
       {R"("rope_scaling": {"type": "linear", "factor": 4})",
        R"("rope_scaling": {"factor": 4})",
        R"("rope_parameters": {"rope_type": "linear", "factor": 4})"}) {
    proto::Rope rope = describeRope(linear);
    ASSERT_EQ(rope.factors_size(), 2) << linear.str();
    EXPECT_EQ(rope.factors(0), 0.25);
    EXPECT_EQ(rope.factors(1), 0.25);
  }
  // Of the waves of 6.3 and 628 positions the short one stays.
  proto::Rope llama3 = describeRope(
      R"("rope_scaling": {"rope_type": "llama3", "factor": 8,
          "low_freq_factor": 1, "high_freq_factor": 4,
          "original_max_position_embeddings": 32})");
  ASSERT_EQ(llama3.factors_size(), 2);
  EXPECT_EQ(llama3.factors(0), 1);
  EXPECT_EQ(llama3.factors(1), 0.125);
  EXPECT_NEAR(describeRope(R"("rope_scaling": {"rope_type": "yarn",
                               "factor": 4})")
                  .magnitude(),
              1.1386, 1e-4);
  EXPECT_EQ(describeRope(R"("partial_rotary_factor": 0.5)").dims(), 2u);
}

TEST(HuggingFace, LongerContextsMayBeOtherModels) {
  proto::Model model = describeOrFail(
      R"("rope_scaling": {"rope_type": "longrope", "short_factor": [1, 2],
          "long_factor": [3, 4], "original_max_position_embeddings": 16})");
  EXPECT_EQ(model.context(), 16u);
  EXPECT_EQ(model.longest_context(), 16u);
  EXPECT_EQ(describeOrFail(R"("rope_scaling": {"rope_type": "dynamic",
                               "factor": 2})")
                .longest_context(),
            32u);
}

TEST(HuggingFace, RefusesOtherArithmetic) {
  EXPECT_EQ(errorFor(R"("rope_scaling": {"rope_type": "ntk"})"),
            "config.json: 'rope_scaling': has the unknown type 'ntk'; known "
            "are default, linear, dynamic, llama3, yarn and longrope");
  EXPECT_EQ(errorFor(R"("rope_scaling": {"rope_type": "llama3",
                         "factor": 8})"),
            "config.json: 'rope_scaling': 'low_freq_factor' is missing\n"
            "config.json: 'rope_scaling': 'high_freq_factor' is missing");
  EXPECT_MENTIONS(errorFor(R"("rope_scaling": 2)"), "is no object");
  EXPECT_MENTIONS(errorFor(R"("sliding_window": 64)"),
                  "'sliding_window' is not supported");
  EXPECT_MENTIONS(errorFor(R"("quantization_config": {})"),
                  "'quantization_config' is not supported");
}

TEST(HuggingFace, Activations) {
  EXPECT_EQ(errorFor(R"("hidden_act": "mish")"),
            "config.json: unknown 'hidden_act' 'mish'; known are silu, gelu, "
            "gelu_pytorch_tanh and relu");
  EXPECT_EQ(describeOrFail(R"("hidden_act": "gelu_pytorch_tanh")")
                .blocks(0)
                .feed_forward()
                .activation(),
            proto::FeedForward::GELU_TANH);
}

TEST(HuggingFace, Architectures) {
  EXPECT_MENTIONS(errorFor(R"("architectures": ["BloomForCausalLM"])"),
                  "config.json: unknown architecture 'BloomForCausalLM'; known "
                  "are BertModel, Gemma2ForCausalLM, ");
  for (llvm::StringRef value : {"null", "[]", "[1]", "\"Llama\""})
    EXPECT_MENTIONS(errorFor(("\"architectures\": " + value).str()),
                    "'architectures' does not name one architecture");
}

TEST(HuggingFace, Sizes) {
  for (llvm::StringRef value : {"0", "-1", "1.5", "\"8\"", "2147483648",
                                "1e400", "18446744073709551616", "true"})
    EXPECT_MENTIONS(messageOf(describeConfig(
                        ("{\"architectures\":[\"LlamaForCausalLM\"],"
                         "\"max_position_embeddings\":" +
                         value + "}")
                            .str(),
                        "config.json", [](llvm::StringRef) { return false; })),
                    "config.json: ")
        << value.str();
  EXPECT_EQ(errorFor(R"("hidden_size": null)"),
            "config.json: 'hidden_size' is missing");
  EXPECT_EQ(errorFor(R"("vocab_size": -1)"),
            "config.json: 'vocab_size' is no size; expected 1 to 2147483647");
  EXPECT_EQ(errorFor(R"("rms_norm_eps": "x")"),
            "config.json: 'rms_norm_eps' is no number");
  EXPECT_EQ(errorFor(R"("layer_sharing": 1)"),
            "config.json: 'layer_sharing' is neither true nor false");
  EXPECT_EQ(errorFor(R"("bos_token_id": 260)"),
            "config.json: 'bos_token_id' is not one of the 260 tokens");
  EXPECT_EQ(errorFor(R"("bos_token_id": [1, 2])"),
            "config.json: 'bos_token_id' lists 2 tokens; expected one");
  EXPECT_EQ(errorFor(R"("eos_token_id": [1, 260])"),
            "config.json: 'eos_token_id' is not one of the 260 tokens");
}

TEST(HuggingFace, ImportsAFolder) {
  TestFolder folder;
  EXPECT_MENTIONS(messageOf(importHuggingFace(folder.getPath())),
                  "config.json: cannot open");
  folder.writeTinyModel();
  auto description = importHuggingFace(folder.getPath());
  ASSERT_TRUE(bool(description)) << llvm::toString(description.takeError());
  EXPECT_EQ(description->model.vocabulary().tokenizer(), "tokenizer.json");
  EXPECT_EQ(description->model.weight_files_size(), 1);
  EXPECT_EQ(description->file, folder / "config.json");
  EXPECT_EQ(folder.getPath().rfind(description->model.name()),
            folder.getPath().size() - description->model.name().size());
}

TEST(HuggingFace, UnusedTensors) {
  TestFolder folder;
  folder.writeTinyModel();
  folder.write("config.json", tinyConfig(R"("tie_word_embeddings": true)"));
  std::vector<TestTensor> tensors = tinyTensors();
  tensors.push_back({"model.rotary_emb.inv_freq", "F32", {2}});
  tensors.push_back({"lm_head.weight", "F16", {260, 8}});
  folder.write("model.safetensors", makeSafetensors(tensors));
  auto description = importHuggingFace(folder.getPath());
  ASSERT_TRUE(bool(description)) << llvm::toString(description.takeError());
  ASSERT_EQ(description->model.unused_tensors_size(), 2);
  EXPECT_EQ(description->model.unused_tensors(0), "lm_head.weight");

  tensors.back().bytes = "x";
  folder.write("model.safetensors", makeSafetensors(tensors));
  EXPECT_MENTIONS(messageOf(importHuggingFace(folder.getPath())),
                  "tensor 'lm_head.weight' differs from "
                  "'model.embed_tokens.weight'");
}
