//===- SplitPatterns.cpp - Published patterns, by their names -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// GGUF names a model's pre-tokenizer instead of having its patterns.
//===----------------------------------------------------------------------===//

#include "compiler/frontend/tokenizer/TokenizerDescription.h"

namespace mlir::eke {
namespace {

#define EKE_ENGLISH R"((?i:'s|'t|'re|'ve|'m|'ll|'d))"
#define EKE_REST R"( ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)"
#define EKE_CASES                                                              \
  R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+)"
#define EKE_UPPER                                                              \
  R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*)"
#define EKE_CASES_REST R"( ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)"

constexpr llvm::StringLiteral gpt2 =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";
constexpr llvm::StringLiteral llama3 =
    EKE_ENGLISH R"(|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|)" EKE_REST;
constexpr llvm::StringLiteral qwen2 =
    EKE_ENGLISH R"(|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}|)" EKE_REST;
constexpr llvm::StringLiteral gpt4o = EKE_CASES EKE_ENGLISH
    "?|" EKE_UPPER EKE_ENGLISH R"(?|\p{N}{1,3}|)" EKE_CASES_REST;
constexpr llvm::StringLiteral tekken =
    EKE_CASES "|" EKE_UPPER R"(|\p{N}|)" EKE_CASES_REST;
constexpr llvm::StringLiteral digit = R"(\p{N})";
constexpr llvm::StringLiteral bloom = R"( ?[^(\s|[.,!?…。，、।۔،])]+)";
constexpr llvm::StringLiteral deepseek =
    R"([!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

/// Patterns that are applied one after the other.
struct NamedSplits {
  llvm::StringLiteral name;
  std::initializer_list<llvm::StringLiteral> patterns;
};

const NamedSplits known[] = {
    {"bloom", {bloom}},
    {"chatglm-bpe", {llama3}},
    {"command-r", {digit, gpt2}},
    {"dbrx", {llama3}},
    {"deepseek-coder",
     {R"([\r\n])", R"(\s?\p{L}+)", R"(\s?\p{P}+)", "[一-龥ࠀ-一가-퟿]+",
      digit}},
    {"deepseek-r1-qwen", {qwen2}},
    {"deepseek-v3", {R"(\p{N}{1,3})", "[一-龥぀-ゟ゠-ヿ]+", deepseek}},
    {"falcon", {R"([\p{P}\$\+<=>\^~\|`]+)", gpt2, "[0-9][0-9][0-9]"}},
    {"gpt-2", {gpt2}},
    {"gpt-4o", {gpt4o}},
    {"llama-bpe", {llama3}},
    {"llama-v3", {llama3}},
    {"llama3", {llama3}},
    {"llama4", {gpt4o}},
    {"mpt", {gpt2}},
    {"olmo", {gpt2}},
    {"phi-2", {gpt2}},
    {"qwen2", {qwen2}},
    {"refact", {digit, gpt2}},
    {"smaug-bpe", {llama3}},
    {"smollm", {digit, gpt2}},
    {"stablelm2", {qwen2}},
    {"starcoder", {digit, gpt2}},
    {"tekken", {tekken}},
};

} // namespace

std::optional<std::vector<SplitStep>>
TokenizerDescription::findSplits(llvm::StringRef name) {
  for (const NamedSplits &entry : known) {
    if (entry.name != name)
      continue;
    std::vector<SplitStep> steps;
    for (llvm::StringLiteral pattern : entry.patterns)
      steps.push_back({SplitStep::Kind::Pattern, pattern.str()});
    return steps;
  }
  return std::nullopt;
}

} // namespace mlir::eke
