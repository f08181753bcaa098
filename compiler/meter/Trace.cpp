//===- Trace.cpp - Runs a program and reads what was counted --------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/meter/Trace.h"

#include "compiler/meter/ReadTrace.h"

using llvm::createStringError;
using llvm::StringRef;
using llvm::Twine;

namespace mlir::eke::profile {

void Cell::add(const Cell &other) {
  for (const auto &[block, count] : other.blocks)
    blocks[block] += count;
  for (const auto &[address, bytes] : other.accesses)
    addBytes(accesses[address], bytes);
  calls += other.calls;
}

void TraceSection::add(const TraceSection &other) {
  for (auto [sum, cell] : llvm::zip_equal(sites, other.sites))
    sum.add(cell);
  outside.add(other.outside);
  for (auto [sum, bytes] : llvm::zip_equal(transfers, other.transfers))
    addBytes(sum, bytes);
  for (auto [sum, bytes] : llvm::zip_equal(memories, other.memories))
    addBytes(sum, bytes);
}

//===----------------------------------------------------------------------===//
// Calls of kernels
//===----------------------------------------------------------------------===//

/// The first call at or behind `address`, if it is not far.
static std::optional<Decoded> findCall(const CompiledProgram &program,
                                       const Decoder &decoder,
                                       uint64_t address) {
  // Between a label and its call is no more than the call's arguments.
  constexpr unsigned mostInstructions = 256;
  for (unsigned i = 0; i < mostInstructions; ++i) {
    std::optional<Decoded> decoded = decoder.decode(
        program.getCode(address), address, program.isThumb(address));
    if (!decoded || decoder.getCallee(*decoded))
      return decoded;
    address += decoded->bytes;
  }
  return std::nullopt;
}

llvm::Expected<std::vector<CallSite>>
findCallSites(const CompiledProgram &program, const Decoder &decoder) {
  std::vector<CallSite> sites;
  for (const Symbol &label : program.callLabels) {
    std::optional<Decoded> call = findCall(program, decoder, label.address);
    const Symbol *kernel =
        call ? program.findFunction(*decoder.getCallee(*call)) : nullptr;
    if (!kernel)
      return createStringError(program.name + ": pipeline '" + label.name +
                               "' has a label; expected a call behind it");
    sites.push_back(
        {label.name, kernel->name, call->address, call->address + call->bytes});
  }
  return sites;
}

//===----------------------------------------------------------------------===//
// The run

/// Says why there are less steps than asked for.
static llvm::Error checkSteps(const CompiledProgram &program,
                              const Trace &trace, const Workload &workload) {
  if (trace.prefillTokens != workload.getPromptTokens())
    return createStringError(
        program.name + ": has read " + Twine(trace.prefillTokens) +
        " tokens of prompt, expected " + Twine(workload.getPromptTokens()) +
        ": its tokenizer lacks bytes");
  if (trace.steps.size() == workload.getSteps())
    return llvm::Error::success();
  if (workload.getEntry())
    return createStringError(program.name + ": has called its entry " +
                             Twine(trace.steps.size()) + " times, expected " +
                             Twine(workload.getSteps()));
  return createStringError(program.name + ": has ended its text after " +
                           Twine(trace.steps.size()) + " tokens, expected " +
                           Twine(workload.getSteps()) +
                           "; give other --prompt-tokens, or less --tokens");
}

llvm::Expected<Trace> runProgram(const CompiledProgram &program,
                                 llvm::ArrayRef<CallSite> sites,
                                 llvm::ArrayRef<CacheLevel> caches,
                                 const Workload &workload,
                                 const Launcher &launcher, StringRef compiler) {
  // The last step ends with the program.
  auto counts = launcher.runAndCount(
      program, workload.getArguments(workload.getSteps() + 1),
      writePlan(program, sites, caches), compiler);
  if (!counts)
    return counts.takeError();
  auto trace = readTrace(*counts, program, sites, caches, workload.getEntry());
  if (!trace)
    return trace.takeError();
  if (llvm::Error error = checkSteps(program, *trace, workload))
    return std::move(error);
  return trace;
}

} // namespace mlir::eke::profile
