//===- CompiledProgram.cpp - What a profiler sees of a program ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/meter/CompiledProgram.h"

#include "compiler/meter/AbiOffsets.h"
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

static constexpr const char *expected =
    "expected a program that 'eke compile' wrote";

/// Is this a static executable, wherever it is loaded?
template <typename ELFT>
static bool isStatic(const object::ELFFile<ELFT> &file) {
  auto segments = file.program_headers();
  if (!segments) {
    llvm::consumeError(segments.takeError());
    return false;
  }
  unsigned type = file.getHeader().e_type;
  return (type == ELF::ET_DYN || type == ELF::ET_EXEC) &&
         llvm::none_of(*segments, [](const auto &segment) {
           return segment.p_type == ELF::PT_INTERP;
         });
}

static bool isStaticProgram(const object::ObjectFile &file) {
  if (auto *elf = llvm::dyn_cast<object::ELF64LEObjectFile>(&file))
    return isStatic(elf->getELFFile());
  if (auto *elf = llvm::dyn_cast<object::ELF32LEObjectFile>(&file))
    return isStatic(elf->getELFFile());
  return false;
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
  if (!isStaticProgram(**binary))
    return createStringError(name + ": is no static executable; " + expected);
  CompiledProgram program;
  program.entryPoint = llvm::cantFail((*binary)->getStartAddress());
  program.path = path.str();
  program.name = name.str();
  program.triple = (*binary)->makeTriple();
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

/// Does the symbol say in which encoding the code behind it is (Arm's ELF)?
static bool isMappingSymbol(StringRef name) {
  return name.size() > 1 && name[0] == '$' &&
         StringRef("atd").contains(name[1]) &&
         (name.size() == 2 || name[2] == '.');
}

llvm::Error CompiledProgram::readSymbols() {
  auto *elf = llvm::cast<object::ELFObjectFileBase>(file.getBinary());
  if (elf->symbols().empty())
    return createStringError(name + ": has no symbols; expected a program that "
                                    "'eke compile --keep-symbols' wrote");
  for (const object::ELFSymbolRef symbol : elf->symbols()) {
    llvm::Expected<StringRef> symbolName = symbol.getName();
    llvm::Expected<uint64_t> address = symbol.getAddress();
    if (!symbolName || !address)
      return createStringError(name + ": has a broken table of symbols; " +
                               expected);
    if (isArm32() && isMappingSymbol(*symbolName)) {
      encodings[*address] = (*symbolName)[1];
      continue;
    }
    Symbol found{*address, symbol.getSize(), symbolName->str()};
    // Behind its kind comes the name of the model, of which a program has one.
    if (symbolName->starts_with((kImageSymbol + "_").str()))
      weights.push_back(found);
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
  llvm::sort(weights, byAddress);
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
  auto pointer = [&](Offsets offsets) {
    return readPointer(infoAddress + at(offsets));
  };
  auto bytes = [&](Offsets offsets) {
    return readWord(infoAddress + at(offsets), 8);
  };
  model = readText(pointer(offsets::eke_model_name));
  hash = readText(pointer(offsets::eke_model_model_hash));
  target = readText(pointer(offsets::eke_model_target));
  weightsFormat = readText(pointer(offsets::eke_model_weights_format));
  stateBytes = bytes(offsets::eke_model_state_bytes);
  arenaBytes = bytes(offsets::eke_model_arena_bytes);
  stateAddress = pointer(offsets::eke_model_state);
  arenaAddress = pointer(offsets::eke_model_arena);
  readEntries();
  // An encoder decodes nothing: it is a program of entries, as those without language.
  bool decodes = llvm::any_of(
      entries, [](const Entry &entry) { return entry.role == EKE_ROLE_TRUNK; });
  uint64_t address = pointer(offsets::eke_model_language);
  if (address && decodes)
    readLanguage(address);
  return llvm::Error::success();
}

void CompiledProgram::readLanguage(uint64_t address) {
  auto number = [&](Offsets offsets) {
    return int32_t(readWord(address + at(offsets), 4));
  };
  language.emplace();
  language->context = number(offsets::eke_language_context);
  language->width = number(offsets::eke_language_width);
  language->bos = number(offsets::eke_language_bos);
  if (number(offsets::eke_language_exit) != 0)
    language->plainArguments =
        number(offsets::eke_language_drafts) != 0
            ? std::vector<std::string>{"--speculate", "off"}
            : std::vector<std::string>{"--confidence", "1"};
}

void CompiledProgram::readEntries() {
  uint64_t table = readPointer(infoAddress + at(offsets::eke_model_entries)),
           count =
               readWord(infoAddress + at(offsets::eke_model_entry_count), 4);
  for (uint64_t i = 0; i < count; ++i) {
    uint64_t address = table + i * at(offsets::eke_entry_size);
    auto pointer = [&](Offsets offsets) {
      return readPointer(address + at(offsets));
    };
    auto word = [&](Offsets offsets) {
      return readWord(address + at(offsets), 8);
    };
    Entry entry;
    entry.name = readText(pointer(offsets::eke_entry_name));
    entry.role = readText(pointer(offsets::eke_entry_role));
    entry.rows = int64_t(word(offsets::eke_entry_rows));
    entry.address = pointer(offsets::eke_entry_call);
    if (isArm32()) // the lowest bit of a function says how it is encoded
      entry.address &= ~uint64_t(1);
    entry.weightBytes = word(offsets::eke_entry_weight_bytes);
    uint64_t arguments = pointer(offsets::eke_entry_args),
             argumentCount =
                 readWord(address + at(offsets::eke_entry_arg_count), 4);
    for (uint64_t a = 0; a < argumentCount; ++a)
      entry.arguments.push_back(
          readArgument(arguments + a * at(offsets::eke_tensor_size)));
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
  auto at = [&](Offsets offsets) { return address + this->at(offsets); };
  Argument argument;
  argument.name = readText(readPointer(at(offsets::eke_tensor_name)));
  argument.type = readWord(at(offsets::eke_tensor_dtype), 4);
  argument.min = int64_t(readWord(at(offsets::eke_tensor_min), 8));
  argument.isOutput = readWord(at(offsets::eke_tensor_is_output), 4) != 0;
  argument.bytes = getElementBytes(argument.type);
  uint64_t shape = readPointer(at(offsets::eke_tensor_shape)),
           rank = readWord(at(offsets::eke_tensor_rank), 4);
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

uint64_t CompiledProgram::readPointer(uint64_t address) const {
  return readWord(address, triple.isArch64Bit() ? 8 : 4);
}

uint64_t CompiledProgram::at(Offsets offsets) const {
  return triple.isArch64Bit() ? offsets.with8 : offsets.with4;
}

bool CompiledProgram::isThumb(uint64_t address) const {
  auto next = encodings.upper_bound(address);
  return next != encodings.begin() && std::prev(next)->second == 't';
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
