//===- Diagnostics.cpp - What eke says when something is wrong ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/support/Diagnostics.h"

#include "compiler/support/Protection.h"
#include "dialects/eke/InputFile.h"

#include "mlir/IR/Location.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/ConvertUTF.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Regex.h"
#include "llvm/Support/raw_ostream.h"

#include <atomic>

namespace mlir::eke {
namespace {

/// The place that `location` names in a file or, without one, in the model.
std::string describe(Location location) {
  return llvm::TypeSwitch<Location, std::string>(location)
      .Case([](FileLineColLoc file) {
        std::string text = file.getFilename().str();
        if (file.getLine() != 0)
          text += ":" + std::to_string(file.getLine()) + ":" +
                  std::to_string(file.getColumn());
        return text;
      })
      .Case([](NameLoc name) {
        std::string child = describe(name.getChildLoc());
        return child.empty() ? name.getName().str() : child;
      })
      .Case([](CallSiteLoc call) { return describe(call.getCallee()); })
      .Case([](FusedLoc fused) {
        for (Location part : fused.getLocations())
          if (std::string text = describe(part); !text.empty())
            return text;
        return std::string();
      })
      .Default([](Location) { return std::string(); });
}

/// What does not print is escaped: names from outside may hold anything.
std::string onOneLine(StringRef text) {
  std::string line;
  llvm::raw_string_ostream os(line);
  text = text.trim();
  while (!text.empty()) {
    auto *at = reinterpret_cast<const llvm::UTF8 *>(text.begin());
    unsigned size = llvm::getUTF8SequenceSize(at, text.bytes_end());
    unsigned char c = text.front();
    // U+0080 to U+009F control terminals, too.
    bool controls = c < ' ' || c == 0x7f ||
                    (size == 2 && c == 0xc2 && uint8_t(text[1]) < 0xa0);
    if (c == '\n')
      os << ' ';
    else if (size == 0 || controls)
      os << llvm::formatv("\\x{0:X-2}", c);
    else
      os << text.take_front(size);
    text = text.drop_front(size == 0 || controls ? 1 : size);
  }
  return line;
}

std::atomic<int> exitCode{0};

void setExitCode(int code) {
  int none = 0;
  exitCode.compare_exchange_strong(none, code);
}

/// Prints a line, unless a signal ends the process: then it has been said why.
void printLine(StringRef kind, StringRef text) {
  {
    LeftoverGuard guard;
  }
  llvm::errs() << ("eke: " + kind + ": " + text + "\n").str();
}

StringRef nameOf(DiagnosticSeverity severity) {
  switch (severity) {
  case DiagnosticSeverity::Error:
    return "error";
  case DiagnosticSeverity::Warning:
    return "warning";
  case DiagnosticSeverity::Remark:
    return "remark";
  case DiagnosticSeverity::Note:
    return "note";
  }
  llvm_unreachable("covered switch");
}

/// What a diagnostic says, and where.
std::string getLine(Location location, StringRef said) {
  std::string place = onOneLine(describe(location));
  std::string text = onOneLine(said);
  // A message about a file may begin with its name already.
  if (!place.empty() && !StringRef(text).starts_with(place))
    text = place + ": " + text;
  return text;
}
std::string getLine(Diagnostic &diagnostic) {
  return getLine(diagnostic.getLocation(), diagnostic.str());
}

void print(Diagnostic &diagnostic) {
  if (diagnostic.getSeverity() == DiagnosticSeverity::Error)
    setExitCode(kInputIsWrong);
  printLine(nameOf(diagnostic.getSeverity()), getLine(diagnostic));
}

/// One wrong number makes many others wrong: what tells faults apart is the rest.
std::string maskNumbers(StringRef text) {
  std::string masked;
  for (char c : text)
    if (!llvm::isDigit(c))
      masked += c;
    else if (!StringRef(masked).ends_with("#"))
      masked += '#';
  return masked;
}

/// Each line once, with those that are alike.
using Groups = llvm::MapVector<StringRef, SmallVector<const Finding *>>;

Groups group(ArrayRef<Finding> findings) {
  Groups groups;
  llvm::StringSet<> lines;
  for (const Finding &finding : findings)
    if (lines.insert(finding.line).second)
      groups[finding.kind].push_back(&finding);
  return groups;
}

} // namespace

int getExitCode() {
  setExitCode(kMachineFailed);
  return exitCode;
}

void printError(const llvm::Twine &message) {
  setExitCode(kInputIsWrong);
  printLine("error", onOneLine(message.str()));
}

void printWarning(const llvm::Twine &message) {
  printLine("warning", onOneLine(message.str()));
}

Finding describeFinding(Location location, StringRef text) {
  return {getLine(location, text), onOneLine(text), {}, location};
}

void printFindings(ArrayRef<Finding> findings) {
  constexpr size_t mostAlike = 3;
  for (const auto &[kind, alike] : group(findings)) {
    for (const Finding *finding : ArrayRef(alike).take_front(mostAlike)) {
      printError(finding->line);
      for (const std::string &note : finding->notes)
        printLine("note", note);
    }
    if (alike.size() > mostAlike)
      printLine("note", "and " + std::to_string(alike.size() - mostAlike) +
                            " more like it");
  }
}

int reportFailure(llvm::Error error) {
  bool isOfMachine = false;
  std::vector<Finding> findings;
  llvm::handleAllErrors(std::move(error), [&](const llvm::ErrorInfoBase &info) {
    isOfMachine |= info.convertToErrorCode() != llvm::inconvertibleErrorCode();
    std::string line = info.message(), kind = line;
    if (info.isA<PlacedError>())
      kind = maskNumbers(static_cast<const PlacedError &>(info).getWhat());
    findings.push_back({std::move(line), std::move(kind), {}, {}});
  });
  setExitCode(isOfMachine ? kMachineFailed : kInputIsWrong);
  printFindings(findings);
  return getExitCode();
}

LogicalResult report(llvm::Error error) {
  if (!error)
    return success();
  reportFailure(std::move(error));
  return failure();
}

void printDiagnostics(MLIRContext &context) {
  // The op is named by its location; as text it fills screens.
  context.printOpOnDiagnostic(false);
  context.getDiagEngine().registerHandler([](Diagnostic &diagnostic) {
    print(diagnostic);
    for (Diagnostic &note : diagnostic.getNotes())
      print(note);
    return success();
  });
}

HeldErrors::HeldErrors(MLIRContext &context)
    : handler(&context, [this](Diagnostic &diagnostic) {
        if (diagnostic.getSeverity() != DiagnosticSeverity::Error)
          return failure(); // the next handler prints it
        Finding finding =
            describeFinding(diagnostic.getLocation(), diagnostic.str());
        for (Diagnostic &note : diagnostic.getNotes())
          finding.notes.push_back(getLine(note));
        findings.push_back(std::move(finding));
        return success();
      }) {}

LogicalResult enableRemarks(MLIRContext &context, StringRef filter) {
  std::string problem;
  if (!llvm::Regex(filter).isValid(problem)) {
    printError("'" + filter + "' is no regular expression: " + problem);
    return failure();
  }
  remark::RemarkCategories categories;
  categories.passed = categories.missed = categories.analysis =
      categories.failed = filter.str();
  return remark::enableOptimizationRemarks(
      context, nullptr, std::make_unique<remark::RemarkEmittingPolicyAll>(),
      categories, /*printAsEmitRemarks=*/true);
}

} // namespace mlir::eke
