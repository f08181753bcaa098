//===- StackUse.cpp - The most stack that code takes ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   machine functions ──► frame and callees of each ──► longest path of the call graph
//
//===----------------------------------------------------------------------===//

#include "codegen/llvm/StackUse.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/CodeGen/MachineFrameInfo.h"
#include "llvm/CodeGen/MachineFunctionPass.h"
#include "llvm/IR/Function.h"

namespace mlir::eke {
namespace {

/// The symbol that an instruction calls; empty for an address.
llvm::StringRef getCallee(const llvm::MachineInstr &instr) {
  for (const llvm::MachineOperand &operand : instr.operands()) {
    if (operand.isSymbol())
      return operand.getSymbolName();
    if (operand.isGlobal())
      return operand.getGlobal()->getName();
  }
  return "";
}

struct StackFramesPass : llvm::MachineFunctionPass {
  static char ID;
  explicit StackFramesPass(StackFrames &frames)
      : MachineFunctionPass(ID), frames(frames) {}

  void getAnalysisUsage(llvm::AnalysisUsage &usage) const override {
    usage.setPreservesAll();
    MachineFunctionPass::getAnalysisUsage(usage);
  }

  bool runOnMachineFunction(llvm::MachineFunction &function) override {
    StackFrame &frame = frames[function.getName()];
    const llvm::MachineFrameInfo &info = function.getFrameInfo();
    frame.bytes = info.getStackSize() + info.getUnsafeStackSize();
    frame.isDynamic = info.hasVarSizedObjects();
    for (const llvm::MachineBasicBlock &block : function)
      for (const llvm::MachineInstr &instr : block.instrs()) {
        if (!instr.isCall() || instr.isInlineAsm())
          continue;
        llvm::StringRef callee = getCallee(instr);
        frame.callsAddress |= callee.empty();
        if (!callee.empty())
          frame.callees.insert(callee.str());
      }
    return false;
  }

  StackFrames &frames;
};

char StackFramesPass::ID = 0;

/// Goes through a call graph from one function.
class Walk {
public:
  explicit Walk(const StackFrames &frames) : frames(frames) {}

  /// The stack of a call of `function`; of one that is under way, nothing.
  uint64_t visit(llvm::StringRef function) {
    auto found = frames.find(function);
    if (found == frames.end()) {
      outside.insert(function);
      return 0;
    }
    auto [depth, isNew] = depths.try_emplace(function, kUnderWay);
    if (!isNew) {
      if (depth->second != kUnderWay)
        return depth->second;
      recursive.insert(function);
      return 0;
    }
    const StackFrame &frame = found->second;
    if (frame.callsAddress)
      byAddress.insert(function);
    if (frame.isDynamic)
      dynamic.insert(function);
    uint64_t deepest = 0;
    for (const std::string &callee : frame.callees)
      deepest = std::max(deepest, visit(callee));
    return depths[function] = frame.bytes + deepest;
  }

  std::set<llvm::StringRef> outside, byAddress, recursive, dynamic;

private:
  static constexpr uint64_t kUnderWay = UINT64_MAX;

  const StackFrames &frames;
  llvm::DenseMap<llvm::StringRef, uint64_t> depths;
};

std::vector<std::string> toVector(const std::set<llvm::StringRef> &names) {
  std::vector<std::string> list;
  for (llvm::StringRef name : names)
    list.push_back(name.str());
  return list;
}

} // namespace

llvm::Pass *createStackFramesPass(StackFrames &frames) {
  return new StackFramesPass(frames);
}

std::string StackUse::describe() const {
  std::string text = std::to_string(bytes) + " bytes";
  auto add = [&](const std::vector<std::string> &names, llvm::StringRef what) {
    if (!names.empty())
      text += (what + llvm::join(names, ", ")).str();
  };
  add(outside, ", and what is taken by ");
  add(byAddress, "; without what is called by an address in ");
  add(recursive, "; of one call only of ");
  add(dynamic, "; without what depends on numbers in ");
  return text;
}

StackUse findStackUse(const StackFrames &frames, llvm::StringRef function) {
  Walk walk(frames);
  StackUse use;
  use.bytes = walk.visit(function);
  use.outside = toVector(walk.outside);
  use.byAddress = toVector(walk.byAddress);
  use.recursive = toVector(walk.recursive);
  use.dynamic = toVector(walk.dynamic);
  return use;
}

} // namespace mlir::eke
