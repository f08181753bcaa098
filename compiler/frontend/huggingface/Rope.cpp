//===- Rope.cpp - Rotary embeddings and how they are scaled ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The formulas are those of Hugging Face's modeling_rope_utils. With d rotated elements,
// pair i turns by theta^(-2 i / d) per position, of which `factors` change the speed.
//
//===----------------------------------------------------------------------===//

#include "compiler/frontend/Input.h"
#include "compiler/frontend/Yarn.h"
#include "compiler/frontend/huggingface/Parts.h"

#include <algorithm>
#include <cmath>

namespace mlir::eke {
namespace {

constexpr double pi = 3.14159265358979323846;

/// Fills a rotary embedding from the object that scales it.
class RopeReader {
public:
  RopeReader(ConfigReader &scaling, proto::Model &model, proto::Rope &rope,
             uint32_t dims, bool knowsDims, uint32_t trained, uint32_t original)
      : scaling(scaling), model(model), rope(rope), dims(dims),
        knowsDims(knowsDims), trained(trained), original(original) {}

  void read() {
    std::string type = scaling.getText("rope_type");
    if (type.empty())
      type = scaling.getText("type");
    if (type.empty())
      type = scaling.has("factor") ? "linear" : "default";
    using Reader = void (RopeReader::*)();
    constexpr std::pair<llvm::StringLiteral, Reader> known[] = {
        {"default", nullptr},
        {"linear", &RopeReader::readLinear},
        {"dynamic", &RopeReader::readDynamic},
        {"llama3", &RopeReader::readLlama3},
        {"yarn", &RopeReader::readYarn},
        {"longrope", &RopeReader::readLongRope},
        {"su", &RopeReader::readLongRope}};
    for (auto [name, reader] : known)
      if (name == type) {
        if (reader)
          (this->*reader)();
        return;
      }
    scaling.fail("has the unknown type " + inQuotes(type) +
                 "; known are default, linear, dynamic, llama3, yarn and "
                 "longrope");
  }

private:
  int countPairs() const { return dims / 2; }
  /// The angle of pair i per position.
  double getSpeed(double i) const {
    return std::pow(rope.theta(), -2 * i / dims);
  }
  double getFactor() {
    double factor = scaling.getNumber("factor");
    if (factor > 0)
      return factor;
    scaling.fail("has a 'factor' that is not positive");
    return 1;
  }
  /// The positions of the model before it was scaled.
  uint32_t getOriginal() {
    return scaling.getSize("original_max_position_embeddings", original);
  }

  void readLinear() {
    double factor = getFactor();
    for (int i = 0; i < countPairs(); ++i)
      rope.add_factors(1 / factor);
  }

  /// The base depends on the length of the text where that is beyond what was trained.
  void readDynamic() { boundContext(model, trained); }

  /// Long waves are slowed down, short ones stay.
  void readLlama3() {
    double factor = getFactor(), before = getOriginal();
    double low = scaling.getNumber("low_freq_factor");
    double high = scaling.getNumber("high_freq_factor");
    for (int i = 0; i < countPairs(); ++i) {
      double length = 2 * pi / getSpeed(i);
      double smooth = (before / length - low) / (high - low);
      double part = length < before / high  ? 1
                    : length > before / low ? 0
                                            : smooth;
      rope.add_factors(part + (1 - part) / factor);
    }
  }

  void readYarn() {
    YarnScaling yarn;
    yarn.factor = getFactor();
    yarn.original = getOriginal();
    yarn.betaFast = scaling.getNumber("beta_fast", yarn.betaFast);
    yarn.betaSlow = scaling.getNumber("beta_slow", yarn.betaSlow);
    yarn.truncates = scaling.getFlag("truncate", true);
    addYarnFactors(rope, dims, yarn);
    rope.set_magnitude(getYarnMagnitude(yarn.factor));
  }

  double getYarnMagnitude(double factor) {
    if (scaling.has("attention_factor"))
      return scaling.getNumber("attention_factor");
    double all = scaling.getNumber("mscale_all_dim", 0);
    double own = scaling.getNumber("mscale", 0);
    return all != 0 && own != 0
               ? getYarnGrowth(factor, own) / getYarnGrowth(factor, all)
               : getYarnGrowth(factor);
  }

  /// Ding et al., arXiv 2402.13753: a factor for each pair, and others for longer texts.
  void readLongRope() {
    uint32_t before = getOriginal();
    auto factors = scaling.getNumbers("short_factor");
    if (!knowsDims || !scaling.areRight({"short_factor"}))
      return;
    if (!factors || int(factors->size()) != countPairs())
      return scaling.fail("has no list 'short_factor' of " +
                          llvm::Twine(countPairs()) + " numbers");
    for (double factor : *factors)
      rope.add_factors(1 / factor);
    double ratio = double(trained) / before;
    double grown =
        ratio <= 1 ? 1 : std::sqrt(1 + std::log(ratio) / std::log(before));
    rope.set_magnitude(scaling.getNumber("attention_factor", grown));
    boundContext(model, before);
  }

  ConfigReader &scaling;
  proto::Model &model;
  proto::Rope &rope;
  const uint32_t dims;
  /// Not if sizes that these follow from are wrong.
  const bool knowsDims;
  /// What the configuration says the context is.
  const uint32_t trained;
  /// And what it was before, as it says outside of the object.
  const uint32_t original;
};

} // namespace

/// The object that says how positions are scaled, and its key; null if there is none.
static std::pair<const llvm::json::Object *, llvm::StringRef>
findScaling(ConfigReader &config, llvm::StringRef layers) {
  if (const llvm::json::Object *parameters =
          config.getObject("rope_parameters")) {
    const llvm::json::Object *own = parameters->getObject(layers);
    return {own ? own : parameters, "rope_parameters"};
  }
  return {config.getObject("rope_scaling"), "rope_scaling"};
}

proto::Rope readRope(ConfigReader &config, proto::Model &model,
                     uint32_t headDim, llvm::StringRef thetaKey, double theta,
                     llvm::StringRef layers) {
  proto::Rope rope;
  rope.set_pairing(proto::Rope::HALVES);
  rope.set_theta(config.getNumber(thetaKey, theta));
  double part = config.getNumber("partial_rotary_factor", 1);
  uint32_t trained = config.getSize("max_position_embeddings");
  uint32_t original =
      config.getSize("original_max_position_embeddings", trained);
  auto [object, key] = findScaling(config, layers);
  // What scales positions is for all layers but those that have a base of their own.
  bool isOther = key == "rope_scaling" && thetaKey != "rope_theta";
  llvm::json::Object none;
  ConfigReader scaling(object && !isOther ? *object : none,
                       [](llvm::StringRef) { return false; });
  rope.set_theta(scaling.getNumber("rope_theta", rope.theta()));
  part = scaling.getNumber("partial_rotary_factor", part);
  uint32_t dims = headDim * std::clamp(part, 0.0, 1.0);
  if (dims != headDim)
    rope.set_dims(dims);
  if (rope.theta() > 0 && dims >= 2)
    RopeReader(
        scaling, model, rope, dims,
        config.areRight({"hidden_size", "num_attention_heads", "head_dim"}),
        trained, original)
        .read();
  for (const std::string &error : scaling.getErrors())
    config.fail(inQuotes(key) + ": " + error);
  return rope;
}

} // namespace mlir::eke
