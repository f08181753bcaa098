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
    Names a tensor whose elements stay on disk until the image is built; a small one
    may be given as it is. The encoding of `type` says how it is stored in the image,
    `place` where. Several payloads lie one behind the other: the rows of one tensor,
    then those of the next.

    Constraints:
    - (C1) the payloads have as many elements as `type`
    - (C2) the offset of `place`, if present, is aligned to 64 bytes
    - (C3) `type` has a static shape and elements of one to eight whole bytes
    - (C4) there is a payload; several have one element type, and each holds whole
      rows of `type`
    - (C5) the elements of a payload have the type of those of `type`, or both are
      floating point numbers, or the payload has a quantization or blocks and `type`
      floating point numbers
    - (C6) a payload with a quantization is the only one; it has one scale, or as
      many as its axis is long
    - (C7) `type` has at most 2^40 bytes
    - (C8) the last extent of `type` is whole blocks, if a payload has blocks
    - (C9) a payload with interleaved rows holds whole sets of them
    - (C10) a payload that is scaled or rotated is of a vector or a matrix, which comes in
      so many parts; it has as many scales as the matrix has columns
    - (C11) `type` has rank 2 if a payload is transposed, which then has as many rows in
      the file as `type` has columns

    Example:

    ```mlir
    eke.weight @embed : tensor<2048x192xf32>
        = <"model.safetensors", offset = 5960, length = 786432, element = f16>
    eke.weight @"k+v" : tensor<128x192xf32>
        = [<"model.safetensors", offset = 792392, length = 24576, element = f16>,
           <"model.safetensors", offset = 816968, length = 24576, element = f16>]
    eke.weight @kernel : tensor<2x3x3x1xf32>
        = <"m.bin", offset = 0, length = 18, element = i8,
           quantization = <scales = [0.5, 0.25], zero_points = [0, -3]>>
    eke.weight @offsets : tensor<3xi32> = dense<[1, 2, 3]> : tensor<3xi32>
    ```
  }];
  let arguments = (ins
    SymbolNameAttr:$sym_name,
    TypeAttrOf<AnyRankedTensor>:$type,
    TypedArrayAttrBase<AnyAttrOf<[Eke_PayloadAttr, ElementsAttr]>, "payloads">:$payloads,
    OptionalAttr<Eke_PlaceAttr>:$place
  );
  let assemblyFormat = [{
    $sym_name `:` $type `=` custom<Payloads>($payloads) (`place` $place^)? attr-dict
  }];
  let extraClassDeclaration = [{
    RankedTensorType getTensorType() { return cast<RankedTensorType>(getType()); }
    /// The quantization of the payload, or null.
    QuantizationAttr getQuantization();
  }];
  let hasVerifier = 1;
}

def Eke_StateOp : Eke_Op<"state", [Symbol]> {
  let summary = "What survives from one invocation to the next";
  let description = [{
    Names memory of the running program: a KV cache, the cell of a recurrent layer,
    the left context of a convolution. An entry reads it as a value (`eke.read`) and
    gives the new value back (`eke.write`); nothing else can change it. At start it
    has the value `initial`, or is zero without one. Every use of a block has states
    of its own, also where it shares its weights with another use.

    Constraints:
    - (C1) `type` has a static shape, no encoding, and elements that memory can hold:
      floating-point numbers or integers of 1, 8, 16, 32 or 64 bits
    - (C2) the offset of `place`, if present, is aligned to 64 bytes
    - (C3) `initial`, if present, has the type `type`
    - (C4) `type` has at most 2^40 bytes

    Example:

    ```mlir
    eke.state @kv0.k : tensor<256x2x32xf32>
    eke.state @level : tensor<4xf32> = dense<0.5>
    ```
  }];
  let arguments = (ins
    SymbolNameAttr:$sym_name,
    TypeAttrOf<AnyRankedTensor>:$type,
    OptionalAttr<ElementsAttr>:$initial,
    OptionalAttr<Eke_PlaceAttr>:$place
  );
  let assemblyFormat = [{
    $sym_name `:` custom<InitialValue>($type, $initial) (`place` $place^)? attr-dict
  }];
  let extraClassDeclaration = [{
    RankedTensorType getTensorType() { return cast<RankedTensorType>(getType()); }
  }];
  let hasVerifier = 1;
}

def Eke_UseOp : Eke_Op<"use", [Pure, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "A weight as a value";
  let description = [{
    Gives the tensor of an `eke.weight`. Tied embeddings are two uses of one weight.

    Constraints:
    - (C1) `symbol` is an `eke.weight` of the result's type

    Example:

    ```mlir
    eke.weight @embed : tensor<2048x192xf32>
        = <"model.safetensors", offset = 5960, length = 786432, element = f16>
    %w = eke.use @embed : tensor<2048x192xf32>
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$symbol);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "$symbol attr-dict `:` type($result)";
}

def Eke_ReadOp : Eke_Op<"read", [
    Pure, HasParent<"ModelOp">, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "The value of a state when an entry begins";
  let description = [{
    Gives what `state` holds when the entry is called, wherever the op stands: what
    the entry writes is seen by the next call. A block takes states as operands.

    Constraints:
    - (C1) `state` is an `eke.state` of the result's type

    Example:

    ```mlir
    eke.state @mean : tensor<1x8xf32>
    eke.model @smooth(%x: tensor<1x8xf32>) -> tensor<1x8xf32> {
      %m0 = eke.read @mean : tensor<1x8xf32>
      %m1 = arith.addf %m0, %x : tensor<1x8xf32>
      eke.write %m1, @mean : tensor<1x8xf32>
      eke.yield %m1 : tensor<1x8xf32>
    }
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$state);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "$state attr-dict `:` type($result)";
}

def Eke_WriteOp : Eke_Op<"write", [
    MemoryEffects<[MemWrite]>, HasParent<"ModelOp">,
    DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "The value of a state when an entry ends";
  let description = [{
    Gives `state` the value `value` when the entry ends, wherever the op stands. A
    state that an entry does not write keeps its value.

    Constraints:
    - (C1) `state` is an `eke.state` of the type of `value`

    Example:

    ```mlir
    eke.state @last : tensor<1x8xf32>
    eke.model @delay(%x: tensor<1x8xf32>) -> tensor<1x8xf32> {
      %y = eke.read @last : tensor<1x8xf32>
      eke.write %x, @last : tensor<1x8xf32>
      eke.yield %y : tensor<1x8xf32>
    }
    ```
  }];
  let arguments = (ins AnyRankedTensor:$value, FlatSymbolRefAttr:$state);
  let assemblyFormat = "$value `,` $state attr-dict `:` type($value)";
}

def Eke_BlockOp : Eke_Op<"block", [
    IsolatedFromAbove, FunctionOpInterface, SingleBlock, Symbol]> {
  let summary = "One body for all blocks of a shape";
  let description = [{
    A part of a model, parameterised over everything that differs between its
    uses: its arguments are inputs, then weights, then states; its results are
    values, then the new values of the states. It becomes one piece of code however
    often it is applied.

    Constraints:
    - (C1) there are as many arguments as weights and states, and inputs before them
    - (C2) inputs are tensors or scalars, weights and states tensors of static shape,
      results tensors, all with elements that memory can hold
    - (C3) the last results have the types of the states, in their order
    - (C4) the body ends with `eke.yield`

    Example:

    ```mlir
    eke.block @cell(%x: tensor<1x8xf32>) weights(%w: tensor<8x8xf32>) states(%h: tensor<1x8xf32>)
        -> (tensor<1x8xf32>, tensor<1x8xf32>) {
      %0 = eke.linear %x, %w : (tensor<1x8xf32>, tensor<8x8xf32>) -> tensor<1x8xf32>
      %h1 = arith.addf %0, %h : tensor<1x8xf32>
      %y = eke.activate %h1 with relu : tensor<1x8xf32>
      eke.yield %y, %h1 : tensor<1x8xf32>, tensor<1x8xf32>
    }
    ```
  }];
  let arguments = (ins
    SymbolNameAttr:$sym_name,
    TypeAttrOf<FunctionType>:$function_type,
    DefaultValuedAttr<I64Attr, "0">:$weight_count,
    DefaultValuedAttr<I64Attr, "0">:$state_count,
    OptionalAttr<DictArrayAttr>:$arg_attrs,
    OptionalAttr<DictArrayAttr>:$res_attrs
  );
  let regions = (region SizedRegion<1>:$body);
  let builders = [OpBuilder<(ins "::llvm::StringRef":$name, "::mlir::FunctionType":$type,
                                 CArg<"int64_t", "0">:$weights, CArg<"int64_t", "0">:$states)>];
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    ArrayRef<Type> getArgumentTypes() { return getFunctionType().getInputs(); }
    ArrayRef<Type> getResultTypes() { return getFunctionType().getResults(); }
    Region *getCallableRegion() { return &getBody(); }

    /// The arguments of each kind.
    ArrayRef<BlockArgument> getInputs() {
      return getArguments().drop_back(getWeightCount() + getStateCount());
    }
    ArrayRef<BlockArgument> getWeights() {
      return getArguments().drop_back(getStateCount()).take_back(getWeightCount());
    }
    ArrayRef<BlockArgument> getStates() { return getArguments().take_back(getStateCount()); }
    /// The results that are no states.
    unsigned getValueCount() { return getNumResults() - getStateCount(); }
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
    - (C1) arguments are tensors or `index`, results are tensors, all with elements
      that memory can hold
    - (C2) `rows` are positive and ascending
    - (C3) a model without `rows` has static shapes
    - (C4) it reads a state at most once, and writes it at most once
    - (C5) the body ends with `eke.yield`

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
  let hasRegionVerifier = 1;
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
    AttrSizedOperandSegments, NoMemoryEffect, Eke_RowWise,
    ParentOneOf<["BlockOp", "ModelOp"]>,
    Eke_StateUser, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "One use of a block";
  let description = [{
    Runs the body of `block` on the inputs, with these weights and states. Weight
    sharing is two applies that take the same weights and different states.

    Constraints:
    - (C1) `block` is an `eke.block`
    - (C2) inputs, weights and states are as many as those of the block, and have
      their types; dynamic rows match any rows
    - (C3) weights come from `eke.use`, or are weights of the block around the op
    - (C4) results have the types of the block's results
    - (C5) no block applies itself, also not through others

    Example:

    ```mlir
    eke.weight @l0.w : tensor<64x64xf32>
        = <"model.safetensors", offset = 0, length = 16384, element = f32>
    eke.state @h0 : tensor<1x64xf32>
    eke.block @cell(%x: tensor<?x64xf32>) weights(%w: tensor<64x64xf32>) states(%h: tensor<1x64xf32>)
        -> (tensor<?x64xf32>, tensor<1x64xf32>) {
      %y = eke.linear %x, %w : (tensor<?x64xf32>, tensor<64x64xf32>) -> tensor<?x64xf32>
      %h1 = eke.linear %h, %w : (tensor<1x64xf32>, tensor<64x64xf32>) -> tensor<1x64xf32>
      eke.yield %y, %h1 : tensor<?x64xf32>, tensor<1x64xf32>
    }
    eke.model @step(%x: tensor<?x64xf32>) -> tensor<?x64xf32> rows [1, 4] {
      %w = eke.use @l0.w : tensor<64x64xf32>
      %h = eke.read @h0 : tensor<1x64xf32>
      %y, %h1 = eke.apply @cell(%x) weights(%w) states(%h)
          : (tensor<?x64xf32>, tensor<64x64xf32>, tensor<1x64xf32>)
         -> (tensor<?x64xf32>, tensor<1x64xf32>)
      eke.write %h1, @h0 : tensor<1x64xf32>
      eke.yield %y : tensor<?x64xf32>
    }
    ```
  }];
  let arguments = (ins
    FlatSymbolRefAttr:$block,
    Variadic<AnyType>:$inputs,
    Variadic<AnyRankedTensor>:$weights,
    Variadic<AnyRankedTensor>:$states
  );
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    $block `(` $inputs `)` (`weights` `(` $weights^ `)`)? (`states` `(` $states^ `)`)?
    attr-dict `:` functional-type(operands, $results)
  }];
  let extraClassDeclaration = [{
    /// The results that are no states.
    ::mlir::ResultRange getValues() { return getResults().drop_back(getStates().size()); }
    ::mlir::ResultRange getNewStates() { return getResults().take_back(getStates().size()); }
    /// What the block's ops say is what counts.
    bool roundsTo(::mlir::Type) { return true; }

    ::llvm::MutableArrayRef<::mlir::OpOperand> getWeightOperands() {
      return getOperation()->getOpOperands().slice(getInputs().size(), getWeights().size());
    }
    ::llvm::MutableArrayRef<::mlir::OpOperand> getStateOperands() {
      return getOperation()->getOpOperands().take_back(getStates().size());
    }
    bool isWeight(::mlir::OpOperand &operand) {
      return operand.getOperandNumber() - getInputs().size() < getWeights().size();
    }
    bool isState(::mlir::OpOperand &operand) {
      return operand.getOperandNumber() >= getNumOperands() - getStates().size();
    }
  }];
}

#endif // EKE_DIALECTS_EKE_EKEMODELOPS_TD
