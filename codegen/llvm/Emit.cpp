//===- Emit.cpp - From a lowered module to a file -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   weights --image--> weights object --\
//                                         +--> link --> output
//   code, kernels, runtime --> object --/
//
//===----------------------------------------------------------------------===//

#include "codegen/llvm/Emit.h"

#include "codegen/image/BuildImage.h"
#include "codegen/llvm/Header.h"
#include "codegen/llvm/Link.h"
#include "codegen/llvm/Machine.h"
#include "codegen/llvm/ModelInfo.h"
#include "codegen/llvm/Remarks.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/Support/Path.h"

namespace mlir::eke {
namespace {

/// Code reaches the image by 32-bit displacements.
constexpr int64_t maxImageBytes = (int64_t(1) << 31) - (int64_t(64) << 20);

class Emitter {
public:
  Emitter(ModuleOp module, const EmitOptions &options)
      : module(module), options(options) {}

  LogicalResult run();

private:
  bool isText() const {
    return options.kind == EmitKind::Assembly ||
           options.kind == EmitKind::LLVMIR;
  }
  bool isLibrary() const { return options.kind == EmitKind::Library; }

  LogicalResult report(llvm::Error error) {
    if (error)
      return emitError(UnknownLoc::get(module.getContext()))
             << llvm::toString(std::move(error));
    return success();
  }

  LogicalResult writeWeights(PendingFile *file);
  llvm::Error buildCode();
  llvm::Error linkRuntime(llvm::Module &into, StringRef part);
  llvm::Error buildRuntime();
  llvm::Error finish(llvm::Module &part, int64_t prefetchDistance,
                     llvm::function_ref<bool(StringRef)> isPublic);
  llvm::Error writeCode(llvm::Module &part, llvm::raw_pwrite_stream &os);
  LogicalResult emitText();
  llvm::Error writeLibraryFiles(const PendingFile &code,
                                const PendingFile &weights, StringRef output);
  llvm::Error writeOutput(const PendingFile &code, const PendingFile &weights);
  llvm::Error writeHeaderFile();

  ModuleOp module;
  const EmitOptions &options;
  TargetAttr target;
  ModelInfo info;
  llvm::BLAKE3 digest;
  llvm::LLVMContext context;
  std::unique_ptr<llvm::TargetMachine> machine;
  std::unique_ptr<llvm::Module> code;
  /// Of a library, the part that all models of an application share.
  std::unique_ptr<llvm::Module> runtime;
  /// What the runtime offers to applications.
  llvm::StringSet<> exports;
};

LogicalResult Emitter::run() {
  FailureOr<ModelInfo> read = readModelInfo(module);
  if (failed(read))
    return failure();
  info = std::move(*read);
  target = module->getAttrOfType<TargetAttr>(kTargetAttr);
  if (info.weightBytes > maxImageBytes)
    return module.emitError() << "the weights take " << info.weightBytes
                              << " bytes, expected at most " << maxImageBytes;

  if (isText())
    return emitText();
  auto codeFile = PendingFile::create(options.output);
  if (!codeFile)
    return report(codeFile.takeError());
  auto weightFile = PendingFile::create(options.output);
  if (!weightFile)
    return report(weightFile.takeError());
  if (failed(writeWeights(&*weightFile)) || failed(report(buildCode())) ||
      failed(report(codeFile->write(
          [&](llvm::raw_pwrite_stream &os) { return writeCode(*code, os); }))))
    return failure();
  return report(writeOutput(*codeFile, *weightFile));
}

/// Writes the code as text, to a file or to standard output.
LogicalResult Emitter::emitText() {
  if (failed(writeWeights(nullptr)) || failed(report(buildCode())))
    return failure();
  SmallString<0> text;
  llvm::raw_svector_ostream os(text);
  if (failed(report(writeCode(*code, os))))
    return failure();
  return report(writeText(options.output, text));
}

/// Writes the weights, or only checks and digests them if there is no file.
LogicalResult Emitter::writeWeights(PendingFile *file) {
  digest.update(options.description);
  digest.update(options.tokenizer);
  LogicalResult result = success();
  if (!file) {
    llvm::raw_null_ostream os;
    result = writeImage(module, options.payloadFolder, os, digest);
  } else {
    llvm::Error error = file->write([&](llvm::raw_pwrite_stream &os) {
      result = writeImageObject(module, options.payloadFolder, os, digest);
      return llvm::Error::success();
    });
    if (failed(result)) {
      llvm::consumeError(std::move(error));
      return failure();
    }
    result = report(std::move(error));
  }
  llvm::BLAKE3Result<16> hash = digest.final<16>();
  info.hash = llvm::toHex(hash, /*LowerCase=*/true);
  return result;
}

llvm::Error Emitter::linkRuntime(llvm::Module &into, StringRef part) {
  SmallString<128> path(options.runtimeFolder);
  llvm::sys::path::append(
      path, part + "-" + machine->getTargetTriple().getArchName() + ".bc");
  auto runtime = readBitcodeFile(path, context);
  if (!runtime)
    return runtime.takeError();
  for (const llvm::Function &function : **runtime)
    if (!function.isDeclaration() && function.hasExternalLinkage() &&
        function.hasDefaultVisibility())
      exports.insert(function.getName());
  return linkInto(into, std::move(*runtime));
}

/// Verifies and optimises a whole object, which offers others what `isPublic` says.
llvm::Error Emitter::finish(llvm::Module &part, int64_t prefetchDistance,
                            llvm::function_ref<bool(StringRef)> isPublic) {
  internalize(part, [&](const llvm::GlobalValue &value) {
    return isPublic(value.getName());
  });
  retarget(part, *machine);
  if (llvm::Error error = verify(part, "the parts of the program do not fit"))
    return error;
  return optimize(part, *machine, prefetchDistance);
}

/// The runtime as an object of its own: an application with several models takes it
/// from the first library.
llvm::Error Emitter::buildRuntime() {
  runtime = std::make_unique<llvm::Module>("runtime", context);
  retarget(*runtime, *machine);
  if (llvm::Error error = linkRuntime(*runtime, "runtime"))
    return error;
  return finish(*runtime, /*prefetchDistance=*/0,
                [&](StringRef name) { return exports.contains(name); });
}

/// The functions of `part` take another name where something that is linked with them
/// has theirs: an author may well call an entry `main` or `free`.
static void keepToThemselves(llvm::Module &part) {
  for (llvm::Function &function : part)
    if (!function.isDeclaration())
      function.setLinkage(llvm::GlobalValue::InternalLinkage);
}

/// Puts all code into one optimised module.
llvm::Error Emitter::buildCode() {
  auto created = createMachine(target, /*positionIndependent=*/isLibrary());
  if (!created)
    return created.takeError();
  machine = std::move(*created);
  auto translated = translateModule(module, context);
  if (!translated)
    return translated.takeError();
  code = std::move(*translated);
  retarget(*code, *machine);
  keepToThemselves(*code);
  auto entries = llvm::map_to_vector(info.entries, [&](const EntryInfo &entry) {
    return code->getFunction(entry.symbol);
  });

  for (const KernelCode &kernel : options.kernels) {
    auto part = readKernel(kernel, context);
    if (!part)
      return part.takeError();
    if (llvm::Error error = linkInto(*code, std::move(*part)))
      return error;
  }
  if (!isLibrary())
    for (StringRef part : {"runtime", "runtime-main"})
      if (llvm::Error error = linkRuntime(*code, part))
        return error;

  info.compilerVersion = options.compilerVersion;
  if (info.language)
    info.language->tokenizer = options.tokenizer;
  for (auto [entry, function] : llvm::zip_equal(info.entries, entries))
    entry.symbol = function->getName();
  emitModelInfo(*code, info);
  forwardRemarks(context, module);
  const std::string symbol = info.getSymbol(), unique = info.getUniqueSymbol();
  if (llvm::Error error =
          finish(*code, getPrefetchDistance(target, info.weightBytes),
                 [&](StringRef name) {
                   return isLibrary() ? name == symbol || name == unique
                                      : name == "main";
                 }))
    return error;
  return isLibrary() ? buildRuntime() : llvm::Error::success();
}

llvm::Error Emitter::writeCode(llvm::Module &part,
                               llvm::raw_pwrite_stream &os) {
  if (options.kind == EmitKind::LLVMIR) {
    part.print(os, nullptr);
    return llvm::Error::success();
  }
  return emitMachineCode(part, *machine,
                         options.kind == EmitKind::Assembly
                             ? llvm::CodeGenFileType::AssemblyFile
                             : llvm::CodeGenFileType::ObjectFile,
                         os);
}

llvm::Error Emitter::writeHeaderFile() {
  std::string text;
  llvm::raw_string_ostream os(text);
  writeHeader(os, info, options.output);
  return writeText(getHeaderPath(options.output), text);
}

/// Writes the objects of model, weights and runtime as one archive, and its header.
llvm::Error Emitter::writeLibraryFiles(const PendingFile &code,
                                       const PendingFile &weights,
                                       StringRef output) {
  auto runtimeFile = PendingFile::create(options.output);
  if (!runtimeFile)
    return runtimeFile.takeError();
  if (llvm::Error error = runtimeFile->write(
          [&](llvm::raw_pwrite_stream &os) { return writeCode(*runtime, os); }))
    return error;
  const StringRef objects[] = {code.getTemporaryPath(),
                               weights.getTemporaryPath(),
                               runtimeFile->getTemporaryPath()};
  if (llvm::Error error =
          writeLibrary(objects, {"model.o", "weights.o", "runtime.o"}, output))
    return error;
  return writeHeaderFile();
}

/// Joins the objects of code and weights to the output.
llvm::Error Emitter::writeOutput(const PendingFile &code,
                                 const PendingFile &weights) {
  auto output = PendingFile::create(options.output);
  if (!output)
    return output.takeError();
  const StringRef objects[] = {code.getTemporaryPath(),
                               weights.getTemporaryPath()};
  StringRef path = output->getTemporaryPath();
  llvm::Error error = options.kind == EmitKind::Executable
                          ? linkExecutable(target, objects, path)
                      : options.kind == EmitKind::Object
                          ? linkObject(objects, path)
                          : writeLibraryFiles(code, weights, path);
  if (error)
    return error;
  return output->keep();
}

} // namespace

LogicalResult emitModule(ModuleOp module, const EmitOptions &options) {
  return Emitter(module, options).run();
}

llvm::Expected<KernelListing> listKernel(ModuleOp model,
                                         const KernelCode &kernel) {
  auto target = model->getAttrOfType<TargetAttr>(kTargetAttr);
  auto image = model->getAttrOfType<IntegerAttr>(kImageBytesAttr);
  auto machine = createMachine(target, /*positionIndependent=*/false);
  if (!machine)
    return machine.takeError();
  llvm::LLVMContext context;
  auto module = readKernel(kernel, context);
  if (!module)
    return module.takeError();
  retarget(**module, **machine);
  if (llvm::Error error =
          verify(**module, "the kernel '" + kernel.symbol + "' is not valid"))
    return std::move(error);
  if (llvm::Error error =
          optimize(**module, **machine,
                   getPrefetchDistance(target, image ? image.getInt() : 0)))
    return std::move(error);

  KernelListing listing;
  llvm::raw_string_ostream(listing.llvmIR) << **module;
  llvm::SmallString<0> assembly;
  llvm::raw_svector_ostream os(assembly);
  if (llvm::Error error = emitMachineCode(
          **module, **machine, llvm::CodeGenFileType::AssemblyFile, os))
    return std::move(error);
  listing.assembly = assembly.str();
  return listing;
}

} // namespace mlir::eke
