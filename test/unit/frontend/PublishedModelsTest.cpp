//===- PublishedModelsTest.cpp - Models known from outside ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/frontend/BuildBlock.h"
#include "compiler/frontend/BuildModule.h"
#include "compiler/frontend/HuggingFace.h"
#include "test/unit/frontend/Inputs.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace mlir::eke;
using namespace mlir::eke::test;

static int64_t countElements(ArrayRef<int64_t> shape) {
  return ShapedType::getNumElements(shape);
}

/// The number of weights that a description asks for.
static int64_t countParameters(const proto::Model &model) {
  int64_t matrix = int64_t(model.vocabulary().size()) * model.width();
  int64_t count = matrix * (model.head().tied() ? 1 : 2) + model.width();
  for (const BlockTensor &tensor :
       listTensors(model.blocks(0), model.stacks(0), model.width()))
    count += model.stacks(0).layers() * countElements(tensor.shape);
  return count;
}

// Sizes and counts from Table 1 of MobileLLM (arXiv 2402.14905) and its model
// cards. The configurations claim that the embeddings are not tied.
TEST(PublishedModels, MobileLLM) {
  struct {
    int layers, width, heads, kvHeads, hidden;
    double millions;
  } const models[] = {{30, 576, 9, 3, 1536, 124.6},
                      {32, 960, 15, 5, 2560, 345.3},
                      {40, 1152, 18, 6, 3072, 603.1},
                      {54, 1280, 20, 5, 3584, 1005},
                      {54, 1600, 25, 5, 4352, 1511}};
  for (const auto &model : models) {
    std::string config = llvm::formatv(
        R"({{"architectures": ["MobileLLMForCausalLM"], "vocab_size": 32000,
            "hidden_size": {0}, "num_hidden_layers": {1}, "hidden_act": "silu",
            "num_attention_heads": {2}, "num_key_value_heads": {3},
            "intermediate_size": {4}, "max_position_embeddings": 2048,
            "share_embedding": true, "tie_word_embeddings": false,
            "layer_sharing": false, "bos_token_id": 1, "eos_token_id": 2})",
        model.width, model.layers, model.heads, model.kvHeads, model.hidden);
    auto described = describeConfig(config, "config.json",
                                    [](llvm::StringRef) { return false; });
    ASSERT_TRUE(bool(described)) << llvm::toString(described.takeError());
    EXPECT_EQ(described->blocks(0).attention().head_dim(), 64u);
    EXPECT_NEAR(countParameters(*described) / 1e6, model.millions,
                model.millions * 1e-3);
  }
}

namespace {

struct Example : testing::Test {
  void SetUp() override {
    auto imported = importHuggingFace(EXAMPLE_FOLDER);
    ASSERT_TRUE(bool(imported)) << llvm::toString(imported.takeError());
    description = std::move(*imported);
  }

  std::string print(const ModelDescription &description) {
    auto module = buildModule(context, description);
    if (!module) {
      ADD_FAILURE() << llvm::toString(module.takeError());
      return "";
    }
    std::string text;
    llvm::raw_string_ostream out(text);
    (*module)->print(out);
    return text;
  }

  MLIRContext context;
  ModelDescription description;
};

TEST_F(Example, HasTheSizesOfItsModelCard) {
  EXPECT_NEAR(countParameters(description.model) / 1e6, 2.76, 0.005);
  EXPECT_EQ(description.model.name(), "pydoc-lm");
  auto module = buildModule(context, description);
  ASSERT_TRUE(bool(module)) << llvm::toString(module.takeError());
  int64_t elements = 0;
  for (WeightOp weight : (*module)->getOps<WeightOp>())
    elements += weight.getTensorType().getNumElements();
  EXPECT_EQ(elements, countParameters(description.model));
  EXPECT_EQ(llvm::range_size((*module)->getOps<StateOp>()), 24u);
}

TEST_F(Example, ModuleTextReadsBack) {
  std::string text = print(description);
  auto parsed = parseSourceString<ModuleOp>(text, &context);
  ASSERT_TRUE(parsed);
  std::string again;
  llvm::raw_string_ostream out(again);
  parsed->print(out);
  EXPECT_EQ(again, text);
}

TEST_F(Example, DescriptionGivesTheSameModule) {
  // Weights at absolute paths, because the text lies in another folder.
  ModelDescription moved = description;
  moved.model.set_weight_files(0, std::string(EXAMPLE_FOLDER) +
                                      "/model.safetensors");
  TestFolder folder;
  ASSERT_EQ(messageOf(writeModel(moved, folder / "model.textproto")), "");
  auto read = loadModel(folder.getPath());
  ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
  EXPECT_EQ(print(*read), print(moved));
}

} // namespace
