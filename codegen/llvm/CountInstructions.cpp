//===- CountInstructions.cpp - Static counts of an entry's code -----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/llvm/CountInstructions.h"

#include "codegen/llvm/CountExecutions.h"
#include "codegen/llvm/Machine.h"
#include "codegen/llvm/ModelInfo.h"
#include "dialects/halide/HalideDialect.h"
#include "runtime/include/eke/abi.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InlineAsm.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"
#include "llvm/Transforms/Utils/Cloning.h"

namespace mlir::eke {
namespace {

/// An entry of the module that is counted.
struct CountedEntry {
  const EntryInfo *info;
  llvm::Function *function;
};

/// halide_do_par_for(context, task, min, size, closure) as one thread does it:
/// for i in 0 .. size: task(context, min + i, closure).
void makeSerial(llvm::Module &module) {
  llvm::Function *parallel = module.getFunction("halide_do_par_for");
  if (!parallel)
    return;
  for (llvm::User *user : llvm::make_early_inc_range(parallel->users())) {
    auto *call = llvm::dyn_cast<llvm::CallInst>(user);
    auto *task =
        call ? llvm::dyn_cast<llvm::Function>(call->getArgOperand(1)) : nullptr;
    if (!task)
      continue;
    auto [body, index] = llvm::SplitBlockAndInsertSimpleForLoop(
        call->getArgOperand(3), call->getIterator());
    llvm::IRBuilder<> b(body);
    llvm::Value *number = b.CreateAdd(call->getArgOperand(2), index);
    b.CreateCall(task,
                 {call->getArgOperand(0), number, call->getArgOperand(4)});
    call->replaceAllUsesWith(llvm::ConstantInt::get(call->getType(), 0));
    call->eraseFromParent();
  }
}

/// Puts a label without a name behind each call that has one: what follows is no more of
/// that pipeline.
void labelEnds(llvm::Module &module) {
  std::string end = (halide::callLabelPrefix + ".${:uid}:").str();
  auto *label = llvm::InlineAsm::get(
      llvm::FunctionType::get(llvm::Type::getVoidTy(module.getContext()),
                              /*isVarArg=*/false),
      end, /*Constraints=*/"", /*hasSideEffects=*/true);
  for (llvm::Function &function : module)
    for (llvm::BasicBlock &block : function) {
      bool isBehindLabel = false;
      for (llvm::Instruction &instr : llvm::make_early_inc_range(block)) {
        auto *call = llvm::dyn_cast<llvm::CallInst>(&instr);
        if (!call || llvm::isa<llvm::IntrinsicInst>(call))
          continue;
        if (call->isInlineAsm()) {
          isBehindLabel = true;
        } else if (isBehindLabel) {
          llvm::CallInst::Create(label, "", std::next(call->getIterator()));
          isBehindLabel = false;
        }
      }
    }
}

/// Scalar arguments, on which the counts of loops depend, become constants.
void fixScalars(const CountedEntry &entry, int64_t position) {
  llvm::Module &module = *entry.function->getParent();
  for (auto [number, tensor] : llvm::enumerate(entry.info->args)) {
    bool isScalar = tensor.dtype == EKE_I64 && tensor.shape.size() == 1 &&
                    tensor.shape.front() == 1;
    if (tensor.isOutput || !isScalar || tensor.max == INT64_MAX)
      continue;
    int64_t value =
        tensor.name == "position" ? std::min(position, tensor.max) : tensor.max;
    auto *constant = llvm::ConstantInt::get(
        llvm::Type::getInt64Ty(module.getContext()), value);
    auto *memory = new llvm::GlobalVariable(
        module, constant->getType(), /*isConstant=*/true,
        llvm::GlobalValue::PrivateLinkage, constant);
    entry.function->getArg(number)->replaceAllUsesWith(memory);
  }
}

/// Sums up the code of blocks, as often as they are executed, by pipeline.
std::vector<PipelineCounts> sumUp(const MachineCounts &code,
                                  const llvm::StringMap<Executions> &times) {
  llvm::MapVector<StringRef, PipelineCounts> pipelines;
  for (const auto &block : code) {
    auto executions = times.find(block.getKey());
    if (executions == times.end())
      continue;
    for (const auto &[label, part] : block.getValue())
      for (const auto &[caller, count] : executions->second) {
        StringRef name = label.empty() ? StringRef(caller) : StringRef(label);
        PipelineCounts &sum = pipelines[name];
        sum.name = name;
        sum.times += count * part->times;
        sum.code.add(part->own, count);
      }
  }
  std::vector<PipelineCounts> counts;
  for (auto &[name, pipeline] : pipelines)
    counts.push_back(std::move(pipeline));
  llvm::sort(counts, [](const PipelineCounts &a, const PipelineCounts &b) {
    return a.name < b.name;
  });
  return counts;
}

/// The code of all entries and kernels, without the runtime.
llvm::Expected<std::unique_ptr<llvm::Module>>
readCode(ModuleOp module, ArrayRef<KernelCode> kernels,
         llvm::TargetMachine &machine, llvm::LLVMContext &context) {
  auto code = translateModule(module, context);
  if (!code)
    return code.takeError();
  retarget(**code, machine);
  for (const KernelCode &kernel : kernels) {
    auto part = readKernel(kernel, context);
    if (!part)
      return part.takeError();
    if (llvm::Error error = linkInto(**code, std::move(*part)))
      return std::move(error);
  }
  return std::move(*code);
}

/// The model of the CPU that the target names, if it names one.
llvm::Expected<std::unique_ptr<CycleModel>>
createCycleModel(TargetAttr target, const llvm::TargetMachine &machine) {
  if (!target.getCycleCpu())
    return nullptr;
  auto model =
      CycleModel::create(machine.getTargetTriple(), target.getCycleCpu());
  if (model)
    return model;
  return llvm::createStringError("target '" + target.getName().str() +
                                 "': " + llvm::toString(model.takeError()));
}

} // namespace

CodeCounts InstructionCounts::getTotal() const {
  CodeCounts total;
  for (const PipelineCounts &pipeline : pipelines)
    total.add(pipeline.code);
  return total;
}

llvm::Expected<std::vector<InstructionCounts>>
countInstructions(ModuleOp module, ArrayRef<KernelCode> kernels,
                  int64_t position) {
  FailureOr<ModelInfo> info = readModelInfo(module);
  if (failed(info))
    return llvm::createStringError("the module has no entries to count");
  auto target = module->getAttrOfType<TargetAttr>(kTargetAttr);
  auto machine = createMachine(target);
  if (!machine)
    return machine.takeError();
  auto model = createCycleModel(target, **machine);
  if (!model)
    return model.takeError();
  llvm::LLVMContext context;
  auto code = readCode(module, kernels, **machine, context);
  if (!code)
    return code.takeError();

  std::vector<CountedEntry> entries;
  for (const EntryInfo &entry : info->entries)
    entries.push_back({&entry, (*code)->getFunction(entry.symbol)});
  internalize(**code, [&](const llvm::GlobalValue &value) {
    return llvm::any_of(entries, [&](const CountedEntry &entry) {
      return entry.function == &value;
    });
  });
  labelEnds(**code);
  retarget(**code, **machine);
  if (llvm::Error error = optimize(
          **code, **machine, getPrefetchDistance(target, info->weightBytes)))
    return std::move(error);
  nameBlocks(**code);
  llvm::ValueToValueMapTy copies;
  auto copy = llvm::CloneModule(**code, copies);
  std::vector<llvm::Function *> functions;
  for (CountedEntry entry : entries) {
    entry.function = llvm::cast<llvm::Function>(&*copies[entry.function]);
    fixScalars(entry, position);
    functions.push_back(entry.function);
  }
  makeSerial(*copy);
  auto times = countExecutions(*copy, functions, **machine);
  auto table = countMachineCode(**code, **machine, model->get());
  if (!table)
    return table.takeError();

  std::vector<InstructionCounts> counts;
  for (auto [entry, executions] : llvm::zip_equal(entries, times))
    counts.push_back(
        {entry.info->name, entry.info->rows, sumUp(*table, executions)});
  return counts;
}

} // namespace mlir::eke
