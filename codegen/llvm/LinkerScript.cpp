//===- LinkerScript.cpp - Where a program without a system lies -----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   boot memory (the first rom)     vectors │ code │ constants │ what is copied
//   each memory                     its weights, states and arena that were placed there
//   written memory                  stack │ its weights │ .data │ .bss │ free
//
// `.bss` holds the states and the arena, unless they were placed elsewhere.
//
// The stack grows towards the beginning of its memory: one that is too small is a fault,
// and overwrites nothing. Weights in memory that is written are stored in the boot
// memory and copied, as .data is.
//
//===----------------------------------------------------------------------===//

#include "codegen/llvm/LinkerScript.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

namespace mlir::eke {
namespace {

using llvm::formatv;

/// Some words mean something to the linker, unless they are quoted.
std::string quote(const llvm::Twine &name) {
  return ("\"" + name + "\"").str();
}

/// Would the linker read `name` as a pattern, or not at all?
bool isUnusable(StringRef name) {
  return !llvm::all_of(name, [](char c) {
    return llvm::isAlnum(c) || StringRef("_-.").contains(c);
  });
}

class ScriptWriter {
public:
  ScriptWriter(TargetAttr target, int64_t reservedBytes)
      : target(target), reservedBytes(reservedBytes), os(text) {}

  llvm::Expected<std::string> write();

private:
  llvm::Error writeMemories();
  void writeCode();
  void writeTables();
  void writeStack();
  void writeWeights(MemoryAttr memory);
  void writeZeros(MemoryAttr memory);
  void writeData();

  MemoryAttr findBootMemory() const;
  /// "> sram AT> flash" of what is stored in the boot memory and copied.
  std::string copiedTo(StringRef memory) const {
    return formatv(" > {0} AT> {1}", quote(memory), getBoot());
  }
  std::string getBoot() const { return quote(boot.getName().getValue()); }

  TargetAttr target;
  int64_t reservedBytes;
  MemoryAttr boot;
  /// The sections to copy when the program starts, and those to fill with zeros.
  SmallVector<std::string> copied = {".data", ".tdata"};
  SmallVector<std::string> zeroed = {".bss"};
  std::string text;
  llvm::raw_string_ostream os;
};

/// Where the CPU begins: the first memory that keeps its contents, or else the one for
/// data, which a debugger writes.
MemoryAttr ScriptWriter::findBootMemory() const {
  for (MemoryAttr memory : target.getMemories())
    if (memory.getKind() == MemoryKind::Rom)
      return memory;
  for (MemoryAttr memory : target.getMemories())
    if (memory.getName() == target.getWrittenMemory())
      return memory;
  return {};
}

llvm::Error ScriptWriter::writeMemories() {
  os << "MEMORY\n{\n";
  for (MemoryAttr memory : target.getMemories()) {
    if (memory.getKind() == MemoryKind::Cache)
      continue;
    if (!memory.hasAddress() || !memory.getCapacity())
      return llvm::createStringError(
          "target '" + target.getName().str() + "': memory '" +
          memory.getName().str() +
          "' has no address or no capacity, which a program without an "
          "operating system needs");
    if (isUnusable(memory.getName()))
      return llvm::createStringError(
          "target '" + target.getName().str() + "': memory '" +
          memory.getName().str() +
          "' has a name that linkers cannot read; expected letters, digits, "
          "'_', '-' and '.'");
    os << formatv("  {0} ({1}) : ORIGIN = {2:x}, LENGTH = {3}\n",
                  quote(memory.getName().getValue()),
                  memory.getKind() == MemoryKind::Rom ? "rx" : "rwx",
                  memory.getAddress(), memory.getCapacity());
  }
  os << "}\n\n";
  return llvm::Error::success();
}

/// Tables of addresses and sizes, which the start-up code goes through.
void ScriptWriter::writeTables() {
  os << "    . = ALIGN(4);\n    eke_copies = .;\n";
  for (StringRef section : copied)
    os << formatv("    LONG(LOADADDR({0})) LONG(ADDR({0})) LONG(SIZEOF({0}))\n",
                  quote(section));
  os << "    eke_copies_end = .;\n"
        "    eke_zeros = .;\n";
  for (StringRef section : zeroed)
    os << formatv("    LONG(ADDR({0})) LONG(SIZEOF({0}))\n", quote(section));
  os << "    eke_zeros_end = .;\n";
}

void ScriptWriter::writeCode() {
  os << "  .text : ALIGN(128)\n  {\n"
        "    KEEP(*(.eke.vectors))\n"
        "    eke_code = .;\n"
        "    *(.text .text.*)\n"
        "    eke_code_end = .;\n"
     << "  } > " << getBoot() << "\n"
     << "  .ARM.exidx : { *(.ARM.exidx .ARM.exidx.*) } > " << getBoot() << "\n"
     << "  .rodata : ALIGN(8)\n  {\n"
        "    *(.rodata .rodata.*)\n";
  writeTables();
  os << "  } > " << getBoot() << "\n";
}

/// In front of all else that is written.
void ScriptWriter::writeStack() {
  os << formatv("  .stack (NOLOAD) : ALIGN(8)\n  {{\n"
                "    eke_stack_limit = .;\n"
                "    . += {0};\n"
                "    . = ALIGN(8);\n"
                "    eke_stack_top = .;\n"
                "  } > {1}\n",
                target.getStack(), quote(target.getWrittenMemory()));
}

/// The weights that are placed in `memory`.
void ScriptWriter::writeWeights(MemoryAttr memory) {
  StringRef name = memory.getName();
  bool isMain = name == target.getMainMemory();
  os << formatv("  {0} : ALIGN(64) {{ *({1}{0}) }",
                quote(".eke.weights." + name), isMain ? ".eke.weights " : "");
  if (memory.getKind() == MemoryKind::Rom)
    os << " > " << quote(name) << "\n";
  else
    os << copiedTo(name) << "\n";
}

/// The states and the arena that are placed in `memory`. In front of `.bss`, which would
/// take them.
void ScriptWriter::writeZeros(MemoryAttr memory) {
  StringRef name = memory.getName();
  os << formatv("  {0} (NOLOAD) : ALIGN(64) {{ *({1} {2}) } > {3}\n",
                quote(".bss." + name), quote(".bss.eke.state." + name),
                quote(".bss.eke.arena." + name), quote(name));
}

void ScriptWriter::writeData() {
  const std::string memory = quote(target.getWrittenMemory());
  os << "  .data : ALIGN(8)\n  {\n"
        "    *(.data .data.*)\n"
        "    . = ALIGN(4);\n"
        "  }"
     << copiedTo(target.getWrittenMemory()) << "\n";
  // The C library's variables of a thread, of which there is one: behind 8 bytes that
  // `__aeabi_read_tp` points to.
  os << "  .tdata : ALIGN(8) { *(.tdata .tdata.*) }"
     << copiedTo(target.getWrittenMemory())
     << "\n  .tbss (NOLOAD) : { *(.tbss .tbss.*) } > " << memory
     << "\n  eke_thread = ADDR(.tdata) - 8;\n"
     << "  .bss (NOLOAD) : ALIGN(64)\n  {\n"
        "    . += SIZEOF(.tbss);\n"
        "    *(.bss .bss.* COMMON)\n"
        "    . = ALIGN(4);\n"
        "  } > "
     << memory << "\n";
  os << formatv("  .free (NOLOAD) : ALIGN(64)\n  {{\n"
                "    eke_free = .;\n"
                "    . += {0};\n"
                "  } > {1}\n"
                "  eke_free_end = ORIGIN({1}) + LENGTH({1});\n",
                reservedBytes, memory);
  os << "  .note.eke 0 (INFO) : { KEEP(*(.note.eke)) }\n";
}

llvm::Expected<std::string> ScriptWriter::write() {
  boot = findBootMemory();
  os << "/* Written by Eke from the profile of the target. */\n\n";
  if (llvm::Error error = writeMemories())
    return std::move(error);
  SmallVector<MemoryAttr> others;
  for (MemoryAttr memory : target.getMemories()) {
    if (memory.getKind() != MemoryKind::Ram)
      continue;
    copied.push_back(".eke.weights." + memory.getName().str());
    if (memory.getName() == target.getWrittenMemory())
      continue;
    others.push_back(memory);
    zeroed.push_back(".bss." + memory.getName().str());
  }
  os << "ENTRY(eke_on_reset)\n\nSECTIONS\n{\n";
  writeCode();
  writeStack();
  for (MemoryAttr memory : target.getMemories())
    if (memory.getKind() != MemoryKind::Cache)
      writeWeights(memory);
  for (MemoryAttr memory : others)
    writeZeros(memory);
  writeData();
  os << "}\n";
  return text;
}

} // namespace

llvm::Expected<std::string> writeLinkerScript(TargetAttr target,
                                              int64_t reservedBytes) {
  return ScriptWriter(target, reservedBytes).write();
}

} // namespace mlir::eke
