//===- CheckLanguage.cpp - What a language model needs --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The command line of a language model relies on entries that abi.h describes. A
// model that lacks one is refused here, not by its program.
//
//===----------------------------------------------------------------------===//

#include "codegen/llvm/ModelInfo.h"

#include "llvm/ADT/StringExtras.h"

namespace mlir::eke {

// What the compiler calls a role is what programs look for.
static_assert(std::string_view(kTrunkRole) == EKE_ROLE_TRUNK &&
              std::string_view(kHeadRole) == EKE_ROLE_HEAD &&
              std::string_view(kDraftRole) == EKE_ROLE_DRAFT &&
              std::string_view(kVerifyRole) == EKE_ROLE_VERIFY &&
              std::string_view(kExitHeadRole) == EKE_ROLE_EXIT_HEAD &&
              std::string_view(kEncoderRole) == EKE_ROLE_ENCODER);

namespace {

struct Tensor {
  int32_t dtype;
  std::vector<int64_t> shape;
};

/// What an entry takes, and the one tensor that it gives.
struct Signature {
  std::vector<Tensor> inputs;
  Tensor output;
};

/// The signature of a role, or nothing if it is none of a language model's.
std::optional<Signature> getSignature(const EntryInfo &entry,
                                      const LanguageInfo &language) {
  Tensor tokens{EKE_I32, {entry.rows}}, position{EKE_I64, {1}};
  Tensor hidden{EKE_F32, {entry.rows, language.width}};
  Tensor logits{EKE_F32, {entry.rows, language.vocab}};
  if (entry.role == EKE_ROLE_TRUNK || entry.role == EKE_ROLE_DRAFT)
    return Signature{{tokens, position}, hidden};
  if (entry.role == EKE_ROLE_VERIFY)
    return Signature{{hidden, position}, hidden};
  if (entry.role == EKE_ROLE_EMBED)
    return Signature{{hidden}, hidden};
  if (entry.role == EKE_ROLE_HEAD || entry.role == EKE_ROLE_EXIT_HEAD)
    return Signature{{hidden}, logits};
  if (entry.role == EKE_ROLE_ENCODER)
    return Signature{{tokens, position}, {EKE_F32, {1, language.width}}};
  return std::nullopt;
}

std::string show(int32_t dtype, ArrayRef<int64_t> shape) {
  return (getDTypeName(dtype) + "[" +
          llvm::join(llvm::map_range(
                         shape, [](int64_t n) { return std::to_string(n); }),
                     ",") +
          "]")
      .str();
}

/// "i32[1], i64[1] -> f32[1,192]"
std::string show(const Signature &signature) {
  auto inputs = llvm::map_range(signature.inputs, [](const Tensor &tensor) {
    return show(tensor.dtype, tensor.shape);
  });
  return llvm::join(inputs, ", ") + " -> " +
         show(signature.output.dtype, signature.output.shape);
}

/// An exit's head may know fewer tokens.
void allowFewerTokens(const EntryInfo &entry, Signature &expected) {
  ArrayRef<int64_t> shape = entry.args.back().shape;
  if (entry.role == EKE_ROLE_EXIT_HEAD && shape.size() == 2 && shape[1] > 0 &&
      shape[1] < expected.output.shape[1])
    expected.output.shape[1] = shape[1];
}

LogicalResult checkSignature(ModuleOp module, const EntryInfo &entry,
                             const LanguageInfo &language) {
  std::optional<Signature> expected = getSignature(entry, language);
  if (!expected || entry.args.empty())
    return success();
  allowFewerTokens(entry, *expected);
  Signature got = {};
  unsigned outputs = 0;
  for (const TensorInfo &tensor : entry.args) {
    outputs += tensor.isOutput;
    if (tensor.isOutput)
      got.output = {tensor.dtype, tensor.shape};
    else
      got.inputs.push_back({tensor.dtype, tensor.shape});
  }
  if (outputs == 1 && show(got) == show(*expected))
    return success();
  return module.lookupSymbol(entry.symbol)->emitError()
         << "has the role '" << entry.role << "' of a language model with "
         << show(*expected) << ", got " << show(got);
}

} // namespace

LogicalResult checkLanguage(ModuleOp module, const ModelInfo &info) {
  const LanguageInfo &language = *info.language;
  std::vector<std::pair<StringRef, int64_t>> needed = {
      {EKE_ROLE_TRUNK, 1},
      {EKE_ROLE_TRUNK, language.chunk},
      {EKE_ROLE_HEAD, 1}};
  if (llvm::any_of(info.entries, [](const EntryInfo &entry) {
        return entry.role == EKE_ROLE_ENCODER;
      }))
    needed = {{EKE_ROLE_ENCODER, language.chunk}};
  if (language.exit > 0)
    needed.insert(needed.end(), {{EKE_ROLE_DRAFT, 1}, {EKE_ROLE_VERIFY, 1}});
  for (const auto &[role, rows] : needed)
    if (llvm::none_of(info.entries,
                      [&, role = role, rows = rows](const EntryInfo &entry) {
                        return entry.role == role && entry.rows == rows;
                      }))
      return module.emitError() << "has no entry of role '" << role << "' for "
                                << rows << (rows == 1 ? " row" : " rows")
                                << ", which a language model needs";
  for (const EntryInfo &entry : info.entries)
    if (failed(checkSignature(module, entry, language)))
      return failure();
  return success();
}

} // namespace mlir::eke
