//===- RunKernel.cpp - Compile and run a kernel here ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/unit/halide/RunKernel.h"
#include "codegen/halide/HalideCodegen.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IRReader/IRReader.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/TargetSelect.h"

#include <HalideRuntime.h>
#include <gtest/gtest.h>

#include <cstring>
#include <sys/mman.h>
#include <unistd.h>

using namespace mlir;
using namespace mlir::eke;

/// What the code generator of this machine may use.
static std::string hostTarget() {
#if defined(__aarch64__)
  return "arm-64-linux";
#else
  std::string target = "x86-64-linux";
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    target += "-sse41-avx-f16c-fma-avx2";
  return target;
#endif
}

/// The pool of the runtime, on one thread.
extern "C" int testParallelFor(void *context,
                               int (*task)(void *, int, uint8_t *), int min,
                               int size, uint8_t *closure) {
  for (int i = min; i < min + size; ++i)
    if (int error = task(context, i, closure))
      return error;
  return 0;
}

struct TestKernel::Code {
  std::unique_ptr<llvm::orc::LLJIT> jit;
  int (*call)(void **args) = nullptr;
};

/// Adds `int call(void **args)`: calls the kernel with what `args` points to.
static void addCaller(llvm::Module &module, StringRef symbol) {
  llvm::LLVMContext &context = module.getContext();
  llvm::Function *kernel = module.getFunction(symbol);
  llvm::Type *pointer = llvm::PointerType::get(context, 0);
  llvm::Function *caller = llvm::Function::Create(
      llvm::FunctionType::get(llvm::Type::getInt32Ty(context), {pointer},
                              false),
      llvm::GlobalValue::ExternalLinkage, "call", module);
  llvm::IRBuilder<> builder(llvm::BasicBlock::Create(context, "", caller));
  SmallVector<llvm::Value *> args;
  for (auto [index, arg] : llvm::enumerate(kernel->args())) {
    llvm::Value *slot =
        builder.CreateConstGEP1_32(pointer, caller->getArg(0), index);
    llvm::Value *value = builder.CreateLoad(pointer, slot);
    if (!arg.getType()->isPointerTy())
      value = builder.CreateLoad(arg.getType(), value);
    args.push_back(value);
  }
  builder.CreateRet(builder.CreateCall(kernel, args));
}

static FailureOr<CompiledKernel> compileSource(const std::string &source,
                                               std::string &error) {
  DialectRegistry registry;
  registry.insert<affine::AffineDialect, arith::ArithDialect,
                  halide::HalideDialect, linalg::LinalgDialect,
                  math::MathDialect, tensor::TensorDialect>();
  MLIRContext context(registry);
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    error += diagnostic.str() + "\n";
  });
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(source, &context);
  if (!module)
    return failure();
  auto kernel = *module->getOps<halide::KernelOp>().begin();
  return compileKernel(kernel, hostTarget());
}

TestKernel::TestKernel(const std::string &source)
    : code(std::make_unique<Code>()) {
  FailureOr<CompiledKernel> compiled = compileSource(source, error);
  if (failed(compiled)) {
    EXPECT_FALSE(error.empty());
    return;
  }
  statement = compiled->statement;
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  code->jit = llvm::cantFail(llvm::orc::LLJITBuilder().create());

  auto context = std::make_unique<llvm::LLVMContext>();
  llvm::SMDiagnostic diagnostic;
  std::unique_ptr<llvm::Module> module = llvm::parseIR(
      llvm::MemoryBufferRef(compiled->bitcode, "kernel"), diagnostic, *context);
  if (!module) {
    error = diagnostic.getMessage().str();
    return;
  }
  module->setTargetTriple(code->jit->getTargetTriple());
  module->setDataLayout(code->jit->getDataLayout());
  addCaller(*module, compiled->symbol);

  llvm::orc::JITDylib &library = code->jit->getMainJITDylib();
  llvm::cantFail(library.define(llvm::orc::absoluteSymbols(
      {{code->jit->mangleAndIntern("halide_do_par_for"),
        llvm::orc::ExecutorSymbolDef(
            llvm::orc::ExecutorAddr::fromPtr(&testParallelFor),
            llvm::JITSymbolFlags::Exported)}})));
  llvm::cantFail(code->jit->addIRModule(
      llvm::orc::ThreadSafeModule(std::move(module), std::move(context))));
  code->call =
      llvm::cantFail(code->jit->lookup("call")).toPtr<int (*)(void **)>();
}

TestKernel::~TestKernel() = default;

namespace {

/// Memory of `size` bytes between two pages that cannot be touched.
class GuardedMemory {
public:
  GuardedMemory(size_t size, bool guardEnd) {
    size_t page = sysconf(_SC_PAGESIZE);
    size_t inside = (size + page - 1) / page * page;
    mapped = inside + 2 * page;
    base = static_cast<uint8_t *>(
        mmap(nullptr, mapped, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    mprotect(base + page, inside, PROT_READ | PROT_WRITE);
    data = base + page + (guardEnd ? inside - size : 0);
  }
  GuardedMemory(GuardedMemory &&other)
      : data(other.data), base(std::exchange(other.base, nullptr)),
        mapped(other.mapped) {}
  ~GuardedMemory() {
    if (base)
      munmap(base, mapped);
  }

  uint8_t *data;

private:
  uint8_t *base;
  size_t mapped;
};

} // namespace

void TestKernel::run(const Args &args, bool guardEnd) {
  std::vector<halide_buffer_t> buffers(args.size());
  std::vector<std::vector<halide_dimension_t>> dims(args.size());
  std::vector<int64_t> scalars(args.size());
  std::vector<GuardedMemory> memory;
  std::vector<void *> slots;
  for (size_t i = 0; i < args.size(); ++i) {
    if (const int64_t *scalar = std::get_if<int64_t>(&args[i])) {
      scalars[i] = *scalar;
      slots.push_back(&scalars[i]);
      continue;
    }
    const auto &array = std::get<TestBuffer>(args[i]);
    int32_t stride = 1;
    for (auto it = array.shape.rbegin(); it != array.shape.rend(); ++it) {
      dims[i].emplace_back(0, static_cast<int32_t>(*it), stride);
      stride *= static_cast<int32_t>(*it);
    }
    memory.emplace_back(array.bytes, guardEnd);
    memcpy(memory.back().data, array.data, array.bytes);
    buffers[i].host = memory.back().data;
    buffers[i].dimensions = static_cast<int32_t>(dims[i].size());
    buffers[i].dim = dims[i].data();
    slots.push_back(&buffers[i]);
  }
  ASSERT_EQ(code->call(slots.data()), 0);
  for (size_t i = 0; i < args.size(); ++i)
    if (const TestBuffer *array = std::get_if<TestBuffer>(&args[i]))
      memcpy(array->data, buffers[i].host, array->bytes);
}

void TestKernel::operator()(const Args &args) {
  ASSERT_TRUE(code->call) << error;
  std::vector<std::vector<uint8_t>> before(args.size()), first(args.size());
  auto eachBuffer = [&](auto visit) {
    for (size_t i = 0; i < args.size(); ++i)
      if (const TestBuffer *array = std::get_if<TestBuffer>(&args[i]))
        visit(*array, i);
  };
  auto keep = [](std::vector<uint8_t> &copy, const TestBuffer &array) {
    auto *bytes = static_cast<const uint8_t *>(array.data);
    copy.assign(bytes, bytes + array.bytes);
  };
  eachBuffer([&](const TestBuffer &a, size_t i) { keep(before[i], a); });
  run(args, /*guardEnd=*/true);
  eachBuffer([&](const TestBuffer &a, size_t i) {
    keep(first[i], a);
    memcpy(a.data, before[i].data(), a.bytes);
  });
  run(args, /*guardEnd=*/false);
  eachBuffer([&](const TestBuffer &a, size_t i) {
    EXPECT_EQ(memcmp(a.data, first[i].data(), a.bytes), 0);
  });
}
