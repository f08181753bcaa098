//===- ModelTest.cpp - Descriptions ---------------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/frontend/Model.h"

#include "compiler/frontend/HuggingFace.h"
#include "test/unit/frontend/Inputs.h"

#include "llvm/Support/FileSystem.h"
#include "gtest/gtest.h"

#include <google/protobuf/util/message_differencer.h>

using namespace mlir::eke;
using namespace mlir::eke::test;

namespace {

/// The imported tiny model, to be broken by a test.
class Model : public testing::Test {
protected:
  void SetUp() override {
    folder.writeTinyModel();
    auto imported = importHuggingFace(folder.getPath());
    ASSERT_TRUE(bool(imported)) << llvm::toString(imported.takeError());
    description = std::move(*imported);
    description.file = "m";
  }

  /// The error after `change`.
  template <typename Change> std::string errorAfter(Change change) {
    ModelDescription changed = description;
    change(changed.model);
    return messageOf(checkModel(changed));
  }

  TestFolder folder;
  ModelDescription description;
};

TEST_F(Model, WrittenTextReadsBack) {
  std::string file = folder / "model.textproto";
  ASSERT_EQ(messageOf(writeModel(description, file)), "");
  // The folder now is a description's folder.
  for (const std::string &path : {file, folder.getPath()}) {
    auto read = loadModel(path);
    ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
    EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(
        read->model, description.model));
    EXPECT_EQ(read->directory, folder.getPath());
  }
}

TEST_F(Model, PathsFollowTheDescription) {
  std::string inner = folder / "inner";
  ASSERT_FALSE(llvm::sys::fs::create_directory(inner));
  ASSERT_EQ(messageOf(writeModel(description, inner + "/m.textproto")), "");
  auto read = readModel(inner + "/m.textproto");
  ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
  EXPECT_EQ(read->model.weight_files(0), "../model.safetensors");
  EXPECT_EQ(read->model.vocabulary().tokenizer(), "../tokenizer.json");

  description.model.set_weight_files(0, "/elsewhere/model.safetensors");
  EXPECT_MENTIONS(messageOf(writeModel(description, inner + "/m.textproto")),
                  "it is an input of this command");
  ASSERT_EQ(messageOf(writeModel(description, inner + "/n.textproto")), "");
  read = readModel(inner + "/n.textproto");
  ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
  EXPECT_EQ(read->model.weight_files(0), "/elsewhere/model.safetensors");
}

TEST_F(Model, UnwritableOutput) {
  std::string error =
      messageOf(writeModel(description, folder / "none/m.textproto"));
  EXPECT_MENTIONS(error, "/none/m.textproto': No such file or directory");
  EXPECT_EQ(error.find('\n'), std::string::npos);
}

TEST_F(Model, TextErrorsHaveAPlace) {
  auto errorFor = [](llvm::StringRef text) {
    return messageOf(parseModel(text, "m.textproto"));
  };
  EXPECT_MENTIONS(errorFor("name: \"a\"\n  widht: 4"), "m.textproto:2:8: ");
  EXPECT_MENTIONS(errorFor("width: -1"), "m.textproto:1:8: ");
  EXPECT_MENTIONS(errorFor("width: 4294967296"), "m.textproto:1:8: ");
  EXPECT_MENTIONS(errorFor("name: \"a"), "m.textproto:1:");
  EXPECT_MENTIONS(errorFor("width: \"a\rb\""), "got: \"a?b\"");
  EXPECT_MENTIONS(errorFor("width: 1 width: 2"), "m.textproto:1:");
  EXPECT_EQ(errorFor(""), "m.textproto: is empty; expected a description, a "
                          "module NAME.mlir or a GGUF file");
  EXPECT_MENTIONS(errorFor("width: 1"), "m.textproto: name is missing\n"
                                        "m.textproto: vocabulary.size is 0; ");
  EXPECT_EQ(errorFor("wide: 64 name: 'm' long: 1"),
            "m.textproto:1:5: Message type \"eke.proto.Model\" has no field "
            "named \"wide\".\n"
            "m.textproto:1:24: Message type \"eke.proto.Model\" has no field "
            "named \"long\".");
}

TEST_F(Model, SizesAndNames) {
  EXPECT_EQ(errorAfter([](auto &m) { m.clear_name(); }), "m: name is missing");
  EXPECT_EQ(errorAfter([](auto &m) { m.set_width(0); }),
            "m: width is 0; expected 1 to 2147483647");
  EXPECT_EQ(errorAfter([](auto &m) { m.set_context(0); }),
            "m: context is 0; expected 1 to 2147483647");
  EXPECT_EQ(errorAfter([](auto &m) { m.clear_embedding(); }),
            "m: embedding is missing");
  EXPECT_EQ(errorAfter([](auto &m) { m.clear_final_norm_tensor(); }),
            "m: final_norm_tensor is missing");
  EXPECT_EQ(errorAfter([](auto &m) { m.clear_final_norm(); }),
            "m: final_norm.epsilon is not a positive number");
  EXPECT_EQ(errorAfter([](auto &m) { m.mutable_head()->set_tied(false); }),
            "m: head is neither tied nor has a tensor");
  EXPECT_EQ(errorAfter([](auto &m) { m.clear_weight_files(); }),
            "m: weight_files is empty");
  EXPECT_EQ(errorAfter([](auto &m) { m.add_weight_files(m.weight_files(0)); }),
            "m: weight_files lists 'model.safetensors' twice");
}

TEST_F(Model, Vocabulary) {
  EXPECT_EQ(errorAfter([](auto &m) { m.mutable_vocabulary()->set_bos(260); }),
            "m: vocabulary.bos is 260 but there are 260 tokens");
  EXPECT_EQ(errorAfter([](auto &m) { m.mutable_vocabulary()->add_eos(260); }),
            "m: vocabulary.eos is 260 but there are 260 tokens");
  EXPECT_EQ(
      errorAfter([](auto &m) { m.mutable_vocabulary()->set_size(1 << 25); }),
      "m: vocabulary.size is 33554432; expected at most 16777216");
}

TEST_F(Model, Encoder) {
  auto errorFor = [&](auto change) {
    return errorAfter([&](proto::Model &m) {
      m.mutable_encoder()->set_pooling(proto::Encoder::MEAN);
      m.clear_head();
      m.clear_final_norm_tensor();
      change(m);
    });
  };
  EXPECT_EQ(errorFor([](auto &) {}), "");
  EXPECT_EQ(errorFor([](auto &m) { m.mutable_encoder()->clear_pooling(); }),
            "m: encoder.pooling is unknown; expected MEAN or FIRST");
  EXPECT_EQ(
      errorFor([](auto &m) { m.mutable_vocabulary()->clear_eos(); }),
      "m: vocabulary.eos is empty; expected the token that ends every text");
  EXPECT_EQ(errorFor([](auto &m) { m.set_final_norm_tensor("n"); }),
            "m: final_norm_tensor is given for an encoder");
  EXPECT_EQ(errorFor([](auto &m) { m.mutable_head()->set_tied(true); }),
            "m: head is given for an encoder");
  EXPECT_EQ(errorFor([](auto &m) { m.add_exits(); }),
            "m: exits are given for an encoder");
  EXPECT_EQ(errorFor([](auto &m) {
              m.mutable_blocks(0)->mutable_attention()->set_window(4);
            }),
            "m: blocks have a window, which encoders have not: 'decoder'");
  EXPECT_EQ(errorFor([](auto &m) { m.set_embedding_norm_bias("b"); }),
            "m: embedding_norm is missing, but has a bias");
}

TEST_F(Model, Attention) {
  auto errorFor = [&](auto change) {
    return errorAfter([&](proto::Model &m) {
      change(*m.mutable_blocks(0)->mutable_attention());
    });
  };
  EXPECT_EQ(errorFor([](auto &a) { a.set_kv_heads(3); }),
            "m: blocks[0].attention.kv_heads is 3, which does not divide 2 "
            "heads");
  EXPECT_EQ(errorFor([](auto &a) { a.set_head_dim(3); }),
            "m: blocks[0].attention.head_dim is odd; rotary positions turn "
            "pairs of elements");
  EXPECT_EQ(errorFor([](auto &a) { a.set_fold(3); }),
            "m: blocks[0].attention.fold is 3, which does not divide width 8, "
            "heads 2, kv_heads 1");
  EXPECT_EQ(errorFor([](auto &a) { a.set_fold(2); }),
            "m: blocks[0].attention.fold is 2, which does not divide kv_heads "
            "1");
  EXPECT_EQ(errorFor([](auto &a) {
              a.set_kv_heads(2);
              a.set_fold(2);
            }),
            "");
  EXPECT_EQ(errorFor([](auto &a) { a.set_fold(65); }),
            "m: blocks[0].attention.fold is 65; expected at most 64");
  EXPECT_EQ(errorFor([](auto &a) { a.mutable_rope()->clear_pairing(); }),
            "m: blocks[0].attention.rope.pairing is unknown; expected HALVES "
            "or INTERLEAVED");
  EXPECT_EQ(errorFor([](auto &a) { a.mutable_rope()->set_theta(-1); }),
            "m: blocks[0].attention.rope.theta is not a positive number");
  EXPECT_EQ(errorFor([](auto &a) {
              a.mutable_rope()->set_pairing(proto::Rope::INTERLEAVED);
              a.mutable_rope()->set_dims(2);
            }),
            "m: blocks[0].attention.rope.dims is 2; expected 0 with "
            "INTERLEAVED, by which heads turn as a whole");
  EXPECT_MENTIONS(errorFor([](auto &a) { a.set_head_dim(1u << 28); }),
                  "times context, the size of a cache, exceeds");
  EXPECT_MENTIONS(errorFor([](auto &a) {
                    a.set_heads(1u << 30);
                    a.set_head_dim(1u << 30);
                  }),
                  "times head_dim exceeds");
}

TEST_F(Model, FeedForward) {
  auto errorFor = [&](auto change) {
    return errorAfter([&](proto::Model &m) {
      change(*m.mutable_blocks(0)->mutable_feed_forward());
    });
  };
  EXPECT_EQ(errorFor([](auto &f) { f.set_fold(8); }), "");
  EXPECT_EQ(errorFor([](auto &f) { f.set_fold(16); }),
            "m: blocks[0].feed_forward.fold is 16, which does not divide width "
            "8");
  EXPECT_EQ(errorFor([](auto &f) {
              f.set_hidden(18);
              f.set_fold(4);
            }),
            "m: blocks[0].feed_forward.fold is 4, which does not divide hidden "
            "18");
}

TEST_F(Model, Blocks) {
  EXPECT_EQ(errorAfter([](auto &m) { m.clear_blocks(); }),
            "m: blocks is empty");
  EXPECT_EQ(errorAfter([](auto &m) { m.mutable_blocks(0)->clear_name(); }),
            "m: blocks[0].name is missing");
  EXPECT_EQ(errorAfter([](auto &m) { *m.add_blocks() = m.blocks(0); }),
            "m: blocks[1].name is 'decoder', a name already taken");
  EXPECT_EQ(errorAfter([](auto &m) {
              m.mutable_blocks(0)->mutable_norm()->set_epsilon(1e-50);
            }),
            "m: blocks[0].norm.epsilon is not a positive number");
  EXPECT_EQ(errorAfter([](auto &m) {
              m.mutable_blocks(0)->mutable_feed_forward()->clear_activation();
            }),
            "m: blocks[0].feed_forward.activation is unknown; expected SILU, "
            "GELU_TANH, RELU or GELU");
}

TEST_F(Model, Stacks) {
  auto errorFor = [&](auto change) {
    return errorAfter([&](proto::Model &m) { change(*m.mutable_stacks(0)); });
  };
  EXPECT_EQ(errorAfter([](auto &m) { m.clear_stacks(); }),
            "m: stacks is empty");
  EXPECT_EQ(errorFor([](auto &s) { s.set_block("x"); }),
            "m: stacks[0].block is 'x', the name of no block");
  EXPECT_EQ(errorFor([](auto &s) { s.set_layers(0); }),
            "m: stacks[0].layers is 0; expected 1 to 2147483647");
  EXPECT_MENTIONS(errorFor([](auto &s) {
                    s.set_layers(~0u >> 1);
                    s.set_repeats(~0u);
                  }),
                  "make more than 1024 block runs");
  EXPECT_EQ(errorFor([](auto &s) { s.mutable_tensors()->clear_key(); }),
            "m: stacks[0].tensors.key is missing");
  EXPECT_EQ(errorFor([](auto &s) { s.mutable_tensors()->clear_gate(); }),
            "m: stacks[0].tensors.gate is missing");
  EXPECT_EQ(errorAfter([](auto &m) {
              m.mutable_blocks(0)->mutable_feed_forward()->set_gated(false);
            }),
            "m: stacks[0].tensors.gate is given for a block without a gate");
  EXPECT_MENTIONS(
      errorAfter([](auto &m) {
        *m.add_stacks() = m.stacks(0);
        m.mutable_stacks(1)->mutable_tensors()->set_up_bias("b");
      }),
      "stacks[1].tensors.biases and norms are not those of an earlier stack");
}

TEST_F(Model, Exits) {
  auto errorFor = [&](uint32_t run, proto::Exit::Policy policy,
                      double threshold) {
    return errorAfter([&](proto::Model &m) {
      proto::Exit &exit = *m.add_exits();
      exit.set_after_run(run);
      exit.set_policy(policy);
      exit.set_threshold(threshold);
    });
  };
  EXPECT_EQ(errorFor(1, proto::Exit::DRAFT, 0), "");
  EXPECT_EQ(errorFor(2, proto::Exit::DRAFT, 0),
            "m: exits[0].after_run is 2; expected 1 to 1");
  EXPECT_EQ(errorFor(1, proto::Exit::POLICY_UNSPECIFIED, 0),
            "m: exits[0].policy is unknown; expected CONFIDENCE or DRAFT");
  EXPECT_EQ(errorFor(1, proto::Exit::CONFIDENCE, 1),
            "m: exits[0].threshold is not between 0 and 1");
  EXPECT_EQ(errorFor(1, proto::Exit::DRAFT, 0.5),
            "m: exits[0].threshold is only for CONFIDENCE");
  EXPECT_EQ(errorAfter([](proto::Model &m) {
              proto::Exit &exit = *m.add_exits();
              exit.set_after_run(1);
              exit.set_policy(proto::Exit::DRAFT);
              exit.set_drafts(16);
            }),
            "m: exits[0].drafts is 16; expected at most 15");
}

} // namespace
