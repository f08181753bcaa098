//===- Decoder.h - Machine code, instruction by instruction -----*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_METER_DECODER_H
#define EKE_COMPILER_METER_DECODER_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/MC/MCAsmInfo.h"
#include "llvm/MC/MCContext.h"
#include "llvm/MC/MCDisassembler/MCDisassembler.h"
#include "llvm/MC/MCInst.h"
#include "llvm/MC/MCInstrAnalysis.h"
#include "llvm/MC/MCInstrInfo.h"
#include "llvm/MC/MCRegisterInfo.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/Error.h"
#include "llvm/TargetParser/Triple.h"

#include <memory>
#include <optional>

namespace mlir::eke::profile {

/// What an instruction does, for a table that fits a screen.
enum class InstructionClass {
  /// Multiplies small integers and adds the products up: sdot, smmla, vpmaddwd.
  Dot,
  IntegerVector,
  FloatVector, // and scalar floating point
  Scalar,
  Load,
  Store,
  Branch,
  Other,
};
constexpr unsigned classCount = unsigned(InstructionClass::Other) + 1;

/// "dot", "integer_vector" and so on.
llvm::StringRef getName(InstructionClass kind);

/// One instruction.
struct Decoded {
  llvm::MCInst inst;
  uint64_t address = 0, bytes = 0;
  InstructionClass kind = InstructionClass::Other;
};

/// Reads the code of one architecture.
class Decoder {
public:
  static llvm::Expected<std::unique_ptr<Decoder>>
  create(const llvm::Triple &triple);

  /// The first instruction of `code`, which lies at `address`, or nothing if LLVM
  /// knows no such instruction. `isThumb`: it is in Arm's shorter encoding.
  std::optional<Decoded> decode(llvm::ArrayRef<uint8_t> code, uint64_t address,
                                bool isThumb = false) const;

  /// The bytes of an instruction that LLVM does not know, or 0 if nothing tells.
  uint64_t getUnknownBytes(llvm::ArrayRef<uint8_t> code, bool isThumb) const;

  /// Where a call at a fixed address goes to, or nothing if this is no such.
  std::optional<uint64_t> getCallee(const Decoded &decoded) const;

  /// LLVM's descriptions, for the estimate of cycles.
  const llvm::Triple triple;
  const llvm::Target &target;
  std::unique_ptr<llvm::MCRegisterInfo> registers;
  std::unique_ptr<llvm::MCInstrInfo> instructions;
  std::unique_ptr<llvm::MCInstrAnalysis> analysis;

private:
  Decoder(const llvm::Triple &triple, const llvm::Target &target)
      : triple(triple), target(target) {}

  /// What reads instructions that are encoded in one way.
  struct Encoding {
    std::unique_ptr<llvm::MCSubtargetInfo> subtarget;
    std::unique_ptr<llvm::MCContext> context;
    std::unique_ptr<llvm::MCDisassembler> disassembler;
  };

  Encoding createEncoding(llvm::StringRef cpu, llvm::StringRef features) const;
  InstructionClass classify(const llvm::MCInst &inst) const;
  bool isArm32() const { return triple.isARM() || triple.isThumb(); }

  std::unique_ptr<llvm::MCAsmInfo> assembly;
  Encoding plain, thumb;
};

} // namespace mlir::eke::profile

#endif // EKE_COMPILER_METER_DECODER_H
