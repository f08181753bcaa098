//===- Program.cpp - A compiled program as a profiler sees it -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/meter/Program.h"

#include "dialects/eke/EkeDialect.h"
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

llvm::Expected<Program> Program::open(StringRef path, StringRef name) {
  auto binary = object::ObjectFile::createObjectFile(path);
  if (!binary)
    return createStringError(name + ": " + llvm::toString(binary.takeError()) +
                             "; " + expected);
  auto *elf = llvm::dyn_cast<File>(binary->getBinary());
  if (!elf || elf->getELFFile().getHeader().e_type != ELF::ET_EXEC)
    return createStringError(name + ": is no static executable of 64 bits; " +
                             expected);
  Program program;
  program.path = path.str();
  program.name = name.str();
  program.triple = elf->makeTriple();
  program.file = std::move(*binary);
  if (llvm::Error error = program.readSections())
    return std::move(error);
  if (llvm::Error error = program.readSymbols())
    return std::move(error);
  if (llvm::Error error = program.readModelInfo())
    return std::move(error);
  return std::move(program);
}

llvm::Error Program::readSections() {
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

llvm::Error Program::readSymbols() {
  auto *elf = llvm::cast<File>(file.getBinary());
  if (elf->symbols().empty())
    return createStringError(name + ": has no symbols; " + expected +
                             ", not stripped");
  regions = {
      {0, 0, kImageSymbol.str()}, {0, 0, "eke_state"}, {0, 0, "eke_arena"}};
  for (const object::ELFSymbolRef symbol : elf->symbols()) {
    llvm::Expected<StringRef> symbolName = symbol.getName();
    llvm::Expected<uint64_t> address = symbol.getAddress();
    if (!symbolName || !address)
      return createStringError(name + ": has a broken table of symbols; " +
                               expected);
    Symbol found{*address, symbol.getSize(), symbolName->str()};
    for (Symbol &region : regions)
      if (region.name == *symbolName)
        region = found;
    if (*symbolName == "eke_model_info")
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
llvm::Error Program::readModelInfo() {
  if (infoAddress == 0 ||
      readWord(infoAddress, sizeof(uint32_t)) != EKE_ABI_VERSION)
    return createStringError(name + ": has no 'eke_model_info' of version " +
                             llvm::Twine(EKE_ABI_VERSION) + "; " + expected);
  auto pointer = [&](size_t offset) {
    return readWord(infoAddress + offset, 8);
  };
  model = readText(pointer(offsetof(eke_model, name)));
  hash = readText(pointer(offsetof(eke_model, model_hash)));
  target = readText(pointer(offsetof(eke_model, target)));
  weightsFormat = readText(pointer(offsetof(eke_model, weights_format)));
  uint64_t language = pointer(offsetof(eke_model, language));
  if (language == 0)
    return createStringError(name + ": model '" + model +
                             "' is no language model; expected one, which "
                             "decodes token by token");
  context = readWord(language + offsetof(eke_language, context), 4);
  width = readWord(language + offsetof(eke_language, width), 4);
  bos = int32_t(readWord(language + offsetof(eke_language, bos), 4));
  if (readWord(language + offsetof(eke_language, exit), 4) != 0)
    plainArguments = readWord(language + offsetof(eke_language, drafts), 4) != 0
                         ? std::vector<std::string>{"--speculate", "off"}
                         : std::vector<std::string>{"--confidence", "1"};
  uint64_t table = pointer(offsetof(eke_model, entries));
  for (uint64_t i = 0,
                n = readWord(infoAddress + offsetof(eke_model, entry_count), 4);
       i < n; ++i) {
    uint64_t entry = table + i * sizeof(eke_entry);
    entries.push_back({readText(readWord(entry + offsetof(eke_entry, name), 8)),
                       int64_t(readWord(entry + offsetof(eke_entry, rows), 8)),
                       readWord(entry + offsetof(eke_entry, call), 8),
                       readWord(entry + offsetof(eke_entry, weight_bytes), 8)});
  }
  return llvm::Error::success();
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

llvm::ArrayRef<uint8_t> Program::getCode(uint64_t address) const {
  return findBytes(code, address);
}

uint64_t Program::readWord(uint64_t address, unsigned bytes) const {
  llvm::ArrayRef<uint8_t> found = findBytes(data, address);
  if (found.size() < bytes)
    return 0;
  return bytes == 4 ? llvm::support::endian::read32le(found.data())
                    : llvm::support::endian::read64le(found.data());
}

std::string Program::readText(uint64_t address) const {
  StringRef found = llvm::toStringRef(findBytes(data, address));
  return found.take_until([](char c) { return c == 0; }).str();
}

const Symbol *Program::findFunction(uint64_t address) const {
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
