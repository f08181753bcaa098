//===- ExitOptions.cpp - Where a model may stop, by options ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/pipeline/ExitOptions.h"

#include "llvm/ADT/Twine.h"

using llvm::createStringError;
using llvm::StringRef;
using llvm::Twine;

namespace mlir::eke {

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

static llvm::Error readDrafts(const ExitOptions &options, uint64_t vocabulary,
                              proto::Exit &exit) {
  exit.set_policy(proto::Exit::DRAFT);
  if (!options.drafts.empty()) {
    auto drafts = readNumber("drafts", options.drafts, maxDrafts);
    if (!drafts)
      return drafts.takeError();
    exit.set_drafts(*drafts);
  }
  if (!options.draftTokens.empty()) {
    auto tokens = readNumber("draft-tokens", options.draftTokens, vocabulary);
    if (!tokens)
      return tokens.takeError();
    exit.set_draft_tokens(*tokens);
  }
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

/// Takes all exits out of a model. Returns the head and the norm of the one behind
/// `run`, if there is one; the tensors of the others are not used any more.
static proto::Exit takeExits(proto::Model &model, uint64_t run) {
  proto::Exit taken;
  for (const proto::Exit &exit : model.exits())
    if (exit.after_run() == run) {
      if (exit.has_head())
        *taken.mutable_head() = exit.head();
      taken.set_norm_tensor(exit.norm_tensor());
    } else {
      for (const std::string &name : {exit.head().tensor(), exit.norm_tensor()})
        if (!name.empty())
          model.add_unused_tensors(name);
    }
  model.clear_exits();
  return taken;
}

llvm::Error applyExits(const ExitOptions &options,
                       ModelDescription &description) {
  if (options.isEmpty())
    return llvm::Error::success();
  bool hasPolicy = options.drafting() || !options.threshold.empty();
  if (hasPolicy && (options.exit.empty() || options.exit == "none"))
    return createStringError("options '--drafts', '--draft-tokens' and "
                             "'--threshold' need '--exit=RUN'");
  if (options.drafting() && !options.threshold.empty())
    return createStringError("option '--threshold' excludes '--drafts' and "
                             "'--draft-tokens'");
  if (options.exit == "none") {
    takeExits(description.model, /*run=*/0);
    return llvm::Error::success();
  }

  uint64_t runs = countRuns(description.model);
  if (runs < 2)
    return createStringError(description.file +
                             ": has one run of a block; an exit needs two");
  llvm::Expected<uint64_t> run =
      readNumber("exit", options.exit, runs - 1, " or none");
  if (!run)
    return run.takeError();
  proto::Exit taken = takeExits(description.model, *run);
  proto::Exit *exit = description.model.add_exits();
  *exit = std::move(taken);
  exit->set_after_run(*run);
  uint64_t vocabulary = description.model.vocabulary().size();
  return options.threshold.empty() ? readDrafts(options, vocabulary, *exit)
                                   : readThreshold(options.threshold, *exit);
}

} // namespace mlir::eke
