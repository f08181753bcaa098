//===- Context.cpp - Where modules are read -------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/fuzz/readers/Context.h"

#include "dialects/eke/EkeDialect.h"
#include "dialects/eke/ModuleFile.h"
#include "dialects/formats/Formats.h"
#include "dialects/halide/HalideDialect.h"
#include "test/fuzz/readers/Reader.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Diagnostics.h"

#include <csetjmp>
#include <csignal>
#include <memory>
#include <vector>

namespace mlir::eke::test {

static std::unique_ptr<MLIRContext> context;
/// The runs left of this context.
static unsigned usesLeft = 0;
/// Contexts that upstream's parser has crashed in.
static std::vector<std::unique_ptr<MLIRContext>> broken;

static sigjmp_buf beforeParser;
static struct sigaction usual;

static void recover(int, siginfo_t *, void *) {
  if (getFileBeingParsed())
    siglongjmp(beforeParser, 1);
  sigaction(SIGSEGV, &usual, nullptr); // takes it as soon as this returns
}

static std::unique_ptr<MLIRContext> makeContext() {
  DialectRegistry registry;
  registry.insert<EkeDialect, arith::ArithDialect, func::FuncDialect,
                  halide::HalideDialect, linalg::LinalgDialect,
                  memref::MemRefDialect, tensor::TensorDialect>();
  registerFormats(registry);
  auto context =
      std::make_unique<MLIRContext>(registry, MLIRContext::Threading::DISABLED);
  context->loadAllAvailableDialects();
  context->getDiagEngine().registerHandler([](Diagnostic &diagnostic) {
    require(!diagnostic.str().empty(), "a diagnostic that says something");
    return success();
  });
  return context;
}

MLIRContext &getContext() {
  constexpr unsigned longest = 5000;
  if (usesLeft == 0) {
    context = makeContext();
    usesLeft = longest;
  }
  --usesLeft;
  return *context;
}

void withParser(llvm::function_ref<void()> body) {
  static const bool isReady = [] {
    struct sigaction action = {};
    action.sa_sigaction = recover;
    action.sa_flags = SA_SIGINFO;
    return sigaction(SIGSEGV, &action, &usual) == 0;
  }();
  require(isReady, "a handler of signals");
  if (sigsetjmp(beforeParser, 1) == 0)
    return body();
  broken.push_back(std::move(context));
  usesLeft = 0;
}

} // namespace mlir::eke::test

/// A crash leaves behind what the parser had.
extern "C" int __lsan_is_turned_off() { return 1; }
