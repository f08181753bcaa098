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

llvm::Error checkExitOptions(const ExitOptions &options) {
  bool hasPolicy = options.drafting() || options.threshold;
  if (hasPolicy && options.run.value_or(0) == 0)
    return createStringError("options '--drafts', '--draft-tokens', "
                             "'--acceptance-rate' and '--threshold' need "
                             "'--exit=RUN'");
  if (options.drafting() && options.threshold)
    return createStringError("option '--threshold' excludes '--drafts', "
                             "'--draft-tokens' and '--acceptance-rate'");
  return llvm::Error::success();
}

/// What the option is, and what it may be for this model.
static llvm::Error outOfRange(StringRef option, uint64_t value, uint64_t most,
                              StringRef otherwise = "") {
  return createStringError("option '--" + option + "' is '" + Twine(value) +
                           "', expected a number from 1 to " + Twine(most) +
                           otherwise);
}

static llvm::Error setPolicy(const ExitOptions &options, uint64_t vocabulary,
                             proto::Exit &exit) {
  if (options.threshold) {
    exit.set_policy(proto::Exit::CONFIDENCE);
    exit.set_threshold(*options.threshold);
    return llvm::Error::success();
  }
  exit.set_policy(proto::Exit::DRAFT);
  if (options.drafts)
    exit.set_drafts(*options.drafts);
  if (options.acceptanceRate)
    exit.set_acceptance_rate(*options.acceptanceRate);
  if (options.draftTokens && *options.draftTokens > vocabulary)
    return outOfRange("draft-tokens", *options.draftTokens, vocabulary);
  if (options.draftTokens)
    exit.set_draft_tokens(*options.draftTokens);
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
  if (options.run == 0u) {
    takeExits(description.model, /*run=*/0);
    return llvm::Error::success();
  }

  uint64_t runs = countRuns(description.model);
  if (runs < 2)
    return createStringError(description.file +
                             ": has one run of a block; an exit needs two");
  if (*options.run >= runs)
    return outOfRange("exit", *options.run, runs - 1, " or none");
  proto::Exit taken = takeExits(description.model, *options.run);
  proto::Exit *exit = description.model.add_exits();
  *exit = std::move(taken);
  exit->set_after_run(*options.run);
  return setPolicy(options, description.model.vocabulary().size(), *exit);
}

} // namespace mlir::eke
