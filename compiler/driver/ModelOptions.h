//===- ModelOptions.h - The options that commands share ---------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_DRIVER_MODELOPTIONS_H
#define EKE_COMPILER_DRIVER_MODELOPTIONS_H

#include "compiler/driver/Options.h"
#include "compiler/meter/Workload.h"
#include "compiler/pipeline/Compilation.h"

namespace mlir::eke {

/// A model on the command line, and how it is to be compiled.
struct ModelRequest {
  CompileOptions compile;
  /// `--exit=auto`: the exit that pays is searched on the text for calibration.
  bool searchesExit = false;
};

/// `--target`.
std::vector<Option> listTargetOptions(CompileOptions &options);

/// What conversations look like.
std::vector<Option> listChatOptions(ChatOptions &options);

/// The formats of weights, by name, and how to ask for none in particular.
std::vector<std::pair<StringRef, StringRef>> listFormats();

/// How weights are stored.
std::vector<Option> listFormatOptions(CompileOptions &options);

/// What else changes the code that is made of a model, apart from its schedules.
std::vector<Option> listOtherModelOptions(ModelRequest &request);

/// Both.
std::vector<Option> listModelOptions(ModelRequest &request);

/// Where schedules come from.
std::vector<Option> listScheduleOptions(CompileOptions &options);

/// The entry to run, and its inputs.
std::vector<Option> listEntryOptions(profile::WorkloadOptions &options);

/// Says which options do not go together, if some do not.
llvm::Error checkModelOptions(const ModelRequest &request);

/// Says that an option of `options` was given for a model that is a program already, if that
/// is so.
llvm::Error checkProgramOptions(ArrayRef<Option> options, StringRef input);

/// Finds what is decided by running the model: replaces `--exit=auto` by the exit that pays, if
/// one does, and has the model read the text of `--calibrate`. `compiler` is the path of the
/// running compiler.
llvm::Error tryModel(ModelRequest &request, StringRef compiler);

/// Writes what each decision and each tensor loses on the text, in place of a program; returns the
/// exit code.
int attributeModel(ModelRequest request, StringRef text, StringRef compiler);

/// Compiles the model; returns the exit code.
int compileModel(ModelRequest request, StringRef compiler);

} // namespace mlir::eke

#endif // EKE_COMPILER_DRIVER_MODELOPTIONS_H
