//===- CommonOptions.cpp - What every program can be asked for ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "runtime/programs/CommonOptions.h"

#include "runtime/os/Sandbox.h"
#include "runtime/programs/Programs.h"

#include <string.h>

namespace eke::rt {

void ProgramOptions::addCommon(CommonRequest &common) {
  const Option all[] = {
      // Of processes.
      {"threads", Option::Integer, &common.threads, 1, EKE_MAX_THREADS, "N",
       "run on N threads (1)"},
      {"lock", Option::Switch, &common.lock, 0, 0, "",
       "keep weights and memory from being swapped out (mlockall)"},
      {"sandbox", Option::Switch, &common.sandbox, 0, 0, "",
       "give up all system calls but reading, writing, waiting and the\n"
       "                        time before the work begins (seccomp)"},
      // Of all programs.
      {"stats", Option::Path, &common.statsFile, 0, 0, "FILE",
       hasProcesses
           ? "write times, memory (of /proc/self/status) and sizes as JSON;\n"
             "                        - is standard output"
           : "write time, stack and sizes as JSON; - is standard output"},
      {"states", Option::Path, &common.statesFile, 0, 0, "FILE",
       "write what the states hold at the end, as safetensors"},
      {"help", Option::Switch, &common.help, 0, 0, "", "print this"},
      {"version", Option::Switch, &common.version, 0, 0, "",
       "print compiler version, target and model hash"},
  };
  constexpr int count = sizeof all / sizeof all[0];
  for (int i = count - commonCount; i < count; ++i)
    options[size++] = all[i];
}

void startWork(const CommonRequest &request) {
  if constexpr (hasProcesses) {
    if (int error = eke_start_threads(int(request.threads)))
      failToRun("cannot start %lld threads: %s", (long long)request.threads,
                strerror(error));
    if (request.lock)
      lockMemory();
    if (request.sandbox)
      enterSandbox(request.catchesInterrupts);
  }
}

bool isOtherRequest(const CommonRequest &request, const eke_model &model,
                    int argc, char **argv, int &status) {
  status = 0;
  if (request.isOfTensors)
    status = runTensors(model, argc, argv);
  else if (!request.help && request.version)
    status = printVersion(model);
  return request.isOfTensors || request.help || request.version;
}

int printVersion(const eke_model &model) {
  Writer out(1, "standard output");
  auto putLine = [&](const char *key, const char *value) {
    out.put(key);
    out.putPrintable(value);
    out.put("\n");
  };
  out.putPrintable(model.name);
  putLine(", compiled by eke ", model.compiler_version);
  putLine("target:  ", model.target);
  putLine("weights: ", model.weights_format);
  putLine("model:   ", model.model_hash);
  out.flush();
  return 0;
}

} // namespace eke::rt
