//===- Targets.cpp - Device profiles --------------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   NAME.textproto  --(EmbedText.cmake)-->  a row of `builtinProfiles`
//
//===----------------------------------------------------------------------===//

#include "compiler/targets/Targets.h"

#include "compiler/support/TextFormat.h"
#include "dialects/eke/InputFile.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"

using llvm::createStringError;
using llvm::Expected;
using llvm::StringLiteral;
using llvm::StringRef;

namespace mlir::eke {
namespace {

struct BuiltinProfile {
  StringLiteral name;
  StringLiteral text;
};

constexpr BuiltinProfile builtinProfiles[] = {
#include "compiler/targets/Profiles.inc"
};

std::string joinBuiltinNames() {
  std::string names;
  for (const BuiltinProfile &profile : builtinProfiles)
    names += profile.name.str() + ", ";
  return names + "host";
}

/// Says what is wrong with the memories of `profile`, or nothing.
std::string whyUnusable(
    const google::protobuf::RepeatedPtrField<::eke::proto::Memory> &memories) {
  bool hasPlaces = false;
  for (const auto &memory : memories) {
    if (memory.name().empty())
      return "expected field 'name' of every memory";
    if (memory.kind() == ::eke::proto::Memory::UNKNOWN)
      return llvm::formatv("expected field 'kind' of memory '{0}'",
                           memory.name());
    bool isCache = memory.kind() == ::eke::proto::Memory::CACHE;
    if (isCache && memory.capacity_bytes() == 0)
      return llvm::formatv("expected field 'capacity_bytes' of cache '{0}'",
                           memory.name());
    hasPlaces |= !isCache;
  }
  return hasPlaces ? "" : "expected a memory that is no cache";
}

/// Says what makes `profile` unusable, or nothing.
std::string whyUnusable(const TargetProfile &profile) {
  for (auto [field, value] :
       {std::pair("name", &profile.name()),
        std::pair("triple", &profile.triple()),
        std::pair("cpu", &profile.cpu()),
        std::pair("halide_target", &profile.halide_target())})
    if (value->empty())
      return llvm::formatv("expected field '{0}'", field);
  for (const std::string &feature : profile.features())
    if (feature.size() < 2 || (feature[0] != '+' && feature[0] != '-'))
      return llvm::formatv("feature '{0}' must start with + or -", feature);
  if (!llvm::is_contained({64u, 128u, 256u, 512u}, profile.vector_bits()))
    return llvm::formatv("vector_bits is {0}, expected 64, 128, 256 or 512",
                         profile.vector_bits());
  return whyUnusable(profile.memories());
}

} // namespace

Expected<TargetProfile> parseTargetProfile(StringRef text, StringRef file) {
  TargetProfile profile;
  if (llvm::Error error = parseTextFormat(text, file, profile))
    return std::move(error);
  std::string reason = whyUnusable(profile);
  if (!reason.empty())
    return errorIn(file, reason);
  return profile;
}

StringRef getHostTargetName() {
  llvm::StringMap<bool> features = llvm::sys::getHostCPUFeatures();
  auto has = [&](std::initializer_list<StringRef> names) {
    return llvm::all_of(names,
                        [&](StringRef name) { return features.lookup(name); });
  };
  if (llvm::Triple(llvm::sys::getProcessTriple()).isAArch64())
    return has({"dotprod", "fullfp16"}) ? "cortex-a76" : "generic-armv8";
  return has({"avx2", "fma", "f16c", "bmi", "bmi2", "lzcnt", "movbe"})
             ? "x86-64-v3"
             : "x86-64-v2";
}

Expected<TargetProfile> findTargetProfile(StringRef name) {
  if (name.ends_with(".textproto")) {
    auto buffer = openText(name);
    if (!buffer)
      return buffer.takeError();
    return parseTargetProfile((*buffer)->getBuffer(), name);
  }
  StringRef resolved = name == "host" ? getHostTargetName() : name;
  for (const BuiltinProfile &profile : builtinProfiles)
    if (profile.name == resolved)
      return parseTargetProfile(profile.text,
                                (profile.name + ".textproto").str());
  return createStringError("unknown target '%s'; expected one of %s, or a file "
                           "NAME.textproto",
                           name.str().c_str(), joinBuiltinNames().c_str());
}

static MemoryKind getKind(::eke::proto::Memory::Kind kind) {
  switch (kind) {
  case ::eke::proto::Memory::CACHE:
    return MemoryKind::Cache;
  case ::eke::proto::Memory::ROM:
    return MemoryKind::Rom;
  default:
    return MemoryKind::Ram;
  }
}

TargetAttr getTargetAttr(MLIRContext *context, const TargetProfile &profile) {
  auto string = [&](const llvm::Twine &text) {
    return StringAttr::get(context, text);
  };
  SmallVector<MemoryAttr> memories;
  for (const auto &memory : profile.memories())
    memories.push_back(MemoryAttr::get(context, string(memory.name()),
                                       getKind(memory.kind()),
                                       memory.capacity_bytes()));
  return TargetAttr::get(context, string(profile.name()),
                         string(profile.triple()), string(profile.cpu()),
                         string(llvm::join(profile.features(), ",")),
                         string(profile.halide_target()), profile.vector_bits(),
                         memories, profile.prefetch_bytes());
}

void printTargetProfiles(llvm::raw_ostream &os) {
  constexpr const char *row = "{0,-15} {1,-12} {2,-26} {3,-9} {4}\n";
  os << llvm::formatv(row, "target", "cpu", "features", "emulator",
                      "description");
  for (const BuiltinProfile &builtin : builtinProfiles) {
    TargetProfile profile =
        llvm::cantFail(parseTargetProfile(builtin.text, builtin.name));
    std::string features = llvm::join(profile.features(), ",");
    os << llvm::formatv(row, profile.name(), profile.cpu(),
                        features.empty() ? "-" : features,
                        profile.qemu_cpu().empty() ? "-" : profile.qemu_cpu(),
                        profile.description());
  }
  os << llvm::formatv("{0,-15} the best of these that this machine runs: {1}\n",
                      "host", getHostTargetName());
}

} // namespace mlir::eke
