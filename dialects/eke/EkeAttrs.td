//===- EkeAttrs.td - Attributes and types of eke -----------*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_DIALECTS_EKE_EKEATTRS_TD
#define EKE_DIALECTS_EKE_EKEATTRS_TD

include "dialects/eke/EkeDialect.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/TensorEncoding.td"
include "mlir/IR/EnumAttr.td"

def Eke_Activation : I32EnumAttr<"Activation", "pointwise function of a layer", [
  I32EnumAttrCase<"Silu", 0, "silu">,
  I32EnumAttrCase<"GeluTanh", 1, "gelu_tanh">,
  I32EnumAttrCase<"Relu", 2, "relu">,
]> {
  let cppNamespace = "::mlir::eke";
  let genSpecializedAttr = 0;
}
def Eke_ActivationAttr : EnumAttr<Eke_Dialect, Eke_Activation, "activation">;

class Eke_Attr<string name, string attrMnemonic, list<Trait> traits = []>
    : AttrDef<Eke_Dialect, name, traits> {
  let mnemonic = attrMnemonic;
}

def Eke_QuantizationAttr : Eke_Attr<"Quantization", "quantization"> {
  let summary = "What the integers of a payload stand for";
  let description = [{
    An integer q at index i of dimension `axis` stands for

        (q - zero_points[i]) * scales[i]

    One scale is for all elements. Without `zero_points` they are zero.

    ```mlir
    #eke.quantization<axis = 0, scales = [0.5, 0.25], zero_points = [0, -3]>
    ```
  }];
  let parameters = (ins
    DefaultValuedParameter<"int64_t", "0">:$axis,
    "::mlir::DenseF32ArrayAttr":$scales,
    OptionalParameter<"::mlir::DenseI64ArrayAttr">:$zero_points
  );
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def Eke_PayloadAttr : Eke_Attr<"Payload", "payload"> {
  let summary = "Where the elements of a weight lie on disk";
  let description = [{
    `length` bytes at byte `offset` of `file`, row-major elements of type `element`,
    of one to eight whole bytes. Integers may stand for other numbers, as their
    `quantization` says. A relative file name is relative to the folder of the
    model.

    ```mlir
    #eke.payload<"model.safetensors", offset = 4096, length = 786432, element = f16>
    ```

    ```mlir
    #eke.payload<"m.bin", offset = 0, length = 8, element = i8,
                 quantization = <scales = [0.5]>>
    ```
  }];
  let parameters = (ins
    StringRefParameter<"file, relative to the model's folder">:$file,
    "int64_t":$offset,
    "int64_t":$length,
    "::mlir::Type":$element,
    OptionalParameter<"::mlir::eke::QuantizationAttr">:$quantization
  );
  let builders = [AttrBuilder<(ins "::llvm::StringRef":$file, "int64_t":$offset,
                                   "int64_t":$length, "::mlir::Type":$element), [{
    return $_get($_ctxt, file, offset, length, element, QuantizationAttr());
  }]>];
  let assemblyFormat = [{
    `<` $file `,` `offset` `=` $offset `,` `length` `=` $length `,`
    `element` `=` $element (`,` `quantization` `=` $quantization^)? `>`
  }];
  let extraClassDeclaration = [{
    int64_t getElementBytes() const { return getElement().getIntOrFloatBitWidth() / 8; }
    int64_t getNumElements() const { return getLength() / getElementBytes(); }
  }];
  let genVerifyDecl = 1;
}

def Eke_FormatAttr : Eke_Attr<"Format", "format",
    [DeclareAttrInterfaceMethods<VerifiableTensorEncoding, ["verifyEncoding"]>]> {
  let summary = "How a rank-2 weight is stored and packed";
  let description = [{
    The encoding of a weight's tensor type: what implements `FormatInterface` under
    `name` says what it means. `group` is the number of inputs that share one scale (0: a scale per output
    channel, or none for floating point). Rows are packed in tiles of `tile`
    output channels, so that one vector holds the same input of `tile` rows:

        f32, f16   [N/tile][K][tile]
        i8         [N/tile][K/4][tile][4]                 scales f32 [N/tile][tile]
        i4         [N/tile][K/32][4][tile][4] bytes       scales f16 [N/tile][K/32][tile]

    A byte of i4 at (no, g, c, ni, ki) holds input k = 32 g + 4 c + ki in its low
    nibble and k + 16 in its high nibble, as two's complement, or with `offset` = 8
    as the number plus 8, where a target multiplies unsigned nibbles. N and K are
    padded with zeros to whole tiles; a last group that K does not fill is
    therefore smaller. Scales follow the values at the next multiple of 64 bytes.

    ```mlir
    tensor<192x512xf32, #eke.format<i4, group = 32, tile = 8, offset = 8>>
    ```
  }];
  let parameters = (ins
    "::mlir::StringAttr":$name,
    DefaultValuedParameter<"int64_t", "0">:$group,
    DefaultValuedParameter<"int64_t", "8">:$tile,
    DefaultValuedParameter<"int64_t", "0">:$offset
  );
  let assemblyFormat = [{
    `<` custom<Word>($name) (`,` struct($group, $tile, $offset)^)? `>`
  }];
  let extraClassDeclaration = [{
    const FormatInterface &getInterface() const;
  }];
  let genVerifyDecl = 1;
}

def Eke_PlaceAttr : Eke_Attr<"Place", "place"> {
  let summary = "Which memory a weight or state lives in, and where";
  let description = [{
    `memory` is one of the target's; `offset` is in bytes, from where its weights
    begin (the image, read-only and aligned to a page), or its states.

    ```mlir
    #eke.place<dram, offset = 4096>
    ```
  }];
  let parameters = (ins
    "::mlir::StringAttr":$memory,
    "int64_t":$offset
  );
  let hasCustomAssemblyFormat = 1;
}

def Eke_MemoryKind : I32EnumAttr<"MemoryKind", "what a memory is for", [
  I32EnumAttrCase<"Cache", 0, "cache">,
  I32EnumAttrCase<"Ram", 1, "ram">,
  I32EnumAttrCase<"Rom", 2, "rom">,
]> {
  let cppNamespace = "::mlir::eke";
  let genSpecializedAttr = 0;
}

def Eke_MemoryAttr : Eke_Attr<"Memory", "memory"> {
  let summary = "One memory of the target";
  let description = [{
    A `cache` holds copies of what lies in another memory; `ram` is read and
    written, `rom` only read, and both have places for weights. `capacity` is the
    bytes that one core can use; without it, the device decides.

    ```mlir
    #eke.memory<l1d, cache, capacity = 65536>
    ```
  }];
  let parameters = (ins
    "::mlir::StringAttr":$name,
    EnumParameter<Eke_MemoryKind>:$kind,
    DefaultValuedParameter<"int64_t", "0">:$capacity
  );
  let assemblyFormat = [{
    `<` custom<Word>($name) `,` $kind (`,` `capacity` `=` $capacity^)? `>`
  }];
}

def Eke_TargetAttr : Eke_Attr<"Target", "target"> {
  let summary = "The machine the module is compiled for";
  let description = [{
    Facts from a device profile that passes and code generation may ask for.
    `features` is LLVM's feature string, `halide` the target string of Halide,
    `vector_bits` the width of a vector register, `memories` what one core sees,
    nearest first. `prefetch` is how many
    bytes ahead code should ask for what it reads from memory; without it, the
    hardware is good enough at that.

    ```mlir
    module attributes {eke.target = #eke.target<
        name = "cortex-a76", triple = "aarch64-linux-gnu", cpu = "cortex-a76",
        features = "+dotprod,+fullfp16", halide = "arm-64-linux-arm_dot_prod",
        vector_bits = 128,
        memories = [<l1d, cache, capacity = 65536>, <l2, cache, capacity = 524288>,
                    <dram, ram>]>} {}
    ```
  }];
  let parameters = (ins
    "::mlir::StringAttr":$name,
    "::mlir::StringAttr":$triple,
    "::mlir::StringAttr":$cpu,
    "::mlir::StringAttr":$features,
    "::mlir::StringAttr":$halide,
    "int64_t":$vector_bits,
    ArrayRefParameter<"::mlir::eke::MemoryAttr">:$memories,
    DefaultValuedParameter<"int64_t", "0">:$prefetch
  );
  let assemblyFormat = [{
    `<` `name` `=` $name `,` `triple` `=` $triple `,` `cpu` `=` $cpu `,`
    `features` `=` $features `,` `halide` `=` $halide `,`
    `vector_bits` `=` $vector_bits `,` `memories` `=` `[` $memories `]`
    (`,` `prefetch` `=` $prefetch^)? `>`
  }];
  let extraClassDeclaration = [{
    /// The bytes of each level of data cache, smallest first.
    ::llvm::SmallVector<int64_t> getCaches() const;
    /// The name of the memory that weights and states lie in: the last that is no
    /// cache, or `dram`.
    ::llvm::StringRef getMainMemory() const;
  }];
}

#endif // EKE_DIALECTS_EKE_EKEATTRS_TD
