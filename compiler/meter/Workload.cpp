//===- Workload.cpp - What a measured program does ------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/meter/Workload.h"

#include "compiler/meter/MakeInput.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"

using llvm::createStringError;
using llvm::StringRef;
using llvm::Twine;

namespace mlir::eke::profile {

/// The entry that `wanted` names, as NAME or NAME/ROWS; the only one if it is empty.
static llvm::Expected<const Entry *> findEntry(const CompiledProgram &program,
                                               StringRef wanted) {
  std::vector<std::string> labels;
  for (const Entry &entry : program.entries)
    labels.push_back(entry.getLabel());
  if (wanted.empty() && labels.size() == 1)
    return &program.entries.front();
  if (wanted.empty())
    return createStringError(program.name + ": has " + Twine(labels.size()) +
                             " entries; expected '--entry' with one of " +
                             llvm::join(labels, ", "));
  for (const Entry &entry : program.entries)
    if (entry.getLabel() == wanted || entry.name == wanted)
      return &entry;
  return createStringError(program.name + ": has no entry '" + wanted +
                           "'; expected one of " + llvm::join(labels, ", "));
}

/// The tokens have to fit into the context, with one that the program ends with.
static llvm::Error checkLengths(const CompiledProgram &program,
                                uint64_t promptTokens, uint64_t tokens) {
  uint64_t context = program.language->context;
  if (promptTokens + tokens + 1 <= context)
    return llvm::Error::success();
  return createStringError(
      program.name + ": " + Twine(promptTokens) + " tokens of prompt, " +
      Twine(tokens) +
      " to count and one to end with do not fit into the context; expected "
      "at most " +
      Twine(context) + " together");
}

llvm::Expected<Workload> Workload::create(const CompiledProgram &program,
                                          const WorkloadOptions &options) {
  auto folder = TemporaryFolder::create();
  if (!folder)
    return folder.takeError();
  Workload workload(std::move(*folder));
  bool decodes = program.language && options.entry.empty();
  if (decodes && !options.inputs.empty())
    return createStringError(program.name +
                             ": decodes tokens; expected '--entry' for '--in'");
  workload.steps = decodes ? options.tokens : options.calls;
  workload.promptTokens = decodes ? options.promptTokens : 0;
  if (llvm::Error error = decodes ? workload.prepareText(program)
                                  : workload.prepareCall(program, options))
    return std::move(error);
  return std::move(workload);
}

llvm::Error Workload::prepareText(const CompiledProgram &program) {
  if (llvm::Error error = checkLengths(program, promptTokens, steps))
    return error;
  // The first byte of many characters, and never beside itself: tokenizers have it, and
  // no token has two of it.
  std::string text(promptTokens - (program.language->bos >= 0), '\xf0');
  if (llvm::Error error = folder.write("prompt", text))
    return error;
  arguments = {"--prompt-file", folder.getPath("prompt")};
  llvm::append_range(arguments, program.language->plainArguments);
  return llvm::Error::success();
}

/// Checks the size of a file with the elements of `argument`.
static llvm::Error checkInput(const std::string &file,
                              const Argument &argument) {
  uint64_t bytes;
  if (std::error_code error = llvm::sys::fs::file_size(file, bytes))
    return createStringError(file + ": " + error.message());
  if (bytes == argument.bytes)
    return llvm::Error::success();
  return createStringError(file + ": has " + Twine(bytes) +
                           " bytes, expected " + Twine(argument.bytes) +
                           " of input '" + argument.name + "'");
}

llvm::Error Workload::prepareCall(const CompiledProgram &program,
                                  const WorkloadOptions &options) {
  llvm::Expected<const Entry *> found = findEntry(program, options.entry);
  if (!found)
    return found.takeError();
  entry = *found;
  arguments = {"--entry", entry->getLabel()};
  std::vector<const Argument *> inputs;
  for (const Argument &argument : entry->arguments)
    if (!argument.isOutput)
      inputs.push_back(&argument);
  if (inputs.empty())
    return llvm::Error::success();
  if (!options.inputs.empty() && options.inputs.size() != inputs.size())
    return createStringError(program.name + ": entry '" + entry->getLabel() +
                             "' has " + Twine(inputs.size()) +
                             " inputs, but '--in' names " +
                             Twine(options.inputs.size()) + " files");
  arguments.push_back("--in");
  for (auto [index, input] : llvm::enumerate(inputs)) {
    std::string file = options.inputs.empty()
                           ? folder.getPath("input" + std::to_string(index))
                           : options.inputs[index];
    llvm::Error error = options.inputs.empty()
                            ? folder.write("input" + std::to_string(index),
                                           makeInput(*input, /*seed=*/index))
                            : checkInput(file, *input);
    if (error)
      return error;
    arguments.push_back(std::move(file));
  }
  return llvm::Error::success();
}

std::vector<std::string>
Workload::getArguments(uint64_t steps,
                       llvm::ArrayRef<std::string> outputs) const {
  std::vector<std::string> all = arguments;
  if (!entry) {
    // The first token comes from the prompt.
    all.insert(all.end(), {"--tokens", std::to_string(steps + 1)});
    return all;
  }
  all.insert(all.end(), {"--repeat", std::to_string(steps)});
  std::vector<std::string> files(outputs);
  if (files.empty())
    files.resize(entry->countOutputs(), "/dev/null");
  if (!files.empty())
    all.push_back("--out");
  llvm::append_range(all, files);
  return all;
}

} // namespace mlir::eke::profile
