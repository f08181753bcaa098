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
#include "llvm/TargetParser/ARMTargetParser.h"

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
  LLVMInitializeARMTargetInfo();
  LLVMInitializeARMTargetMC();
  LLVMInitializeARMDisassembler();
  LLVMInitializeX86TargetInfo();
  LLVMInitializeX86TargetMC();
  LLVMInitializeX86Disassembler();
}

Decoder::Encoding Decoder::createEncoding(StringRef cpu,
                                          StringRef features) const {
  Encoding encoding;
  encoding.subtarget.reset(target.createMCSubtargetInfo(triple, cpu, features));
  encoding.context = std::make_unique<llvm::MCContext>(
      triple, assembly.get(), registers.get(), encoding.subtarget.get());
  encoding.disassembler.reset(
      target.createMCDisassembler(*encoding.subtarget, *encoding.context));
  return encoding;
}

llvm::Expected<std::unique_ptr<Decoder>>
Decoder::create(const llvm::Triple &triple) {
  initializeTargets();
  std::string problem;
  const llvm::Target *target =
      llvm::TargetRegistry::lookupTarget(triple, problem);
  if (!target || !(triple.isAArch64() || triple.isARM() || triple.isThumb() ||
                   triple.isX86_64()))
    return llvm::createStringError("code for " + triple.getArchName() +
                                   ", expected aarch64, arm or x86_64");
  std::unique_ptr<Decoder> decoder(new Decoder(triple, *target));
  decoder->registers.reset(target->createMCRegInfo(triple));
  decoder->instructions.reset(target->createMCInstrInfo());
  decoder->analysis.reset(
      target->createMCInstrAnalysis(decoder->instructions.get()));
  decoder->assembly.reset(target->createMCAsmInfo(*decoder->registers, triple,
                                                  llvm::MCTargetOptions()));
  // The C library has code for CPUs that the program was not compiled for.
  if (decoder->isArm32()) {
    // Those that have most of what runs code of 32 bits.
    bool isMicrocontroller =
        llvm::ARM::parseArchProfile(triple.getArchName()) ==
        llvm::ARM::ProfileKind::M;
    StringRef newest = isMicrocontroller ? "cortex-m85" : "cortex-a76";
    decoder->plain = decoder->createEncoding(newest, "-thumb-mode");
    decoder->thumb = decoder->createEncoding(newest, "+thumb-mode");
  } else {
    decoder->plain =
        decoder->createEncoding("", triple.isAArch64() ? "+all" : "");
  }
  return std::move(decoder);
}

std::optional<Decoded> Decoder::decode(llvm::ArrayRef<uint8_t> code,
                                       uint64_t address, bool isThumb) const {
  Decoded decoded;
  decoded.address = address;
  const Encoding &encoding = isThumb && thumb.disassembler ? thumb : plain;
  if (code.empty() || encoding.disassembler->getInstruction(
                          decoded.inst, decoded.bytes, code, address,
                          llvm::nulls()) == llvm::MCDisassembler::Fail)
    return std::nullopt;
  decoded.kind = classify(decoded.inst);
  return decoded;
}

uint64_t Decoder::getUnknownBytes(llvm::ArrayRef<uint8_t> code,
                                  bool isThumb) const {
  if (triple.isX86_64())
    return 0;
  // Five bits of the first half say whether there is a second one.
  constexpr uint8_t leastOfTwo = 0xe8;
  return isThumb && code.size() > 1 && code[1] < leastOfTwo ? 2 : 4;
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
  return startsWithAny(name,
                       {"SDOT", "UDOT", "USDOT", "SUDOT", "SMMLA", "UMMLA",
                        "USMMLA", "VSDOT", "VUDOT", "VSMMLA", "VUMMLA",
                        "t2SMLAD", "MVE_VMLADAV", "VPMADD", "PMADD", "VPDP"});
}

static bool isVectorRegister(StringRef name) {
  if (startsWithAny(name, {"XMM", "YMM", "ZMM"}))
    return true;
  // Arm: B0, H0, S0, D0, Q0, Z0 and lists of them, Q0_Q1.
  return name.size() > 1 && StringRef("BHSDQZ").contains(name[0]) &&
         llvm::isDigit(name[1]);
}

/// On 32 bits: VADDS and VADDD are of numbers, VADDfq and VADDfd of vectors.
static bool isFloatOfArm32(StringRef name) {
  bool isOfVectors = llvm::any_of(name, llvm::isLower);
  return isOfVectors ? containsAny(name, {"fd", "fq", "f32", "f16", "f2", "2f",
                                          "hd", "hq"})
                     : startsWithAny(name.take_back(), {"S", "D", "H"});
}

/// The names are those of LLVM's opcodes.
static bool isFloat(StringRef name, const llvm::Triple &triple) {
  if (triple.isAArch64())
    return name.starts_with("F") || containsAny(name, {"CVTF", "BFDOT"});
  if (!triple.isX86_64())
    return isFloatOfArm32(name);
  name.consume_front("V");
  return !name.starts_with("P") && containsAny(name, {"PS", "PD", "SS", "SD"});
}

InstructionClass Decoder::classify(const llvm::MCInst &inst) const {
  const llvm::MCInstrDesc &desc = instructions->get(inst.getOpcode());
  StringRef name = instructions->getName(inst.getOpcode());
  if (desc.isBranch() || desc.isCall() || desc.isReturn())
    return InstructionClass::Branch;
  if (isDot(name))
    return InstructionClass::Dot;
  // Prefetches and barriers are said to access memory, but move nothing.
  StringRef plainName = name;
  if (isArm32() && !plainName.consume_front("t2"))
    plainName.consume_front("t");
  if (startsWithAny(plainName, {"PRF", "PREFETCH", "PLD", "PLI", "DMB", "DSB",
                                "ISB", "HINT", "CLREX", "SVC", "SYSCALL", "NOP",
                                "NOOP", "MFENCE"}))
    return InstructionClass::Other;
  // On x86 an instruction that computes may read memory on the way.
  bool isX86 = triple.isX86_64();
  if (!isX86 || containsAny(name, {"MOV", "PUSH", "POP", "BROADCAST"})) {
    // An exclusive load leaves a mark, which LLVM takes for a store.
    bool isLoad = !isX86 && plainName.starts_with("LD");
    if (desc.mayStore() && !isLoad)
      return InstructionClass::Store;
    if (desc.mayLoad())
      return InstructionClass::Load;
  }
  for (const llvm::MCOperand &operand : inst)
    if (operand.isReg() &&
        isVectorRegister(registers->getName(operand.getReg())))
      return isFloat(name, triple) ? InstructionClass::FloatVector
                                   : InstructionClass::IntegerVector;
  return desc.hasUnmodeledSideEffects() ? InstructionClass::Other
                                        : InstructionClass::Scalar;
}

} // namespace mlir::eke::profile
