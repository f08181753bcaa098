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
#include "compiler/targets/CheckProfile.h"
#include "dialects/eke/InputFile.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
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

const BuiltinProfile *findBuiltin(StringRef name) {
  const BuiltinProfile *found =
      llvm::find_if(builtinProfiles, [&](const BuiltinProfile &profile) {
        return profile.name == name;
      });
  return found == std::end(builtinProfiles) ? nullptr : found;
}

/// Puts each field that `changes` has in the place of that of `message`.
void replaceFields(Message &message, const Message &changes) {
  std::vector<const FieldDescriptor *> fields;
  changes.GetReflection()->ListFields(changes, &fields);
  for (const FieldDescriptor *field : fields)
    message.GetReflection()->ClearField(&message, field);
  message.MergeFrom(changes);
}

/// Parses a profile, and completes it by its base. `depth` bases led here: more
/// than there are profiles means that one is its own.
Expected<TargetProfile> readProfile(StringRef text, StringRef file,
                                    size_t depth = 0) {
  TargetProfile profile;
  if (llvm::Error error = parseTextFormat(text, file, profile))
    return std::move(error);
  if (profile.base().empty())
    return profile;
  const BuiltinProfile *base = findBuiltin(profile.base());
  if (!base || depth > std::size(builtinProfiles))
    return errorIn(file, llvm::formatv("base is '{0}', expected the name of a "
                                       "target that 'eke targets' lists",
                                       profile.base()));
  // Two targets of one name could not be told apart.
  if (profile.name().empty())
    return errorIn(file, llvm::formatv("expected field 'name': '{0}' is its "
                                       "base, and another target",
                                       profile.base()));
  Expected<TargetProfile> whole =
      readProfile(base->text, base->name, depth + 1);
  if (!whole)
    return whole;
  ::eke::proto::Costs costs = whole->costs();
  replaceFields(costs, profile.costs());
  replaceFields(*whole, profile);
  *whole->mutable_costs() = costs;
  return whole;
}

} // namespace

Expected<TargetProfile> parseTargetProfile(StringRef text, StringRef file) {
  Expected<TargetProfile> profile = readProfile(text, file);
  if (!profile)
    return profile;
  if (std::string fault = whyUnusable(*profile); !fault.empty())
    return errorIn(file, fault);
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
  if (const BuiltinProfile *profile = findBuiltin(resolved))
    return parseTargetProfile(profile->text,
                              (profile->name + ".textproto").str());
  return createStringError("unknown target '%s'; expected one of %s, or a file "
                           "NAME.textproto",
                           name.str().c_str(), joinBuiltinNames().c_str());
}

std::vector<std::string> getEmulator(const TargetProfile &profile) {
  if (!profile.qemu_machine().empty())
    return {"qemu-system-arm",
            "-machine",
            profile.qemu_machine(),
            "-display",
            "none",
            "-monitor",
            "none",
            "-serial",
            "none"};
  // "aarch64" or "arm", without a version.
  StringRef arch =
      llvm::Triple::getArchTypeName(llvm::Triple(profile.triple()).getArch());
  return {("qemu-" + arch).str(), "-cpu",
          profile.qemu_cpu().empty() ? "max" : profile.qemu_cpu()};
}

/// A word as start-up code reads it (runtime/os/baremetal/SplitWords.cpp), and as a value
/// in a list of qemu's.
static std::string quoteWord(StringRef word) {
  std::string text = "\"";
  for (char c : word) {
    if (c == '"' || c == '\\')
      text += '\\';
    text += c;
    if (c == ',')
      text += c;
  }
  return text + '"';
}

std::vector<std::string> listProgramWords(const TargetProfile &profile,
                                          StringRef program,
                                          ArrayRef<std::string> args) {
  std::vector<std::string> words = {program.str()};
  if (profile.qemu_machine().empty()) {
    words.insert(words.end(), args.begin(), args.end());
    return words;
  }
  std::string options = "enable=on,target=native,arg=" + quoteWord(program);
  for (const std::string &arg : args)
    options += ",arg=" + quoteWord(arg);
  return {"-semihosting-config", options, "-kernel", program.str()};
}

SmallVector<TargetProfile> listTargetProfiles() {
  SmallVector<TargetProfile> profiles;
  for (const BuiltinProfile &builtin : builtinProfiles)
    profiles.push_back(
        llvm::cantFail(parseTargetProfile(builtin.text, builtin.name)));
  return profiles;
}

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

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

static Figure getFigure(const ::eke::proto::Figure &figure) {
  bool hasRange = figure.has_low();
  return {figure.nominal(), hasRange ? figure.low() : figure.nominal(),
          hasRange ? figure.high() : figure.nominal()};
}

static MemoryAttr getMemoryAttr(MLIRContext *context,
                                const ::eke::proto::Memory &memory) {
  return MemoryAttr::get(
      context, StringAttr::get(context, memory.name()), getKind(memory.kind()),
      memory.capacity_bytes(), memory.ways(), memory.line_bytes(),
      memory.has_address() ? int64_t(memory.address()) : -1,
      getFigure(memory.bandwidth()), getFigure(memory.latency()),
      getFigure(memory.read_energy()), getFigure(memory.write_energy()),
      getFigure(memory.power()));
}

static CostsAttr getCostsAttr(MLIRContext *context,
                              const ::eke::proto::Costs &costs) {
  return CostsAttr::get(
      context, getFigure(costs.scalar_instruction()),
      getFigure(costs.vector_instruction()),
      getFigure(costs.memory_instruction()), getFigure(costs.cycle()),
      getFigure(costs.int8_mac()), getFigure(costs.f16_mac()),
      getFigure(costs.bf16_mac()), getFigure(costs.f32_mac()),
      getFigure(costs.cycles_per_mac()), getFigure(costs.power()));
}

TargetAttr getTargetAttr(MLIRContext *context, const TargetProfile &profile) {
  auto string = [&](const llvm::Twine &text) {
    return StringAttr::get(context, text);
  };
  SmallVector<MemoryAttr> memories;
  for (const auto &memory : profile.memories())
    memories.push_back(getMemoryAttr(context, memory));
  return TargetAttr::get(
      context, string(profile.name()), string(profile.triple()),
      string(profile.cpu()), string(llvm::join(profile.features(), ",")),
      string(profile.halide_target()), profile.vector_bits(), memories,
      profile.prefetch_bytes(), profile.stack_bytes(),
      getFigure(profile.clock()),
      profile.cycle_cpu().empty() ? StringAttr() : string(profile.cycle_cpu()),
      profile.execution() == ::eke::proto::Target::IN_ORDER
          ? Execution::InOrder
          : Execution::OutOfOrder,
      profile.has_costs() ? getCostsAttr(context, profile.costs())
                          : CostsAttr());
}

} // namespace mlir::eke
