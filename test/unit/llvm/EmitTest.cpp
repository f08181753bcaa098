//===- EmitTest.cpp - Files from a lowered module -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A module written by hand calls a kernel written by hand,
//
//   y[i] = x[i] * w[i] + i        i = 0 … 3, w = 2, 3, 4, 5
//
// and the files made of it are run: on this machine, and under qemu if there.
//
//===----------------------------------------------------------------------===//

#include "codegen/llvm/Emit.h"

#include "codegen/llvm/Header.h"
#include "codegen/llvm/Link.h"
#include "codegen/llvm/ModelInfo.h"
#include "compiler/support/Process.h"
#include "dialects/formats/Formats.h"
#include "runtime/core/AbiLayout.h"
#include "runtime/include/eke/abi.h"

#include "mlir/AsmParser/AsmParser.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Parser/Parser.h"
#include "llvm/AsmParser/Parser.h"
#include "llvm/Bitcode/BitcodeWriter.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/SourceMgr.h"

#include <gtest/gtest.h>

#include <cstring>

using namespace mlir;
using namespace mlir::eke;

namespace {

const char moduleText[] = R"mlir(
  llvm.mlir.global private @eke_weights() {addr_space = 0 : i32} : !llvm.array<64 x i8>
  eke.weight @w : tensor<4xf32> = <"w.bin", offset = 0, length = 16, element = f32>
    place <dram, offset = 0>
  llvm.func @kernel(!llvm.ptr, !llvm.ptr, !llvm.ptr) -> i32
  llvm.func @f_1(%x: !llvm.ptr, %y: !llvm.ptr, %state: !llvm.ptr, %arena: !llvm.ptr)
      attributes {eke.entry = #eke.entry<role = "r", every = 20 ms, name = "f", rows = 1,
                      inputs = [#eke.argument<"x" as memref<4xf32>>],
                      outputs = [#eke.argument<"y" as memref<1x4xf32>>]>} {
    %w = llvm.mlir.addressof @eke_weights : !llvm.ptr
    %0 = llvm.call @kernel(%x, %w, %y) : (!llvm.ptr, !llvm.ptr, !llvm.ptr) -> i32
    llvm.return
  }
)mlir";

// As Halide leaves it: for another machine, with flags of another compiler.
const char kernelText[] = R"ir(
target triple = "mips-unknown-linux-gnu"
define i32 @kernel(ptr %x, ptr %w, ptr %y) #0 {
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
  %xp = getelementptr float, ptr %x, i64 %i
  %wp = getelementptr float, ptr %w, i64 %i
  %yp = getelementptr float, ptr %y, i64 %i
  %xi = load float, ptr %xp
  %wi = load float, ptr %wp
  %p = fmul float %xi, %wi
  %n = call float @helper(i64 %i)
  %s = fadd float %p, %n
  store float %s, ptr %yp
  %next = add i64 %i, 1
  %done = icmp eq i64 %next, 4
  br i1 %done, label %exit, label %loop
exit:
  ret i32 0
}
define float @helper(i64 %i) #0 {
  %f = sitofp i64 %i to float
  ret float %f
}
define i32 @kernel_argv(ptr %args) #0 {
  ret i32 1
}
attributes #0 = { "target-cpu"="mips32r2" "target-features"="+no-such-thing" uwtable }
!llvm.module.flags = !{!0, !1}
!0 = !{i32 2, !"halide_use_soft_float_abi", i32 0}
!1 = !{i32 1, !"wchar_size", i32 2}
)ir";

std::string targetText(StringRef name) {
  if (name == "armv7")
    return "#eke.target<name = \"a7\", triple = \"armv7-linux-gnueabihf\", "
           "cpu = \"cortex-a7\", features = \"\", halide = \"arm-32-linux\", "
           "vector_bits = 128, memories = [<l1d, cache, capacity = 32768>, "
           "<dram, ram>]>";
  return name == "aarch64"
             ? "#eke.target<name = \"a53\", triple = \"aarch64-linux-gnu\", "
               "cpu "
               "= \"cortex-a53\", features = \"\", halide = \"arm-64-linux\", "
               "vector_bits = 128, memories = [<l1d, cache, capacity = 32768>, "
               "<dram, ram>]>"
             : "#eke.target<name = \"v2\", triple = \"x86_64-linux-gnu\", cpu "
               "= "
               "\"x86-64-v2\", features = \"\", halide = \"x86-64-linux\", "
               "vector_bits = 128, memories = [<l1d, cache, capacity = 32768>, "
               "<dram, ram>]>";
}

class Emit : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("eke-emit", folder));
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("eke-parts", parts));
    DialectRegistry registry;
    registerFormats(registry);
    context.appendDialectRegistry(registry);
    context.loadDialect<EkeDialect, LLVM::LLVMDialect>();
    const float weights[] = {2, 3, 4, 5};
    write("w.bin", StringRef(reinterpret_cast<const char *>(weights), 16));
  }
  void TearDown() override {
    llvm::sys::fs::remove_directories(folder);
    llvm::sys::fs::remove_directories(parts);
  }

  std::string path(const llvm::Twine &name) {
    return (folder + "/" + name).str();
  }
  void write(StringRef name, StringRef contents) {
    std::error_code error;
    llvm::raw_fd_ostream(path(name), error) << contents;
    ASSERT_FALSE(error);
  }
  std::string read(StringRef name) {
    auto buffer = llvm::MemoryBuffer::getFile(path(name));
    return buffer ? (*buffer)->getBuffer().str() : "";
  }

  OwningOpRef<ModuleOp> parse(StringRef arch, StringRef body = moduleText,
                              StringRef name = "net") {
    std::string text =
        "module @" + name.str() +
        " attributes {eke.image_bytes = 64 : i64, "
        "eke.state_bytes = 128 : i64, eke.arena_bytes = 256 : "
        "i64, eke.weights_format = #eke.storage<f32>, eke.target = " +
        targetText(arch) + "} {" + body.str() + "}";
    return parseSourceString<ModuleOp>(text, &context);
  }

  KernelCode kernel() {
    llvm::LLVMContext llvmContext;
    llvm::SMDiagnostic diagnostic;
    auto module =
        llvm::parseAssemblyString(kernelText, diagnostic, llvmContext);
    EXPECT_TRUE(module) << diagnostic.getMessage().str();
    KernelCode code{"kernel", ""};
    llvm::raw_string_ostream os(code.bitcode);
    llvm::WriteBitcodeToFile(*module, os);
    return code;
  }

  EmitOptions options(EmitKind kind, StringRef output) {
    EmitOptions options;
    options.kind = kind;
    options.output = path(output);
    options.header = getHeaderPath(options.output);
    options.partsFolder = parts.str().str();
    options.name = output.str();
    options.runTool = runTool;
    options.payloadFolder = folder.str().str();
    options.runtimeFolder = EKE_RUNTIME_FOLDER;
    options.compilerVersion = "1.2.3";
    options.kernels.push_back(kernel());
    return options;
  }

  /// Emits, and returns the diagnostics.
  std::string emit(ModuleOp module, const EmitOptions &options) {
    std::string messages;
    ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
      messages += diagnostic.str();
    });
    LogicalResult result = emitModule(module, options);
    EXPECT_EQ(failed(result), !messages.empty());
    return messages;
  }

  int run(ArrayRef<std::string> command) {
    SmallVector<StringRef> args(command.begin(), command.end());
    std::string log = path("log");
    const std::optional<StringRef> redirects[] = {StringRef(""), StringRef(log),
                                                  StringRef(log)};
    return llvm::sys::ExecuteAndWait(args.front(), args, std::nullopt,
                                     redirects);
  }

  /// Runs the tensor program `command` and checks the numbers.
  void expectRuns(std::vector<std::string> command) {
    const float x[] = {1, 10, 100, 1000};
    write("x.bin", StringRef(reinterpret_cast<const char *>(x), 16));
    for (std::string arg : {"--in", "x.bin", "--out", "y.bin"})
      command.push_back(arg[0] == '-' ? arg : path(arg));
    ASSERT_EQ(run(command), 0) << read("log");
    std::string out = read("y.bin");
    ASSERT_EQ(out.size(), 16u);
    float y[4];
    std::memcpy(y, out.data(), 16);
    EXPECT_EQ(y[0], 2);
    EXPECT_EQ(y[1], 31);
    EXPECT_EQ(y[2], 402);
    EXPECT_EQ(y[3], 5003);
  }

  /// The files in the folder but those a test wrote.
  unsigned countOutputs() {
    unsigned count = 0;
    std::error_code error;
    for (llvm::sys::fs::directory_iterator it(folder, error), end; it != end;
         it.increment(error))
      count += !StringRef(it->path()).ends_with(".bin");
    return count;
  }

  MLIRContext context;
  llvm::SmallString<128> folder, parts;
};

TEST_F(Emit, HostExecutableRuns) {
  OwningOpRef<ModuleOp> module = parse("x86_64");
  ASSERT_EQ(emit(*module, options(EmitKind::Executable, "net")), "");
  EXPECT_EQ(countOutputs(), 1u);
  expectRuns({path("net")});
  ASSERT_EQ(run({path("net"), "--version"}), 0);
  EXPECT_NE(read("log").find("1.2.3"), std::string::npos) << read("log");
}

TEST_F(Emit, ArmExecutableIsStaticAndRuns) {
  OwningOpRef<ModuleOp> module = parse("aarch64");
  EmitOptions withSymbols = options(EmitKind::Executable, "net");
  withSymbols.keepsSymbols = true;
  ASSERT_EQ(emit(*module, withSymbols), "");
  std::string bytes = read("net");
  auto object = llvm::object::ObjectFile::createObjectFile(
      llvm::MemoryBufferRef(bytes, "net"));
  ASSERT_TRUE(static_cast<bool>(object)) << llvm::toString(object.takeError());
  auto &elf = llvm::cast<llvm::object::ELF64LEObjectFile>(**object);
  EXPECT_EQ(elf.getArch(), llvm::Triple::aarch64);
  EXPECT_EQ(elf.getELFFile().getHeader().e_type, llvm::ELF::ET_DYN);
  for (auto header : llvm::cantFail(elf.getELFFile().program_headers()))
    EXPECT_NE(header.p_type, llvm::ELF::PT_INTERP);
  bool hasWeights = false;
  for (const llvm::object::ELFSymbolRef symbol : elf.symbols())
    if (llvm::cantFail(symbol.getName()) == "eke_weights_net") {
      hasWeights = true;
      EXPECT_EQ(llvm::cantFail(symbol.getAddress()) % 4096, 0u);
    }
  EXPECT_TRUE(hasWeights);
  auto qemu = llvm::sys::findProgramByName("qemu-aarch64");
  if (!qemu)
    GTEST_SKIP() << "qemu-aarch64 not found";
  expectRuns({*qemu, "-cpu", "cortex-a53", path("net")});
}

// Of 32 bits: not relocated, since the C library cannot.
TEST_F(Emit, Arm32ExecutableIsStaticAndRuns) {
  OwningOpRef<ModuleOp> module = parse("armv7");
  ASSERT_EQ(emit(*module, options(EmitKind::Executable, "net")), "");
  std::string bytes = read("net");
  auto object = llvm::object::ObjectFile::createObjectFile(
      llvm::MemoryBufferRef(bytes, "net"));
  ASSERT_TRUE(static_cast<bool>(object)) << llvm::toString(object.takeError());
  auto &elf = llvm::cast<llvm::object::ELF32LEObjectFile>(**object);
  EXPECT_EQ(elf.getArch(), llvm::Triple::arm);
  EXPECT_EQ(elf.getELFFile().getHeader().e_type, llvm::ELF::ET_EXEC);
  for (auto header : llvm::cantFail(elf.getELFFile().program_headers()))
    EXPECT_NE(header.p_type, llvm::ELF::PT_INTERP);
  auto qemu = llvm::sys::findProgramByName("qemu-arm");
  if (!qemu)
    GTEST_SKIP() << "qemu-arm not found";
  expectRuns({*qemu, "-cpu", "cortex-a7", path("net")});
}

const char application[] = R"c(
#include "net.h"
#include <stdio.h>
int main(void) {
  const eke_entry *f = eke_find_role(&eke_model_net, "r", 1);
  float x[4] = {1, 10, 100, 1000}, y[4];
  void *args[] = {x, y};
  if (!f || eke_start_threads(1))
    return 1;
  if (eke_call(f, args, EKE_MODEL.state, EKE_MODEL.arena) ||
      f->period_ns != 20 * 1000 * 1000)
    return 1;
  printf("%g %g %g %g %s\n", y[0], y[1], y[2], y[3], eke_model_net.name);
  return 0;
}
)c";

TEST_F(Emit, LibraryLinksIntoAnApplication) {
  OwningOpRef<ModuleOp> module = parse("x86_64");
  ASSERT_EQ(emit(*module, options(EmitKind::Library, "libnet.a")), "");
  EXPECT_EQ(countOutputs(), 2u);
  EXPECT_NE(read("net.h").find("cc app.c libnet.a -lm -lpthread"),
            std::string::npos);
  EXPECT_NE(read("net.h").find("out y: f32[1,4]"), std::string::npos);
  write("app.c", application);
  for (const char *mode : {"-pie", "-static"}) {
    ASSERT_EQ(
        run({EKE_CLANG, "-Wall", "-Werror", mode,
             StringRef(mode) == "-pie" ? "-fPIE" : "-fno-pie", path("app.c"),
             path("libnet.a"), "-lm", "-lpthread", "-o", path("app")}),
        0)
        << read("log");
    ASSERT_EQ(run({path("app")}), 0);
    EXPECT_EQ(read("log"), "2 31 402 5003 net\n");
  }
}

const char twoModels[] = R"c(
#include "net.h"
#include "other.h"
#include <stdio.h>
int main(void) {
  const eke_model *models[] = {&eke_model_net, &eke_model_other};
  for (int i = 0; i < 2; ++i) {
    const eke_model *m = models[i];
    float x[4] = {1, 10, 100, 1000}, y[4];
    void *args[] = {x, y};
    if (m->state == models[1 - i]->state || m->arena == models[1 - i]->arena ||
        eke_call(eke_find_entry(m, "f", 1), args, m->state, m->arena))
      return 1;
    printf("%s %g %g %g %g\n", m->name, y[0], y[1], y[2], y[3]);
  }
  return 0;
}
)c";

TEST_F(Emit, TwoModelsLinkIntoOneApplication) {
  ASSERT_EQ(emit(*parse("x86_64"), options(EmitKind::Library, "libnet.a")), "");
  const float weights[] = {1, 1, 1, 2};
  write("w.bin", StringRef(reinterpret_cast<const char *>(weights), 16));
  ASSERT_EQ(emit(*parse("x86_64", moduleText, "other"),
                 options(EmitKind::Library, "libother.a")),
            "");
  write("app.c", twoModels);
  ASSERT_EQ(run({EKE_CLANG, "-Wall", "-Werror", path("app.c"), path("libnet.a"),
                 path("libother.a"), "-lm", "-lpthread", "-o", path("app")}),
            0)
      << read("log");
  ASSERT_EQ(run({path("app")}), 0);
  EXPECT_EQ(read("log"), "net 2 31 402 5003\nother 1 11 102 2003\n");
}

TEST_F(Emit, TwoModelsOfOneNameDoNotLink) {
  ASSERT_EQ(emit(*parse("x86_64"), options(EmitKind::Library, "libnet.a")), "");
  const float weights[] = {1, 1, 1, 2};
  write("w.bin", StringRef(reinterpret_cast<const char *>(weights), 16));
  ASSERT_EQ(emit(*parse("x86_64"), options(EmitKind::Library, "libtwin.a")),
            "");
  // Each file knows one of them.
  write("one.c", "#include \"twin.h\"\n"
                 "const char *twin(void) { return EKE_MODEL.name; }\n");
  write("app.c", "#include \"net.h\"\n"
                 "const char *twin(void);\n"
                 "int main(void) { return twin() == EKE_MODEL.name; }\n");
  EXPECT_NE(run({EKE_CLANG, path("app.c"), path("one.c"), path("libnet.a"),
                 path("libtwin.a"), "-lm", "-lpthread", "-o", path("app")}),
            0);
  EXPECT_NE(read("log").find("eke_model_net"), std::string::npos)
      << read("log");
  // One file with both does not compile; one with the same twice does.
  write("both.c", "#include \"net.h\"\n#include \"twin.h\"\n");
  EXPECT_NE(run({EKE_CLANG, "-c", path("both.c"), "-o", path("both.o")}), 0);
  EXPECT_NE(read("log").find("two models have the name net"), std::string::npos)
      << read("log");
  write("both.c", "#include \"net.h\"\n#include \"net.h\"\n");
  EXPECT_EQ(
      run({EKE_CLANG, "-Werror", "-c", path("both.c"), "-o", path("both.o")}),
      0)
      << read("log");
}

const char languageText[] = R"mlir(
  llvm.func @trunk(!llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr)
      attributes {eke.entry = #eke.entry<role = "trunk", name = "t", rows = 1,
          inputs = [#eke.argument<"tokens" as memref<1xi32> bounds <0, 8>>,
                    #eke.argument<"position" as memref<1xi64>>],
          outputs = [#eke.argument<"hidden" as memref<1x4xf32>>]>}
)mlir";

TEST_F(Emit, LanguageModelsMustBeComplete) {
  auto messageFor = [&](StringRef more, StringRef fields = "") {
    OwningOpRef<ModuleOp> module =
        parse("x86_64", (Twine(languageText) + more).str());
    std::string language =
        "#eke.language<vocab = 9, width = 4, context_length = 16" +
        fields.str() + ">";
    (*module)->setAttr(kLanguageAttr, parseAttribute(language, &context));
    return emit(*module, options(EmitKind::LLVMIR, "net.ll"));
  };
  auto head = [](StringRef role, int vocab) {
    return llvm::formatv(R"mlir(
  llvm.func @{0}(!llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr)
      attributes {{eke.entry = #eke.entry<role = "{0}", name = "{0}", rows = 1,
          inputs = [#eke.argument<"hidden" as memref<1x4xf32>>],
          outputs = [#eke.argument<"logits" as memref<1x{1}xf32>>]>})mlir",
                         role, vocab)
        .str();
  };
  EXPECT_EQ(messageFor(""), "has no entry of role 'head' for 1 row, which a "
                            "language model needs");
  EXPECT_EQ(messageFor(head("head", 9), ", chunk = 8"),
            "has no entry of role 'trunk' for 8 rows, which a language model "
            "needs");
  EXPECT_EQ(messageFor(head("head", 9), ", runs = 2, exit = 1"),
            "has no entry of role 'draft' for 1 row, which a language model "
            "needs");
  EXPECT_EQ(messageFor(head("head", 8)),
            "has the role 'head' of a language model with f32[1,4] -> "
            "f32[1,9], got f32[1,4] -> f32[1,8]");
  EXPECT_EQ(messageFor(head("head", 9) + head("exit_head", 10)),
            "has the role 'exit_head' of a language model with f32[1,4] -> "
            "f32[1,9], got f32[1,4] -> f32[1,10]");
  EXPECT_EQ(messageFor(head("head", 9) + head("embed", 9)),
            "has the role 'embed' of a language model with f32[1,4] -> "
            "f32[1,4], got f32[1,4] -> f32[1,9]");

  auto encoder = [](int width) {
    return llvm::formatv(R"mlir(
  llvm.func @encoder(!llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr)
      attributes {{eke.entry = #eke.entry<role = "encoder", name = "e", rows = 4,
          inputs = [#eke.argument<"tokens" as memref<4xi32> bounds <0, 8>>,
                    #eke.argument<"length" as memref<1xi64>>],
          outputs = [#eke.argument<"vector" as memref<1x{0}xf32>>]>})mlir",
                         width)
        .str();
  };
  EXPECT_EQ(messageFor(encoder(4), ", chunk = 8"),
            "has no entry of role 'encoder' for 8 rows, which a language model "
            "needs");
  EXPECT_EQ(messageFor(encoder(3), ", chunk = 4"),
            "has the role 'encoder' of a language model with i32[4], i64[1] -> "
            "f32[1,4], got i32[4], i64[1] -> f32[1,3]");
}

TEST_F(Emit, ObjectHoldsWeightsAndMain) {
  OwningOpRef<ModuleOp> module = parse("x86_64");
  ASSERT_EQ(emit(*module, options(EmitKind::Object, "net.o")), "");
  ASSERT_EQ(
      run({EKE_CLANG, "-static", path("net.o"), "-lm", "-o", path("net")}), 0)
      << read("log");
  expectRuns({path("net")});
}

TEST_F(Emit, TextNamesOneCPU) {
  OwningOpRef<ModuleOp> module = parse("aarch64");
  ASSERT_EQ(emit(*module, options(EmitKind::LLVMIR, "net.ll")), "");
  std::string ir = read("net.ll");
  EXPECT_NE(ir.find("target triple = \"aarch64-unknown-linux-gnu\""),
            std::string::npos);
  EXPECT_NE(ir.find("\"target-cpu\"=\"cortex-a53\""), std::string::npos);
  EXPECT_EQ(ir.find("mips"), std::string::npos);
  EXPECT_EQ(ir.find("kernel_argv"), std::string::npos);
  EXPECT_NE(ir.find("define internal"), std::string::npos);
  ASSERT_EQ(emit(*module, options(EmitKind::Assembly, "net.s")), "");
  EXPECT_NE(read("net.s").find("main:"), std::string::npos);
}

TEST_F(Emit, HashFollowsTheWeights) {
  OwningOpRef<ModuleOp> module = parse("x86_64");
  auto hash = [&] {
    EXPECT_EQ(emit(*module, options(EmitKind::LLVMIR, "net.ll")), "");
    return read("net.ll");
  };
  std::string before = hash();
  EXPECT_EQ(before, hash());
  const float weights[] = {2, 3, 4, 6};
  write("w.bin", StringRef(reinterpret_cast<const char *>(weights), 16));
  EXPECT_NE(before, hash());
}

TEST_F(Emit, FailuresLeaveNothing) {
  OwningOpRef<ModuleOp> module = parse("x86_64");
  EmitOptions unresolved = options(EmitKind::Executable, "net");
  unresolved.kernels.clear();
  std::string message = emit(*module, unresolved);
  EXPECT_NE(message.find("undefined symbol: kernel"), std::string::npos)
      << message;
  EXPECT_EQ(message.find('\n'), std::string::npos);

  EmitOptions noRuntime = options(EmitKind::Executable, "net");
  noRuntime.runtimeFolder = path("nowhere");
  EXPECT_NE(emit(*module, noRuntime).find("runtime-x86_64.bc: No such file"),
            std::string::npos);
  llvm::sys::fs::remove(path("w.bin"));
  EXPECT_NE(emit(*module, options(EmitKind::Executable, "net"))
                .find("w.bin: cannot open: No such file"),
            std::string::npos);
  EXPECT_EQ(countOutputs(), 0u);
}

TEST_F(Emit, EntriesMustBeComplete) {
  auto messageFor = [&](StringRef body) {
    OwningOpRef<ModuleOp> module = parse("x86_64", body);
    return emit(*module, options(EmitKind::LLVMIR, "net.ll"));
  };
  EXPECT_EQ(messageFor(""), "has no entry: no function carries eke.entry");
  EXPECT_EQ(messageFor("llvm.func @f() attributes {eke.entry = #eke.entry<name "
                       "= \"f\">}"),
            "expected eke.entry to have name, inputs and outputs");
  auto messageForType = [&](StringRef type, StringRef more = "") {
    return messageFor(("llvm.func @f(!llvm.ptr" + more +
                       ") attributes {eke.entry = #eke.entry<name = \"f\", "
                       "rows = 1, inputs = [#eke.argument<\"x\" " +
                       type + ">], outputs = []>}")
                          .str());
  };
  EXPECT_EQ(messageForType("as memref<1xf32>"),
            "entry has 1 tensors, but 1 arguments; expected two more: the "
            "state and the arena");
  EXPECT_EQ(messageForType("", ", !llvm.ptr, !llvm.ptr"),
            "expected the arguments of an entry to have static types, got "
            "#eke.argument<\"x\">");
  EXPECT_EQ(messageForType("as memref<1xf80>", ", !llvm.ptr, !llvm.ptr"),
            "argument 'x' has elements of type 'f80', which an entry cannot "
            "have; expected one of f32, f16, bf16, i8, ui8, i16, i32, i64, i1, "
            "f64");
}

/// The byte offsets of the elements of a global's type.
std::vector<uint64_t> offsetsOf(const llvm::Module &module, llvm::Type *type) {
  auto *structure = llvm::cast<llvm::StructType>(type);
  const llvm::StructLayout *layout =
      module.getDataLayout().getStructLayout(structure);
  std::vector<uint64_t> offsets;
  for (unsigned i = 0; i < structure->getNumElements(); ++i)
    offsets.push_back(layout->getElementOffset(i));
  offsets.push_back(layout->getSizeInBytes());
  return offsets;
}

/// The offsets of a structure's members and its size, as the runtime's compiler gives them
/// where pointers have so many bytes.
std::vector<uint64_t> layoutOf(StringRef structure, unsigned pointerBytes) {
  std::vector<uint64_t> offsets;
  auto add = [&](StringRef name, uint64_t with8, uint64_t with4) {
    if (name == structure)
      offsets.push_back(pointerBytes == 8 ? with8 : with4);
  };
#define ADD_FIELD(type, member, with8, with4) add(#type, with8, with4);
#define ADD_SIZE(type, with8, with4) add(#type, with8, with4);
  EKE_LAYOUT(ADD_FIELD, ADD_SIZE)
#undef ADD_FIELD
#undef ADD_SIZE
  return offsets;
}

/// Emits a model for machines of this triple, and compares the layout of its structures
/// with that of abi.h.
void expectLayoutOfTheABI(StringRef triple) {
  llvm::LLVMContext context;
  llvm::Module module("m", context);
  module.setDataLayout(llvm::Triple(triple).computeDataLayout());
  unsigned bytes = module.getDataLayout().getPointerSize();
  auto *pointer = llvm::PointerType::getUnqual(context);
  llvm::Function::Create(llvm::FunctionType::get(llvm::Type::getVoidTy(context),
                                                 {pointer, pointer, pointer},
                                                 false),
                         llvm::GlobalValue::ExternalLinkage, "f_1", module);
  ModelInfo info;
  info.name = "net";
  info.entries.push_back({"f", "f_1", 1, {{"x", EKE_F32, {2, 3}, false}}});
  info.states.push_back({"s", EKE_F32, {2}, 64, 8, {1, 2}});
  info.language = LanguageInfo{1, 2, 3, 4, 5, {6}, {7, 8}};
  info.language->chat = ChatForm{"a", "b", "c", {{"d", "e"}}, true, false};
  emitModelInfo(module, info, /*hasMemory=*/true);
  ASSERT_FALSE(llvm::verifyModule(module, &llvm::errs()));

  auto *model = module.getNamedGlobal("eke_model_net");
  ASSERT_TRUE(model);
  auto pointee = [](llvm::Constant *value, unsigned field) {
    return llvm::cast<llvm::GlobalVariable>(value->getOperand(field))
        ->getInitializer();
  };
  llvm::Constant *entry =
      pointee(model->getInitializer(), 13)->getAggregateElement(0u);
  llvm::Constant *state =
      pointee(model->getInitializer(), 14)->getAggregateElement(0u);
  llvm::Constant *language = pointee(model->getInitializer(), 15);
  llvm::Constant *chat = pointee(language, 16);
  for (auto [name, value] :
       {std::pair("eke_model", model->getInitializer()),
        std::pair("eke_entry", entry), std::pair("eke_state", state),
        std::pair("eke_tensor", pointee(entry, 5)->getAggregateElement(0u)),
        std::pair("eke_language", language), std::pair("eke_chat", chat)})
    EXPECT_EQ(offsetsOf(module, value->getType()), layoutOf(name, bytes))
        << name << " for " << triple.str();
  const char *texts[] = {"a", "d", "e", "b", "c"};
  for (unsigned i = 0; i < 5; ++i)
    EXPECT_EQ(cast<llvm::ConstantDataArray>(pointee(chat, i))->getAsCString(),
              texts[i]);
}

// LLVM's structures have the offsets that C gives those of abi.h.
TEST(ModelInfo, HasTheLayoutOfTheABI) {
  for (StringRef triple :
       {"x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu",
        "armv7-unknown-linux-gnueabihf", "thumbv7em-unknown-none-eabihf"})
    expectLayoutOfTheABI(triple);
}

TEST(Header, IsNamedAfterTheLibrary) {
  EXPECT_EQ(getHeaderPath("lib/libnet.a"), "lib/net.h");
  EXPECT_EQ(getHeaderPath("net.a"), "net.h");
}

} // namespace
