//===- Decoder.cpp - Machine code, instruction by instruction -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/meter/Decoder.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/MC/MCTargetOptions.h"
#include "llvm/Support/TargetSelect.h"

using llvm::StringRef;

namespace mlir::eke::profile {

StringRef getName(InstructionClass kind) {
  static constexpr llvm::StringLiteral names[classCount] = {
      "dot",  "integer_simd", "float_simd", "scalar",
      "load", "store",        "branch",     "other"};
  return names[unsigned(kind)];
}

static void initializeTargets() {
  LLVMInitializeAArch64TargetInfo();
  LLVMInitializeAArch64TargetMC();
  LLVMInitializeAArch64Disassembler();
  LLVMInitializeX86TargetInfo();
  LLVMInitializeX86TargetMC();
  LLVMInitializeX86Disassembler();
}

llvm::Expected<std::unique_ptr<Decoder>>
Decoder::create(const llvm::Triple &triple) {
  initializeTargets();
  std::string problem;
  const llvm::Target *target =
      llvm::TargetRegistry::lookupTarget(triple, problem);
  if (!target || !(triple.isAArch64() || triple.isX86_64()))
    return llvm::createStringError("code for " + triple.getArchName() +
                                   ", expected aarch64 or x86_64");
  std::unique_ptr<Decoder> decoder(new Decoder(triple, *target));
  decoder->registers.reset(target->createMCRegInfo(triple));
  decoder->instructions.reset(target->createMCInstrInfo());
  decoder->analysis.reset(
      target->createMCInstrAnalysis(decoder->instructions.get()));
  decoder->assembly.reset(target->createMCAsmInfo(*decoder->registers, triple,
                                                  llvm::MCTargetOptions()));
  // The C library has code for CPUs that the program was not compiled for.
  decoder->subtarget.reset(target->createMCSubtargetInfo(
      triple, "", triple.isAArch64() ? "+all" : ""));
  decoder->context = std::make_unique<llvm::MCContext>(
      triple, decoder->assembly.get(), decoder->registers.get(),
      decoder->subtarget.get());
  decoder->disassembler.reset(
      target->createMCDisassembler(*decoder->subtarget, *decoder->context));
  return std::move(decoder);
}

std::optional<Decoded> Decoder::decode(llvm::ArrayRef<uint8_t> code,
                                       uint64_t address) const {
  Decoded decoded;
  decoded.address = address;
  if (code.empty() || disassembler->getInstruction(
                          decoded.inst, decoded.bytes, code, address,
                          llvm::nulls()) != llvm::MCDisassembler::Success)
    return std::nullopt;
  decoded.kind = classify(decoded.inst);
  return decoded;
}

std::optional<uint64_t> Decoder::getCallee(const Decoded &decoded) const {
  uint64_t callee;
  if (!instructions->get(decoded.inst.getOpcode()).isCall() ||
      !analysis->evaluateBranch(decoded.inst, decoded.address, decoded.bytes,
                                callee))
    return std::nullopt;
  return callee;
}

static bool startsWithAny(StringRef name, std::initializer_list<StringRef> of) {
  return llvm::any_of(of, [&](StringRef s) { return name.starts_with(s); });
}

static bool containsAny(StringRef name, std::initializer_list<StringRef> of) {
  return llvm::any_of(of, [&](StringRef s) { return name.contains(s); });
}

static bool isDot(StringRef name) {
  return startsWithAny(name, {"SDOT", "UDOT", "USDOT", "SUDOT", "SMMLA",
                              "UMMLA", "USMMLA", "VPMADD", "PMADD", "VPDP"});
}

static bool isVectorRegister(StringRef name) {
  if (startsWithAny(name, {"XMM", "YMM", "ZMM"}))
    return true;
  // AArch64: B0, H0, S0, D0, Q0, Z0 and lists of them, Q0_Q1.
  return name.size() > 1 && StringRef("BHSDQZ").contains(name[0]) &&
         llvm::isDigit(name[1]);
}

/// The names are those of LLVM's opcodes.
static bool isFloat(StringRef name, bool isAArch64) {
  if (isAArch64)
    return name.starts_with("F") || containsAny(name, {"CVTF", "BFDOT"});
  name.consume_front("V");
  return !name.starts_with("P") && containsAny(name, {"PS", "PD", "SS", "SD"});
}

InstructionClass Decoder::classify(const llvm::MCInst &inst) const {
  const llvm::MCInstrDesc &desc = instructions->get(inst.getOpcode());
  StringRef name = instructions->getName(inst.getOpcode());
  bool isAArch64 = triple.isAArch64();
  if (desc.isBranch() || desc.isCall() || desc.isReturn())
    return InstructionClass::Branch;
  if (isDot(name))
    return InstructionClass::Dot;
  // Prefetches and barriers are said to access memory, but move nothing.
  if (startsWithAny(name, {"PRF", "PREFETCH", "DMB", "DSB", "ISB", "HINT",
                           "CLREX", "SVC", "SYSCALL", "NOP", "NOOP", "MFENCE"}))
    return InstructionClass::Other;
  // On x86 an instruction that computes may read memory on the way.
  if (isAArch64 || containsAny(name, {"MOV", "PUSH", "POP", "BROADCAST"})) {
    // An exclusive load leaves a mark, which LLVM takes for a store.
    bool isLoad = isAArch64 && name.starts_with("LD");
    if (desc.mayStore() && !isLoad)
      return InstructionClass::Store;
    if (desc.mayLoad())
      return InstructionClass::Load;
  }
  for (const llvm::MCOperand &operand : inst)
    if (operand.isReg() &&
        isVectorRegister(registers->getName(operand.getReg())))
      return isFloat(name, isAArch64) ? InstructionClass::FloatVector
                                      : InstructionClass::IntegerVector;
  return desc.hasUnmodeledSideEffects() ? InstructionClass::Other
                                        : InstructionClass::Scalar;
}

} // namespace mlir::eke::profile
