//===- CompileSplits.cpp - Steps that cut a text as tables ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "compiler/frontend/tokenizer/CompileSplits.h"

#include "compiler/frontend/Input.h"
#include "compiler/frontend/tokenizer/CompileNormalizers.h"

namespace mlir::eke {
namespace {

class SplitCompiler {
public:
  SplitCompiler(TokenizerTables &tables, bool &marked)
      : tables(tables), marked(marked) {}

  llvm::Error compile(llvm::ArrayRef<SplitStep> steps) {
    std::vector<NamedPattern> plain, behindMarks;
    std::vector<std::pair<size_t, bool>> patterns; // of each split
    for (const SplitStep &step : steps) {
      eke_split split = {EKE_SPLIT_PATTERN, 0, EKE_SPLIT_ISOLATED, 0};
      switch (step.kind) {
      case SplitStep::Kind::MarkSpaces:
        if (step.pattern != markedSpaceText)
          return llvm::createStringError("marks spaces by " +
                                         inQuotes(step.pattern) +
                                         ", expected U+2581");
        if (!marked)
          tables.flags |= EKE_TOKENIZER_MARKED_SPACES;
        marked = true;
        continue;
      case SplitStep::Kind::PrefixSpace:
        split.kind = EKE_SPLIT_PREFIX_SPACE;
        split.inverted = marked;
        break;
      case SplitStep::Kind::PrefixFirstSpace:
        split.kind = EKE_SPLIT_PREFIX_FIRST_SPACE;
        split.inverted = marked;
        break;
      case SplitStep::Kind::Pattern: {
        auto pattern = readPattern(step.pattern, step.isText);
        if (!pattern)
          return pattern.takeError();
        auto &group = marked ? behindMarks : plain;
        split.behavior = behaviorOf(step.behavior);
        split.inverted = step.inverted;
        patterns.push_back({tables.splits.size(), marked});
        group.push_back(std::move(*pattern));
        break;
      }
      }
      tables.splits.push_back(split);
      if (tables.splits.size() > EKE_MOST_SPLITS)
        return llvm::createStringError("splits a text in more than " +
                                       llvm::Twine(int(EKE_MOST_SPLITS)) +
                                       " steps");
    }
    return compileAll(plain, behindMarks, patterns);
  }

private:
  static uint32_t behaviorOf(SplitBehavior behavior) {
    switch (behavior) {
    case SplitBehavior::Removed:
      return EKE_SPLIT_REMOVED;
    case SplitBehavior::Isolated:
      return EKE_SPLIT_ISOLATED;
    case SplitBehavior::Contiguous:
      return EKE_SPLIT_CONTIGUOUS;
    case SplitBehavior::MergedWithPrevious:
      return EKE_SPLIT_MERGED_WITH_PREVIOUS;
    case SplitBehavior::MergedWithNext:
      return EKE_SPLIT_MERGED_WITH_NEXT;
    }
    return EKE_SPLIT_ISOLATED;
  }

  /// Numbers patterns: those of normalizers come first, then those without marks.
  llvm::Error compileAll(const std::vector<NamedPattern> &plain,
                         const std::vector<NamedPattern> &behindMarks,
                         llvm::ArrayRef<std::pair<size_t, bool>> patterns) {
    size_t first = tables.patterns.size(), counts[2] = {0, 0};
    for (auto [split, isBehind] : patterns)
      tables.splits[split].pattern =
          first + (isBehind ? plain.size() : 0) + counts[isBehind]++;
    for (const auto *group : {&plain, &behindMarks}) {
      if (group->empty())
        continue;
      auto compiled =
          compilePatterns(*group, group == &behindMarks ? markedSpace : ' ');
      if (!compiled)
        return compiled.takeError();
      tables.patterns.push_back(std::move(*compiled));
    }
    return llvm::Error::success();
  }

  TokenizerTables &tables;
  bool &marked;
};

} // namespace

llvm::Error compileSplits(llvm::ArrayRef<SplitStep> steps,
                          TokenizerTables &tables, bool &marked) {
  return SplitCompiler(tables, marked).compile(steps);
}

} // namespace mlir::eke
