//===- Families.h - Architectures of Hugging Face's library -----*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A family is a function that says in a description what its models are. What it reads
// from config.json, and the defaults, are those of Hugging Face's library.
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_FRONTEND_HUGGINGFACE_FAMILIES_H
#define EKE_COMPILER_FRONTEND_HUGGINGFACE_FAMILIES_H

#include "compiler/frontend/huggingface/ConfigReader.h"

#include "llvm/ADT/ArrayRef.h"

namespace mlir::eke {

/// Fills the description of a model; what is wrong, `config` is told.
using DescribeFamily = void (*)(ConfigReader &config, proto::Model &model);

struct Family {
  /// As "architectures" has it.
  llvm::StringLiteral architecture;
  DescribeFamily describe;
};

/// All that are known.
llvm::ArrayRef<Family> getFamilies();

void describeLlama(ConfigReader &config, proto::Model &model);
void describeMobileLLM(ConfigReader &config, proto::Model &model);
void describeMistral(ConfigReader &config, proto::Model &model);
void describeQwen2(ConfigReader &config, proto::Model &model);
void describeQwen3(ConfigReader &config, proto::Model &model);
void describeSmolLM3(ConfigReader &config, proto::Model &model);
void describeOlmo2(ConfigReader &config, proto::Model &model);
void describePhi3(ConfigReader &config, proto::Model &model);
void describeLlama4(ConfigReader &config, proto::Model &model);
void describeGemma2(ConfigReader &config, proto::Model &model);
void describeGemma3(ConfigReader &config, proto::Model &model);
void describeOPT(ConfigReader &config, proto::Model &model);
void describeBert(ConfigReader &config, proto::Model &model);
void describeGPT2(ConfigReader &config, proto::Model &model);
void describeGPTNeo(ConfigReader &config, proto::Model &model);

} // namespace mlir::eke

#endif // EKE_COMPILER_FRONTEND_HUGGINGFACE_FAMILIES_H
