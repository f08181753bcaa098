//===- CountExecutions.cpp - How often blocks are executed ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   kernel:  loop:            ──►  entry:  loop:                    16 times
//              load extent           call @eke.block("kernel.loop")
//              …                     i < 16
//
// A call that cannot be left out marks where each block has gone.
//
//===----------------------------------------------------------------------===//

#include "codegen/llvm/CountExecutions.h"

#include "codegen/llvm/Analyses.h"
#include "dialects/halide/HalideDialect.h"

#include "llvm/ADT/DepthFirstIterator.h"
#include "llvm/Analysis/BlockFrequencyInfo.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/ScalarEvolution.h"
#include "llvm/Analysis/ScalarEvolutionExpressions.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InlineAsm.h"
#include "llvm/IR/ProfDataUtils.h"
#include "llvm/Transforms/IPO/AlwaysInliner.h"
#include "llvm/Transforms/IPO/GlobalDCE.h"
#include "llvm/Transforms/InstCombine/InstCombine.h"
#include "llvm/Transforms/Scalar/ADCE.h"
#include "llvm/Transforms/Scalar/GVN.h"
#include "llvm/Transforms/Scalar/SCCP.h"
#include "llvm/Transforms/Scalar/SROA.h"
#include "llvm/Transforms/Scalar/SimplifyCFG.h"

namespace mlir::eke {

std::optional<llvm::StringRef> getPipelineLabel(llvm::StringRef assembly) {
  if (!assembly.consume_front(halide::callLabelPrefix))
    return std::nullopt;
  return assembly.rsplit('.').first;
}

static constexpr llvm::StringLiteral kBlockPrefix = "eke.block.";

void nameBlocks(llvm::Module &module) {
  unsigned number = 0;
  for (llvm::Function &function : module)
    for (llvm::BasicBlock &block : function)
      block.setName(kBlockPrefix + llvm::Twine(number++));
}

bool isNamedBlock(const llvm::BasicBlock &block) {
  // What LLVM derives from one has a suffix.
  unsigned number;
  llvm::StringRef name = block.getName();
  return name.consume_front(kBlockPrefix) && !name.getAsInteger(10, number);
}

namespace {

/// Calls of a function with the number of a block.
class Marks {
public:
  explicit Marks(llvm::Module &module) {
    llvm::LLVMContext &context = module.getContext();
    auto *type = llvm::FunctionType::get(llvm::Type::getVoidTy(context),
                                         {llvm::Type::getInt32Ty(context)},
                                         /*isVarArg=*/false);
    mark = llvm::Function::Create(type, llvm::Function::ExternalLinkage,
                                  "eke.block", module);
    mark->setDoesNotThrow();
    mark->setWillReturn();
    mark->setOnlyAccessesInaccessibleMemory();
    mark->addFnAttr(llvm::Attribute::NoMerge);
    for (llvm::Function &function : module)
      for (llvm::BasicBlock &block : function) {
        llvm::IRBuilder<> b(&block, block.getFirstInsertionPt());
        b.CreateCall(mark, {b.getInt32(names.size())});
        names.push_back(block.getName().str());
      }
  }

  /// The block whose mark `instr` is, or nothing.
  std::optional<llvm::StringRef> find(const llvm::Instruction &instr) const {
    auto *call = llvm::dyn_cast<llvm::CallInst>(&instr);
    if (!call || call->getCalledFunction() != mark)
      return std::nullopt;
    auto *number = llvm::cast<llvm::ConstantInt>(call->getArgOperand(0));
    return llvm::StringRef(names[number->getZExtValue()]);
  }

private:
  llvm::Function *mark;
  std::vector<std::string> names;
};

/// Puts all that entries call into them, and folds what is constant then.
void inlineCalls(llvm::Module &module, llvm::ArrayRef<llvm::Function *> entries,
                 llvm::PassBuilder &builder) {
  for (llvm::Function &function : module) {
    if (function.isDeclaration() || llvm::is_contained(entries, &function))
      continue;
    function.removeFnAttr(llvm::Attribute::NoInline);
    function.removeFnAttr(llvm::Attribute::OptimizeNone);
    function.addFnAttr(llvm::Attribute::AlwaysInline);
  }
  Analyses analyses(builder);
  llvm::ModulePassManager passes;
  passes.addPass(llvm::AlwaysInlinerPass(/*InsertLifetime=*/false));
  llvm::FunctionPassManager folding;
  // What a kernel stores for its tasks they load.
  folding.addPass(llvm::SROAPass(llvm::SROAOptions::ModifyCFG));
  folding.addPass(llvm::InstCombinePass());
  folding.addPass(llvm::GVNPass());
  folding.addPass(llvm::SCCPPass());
  folding.addPass(llvm::SimplifyCFGPass());
  folding.addPass(llvm::InstCombinePass());
  folding.addPass(llvm::ADCEPass());
  passes.addPass(llvm::createModuleToFunctionPassAdaptor(std::move(folding)));
  passes.addPass(llvm::GlobalDCEPass());
  passes.run(module, analyses.modules);
}

/// A branch that leaves its loop the `trips`-th time that it is executed.
void weigh(llvm::BasicBlock &exiting, const llvm::Loop &loop, unsigned trips) {
  auto *branch = llvm::dyn_cast<llvm::BranchInst>(exiting.getTerminator());
  if (!branch || !branch->isConditional())
    return;
  uint32_t weights[2];
  for (unsigned side = 0; side < 2; ++side)
    weights[side] = loop.contains(branch->getSuccessor(side)) ? trips - 1 : 1;
  llvm::setBranchWeights(*branch, weights, /*IsExpected=*/false);
}

/// A number that a loop counts, and another that stays the same.
struct Comparison {
  const llvm::SCEVAddRecExpr *counted = nullptr;
  llvm::APInt start, step, limit;
  llvm::CmpInst::Predicate predicate;

  /// Does it hold in an iteration?
  bool holds(unsigned iteration) const {
    llvm::APInt times(start.getBitWidth(), iteration);
    return llvm::ICmpInst::compare(start + times * step, limit, predicate);
  }
};

/// The condition of `branch`, if it compares what a loop counts with a constant.
std::optional<Comparison> matchComparison(const llvm::BranchInst &branch,
                                          llvm::ScalarEvolution &evolution) {
  auto *condition = branch.isConditional()
                        ? llvm::dyn_cast<llvm::ICmpInst>(branch.getCondition())
                        : nullptr;
  if (!condition || !evolution.isSCEVable(condition->getOperand(0)->getType()))
    return std::nullopt;
  const llvm::SCEV *left = evolution.getSCEV(condition->getOperand(0));
  const llvm::SCEV *right = evolution.getSCEV(condition->getOperand(1));
  llvm::CmpInst::Predicate predicate = condition->getPredicate();
  if (llvm::isa<llvm::SCEVConstant>(left)) {
    std::swap(left, right);
    predicate = llvm::CmpInst::getSwappedPredicate(predicate);
  }
  auto *counted = llvm::dyn_cast<llvm::SCEVAddRecExpr>(left);
  auto *limit = llvm::dyn_cast<llvm::SCEVConstant>(right);
  if (!counted || !limit || !counted->isAffine())
    return std::nullopt;
  auto *start = llvm::dyn_cast<llvm::SCEVConstant>(counted->getStart());
  auto *step =
      llvm::dyn_cast<llvm::SCEVConstant>(counted->getStepRecurrence(evolution));
  if (!start || !step)
    return std::nullopt;
  return Comparison{counted, start->getAPInt(), step->getAPInt(),
                    limit->getAPInt(), predicate};
}

/// A branch within a loop of so many iterations: past the last position that there is, kernels
/// do something else.
void weighBranch(llvm::BranchInst &branch, llvm::ScalarEvolution &evolution) {
  constexpr unsigned mostTrips = 1 << 16;
  std::optional<Comparison> comparison = matchComparison(branch, evolution);
  if (!comparison)
    return;
  unsigned trips =
      evolution.getSmallConstantTripCount(comparison->counted->getLoop());
  if (trips == 0 || trips > mostTrips)
    return;
  uint32_t taken = 0;
  for (unsigned i = 0; i < trips; ++i)
    taken += comparison->holds(i);
  llvm::setBranchWeights(branch, {taken, trips - taken}, /*IsExpected=*/false);
}

/// Tells LLVM how often loops run, and how often branches within them are taken, where that is
/// a constant.
void weighLoops(llvm::Function &function,
                llvm::FunctionAnalysisManager &manager) {
  auto &evolution = manager.getResult<llvm::ScalarEvolutionAnalysis>(function);
  auto &loops = manager.getResult<llvm::LoopAnalysis>(function);
  for (llvm::BasicBlock &block : function)
    if (auto *branch = llvm::dyn_cast<llvm::BranchInst>(block.getTerminator()))
      weighBranch(*branch, evolution);
  // Where a branch leaves a loop, the loop's iterations count.
  for (llvm::Loop *loop : loops.getLoopsInPreorder()) {
    llvm::SmallVector<llvm::BasicBlock *> exiting;
    loop->getExitingBlocks(exiting);
    for (llvm::BasicBlock *block : exiting)
      if (unsigned trips = evolution.getSmallConstantTripCount(loop, block))
        weigh(*block, *loop, trips);
  }
  manager.invalidate(function, llvm::PreservedAnalyses::none());
}

/// Adds up the marks of an entry. A call's code is behind its label on every path, so blocks
/// that the label dominates are the call's.
llvm::StringMap<Executions> sumMarks(llvm::Function &entry, const Marks &marks,
                                     llvm::FunctionAnalysisManager &manager) {
  auto &frequencies = manager.getResult<llvm::BlockFrequencyAnalysis>(entry);
  auto &tree = manager.getResult<llvm::DominatorTreeAnalysis>(entry);
  double once = double(frequencies.getEntryFreq().getFrequency());
  llvm::StringMap<Executions> sums;
  llvm::DenseMap<const llvm::BasicBlock *, std::string> ends;
  for (auto *node : llvm::depth_first(tree.getRootNode())) {
    llvm::BasicBlock &block = *node->getBlock();
    std::string pipeline =
        node->getIDom() ? ends.lookup(node->getIDom()->getBlock()) : "";
    double times = frequencies.getBlockFreq(&block).getFrequency() / once;
    for (llvm::Instruction &instr : block) {
      auto *call = llvm::dyn_cast<llvm::CallInst>(&instr);
      if (call && call->isInlineAsm()) {
        auto *text = llvm::cast<llvm::InlineAsm>(call->getCalledOperand());
        if (auto label = getPipelineLabel(text->getAsmString()))
          pipeline = label->str();
      } else if (auto name = marks.find(instr)) {
        sums[*name][pipeline] += times;
      }
    }
    ends[&block] = std::move(pipeline);
  }
  return sums;
}

} // namespace

llvm::SmallVector<llvm::StringMap<Executions>>
countExecutions(llvm::Module &module, llvm::ArrayRef<llvm::Function *> entries,
                llvm::TargetMachine &machine) {
  Marks marks(module);
  llvm::PassBuilder builder(&machine);
  inlineCalls(module, entries, builder);
  Analyses analyses(builder);
  llvm::SmallVector<llvm::StringMap<Executions>> counts;
  for (llvm::Function *entry : entries) {
    weighLoops(*entry, analyses.functions);
    counts.push_back(sumMarks(*entry, marks, analyses.functions));
  }
  return counts;
}

} // namespace mlir::eke
