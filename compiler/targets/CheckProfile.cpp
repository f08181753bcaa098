//===- CheckProfile.cpp - What makes a profile unusable -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/targets/CheckProfile.h"

#include "compiler/support/FormatNumber.h"
#include "compiler/targets/PlausibleFigures.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

#include <cmath>

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

namespace mlir::eke {
namespace {

using Figure = ::eke::proto::Figure;
using Memory = ::eke::proto::Memory;

/// "'read_energy' of memory 'dram'".
std::string describe(const FieldDescriptor &field, const Message &owner) {
  std::string name = ("'" + llvm::StringRef(field.name()) + "'").str();
  if (auto *memory = google::protobuf::DynamicCastToGenerated<Memory>(&owner))
    name += " of memory '" + memory->name() + "'";
  return name;
}

std::string whyImplausible(const FieldDescriptor &field, const Message &owner,
                           llvm::ArrayRef<double> values) {
  const FigureLimits *limits = findLimits(field);
  for (double value : values)
    if (limits && (value < limits->least || value > limits->most))
      return llvm::formatv("{0} is {1} {2}, expected {3} to {4}",
                           describe(field, owner), formatNumber(value),
                           limits->unit, formatNumber(limits->least),
                           formatNumber(limits->most));
  return "";
}

std::string whyUnusable(const Figure &figure, const FieldDescriptor &field,
                        const Message &owner) {
  std::string name = describe(field, owner);
  if (figure.has_low() != figure.has_high())
    return llvm::formatv("expected both 'low' and 'high' of {0}, or neither",
                         name);
  double low = figure.has_low() ? figure.low() : figure.nominal();
  double high = figure.has_high() ? figure.high() : figure.nominal();
  if (!(low > 0 && low <= figure.nominal() && figure.nominal() <= high &&
        std::isfinite(high)))
    return llvm::formatv("expected {0} above 0, and from 'low' to 'high'; "
                         "got {1}, from {2} to {3}",
                         name, formatNumber(figure.nominal()),
                         formatNumber(low), formatNumber(high));
  return whyImplausible(field, owner, {figure.nominal(), low, high});
}

/// The first fault of a figure anywhere in `message`.
std::string findFaultyFigure(const Message &message) {
  const Reflection *reflection = message.GetReflection();
  std::vector<const FieldDescriptor *> fields;
  reflection->ListFields(message, &fields);
  for (const FieldDescriptor *field : fields) {
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE)
      continue;
    int count =
        field->is_repeated() ? reflection->FieldSize(message, field) : 1;
    for (int index = 0; index < count; ++index) {
      const Message &part =
          field->is_repeated()
              ? reflection->GetRepeatedMessage(message, field, index)
              : reflection->GetMessage(message, field);
      auto *figure = google::protobuf::DynamicCastToGenerated<Figure>(&part);
      std::string fault = figure ? whyUnusable(*figure, *field, message)
                                 : findFaultyFigure(part);
      if (!fault.empty())
        return fault;
    }
  }
  return "";
}

std::string whyUnusable(const Memory &memory) {
  if (memory.name().empty())
    return "expected field 'name' of every memory";
  if (memory.kind() == Memory::UNKNOWN)
    return llvm::formatv("expected field 'kind' of memory '{0}'",
                         memory.name());
  // Without it, 0.
  const FieldDescriptor *capacity = Memory::descriptor()->FindFieldByNumber(
      Memory::kCapacityBytesFieldNumber);
  if (memory.capacity_bytes() != 0)
    if (std::string fault =
            whyImplausible(*capacity, memory, double(memory.capacity_bytes()));
        !fault.empty())
      return fault;
  if (memory.has_address() &&
      (memory.kind() == Memory::CACHE || memory.capacity_bytes() == 0 ||
       memory.address() > uint64_t(INT64_MAX) - memory.capacity_bytes()))
    return llvm::formatv("memory '{0}' has an address, {1:x}: expected it of "
                         "no cache, and with a capacity that ends below 2^63",
                         memory.name(), memory.address());
  if (memory.kind() == Memory::CACHE && memory.capacity_bytes() == 0)
    return llvm::formatv("expected field 'capacity_bytes' of cache '{0}'",
                         memory.name());
  uint64_t set = uint64_t(memory.ways()) * memory.line_bytes();
  if (set && memory.capacity_bytes() % set)
    return llvm::formatv("memory '{0}' has {1} bytes, which are no whole sets "
                         "of {2} lines of {3}",
                         memory.name(), memory.capacity_bytes(), memory.ways(),
                         memory.line_bytes());
  return "";
}

/// Where a memory with an address ends.
uint64_t getEnd(const Memory &memory) {
  return memory.address() + memory.capacity_bytes();
}

/// Says which two memories lie on top of each other.
std::string
findOverlap(const google::protobuf::RepeatedPtrField<Memory> &memories) {
  for (int i = 0; i < memories.size(); ++i)
    for (int j = i + 1; j < memories.size(); ++j) {
      const Memory &a = memories[i], &b = memories[j];
      if (a.has_address() && b.has_address() && a.address() < getEnd(b) &&
          b.address() < getEnd(a))
        return llvm::formatv("memories '{0}' and '{1}' overlap", a.name(),
                             b.name());
    }
  return "";
}

/// Of the memories that are no caches, one has to be written.
std::string whyUnusableTogether(
    const google::protobuf::RepeatedPtrField<Memory> &memories) {
  llvm::SmallVector<llvm::StringRef> names;
  bool hasPlaces = false, isWritten = false;
  for (const Memory &memory : memories) {
    if (std::string fault = whyUnusable(memory); !fault.empty())
      return fault;
    if (llvm::is_contained(names, memory.name()))
      return llvm::formatv("two memories are called '{0}'", memory.name());
    names.push_back(memory.name());
    hasPlaces |= memory.kind() != Memory::CACHE;
    isWritten |= memory.kind() == Memory::RAM;
  }
  if (!hasPlaces)
    return "expected a memory that is no cache";
  if (std::string fault = findOverlap(memories); !fault.empty())
    return fault;
  return isWritten ? "" : "expected a memory of kind RAM";
}

} // namespace

std::string whyUnusable(const ::eke::proto::Target &profile) {
  for (auto [field, value] : {std::pair("name", &profile.name()),
                              std::pair("triple", &profile.triple()),
                              std::pair("cpu", &profile.cpu())})
    if (value->empty())
      return llvm::formatv("expected field '{0}'", field);
  for (const std::string &feature : profile.features())
    if (feature.size() < 2 || (feature[0] != '+' && feature[0] != '-'))
      return llvm::formatv("feature '{0}' must start with + or -", feature);
  if (!llvm::is_contained({32u, 64u, 128u, 256u, 512u}, profile.vector_bits()))
    return llvm::formatv("vector_bits is {0}, expected 32, 64, 128, 256 or 512",
                         profile.vector_bits());
  for (auto [field, number] :
       {std::pair("prefetch_bytes", profile.prefetch_bytes()),
        std::pair("stack_bytes", profile.stack_bytes())})
    if (!llvm::isInt<32>(int64_t(number)))
      return llvm::formatv("{0} is {1}, expected less than 2^31", field,
                           number);
  std::string fault = whyUnusableTogether(profile.memories());
  return fault.empty() ? findFaultyFigure(profile) : fault;
}

} // namespace mlir::eke
