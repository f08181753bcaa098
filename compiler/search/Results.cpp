//===- Results.cpp - What a program computes ------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/search/Results.h"

#include "runtime/include/eke/abi.h"

#include "llvm/ADT/APFloat.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>

using llvm::createStringError;
using llvm::StringRef;

namespace mlir::eke {

using profile::Argument;

/// Long enough for steps of several rows and of one.
static constexpr llvm::StringLiteral text =
    "The quick brown fox jumps over the lazy dog, and 12 others do not.\n";

/// How well a language model's program predicts the text, in nats per token.
static llvm::Expected<double> score(const profile::CompiledProgram &program,
                                    const profile::Launcher &launcher) {
  auto folder = TemporaryFolder::create();
  if (!folder)
    return folder.takeError();
  if (llvm::Error error = folder->write("text", text))
    return std::move(error);
  auto said = launcher.run(program, {"--score", folder->getPath("text")});
  if (!said)
    return said.takeError();
  auto json = llvm::json::parse(said->output);
  const llvm::json::Object *object = json ? json->getAsObject() : nullptr;
  if (!json)
    llvm::consumeError(json.takeError());
  if (object)
    if (std::optional<double> nats = object->getNumber("nats_per_token"))
      return *nats;
  return createStringError(program.name + ": does not score a text");
}

llvm::Expected<Results>
Results::compute(const profile::CompiledProgram &program,
                 const profile::Workload &workload,
                 const profile::Launcher &launcher) {
  Results results;
  const profile::Entry *entry = workload.getEntry();
  if (!entry) {
    llvm::Expected<double> nats = score(program, launcher);
    if (!nats)
      return nats.takeError();
    results.natsPerToken = *nats;
    return std::move(results);
  }
  auto folder = TemporaryFolder::create();
  if (!folder)
    return folder.takeError();
  std::vector<std::string> files;
  for (size_t i = 0; i < entry->countOutputs(); ++i)
    files.push_back(folder->getPath("output" + std::to_string(i)));
  if (auto said =
          launcher.run(program, workload.getArguments(/*steps=*/1, files));
      !said)
    return said.takeError();
  for (const Argument &argument : entry->arguments)
    if (argument.isOutput)
      results.outputs.emplace_back(
          argument,
          folder->read("output" + std::to_string(results.outputs.size())));
  return std::move(results);
}

/// The integer in `bytes` little-endian bytes.
static int64_t readInteger(StringRef bytes, bool isSigned) {
  uint64_t value = 0;
  for (unsigned i = 0; i < bytes.size(); ++i)
    value |= uint64_t(uint8_t(bytes[i])) << (8 * i);
  unsigned unused = 64 - 8 * bytes.size();
  return isSigned ? int64_t(value << unused) >> unused : int64_t(value);
}

static double readFloat(StringRef bytes, const llvm::fltSemantics &semantics) {
  llvm::APInt bits(8 * bytes.size(), readInteger(bytes, /*isSigned=*/false));
  llvm::APFloat number(semantics, bits);
  bool losesInfo;
  number.convert(llvm::APFloat::IEEEdouble(),
                 llvm::APFloat::rmNearestTiesToEven, &losesInfo);
  return number.convertToDouble();
}

namespace {

/// How the elements of a type are read, and what is rounding among them.
struct Comparison {
  unsigned bytes;
  const llvm::fltSemantics *semantics; // null: integers
  bool isSigned;
  double relative, absolute;

  double read(StringRef element) const {
    return semantics ? readFloat(element, *semantics)
                     : double(readInteger(element, isSigned));
  }
};

Comparison getComparison(int32_t type) {
  constexpr double relative = 0.01;
  switch (type) {
  case EKE_F32:
    return {4, &llvm::APFloat::IEEEsingle(), false, relative, 0};
  case EKE_F16:
    return {2, &llvm::APFloat::IEEEhalf(), false, relative, 0};
  case EKE_BF16:
    return {2, &llvm::APFloat::BFloat(), false, relative, 0};
  case EKE_I8:
    return {1, nullptr, true, 0, 1};
  case EKE_U8:
    return {1, nullptr, false, 0, 1};
  case EKE_I16:
    return {2, nullptr, true, 0, 1};
  case EKE_I64:
    return {8, nullptr, true, 0, 0};
  case EKE_BOOL:
    return {1, nullptr, false, 0, 0};
  default:
    return {4, nullptr, true, 0, 0};
  }
}

} // namespace

std::optional<std::string> compareOutputs(const Argument &argument,
                                          StringRef bytes, StringRef expected) {
  Comparison comparison = getComparison(argument.type);
  double largest = 0, difference = 0;
  bool isOther = bytes.size() != expected.size();
  for (size_t at = 0; !isOther && at < bytes.size(); at += comparison.bytes) {
    double value = comparison.read(bytes.substr(at, comparison.bytes)),
           wanted = comparison.read(expected.substr(at, comparison.bytes));
    if (std::isfinite(wanted))
      largest = std::max(largest, std::abs(wanted));
    if (value == wanted || (std::isnan(value) && std::isnan(wanted)))
      continue;
    isOther = !std::isfinite(value) || !std::isfinite(wanted);
    difference = std::max(difference, std::abs(value - wanted));
  }
  if (isOther)
    return "output '" + argument.name + "' is another one";
  if (difference <= comparison.absolute + comparison.relative * largest)
    return std::nullopt;
  return llvm::formatv(
             "output '{0}' differs by {1:e2}, expected at most {2:e2}",
             argument.name, difference,
             comparison.absolute + comparison.relative * largest)
      .str();
}

std::optional<std::string> Results::differsFrom(const Results &expected) const {
  constexpr double mostNats = 0.02;
  if (natsPerToken &&
      !(std::abs(*natsPerToken - *expected.natsPerToken) <= mostNats))
    return llvm::formatv("the program scores a text with {0:f4} nats per "
                         "token, expected {1:f4}",
                         *natsPerToken, *expected.natsPerToken)
        .str();
  for (auto [output, wanted] : llvm::zip(outputs, expected.outputs))
    if (std::optional<std::string> difference =
            compareOutputs(output.first, output.second, wanted.second))
      return difference;
  return std::nullopt;
}

} // namespace mlir::eke
