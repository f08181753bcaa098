//===- ExitOptions.cpp - Where a model may stop, by options ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/driver/ExitOptions.h"

#include "llvm/ADT/Twine.h"

using llvm::createStringError;
using llvm::StringRef;
using llvm::Twine;

namespace mlir::eke {

static constexpr uint64_t maxDrafts = 15;

/// Reads a whole number from 1 to `most`.
static llvm::Expected<uint64_t> readNumber(StringRef option, StringRef text,
                                           uint64_t most,
                                           StringRef otherwise = "") {
  uint64_t value;
  if (!text.getAsInteger(10, value) && value >= 1 && value <= most)
    return value;
  return createStringError("option '--" + option + "' is '" + text +
                           "', expected a number from 1 to " + Twine(most) +
                           otherwise);
}

static llvm::Error readDrafts(StringRef text, proto::Exit &exit) {
  exit.set_policy(proto::Exit::DRAFT);
  if (text.empty())
    return llvm::Error::success();
  llvm::Expected<uint64_t> drafts = readNumber("drafts", text, maxDrafts);
  if (!drafts)
    return drafts.takeError();
  exit.set_drafts(*drafts);
  return llvm::Error::success();
}

static llvm::Error readThreshold(StringRef text, proto::Exit &exit) {
  double threshold;
  if (text.getAsDouble(threshold) || !(threshold > 0 && threshold < 1))
    return createStringError("option '--threshold' is '" + text +
                             "', expected a number between 0 and 1");
  exit.set_policy(proto::Exit::CONFIDENCE);
  exit.set_threshold(threshold);
  return llvm::Error::success();
}

uint64_t countRuns(const proto::Model &model) {
  uint64_t runs = 0;
  for (const proto::Stack &stack : model.stacks())
    runs += uint64_t(stack.layers()) * std::max(stack.repeats(), 1u);
  return runs;
}

llvm::Error applyExits(const ExitOptions &options,
                       ModelDescription &description) {
  if (options.isEmpty())
    return llvm::Error::success();
  bool hasPolicy = !options.drafts.empty() || !options.threshold.empty();
  if (hasPolicy && (options.exit.empty() || options.exit == "none"))
    return createStringError("options '--drafts' and '--threshold' need "
                             "'--exit=RUN'");
  if (!options.drafts.empty() && !options.threshold.empty())
    return createStringError(
        "options '--drafts' and '--threshold' exclude each other");
  description.model.clear_exits();
  if (options.exit == "none")
    return llvm::Error::success();

  uint64_t runs = countRuns(description.model);
  if (runs < 2)
    return createStringError(description.file +
                             ": has one run of a block; an exit needs two");
  llvm::Expected<uint64_t> run =
      readNumber("exit", options.exit, runs - 1, " or none");
  if (!run)
    return run.takeError();
  proto::Exit *exit = description.model.add_exits();
  exit->set_after_run(*run);
  return options.threshold.empty() ? readDrafts(options.drafts, *exit)
                                   : readThreshold(options.threshold, *exit);
}

} // namespace mlir::eke
