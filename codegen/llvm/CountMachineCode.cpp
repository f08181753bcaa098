//===- CountMachineCode.cpp - What machine functions execute --------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/llvm/CountMachineCode.h"

#include "codegen/llvm/Analyses.h"
#include "dialects/halide/HalideDialect.h"

#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/ScalarEvolution.h"
#include "llvm/CodeGen/AsmPrinter.h"
#include "llvm/CodeGen/AsmPrinterHandler.h"
#include "llvm/CodeGen/MachineBlockFrequencyInfo.h"
#include "llvm/CodeGen/MachineDominators.h"
#include "llvm/CodeGen/MachineFunctionPass.h"
#include "llvm/CodeGen/MachineModuleInfo.h"
#include "llvm/CodeGen/Passes.h"
#include "llvm/CodeGen/TargetPassConfig.h"
#include "llvm/CodeGen/TargetRegisterInfo.h"
#include "llvm/CodeGen/TargetSubtargetInfo.h"
#include "llvm/IR/InlineAsm.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/ProfDataUtils.h"
#include "llvm/MC/MCStreamer.h"
#include "llvm/MC/TargetRegistry.h"

#include <map>
#include <numeric>

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

/// The pipeline whose label `instr` is, or nothing: "eke.call.NAME.NUMBER:".
std::optional<llvm::StringRef> getLabel(const llvm::MachineInstr &instr) {
  if (!instr.isInlineAsm())
    return std::nullopt;
  llvm::StringRef text =
      instr.getOperand(llvm::InlineAsm::MIOp_AsmString).getSymbolName();
  if (!text.consume_front(halide::callLabelPrefix))
    return std::nullopt;
  return text.rsplit('.').first;
}

/// Does it become an instruction? Marks in inline assembly are empty.
bool isExecuted(const llvm::MachineInstr &instr) {
  return !instr.isMetaInstruction() && !instr.isBundle() &&
         !instr.isInlineAsm();
}

/// Instructions in a row: of one block, and for one pipeline.
struct Run {
  double times;
  PartCounts *part;
  std::vector<llvm::MCInst> code;
};

/// What both passes below know of the function that is under way.
struct FunctionState {
  std::vector<std::unique_ptr<Run>> runs;
  llvm::DenseMap<const llvm::MachineInstr *, Run *> runOf;
};

/// Runs when the code is as it will be written.
struct CountPass : llvm::MachineFunctionPass {
  static char ID;
  CountPass(Counts &counts, FunctionState &state)
      : MachineFunctionPass(ID), counts(counts), state(state) {}

  void getAnalysisUsage(llvm::AnalysisUsage &usage) const override {
    usage.addRequired<llvm::MachineBlockFrequencyInfoWrapperPass>();
    usage.addRequired<llvm::MachineDominatorTreeWrapperPass>();
    usage.setPreservesAll();
    MachineFunctionPass::getAnalysisUsage(usage);
  }

  bool runOnMachineFunction(llvm::MachineFunction &function) override {
    auto &frequencies =
        getAnalysis<llvm::MachineBlockFrequencyInfoWrapperPass>().getMBFI();
    auto &tree =
        getAnalysis<llvm::MachineDominatorTreeWrapperPass>().getDomTree();
    info = function.getSubtarget().getRegisterInfo();
    parts = &counts[&function.getFunction()];
    state = {};
    // The pipeline that is under way at the end of a block. A call's code is behind its
    // label on every path, so blocks that the label dominates are the call's.
    llvm::DenseMap<const llvm::MachineBasicBlock *, llvm::StringRef> ends;
    for (auto *node : llvm::depth_first(tree.getRootNode())) {
      llvm::MachineBasicBlock &block = *node->getBlock();
      llvm::StringRef pipeline =
          node->getIDom() ? ends.lookup(node->getIDom()->getBlock()) : "";
      ends[&block] =
          count(block, frequencies.getBlockFreqRelativeToEntryBlock(&block),
                pipeline);
    }
    return false;
  }

private:
  /// Returns the pipeline that is under way at the end.
  llvm::StringRef count(llvm::MachineBasicBlock &block, double times,
                        llvm::StringRef pipeline) {
    Run *run = nullptr;
    for (llvm::MachineInstr &instr : block.instrs()) {
      if (std::optional<llvm::StringRef> label = getLabel(instr)) {
        pipeline = *label;
        getPart(pipeline).times += times;
        run = nullptr;
      }
      if (!isExecuted(instr))
        continue;
      PartCounts &part = getPart(pipeline);
      part.own.instructions[unsigned(classify(instr, *info))] += times;
      if (const llvm::Function *callee = getCallee(instr))
        part.calls[callee] += times;
      if (!run) {
        state.runs.push_back(std::make_unique<Run>(Run{times, &part, {}}));
        run = state.runs.back().get();
      }
      state.runOf[&instr] = run;
    }
    return pipeline;
  }

  PartCounts &getPart(llvm::StringRef pipeline) {
    std::unique_ptr<PartCounts> &part = (*parts)[pipeline];
    if (!part)
      part = std::make_unique<PartCounts>();
    return *part;
  }

  Counts &counts;
  FunctionState &state;
  const llvm::TargetRegisterInfo *info = nullptr;
  FunctionCounts *parts = nullptr;
};

char CountPass::ID = 0;

/// Sorts what LLVM would write by where it comes from: an instruction of the back end may
/// be written as several.
struct Recorder : llvm::MCStreamer {
  explicit Recorder(llvm::MCContext &context) : MCStreamer(context) {}

  bool hasRawTextSupport() const override { return true; }
  void emitRawTextImpl(llvm::StringRef) override {}
  bool emitSymbolAttribute(llvm::MCSymbol *, llvm::MCSymbolAttr) override {
    return true;
  }
  void emitCommonSymbol(llvm::MCSymbol *, uint64_t, llvm::Align) override {}
  void emitInstruction(const llvm::MCInst &inst,
                       const llvm::MCSubtargetInfo &) override {
    if (run)
      run->code.push_back(inst);
  }

  Run *run = nullptr;
};

/// Estimates the cycles of a function, once it is written.
class CycleHandler : public llvm::AsmPrinterHandler {
public:
  CycleHandler(const CycleModel &model, FunctionState &state,
               Recorder &recorder)
      : model(model), state(state), recorder(recorder) {}

  void beginFunction(const llvm::MachineFunction *) override {}
  void beginInstruction(const llvm::MachineInstr *instr) override {
    recorder.run = state.runOf.lookup(instr);
  }
  void endInstruction() override { recorder.run = nullptr; }
  void endFunction(const llvm::MachineFunction *) override {
    for (const std::unique_ptr<Run> &run : state.runs)
      if (run->times > 0)
        run->part->own.cycles += run->times * estimate(run->code);
  }
  void endModule() override {}

private:
  /// The same code often occurs again, with other numbers in it.
  double estimate(llvm::ArrayRef<llvm::MCInst> code) {
    std::vector<unsigned> key;
    for (const llvm::MCInst &inst : code) {
      key.push_back(inst.getOpcode());
      for (const llvm::MCOperand &operand : inst)
        key.push_back(operand.isReg() ? operand.getReg().id() : ~0u);
    }
    auto [found, isNew] = estimates.try_emplace(std::move(key), 0.0);
    if (isNew)
      found->second = model.estimate(code);
    return found->second;
  }

  const CycleModel &model;
  FunctionState &state;
  Recorder &recorder;
  std::map<std::vector<unsigned>, double> estimates;
};

/// A pass that writes code nowhere but to `model`.
llvm::Pass *createCyclePass(llvm::TargetMachine &machine,
                            llvm::MCContext &context, const CycleModel &model,
                            FunctionState &state) {
  const llvm::Target &target = machine.getTarget();
  auto streamer = std::make_unique<Recorder>(context);
  Recorder &recorder = *streamer;
  target.createNullTargetStreamer(recorder);
  llvm::AsmPrinter *printer =
      target.createAsmPrinter(machine, std::move(streamer));
  printer->addAsmPrinterHandler(
      std::make_unique<CycleHandler>(model, state, recorder));
  return printer;
}

} // namespace

void CodeCounts::add(const CodeCounts &other, double times) {
  for (auto [sum, count] : llvm::zip_equal(instructions, other.instructions))
    sum += times * count;
  cycles += times * other.cycles;
}

double CodeCounts::sum() const {
  return std::accumulate(instructions.begin(), instructions.end(), 0.0);
}

llvm::Expected<Counts> countMachineCode(llvm::Module &module,
                                        llvm::TargetMachine &machine,
                                        const CycleModel *model) {
  Counts counts;
  FunctionState state;
  llvm::legacy::PassManager passes;
  llvm::TargetPassConfig *config = machine.createPassConfig(passes);
  passes.add(config);
  auto *info = new llvm::MachineModuleInfoWrapperPass(&machine);
  passes.add(info);
  if (config->addISelPasses())
    return llvm::createStringError("LLVM's back end cannot generate code");
  config->addMachinePasses();
  config->setInitialized();
  passes.add(new CountPass(counts, state));
  if (model)
    passes.add(
        createCyclePass(machine, info->getMMI().getContext(), *model, state));
  passes.add(llvm::createFreeMachineFunctionPass());
  passes.run(module);
  return std::move(counts);
}

} // namespace mlir::eke
