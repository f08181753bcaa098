//===- EkeModelOps.td - Weights, states, blocks, models ----*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_DIALECTS_EKE_EKEMODELOPS_TD
#define EKE_DIALECTS_EKE_EKEMODELOPS_TD

include "dialects/eke/EkeAttrs.td"
include "dialects/eke/EkeInterfaces.td"
include "mlir/IR/CommonAttrConstraints.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/FunctionInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Eke_WeightOp : Eke_Op<"weight", [Symbol]> {
  let summary = "An immutable parameter, by reference";
  let description = [{
    Names a tensor whose elements stay on disk until the image is built. The
    encoding of `type` says how it is stored in the image, `place` where. Several
    payloads lie one behind the other: the rows of one tensor, then those of the
    next.

    Constraints:
    - (C1) the `length`s of the payloads add up to the size of `type` in their element
      type
    - (C2) `place`, if present, is in the memory `image` and aligned to 64 bytes
    - (C3) `type` has a static shape and elements of type f32
    - (C4) there is a payload; several have one element type, and each holds whole
      rows of `type`

    Example:

    ```mlir
    eke.weight @embed : tensor<2048x192xf32>
        = <"model.safetensors", offset = 5960, length = 786432, element = f16>
    eke.weight @"k+v" : tensor<128x192xf32>
        = [<"model.safetensors", offset = 792392, length = 24576, element = f16>,
           <"model.safetensors", offset = 816968, length = 24576, element = f16>]
    ```
  }];
  let arguments = (ins
    SymbolNameAttr:$sym_name,
    TypeAttrOf<AnyRankedTensor>:$type,
    TypedArrayAttrBase<Eke_PayloadAttr, "payloads">:$payloads,
    OptionalAttr<Eke_PlaceAttr>:$place
  );
  let assemblyFormat = [{
    $sym_name `:` $type `=` custom<Payloads>($payloads) (`place` $place^)? attr-dict
  }];
  let extraClassDeclaration = [{
    RankedTensorType getTensorType() { return cast<RankedTensorType>(getType()); }
  }];
  let hasVerifier = 1;
}

def Eke_StateOp : Eke_Op<"state", [Symbol]> {
  let summary = "What survives from one invocation to the next";
  let description = [{
    Names memory of the running program, zero at start: a KV cache, the cell of a
    recurrent layer, the left context of a convolution. Every use of a block has
    states of its own, also where it shares its weights with another use.

    Constraints:
    - (C1) `type` has a static shape
    - (C2) `place`, if present, is in the memory `state` and aligned to 64 bytes

    Example:

    ```mlir
    eke.state @kv0.k : tensor<256x2x32xf32>
    ```
  }];
  let arguments = (ins
    SymbolNameAttr:$sym_name,
    TypeAttrOf<AnyRankedTensor>:$type,
    OptionalAttr<Eke_PlaceAttr>:$place
  );
  let assemblyFormat = "$sym_name `:` $type (`place` $place^)? attr-dict";
  let extraClassDeclaration = [{
    RankedTensorType getTensorType() { return cast<RankedTensorType>(getType()); }
  }];
  let hasVerifier = 1;
}

def Eke_UseOp : Eke_Op<"use", [Pure, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "A weight or state as a value";
  let description = [{
    Gives the tensor of an `eke.weight`, or the handle of an `eke.state`. Tied
    embeddings are two uses of one weight.

    Constraints:
    - (C1) `symbol` is an `eke.weight` of the result's type, or an `eke.state` whose
      type the result `!eke.state<…>` names

    Example:

    ```mlir
    eke.weight @embed : tensor<2048x192xf32>
        = <"model.safetensors", offset = 5960, length = 786432, element = f16>
    eke.state @kv0.k : tensor<256x2x32xf32>
    %w = eke.use @embed : tensor<2048x192xf32>
    %k = eke.use @kv0.k : !eke.state<tensor<256x2x32xf32>>
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$symbol);
  let results = (outs AnyTypeOf<[AnyRankedTensor, Eke_StateType]>:$result);
  let assemblyFormat = "$symbol attr-dict `:` type($result)";
}

def Eke_BlockOp : Eke_Op<"block", [
    IsolatedFromAbove, FunctionOpInterface, SingleBlock, Symbol]> {
  let summary = "One body for all blocks of a shape";
  let description = [{
    A part of a model, parameterised over everything that differs between its
    uses: its arguments are the values it transforms, then the weights, then the
    states. It becomes one piece of code however often it is applied.

    Constraints:
    - (C1) the block returns one value

    Example:

    ```mlir
    eke.block @feed_forward(%x: tensor<?x192xf32>, %w: tensor<192x192xf32>)
        -> tensor<?x192xf32> {
      %y = eke.linear %x, %w : (tensor<?x192xf32>, tensor<192x192xf32>) -> tensor<?x192xf32>
      eke.yield %y : tensor<?x192xf32>
    }
    ```
  }];
  let arguments = (ins
    SymbolNameAttr:$sym_name,
    TypeAttrOf<FunctionType>:$function_type,
    OptionalAttr<DictArrayAttr>:$arg_attrs,
    OptionalAttr<DictArrayAttr>:$res_attrs
  );
  let regions = (region SizedRegion<1>:$body);
  let builders = [OpBuilder<(ins "::llvm::StringRef":$name, "::mlir::FunctionType":$type)>];
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    ArrayRef<Type> getArgumentTypes() { return getFunctionType().getInputs(); }
    ArrayRef<Type> getResultTypes() { return getFunctionType().getResults(); }
    Region *getCallableRegion() { return &getBody(); }
  }];
}

def Eke_ModelOp : Eke_Op<"model", [
    IsolatedFromAbove, FunctionOpInterface, SingleBlock, Symbol]> {
  let summary = "An entry point of the binary";
  let description = [{
    A function that the generated program offers. `rows` lists the row counts it
    is specialised for (`eke-specialize-rows` makes one model of each); an
    argument of type `index` is a position, passed as 64-bit integer. The
    attribute `eke.name` of an argument or result is its name in the binary's
    tables.

    Constraints:
    - (C1) arguments are tensors or `index`, results are tensors
    - (C2) `rows` are positive and ascending
    - (C3) a model without `rows` has static shapes

    Example:

    ```mlir
    eke.weight @embed : tensor<2048x192xf32>
        = <"model.safetensors", offset = 5960, length = 786432, element = f16>
    eke.model @head(%h: tensor<?x192xf32> {eke.name = "hidden"})
        -> (tensor<?x2048xf32> {eke.name = "logits"}) rows [1] {
      %w = eke.use @embed : tensor<2048x192xf32>
      %y = eke.linear %h, %w : (tensor<?x192xf32>, tensor<2048x192xf32>) -> tensor<?x2048xf32>
      eke.yield %y : tensor<?x2048xf32>
    }
    ```
  }];
  let arguments = (ins
    SymbolNameAttr:$sym_name,
    TypeAttrOf<FunctionType>:$function_type,
    OptionalAttr<DenseI64ArrayAttr>:$rows,
    OptionalAttr<DictArrayAttr>:$arg_attrs,
    OptionalAttr<DictArrayAttr>:$res_attrs
  );
  let regions = (region SizedRegion<1>:$body);
  let builders = [OpBuilder<(ins "::llvm::StringRef":$name, "::mlir::FunctionType":$type,
                                 "::llvm::ArrayRef<int64_t>":$rows)>];
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    ArrayRef<Type> getArgumentTypes() { return getFunctionType().getInputs(); }
    ArrayRef<Type> getResultTypes() { return getFunctionType().getResults(); }
    Region *getCallableRegion() { return &getBody(); }
  }];
}

def Eke_YieldOp : Eke_Op<"yield", [Pure, Terminator, ReturnLike,
    ParentOneOf<["BlockOp", "ModelOp"]>]> {
  let summary = "Ends a block or a model";
  let description = [{
    Constraints:
    - (C1) the values have the result types of the enclosing op

    Example:

    ```mlir
    eke.block @same(%x: tensor<?x192xf32>) -> tensor<?x192xf32> {
      eke.yield %x : tensor<?x192xf32>
    }
    ```
  }];
  let arguments = (ins Variadic<AnyType>:$values);
  let assemblyFormat = "($values^ `:` type($values))? attr-dict";
  let hasVerifier = 1;
}

def Eke_ApplyOp : Eke_Op<"apply", [
    Eke_RowWise, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "One use of a block";
  let description = [{
    Runs the body of `block` on the inputs, bound to these weights and states.
    Weight sharing is two applies that bind the same weights and different
    states.

    Constraints:
    - (C1) `block` is an `eke.block`
    - (C2) inputs, weights and states, in this order, have the types of the block's
      arguments; dynamic rows match any rows
    - (C3) `weights` are `eke.weight`s and `states` are `eke.state`s
    - (C4) the result has the type of the block's result

    Example:

    ```mlir
    eke.weight @l0.w : tensor<64x64xf32>
        = <"model.safetensors", offset = 0, length = 16384, element = f32>
    eke.state @kv0.k : tensor<256x2x32xf32>
    eke.state @kv0.v : tensor<256x2x32xf32>
    eke.block @mix(%x: tensor<?x64xf32>, %pos: index, %w: tensor<64x64xf32>,
        %k: !eke.state<tensor<256x2x32xf32>>, %v: !eke.state<tensor<256x2x32xf32>>)
        -> tensor<?x64xf32> {
      %0 = eke.linear %x, %w : (tensor<?x64xf32>, tensor<64x64xf32>) -> tensor<?x64xf32>
      %1 = eke.attention %0, %0, %0 at %pos caches %k, %v heads 2 kv_heads 2 scale 0.17677669
          : (tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>, index,
             !eke.state<tensor<256x2x32xf32>>, !eke.state<tensor<256x2x32xf32>>)
            -> tensor<?x64xf32>
      eke.yield %1 : tensor<?x64xf32>
    }
    %y = eke.apply @mix(%h, %position) weights [@l0.w] states [@kv0.k, @kv0.v]
        : (tensor<?x64xf32>, index) -> tensor<?x64xf32>
    ```
  }];
  let arguments = (ins
    FlatSymbolRefAttr:$block,
    Variadic<AnyType>:$inputs,
    DefaultValuedAttr<TypedArrayAttrBase<FlatSymbolRefAttr, "symbols">, "{}">:$weights,
    DefaultValuedAttr<TypedArrayAttrBase<FlatSymbolRefAttr, "symbols">, "{}">:$states
  );
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = [{
    $block `(` $inputs `)` (`weights` $weights^)? (`states` $states^)? attr-dict
    `:` functional-type($inputs, $result)
  }];
}

#endif // EKE_DIALECTS_EKE_EKEMODELOPS_TD
