//===- CallStack.cpp - Which pipeline a stack belongs to ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/meter/CallStack.h"

#include "llvm/ADT/STLExtras.h"

#include <set>

namespace mlir::eke::profile {

CallStack::CallStack(const CompiledProgram &program, const Decoder &decoder,
                     llvm::ArrayRef<CallSite> sites) {
  std::set<const Symbol *> functions;
  llvm::DenseMap<uint64_t, size_t> siteAt;
  for (const Entry &entry : program.entries)
    functions.insert(program.findFunction(entry.address));
  for (const auto &[index, site] : llvm::enumerate(sites)) {
    functions.insert(program.findFunction(site.call));
    siteAt[site.call] = index;
  }
  functions.erase(nullptr);
  for (const Symbol *function : functions) {
    uint64_t address = function->address, end = address + function->size;
    while (address < end) {
      std::optional<Decoded> decoded = decoder.decode(
          program.getCode(address), address, program.isThumb(address));
      if (!decoded)
        break;
      address += decoded->bytes;
      if (!decoder.instructions->get(decoded->inst.getOpcode()).isCall())
        continue;
      Call call;
      call.caller = function->address;
      call.callee = decoder.getCallee(*decoded).value_or(0);
      if (auto found = siteAt.find(decoded->address); found != siteAt.end())
        call.site = found->second;
      add(address, call);
    }
  }
}

void CallStack::add(uint64_t next, const Call &call) {
  calls[next] = call;
  callers.insert(call.caller);
  if (call.site)
    kernels.insert(call.callee);
}

std::optional<size_t> CallStack::findSite(llvm::ArrayRef<uint64_t> words,
                                          uint64_t entry,
                                          uint64_t function) const {
  for (uint64_t word : llvm::reverse(words)) {
    auto found = calls.find(word);
    if (found == calls.end() || found->second.caller != entry)
      continue;
    const Call &call = found->second;
    if (call.site) {
      // Where a call with more arguments on the stack was, one with less leaves
      // its address: that kernel is not the one we are in.
      if (function == call.callee || !kernels.contains(function))
        return call.site;
    } else if (callers.contains(call.callee)) {
      entry = call.callee;
    } else {
      return std::nullopt;
    }
  }
  return std::nullopt;
}

} // namespace mlir::eke::profile
