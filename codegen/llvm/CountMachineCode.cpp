//===- CountMachineCode.cpp - Instructions of machine functions -----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/llvm/CountMachineCode.h"

#include "codegen/llvm/Analyses.h"

#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/ScalarEvolution.h"
#include "llvm/CodeGen/MachineBlockFrequencyInfo.h"
#include "llvm/CodeGen/MachineFunctionPass.h"
#include "llvm/CodeGen/MachineModuleInfo.h"
#include "llvm/CodeGen/Passes.h"
#include "llvm/CodeGen/TargetPassConfig.h"
#include "llvm/CodeGen/TargetRegisterInfo.h"
#include "llvm/CodeGen/TargetSubtargetInfo.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/ProfDataUtils.h"

namespace mlir::eke {

//===----------------------------------------------------------------------===//
// Trip counts
//===----------------------------------------------------------------------===//

/// A branch that leaves its loop the `trips`-th time that it is executed.
static void weigh(llvm::BasicBlock &exiting, const llvm::Loop &loop,
                  unsigned trips) {
  auto *branch = llvm::dyn_cast<llvm::BranchInst>(exiting.getTerminator());
  if (!branch || !branch->isConditional())
    return;
  uint32_t weights[2];
  for (unsigned side = 0; side < 2; ++side)
    weights[side] = loop.contains(branch->getSuccessor(side)) ? trips - 1 : 1;
  llvm::setBranchWeights(*branch, weights, /*IsExpected=*/false);
}

void weighLoops(llvm::Module &module, llvm::TargetMachine &machine) {
  llvm::PassBuilder builder(&machine);
  Analyses analyses(builder);
  for (llvm::Function &function : module) {
    if (function.isDeclaration())
      continue;
    auto &evolution =
        analyses.functions.getResult<llvm::ScalarEvolutionAnalysis>(function);
    auto &loops = analyses.functions.getResult<llvm::LoopAnalysis>(function);
    for (llvm::Loop *loop : loops.getLoopsInPreorder()) {
      llvm::SmallVector<llvm::BasicBlock *> exiting;
      loop->getExitingBlocks(exiting);
      for (llvm::BasicBlock *block : exiting)
        if (unsigned trips = evolution.getSmallConstantTripCount(loop, block))
          weigh(*block, *loop, trips);
    }
  }
}

//===----------------------------------------------------------------------===//
// Counts
//===----------------------------------------------------------------------===//

namespace {

using Counts = llvm::MapVector<const llvm::Function *, FunctionCounts>;

/// Does the register hold vectors or floating point numbers?
bool isVector(llvm::MCRegister reg, const llvm::TargetRegisterInfo &info) {
  const llvm::TargetRegisterClass *kind = info.getMinimalPhysRegClass(reg);
  for (auto type = info.legalclasstypes_begin(*kind); *type != llvm::MVT::Other;
       ++type)
    if (llvm::MVT(*type).isVector() || llvm::MVT(*type).isFloatingPoint())
      return true;
  return false;
}

InstructionKind classify(const llvm::MachineInstr &instr,
                         const llvm::TargetRegisterInfo &info) {
  if (instr.mayLoadOrStore() && !instr.isCall())
    return InstructionKind::Memory;
  for (const llvm::MachineOperand &operand : instr.operands())
    if (operand.isReg() && operand.getReg().isPhysical() &&
        !operand.isImplicit() && isVector(operand.getReg(), info))
      return InstructionKind::Vector;
  return InstructionKind::Scalar;
}

/// The function that is called by name, or null.
const llvm::Function *getCallee(const llvm::MachineInstr &instr) {
  if (instr.isCall())
    for (const llvm::MachineOperand &operand : instr.operands())
      if (operand.isGlobal())
        return llvm::dyn_cast<llvm::Function>(operand.getGlobal());
  return nullptr;
}

/// Runs when the code is as it will be written.
struct CountPass : llvm::MachineFunctionPass {
  static char ID;
  explicit CountPass(Counts &counts)
      : MachineFunctionPass(ID), counts(counts) {}

  void getAnalysisUsage(llvm::AnalysisUsage &usage) const override {
    usage.addRequired<llvm::MachineBlockFrequencyInfoWrapperPass>();
    usage.setPreservesAll();
    MachineFunctionPass::getAnalysisUsage(usage);
  }

  bool runOnMachineFunction(llvm::MachineFunction &function) override {
    auto &frequencies =
        getAnalysis<llvm::MachineBlockFrequencyInfoWrapperPass>().getMBFI();
    const auto &info = *function.getSubtarget().getRegisterInfo();
    FunctionCounts &own = counts[&function.getFunction()];
    for (llvm::MachineBasicBlock &block : function) {
      double times = frequencies.getBlockFreqRelativeToEntryBlock(&block);
      for (llvm::MachineInstr &instr : block.instrs()) {
        // Marks in inline assembly are empty.
        if (instr.isMetaInstruction() || instr.isBundle() ||
            instr.isInlineAsm())
          continue;
        own.counts[unsigned(classify(instr, info))] += times;
        if (const llvm::Function *callee = getCallee(instr))
          own.calls[callee] += times;
      }
    }
    return false;
  }

  Counts &counts;
};

char CountPass::ID = 0;

} // namespace

llvm::Expected<Counts> countMachineCode(llvm::Module &module,
                                        llvm::TargetMachine &machine) {
  Counts counts;
  llvm::legacy::PassManager passes;
  llvm::TargetPassConfig *config = machine.createPassConfig(passes);
  passes.add(config);
  passes.add(new llvm::MachineModuleInfoWrapperPass(&machine));
  if (config->addISelPasses())
    return llvm::createStringError("LLVM's back end cannot generate code");
  config->addMachinePasses();
  config->setInitialized();
  passes.add(new CountPass(counts));
  passes.add(llvm::createFreeMachineFunctionPass());
  passes.run(module);
  return counts;
}

} // namespace mlir::eke
