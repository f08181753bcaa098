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
  I32EnumAttrCase<"Gelu", 3, "gelu">,
]> {
  let cppNamespace = "::mlir::eke";
  let genSpecializedAttr = 0;
}
def Eke_ActivationAttr : EnumAttr<Eke_Dialect, Eke_Activation, "activation">;

class Eke_Attr<string name, string attrMnemonic, list<Trait> traits = []>
    : AttrDef<Eke_Dialect, name, traits> {
  let mnemonic = attrMnemonic;
}

class Eke_Type<string name, string typeMnemonic> : TypeDef<Eke_Dialect, name> {
  let mnemonic = typeMnemonic;
}

def Eke_QuantsType : Eke_Type<"Quants", "quants"> {
  let summary = "Elements that a file stores in blocks";
  let description = [{
    Of a payload: each row is a row of blocks, so many numbers in so many bytes, with
    what scales them. The name is that of GGUF, in lower case: `q8_0`, `q4_0`, `q4_1`,
    `q5_0` and `q5_1` have 32 numbers a block, `q4_k`, `q5_k` and `q6_k` 256.
    `dialects/eke/Quants.cpp` says what each holds.

    ```mlir
    eke.weight @w : tensor<2x32xf32>
        = <"m.gguf", offset = 0, length = 40, element = !eke.quants<q4_1>>
    ```
  }];
  let parameters = (ins "::mlir::StringAttr":$name);
  let assemblyFormat = "`<` custom<Word>($name) `>`";
  let extraClassDeclaration = [{
    const QuantKind &getKind() const;
  }];
  let genVerifyDecl = 1;
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
    of one to eight whole bytes or in blocks (`!eke.quants`). Integers may stand for
    other numbers, as their `quantization` says. A relative file name is relative to
    the folder of the model.

    With `interleaved`, the rows lie in the file in another order: of each so many, a
    row of the first half and one of the second in turn. With 6, rows 0 to 5 lie
    there as 0, 3, 1, 4, 2, 5. So a head whose rotary pairs lie side by side is read
    as one whose pairs are half a head apart.

    With `transposed`, a matrix lies in the file as its transpose: rows are columns
    there, side by side in rows of so many elements. The payload begins at the first
    element of its first row, and ends behind the last one of its last. So of a 2x3
    matrix of f32 with `transposed = 4`, row 0 lies at bytes 0, 16 and 32, row 1 at 4, 20
    and 36, and `length` is 40.

    What is read may stand for other numbers, if the matrix serves a rotated space
    (`eke-rotate-residual`). In this order, in f32: `scale` multiplies the inputs (columns)
    by a vector; with `rotated_inputs = p`, each of p parts of every row is rotated as
    `eke.rotate` does; with `rotated_outputs = p`, each of p parts of every column.

    ```mlir
    #eke.payload<"model.safetensors", offset = 4096, length = 786432, element = f16>
    ```

    ```mlir
    #eke.payload<"m.gguf", offset = 64, length = 1152, element = !eke.quants<q4_0>,
                 interleaved = 64>
    ```

    ```mlir
    #eke.payload<"model.safetensors", offset = 4096, length = 40, element = f32,
                 transposed = 4>
    ```

    ```mlir
    #eke.payload<"m.bin", offset = 0, length = 8, element = i8,
                 quantization = <scales = [0.5]>>
    ```

    ```mlir
    #eke.payload<"m.bin", offset = 0, length = 1024, element = f32,
                 scale = <"m.bin", offset = 1024, length = 64, element = f32>,
                 rotated_inputs = 1>
    ```
  }];
  let parameters = (ins
    StringRefParameter<"file, relative to the model's folder">:$file,
    "int64_t":$offset,
    "int64_t":$length,
    "::mlir::Type":$element,
    OptionalParameter<"::mlir::eke::QuantizationAttr">:$quantization,
    DefaultValuedParameter<"int64_t", "0">:$interleaved,
    DefaultValuedParameter<"int64_t", "0">:$transposed,
    OptionalParameter<"::mlir::eke::PayloadAttr">:$scale,
    DefaultValuedParameter<"int64_t", "0">:$rotated_inputs,
    DefaultValuedParameter<"int64_t", "0">:$rotated_outputs
  );
  let builders = [AttrBuilder<(ins "::llvm::StringRef":$file, "int64_t":$offset,
                                   "int64_t":$length, "::mlir::Type":$element,
                                   CArg<"int64_t", "0">:$interleaved,
                                   CArg<"int64_t", "0">:$transposed), [{
    return $_get($_ctxt, file, offset, length, element, QuantizationAttr(), interleaved,
                 transposed, PayloadAttr(), 0, 0);
  }]>];
  let assemblyFormat = [{
    `<` $file `,` `offset` `=` $offset `,` `length` `=` $length `,`
    `element` `=` $element
    (`,` struct($quantization, $interleaved, $transposed, $scale, $rotated_inputs, $rotated_outputs)^)? `>`
  }];
  let extraClassDeclaration = [{
    int64_t getNumElements() const;
    /// Does it stand for other numbers than the file has?
    bool isChanged() const {
      return getScale() || getRotatedInputs() || getRotatedOutputs();
    }
    /// Which row of the file row `row` of the payload is, or column if it is transposed.
    int64_t getFileRow(int64_t row) const;
    /// The rows in the file that a transposed payload has elements of.
    int64_t countFileRows() const;
    /// Where in the file element `column` of row `row` is, of rows of `columns` elements.
    int64_t getFileIndex(int64_t row, int64_t column, int64_t columns) const;
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
        i8g        [N/tile][K/32][8][tile][4]             scales f16 [N/tile][K/32][tile]
        i4         [N/tile][K/32][4][tile][4] bytes       scales f16 [N/tile][K/32][tile]
        i4m        [N/tile][K/32][4][tile][4] bytes       scales f16 [N/tile][K/32][2][tile]

    A byte of i4 at (no, g, c, ni, ki) holds input k = 32 g + 4 c + ki in its low
    nibble and k + 16 in its high nibble, as two's complement, or with `offset` = 8
    as the number plus 8, where a target multiplies unsigned nibbles. In i4m they are
    0 to 15, and behind a group's scales lie its minima, which are added. N and K are
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

def Eke_StorageAttr : Eke_Attr<"Storage", "storage"> {
  let summary = "The format that a pass shall choose";
  let description = [{
    One of the formats, without what suits a target, which `eke-choose-formats` adds:
    as `eke.weights_format` on a module for its matrices (`eke.head_format` for those
    at the ends of a model), as `eke.storage` on a
    weight for this one, whatever the others get, or on a module for several by their names. Or `keep`: the first format that
    keeps the numbers of a weight's payload as they are.

    ```mlir
    module attributes {eke.weights_format = #eke.storage<i8>} {
      eke.weight @draft_head : tensor<4x16xf32>
          = <"m.bin", offset = 0, length = 256, element = f32> {eke.storage = #eke.storage<i4>}
    }
    ```
  }];
  let parameters = (ins "::mlir::StringAttr":$name);
  let assemblyFormat = "`<` custom<Word>($name) `>`";
  let extraClassDeclaration = [{
    /// The format for a weight whose payloads have these elements, or null if none keeps
    /// them.
    const FormatInterface *findFormat(ArrayRef<Type> elements) const;
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

include "dialects/eke/TargetAttrs.td"

def Eke_BoundsAttr : Eke_Attr<"Bounds", "bounds"> {
  let summary = "What integers may be, both ends included";
  let description = [{
    As `eke.bounds` on an argument of an `eke.model`: what those who call the entry
    may pass. It stands in the binary's tables; the command line and `eke_call`
    check it before the entry runs, which itself relies on it.

    ```mlir
    #eke.bounds<0, 2047>
    ```
  }];
  let parameters = (ins "int64_t":$min, "int64_t":$max);
  let assemblyFormat = "`<` $min `,` $max `>`";
  let genVerifyDecl = 1;
}

def Eke_ArgumentAttr : Eke_Attr<"Argument", "argument"> {
  let summary = "One tensor that an entry takes or gives";
  let description = [{
    Its name in the binary's tables, its type once buffers are planned, and the
    bounds of its elements, if these are integers that may not be just any.

    ```mlir
    #eke.argument<"position" as memref<1xi64> bounds <0, 255>>
    ```
  }];
  let parameters = (ins
    "::mlir::StringAttr":$name,
    OptionalParameter<"::mlir::Type">:$type,
    OptionalParameter<"::mlir::eke::BoundsAttr">:$bounds
  );
  // Not a colon: behind a string it would begin the type of the string.
  let assemblyFormat = "`<` $name (`as` $type^)? (`bounds` $bounds^)? `>`";
}

def Eke_EntryAttr : Eke_Attr<"Entry", "entry"> {
  let summary = "How a function is an entry point of the binary";
  let description = [{
    On an `eke.model`, as `eke.entry`, it gives what its author knows: the `role` by
    which programs find it, and how often it runs, `every` so many `s`, `ms`, `us` or
    `ns`. Names are for people. On the function that a model becomes, it gives the
    rest as well: the entry's `name`, its `rows`, the tensors it takes and gives as
    `#eke.argument`s, and the bytes of weights that a call reads, each time it does.

    The entries of a language model have the roles `trunk`, `head`, `draft`,
    `verify` and `exit_head`, or `encoder`; `runtime/include/eke/abi.h` says what each does.

    ```mlir
    #eke.entry<role = "encoder", every = 640 ms>
    ```
  }];
  let parameters = (ins
    OptionalParameter<"::mlir::StringAttr">:$role,
    DefaultValuedParameter<"::mlir::eke::Period", "::mlir::eke::Period()">:$every,
    OptionalParameter<"::mlir::StringAttr">:$name,
    DefaultValuedParameter<"int64_t", "0">:$rows,
    OptionalParameter<"::mlir::ArrayAttr">:$inputs,
    OptionalParameter<"::mlir::ArrayAttr">:$outputs,
    DefaultValuedParameter<"int64_t", "0">:$weight_bytes
  );
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// The same, for the function of a model.
    EntryAttr withSignature(StringAttr name, int64_t rows, ArrayAttr inputs,
                            ArrayAttr outputs, int64_t weightBytes);
    StringRef getRoleText() { return getRole() ? getRole().getValue() : StringRef(); }
  }];
}

def Eke_LanguageAttr : Eke_Attr<"Language", "language"> {
  let summary = "What makes a module a language model";
  let description = [{
    As `eke.language` on a module: the number of tokens, the width of hidden states,
    how many positions there are, the token that starts a text (-1: none), those that
    end one, and the rows of the widest trunk. `eke-outline-exits` adds what the program has to know
    of an exit: the fields `runs` to `rows` are those of the ABI's `eke_language`;
    `acceptance_rate` is that of the exit, for reports.

    ```mlir
    #eke.language<vocab = 2048, width = 192, context_length = 256, bos = 0, eos = [0], chunk = 16>
    ```
  }];
  let parameters = (ins
    "int64_t":$vocab,
    "int64_t":$width,
    "int64_t":$context_length,
    DefaultValuedParameter<"int64_t", "-1">:$bos,
    OptionalParameter<"::mlir::DenseI64ArrayAttr">:$eos,
    DefaultValuedParameter<"int64_t", "1">:$chunk,
    DefaultValuedParameter<"int64_t", "0">:$runs,
    DefaultValuedParameter<"int64_t", "0">:$exit,
    DefaultValuedParameter<"int64_t", "0">:$drafts,
    OptionalParameter<"::mlir::FloatAttr">:$threshold,
    OptionalParameter<"::mlir::FloatAttr">:$head,
    OptionalParameter<"::mlir::FloatAttr">:$exit_head,
    OptionalParameter<"::mlir::DenseF32ArrayAttr">:$rows,
    OptionalParameter<"::mlir::FloatAttr">:$acceptance_rate
  );
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// The tokens that end a text.
    ArrayRef<int64_t> getEnds() const {
      return getEos() ? getEos().asArrayRef() : ArrayRef<int64_t>();
    }
  }];
}

#endif // EKE_DIALECTS_EKE_EKEATTRS_TD
