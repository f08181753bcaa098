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
#include "codegen/llvm/CpuNeeds.h"
#include "codegen/llvm/Header.h"
#include "codegen/llvm/Link.h"
#include "codegen/llvm/LinkerScript.h"
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

constexpr StringLiteral kCodePart = "code.o", kWeightsPart = "weights.o",
                        kRuntimePart = "runtime.o";

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
  /// Is all memory linked, since no system would give any?
  bool hasMemory() const { return isLibrary() || target.isBareMetal(); }

  LogicalResult report(llvm::Error error) {
    if (!error)
      return success();
    if (!options.report)
      return emitError(UnknownLoc::get(module.getContext()))
             << llvm::toString(std::move(error));
    options.report(std::move(error));
    return failure();
  }
  std::string getPart(StringRef name) const {
    SmallString<128> path(options.partsFolder);
    llvm::sys::path::append(path, name);
    return path.str().str();
  }

  LogicalResult
  digestWeights(llvm::function_ref<LogicalResult(const WeightImage &)> write);
  LogicalResult checkWeights();
  LogicalResult writeWeightsObjects();
  llvm::Error buildCode();
  llvm::Error linkRuntime(llvm::Module &into, StringRef part);
  llvm::Error buildRuntime();
  llvm::Error addManifest();
  llvm::Error finish(llvm::Module &part, int64_t prefetchDistance,
                     llvm::function_ref<bool(StringRef)> isPublic);
  void addStack();
  llvm::Error checkStack();
  llvm::Error writeCode(llvm::Module &part, llvm::raw_pwrite_stream &os);
  llvm::Error writeCodeFile(llvm::Module &part, StringRef path);
  std::vector<StringRef> listObjects();
  llvm::Error writeLibraryFiles();
  llvm::Error writeExecutable(llvm::ArrayRef<StringRef> objects);
  llvm::Error writeOutput();

  ModuleOp module;
  const EmitOptions &options;
  TargetAttr target;
  ModelInfo info;
  llvm::BLAKE3 digest;
  /// The names of the files with weights, of the main memory first.
  std::vector<std::string> weightsParts;
  /// The paths of all objects.
  std::vector<std::string> objects;
  llvm::LLVMContext context;
  std::unique_ptr<llvm::TargetMachine> machine;
  std::unique_ptr<llvm::Module> code;
  /// Of a library, the part that all models of an application share.
  std::unique_ptr<llvm::Module> runtime;
  /// What the runtime offers to applications.
  llvm::StringSet<> exports;
  /// Of the functions that were written, where the stack is a part of memory that somebody
  /// has to choose.
  StackFrames frames;
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
  if (failed(isText() ? checkWeights() : writeWeightsObjects()) ||
      failed(report(buildCode())))
    return failure();
  if (isText())
    return report(writeCodeFile(*code, options.output));
  return failed(report(writeCodeFile(*code, getPart(kCodePart))))
             ? failure()
             : report(writeOutput());
}

/// Writes the weights of each memory with `write`, and digests them.
LogicalResult Emitter::digestWeights(
    llvm::function_ref<LogicalResult(const WeightImage &)> write) {
  FailureOr<SmallVector<WeightImage>> images = checkImages(module);
  if (failed(images))
    return failure();
  digest.update(options.description);
  digest.update(options.tokenizer);
  for (const WeightImage &image : *images)
    if (failed(write(image)))
      return failure();
  llvm::BLAKE3Result<16> hash = digest.final<16>();
  info.hash = llvm::toHex(hash, /*LowerCase=*/true);
  return success();
}

/// Of a text, the weights are no part.
LogicalResult Emitter::checkWeights() {
  return digestWeights([&](const WeightImage &image) {
    llvm::raw_null_ostream os;
    return writeImage(module, image, options.payloadFolder, os, digest);
  });
}

LogicalResult Emitter::writeWeightsObjects() {
  return digestWeights([&](const WeightImage &image) {
    // A memory may be called anything, so that files are numbered.
    std::string name =
        weightsParts.empty()
            ? kWeightsPart.str()
            : "weights" + llvm::utostr(weightsParts.size()) + ".o";
    weightsParts.push_back(name);
    LogicalResult result = success();
    llvm::Error error =
        writeFile(getPart(name), [&](llvm::raw_pwrite_stream &os) {
          result = writeImageObject(module, image, options.payloadFolder, os,
                                    digest);
          return llvm::Error::success();
        });
    if (failed(result))
      llvm::consumeError(std::move(error));
    return failed(result) ? failure() : report(std::move(error));
  });
}

/// The part of the runtime that finds out whether the CPU is the right one.
static constexpr llvm::StringLiteral kMainPart = "runtime-main";
/// The architecture that all code for Cortex-M can be generated from.
static constexpr llvm::StringLiteral kEveryCortexM = "thumbv7em";

llvm::Error Emitter::linkRuntime(llvm::Module &into, StringRef part) {
  SmallString<128> path(options.runtimeFolder);
  bool isMain = part == kMainPart, isBareMetal = target.isBareMetal();
  StringRef arch = isBareMetal && !isMain
                       ? StringRef(kEveryCortexM)
                       : machine->getTargetTriple().getArchName();
  llvm::sys::path::append(path, part + "-" + arch + ".bc");
  auto runtime = readBitcodeFile(path, context);
  if (!runtime)
    return runtime.takeError();
  for (llvm::Function &function : **runtime) {
    if (function.isDeclaration())
      continue;
    if (function.hasExternalLinkage() && function.hasDefaultVisibility())
      exports.insert(function.getName());
    if (isMain && !isBareMetal)
      function.addFnAttr(kAnyCpuAttr);
  }
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

llvm::Error Emitter::addManifest() {
  std::vector<ManifestInput> inputs;
  if (options.listInputs) {
    auto files = options.listInputs();
    if (!files)
      return files.takeError();
    inputs = std::move(*files);
  }
  emitNote(*code, kManifestNote, writeManifest(info, target, inputs));
  if (!options.modelNote.empty())
    emitNote(*code, kModelNote, options.modelNote);
  return llvm::Error::success();
}

/// Is it a function of a program that the C library calls, or the linker knows of?
static bool isProgramSymbol(StringRef name) {
  return name == "main" || name == "eke_on_reset" || name == "__aeabi_read_tp";
}

/// Puts all code into one optimised module.
llvm::Error Emitter::buildCode() {
  auto created = createMachine(target);
  if (!created)
    return created.takeError();
  machine = std::move(*created);
  auto translated = translateModule(module, context);
  if (!translated)
    return translated.takeError();
  code = std::move(*translated);
  retarget(*code, *machine);
  // What has a main is linked into an executable, whose symbols nobody replaces.
  if (!target.isBareMetal())
    code->setPICLevel(llvm::PICLevel::BigPIC);
  if (!isLibrary() && !target.isBareMetal())
    code->setPIELevel(llvm::PIELevel::Large);
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
    for (StringRef part : {StringRef("runtime"), StringRef(kMainPart)})
      if (llvm::Error error = linkRuntime(*code, part))
        return error;

  info.compilerVersion = options.compilerVersion;
  if (info.language)
    info.language->tokenizer = options.tokenizer;
  for (auto [entry, function] : llvm::zip_equal(info.entries, entries))
    entry.symbol = function->getName();
  emitModelInfo(*code, info, hasMemory());
  if (llvm::Error error = addManifest())
    return error;
  emitCpuNeeds(*code, target.getName(), listCpuNeeds(*machine));
  forwardRemarks(context, module);
  const std::string symbol = info.getSymbol(), unique = info.getUniqueSymbol();
  if (llvm::Error error =
          finish(*code, getPrefetchDistance(target, info.weightBytes),
                 [&](StringRef name) {
                   return isLibrary() ? name == symbol || name == unique
                                      : isProgramSymbol(name);
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
                         os, target.isBareMetal() ? &frames : nullptr);
}

llvm::Error Emitter::writeCodeFile(llvm::Module &part, StringRef path) {
  return writeFile(
      path, [&](llvm::raw_pwrite_stream &os) { return writeCode(part, os); });
}

/// Writes the objects of model, weights and runtime as one archive, and its header.
llvm::Error Emitter::writeLibraryFiles() {
  if (llvm::Error error = writeCodeFile(*runtime, getPart(kRuntimePart)))
    return error;
  SmallVector<StringRef> names = {"model.o"};
  llvm::append_range(names, weightsParts);
  names.push_back(kRuntimePart);
  if (llvm::Error error = writeLibrary(listObjects(), names, options.output))
    return error;
  addStack();
  return writeFile(options.header, [&](llvm::raw_pwrite_stream &os) {
    writeHeader(os, info, target, options.name);
    return llvm::Error::success();
  });
}

/// The files of code, of the weights and, of a library, of the runtime.
std::vector<StringRef> Emitter::listObjects() {
  objects = {getPart(kCodePart)};
  for (const std::string &part : weightsParts)
    objects.push_back(getPart(part));
  if (isLibrary())
    objects.push_back(getPart(kRuntimePart));
  return {objects.begin(), objects.end()};
}

/// What calls of entries take, in words.
void Emitter::addStack() {
  if (!target.isBareMetal())
    return;
  for (EntryInfo &entry : info.entries) {
    StackUse use = findStackUse(frames, entry.symbol + ".call");
    entry.stack = use.describe();
    if (options.tell)
      options.tell("stack of a call of '" + entry.name + "': at most " +
                   entry.stack);
  }
}

/// Fails if what is known of the stack is more than the target has.
llvm::Error Emitter::checkStack() {
  uint64_t most = 0;
  for (const EntryInfo &entry : info.entries)
    most = std::max(most, findStackUse(frames, entry.symbol + ".call").bytes);
  // Up to the call of an entry, which is by its address.
  uint64_t all = findStackUse(frames, "eke_start").bytes + most;
  if (options.tell)
    options.tell("stack of the program: " + llvm::Twine(all) + " bytes of " +
                 llvm::Twine(target.getStack()));
  if (all <= uint64_t(target.getStack()))
    return llvm::Error::success();
  return llvm::createStringError(
      "the program takes up to " + llvm::Twine(all) + " bytes of stack, and '" +
      target.getName().getValue() + "' has " + llvm::Twine(target.getStack()));
}

llvm::Error Emitter::writeExecutable(llvm::ArrayRef<StringRef> objects) {
  if (!target.isBareMetal())
    return linkExecutable(target, objects, options.output, options.keepsSymbols,
                          options.runTool);
  addStack();
  if (llvm::Error error = checkStack())
    return error;
  auto script = writeLinkerScript(target, info.getArgumentBytes());
  if (!script)
    return script.takeError();
  const std::string path = getPart("program.ld");
  if (llvm::Error error = writeFile(path, [&](llvm::raw_pwrite_stream &os) {
        os << *script;
        return llvm::Error::success();
      }))
    return error;
  return linkFirmware(target, objects, path, options.output,
                      options.keepsSymbols, options.runTool);
}

/// Joins the objects of code and weights to the output.
llvm::Error Emitter::writeOutput() {
  if (isLibrary())
    return writeLibraryFiles();
  return options.kind == EmitKind::Executable
             ? writeExecutable(listObjects())
             : linkObject(listObjects(), options.output, options.runTool);
}

} // namespace

LogicalResult emitModule(ModuleOp module, const EmitOptions &options) {
  return Emitter(module, options).run();
}

llvm::Expected<KernelListing> listKernel(ModuleOp model,
                                         const KernelCode &kernel) {
  auto target = model->getAttrOfType<TargetAttr>(kTargetAttr);
  auto image = model->getAttrOfType<IntegerAttr>(kImageBytesAttr);
  auto machine = createMachine(target);
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
