//===- CommonOptions.h - What every program can be asked for ----*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef EKE_RUNTIME_PROGRAMS_COMMONOPTIONS_H
#define EKE_RUNTIME_PROGRAMS_COMMONOPTIONS_H

#include "runtime/programs/Options.h"

namespace eke::rt {

/// What the options of all programs say.
struct CommonRequest {
  const char *statsFile = nullptr, *statesFile = nullptr;
  int64_t threads = 1;
  bool lock = false, sandbox = false, help = false, version = false;
  bool isOfTensors = false; ///< an entry is to be run on tensor files
  bool catchesInterrupts =
      false; ///< the program does, which the sandbox allows then
};

/// The table of a program: its own options, and behind them the common ones.
class ProgramOptions {
public:
  template <int count>
  ProgramOptions(const Option (&own)[count], CommonRequest &common) {
    static_assert(count <= mostOwn, "raise mostOwn");
    for (const Option &option : own)
      options[size++] = option;
    addCommon(common);
  }

  void parse(int argc, char **argv) const {
    parseOptions(options, size, argc, argv);
  }
  /// Is there an option `name` that the table does not have?
  bool lack(const char *name, int argc, char **argv) const {
    return namesOption(options, size, name, argc, argv);
  }
  void print(Writer &out) const { printOptions(options, size, out); }

private:
  static constexpr int mostOwn = 32, commonCount = hasProcesses ? 7 : 4;

  void addCommon(CommonRequest &common);

  Option options[mostOwn + commonCount];
  int size = 0;
};

/// Starts the threads, and gives up what the user wants given up. Everything is open
/// and reserved: what follows is work.
void startWork(const CommonRequest &request);

/// Is a program asked for something else than its own work: to run an entry on tensor files, to
/// say which version it is, or for help, which has been printed? Then it has been done, with
/// this exit status.
bool isOtherRequest(const CommonRequest &request, const eke_model &model,
                    int argc, char **argv, int &status);

/// Prints what --version says.
int printVersion(const eke_model &model);

} // namespace eke::rt

#endif // EKE_RUNTIME_PROGRAMS_COMMONOPTIONS_H
