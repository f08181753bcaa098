//===- ModelOptions.cpp - The options that commands share -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/driver/ModelOptions.h"

#include "compiler/pipeline/ModelNote.h"
#include "compiler/search/Attribution.h"
#include "compiler/search/Calibration.h"
#include "compiler/search/ExitSearch.h"
#include "compiler/support/Diagnostics.h"
#include "compiler/support/OutputFile.h"
#include "dialects/eke/EkeDialect.h"
#include "dialects/eke/Format.h"
#include "dialects/formats/Formats.h"

namespace mlir::eke {

static constexpr StringRef kTableRole = "the table of losses";

static constexpr uint32_t mostRows = 4096;

std::vector<std::pair<StringRef, StringRef>> listFormats() {
  DialectRegistry registry;
  registry.insert<EkeDialect>();
  registerFormats(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  std::vector<std::pair<StringRef, StringRef>> formats;
  for (auto &format : context.getOrLoadDialect<EkeDialect>()->getFormats())
    formats.emplace_back(format->getName(), format->getName());
  formats.emplace_back(kKeepStorage, kKeepStorage);
  return formats;
}

std::vector<Option> listTargetOptions(CompileOptions &options) {
  return {textOption(
      "target", "NAME|FILE",
      "a device of 'eke targets' or a profile NAME.textproto (default: host)",
      options.target)};
}

/// `--exit`: a run of a block, nowhere, or where it pays.
static Option exitOption(ModelRequest &request) {
  auto store = [&request](StringRef text) {
    uint32_t run = 0;
    request.searchesExit = text == "auto";
    if (text != "auto" && text != "none" &&
        (text.getAsInteger(10, run) || run == 0))
      return false;
    request.compile.exits.run = run;
    if (request.searchesExit)
      request.compile.exits.run = std::nullopt;
    return true;
  };
  return {"exit",
          "RUN|none|auto",
          "draft behind this run of a block, nowhere, or where it pays",
          "a number above 0, none or auto",
          "",
          store};
}

/// `--bos`: the token that starts every text, or none.
static Option startOption(CompileOptions &options) {
  auto store = [&options](StringRef text) {
    int64_t token = -1;
    if (text != "none" && (text.getAsInteger(10, token) || token < 0))
      return false;
    options.bos = token;
    return true;
  };
  return {"bos",
          "TOKEN|none",
          "start every text with this token, or none (default: as the "
          "tokenizer's files say)",
          "the number of a token or none",
          "",
          store};
}

/// `--kernel-cache`, of which the environment may say what it is by default.
static Option kernelCacheOption(CompileOptions &options) {
  std::string &folder = options.kernels->folder;
  if (const char *usual = std::getenv("EKE_KERNEL_CACHE"))
    folder = usual;
  return textOption("kernel-cache", "DIR",
                    "keep compiled kernels in this folder, and take from it "
                    "what another compilation kept (default: "
                    "$EKE_KERNEL_CACHE)",
                    folder);
}

/// `--chat-date`: what templates print as today's date.
static Option dateOption(ChatOptions &options) {
  auto store = [&options](StringRef text) {
    options.date = Date::parse(text);
    return options.date.has_value();
  };
  return {"chat-date",
          "YYYY-MM-DD",
          "the day that a chat template prints where it asks for today's: "
          "programs do not know it",
          "a day such as 2025-06-30",
          "",
          store};
}

std::vector<Option> listChatOptions(ChatOptions &options) {
  return {textOption("chat-template", "FILE",
                     "the form of chats, as a Jinja template (default: as the "
                     "tokenizer's files say)",
                     options.templateFile),
          dateOption(options)};
}

std::vector<Option> listFormatOptions(CompileOptions &options) {
  return {
      choiceOption("weights",
                   "format of the matrices, or keep their numbers as they are "
                   "stored (default: i8)",
                   listFormats(), options.weights),
      choiceOption("head",
                   "format of the matrices that tokens are looked up in and "
                   "logits are products with (default: i8 for --weights=i4, "
                   "i8g for i4m, else that of the others)",
                   listFormats(), options.head),
      textOption("formats", "FILE",
                 "the formats of matrices by their names, as 'eke compress' "
                 "writes them; others have that of --weights",
                 options.formats)};
}

std::vector<Option> listOtherModelOptions(ModelRequest &request) {
  CompileOptions &options = request.compile;
  ExitOptions &exits = options.exits;
  std::vector<Option> list = {
      choiceOption<bool>(
          "rotate",
          "rotate the rows of a language model, so that 8 bits hold them, "
          "unless its weights lose by it (default: on for i8, and for i4 "
          "with --calibrate)",
          {{"on", true}, {"off", false}}, options.rotates),
      choiceOption<StringRef>(
          "kv-cache",
          "elements of KV caches (default: f16, or f32 for --weights=f32)",
          {{"f32", "f32"}, {"f16", "f16"}}, options.caches),
      numberOption("rows",
                   "tokens that a language model reads at once, at most", 1,
                   mostRows, options.rows),
      numberOption("context",
                   "positions that the caches of a language model have "
                   "(default: those it was trained for)",
                   1, std::numeric_limits<int32_t>::max(), options.context),
      startOption(options),
      switchOption("embed",
                   "let the program give embeddings of texts, by --embed",
                   options.embeds),
      exitOption(request),
      textOption("calibrate", "FILE",
                 "a text like those that the model is for: weights in 4 bits "
                 "are rounded by what goes through them there, and "
                 "--exit=auto finds the exit on it",
                 options.calibration),
      numberOption("drafts",
                   "with --exit: tokens to draft at most (default: 3)", 1,
                   maxDrafts, exits.drafts),
      numberOption("draft-tokens",
                   "with --exit: draft by the head's first N tokens, in 4 bits",
                   1, std::numeric_limits<int32_t>::max(), exits.draftTokens),
      realOption("acceptance-rate", "SHARE",
                 "with --exit: of drafts, the share that is accepted, where it "
                 "was measured: for 'eke report'",
                 0, 1, exits.acceptanceRate),
      realOption("threshold", "P",
                 "with --exit: stop there where the best token has this "
                 "probability",
                 0, 1, exits.threshold),
      kernelCacheOption(options),
  };
  for (Option &option : listChatOptions(options.chat))
    list.push_back(std::move(option));
  return list;
}

std::vector<Option> listModelOptions(ModelRequest &request) {
  std::vector<Option> list = listFormatOptions(request.compile);
  for (Option &option : listOtherModelOptions(request))
    list.push_back(std::move(option));
  return list;
}

std::vector<Option> listScheduleOptions(CompileOptions &options) {
  return {
      choiceOption<bool>("kernels", "how loops are generated",
                         {{"halide", false}, {"loops", true}},
                         options.plainLoops),
      textOption("schedules", "FILE",
                 "schedules that 'eke tune' wrote, or edited ones",
                 options.schedules),
  };
}

std::vector<Option> listEntryOptions(profile::WorkloadOptions &options) {
  return {
      textOption("entry", "NAME[/ROWS]",
                 "call this entry, not the only one, nor decode a text",
                 options.entry),
      listOption("in", "FILE",
                 "with an input of the entry; once for each, in order "
                 "(default: numbers that are made up)",
                 options.inputs),
  };
}

llvm::Error checkModelOptions(const ModelRequest &request) {
  const ExitOptions &exits = request.compile.exits;
  if (request.searchesExit && request.compile.calibration.empty())
    return llvm::createStringError(
        "option '--exit=auto' needs '--calibrate=FILE'");
  if (request.searchesExit && (exits.drafting() || exits.threshold))
    return llvm::createStringError(
        "option '--exit=auto' finds how to draft; expected no '--drafts', "
        "'--draft-tokens', '--acceptance-rate' or '--threshold'");
  return checkExitOptions(exits);
}

llvm::Error checkProgramOptions(ArrayRef<Option> options, StringRef input) {
  for (const Option &option : options)
    if (option.isGiven && isProgram(input))
      return llvm::createStringError("option '--" + option.name +
                                     "' is for a model, but '" + input +
                                     "' is a program already");
  return llvm::Error::success();
}

/// Replaces `--exit=auto` by the exit that pays, if one does.
static llvm::Error resolveExit(ModelRequest &request, StringRef compiler) {
  if (!request.searchesExit)
    return llvm::Error::success();
  llvm::Expected<FoundExit> found = searchExit(
      request.compile, request.compile.calibration, compiler, llvm::errs());
  if (!found)
    return found.takeError();
  ExitOptions &exits = request.compile.exits;
  exits.run = found->run;
  if (found->run) {
    exits.drafts = found->drafts;
    exits.acceptanceRate = found->acceptanceRate;
  }
  if (found->run && found->draftTokens)
    exits.draftTokens = found->draftTokens;
  request.compile.draftCosts = found->costs;
  return llvm::Error::success();
}

/// Notes what the weights are to be rounded by, if there is a text to find that.
static llvm::Error calibrate(ModelRequest &request, StringRef compiler) {
  CompileOptions &options = request.compile;
  if (options.calibration.empty())
    return llvm::Error::success();
  auto moments = collectMoments(options, compiler);
  if (!moments)
    return moments.takeError();
  if (moments->empty() && !request.searchesExit)
    return llvm::createStringError(
        "option '--calibrate' has no use: no weight is rounded to 4 bits; "
        "expected '--weights=i4' or '--exit=auto'");
  options.moments = std::move(*moments);
  return llvm::Error::success();
}

llvm::Error tryModel(ModelRequest &request, StringRef compiler) {
  if (llvm::Error error = resolveExit(request, compiler))
    return error;
  return calibrate(request, compiler);
}

int attributeModel(ModelRequest request, StringRef text, StringRef compiler) {
  CompileOptions &options = request.compile;
  std::string output = options.output.empty() ? "-" : options.output;
  if (llvm::Error error = checkOutput(output, kTableRole))
    return reportFailure(std::move(error));
  if (llvm::Error error = tryModel(request, compiler))
    return reportFailure(std::move(error));
  auto table = attributeLoss(options, text, compiler);
  if (!table)
    return reportFailure(table.takeError());
  if (llvm::Error error = writeOutput(output, kTableRole, *table))
    return reportFailure(std::move(error));
  return 0;
}

int compileModel(ModelRequest request, StringRef compiler) {
  if (llvm::Error error = tryModel(request, compiler))
    return reportFailure(std::move(error));
  if (failed(Compilation(std::move(request.compile), compiler).run()))
    return getExitCode();
  return 0;
}

} // namespace mlir::eke
