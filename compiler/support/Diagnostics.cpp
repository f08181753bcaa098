//===- Diagnostics.cpp - What eke says when something is wrong ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/support/Diagnostics.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Location.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/Regex.h"
#include "llvm/Support/raw_ostream.h"

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

std::string onOneLine(StringRef text) {
  std::string line = text.trim().str();
  std::replace(line.begin(), line.end(), '\n', ' ');
  return line;
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

void print(Diagnostic &diagnostic) {
  std::string place = describe(diagnostic.getLocation());
  std::string text = onOneLine(diagnostic.str());
  // A message about a file may begin with its name already.
  if (!place.empty() && !StringRef(text).starts_with(place))
    text = place + ": " + text;
  llvm::errs() << "eke: " << nameOf(diagnostic.getSeverity()) << ": " << text
               << "\n";
}

} // namespace

void printError(const llvm::Twine &message) {
  llvm::errs() << "eke: error: " << onOneLine(message.str()) << "\n";
}

int reportFailure(llvm::Error error) {
  printError(llvm::toString(std::move(error)));
  return 1;
}

int reportUsage(llvm::Error error) {
  printError(llvm::toString(std::move(error)));
  return 2;
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
