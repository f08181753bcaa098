//===- Trace.cpp - Runs a program and reads what was counted --------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/meter/Trace.h"
#include "compiler/meter/ReadTrace.h"
#include "compiler/meter/RunFolder.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"

namespace fs = llvm::sys::fs;
using llvm::createStringError;
using llvm::StringRef;
using llvm::Twine;

namespace mlir::eke::profile {

void Cell::add(const Cell &other) {
  for (const auto &[block, count] : other.blocks)
    blocks[block] += count;
  for (const auto &[address, bytes] : other.accesses)
    for (unsigned r = 0; r < regionCount; ++r)
      for (unsigned w = 0; w < 2; ++w)
        accesses[address][r][w] += bytes[r][w];
  calls += other.calls;
}

//===----------------------------------------------------------------------===//
// Calls of kernels
//===----------------------------------------------------------------------===//

/// The first call at or behind `address`, if it is not far.
static std::optional<Decoded>
findCall(const Program &program, const Decoder &decoder, uint64_t address) {
  // Between a label and its call is no more than the call's arguments.
  constexpr unsigned mostInstructions = 256;
  for (unsigned i = 0; i < mostInstructions; ++i) {
    std::optional<Decoded> decoded =
        decoder.decode(program.getCode(address), address);
    if (!decoded || decoder.getCallee(*decoded))
      return decoded;
    address += decoded->bytes;
  }
  return std::nullopt;
}

llvm::Expected<std::vector<CallSite>> findCallSites(const Program &program,
                                                    const Decoder &decoder) {
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
//===----------------------------------------------------------------------===//

/// A file's name as part of a list of options: qemu splits at single commas.
static std::string escape(StringRef path) {
  std::string escaped;
  for (char c : path)
    escaped += c == ',' ? ",," : std::string(1, c);
  return escaped;
}

static llvm::Error emulate(const Program &program, const RunOptions &options,
                           const RunFolder &folder) {
  llvm::ErrorOr<std::string> emulator =
      llvm::sys::findProgramByName(options.emulator);
  if (!emulator)
    return createStringError("cannot find '" + options.emulator +
                             "', which runs and counts; expected it in the "
                             "PATH: it is part of qemu-user");
  if (!fs::exists(options.plugin))
    return createStringError("cannot find '" + options.plugin +
                             "', which counts; expected it beside the runtime");
  std::string plugin = escape(options.plugin) +
                       ",plan=" + escape(folder.getPath("plan")) +
                       ",out=" + escape(folder.getPath("counts"));
  // One token comes from the prompt, and the last one ends with the program.
  std::string tokens = std::to_string(options.tokens + 2);
  std::string prompt = folder.getPath(RunFolder::prompt),
              log = folder.getPath(RunFolder::log);
  llvm::SmallVector<StringRef> args = {
      *emulator,    "-cpu",          options.cpu, "-plugin",  plugin,
      program.path, "--prompt-file", prompt,      "--tokens", tokens};
  args.append(program.plainArguments.begin(), program.plainArguments.end());
  const std::optional<StringRef> redirects[] = {"", "", log};
  std::string message;
  int status = llvm::sys::ExecuteAndWait(
      *emulator, args, llvm::ArrayRef<StringRef>(), redirects, 0, 0, &message);
  if (status == 0)
    return llvm::Error::success();
  return createStringError(
      program.name + ": does not run: " +
      folder.getReason(message.empty() ? "exit status " + std::to_string(status)
                                       : message));
}

static llvm::Error checkLengths(const Program &program,
                                const RunOptions &options) {
  uint64_t positions = options.promptTokens + options.tokens + 1;
  if (positions > uint64_t(program.context))
    return createStringError(
        program.name + ": " + Twine(options.promptTokens) +
        " tokens of prompt, " + Twine(options.tokens) +
        " to count and one to end with do not fit into the context; expected "
        "at most " +
        Twine(program.context) + " together");
  return llvm::Error::success();
}

llvm::Expected<Trace> runProgram(const Program &program,
                                 llvm::ArrayRef<CallSite> sites,
                                 const RunOptions &options) {
  if (llvm::Error error = checkLengths(program, options))
    return std::move(error);
  auto folder = RunFolder::create();
  if (!folder)
    return folder.takeError();
  if (llvm::Error error = folder->writePrompt(program, options.promptTokens))
    return std::move(error);
  if (llvm::Error error = folder->write("plan", writePlan(program, sites)))
    return std::move(error);
  if (llvm::Error error = emulate(program, options, *folder))
    return std::move(error);
  auto counts = llvm::MemoryBuffer::getFile(folder->getPath("counts"));
  if (!counts)
    return createStringError(counts.getError(), "%s: nothing was counted",
                             program.name.c_str());
  auto trace = readTrace((*counts)->getBuffer(), program, sites);
  if (!trace)
    return trace.takeError();
  if (trace->prefillTokens != options.promptTokens)
    return createStringError(
        program.name + ": has read " + Twine(trace->prefillTokens) +
        " tokens of prompt, expected " + Twine(options.promptTokens) +
        ": its tokenizer lacks bytes");
  if (trace->steps.size() != options.tokens)
    return createStringError(program.name + ": has ended its text after " +
                             Twine(trace->steps.size()) + " tokens, expected " +
                             Twine(options.tokens) +
                             "; give other --prompt-tokens, or less --tokens");
  return trace;
}

} // namespace mlir::eke::profile
