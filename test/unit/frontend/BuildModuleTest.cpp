//===- BuildModuleTest.cpp - Descriptions become modules ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/frontend/BuildModule.h"

#include "compiler/frontend/HuggingFace.h"
#include "compiler/frontend/Safetensors.h"
#include "dialects/eke/Chat.h"
#include "dialects/eke/EkeDialect.h"
#include "test/unit/frontend/Inputs.h"

#include "gtest/gtest.h"

using namespace mlir;
using namespace mlir::eke;
using namespace mlir::eke::test;

namespace {

/// The tiny model in a folder, imported anew for every module.
class BuildModule : public testing::Test {
protected:
  void SetUp() override { folder.writeTinyModel(); }

  void setConfig(llvm::StringRef changes) {
    folder.write("config.json", tinyConfig(changes));
  }

  void setTensors(const std::vector<TestTensor> &tensors) {
    folder.write("model.safetensors", makeSafetensors(tensors));
  }

  /// Builds the module after `change` to the description.
  template <typename Change>
  llvm::Expected<OwningOpRef<ModuleOp>> buildAfter(Change change,
                                                   uint32_t chunk = 16) {
    auto description = importHuggingFace(folder.getPath());
    if (!description)
      return description.takeError();
    change(description->model);
    return buildModule(context, *description, chunk);
  }

  OwningOpRef<ModuleOp> buildOrFail(uint32_t chunk = 16) {
    auto module = buildAfter([](proto::Model &) {}, chunk);
    if (module)
      return std::move(*module);
    ADD_FAILURE() << llvm::toString(module.takeError());
    return ModuleOp::create(UnknownLoc::get(&context));
  }

  template <typename Change> std::string errorAfter(Change change) {
    return messageOf(buildAfter(change));
  }

  std::string error() {
    return errorAfter([](proto::Model &) {});
  }

  template <typename Op> static size_t count(ModuleOp module) {
    return llvm::range_size(module.getOps<Op>());
  }

  /// The payload of a weight that has one.
  static PayloadAttr getPayload(WeightOp weight) {
    EXPECT_EQ(weight.getPayloads().size(), 1u);
    return cast<PayloadAttr>(weight.getPayloads()[0]);
  }

  MLIRContext context;
  TestFolder folder;
};

TEST_F(BuildModule, HasAWeightPerTensor) {
  OwningOpRef<ModuleOp> module = buildOrFail();
  EXPECT_EQ(count<WeightOp>(*module), 20u);
  EXPECT_EQ(count<StateOp>(*module), 4u);
  EXPECT_EQ(count<BlockOp>(*module), 1u);
  EXPECT_EQ(count<ModelOp>(*module), 2u);

  auto key =
      module->lookupSymbol<WeightOp>("model.layers.1.self_attn.k_proj.weight");
  ASSERT_TRUE(key);
  EXPECT_EQ(key.getTensorType(),
            RankedTensorType::get({4, 8}, Float32Type::get(&context)));
  PayloadAttr payload = getPayload(key);
  EXPECT_TRUE(payload.getElement().isBF16());
  EXPECT_EQ(payload.getFile(), "model.safetensors");
  EXPECT_EQ(payload.getLength(), 64);
  EXPECT_EQ(cast<NameLoc>(key.getLoc()).getName(),
            "model.layers.1.self_attn.k_proj.weight");
  auto file = SafetensorsFile::open(folder / "model.safetensors");
  ASSERT_TRUE(bool(file));
  EXPECT_EQ(uint64_t(payload.getOffset()),
            file->find("model.layers.1.self_attn.k_proj.weight")->offset);
}

/// Says that a tensor of layers has columns from `first` on where others have rows.
static void transpose(proto::Model &model, const std::string &tensor,
                      uint32_t first) {
  proto::Part &part = *model.add_parts();
  part.set_name(tensor);
  part.set_tensor(tensor);
  part.set_first(first);
  part.set_transposed(true);
}

TEST_F(BuildModule, TakesColumnsForRows) {
  const std::string key = "model.layers.{layer}.self_attn.k_proj.weight";
  std::vector<TestTensor> tensors = tinyTensors();
  for (TestTensor &tensor : tensors)
    if (StringRef(tensor.name).ends_with("k_proj.weight"))
      tensor.shape = {8, 6};
  setTensors(tensors);
  auto module =
      buildAfter([&](proto::Model &model) { transpose(model, key, 1); });
  ASSERT_TRUE(bool(module)) << llvm::toString(module.takeError());
  auto weight = (*module)->lookupSymbol<WeightOp>(
      "model.layers.1.self_attn.k_proj.weight");
  ASSERT_TRUE(weight);
  EXPECT_EQ(weight.getTensorType().getShape(), ArrayRef<int64_t>({4, 8}));
  PayloadAttr payload = getPayload(weight);
  EXPECT_EQ(payload.getTransposed(), 6);
  EXPECT_EQ(payload.getNumElements(), 32);
  EXPECT_EQ(payload.getFileIndex(3, 7, 8), 45);
  EXPECT_EQ(payload.getLength(), 2 * 46);
  auto file = SafetensorsFile::open(folder / "model.safetensors");
  ASSERT_TRUE(bool(file));
  EXPECT_EQ(uint64_t(payload.getOffset()),
            file->find("model.layers.1.self_attn.k_proj.weight")->offset + 2);

  EXPECT_MENTIONS(
      errorAfter([&](proto::Model &model) { transpose(model, key, 3); }),
      "tensor 'model.layers.0.self_attn.k_proj.weight' (key of layer 0) has "
      "shape [8, 6]; expected the transpose of [4, 8] from column 3 on");
}

TEST_F(BuildModule, HasAStatePerRun) {
  setConfig(R"("layer_sharing": true)");
  OwningOpRef<ModuleOp> module = buildOrFail();
  EXPECT_EQ(count<WeightOp>(*module), 20u);
  EXPECT_EQ(count<StateOp>(*module), 8u);
  auto trunk = module->lookupSymbol<ModelOp>("trunk");
  ASSERT_TRUE(trunk);
  auto applies = llvm::to_vector(trunk.getBody().getOps<ApplyOp>());
  ASSERT_EQ(applies.size(), 4u);
  // The two runs of a layer share its weights, not its states.
  auto weightOf = [&](unsigned run) {
    return applies[run].getWeights()[0].getDefiningOp<UseOp>().getSymbol();
  };
  EXPECT_EQ(weightOf(0), weightOf(1));
  EXPECT_NE(weightOf(1), weightOf(2));
  constexpr StringLiteral caches[] = {".k", ".v"};
  for (auto [run, apply] : llvm::enumerate(applies))
    for (auto [old, value, name] :
         llvm::zip(apply.getStates(), apply.getNewStates(), caches)) {
      std::string state = "kv" + std::to_string(run) + name.str();
      EXPECT_EQ(old.getDefiningOp<ReadOp>().getState(), state);
      ASSERT_TRUE(value.hasOneUse());
      EXPECT_EQ(cast<WriteOp>(*value.user_begin()).getState(), state);
    }
}

TEST_F(BuildModule, Rows) {
  auto rowsOf = [&](StringRef model, uint32_t chunk) {
    OwningOpRef<ModuleOp> module = buildOrFail(chunk);
    return llvm::to_vector(*module->lookupSymbol<ModelOp>(model).getRows());
  };
  EXPECT_EQ(rowsOf("trunk", 1), (SmallVector<int64_t>{1}));
  EXPECT_EQ(rowsOf("trunk", 7), (SmallVector<int64_t>{1, 7}));
  EXPECT_EQ(rowsOf("trunk", 16), (SmallVector<int64_t>{1, 4, 16}));
  // The context has no more.
  EXPECT_EQ(rowsOf("trunk", 64), (SmallVector<int64_t>{1, 4, 32}));
  EXPECT_EQ(rowsOf("head", 7), (SmallVector<int64_t>{1}));
  EXPECT_EQ(rowsOf("head", 8), (SmallVector<int64_t>{1, 4}));
  EXPECT_EQ(rowsOf("head", 64), (SmallVector<int64_t>{1, 4}));
}

TEST_F(BuildModule, Exit) {
  auto module = buildAfter([](proto::Model &model) {
    proto::Exit &exit = *model.add_exits();
    exit.set_after_run(1);
    exit.set_policy(proto::Exit::DRAFT);
    exit.set_drafts(5);
  });
  ASSERT_TRUE(bool(module)) << llvm::toString(module.takeError());
  auto trunk = (*module)->lookupSymbol<ModelOp>("trunk");
  auto ops = llvm::to_vector(trunk.getBody().getOps<ExitOp>());
  ASSERT_EQ(ops.size(), 1u);
  EXPECT_EQ(ops[0].getHead(), "head");
  EXPECT_EQ(ops[0].getDrafts(), 5u);
  EXPECT_TRUE(ops[0].getHidden().getDefiningOp<ApplyOp>());
  // The head reads as many rows as are verified at once.
  EXPECT_EQ(*(*module)->lookupSymbol<ModelOp>("head").getRows(),
            (ArrayRef<int64_t>{1, 2, 3, 4, 6}));
}

TEST_F(BuildModule, Language) {
  OwningOpRef<ModuleOp> module = buildOrFail();
  auto language = (*module)->getAttrOfType<LanguageAttr>(kLanguageAttr);
  ASSERT_TRUE(language);
  EXPECT_EQ(language.getVocab(), 260);
  EXPECT_EQ(language.getWidth(), 8);
  EXPECT_EQ(language.getContextLength(), 32);
  EXPECT_EQ(language.getBos(), 258);
  EXPECT_EQ(language.getEnds(), (llvm::ArrayRef<int64_t>{258}));
  EXPECT_EQ(language.getChunk(), 16);
  // The program finds what it needs by role.
  for (StringRef role : {"trunk", "head"}) {
    auto entry = module->lookupSymbol<ModelOp>(role)->getAttrOfType<EntryAttr>(
        kEntryAttr);
    ASSERT_TRUE(entry);
    EXPECT_EQ(entry.getRoleText(), role);
  }
}

TEST_F(BuildModule, Embeds) {
  EXPECT_FALSE(buildOrFail()->lookupSymbol("embed"));
  auto description = importHuggingFace(folder.getPath());
  ASSERT_TRUE(bool(description));
  auto module = buildModule(context, *description, 16, /*embeds=*/true);
  ASSERT_TRUE(bool(module)) << messageOf(std::move(module));
  auto op = (*module)->lookupSymbol<ModelOp>("embed");
  ASSERT_TRUE(op);
  EXPECT_EQ(op->getAttrOfType<EntryAttr>(kEntryAttr).getRoleText(), "embed");
  EXPECT_EQ(op.getFunctionType().getResult(0),
            op.getFunctionType().getInput(0));
}

TEST_F(BuildModule, HasTheFormOfChats) {
  EXPECT_FALSE(buildOrFail()->getOperation()->hasAttr(kChatAttr));
  auto module = buildAfter([](proto::Model &model) {
    model.mutable_chat()->set_start("a");
    model.mutable_chat()->set_after_user("b");
    model.mutable_chat()->set_after_assistant("c");
    model.mutable_chat()->set_trimmed(true);
    model.mutable_chat()->mutable_system()->set_after("d");
  });
  ASSERT_TRUE(bool(module)) << messageOf(std::move(module));
  auto form = readChatAttr((**module)->getAttr(kChatAttr));
  ASSERT_TRUE(form);
  EXPECT_EQ(form->start + form->afterUser + form->afterAssistant, "abc");
  EXPECT_EQ(form->aroundSystem, std::pair(std::string(), std::string("d")));
  EXPECT_TRUE(form->trimsUser);
  EXPECT_FALSE(form->trimsSystem);
  EXPECT_MENTIONS(errorAfter([](proto::Model &model) {
                    model.mutable_chat()->set_after_user("b");
                  }),
                  "chat.after_assistant is missing");
}

TEST_F(BuildModule, OwnHead) {
  std::vector<TestTensor> tensors = tinyTensors();
  tensors.push_back({"lm_head.weight", "F16", {260, 8}});
  setTensors(tensors);
  setConfig(R"("tie_word_embeddings": false)");
  OwningOpRef<ModuleOp> module = buildOrFail();
  auto uses = llvm::to_vector(
      module->lookupSymbol<ModelOp>("head").getBody().getOps<UseOp>());
  ASSERT_EQ(uses.size(), 2u);
  EXPECT_EQ(uses[1].getSymbol(), "lm_head.weight");
}

TEST_F(BuildModule, Biases) {
  setConfig(R"("attention_bias": true, "mlp_bias": true)");
  EXPECT_MENTIONS(error(), "tensor 'model.layers.0.self_attn.q_proj.bias' "
                           "(query_bias of layer 0) is missing");
  std::vector<TestTensor> tensors = tinyTensors();
  for (std::string layer : {"model.layers.0.", "model.layers.1."})
    for (auto [name, size] : {std::pair("self_attn.q_proj", 8),
                              {"self_attn.k_proj", 4},
                              {"self_attn.v_proj", 4},
                              {"self_attn.o_proj", 8},
                              {"mlp.gate_proj", 16},
                              {"mlp.up_proj", 16},
                              {"mlp.down_proj", 8}})
      tensors.push_back({layer + name + ".bias", "F32", {size}});
  setTensors(tensors);
  OwningOpRef<ModuleOp> module = buildOrFail();
  for (auto linear :
       module->lookupSymbol<BlockOp>("decoder").getBody().getOps<LinearOp>())
    EXPECT_TRUE(linear.getBias());
}

TEST_F(BuildModule, UngatedFeedForward) {
  std::vector<TestTensor> tensors = tinyTensors();
  llvm::erase_if(tensors, [](const TestTensor &tensor) {
    return llvm::StringRef(tensor.name).contains("gate_proj");
  });
  setTensors(tensors);
  auto module = buildAfter([](proto::Model &model) {
    model.mutable_blocks(0)->mutable_feed_forward()->set_gated(false);
    model.mutable_stacks(0)->mutable_tensors()->clear_gate();
  });
  ASSERT_TRUE(bool(module)) << llvm::toString(module.takeError());
  Region &body = (*module)->lookupSymbol<BlockOp>("decoder").getBody();
  EXPECT_EQ(llvm::range_size(body.getOps<ActivateOp>()), 1u);
  EXPECT_EQ(llvm::range_size(body.getOps<GluOp>()), 0u);
}

TEST_F(BuildModule, MissingTensor) {
  setConfig(R"("num_hidden_layers": 3)");
  EXPECT_MENTIONS(error(),
                  folder / "config.json" +
                      ": tensor 'model.layers.2.input_layernorm.weight' "
                      "(attention_norm of layer 2) is missing; expected it "
                      "with shape [8] in the weight files\n");
  // All of them are named.
  EXPECT_EQ(llvm::StringRef(error()).count(" is missing; "), 9u);
}

TEST_F(BuildModule, SuperfluousTensor) {
  setConfig(R"("num_hidden_layers": 1)");
  EXPECT_MENTIONS(error(),
                  folder / "model.safetensors" + ": tensor 'model.layers.1.");
  EXPECT_MENTIONS(error(), " is no part of the model that ");
}

TEST_F(BuildModule, WrongShape) {
  setConfig(R"("intermediate_size": 32)");
  EXPECT_MENTIONS(error(),
                  folder / "model.safetensors" +
                      ": tensor 'model.layers.0.mlp.gate_proj.weight' (gate of "
                      "layer 0) has shape [16, 8]; expected [32, 8]\n");
  // All of them are named, and none of them is called superfluous.
  EXPECT_EQ(llvm::StringRef(error()).count('\n'), 5u);
  EXPECT_EQ(llvm::StringRef(error()).count(" has shape "), 6u);
}

/// Sub-tokens of half the width have half of everything, of matrices of a quarter the size.
TEST_F(BuildModule, FoldsFeedForward) {
  std::vector<TestTensor> tensors = tinyTensors();
  for (TestTensor &tensor : tensors)
    if (llvm::StringRef(tensor.name).contains(".mlp."))
      for (int64_t &size : tensor.shape)
        size /= 2;
  setTensors(tensors);
  auto module = buildAfter([](proto::Model &model) {
    model.mutable_blocks(0)->mutable_feed_forward()->set_fold(2);
  });
  ASSERT_TRUE(bool(module)) << llvm::toString(module.takeError());
  Region &body = (*module)->lookupSymbol<BlockOp>("decoder").getBody();
  EXPECT_EQ(llvm::range_size(body.getOps<FoldOp>()), 1u);
  EXPECT_EQ(llvm::range_size(body.getOps<UnfoldOp>()), 1u);
  auto glu = *body.getOps<GluOp>().begin();
  EXPECT_EQ(cast<RankedTensorType>(glu.getType()).getDimSize(1), 8);
}

/// Queries and keys turn as tokens: three folds and three unfolds; entries of caches are
/// sub-tokens.
TEST_F(BuildModule, FoldsAttention) {
  std::vector<TestTensor> tensors = tinyTensors();
  for (TestTensor &tensor : tensors)
    if (llvm::StringRef(tensor.name).contains(".self_attn."))
      for (int64_t &size : tensor.shape)
        size = 4;
  setTensors(tensors);
  auto module = buildAfter([](proto::Model &model) {
    auto &attention = *model.mutable_blocks(0)->mutable_attention();
    attention.set_kv_heads(2);
    attention.set_fold(2);
  });
  ASSERT_TRUE(bool(module)) << llvm::toString(module.takeError());
  Region &body = (*module)->lookupSymbol<BlockOp>("decoder").getBody();
  EXPECT_EQ(llvm::range_size(body.getOps<FoldOp>()), 3u);
  EXPECT_EQ(llvm::range_size(body.getOps<UnfoldOp>()), 3u);
  auto attention = *body.getOps<AttentionOp>().begin();
  EXPECT_EQ(attention.getFold(), 2u);
  EXPECT_EQ(
      cast<RankedTensorType>(attention.getKeyCache().getType()).getShape(),
      llvm::ArrayRef<int64_t>({64, 1, 4}));
}

TEST_F(BuildModule, WrongShapeOfFolded) {
  EXPECT_MENTIONS(errorAfter([](proto::Model &model) {
                    model.mutable_blocks(0)->mutable_feed_forward()->set_fold(
                        2);
                  }),
                  folder / "model.safetensors" +
                      ": tensor 'model.layers.0.mlp.gate_proj.weight' (gate of "
                      "layer 0) has shape [16, 8]; expected [8, 4]\n");
}

TEST_F(BuildModule, WrongType) {
  std::vector<TestTensor> tensors = tinyTensors();
  tensors[1].dtype = "I64";
  setTensors(tensors);
  EXPECT_EQ(error(), folder / "model.safetensors" +
                         ": tensor 'model.norm.weight' has dtype I64; expected "
                         "F32, F16, BF16 or blocks");
}

TEST_F(BuildModule, TensorInTwoFiles) {
  folder.write("more.safetensors",
               makeSafetensors({{"model.norm.weight", "F32", {8}}}));
  EXPECT_MENTIONS(errorAfter([](proto::Model &model) {
                    model.add_weight_files("more.safetensors");
                  }),
                  "tensor 'model.norm.weight' is also in ");
}

TEST_F(BuildModule, Shards) {
  std::vector<TestTensor> tensors = tinyTensors();
  folder.write("a.safetensors",
               makeSafetensors({tensors.begin(), tensors.begin() + 5}));
  folder.write("b.safetensors",
               makeSafetensors({tensors.begin() + 5, tensors.end()}));
  std::remove((folder / "model.safetensors").c_str());
  folder.write("model.safetensors.index.json",
               "{\"weight_map\": {\"" + tensors.front().name +
                   "\": \"a.safetensors\", \"" + tensors.back().name +
                   "\": \"b.safetensors\"}}");
  OwningOpRef<ModuleOp> module = buildOrFail();
  auto weight = module->lookupSymbol<WeightOp>(tensors.back().name);
  EXPECT_EQ(getPayload(weight).getFile(), "b.safetensors");
}

TEST_F(BuildModule, EqualNames) {
  EXPECT_MENTIONS(errorAfter([](proto::Model &model) {
                    model.mutable_blocks(0)->set_name("trunk");
                    model.mutable_stacks(0)->set_block("trunk");
                  }),
                  "two parts of the model have the name 'trunk'");
  EXPECT_MENTIONS(errorAfter([](proto::Model &model) {
                    model.mutable_blocks(0)->set_name("model.norm.weight");
                    model.mutable_stacks(0)->set_block("model.norm.weight");
                  }),
                  "two parts of the model have the name 'model.norm.weight'");
}

TEST_F(BuildModule, Unsupported) {
  EXPECT_MENTIONS(errorAfter([](proto::Model &model) {
                    model.mutable_stacks(0)->set_repeats(2);
                    for (int run : {1, 2}) {
                      proto::Exit &exit = *model.add_exits();
                      exit.set_after_run(run);
                      exit.set_policy(proto::Exit::DRAFT);
                    }
                  }),
                  "not supported by this compiler: more than one of 'exits'");
}

} // namespace
