//===- LanguageOptions.h - What a language model is asked for ---*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef EKE_RUNTIME_PROGRAMS_LANGUAGEOPTIONS_H
#define EKE_RUNTIME_PROGRAMS_LANGUAGEOPTIONS_H

#include "runtime/programs/CommonOptions.h"
#include "runtime/programs/TokenPrinter.h"

namespace eke::rt {

/// What the user asked for; the defaults are those of --help.
struct LanguageRequest {
  const char *prompt = nullptr, *promptFile = nullptr;
  const char *scoreFile = nullptr, *promptCache = nullptr, *embed = nullptr;
  const char *logProbabilities = nullptr;
  const char *message = nullptr, *system = nullptr;
  const char *speculate = "auto";
  TextList stops;
  int64_t tokens = -1, window = 0, seed = 0;
  Sampling sampling = {-1};
  double confidence = -1;
  int64_t drafts = 0; ///< what `speculate` says
  bool chat = false, ids = false, echo = false, json = false;
  CommonRequest common;

  bool isChat() const { return chat || message; }
  OutputForm form() const {
    return json ? OutputForm::Json : ids ? OutputForm::Ids : OutputForm::Text;
  }
};

/// Reads the command line; prints --help if that is asked for.
LanguageRequest readLanguageRequest(const eke_model &model, int argc,
                                    char **argv);

/// Fails if options do not go together, or the model cannot do what they say.
void checkLanguageRequest(LanguageRequest &request, const eke_model &model);

/// Says that a file of --prompt-cache cannot be written in a sandbox.
[[noreturn]] void failForSandbox();

} // namespace eke::rt

#endif // EKE_RUNTIME_PROGRAMS_LANGUAGEOPTIONS_H
