//===- Link.cpp - Objects to files that people use ------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/llvm/Link.h"

#include "llvm/Object/ArchiveWriter.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Program.h"
#include "llvm/TargetParser/Triple.h"

namespace fs = llvm::sys::fs;

namespace mlir::eke {

llvm::Error
writeFile(StringRef path,
          llvm::function_ref<llvm::Error(llvm::raw_pwrite_stream &)> write) {
  std::error_code error;
  llvm::raw_fd_ostream os(path, error);
  if (!error) {
    llvm::Error failed = write(os);
    os.close();
    error = os.error();
    os.clear_error();
    if (failed)
      return failed;
  }
  if (!error)
    return llvm::Error::success();
  return llvm::createStringError(error, "cannot write '" + path +
                                            "': " + error.message());
}

/// The program at `configured`, or the first of `names` in the PATH.
static llvm::Expected<std::string> findTool(StringRef configured,
                                            llvm::ArrayRef<StringRef> names) {
  if (fs::can_execute(configured))
    return configured.str();
  for (StringRef name : names)
    if (llvm::ErrorOr<std::string> path = llvm::sys::findProgramByName(name))
      return *path;
  return llvm::createStringError("cannot find '" + names.front() +
                                 "', which links the binary");
}

/// The line of `log` that says what went wrong.
static StringRef findErrorLine(StringRef log) {
  for (StringRef rest = log; !rest.empty();) {
    auto [line, tail] = rest.split('\n');
    if (line.contains("error:"))
      return line;
    rest = tail;
  }
  return log.split('\n').first;
}

namespace {

/// Why a tool failed: what it said, and how it ended.
struct Failure {
  std::string log;
  std::error_code code;

  explicit Failure(llvm::Error error) {
    llvm::handleAllErrors(std::move(error),
                          [&](const llvm::ErrorInfoBase &info) {
                            log = info.message();
                            code = info.convertToErrorCode();
                          });
  }

  llvm::Error describe() const {
    return llvm::createStringError(code,
                                   "linking failed: " + findErrorLine(log));
  }
};

} // namespace

/// Runs a tool; what it says becomes the error.
static llvm::Error runLinker(ToolRunner run, llvm::ArrayRef<StringRef> args) {
  if (llvm::Error error = run(args))
    return Failure(std::move(error)).describe();
  return llvm::Error::success();
}

llvm::Error linkExecutable(TargetAttr target, llvm::ArrayRef<StringRef> objects,
                           StringRef output, bool keepsSymbols,
                           ToolRunner run) {
  auto clang = findTool(EKE_CLANG, {EKE_CLANG_NAME, "clang"});
  if (!clang)
    return clang.takeError();
  auto lld = findTool(EKE_LLD, {EKE_LLD_NAME, "ld.lld"});
  if (!lld)
    return lld.takeError();
  std::string triple = "--target=" + target.getTriple().str();
  std::string linker = "--ld-path=" + *lld;
  // The C libraries of 32-bit Arm have no code by which a static program relocates
  // itself: it runs where it was linked.
  bool isRelocated = llvm::Triple(target.getTriple().getValue()).isArch64Bit();
  SmallVector<StringRef> args = {
      *clang, triple, linker, isRelocated ? "-static-pie" : "-static",
      "-Wl,--gc-sections", "-Wl,-z,relro,-z,now,-z,noexecstack",
      // Tables in the file hold what they will hold when
      // it is loaded: readers need not relocate them.
      "-Wl,--apply-dynamic-relocs",
      // Of the contents: the same for the same file.
      "-Wl,--build-id=sha1",
      keepsSymbols ? "-Wl,--strip-debug" : "-Wl,--strip-all", "-o", output};
  llvm::append_range(args, objects);
  args.push_back("-lm");
  return runLinker(run, args);
}

/// The memory of `target` that the linker has found too small: "region `sram' overflowed by
/// 12 bytes".
static llvm::Error findOverflow(TargetAttr target, StringRef log) {
  for (MemoryAttr memory : target.getMemories()) {
    StringRef name = memory.getName();
    std::string key = ("region `" + name + "' overflowed by ").str();
    int64_t bytes;
    size_t at = log.find(key);
    if (at == StringRef::npos ||
        log.drop_front(at + key.size()).consumeInteger(10, bytes))
      continue;
    return llvm::createStringError(
        "the program needs " + llvm::Twine(bytes) + " bytes more than the " +
        llvm::Twine(memory.getCapacity()) + " that memory '" + name + "' of " +
        target.getName().getValue() + " has");
  }
  return llvm::Error::success();
}

llvm::Error linkFirmware(TargetAttr target, llvm::ArrayRef<StringRef> objects,
                         StringRef script, StringRef output, bool keepsSymbols,
                         ToolRunner run) {
  // Its libraries are built for each kind of Cortex-M, which it knows to tell apart.
  auto gcc = findTool("", {"arm-none-eabi-gcc"});
  if (!gcc)
    return gcc.takeError();
  llvm::Triple triple(llvm::Triple::normalize(target.getTriple().getValue()));
  bool hasFloat = triple.getEnvironment() == llvm::Triple::EABIHF;
  std::string cpu = "-mcpu=" + target.getCpu().str();
  SmallVector<StringRef> args = {
      *gcc,
      cpu,
      "-mthumb",
      hasFloat ? "-mfloat-abi=hard" : "-mfloat-abi=soft",
      "--specs=picolibc.specs",
      "-nostartfiles",
      "-T",
      script,
      "-Wl,--gc-sections",
      "-Wl,--no-warn-rwx-segments",
      "-Wl,--no-enum-size-warning",
      "-Wl,-z,noexecstack",
      "-Wl,--build-id=none",
      keepsSymbols ? "-Wl,--strip-debug" : "-Wl,--strip-all",
      "-o",
      output};
  llvm::append_range(args, objects);
  args.push_back("-lm");
  llvm::Error error = run(args);
  if (!error)
    return llvm::Error::success();
  Failure failure(std::move(error));
  if (llvm::Error overflow = findOverflow(target, failure.log))
    return overflow;
  return failure.describe();
}

llvm::Error linkObject(llvm::ArrayRef<StringRef> objects, StringRef output,
                       ToolRunner run) {
  auto lld = findTool(EKE_LLD, {EKE_LLD_NAME, "ld.lld"});
  if (!lld)
    return lld.takeError();
  SmallVector<StringRef> args = {*lld, "-r", "-o", output};
  llvm::append_range(args, objects);
  return runLinker(run, args);
}

llvm::Error writeLibrary(llvm::ArrayRef<StringRef> objects,
                         llvm::ArrayRef<StringRef> names, StringRef output) {
  std::vector<llvm::NewArchiveMember> members;
  for (auto [object, name] : llvm::zip_equal(objects, names)) {
    auto member =
        llvm::NewArchiveMember::getFile(object, /*Deterministic=*/true);
    if (!member)
      return member.takeError();
    member->MemberName = name;
    members.push_back(std::move(*member));
  }
  // Not a function that takes the file's name: it handles signals in a way of its own.
  return writeFile(output, [&](llvm::raw_pwrite_stream &os) {
    return llvm::writeArchiveToStream(
        os, members, llvm::SymtabWritingMode::NormalSymtab,
        llvm::object::Archive::K_GNU, /*Deterministic=*/true, /*Thin=*/false);
  });
}

} // namespace mlir::eke
