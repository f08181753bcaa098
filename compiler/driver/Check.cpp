//===- Check.cpp - The command `eke check` --------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   model ── all phases, but no kernels ──► bytes of each memory ── do they fit? ── no ──┐
//     ▲              │                                                                   │
//     │              └──► all that is rejected (pipeline/Rejections.h)                   │
//     └──────────────── the next change that makes them fewer ◄──────────────────────────┘
//
//===----------------------------------------------------------------------===//

#include "compiler/driver/Check.h"

#include "compiler/driver/ModelOptions.h"
#include "compiler/pipeline/MemoryUse.h"
#include "compiler/pipeline/ProgramSize.h"
#include "compiler/pipeline/Rejections.h"
#include "compiler/report/Table.h"
#include "compiler/support/Diagnostics.h"

using llvm::formatv;

namespace mlir::eke {
namespace {

/// What a compilation without code generation says.
struct Checked {
  std::vector<MemoryUse> uses;
  /// Why code would not reach all of it; empty if it does.
  std::string tooFar;
  /// The tokens of context; 0 of what is no language model.
  int64_t context = 0;

  bool fits() const {
    return llvm::all_of(uses, [](const MemoryUse &use) { return use.fits(); });
  }
};

FailureOr<Checked> check(CompileOptions options, StringRef program) {
  options.kind = OutputKind::Module; // of any target
  Compilation compilation(options, program);
  if (failed(compilation.load()))
    return failure();
  if (hasBeenThrough(compilation.getModule(), "kernels"))
    return report(llvm::createStringError(
        options.model +
        ": has been lowered to kernels; expected a module of an "
        "earlier phase"));
  compilation.setKernelCompiler(
      [](halide::KernelOp kernel, StringRef) -> FailureOr<CompiledKernel> {
        CompiledKernel none;
        none.symbol = kernel.getSymName().str();
        return none;
      });
  if (failed(reportRejections(compilation)))
    return failure();
  ModuleOp module = compilation.getModule();
  Checked checked;
  checked.uses = measureMemories(module);
  checked.tooFar = llvm::toString(checkProgramSize(module, /*isProgram=*/true));
  if (auto language = module->getAttrOfType<LanguageAttr>(kLanguageAttr))
    checked.context = language.getContextLength();
  return checked;
}

std::string formatCount(int64_t bytes) { return formatv("{0}", bytes); }

void printTable(const Checked &checked, llvm::raw_ostream &os) {
  Table table(1);
  table.addLine({"memory", "bytes", "weights", "states", "arena", "stack",
                 "in all", "free"});
  for (const MemoryUse &use : checked.uses) {
    int64_t all = use.getBytes();
    std::vector<std::string> cells = {
        use.name, use.capacity ? formatCount(use.capacity) : "-"};
    for (auto kind :
         {Tenant::Weight, Tenant::State, Tenant::Arena, Tenant::Stack})
      cells.push_back(formatCount(use.getBytes(kind)));
    cells.push_back(formatCount(all));
    cells.push_back(use.capacity ? formatCount(use.capacity - all) : "-");
    table.addLine(std::move(cells));
  }
  table.print(os);
}

void printTensors(const Checked &checked, llvm::raw_ostream &os) {
  for (const MemoryUse &use : checked.uses) {
    if (use.tenants.empty())
      continue;
    Table table(0);
    table.addLine({"at", "bytes", "in " + use.name});
    int64_t at = 0;
    for (const Tenant &tenant : use.tenants) {
      table.addLine({formatCount(at), formatCount(tenant.bytes), tenant.name});
      at += tenant.bytes;
    }
    os << '\n';
    table.print(os);
  }
}

/// What is outside of its memory, one line each.
void printOverflows(const Checked &checked, StringRef model) {
  for (const MemoryUse &use : checked.uses)
    if (auto outside = use.findFirstOutside())
      printError(
          formatv("{0}: {1} bytes are too many for '{2}', which has {3}: "
                  "'{4}' is the first that does not fit, by {5}",
                  model, use.getBytes(), use.name, use.capacity,
                  outside->first.name, outside->second)
              .str());
}

/// Options that make a model smaller, those that cost least first.
class Changes {
public:
  Changes(const CompileOptions &options, StringRef program)
      : options(options), program(program) {}

  /// The first that makes everything fit, as options of a command line; empty if none does.
  std::string find(const Checked &before) {
    for (StringRef caches : {StringRef(), StringRef("f16")})
      for (StringRef weights : {StringRef(), StringRef("f16"), StringRef("i8"),
                                StringRef("i4m"), StringRef("i4")})
        if (std::string found = attempt(weights, caches, before);
            !found.empty())
          return found;
    return "";
  }

private:
  std::string attempt(StringRef weights, StringRef caches,
                      const Checked &before) {
    CompileOptions changed = options;
    std::string text;
    if (!weights.empty()) {
      changed.weights = weights;
      text += (" --weights=" + weights).str();
    }
    if (!caches.empty()) {
      changed.caches = caches;
      text += (" --kv-cache=" + caches).str();
    }
    FailureOr<Checked> after = text.empty() ? before : check(changed, program);
    if (failed(after))
      return "";
    if (after->fits())
      return text;
    return shorten(std::move(changed), *after, text);
  }

  /// With the longest context that fits, if only states are too many.
  std::string shorten(CompileOptions changed, const Checked &before,
                      std::string text) {
    int64_t context = before.context;
    for (const MemoryUse &use : before.uses) {
      int64_t states = use.getBytes(Tenant::State);
      int64_t left = use.capacity - (use.getBytes() - states);
      if (use.fits())
        continue;
      if (context == 0 || left <= 0)
        return "";
      // States grow with the context, in steps that rounding makes.
      context = std::min(context, int64_t(double(left) / states * context));
    }
    constexpr int64_t least = 16; // rows that a prompt is read in
    if (context < least)
      return "";
    changed.context = context / least * least;
    FailureOr<Checked> after = check(changed, program);
    if (failed(after) || !after->fits())
      return "";
    return text + " --context=" + std::to_string(*changed.context);
  }

  CompileOptions options;
  StringRef program;
};

int checkModel(ModelRequest request, bool showsTensors, StringRef program) {
  if (llvm::Error error = tryModel(request, program))
    return reportFailure(std::move(error));
  FailureOr<Checked> checked = check(request.compile, program);
  if (failed(checked))
    return getExitCode();
  printTable(*checked, llvm::outs());
  if (showsTensors)
    printTensors(*checked, llvm::outs());
  llvm::outs().flush(); // in front of what is wrong
  if (!checked->tooFar.empty())
    printError(request.compile.model + ": " + checked->tooFar);
  if (checked->fits())
    return checked->tooFar.empty() ? 0 : kInputIsWrong;
  printOverflows(*checked, request.compile.model);
  std::string change = Changes(request.compile, program).find(*checked);
  llvm::errs()
      << "eke: note: "
      << (change.empty()
              ? "no format of weights and no shorter context makes it fit"
              : "it fits with" + change)
      << '\n';
  return kInputIsWrong;
}

} // namespace

int runCheck(ArrayRef<StringRef> args, StringRef program) {
  ModelRequest request;
  bool showsTensors = false;
  Command command{"check", "MODEL",
                  "Says before any code is generated whether a model can be "
                  "compiled for a target, and\nwhether it fits: the bytes of "
                  "each memory, which tensor is the first that does not fit,\n"
                  "and what would make it fit.",
                  &request.compile.model};
  command.add(
      {switchOption("tensors", "show where every tensor lies", showsTensors)});
  command.add(listTargetOptions(request.compile));
  command.add(listModelOptions(request));
  if (std::optional<int> code = readArguments(command, args))
    return *code;
  if (llvm::Error error = checkModelOptions(request))
    return reportFailure(std::move(error));
  return checkModel(std::move(request), showsTensors, program);
}

} // namespace mlir::eke
