//===- CompiledProgram.cpp - What a profiler sees of a program ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/meter/CompiledProgram.h"

#include "dialects/eke/EkeDialect.h"
#include "dialects/eke/InputFile.h"
#include "dialects/halide/HalideDialect.h"
#include "runtime/include/eke/abi.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Endian.h"

namespace object = llvm::object;
namespace ELF = llvm::ELF;
using llvm::createStringError;
using llvm::StringRef;

namespace mlir::eke::profile {

static_assert(sizeof(void *) == 8, "offsets of abi.h are those of programs");

static constexpr const char *expected =
    "expected a program that 'eke compile' wrote";

/// Is this a static, position-independent executable?
static bool isStaticProgram(const object::ELF64LEFile &file) {
  auto segments = file.program_headers();
  if (!segments) {
    llvm::consumeError(segments.takeError());
    return false;
  }
  return file.getHeader().e_type == ELF::ET_DYN &&
         llvm::none_of(*segments, [](const auto &segment) {
           return segment.p_type == ELF::PT_INTERP;
         });
}

llvm::Expected<CompiledProgram> CompiledProgram::open(StringRef path,
                                                      StringRef name) {
  auto file = openRegularFile(path);
  if (!file)
    return file.takeError();
  auto binary = object::ObjectFile::createObjectFile(**file);
  if (!binary)
    return createStringError(name + ": " + llvm::toString(binary.takeError()) +
                             "; " + expected);
  auto *elf = llvm::dyn_cast<File>(binary->get());
  if (!elf || !isStaticProgram(elf->getELFFile()))
    return createStringError(name + ": is no static executable of 64 bits; " +
                             expected);
  CompiledProgram program;
  program.entryPoint = elf->getELFFile().getHeader().e_entry;
  program.path = path.str();
  program.name = name.str();
  program.triple = elf->makeTriple();
  program.file = {std::move(*binary), std::move(*file)};
  if (llvm::Error error = program.readSections())
    return std::move(error);
  if (llvm::Error error = program.readSymbols())
    return std::move(error);
  if (llvm::Error error = program.readModelInfo())
    return std::move(error);
  return std::move(program);
}

llvm::Error CompiledProgram::readSections() {
  for (const object::ELFSectionRef section : file.getBinary()->sections()) {
    bool isLoaded = section.getFlags() & ELF::SHF_ALLOC;
    if (!isLoaded || section.getType() == ELF::SHT_NOBITS)
      continue;
    llvm::Expected<StringRef> contents = section.getContents();
    if (!contents)
      return createStringError(name + ": " +
                               llvm::toString(contents.takeError()));
    auto &map = section.isText() ? code : data;
    map[section.getAddress()] = llvm::arrayRefFromStringRef(*contents);
  }
  return llvm::Error::success();
}

/// Makes `span` reach over `symbol` as well.
static void extend(Symbol &span, const Symbol &symbol) {
  if (span.name.empty()) {
    span = symbol;
    return;
  }
  uint64_t end =
      std::max(span.address + span.size, symbol.address + symbol.size);
  span.address = std::min(span.address, symbol.address);
  span.size = end - span.address;
}

llvm::Error CompiledProgram::readSymbols() {
  auto *elf = llvm::cast<File>(file.getBinary());
  if (elf->symbols().empty())
    return createStringError(name + ": has no symbols; expected a program that "
                                    "'eke compile --keep-symbols' wrote");
  for (const object::ELFSymbolRef symbol : elf->symbols()) {
    llvm::Expected<StringRef> symbolName = symbol.getName();
    llvm::Expected<uint64_t> address = symbol.getAddress();
    if (!symbolName || !address)
      return createStringError(name + ": has a broken table of symbols; " +
                               expected);
    Symbol found{*address, symbol.getSize(), symbolName->str()};
    // Behind its kind comes the name of the model, of which a program has one.
    if (symbolName->starts_with((kImageSymbol + "_").str()))
      extend(weights, found);
    if (symbolName->starts_with("eke_model_"))
      infoAddress = *address;
    uint8_t type = symbol.getELFType();
    if (symbolName->consume_front(halide::callLabelPrefix))
      callLabels.push_back({*address, 0, symbolName->rsplit('.').first.str()});
    else if (type == ELF::STT_FUNC || type == ELF::STT_GNU_IFUNC)
      functions.push_back(found);
  }
  auto byAddress = [](const Symbol &a, const Symbol &b) {
    return std::tie(a.address, a.name) < std::tie(b.address, b.name);
  };
  llvm::sort(functions, byAddress);
  llvm::sort(callLabels, byAddress);
  return llvm::Error::success();
}

/// Reads the tables of abi.h.
llvm::Error CompiledProgram::readModelInfo() {
  if (infoAddress == 0 ||
      readWord(infoAddress, sizeof(uint32_t)) != EKE_ABI_VERSION)
    return createStringError(name + ": has no model of version " +
                             llvm::Twine(EKE_ABI_VERSION) + "; " + expected);
  auto pointer = [&](size_t offset) {
    return readWord(infoAddress + offset, 8);
  };
  model = readText(pointer(offsetof(eke_model, name)));
  hash = readText(pointer(offsetof(eke_model, model_hash)));
  target = readText(pointer(offsetof(eke_model, target)));
  weightsFormat = readText(pointer(offsetof(eke_model, weights_format)));
  stateBytes = pointer(offsetof(eke_model, state_bytes));
  arenaBytes = pointer(offsetof(eke_model, arena_bytes));
  readEntries();
  // An encoder decodes nothing: it is a program of entries, as those without language.
  bool decodes = llvm::any_of(
      entries, [](const Entry &entry) { return entry.role == EKE_ROLE_TRUNK; });
  uint64_t address = pointer(offsetof(eke_model, language));
  if (address && decodes)
    readLanguage(address);
  return llvm::Error::success();
}

void CompiledProgram::readLanguage(uint64_t address) {
  auto number = [&](size_t offset) {
    return int32_t(readWord(address + offset, 4));
  };
  language.emplace();
  language->context = number(offsetof(eke_language, context));
  language->width = number(offsetof(eke_language, width));
  language->bos = number(offsetof(eke_language, bos));
  if (number(offsetof(eke_language, exit)) != 0)
    language->plainArguments =
        number(offsetof(eke_language, drafts)) != 0
            ? std::vector<std::string>{"--speculate", "off"}
            : std::vector<std::string>{"--confidence", "1"};
}

void CompiledProgram::readEntries() {
  uint64_t table = readWord(infoAddress + offsetof(eke_model, entries), 8),
           count = readWord(infoAddress + offsetof(eke_model, entry_count), 4);
  for (uint64_t i = 0; i < count; ++i) {
    uint64_t address = table + i * sizeof(eke_entry);
    auto word = [&](size_t offset) { return readWord(address + offset, 8); };
    Entry entry;
    entry.name = readText(word(offsetof(eke_entry, name)));
    entry.role = readText(word(offsetof(eke_entry, role)));
    entry.rows = int64_t(word(offsetof(eke_entry, rows)));
    entry.address = word(offsetof(eke_entry, call));
    entry.weightBytes = word(offsetof(eke_entry, weight_bytes));
    uint64_t arguments = word(offsetof(eke_entry, args)),
             argumentCount =
                 readWord(address + offsetof(eke_entry, arg_count), 4);
    for (uint64_t a = 0; a < argumentCount; ++a)
      entry.arguments.push_back(
          readArgument(arguments + a * sizeof(eke_tensor)));
    entries.push_back(std::move(entry));
  }
}

static uint64_t getElementBytes(int32_t type) {
  switch (type) {
  case EKE_I8:
  case EKE_U8:
  case EKE_BOOL:
    return 1;
  case EKE_F16:
  case EKE_BF16:
  case EKE_I16:
    return 2;
  case EKE_I64:
    return 8;
  default:
    return 4;
  }
}

Argument CompiledProgram::readArgument(uint64_t address) const {
  Argument argument;
  argument.name = readText(readWord(address + offsetof(eke_tensor, name), 8));
  argument.type = readWord(address + offsetof(eke_tensor, dtype), 4);
  argument.min = int64_t(readWord(address + offsetof(eke_tensor, min), 8));
  argument.isOutput =
      readWord(address + offsetof(eke_tensor, is_output), 4) != 0;
  argument.bytes = getElementBytes(argument.type);
  uint64_t shape = readWord(address + offsetof(eke_tensor, shape), 8),
           rank = readWord(address + offsetof(eke_tensor, rank), 4);
  for (uint64_t i = 0; i < rank; ++i)
    argument.bytes *= readWord(shape + 8 * i, 8);
  return argument;
}

/// The bytes from `address` to the end of the section it is in.
static llvm::ArrayRef<uint8_t>
findBytes(const std::map<uint64_t, llvm::ArrayRef<uint8_t>> &sections,
          uint64_t address) {
  auto next = sections.upper_bound(address);
  if (next == sections.begin())
    return {};
  auto [start, bytes] = *std::prev(next);
  return address - start < bytes.size() ? bytes.drop_front(address - start)
                                        : llvm::ArrayRef<uint8_t>();
}

llvm::ArrayRef<uint8_t> CompiledProgram::getCode(uint64_t address) const {
  return findBytes(code, address);
}

uint64_t CompiledProgram::readWord(uint64_t address, unsigned bytes) const {
  llvm::ArrayRef<uint8_t> found = findBytes(data, address);
  if (found.size() < bytes)
    return 0;
  return bytes == 4 ? llvm::support::endian::read32le(found.data())
                    : llvm::support::endian::read64le(found.data());
}

std::string CompiledProgram::readText(uint64_t address) const {
  StringRef found = llvm::toStringRef(findBytes(data, address));
  return found.take_until([](char c) { return c == 0; }).str();
}

const Symbol *CompiledProgram::findFunction(uint64_t address) const {
  auto next = llvm::upper_bound(
      functions, address,
      [](uint64_t a, const Symbol &symbol) { return a < symbol.address; });
  // Names of one address follow each other: the first one is as good as any.
  while (next != functions.begin()) {
    const Symbol &symbol = *--next;
    if (address - symbol.address < std::max<uint64_t>(symbol.size, 1))
      return &symbol;
    if (address - symbol.address > (uint64_t(1) << 20))
      break;
  }
  return nullptr;
}

} // namespace mlir::eke::profile
