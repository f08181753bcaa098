//===- CountMachineCode.cpp - What machine functions execute --------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/llvm/CountMachineCode.h"

#include "codegen/llvm/CountExecutions.h"

#include "llvm/ADT/DepthFirstIterator.h"
#include "llvm/Analysis/BlockFrequencyInfo.h"
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
#include "llvm/MC/MCStreamer.h"
#include "llvm/MC/TargetRegistry.h"

#include <map>
#include <numeric>

namespace mlir::eke {
namespace {

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

/// The pipeline whose label `instr` is, or nothing.
std::optional<llvm::StringRef> getLabel(const llvm::MachineInstr &instr) {
  if (!instr.isInlineAsm())
    return std::nullopt;
  return getPipelineLabel(
      instr.getOperand(llvm::InlineAsm::MIOp_AsmString).getSymbolName());
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

/// A block that had a name before there was machine code, and how often machine code is
/// executed each time that the block is.
struct Origin {
  llvm::StringRef block;
  /// Of the block, as LLVM guesses.
  double frequency = 0;
  /// The label that is under way; empty in front of all.
  llvm::StringRef pipeline;
};

/// Runs when the code is as it will be written. The frequencies that LLVM guesses without
/// trip counts say how often a copy or a part of a block is executed beside the block itself.
struct CountPass : llvm::MachineFunctionPass {
  static char ID;
  CountPass(MachineCounts &counts, FunctionState &state)
      : MachineFunctionPass(ID), counts(counts), state(state) {}

  void getAnalysisUsage(llvm::AnalysisUsage &usage) const override {
    usage.addRequired<llvm::BlockFrequencyInfoWrapperPass>();
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
    state = {};
    // A call's code is behind its label on every path, so blocks that the label dominates
    // are the call's.
    llvm::DenseMap<const llvm::MachineBasicBlock *, Origin> origins;
    for (auto *node : llvm::depth_first(tree.getRootNode())) {
      llvm::MachineBasicBlock &block = *node->getBlock();
      Origin origin = node->getIDom()
                          ? origins.lookup(node->getIDom()->getBlock())
                          : Origin();
      if (const llvm::BasicBlock *from = findNamed(block)) {
        origin.block = from->getName();
        origin.frequency = guess(*from);
      }
      double times = frequencies.getBlockFreqRelativeToEntryBlock(&block);
      count(block, origin.frequency > 0 ? times / origin.frequency : 0, origin);
      origins[&block] = origin;
    }
    return false;
  }

private:
  /// The block that this is machine code of, unless the back end made it.
  static const llvm::BasicBlock *
  findNamed(const llvm::MachineBasicBlock &block) {
    const llvm::BasicBlock *from = block.getBasicBlock();
    return from && isNamedBlock(*from) ? from : nullptr;
  }

  /// How often LLVM thinks that a block is executed for each call of its function.
  double guess(const llvm::BasicBlock &block) {
    auto &frequencies =
        getAnalysis<llvm::BlockFrequencyInfoWrapperPass>().getBFI();
    return frequencies.getBlockFreq(&block).getFrequency() /
           double(frequencies.getEntryFreq().getFrequency());
  }

  /// Moves on the label that is under way.
  void count(llvm::MachineBasicBlock &block, double times, Origin &origin) {
    Run *run = nullptr;
    for (llvm::MachineInstr &instr : block.instrs()) {
      if (std::optional<llvm::StringRef> label = getLabel(instr)) {
        origin.pipeline = *label;
        getPart(origin).times += times;
        run = nullptr;
      }
      if (!isExecuted(instr))
        continue;
      PartCounts &part = getPart(origin);
      part.own.instructions[unsigned(classify(instr, *info))] += times;
      if (!run) {
        state.runs.push_back(std::make_unique<Run>(Run{times, &part, {}}));
        run = state.runs.back().get();
      }
      state.runOf[&instr] = run;
    }
  }

  PartCounts &getPart(const Origin &origin) {
    std::unique_ptr<PartCounts> &part =
        counts[origin.block][origin.pipeline.str()];
    if (!part)
      part = std::make_unique<PartCounts>();
    return *part;
  }

  MachineCounts &counts;
  FunctionState &state;
  const llvm::TargetRegisterInfo *info = nullptr;
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

llvm::Expected<MachineCounts> countMachineCode(llvm::Module &module,
                                               llvm::TargetMachine &machine,
                                               const CycleModel *model) {
  MachineCounts counts;
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
