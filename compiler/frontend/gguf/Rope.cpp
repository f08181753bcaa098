//===- Rope.cpp - Rotary embeddings of a GGUF file ------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// `rope.scaling.type` says how positions are scaled: by one number, by one for each pair
// that YaRN computes, or by those of a tensor.
//
//===----------------------------------------------------------------------===//

#include "compiler/frontend/gguf/Rope.h"

#include "compiler/frontend/Input.h"
#include "compiler/frontend/Layers.h"
#include "compiler/frontend/Yarn.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>

namespace mlir::eke {
namespace {

/// Tensors that say by what rotations are divided: always, and in texts up to the
/// context of the model before it was scaled, and beyond.
constexpr llvm::StringLiteral divisors = "rope_freqs.weight";
constexpr llvm::StringLiteral shortDivisors = "rope_factors_short.weight";
constexpr llvm::StringLiteral longDivisors = "rope_factors_long.weight";

constexpr llvm::StringLiteral kindKey = "rope.scaling.type";
constexpr llvm::StringLiteral growKey = "rope.scaling.attn_factor";
constexpr llvm::StringLiteral yarnGrowKey = "rope.scaling.yarn_attn_factor";
constexpr llvm::StringLiteral originalKey =
    "rope.scaling.original_context_length";

class RopeReader {
public:
  RopeReader(const GGUFFile &file, ModelValues &values, proto::Model &model,
             proto::Rope &rope, uint32_t dims)
      : file(file), values(values), model(model), rope(rope), dims(dims) {}

  void readScaling() {
    llvm::StringRef kind = findKind();
    if (!values.areRight({kindKey}))
      return;
    const StoredTensor *longer = file.find(shortDivisors);
    if (kind == "longrope" && !longer)
      return values.fail("there is no tensor " + inQuotes(shortDivisors) +
                         ", by which positions are scaled");
    const StoredTensor *tensor = longer ? longer : file.find(divisors);
    if ((kind == "linear" || kind == "yarn") && tensor)
      return values.fail("tensor " + inQuotes(tensor->name) +
                         " scales positions a second time");
    if (kind == "yarn")
      return readYarn();
    refuseOfYarn(kind);
    if (longer)
      readLongScaling();
    else if (values.getNumber(growKey, 1) != 1)
      values.fail(quoteKey(growKey) + " is not supported; expected 1");
    if (tensor)
      readDivisors(*tensor);
    if (kind == "linear")
      readLinear();
  }

private:
  std::string quoteKey(llvm::StringRef name) const {
    return inQuotes(values.keyOf(name));
  }

  /// The factor's key: older files have another.
  llvm::StringRef getFactorKey() const {
    constexpr llvm::StringLiteral older = "rope.scale_linear";
    bool isOlder = !values.has("rope.scaling.factor") && values.has(older);
    return isOlder ? older : "rope.scaling.factor";
  }
  double getFactor() { return values.getPositive(getFactorKey(), {}); }

  /// A factor without a type is linear, and 0 is none.
  bool hasOnlyFactor() {
    return !file.find(shortDivisors) && values.has(getFactorKey()) &&
           values.getNumber(getFactorKey(), 0) != 0;
  }
  llvm::StringRef findKind() {
    llvm::StringRef kind =
        values.getText(kindKey, hasOnlyFactor() ? "linear" : "none");
    if (llvm::is_contained({"none", "linear", "yarn", "longrope"}, kind))
      return kind;
    values.failAt(kindKey,
                  " is " + inQuotes(kind) +
                      ", which is not supported; expected none, linear, "
                      "yarn or longrope");
    return "none";
  }

  void readLinear() {
    double factor = getFactor();
    if (factor != 1)
      for (uint32_t pair = 0; pair < dims / 2; ++pair)
        rope.add_factors(1 / factor);
  }

  void readYarn() {
    YarnScaling yarn;
    yarn.factor = getFactor();
    yarn.original = values.getSize(originalKey, model.context());
    yarn.betaFast =
        values.getPositive("rope.scaling.yarn_beta_fast", yarn.betaFast);
    yarn.betaSlow =
        values.getPositive("rope.scaling.yarn_beta_slow", yarn.betaSlow);
    if (!(rope.theta() > 0) || rope.theta() == 1)
      return values.fail(quoteKey("rope.freq_base") +
                         " is not a base by which positions can be scaled");
    addYarnFactors(rope, dims, yarn);
    rope.set_magnitude(getYarnMagnitude(yarn.factor));
  }

  double getYarnMagnitude(double factor) {
    double all = values.getNumber("rope.scaling.yarn_log_multiplier", 0);
    double magnitude = getYarnGrowth(factor);
    if (all != 0)
      magnitude /= getYarnGrowth(factor, all);
    checkYarnGrowth(magnitude);
    return magnitude * values.getPositive(growKey, 1);
  }

  /// Converters write this as models have it, where it is all that queries and keys grow
  /// by, or what they grow by besides, and llama.cpp does not read it: it may only say
  /// what the factor says.
  void checkYarnGrowth(double magnitude) {
    double said = values.getNumber(yarnGrowKey, magnitude);
    if (!(std::abs(said - magnitude) <= 1e-4 * magnitude))
      values.fail(quoteKey(yarnGrowKey) + " is not supported; expected " +
                  llvm::formatv("{0:F4}", magnitude).str() +
                  ", which follows from " + quoteKey(getFactorKey()));
  }

  /// Refuses values that would make YaRN of another kind.
  void refuseOfYarn(llvm::StringRef kind) {
    for (llvm::StringRef name :
         {"yarn_attn_factor", "yarn_beta_fast", "yarn_beta_slow",
          "yarn_ext_factor", "yarn_log_multiplier"}) {
      std::string key = ("rope.scaling." + name).str();
      if (values.has(key))
        values.fail(quoteKey(key) + " is not supported where " +
                    quoteKey(kindKey) + " is " + inQuotes(kind) +
                    "; expected yarn");
    }
  }

  /// Scaling for texts up to the context of the model before; for longer ones, rotations
  /// would be others.
  void readLongScaling() {
    rope.set_magnitude(values.getPositive(growKey, 1));
    boundContext(model, values.getSize(originalKey));
    if (file.find(longDivisors))
      model.add_unused_tensors(longDivisors.str());
  }

  /// Frequencies are divided by the elements of the tensor.
  void readDivisors(const StoredTensor &tensor) {
    if (!knowsHeads(values))
      return;
    for (double divisor : values.getPositives(tensor, dims / 2))
      rope.add_factors(1 / divisor);
    model.add_unused_tensors(tensor.name);
  }

  const GGUFFile &file;
  ModelValues &values;
  proto::Model &model;
  proto::Rope &rope;
  const uint32_t dims;
};

} // namespace

bool knowsHeads(const ModelValues &values) {
  return values.areRight({"embedding_length", "attention.head_count",
                          "attention.key_length", "rope.dimension_count"});
}

proto::Rope readGGUFRope(const GGUFFile &file, const GGUFFamily &family,
                         ModelValues &values, proto::Model &model,
                         uint32_t size) {
  proto::Rope rope;
  rope.set_pairing(family.pairing);
  rope.set_theta(values.getNumber("rope.freq_base", 10000));
  constexpr llvm::StringLiteral key = "rope.dimension_count";
  uint32_t dims = values.getSize(key, size);
  if (dims != size && family.pairing == proto::Rope::INTERLEAVED &&
      knowsHeads(values))
    values.fail(inQuotes(values.keyOf(key)) + " is not " + llvm::Twine(size) +
                ": heads whose rotary pairs lie side by side turn as a whole");
  if (dims != size)
    rope.set_dims(dims);
  RopeReader(file, values, model, rope, dims).readScaling();
  return rope;
}

} // namespace mlir::eke
