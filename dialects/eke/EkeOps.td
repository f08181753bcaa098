//===- EkeOps.td - Layers of the eke dialect ---------------*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_DIALECTS_EKE_EKEOPS_TD
#define EKE_DIALECTS_EKE_EKEOPS_TD

include "dialects/eke/EkeModelOps.td"
include "mlir/Interfaces/InferTypeOpInterface.td"

// Of rows, only their number may be unknown. All dimensions but the last are rows;
// what is computed row by row takes any number of them.
def Eke_AnyRows : ConfinedType<RankedTensorOf<[F16, F32]>, [
    CPred<"::llvm::cast<::mlir::ShapedType>($_self).getRank() > 0">,
    CPred<"::mlir::eke::hasOnlyDynamicRows(::llvm::cast<::mlir::ShapedType>($_self))">],
    "tensor of 16-bit float or 32-bit float values of rank 1 or more where only the first of several dimensions may be dynamic">;
def Eke_Rows : ConfinedType<2DTensorOf<[F32]>,
    [CPred<"!::llvm::cast<::mlir::ShapedType>($_self).isDynamicDim(1)">],
    "2D tensor of 32-bit float values with a known number of columns">;
def Eke_Matrix : ConfinedType<2DTensorOf<[F16, F32]>, [HasStaticShapePred],
    "2D tensor of 16-bit float or 32-bit float values with a static shape">;
def Eke_Vector : ConfinedType<1DTensorOf<[F16, F32]>, [HasStaticShapePred],
    "1D tensor of 16-bit float or 32-bit float values with a static shape">;

// What an op only takes the number of rows of.
def Eke_Like : ConfinedType<AnyRankedTensor,
    [CPred<"::llvm::cast<::mlir::ShapedType>($_self).getRank() > 0">],
    "ranked tensor of any type values of rank 1 or more">;

// What an attention keeps of the rows before: [positions, heads, head size].
def Eke_Cache : ConfinedType<3DTensorOf<[F32, F16]>, [HasStaticShapePred],
    "3D tensor of 32-bit or 16-bit float values with a static shape">;

/// Of an op that does more than read its operands and write its results.
def Eke_OwnTraffic : DeclareOpInterfaceMethods<Eke_TrafficInterface, ["getTraffic"]>;

def Eke_LinearOp : Eke_Op<"linear", [
    Pure, Eke_OwnTraffic, Eke_RowWise, DeclareOpInterfaceMethods<Eke_WeightUser>]> {
  let summary = "Linear layer applied to each row";
  let description = [{
    Multiplies each row of `input` by the matrix `weight` and adds `bias`:

        result[m, n] = sum_k input[m, k] * weight[n, k] + bias[n]

    where m stands for all dimensions of `input` but the last. Sums are of f32,
    whatever the elements are. With a weight stored as integers the rows of `input` are quantised at run
    time, each with its own scale: amax(row) / 127.

    Constraints:
    - (C1) the last dimension of `input` is `dim(weight, 1)`
    - (C2) the result has the shape of `input`, with `dim(weight, 0)` as its last
      dimension
    - (C3) `bias`, if present, has shape `[dim(weight, 0)]`

    Example:

    ```mlir
    %y = eke.linear %x, %w bias %b
         : (tensor<8x16xf32>, tensor<4x16xf32>, tensor<4xf32>) -> tensor<8x4xf32>
    %z = eke.linear %u, %w : (tensor<2x3x16xf16>, tensor<4x16xf32>) -> tensor<2x3x4xf16>
    ```
  }];
  let arguments = (ins Eke_AnyRows:$input, Eke_Matrix:$weight, Optional<Eke_Vector>:$bias);
  let results = (outs Eke_AnyRows:$result);
  let assemblyFormat = [{
    $input `,` $weight (`bias` $bias^)? attr-dict
    `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Eke_EmbedOp : Eke_Op<"embed", [
    Pure, Eke_OwnTraffic, Eke_RowWise, DeclareOpInterfaceMethods<Eke_Indexing>,
    DeclareOpInterfaceMethods<Eke_WeightUser>]> {
  let summary = "Rows of a table, looked up by token";
  let description = [{
    `result[m, :] = scale * table[tokens[m], :]`. A token outside the table is undefined
    behaviour: bounds of the entry's argument keep it out. Without `scale` the rows
    are those of the table.

    Constraints:
    - (C1) `shape(result) == [dim(tokens, 0), dim(table, 1)]`
    - (C2) `scale`, if present, is finite

    Example:

    ```mlir
    %x = eke.embed %tokens, %table
         : (tensor<?xi32>, tensor<2048x192xf32>) -> tensor<?x192xf32>
    %y = eke.embed %tokens, %table scale 13.8564
         : (tensor<?xi32>, tensor<2048x192xf32>) -> tensor<?x192xf32>
    ```
  }];
  let arguments = (ins
    1DTensorOf<[I32]>:$tokens, Eke_Matrix:$table, OptionalAttr<F32Attr>:$scale
  );
  let results = (outs Eke_Rows:$result);
  let assemblyFormat = [{
    $tokens `,` $table (`scale` $scale^)? attr-dict
    `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Eke_EmbedPositionsOp : Eke_Op<"embed_positions", [
    Pure, Eke_OwnTraffic, Eke_RowWise, DeclareOpInterfaceMethods<Eke_Indexing>,
    DeclareOpInterfaceMethods<Eke_WeightUser>]> {
  let summary = "Rows of a table, looked up by position";
  let description = [{
    `result[m, :] = table[position + m, :]`: learned positions. `like` only gives the
    number of rows. Bounds of the entry's argument see to
    `0 <= position <= dim(table, 0) - rows`.

    Constraints:
    - (C1) `shape(result) == [dim(like, 0), dim(table, 1)]`

    Example:

    ```mlir
    %p = eke.embed_positions %x, %pos, %table
         : (tensor<?x192xf32>, index, tensor<256x192xf32>) -> tensor<?x192xf32>
    ```
  }];
  let arguments = (ins Eke_Like:$like, Index:$position, Eke_Matrix:$table);
  let results = (outs Eke_Rows:$result);
  let assemblyFormat = [{
    $like `,` $position `,` $table attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Eke_NormOp : Eke_Op<"norm", [AttrSizedOperandSegments, Pure, Eke_OwnTraffic, Eke_RowWise]> {
  let summary = "Normalisation of each row";
  let description = [{
    Root-mean-square normalisation (Zhang and Sennrich, arXiv 1910.07467). With K
    the length of a row, and m for all dimensions but the last:

        result[m, k] = input[m, k] / sqrt(sum_j input[m, j]^2 / K + epsilon) * weight[k]

    `centered` makes it layer normalisation (Ba et al., arXiv 1607.06450): the mean of
    the row is subtracted from all its elements first. `bias[k]` is added last. With
    `plus_one` the factor is `1 + weight[k]`, as in Gemma; without `weight` it is 1.
    `groups` parts of equal length make up a row, and each is normalised by itself,
    with a weight of K / groups elements for all of them: the heads of queries and keys. It
    is computed in f32.

    Constraints:
    - (C1) `groups` is positive and divides the length of a row; `weight` and `bias` have
      as many elements as a part
    - (C2) the result has the type of `input`
    - (C3) `epsilon` is positive
    - (C4) `plus_one` and `bias` only with a `weight`

    Example:

    ```mlir
    %y = eke.norm %x, %g epsilon 1.0e-5
         : (tensor<?x192xf32>, tensor<192xf32>) -> tensor<?x192xf32>
    %z = eke.norm %x, %g bias %b centered epsilon 1.0e-5
         : (tensor<?x192xf32>, tensor<192xf32>, tensor<192xf32>) -> tensor<?x192xf32>
    %u = eke.norm %q, %h plus_one groups 6 epsilon 1.0e-6
         : (tensor<?x192xf32>, tensor<32xf32>) -> tensor<?x192xf32>
    %v = eke.norm %q groups 6 epsilon 1.0e-6 : (tensor<?x192xf32>) -> tensor<?x192xf32>
    ```
  }];
  let arguments = (ins
    Eke_AnyRows:$input, Optional<Eke_Vector>:$weight, Optional<Eke_Vector>:$bias,
    F32Attr:$epsilon, DefaultValuedAttr<I64Attr, "1">:$groups, UnitAttr:$centered,
    UnitAttr:$plus_one
  );
  let results = (outs Eke_AnyRows:$result);
  let assemblyFormat = [{
    $input (`,` $weight^)? (`bias` $bias^)? (`centered` $centered^)? (`plus_one` $plus_one^)?
    (`groups` $groups^)? `epsilon` $epsilon attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Eke_RopeTableOp : Eke_Op<"rope_table", [Pure, Eke_OwnTraffic, Eke_RowWise]> {
  let summary = "Cosines and sines of the rows' rotary angles";
  let description = [{
    For row m of an invocation at `position`, and i < D / 2, where D is `head_dim`:

        angle        = (position + m) * theta^(-2 i / D) * factors[i]
        result[m, 0, i] = magnitude * cos(angle),  result[m, 1, i] = magnitude * sin(angle)

    Made once per invocation and used by every block (Su et al., arXiv 2104.09864).
    `factors` slow rotations down to reach longer contexts, as linear scaling (Chen et
    al., arXiv 2306.15595), YaRN (Peng et al., arXiv 2309.00071) and Llama 3 do each in
    its way; without them they are 1. `like` only gives the number of rows.

    Constraints:
    - (C1) the result has shape `[dim(like, 0), 2, head_dim / 2]`
    - (C2) `head_dim` is positive and even, `theta` is positive
    - (C3) `factors`, if present, are `head_dim / 2` finite numbers; `magnitude` is finite

    Example:

    ```mlir
    %t = eke.rope_table %x, %pos theta 10000.0 head_dim 32
         : (tensor<?x192xf32>, index) -> tensor<?x2x16xf32>
    %u = eke.rope_table %x, %pos theta 10000.0 head_dim 4 factors [1.0, 0.25] magnitude 1.1
         : (tensor<?x192xf32>, index) -> tensor<?x2x2xf32>
    ```
  }];
  let arguments = (ins
    Eke_Like:$like, Index:$position, F64Attr:$theta, I64Attr:$head_dim,
    OptionalAttr<DenseF64ArrayAttr>:$factors, OptionalAttr<F64Attr>:$magnitude
  );
  let results = (outs 3DTensorOf<[F32]>:$result);
  let assemblyFormat = [{
    $like `,` $position `theta` $theta `head_dim` $head_dim (`factors` $factors^)?
    (`magnitude` $magnitude^)? attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Eke_RopeOp : Eke_Op<"rope", [Pure, Eke_OwnTraffic, Eke_RowWise]> {
  let summary = "Rotary position embedding of every head";
  let description = [{
    Each row of `input` holds heads of D elements, D / 2 = `dim(table, 2)`. The
    halves of a head are rotated, as in Llama (`rotate_half`): with c and s the row's
    cosines and sines,

        result[m, h, i]         = x[m, h, i] * c[i] - x[m, h, i + D/2] * s[i]
        result[m, h, i + D/2]   = x[m, h, i + D/2] * c[i] + x[m, h, i] * s[i]

    With `head_dim` heads are longer than D, and what follows their first D elements
    stays as it is: partial rotation.

    Constraints:
    - (C1) heads have D elements or, with `head_dim`, so many, which are at least D;
      `dim(input, 1)` is a multiple of them
    - (C2) the result has the type of `input`
    - (C3) `table` has shape `[dim(input, 0), 2, D / 2]`

    Example:

    ```mlir
    %r = eke.rope %q, %t : (tensor<?x192xf32>, tensor<?x2x16xf32>) -> tensor<?x192xf32>
    %p = eke.rope %q, %t head_dim 96
         : (tensor<?x192xf32>, tensor<?x2x16xf32>) -> tensor<?x192xf32>
    ```
  }];
  let arguments = (ins
    Eke_Rows:$input, 3DTensorOf<[F32]>:$table, OptionalAttr<I64Attr>:$head_dim
  );
  let results = (outs Eke_Rows:$result);
  let assemblyFormat = [{
    $input `,` $table (`head_dim` $head_dim^)? attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Eke_AttentionOp : Eke_Op<"attention", [
    NoMemoryEffect, Eke_OwnTraffic, Eke_RowWise, DeclareOpInterfaceMethods<Eke_Indexing>,
    DeclareOpInterfaceMethods<Eke_StateUser, ["roundsTo"]>,
    AllTypesMatch<["key_cache", "new_key_cache"]>,
    AllTypesMatch<["value_cache", "new_value_cache"]>]> {
  let summary = "Grouped-query attention with a KV cache";
  let description = [{
    Writes the rows of `key` and `value` to the caches at `position`, which gives the
    new caches, then lets each row m attend to the positions j <= position + m:

        score[m, h, j]  = scale * sum_d query[m, h, d] * new_key_cache[j, g, d]
        result[m, h, :] = sum_j softmax_j(score[m, h, j]) * new_value_cache[j, g, :]

    where query head h uses the key-value head g = h / (heads / kv_heads). `softcap`
    bounds the scores, as in Gemma 2: softcap * tanh(score / softcap) takes the place of
    score. With `window` a row attends to so many positions, its own included: those
    with j > position + m - window (Beltagy et al., arXiv 2004.05150). With `length`,
    which is 1 to C, each row attends to all positions j < length, before and behind its
    own, as in an encoder that reads a text at once. Only `position + rows` entries of the
    caches are read, or of these the last ones that some row's window has, or the first
    `length`.

    With `fold` N, rows and entries are sub-tokens (`eke.fold`): N that follow each other,
    from a multiple of N, are a token. `position`, `window` and `length` count tokens, and a
    row attends to all sub-tokens of the tokens that its own may see, its own token included:
    to the entries j with j / N <= position + m / N, of which only
    `N * (position + rows / N)` are read.

    The caches are the values of states, and in memory each new one takes the
    place of the old. With context C, G key-value heads and head size D, both caches are
    [C, G, D], so that an invocation writes
    one contiguous part and touches no memory for positions to come; their
    elements are f32 or f16, to which rows are rounded. Bounds of the entry's argument
    see to `0 <= position <= (C - rows) / N`.

    Constraints:
    - (C1) `kv_heads` is positive and divides `heads`
    - (C2) `query` and the result have `heads * D` columns
    - (C3) `key` and `value` have `kv_heads * D` columns
    - (C4) both caches have the shape `[C, kv_heads, D]` and elements f32, or both f16;
      the new caches have their types
    - (C5) `query`, `key`, `value` and the result have the same number of rows
    - (C6) `window` and `softcap`, if present, are positive
    - (C7) there is no `window` with a `length`
    - (C8) `fold` is positive, and divides C and the rows, if these are known

    Example:

    ```mlir
    %o, %kc1, %vc1 = eke.attention %q, %k, %v at %pos caches %kc, %vc
        heads 6 kv_heads 2 scale 0.17677669
         : (tensor<?x192xf32>, tensor<?x64xf32>, tensor<?x64xf32>, index,
            tensor<256x2x32xf32>, tensor<256x2x32xf32>)
        -> (tensor<?x192xf32>, tensor<256x2x32xf32>, tensor<256x2x32xf32>)
    %p, %kc2, %vc2 = eke.attention %q, %k, %v at %pos caches %kc1, %vc1
        heads 6 kv_heads 2 scale 0.17677669 window 64 softcap 50.0
         : (tensor<?x192xf32>, tensor<?x64xf32>, tensor<?x64xf32>, index,
            tensor<256x2x32xf32>, tensor<256x2x32xf32>)
        -> (tensor<?x192xf32>, tensor<256x2x32xf32>, tensor<256x2x32xf32>)
    %r, %kc3, %vc3 = eke.attention %q, %k, %v at %pos caches %kc2, %vc2 length %len
        heads 6 kv_heads 2 scale 0.17677669
         : (tensor<?x192xf32>, tensor<?x64xf32>, tensor<?x64xf32>, index,
            tensor<256x2x32xf32>, tensor<256x2x32xf32>, index)
        -> (tensor<?x192xf32>, tensor<256x2x32xf32>, tensor<256x2x32xf32>)
    %s, %kc4, %vc4 = eke.attention %fq, %fk, %fv at %pos caches %fkc, %fvc
        heads 3 kv_heads 1 scale 0.17677669 fold 2
         : (tensor<?x96xf32>, tensor<?x32xf32>, tensor<?x32xf32>, index,
            tensor<512x1x32xf32>, tensor<512x1x32xf32>)
        -> (tensor<?x96xf32>, tensor<512x1x32xf32>, tensor<512x1x32xf32>)
    ```
  }];
  let arguments = (ins
    Eke_Rows:$query, Eke_Rows:$key, Eke_Rows:$value, Index:$position,
    Eke_Cache:$key_cache, Eke_Cache:$value_cache, Optional<Index>:$length,
    I64Attr:$heads, I64Attr:$kv_heads, F32Attr:$scale, OptionalAttr<I64Attr>:$window,
    OptionalAttr<F32Attr>:$softcap, DefaultValuedAttr<I64Attr, "1">:$fold
  );
  let results = (outs Eke_Rows:$result, Eke_Cache:$new_key_cache, Eke_Cache:$new_value_cache);
  let assemblyFormat = [{
    $query `,` $key `,` $value `at` $position `caches` $key_cache `,` $value_cache
    (`length` $length^)? `heads` $heads `kv_heads` $kv_heads
    `scale` $scale (`window` $window^)? (`softcap` $softcap^)? (`fold` $fold^)? attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Eke_GluOp : Eke_Op<"glu", [
    Pure, Eke_TrafficInterface, Elementwise, Eke_RowWise, SameOperandsAndResultType]> {
  let summary = "Gated linear unit: activation of the gate times the rest";
  let description = [{
    `result[m, k] = activation(gate[m, k]) * up[m, k]`, with silu(x) = x / (1 + exp(-x))
    (Shazeer, arXiv 2002.05202), and m for all dimensions but the last. It is
    computed in f32.

    Example:

    ```mlir
    %y = eke.glu %gate, %up activation silu : tensor<?x512xf32>
    ```
  }];
  let arguments = (ins Eke_AnyRows:$gate, Eke_AnyRows:$up, Eke_ActivationAttr:$activation);
  let results = (outs Eke_AnyRows:$result);
  let assemblyFormat = "$gate `,` $up `activation` `` $activation attr-dict `:` type($result)";
}

def Eke_ActivateOp : Eke_Op<"activate", [
    Pure, Eke_TrafficInterface, Elementwise, Eke_RowWise, SameOperandsAndResultType]> {
  let summary = "Pointwise activation";
  let description = [{
    `result[m, k] = activation(input[m, k])`. gelu is Hendrycks and Gimpel's
    x/2 (1 + erf(x / sqrt(2))) (arXiv 1606.08415), and gelu_tanh their approximation
    x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))). It is computed in f32; m stands for
    all dimensions but the last.

    Example:

    ```mlir
    %y = eke.activate %x with gelu_tanh : tensor<?x512xf32>
    ```
  }];
  let arguments = (ins Eke_AnyRows:$input, Eke_ActivationAttr:$activation);
  let results = (outs Eke_AnyRows:$result);
  let assemblyFormat = "$input `with` `` $activation attr-dict `:` type($result)";
}

def Eke_SoftcapOp : Eke_Op<"softcap", [
    Pure, Eke_TrafficInterface, Elementwise, Eke_RowWise, SameOperandsAndResultType]> {
  let summary = "Bounds numbers smoothly";
  let description = [{
    `result[m, k] = cap * tanh(input[m, k] / cap)`, as Gemma 2 does with logits (Riviere
    et al., arXiv 2408.00118). It is computed in f32; m stands for all dimensions but
    the last.

    Constraints:
    - (C1) `cap` is positive

    Example:

    ```mlir
    %y = eke.softcap %x at 30.0 : tensor<?x2048xf32>
    ```
  }];
  let arguments = (ins Eke_AnyRows:$input, F32Attr:$cap);
  let results = (outs Eke_AnyRows:$result);
  let assemblyFormat = "$input `at` $cap attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def Eke_RotateOp : Eke_Op<"rotate", [
    Pure, Eke_OwnTraffic, Eke_RowWise, SameOperandsAndResultType]> {
  let summary = "Rotation of each row, so that no number sticks out";
  let description = [{
    Multiplies each of the `parts` equal parts of a row by an orthogonal matrix Q, or with
    `inverse` by its transpose:

        result[m, p * D + d] = sum_b input[m, p * D + b] * Q[b, d]

    Q has no number that is large beside the others of its row, so that one large number
    is spread over its part: 8 bits then hold rows that they could not (QuaRot, Ashkboos et
    al., arXiv 2404.00456). With D = m * p, and p the largest power of 2 up to 64 that
    divides it, it is the Kronecker product of a cosine transform of size m and a Hadamard
    matrix of size p, each with signs for its rows (`dialects/eke/Rotation.h`).

    Constraints:
    - (C1) `parts` is positive and divides the columns of `input`, and m is at most 1024

    Example:

    ```mlir
    %y = eke.rotate %x : tensor<?x192xf32>
    %z = eke.rotate %y inverse : tensor<?x192xf32>
    %u = eke.rotate %x parts 12 : tensor<?x192xf32>
    ```
  }];
  let arguments = (ins
    Eke_Rows:$input, DefaultValuedAttr<I64Attr, "1">:$parts, UnitAttr:$inverse
  );
  let results = (outs Eke_Rows:$result);
  let assemblyFormat = [{
    $input (`inverse` $inverse^)? (`parts` $parts^)? attr-dict `:` type($result)
  }];
  let hasVerifier = 1;
}

def Eke_FoldOp : Eke_Op<"fold", [
    Pure, Eke_OwnTraffic, DeclareOpInterfaceMethods<Eke_RowWise, ["getResultRows"]>]> {
  let summary = "A token of width D becomes N sub-tokens of width D/N";
  let description = [{
    Splits each row into `factor` rows, in order, so that one small projection
    serves all sub-tokens (folded attention, arXiv 2309.07988):

        result[m * N + i, k] = input[m, i * D/N + k]

    In memory the elements stay where they are. A fold of what was unfolded by the same
    factor is that itself, and folds on both sides of an op that works element by element
    go away.

    Constraints:
    - (C1) `factor` is positive and divides the columns of `input`
    - (C2) the result has `factor` times the rows and 1/`factor` of the columns

    Example:

    ```mlir
    %y = eke.fold %x by 4 : tensor<8x192xf32> -> tensor<32x48xf32>
    ```
  }];
  let arguments = (ins Eke_Rows:$input, I64Attr:$factor);
  let results = (outs Eke_Rows:$result);
  let assemblyFormat = [{
    $input `by` $factor attr-dict `:` type($input) `->` type($result)
  }];
  let hasVerifier = 1;
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def Eke_UnfoldOp : Eke_Op<"unfold", [
    Pure, Eke_OwnTraffic, DeclareOpInterfaceMethods<Eke_RowWise, ["getResultRows"]>]> {
  let summary = "N sub-tokens become one token again";
  let description = [{
    The inverse of `eke.fold`: `result[m, i * D/N + k] = input[m * N + i, k]`.

    Constraints:
    - (C1) `factor` is positive and divides the rows of `input`, if these are known
    - (C2) the result has 1/`factor` of the rows and `factor` times the columns

    Example:

    ```mlir
    %y = eke.unfold %x by 4 : tensor<32x48xf32> -> tensor<8x192xf32>
    ```
  }];
  let arguments = (ins Eke_Rows:$input, I64Attr:$factor);
  let results = (outs Eke_Rows:$result);
  let assemblyFormat = [{
    $input `by` $factor attr-dict `:` type($input) `->` type($result)
  }];
  let hasVerifier = 1;
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def Eke_ExitOp : Eke_Op<"exit", [
    Eke_OwnTraffic, Eke_RowWise, SameOperandsAndResultType,
    DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "Inference may stop here";
  let description = [{
    Passes `hidden` on, and marks that the model named `head` may be applied to it:
    to draft at most `drafts` tokens, which the blocks behind verify (Elhoushi et al.,
    arXiv 2404.16710), or to stop where the head gives its best token a probability
    of at least `threshold`. `acceptance_rate` is the share of drafts that the blocks
    behind accept, where it was measured. `eke-outline-exits` makes entry points of the parts
    before and behind; plain decoding takes no exit.

    Constraints:
    - (C1) exactly one of `drafts` and `threshold` is given; `drafts` is from 1
      to 15, `threshold` between 0 and 1; `acceptance_rate` is from 0 to 1, and only
      given with `drafts`
    - (C2) `head` is an `eke.model` whose first argument has the columns of `hidden`
    - (C3) it stands in an `eke.model`, behind an op that applies a block or takes a
      state: before the first block there is nothing to draft with
    - (C4) no exit before it in the same model has `drafts`, if it has

    Example:

    ```mlir
    eke.block @decoder(%x: tensor<?x192xf32>) -> tensor<?x192xf32> {
      %y = eke.activate %x with silu : tensor<?x192xf32>
      eke.yield %y : tensor<?x192xf32>
    }
    eke.model @head(%h: tensor<?x192xf32>) -> tensor<?x192xf32> rows [1] {
      eke.yield %h : tensor<?x192xf32>
    }
    eke.model @trunk(%x: tensor<?x192xf32>) -> tensor<?x192xf32> rows [1, 4] {
      %0 = eke.apply @decoder(%x) : (tensor<?x192xf32>) -> tensor<?x192xf32>
      %1 = eke.exit %0 head @head drafts 3 acceptance_rate 7.0e-1 : tensor<?x192xf32>
      %2 = eke.apply @decoder(%1) : (tensor<?x192xf32>) -> tensor<?x192xf32>
      eke.yield %2 : tensor<?x192xf32>
    }
    ```
  }];
  let arguments = (ins
    Eke_Rows:$hidden, FlatSymbolRefAttr:$head,
    OptionalAttr<I64Attr>:$drafts, OptionalAttr<F32Attr>:$threshold,
    OptionalAttr<F32Attr>:$acceptance_rate
  );
  let results = (outs Eke_Rows:$result);
  let assemblyFormat = [{
    $hidden `head` $head (`drafts` $drafts^)? (`threshold` $threshold^)?
    (`acceptance_rate` $acceptance_rate^)? attr-dict
    `:` type($result)
  }];
  let hasVerifier = 1;
}

#endif // EKE_DIALECTS_EKE_EKEOPS_TD
