//===- Attribution.cpp - Where quality is lost ----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   decisions, one on top of the other  --LossMeter-->  what each loses
//   one tensor rounded, no other        --LossMeter-->  what that loses
//
//===----------------------------------------------------------------------===//

#include "compiler/search/Attribution.h"

#include "compiler/search/Decisions.h"
#include "compiler/search/LossMeter.h"
#include "compiler/support/ProgressBar.h"
#include "dialects/eke/InputFile.h"

#include "llvm/Support/FormatVariadic.h"

namespace mlir::eke {
namespace {

class Attribution {
public:
  Attribution(const CompileOptions &options, StringRef compiler)
      : options(options), compiler(compiler) {}

  llvm::Expected<std::string> run(StringRef text);

private:
  std::vector<std::pair<std::string, CompileOptions>> listSteps() const;
  llvm::Expected<std::string> measureSteps();
  llvm::Expected<std::string> measureTensors();

  const CompileOptions &options;
  StringRef compiler;
  std::optional<LossMeter> meter;
  Decisions decided;
};

} // namespace

/// The decisions that round, each on top of those before it.
std::vector<std::pair<std::string, CompileOptions>>
Attribution::listSteps() const {
  std::vector<std::pair<std::string, CompileOptions>> steps;
  CompileOptions variant = meter->getPlain();
  auto add = [&](const Twine &name) {
    steps.emplace_back(name.str(), variant);
  };
  if (decided.caches != "f32") {
    variant.caches = StringRef(decided.caches);
    add("caches in " + decided.caches);
  }
  if (decided.rotates) {
    variant.rotates = true;
    add("rows rotated");
  }
  if (decided.head != "f32") {
    variant.head = StringRef(decided.head);
    add("embedding and head in " + decided.head);
  }
  if (decided.weights != "f32") {
    variant.weights = StringRef(decided.weights);
    add("other matrices in " + decided.weights);
  }
  if (!decided.plan.empty()) {
    variant.plan = decided.plan;
    add("matrices as planned");
  }
  if (!options.moments.empty()) {
    variant.moments = options.moments;
    add("rounded for their inputs");
  }
  return steps;
}

llvm::Expected<std::string> Attribution::measureSteps() {
  std::string table = llvm::formatv("{0,-40} {1,12} {2,12}\n", "step",
                                    "loss so far", "by itself");
  double before = 0;
  ProgressBar progress;
  auto steps = listSteps();
  for (auto [done, step] : llvm::enumerate(steps)) {
    const auto &[name, variant] = step;
    if (!meter->isDivergenceKnown(variant))
      progress.show(done, steps.size(), name);
    auto loss = meter->measureDivergence(variant);
    if (!loss)
      return loss.takeError();
    table += llvm::formatv("{0,-40} {1,12:E2} {2,12:E2}\n", name, *loss,
                           *loss - before);
    before = *loss;
  }
  return table;
}

llvm::Expected<std::string> Attribution::measureTensors() {
  std::string table = llvm::formatv("{0,-40} {1,12} {2,12}\n", "tensor, alone",
                                    "format", "loss");
  ProgressBar progress;
  for (auto [done, tensor] : llvm::enumerate(decided.matrices)) {
    CompileOptions variant = meter->getPlain();
    variant.rotates = decided.rotates;
    variant.plan = {tensor};
    if (!meter->isDivergenceKnown(variant))
      progress.show(done, decided.matrices.size(), "rounding " + tensor.weight);
    auto loss = meter->measureDivergence(variant);
    if (!loss)
      return loss.takeError();
    table += llvm::formatv("{0,-40} {1,12} {2,12:E2}\n", tensor.weight,
                           tensor.format, *loss);
  }
  return table;
}

llvm::Expected<std::string> Attribution::run(StringRef text) {
  auto created = LossMeter::create(options, compiler);
  if (!created)
    return created.takeError();
  meter.emplace(std::move(*created));
  auto decisions = findDecisions(options, compiler);
  if (!decisions)
    return decisions.takeError();
  decided = std::move(*decisions);
  if (llvm::Error error = meter->readReference(text, decided.vocab))
    return std::move(error);
  auto steps = measureSteps();
  if (!steps)
    return steps.takeError();
  auto alone = measureTensors();
  if (!alone)
    return alone.takeError();
  return *steps + "\n" + *alone;
}

llvm::Expected<std::string> attributeLoss(const CompileOptions &options,
                                          StringRef text, StringRef compiler) {
  auto buffer = openText(text);
  if (!buffer)
    return buffer.takeError();
  return Attribution(options, compiler).run((*buffer)->getBuffer());
}

} // namespace mlir::eke
