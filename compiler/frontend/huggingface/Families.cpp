//===- Families.cpp - Architectures of Hugging Face's library -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/frontend/huggingface/Families.h"

namespace mlir::eke {

llvm::ArrayRef<Family> getFamilies() {
  static constexpr Family families[] = {
      {"BertModel", describeBert},
      {"Gemma2ForCausalLM", describeGemma2},
      {"Gemma3ForCausalLM", describeGemma3},
      {"GPT2LMHeadModel", describeGPT2},
      {"GPTNeoForCausalLM", describeGPTNeo},
      {"Llama4ForCausalLM", describeLlama4},
      {"LlamaForCausalLM", describeLlama},
      {"MistralForCausalLM", describeMistral},
      {"MobileLLMForCausalLM", describeMobileLLM},
      {"OPTForCausalLM", describeOPT},
      {"Olmo2ForCausalLM", describeOlmo2},
      {"Phi3ForCausalLM", describePhi3},
      {"Qwen2ForCausalLM", describeQwen2},
      {"Qwen3ForCausalLM", describeQwen3},
      {"SmolLM3ForCausalLM", describeSmolLM3}};
  return families;
}

} // namespace mlir::eke
