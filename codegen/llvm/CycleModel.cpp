//===- CycleModel.cpp - An estimate of cycles -----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/llvm/CycleModel.h"

#include "llvm/MC/TargetRegistry.h"
#include "llvm/MCA/Context.h"
#include "llvm/MCA/CustomBehaviour.h"
#include "llvm/MCA/InstrBuilder.h"
#include "llvm/MCA/Pipeline.h"
#include "llvm/MCA/SourceMgr.h"

namespace mca = llvm::mca;

namespace mlir::eke {

llvm::Expected<std::unique_ptr<CycleModel>>
CycleModel::create(const llvm::Triple &triple, llvm::StringRef cpu) {
  std::string error;
  const llvm::Target *target =
      llvm::TargetRegistry::lookupTarget(triple, error);
  if (!target)
    return llvm::createStringError(error);
  std::unique_ptr<CycleModel> model(new CycleModel());
  model->registers.reset(target->createMCRegInfo(triple));
  model->instructions.reset(target->createMCInstrInfo());
  model->analysis.reset(
      target->createMCInstrAnalysis(model->instructions.get()));
  auto describe = [&](llvm::StringRef name) {
    model->subtarget.reset(target->createMCSubtargetInfo(triple, name, ""));
  };
  describe(""); // of a name it does not know, LLVM would only print so
  bool isKnown = model->subtarget->isCPUStringValid(cpu);
  if (isKnown)
    describe(cpu);
  if (!isKnown || !model->subtarget->getSchedModel().hasInstrSchedModel())
    return llvm::createStringError("LLVM has no model of a CPU '" + cpu +
                                   "' to estimate cycles with; "
                                   "expected the name of one of " +
                                   triple.getArchName());
  return std::move(model);
}

/// How many cycles `iterations` of a sequence take from the first to the last.
static uint64_t
simulate(llvm::ArrayRef<std::unique_ptr<mca::Instruction>> sequence,
         unsigned iterations, const llvm::MCRegisterInfo &registers,
         const llvm::MCInstrInfo &instructions,
         const llvm::MCSubtargetInfo &subtarget) {
  mca::Context context(registers, subtarget);
  mca::CircularSourceMgr source(sequence, iterations);
  mca::CustomBehaviour behaviour(subtarget, source, instructions);
  // As wide as the model says, and loads and stores do not alias.
  mca::PipelineOptions options(/*UOPQSize=*/0, /*DecThr=*/0, /*DW=*/0,
                               /*RFS=*/0, /*LQS=*/0, /*SQS=*/0,
                               /*NoAlias=*/true);
  auto pipeline = context.createDefaultPipeline(options, source, behaviour);
  llvm::Expected<unsigned> cycles = pipeline->run();
  if (cycles)
    return *cycles;
  llvm::consumeError(cycles.takeError());
  return 0;
}

double CycleModel::estimate(llvm::ArrayRef<llvm::MCInst> block) const {
  mca::InstrumentManager instruments(*subtarget, *instructions);
  mca::InstrBuilder builder(*subtarget, *instructions, *registers,
                            analysis.get(), instruments, /*CallLatency=*/1);
  std::vector<std::unique_ptr<mca::Instruction>> sequence;
  for (const llvm::MCInst &inst : block) {
    // Where a call goes to is counted by itself.
    const auto &desc = instructions->get(inst.getOpcode());
    if (desc.isCall() || desc.isReturn())
      continue;
    auto instruction = builder.createInstruction(inst, {});
    if (instruction)
      sequence.push_back(std::move(*instruction));
    else // One that the model does not describe counts nothing.
      llvm::consumeError(instruction.takeError());
  }
  if (sequence.empty())
    return 0;
  // The difference leaves out how the pipeline fills and drains.
  unsigned few = std::max<size_t>(4, 256 / sequence.size());
  auto cyclesOf = [&](unsigned iterations) {
    return double(
        simulate(sequence, iterations, *registers, *instructions, *subtarget));
  };
  return (cyclesOf(3 * few) - cyclesOf(few)) / (2 * few);
}

} // namespace mlir::eke
