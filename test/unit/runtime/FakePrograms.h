//===- FakePrograms.h - Running the fake programs ------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef EKE_TEST_UNIT_RUNTIME_FAKEPROGRAMS_H
#define EKE_TEST_UNIT_RUNTIME_FAKEPROGRAMS_H

#include "test/unit/runtime/FakeModel.h"

#include "llvm/Support/JSON.h"

#include <string>
#include <vector>

namespace eke::test {

/// How a program ended, and what it printed.
struct Ran {
  int status;
  std::string out, err;
};

/// A path in a folder of this process alone, which is removed when it ends.
std::string inFolder(const std::string &name);
std::string readAll(const std::string &path);
/// Writes a file in that folder; returns its path.
std::string writeAll(const std::string &name, const std::string &text);

/// Runs a command of the shell; `arguments` may redirect what goes in.
Ran run(const std::string &program, const std::string &arguments);
/// Runs fake-language or fake-tensors, which are linked as compiled models are.
Ran language(const std::string &arguments);
Ran tensors(const std::string &arguments);

llvm::json::Object parse(const std::string &text);

/// One line `NAME: error: …message…` and status 2.
void expectError(const Ran &ran, const std::string &message);

/// The tokens of a text, behind the one that starts it.
std::vector<int32_t> withStart(const std::string &text);

/// The ids of the next tokens, as they are printed.
std::string continuation(std::vector<int32_t> sequence, int count);

std::string times(const std::string &text, int count);

} // namespace eke::test

#endif // EKE_TEST_UNIT_RUNTIME_FAKEPROGRAMS_H
