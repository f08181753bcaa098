//===- CpuNeeds.cpp - What code needs of a CPU ----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a program needs follows from its target's CPU and features, as LLVM expands
// them. The tables below only say how a running program asks for each.
//
//===----------------------------------------------------------------------===//

#include "codegen/llvm/CpuNeeds.h"

#include "llvm/ADT/StringSet.h"
#include "llvm/IR/Constants.h"
#include "llvm/MC/MCSubtargetInfo.h"

namespace mlir::eke {

namespace {

constexpr uint64_t bit(unsigned number) { return uint64_t(1) << number; }

enum Register : uint32_t { eax, ebx, ecx, edx };

constexpr eke_cpu_feature cpuid(const char *name, uint32_t leaf,
                                uint32_t subleaf, Register reg, uint64_t bits) {
  return {name, EKE_CPUID, leaf, subleaf, reg, bits};
}

constexpr uint32_t extended = 0x80000001;
constexpr uint64_t osxsave = bit(27);
/// The registers of AVX, of AVX-512 and of APX in XCR0.
constexpr uint64_t savedYmm = 0x06, savedZmm = 0xe6, savedEgpr = bit(19);

/// By LLVM's names. Not here is what LLVM uses for intrinsics alone, which no code of
/// ours calls: cryptography, random numbers, system instructions, hints.
constexpr eke_cpu_feature x86Features[] = {
    cpuid("sse3", 1, 0, ecx, bit(0)),
    cpuid("ssse3", 1, 0, ecx, bit(9)),
    cpuid("cx16", 1, 0, ecx, bit(13)),
    cpuid("sse4.1", 1, 0, ecx, bit(19)),
    cpuid("sse4.2", 1, 0, ecx, bit(20)),
    cpuid("movbe", 1, 0, ecx, bit(22)),
    cpuid("popcnt", 1, 0, ecx, bit(23)),
    cpuid("sahf", extended, 0, ecx, bit(0)),
    cpuid("lzcnt", extended, 0, ecx, bit(5)),
    cpuid("bmi", 7, 0, ebx, bit(3)),
    cpuid("bmi2", 7, 0, ebx, bit(8)),
    cpuid("tbm", extended, 0, ecx, bit(21)),
    cpuid("avx", 1, 0, ecx, bit(28) | osxsave),
    {"avx", EKE_XCR0, 0, 0, 0, savedYmm},
    cpuid("fma", 1, 0, ecx, bit(12)),
    cpuid("f16c", 1, 0, ecx, bit(29)),
    cpuid("xop", extended, 0, ecx, bit(11)),
    cpuid("fma4", extended, 0, ecx, bit(16)),
    cpuid("avx2", 7, 0, ebx, bit(5)),
    cpuid("gfni", 7, 0, ecx, bit(8)),
    cpuid("avxvnni", 7, 1, eax, bit(4)),
    cpuid("avxifma", 7, 1, eax, bit(23)),
    cpuid("avxvnniint8", 7, 1, edx, bit(4)),
    cpuid("avxneconvert", 7, 1, edx, bit(5)),
    cpuid("avxvnniint16", 7, 1, edx, bit(10)),
    cpuid("avx512f", 7, 0, ebx, bit(16)),
    {"avx512f", EKE_XCR0, 0, 0, 0, savedZmm},
    cpuid("avx512dq", 7, 0, ebx, bit(17)),
    cpuid("avx512ifma", 7, 0, ebx, bit(21)),
    cpuid("avx512cd", 7, 0, ebx, bit(28)),
    cpuid("avx512bw", 7, 0, ebx, bit(30)),
    cpuid("avx512vl", 7, 0, ebx, bit(31)),
    cpuid("avx512vbmi", 7, 0, ecx, bit(1)),
    cpuid("avx512vbmi2", 7, 0, ecx, bit(6)),
    cpuid("avx512vnni", 7, 0, ecx, bit(11)),
    cpuid("avx512bitalg", 7, 0, ecx, bit(12)),
    cpuid("avx512vpopcntdq", 7, 0, ecx, bit(14)),
    cpuid("avx512fp16", 7, 0, edx, bit(23)),
    cpuid("avx512bf16", 7, 1, eax, bit(5)),
    cpuid("avx10.2", 0x24, 0, ebx, bit(1)), // its version: 2 or 3
    // APX, which LLVM has in parts.
    cpuid("egpr", 7, 1, edx, bit(21)),
    {"egpr", EKE_XCR0, 0, 0, 0, savedEgpr},
    cpuid("push2pop2", 7, 1, edx, bit(21)),
    cpuid("ppx", 7, 1, edx, bit(21)),
    cpuid("ndd", 7, 1, edx, bit(21)),
    cpuid("ccmp", 7, 1, edx, bit(21)),
    cpuid("cf", 7, 1, edx, bit(21)),
    cpuid("nf", 7, 1, edx, bit(21)),
    cpuid("zu", 7, 1, edx, bit(21)),
};

constexpr eke_cpu_feature auxval(const char *name, uint32_t entry,
                                 uint64_t bits) {
  return {name, EKE_AUXVAL, entry, 0, 0, bits};
}

/// AT_HWCAP and AT_HWCAP2: their bits are those of the kernel's asm/hwcap.h. Not here
/// is lse2 either, without which atomics of 128 bits differ: there are none.
constexpr uint32_t hwcap = 16, hwcap2 = 26;

constexpr eke_cpu_feature aarch64Features[] = {
    auxval("lse", hwcap, bit(8)),
    auxval("fullfp16", hwcap, bit(9) | bit(10)), // of one number, of vectors
    auxval("rdm", hwcap, bit(12)),
    auxval("complxnum", hwcap, bit(14)),
    auxval("rcpc", hwcap, bit(15)),
    auxval("sha3", hwcap, bit(17)), // exclusive or of three
    auxval("dotprod", hwcap, bit(20)),
    auxval("sve", hwcap, bit(22)),
    auxval("fp16fml", hwcap, bit(23)),
    auxval("rcpc-immo", hwcap, bit(26)),
    auxval("sve2", hwcap2, bit(1)),
    auxval("i8mm", hwcap2, bit(13)),
    auxval("bf16", hwcap2, bit(14)),
    auxval("cssc", hwcap2, bit(34)),
    auxval("mops", hwcap2, bit(43)),
};

/// On 32 bits they have others. No bit is for conversions of f16 (fp16): where there is NEON,
/// only the Cortex-A8 is without.
constexpr eke_cpu_feature arm32Features[] = {
    auxval("neon", hwcap, bit(12)),
    auxval("vfp3", hwcap, bit(13)),
    auxval("vfp4", hwcap, bit(16)),
    auxval("hwdiv-arm", hwcap, bit(17)),
    auxval("hwdiv", hwcap, bit(18)), // in Thumb
    auxval("fullfp16", hwcap, bit(22) | bit(23)),
    auxval("dotprod", hwcap, bit(24)),
    auxval("fp16fml", hwcap, bit(25)),
    auxval("bf16", hwcap, bit(26)),
    auxval("i8mm", hwcap, bit(27)),
};

constexpr eke_cpu_feature inRegister(const char *name, uint32_t address,
                                     uint64_t bits) {
  return {name, EKE_REGISTER, address, 0, 0, bits};
}

/// Of Cortex-M: what floating point and what vectors there are. Not here is dsp: the
/// registers that QEMU has for it tell of less than it executes.
constexpr uint32_t mvfr0 = 0xe000ef40, mvfr1 = 0xe000ef44;

constexpr eke_cpu_feature cortexMFeatures[] = {
    inRegister("vfp2sp", mvfr0, bit(5)),
    inRegister("fp64", mvfr0, bit(9)),
    inRegister("mve.fp", mvfr1, bit(9)),
};

} // namespace

llvm::SmallVector<eke_cpu_feature>
listCpuNeeds(const llvm::TargetMachine &machine) {
  const llvm::Triple &triple = machine.getTargetTriple();
  llvm::ArrayRef<eke_cpu_feature> known;
  if (triple.isX86_64())
    known = x86Features;
  else if (triple.isAArch64())
    known = aarch64Features;
  else if (triple.isThumb() && triple.getOS() == llvm::Triple::UnknownOS)
    known = cortexMFeatures;
  else if (triple.isARM() || triple.isThumb())
    known = arm32Features;
  llvm::StringSet<> enabled;
  for (const llvm::SubtargetFeatureKV &feature :
       machine.getMCSubtargetInfo()->getEnabledProcessorFeatures())
    enabled.insert(feature.Key);
  llvm::SmallVector<eke_cpu_feature> needs;
  for (const eke_cpu_feature &feature : known)
    if (enabled.contains(feature.name))
      needs.push_back(feature);
  return needs;
}

void emitCpuNeeds(llvm::Module &module, llvm::StringRef target,
                  llvm::ArrayRef<eke_cpu_feature> needs) {
  llvm::GlobalVariable *declared = module.getNamedGlobal("eke_program_needs");
  if (!declared)
    return;
  llvm::LLVMContext &context = module.getContext();
  auto define = [&](llvm::Constant *value) {
    auto *global = new llvm::GlobalVariable(
        module, value->getType(), /*isConstant=*/true,
        llvm::GlobalValue::PrivateLinkage, value, "eke.needs");
    global->setAlignment(llvm::Align(8));
    return global;
  };
  auto string = [&](llvm::StringRef text) {
    return define(llvm::ConstantDataArray::getString(context, text));
  };
  auto integer = [&](unsigned bits, uint64_t value) {
    return llvm::ConstantInt::get(llvm::IntegerType::get(context, bits), value);
  };
  llvm::SmallVector<llvm::Constant *> rows;
  for (const eke_cpu_feature &need : needs)
    rows.push_back(llvm::ConstantStruct::getAnon(
        {string(need.name), integer(32, need.source), integer(32, need.leaf),
         integer(32, need.subleaf), integer(32, need.reg),
         integer(64, need.bits)}));
  llvm::Constant *table =
      llvm::ConstantPointerNull::get(llvm::PointerType::getUnqual(context));
  if (!rows.empty())
    table = define(llvm::ConstantArray::get(
        llvm::ArrayType::get(rows.front()->getType(), rows.size()), rows));
  declared->replaceAllUsesWith(define(llvm::ConstantStruct::getAnon(
      {string(target), integer(64, rows.size()), table})));
  declared->eraseFromParent();
}

} // namespace mlir::eke
