//===- DescribeProfile.cpp - Profiles for people --------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/support/FormatNumber.h"
#include "compiler/targets/Targets.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

namespace mlir::eke {

/// The CPU or the board that qemu emulates, or `none`.
static StringRef describeEmulator(const TargetProfile &profile,
                                  StringRef none) {
  for (StringRef name :
       {StringRef(profile.qemu_cpu()), StringRef(profile.qemu_machine())})
    if (!name.empty())
      return name;
  return none;
}

void printTargetProfiles(llvm::raw_ostream &os) {
  constexpr const char *row = "{0,-19} {1,-11} {2,-36} {3,-10} {4}\n";
  os << llvm::formatv(row, "target", "cpu", "features", "emulator",
                      "description");
  for (const TargetProfile &profile : listTargetProfiles()) {
    std::string features = llvm::join(profile.features(), ",");
    bool isGenerated = !profile.halide_target().empty();
    os << llvm::formatv(
        row, profile.name(), profile.cpu(), features.empty() ? "-" : features,
        describeEmulator(profile, "-"),
        profile.description() + (isGenerated ? "" : " (no code yet)"));
  }
  os << llvm::formatv("{0,-19} the best of these that this machine runs: {1}\n",
                      "host", getHostTargetName());
}

void printTargetProfilesAsJSON(llvm::raw_ostream &os) {
  llvm::json::OStream json(os, /*IndentSize=*/2);
  json.object([&] {
    json.attribute("host", getHostTargetName());
    json.attributeArray("targets", [&] {
      for (const TargetProfile &profile : listTargetProfiles())
        json.object([&] {
          json.attribute("name", profile.name());
          json.attribute("description", profile.description());
          json.attribute("triple", profile.triple());
          json.attribute("cpu", profile.cpu());
          json.attributeArray("features", [&] {
            for (const std::string &feature : profile.features())
              json.value(feature);
          });
          json.attribute("generates_code", !profile.halide_target().empty());
          if (!profile.qemu_machine().empty())
            json.attribute("board", profile.qemu_machine());
          json.attributeArray("emulator", [&] {
            if (!profile.qemu_cpu().empty())
              for (const std::string &word : getEmulator(profile))
                json.value(word);
          });
        });
    });
  });
  os << '\n';
}

namespace {

using ProtoFigure = ::eke::proto::Figure;

/// Prints tables of figures, each with where it comes from.
class Description {
public:
  explicit Description(llvm::raw_ostream &os) : os(os) {}

  void title(const llvm::Twine &text) { os << '\n' << text << '\n'; }
  void row(StringRef what, const llvm::Twine &value, StringRef source = "") {
    std::string line =
        llvm::formatv("  {0,-20} {1,-26} {2}", what, value.str(), source);
    os << StringRef(line).rtrim() << '\n';
  }
  /// In `unit`, of which the profile has `scale` to one.
  void figure(StringRef what, const ProtoFigure &figure, StringRef unit,
              double scale = 1) {
    if (figure.nominal() == 0)
      return;
    std::string value = formatNumber(figure.nominal() / scale);
    if (figure.has_low())
      value += " (" + formatNumber(figure.low() / scale) + " to " +
               formatNumber(figure.high() / scale) + ")";
    row(what, value + " " + unit, figure.source());
  }

private:
  llvm::raw_ostream &os;
};

std::string describeSize(const ::eke::proto::Memory &memory) {
  uint64_t bytes = memory.capacity_bytes();
  std::string size = bytes == 0 ? "as the device has"
                     : bytes % 1024
                         ? llvm::formatv("{0} bytes", bytes).str()
                         : llvm::formatv("{0} KiB", bytes / 1024).str();
  if (memory.ways())
    size += llvm::formatv(", {0} ways", memory.ways());
  if (memory.line_bytes())
    size += llvm::formatv(" of {0} bytes", memory.line_bytes());
  return size;
}

StringRef describeKind(::eke::proto::Memory::Kind kind) {
  switch (kind) {
  case ::eke::proto::Memory::CACHE:
    return "cache";
  case ::eke::proto::Memory::ROM:
    return "read only";
  default:
    return "read and written";
  }
}

void describe(const ::eke::proto::Memory &memory, Description &out) {
  out.title(memory.name() + ", " + describeKind(memory.kind()));
  out.row("size", describeSize(memory), memory.source());
  if (memory.has_address())
    out.row("address", llvm::formatv("{0:x}", memory.address()).str());
  out.figure("bandwidth", memory.bandwidth(), "GB/s", 1e9);
  out.figure("latency", memory.latency(), "ns");
  out.figure("read", memory.read_energy(), "pJ/byte");
  out.figure("write", memory.write_energy(), "pJ/byte");
  out.figure("at rest", memory.power(), "mW");
}

void describe(const ::eke::proto::Costs &costs, Description &out) {
  out.title("costs");
  out.figure("scalar instruction", costs.scalar_instruction(), "pJ");
  out.figure("vector instruction", costs.vector_instruction(), "pJ");
  out.figure("load or store", costs.memory_instruction(), "pJ");
  out.figure("cycle", costs.cycle(), "pJ");
  out.figure("int8 multiply-add", costs.int8_mac(), "pJ");
  out.figure("f16 multiply-add", costs.f16_mac(), "pJ");
  out.figure("bf16 multiply-add", costs.bf16_mac(), "pJ");
  out.figure("f32 multiply-add", costs.f32_mac(), "pJ");
  out.figure("cycles per int8 MAC", costs.cycles_per_mac(), "");
  out.figure("at rest", costs.power(), "mW");
}

} // namespace

void describeTargetProfile(const TargetProfile &profile,
                           llvm::raw_ostream &os) {
  os << profile.name() << ": " << profile.description() << "\n\n";
  Description out(os);
  std::string features = llvm::join(profile.features(), ",");
  out.row("triple", profile.triple());
  out.row("cpu", profile.cpu());
  out.row("features", features.empty() ? "those of the cpu" : features);
  out.row("vectors", llvm::Twine(profile.vector_bits()) + " bits");
  out.row("emulator", describeEmulator(profile, "none"));
  bool isInOrder = profile.execution() == ::eke::proto::Target::IN_ORDER;
  out.row("execution", isInOrder ? "in order" : "out of order");
  if (!profile.cycle_cpu().empty())
    out.row("cycles of", profile.cycle_cpu());
  if (profile.stack_bytes())
    out.row("stack", llvm::Twine(profile.stack_bytes()) + " bytes");
  out.figure("clock", profile.clock(), "GHz", 1e9);
  if (profile.halide_target().empty())
    out.row("code", "none is generated yet");
  for (const ::eke::proto::Memory &memory : profile.memories())
    describe(memory, out);
  if (profile.has_costs())
    describe(profile.costs(), out);
}

} // namespace mlir::eke
