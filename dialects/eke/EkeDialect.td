//===- EkeDialect.td - The eke dialect ---------------------*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_DIALECTS_EKE_EKEDIALECT_TD
#define EKE_DIALECTS_EKE_EKEDIALECT_TD

include "mlir/IR/OpBase.td"

def Eke_Dialect : Dialect {
  let name = "eke";
  let cppNamespace = "::mlir::eke";
  let summary = "What a model means: weights, states, blocks and their uses";
  let description = [{
    The entry level of the compiler. A module holds weights (by reference to the
    file they lie in), states (what survives an invocation), blocks (one body
    per block shape) and models (the entry points of the binary). Applying one
    block twice to the same weights, with different states, is weight sharing.
    States are values: an entry reads them, ops return new ones, the entry writes
    them back, so that their order is that of the values.

    Row counts are dynamic (`?`) until `eke-specialize-rows` fixes them; nothing
    here knows about tiles or buffers. What a pass decides is written into the
    IR: a weight's `#eke.format` is the encoding of its tensor type, its
    `#eke.place` an attribute of the weight, the machine a module attribute
    `eke.target`.
  }];
  let useDefaultAttributePrinterParser = 1;
  let useDefaultTypePrinterParser = 1;
  let hasOperationAttrVerify = 1;
  let hasRegionArgAttrVerify = 1;
  let hasRegionResultAttrVerify = 1;
  let extraClassDeclaration = [{
    void registerAttributes();
    void registerTypes();
    /// Makes a format known in this context.
    void addFormat(std::unique_ptr<FormatInterface> format);
    /// The formats, in the order in which they were added.
    ArrayRef<std::unique_ptr<FormatInterface>> getFormats() const;

  private:
    std::vector<std::unique_ptr<FormatInterface>> formats;

  public:
  }];
}

class Eke_Op<string mnemonic, list<Trait> traits = []>
    : Op<Eke_Dialect, mnemonic, traits>;

#endif // EKE_DIALECTS_EKE_EKEDIALECT_TD
