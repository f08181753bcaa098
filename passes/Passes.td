//===- Passes.td - All passes of the compiler, by phase ----*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_PASSES_TD
#define EKE_PASSES_PASSES_TD

include "mlir/Pass/PassBase.td"

//===----------------------------------------------------------------------===//
// graph: equal weights and equal blocks exist once, row counts are fixed
//===----------------------------------------------------------------------===//

def ShareWeightsPass : Pass<"eke-share-weights", "::mlir::ModuleOp"> {
  let summary = "Keep one copy of weights with equal contents";
  let description = [{
    Redirects every use of a weight to the first weight of the module that has
    the same type and payload, and erases the duplicate. Payloads are equal if
    they are the same bytes of the same file, or different bytes that compare
    equal. Weights that already have a format or a place are left alone: sharing
    would undo a decision.

    Example:

    ```mlir
    eke.weight @q0 : tensor<4x16xf32> = <"m.bin", offset = 0, length = 256, element = f32>
    eke.weight @q1 : tensor<4x16xf32> = <"m.bin", offset = 0, length = 256, element = f32>
    eke.model @step(%x: tensor<?x16xf32>) -> tensor<?x4xf32> rows [1] {
      %w = eke.use @q1 : tensor<4x16xf32>
      %y = eke.linear %x, %w : (tensor<?x16xf32>, tensor<4x16xf32>) -> tensor<?x4xf32>
      eke.yield %y : tensor<?x4xf32>
    }
    ```

    becomes

    ```mlir
    eke.weight @q0 : tensor<4x16xf32> = <"m.bin", offset = 0, length = 256, element = f32>
    eke.model @step(%x: tensor<?x16xf32>) -> tensor<?x4xf32> rows [1] {
      %w = eke.use @q0 : tensor<4x16xf32>
      %y = eke.linear %x, %w : (tensor<?x16xf32>, tensor<4x16xf32>) -> tensor<?x4xf32>
      eke.yield %y : tensor<?x4xf32>
    }
    ```
  }];
  let options = [
    Option<"root", "root", "std::string", /*default=*/"",
           "Folder that relative file names of payloads are relative to">,
    Option<"maxShared", "max-shared", "unsigned", /*default=*/"~0u",
           "Stop after this many weights (to bisect a miscompile)">,
  ];
}

def RerollBlocksPass : Pass<"eke-reroll-blocks", "::mlir::ModuleOp"> {
  let summary = "Turn repeated runs of layers into applies of one block";
  let description = [{
    Finds a stretch of layers in a model that repeats, one repetition after the
    other, with the same ops, attributes and types, and outlines it as an
    `eke.block`. The repetitions may differ in the weights and states they use;
    one value may pass from each to the next, beside states; all else they read must
    be the same for all. Then code size does not grow with depth.

    A stretch is outlined if it repeats at least `min-repeats` times and has at
    least two layers. The longest stretch of layers in total is taken first; of
    equals, the one with the shortest body, so that a block applied twice in a
    row to the same weights becomes two applies. Equal blocks, also of other
    models, exist once.

    A block takes the value that is carried, then other rows, then what else is
    read from outside, then weights, then states, each in the order of their first
    use. A weight is an argument also where all repetitions use the same one: it
    can then have a format, and a remark can tell that it is shared. What comes from
    `eke.read`, or from another op as the new value of a state, is a state.

    Not outlined are repetitions that

    - have more than one value that is read elsewhere, states apart: their applies
      would not be one loop;
    - take a state that something else reads too, which would cost a copy of it, or
      that gets its new value elsewhere;
    - contain an `eke.apply`, whose layers are in a block already, or an op with
      regions;
    - read other values than tensors and scalars.

    Example:

    ```mlir
    eke.weight @a : tensor<4x4xf32> = <"m.bin", offset = 0, length = 64, element = f32>
    eke.weight @b : tensor<4x4xf32> = <"m.bin", offset = 64, length = 64, element = f32>
    eke.model @step(%x: tensor<?x4xf32>) -> tensor<?x4xf32> rows [1] {
      %a = eke.use @a : tensor<4x4xf32>
      %0 = eke.linear %x, %a : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
      %1 = eke.activate %0 with silu : tensor<?x4xf32>
      %b = eke.use @b : tensor<4x4xf32>
      %2 = eke.linear %1, %b : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
      %3 = eke.activate %2 with silu : tensor<?x4xf32>
      eke.yield %3 : tensor<?x4xf32>
    }
    ```

    becomes

    ```mlir
    eke.weight @a : tensor<4x4xf32> = <"m.bin", offset = 0, length = 64, element = f32>
    eke.weight @b : tensor<4x4xf32> = <"m.bin", offset = 64, length = 64, element = f32>
    eke.block @step_block(%x: tensor<?x4xf32>) weights(%w: tensor<4x4xf32>) -> tensor<?x4xf32> {
      %0 = eke.linear %x, %w : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
      %1 = eke.activate %0 with silu : tensor<?x4xf32>
      eke.yield %1 : tensor<?x4xf32>
    }
    eke.model @step(%x: tensor<?x4xf32>) -> tensor<?x4xf32> rows [1] {
      %a = eke.use @a : tensor<4x4xf32>
      %0 = eke.apply @step_block(%x) weights(%a) : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
      %b = eke.use @b : tensor<4x4xf32>
      %1 = eke.apply @step_block(%0) weights(%b) : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
      eke.yield %1 : tensor<?x4xf32>
    }
    ```
  }];
  let options = [
    Option<"minRepeats", "min-repeats", "unsigned", /*default=*/"2",
           "Repetitions from which a stretch becomes a block">,
  ];
}

def OutlineExitsPass : Pass<"eke-outline-exits", "::mlir::ModuleOp"> {
  let summary = "Make entry points of the blocks before and behind an exit";
  let description = [{
    For the model with an `eke.exit`, adds two models:

    - `@draft`: what the exit's operand needs, for one row;
    - `@verify`: what follows, on rows of the hidden states that `@draft` gave (the
      exit-query cache): for 1, 2, 3, 4, 6, 8, … and `drafts + 1` rows, or, behind an exit
      with a threshold, for the rows of the model.

    All apply the same blocks with the same weights and states, so code, weights and
    caches exist once. The exit itself is taken out: the model is the plain step.
    The two have the roles `draft` and `verify`; the head of plain decoding is the
    model of the role `head`.
    What the program has to know goes to `eke.language`, if there is one: `runs` and
    `exit`, the uses of blocks in all and before the exit, `drafts`, `threshold`, and
    by which it decides how many tokens to draft: `head`, `exit_head` and `rows`,
    costs that are measured or taken from how many elements the matrices have.

    Only hidden states cross an exit: what both sides read, such as the table of
    rotary angles, is computed on both. It is an error if that needs a token. A state
    is written by the side that computes its new value.

    Example:

    ```mlir
    eke.block @decoder(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
      %y = eke.activate %x with silu : tensor<?x8xf32>
      eke.yield %y : tensor<?x8xf32>
    }
    eke.model @head(%h: tensor<?x8xf32>) -> tensor<?x8xf32> rows [1, 2, 3, 4] {
      eke.yield %h : tensor<?x8xf32>
    }
    eke.model @trunk(%x: tensor<?x8xf32>) -> tensor<?x8xf32> rows [1, 16] {
      %0 = eke.apply @decoder(%x) : (tensor<?x8xf32>) -> tensor<?x8xf32>
      %1 = eke.exit %0 head @head drafts 3 : tensor<?x8xf32>
      %2 = eke.apply @decoder(%1) : (tensor<?x8xf32>) -> tensor<?x8xf32>
      eke.yield %2 : tensor<?x8xf32>
    }
    ```

    becomes

    ```mlir
    eke.block @decoder(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
      %y = eke.activate %x with silu : tensor<?x8xf32>
      eke.yield %y : tensor<?x8xf32>
    }
    eke.model @head(%h: tensor<?x8xf32>) -> tensor<?x8xf32> rows [1, 2, 3, 4] {
      eke.yield %h : tensor<?x8xf32>
    }
    eke.model @trunk(%x: tensor<?x8xf32>) -> tensor<?x8xf32> rows [1, 16] {
      %0 = eke.apply @decoder(%x) : (tensor<?x8xf32>) -> tensor<?x8xf32>
      %1 = eke.apply @decoder(%0) : (tensor<?x8xf32>) -> tensor<?x8xf32>
      eke.yield %1 : tensor<?x8xf32>
    }
    eke.model @draft(%x: tensor<?x8xf32>) -> tensor<?x8xf32> rows [1]
        attributes {eke.entry = #eke.entry<role = "draft">} {
      %0 = eke.apply @decoder(%x) : (tensor<?x8xf32>) -> tensor<?x8xf32>
      eke.yield %0 : tensor<?x8xf32>
    }
    eke.model @verify(%h: tensor<?x8xf32>) -> tensor<?x8xf32> rows [1, 2, 3, 4]
        attributes {eke.entry = #eke.entry<role = "verify">} {
      %0 = eke.apply @decoder(%h) : (tensor<?x8xf32>) -> tensor<?x8xf32>
      eke.yield %0 : tensor<?x8xf32>
    }
    ```
  }];
  let options = [
    Option<"head", "head", "float", /*default=*/"-1.0f",
           "What a head costs, in runs of a block; negative: by their elements">,
    Option<"exitHeadCost", "exit-head", "float", /*default=*/"-1.0f",
           "The same for the head at the exit">,
    ListOption<"rowCosts", "rows", "float",
               "What blocks and head cost for 1, 2, … drafts + 1 rows, in parts of one "
               "row; without them, 0.4 for each row more that is computed">,
  ];
}

def SpecializeRowsPass : Pass<"eke-specialize-rows", "::mlir::ModuleOp"> {
  let summary = "Make one model for each row count";
  let description = [{
    Replaces every `eke.model` that has `rows` by one model for each count, with
    static shapes, and every block by one block for each count it is applied at.
    Rows are followed from op to op through `RowWise`; element-wise ops keep
    them. Only the position in the caches stays dynamic.

    Example:

    ```mlir
    eke.model @step(%x: tensor<?x4xf32>) -> tensor<?x4xf32> rows [1, 8] {
      %0 = eke.activate %x with silu : tensor<?x4xf32>
      eke.yield %0 : tensor<?x4xf32>
    }
    ```

    becomes

    ```mlir
    eke.model @step_1(%x: tensor<1x4xf32>) -> tensor<1x4xf32> rows [1] {
      %0 = eke.activate %x with silu : tensor<1x4xf32>
      eke.yield %0 : tensor<1x4xf32>
    }
    eke.model @step_8(%x: tensor<8x4xf32>) -> tensor<8x4xf32> rows [8] {
      %0 = eke.activate %x with silu : tensor<8x4xf32>
      eke.yield %0 : tensor<8x4xf32>
    }
    ```
  }];
}

def BoundArgumentsPass : Pass<"eke-bound-arguments", "::mlir::ModuleOp"> {
  let summary = "Write what callers of a model may pass";
  let description = [{
    Gives every argument of a model by which an op reaches into memory, in the model
    or in blocks, the `eke.bounds` that all those ops ask for (`Indexing`): a token
    is a row of the table, a position leaves room in the caches for all rows. Bounds
    that an argument has already are narrowed. The program checks an argument before
    it runs an entry. It is an error if an argument can be no number at all, such as
    the position of more rows than the caches have.

    Example:

    ```mlir
    eke.weight @e : tensor<64x8xf32> = <"m.bin", offset = 0, length = 2048, element = f32>
    eke.model @step(%t: tensor<2xi32>) -> tensor<2x8xf32> {
      %e = eke.use @e : tensor<64x8xf32>
      %0 = eke.embed %t, %e : (tensor<2xi32>, tensor<64x8xf32>) -> tensor<2x8xf32>
      eke.yield %0 : tensor<2x8xf32>
    }
    ```

    becomes

    ```mlir
    eke.weight @e : tensor<64x8xf32> = <"m.bin", offset = 0, length = 2048, element = f32>
    eke.model @step(%t: tensor<2xi32> {eke.bounds = #eke.bounds<0, 63>}) -> tensor<2x8xf32> {
      %e = eke.use @e : tensor<64x8xf32>
      %0 = eke.embed %t, %e : (tensor<2xi32>, tensor<64x8xf32>) -> tensor<2x8xf32>
      eke.yield %0 : tensor<2x8xf32>
    }
    ```
  }];
}

//===----------------------------------------------------------------------===//
// format: every matrix and every cache has a format
//===----------------------------------------------------------------------===//

def ChooseFormatsPass : Pass<"eke-choose-formats", "::mlir::ModuleOp"> {
  let summary = "Give every matrix the storage format asked for";
  let description = [{
    Sets the encoding of every rank-2 weight that only `WeightUser`s read, as an
    operand that may be compressed, to the format that the module attribute
    `eke.weights_format` names; of the blocks' arguments accordingly. A weight
    with an `eke.storage` of its own gets that; weights that already have a format keep
    it. Vectors stay in f32.

    Example:

    ```mlir
    module attributes {eke.weights_format = #eke.storage<i8>} {
      eke.weight @w : tensor<4x16xf32> = <"m.bin", offset = 0, length = 256, element = f32>
    }
    ```

    becomes

    ```mlir
    module attributes {eke.weights_format = #eke.storage<i8>} {
      eke.weight @w : tensor<4x16xf32, #eke.format<i8>>
          = <"m.bin", offset = 0, length = 256, element = f32>
    }
    ```
  }];
}

def FuseLinearsPass : Pass<"eke-fuse-linears", "::mlir::ModuleOp"> {
  let summary = "Compute linear layers of the same rows as one";
  let description = [{
    Makes one `eke.linear` of those that multiply the same rows, as query, key and
    value do: one kernel, which threads share out once (horizontal fusion). The
    payloads of the weights become those of one weight, one behind the other along
    the output channels; likewise the biases. What used the results reads slices.
    Every number is computed as before.

    It comes after formats are chosen, because it follows that choice: only weights
    of the same format become one. The weights of a block's arguments become one for
    every apply. Blocks that bind the same weights are changed together or not at
    all, so that a weight never is in the image twice.

    With a remark, a layer stays by itself if

    - its weight has another format than those before it, or it has a bias and they
      have none, or the other way round;
    - an op reads its result element by element: that op joins the layer's kernel;
    - its weight is used elsewhere too, or is no weight;
    - its number of rows is not known yet.

    Example:

    ```mlir
    eke.weight @q : tensor<4x16xf32> = <"m.bin", offset = 0, length = 256, element = f32>
    eke.weight @k : tensor<2x16xf32> = <"m.bin", offset = 256, length = 128, element = f32>
    eke.model @step(%x: tensor<1x16xf32>) -> (tensor<1x4xf32>, tensor<1x2xf32>) {
      %q = eke.use @q : tensor<4x16xf32>
      %0 = eke.linear %x, %q : (tensor<1x16xf32>, tensor<4x16xf32>) -> tensor<1x4xf32>
      %k = eke.use @k : tensor<2x16xf32>
      %1 = eke.linear %x, %k : (tensor<1x16xf32>, tensor<2x16xf32>) -> tensor<1x2xf32>
      eke.yield %0, %1 : tensor<1x4xf32>, tensor<1x2xf32>
    }
    ```

    becomes

    ```mlir
    eke.weight @"q+k" : tensor<6x16xf32>
        = [<"m.bin", offset = 0, length = 256, element = f32>,
           <"m.bin", offset = 256, length = 128, element = f32>]
    eke.model @step(%x: tensor<1x16xf32>) -> (tensor<1x4xf32>, tensor<1x2xf32>) {
      %w = eke.use @"q+k" : tensor<6x16xf32>
      %y = eke.linear %x, %w : (tensor<1x16xf32>, tensor<6x16xf32>) -> tensor<1x6xf32>
      %0 = tensor.extract_slice %y[0, 0] [1, 4] [1, 1] : tensor<1x6xf32> to tensor<1x4xf32>
      %1 = tensor.extract_slice %y[0, 4] [1, 2] [1, 1] : tensor<1x6xf32> to tensor<1x2xf32>
      eke.yield %0, %1 : tensor<1x4xf32>, tensor<1x2xf32>
    }
    ```
  }];
  let dependentDialects = ["::mlir::tensor::TensorDialect"];
}

def ChooseCacheFormatsPass : Pass<"eke-choose-cache-formats", "::mlir::ModuleOp"> {
  let summary = "Give every cache the element type asked for";
  let description = [{
    Sets the element type of every f32 state whose values only `StateUser`s make and
    take that round to it to the one that the module attribute `eke.caches_format`
    names, `f16` or `f32`; of all values of the state accordingly. In f16 a KV cache has half the bytes to
    keep and to read, and a relative error of 2^-11 per element.

    Example:

    ```mlir
    module attributes {eke.caches_format = f16} {
      eke.state @kv0.k : tensor<256x2x32xf32>
    }
    ```

    becomes

    ```mlir
    module attributes {eke.caches_format = f16} {
      eke.state @kv0.k : tensor<256x2x32xf16>
    }
    ```
  }];
}

def PackProductsPass : Pass<"eke-pack-products", "::mlir::ModuleOp"> {
  let summary = "Lay constant weights out as the target multiplies them";
  let description = [{
    Of a sum of products of linalg, of any rank, whose weight is a constant tensor: puts
    the weight's output channels innermost, so that they are the lanes of a vector. Of
    integers (i8 times i8 into i32), as many inputs of each channel as the target sums up
    by one instruction lie inside of them, with zeros where some are missing, and the
    data gets the form that this instruction takes: 16 bits, or unsigned. A zero point of
    the data goes into what the sums start from: sum (x - z) y = sum x y - z sum y.

    Numbers do not change. What has no constant weight, or another body, stays.

    Example:

    ```mlir
    func.func @f(%x: tensor<8x4xf32>, %e: tensor<8x2xf32>) -> tensor<8x2xf32> {
      %w = arith.constant dense<[[0.0, 1.0, 2.0, 3.0], [4.0, 5.0, 6.0, 7.0]]> : tensor<2x4xf32>
      %y = linalg.generic {
          indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
                           affine_map<(m, n, k) -> (m, n)>],
          iterator_types = ["parallel", "parallel", "reduction"]}
          ins(%x, %w : tensor<8x4xf32>, tensor<2x4xf32>) outs(%e : tensor<8x2xf32>) {
      ^bb0(%a: f32, %b: f32, %s: f32):
        %p = arith.mulf %a, %b : f32
        %t = arith.addf %s, %p : f32
        linalg.yield %t : f32
      } -> tensor<8x2xf32>
      return %y : tensor<8x2xf32>
    }
    ```

    reads the weight

    ```text
    arith.constant dense<{{.*}}> : tensor<4x2xf32>
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

//===----------------------------------------------------------------------===//
// memory: every weight and every state has a place
//===----------------------------------------------------------------------===//

def StoreConstantsPass : Pass<"eke-store-constants", "::mlir::ModuleOp"> {
  let summary = "Turn large constants of models into weights";
  let description = [{
    An `arith.constant` of more than 64 elements and 128 bytes becomes an `eke.weight`
    and a use of it, so that it lies in the image, with all others. Equal constants
    become one weight. It is called as the constant's location is.

    Constants stay that are of one value, or have elements of no whole bytes: those are
    no parameters of a model. It comes late, because constants can be folded and packed.

    Example:

    ```mlir
    eke.model @net(%x: tensor<16x16xf32>) -> tensor<16x16xf32> {
      %0 = arith.constant dense_resource<table> : tensor<16x16xf32>
      %1 = arith.addf %x, %0 : tensor<16x16xf32>
      eke.yield %1 : tensor<16x16xf32>
    }
    ```

    becomes

    ```mlir
    eke.weight @constant : tensor<16x16xf32> = dense_resource<table> : tensor<16x16xf32>
    eke.model @net(%x: tensor<16x16xf32>) -> tensor<16x16xf32> {
      %0 = eke.use @constant : tensor<16x16xf32>
      %1 = arith.addf %x, %0 : tensor<16x16xf32>
      eke.yield %1 : tensor<16x16xf32>
    }
    ```
  }];
  let dependentDialects = ["::mlir::eke::EkeDialect"];
}

def PlaceWeightsPass : Pass<"eke-place-weights", "::mlir::ModuleOp"> {
  let summary = "Lay out the weight image and the states";
  let description = [{
    Gives every weight without a place an offset in the image, in the order of
    the module, and every state an offset in the states; erases weights and
    states that nothing uses. The sizes go into the module attributes
    `eke.image_bytes` and `eke.state_bytes`.

    A remark says, for every block whose weights several consecutive applies
    share, whether the block's weights fit a cache of the target.

    Example:

    ```mlir
    eke.weight @g : tensor<4xf32> = <"m.bin", offset = 0, length = 16, element = f32>
    eke.model @step(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
      %g = eke.use @g : tensor<4xf32>
      %y = eke.norm %x, %g epsilon 1.0e-5 : (tensor<1x4xf32>, tensor<4xf32>) -> tensor<1x4xf32>
      eke.yield %y : tensor<1x4xf32>
    }
    ```

    becomes

    ```mlir
    module attributes {eke.image_bytes = 64 : i64, eke.state_bytes = 0 : i64} {
      eke.weight @g : tensor<4xf32> = <"m.bin", offset = 0, length = 16, element = f32>
          place <dram, offset = 0>
      eke.model @step(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
        %g = eke.use @g : tensor<4xf32>
        %y = eke.norm %x, %g epsilon 1.0e-5 : (tensor<1x4xf32>, tensor<4xf32>) -> tensor<1x4xf32>
        eke.yield %y : tensor<1x4xf32>
      }
    }
    ```
  }];
}

//===----------------------------------------------------------------------===//
// lower: eke to linalg, pipelines, schedules, buffers
//===----------------------------------------------------------------------===//

def EkeToLinalgPass : Pass<"eke-to-linalg", "::mlir::ModuleOp"> {
  let summary = "Lower models and blocks to functions on linalg";
  let description = [{
    Every block becomes a function, every model an entry function. Arguments are
    buffers (inputs, weights, states, then the outputs); inside, the algorithm is
    linalg on tensors. Weights and states that have a place are views of the image
    `@eke_weights` and of the entry's argument `%state`. Applies of a block each of
    which passes its values to the next become a loop over a table of offsets, so
    that code does not grow with depth.

    A state is one tensor on its memory, which gets its new value at the end, when
    outputs are stored: bufferisation works in place where nothing else needs the old
    value. An apply works on the memory itself if its states come straight from
    `eke.read` (or another such apply), go straight to `eke.write`, and have no other
    use; else on a copy.

    An entry function carries an `#eke.entry`: the model's, and with it its name, its
    rows, and its inputs and outputs. A remark is given for each `eke.exit`, which
    plain decoding passes by.

    Example:

    ```mlir
    eke.model @step_1(%x: tensor<1x4xf32> {eke.name = "x"})
        -> (tensor<1x4xf32> {eke.name = "y"}) rows [1] {
      %0 = eke.activate %x with relu : tensor<1x4xf32>
      eke.yield %0 : tensor<1x4xf32>
    }
    ```

    becomes

    ```mlir
    func.func @step_1(%x: memref<1x4xf32>, %y: memref<1x4xf32>, %state: memref<0xi8>)
        attributes {eke.entry = #eke.entry<name = "step", rows = 1,
                        inputs = [#eke.argument<"x">], outputs = [#eke.argument<"y">]>} {
      %0 = bufferization.to_tensor %x restrict : memref<1x4xf32> to tensor<1x4xf32>
      %e = tensor.empty() : tensor<1x4xf32>
      %1 = linalg.generic {
          indexing_maps = [affine_map<(m, k) -> (m, k)>, affine_map<(m, k) -> (m, k)>],
          iterator_types = ["parallel", "parallel"]}
          ins(%0 : tensor<1x4xf32>) outs(%e : tensor<1x4xf32>)
          attrs = {halide.stage = "activate", halide.vars = ["m", "k"]} {
      ^bb0(%in: f32, %out: f32):
        %zero = arith.constant 0.0 : f32
        %2 = arith.maximumf %in, %zero fastmath<nnan> : f32
        linalg.yield %2 : f32
      } -> tensor<1x4xf32>
      bufferization.materialize_in_destination %1 in restrict writable %y
          : (tensor<1x4xf32>, memref<1x4xf32>) -> ()
      return
    }
    ```
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::bufferization::BufferizationDialect",
    "::mlir::func::FuncDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::math::MathDialect", "::mlir::memref::MemRefDialect",
    "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect",
  ];
}

def FormPipelinesPass : Pass<"eke-form-pipelines", "::mlir::ModuleOp"> {
  let summary = "Group linalg ops into halide pipelines";
  let description = [{
    Moves the linalg ops of every function into `halide.pipeline`s. An op joins the
    pipeline of a producer if nothing in between needs that pipeline's results or
    writes to memory that the pipeline reads, and

    - the pipeline is row-wise (no product with a matrix), and so is the op; or
    - the pipeline is a product, and the op follows element by element, or adds up
      the product's partial sums, and nothing else needs the product. Its loops
      take over the names of the product's. If it follows two products of one shape
      so, as a gated unit does, both are in the pipeline; the stages of the second
      have names that end in `_2`; or
    - the op starts from what the pipeline computes, as a sum from a bias.

    A product is a reduction that reads something again for other results, such as a
    matrix, or through a window that moves. Reductions after a product, and products of
    what a pipeline computes, start a pipeline of their own: the value between goes
    through memory once. What all ops with dynamic extents say of them in
    `halide.extent_multiple` holds for the pipeline.

    A stage is called what its lowering called it, or what it does; a pipeline, after
    its layer and its product or its last stage. Both are unique. An op that no kernel
    can compute (because of its element type, say) stays outside, with a remark.

    Arithmetic on f16 becomes arithmetic on f32, each result of which is rounded to f16
    again, which gives the same numbers; exp, tanh and erf become polynomials.

    Example:

    ```mlir
    func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {
      %e = tensor.empty() : tensor<4xf32>
      %y = linalg.exp ins(%x : tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
      return %y : tensor<4xf32>
    }
    ```

    becomes

    ```mlir
    func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {
      %e = tensor.empty() : tensor<4xf32>
      %y = halide.pipeline "f.exp" ins(%x : tensor<4xf32>) outs(%e : tensor<4xf32>) {
      ^bb0(%a: tensor<4xf32>, %b: tensor<4xf32>):
        %z = linalg.exp {halide.stage = "exp"} ins(%a : tensor<4xf32>) outs(%b : tensor<4xf32>) -> tensor<4xf32>
        halide.yield %z : tensor<4xf32>
      } -> tensor<4xf32>
      return %y : tensor<4xf32>
    }
    ```
  }];
  let dependentDialects = ["::mlir::eke::halide::HalideDialect"];
}

def ChooseSchedulesPass : Pass<"eke-choose-schedules", "::mlir::ModuleOp"> {
  let summary = "Give every pipeline a schedule for the target";
  let description = [{
    Picks a recipe for every `halide.pipeline` that has no schedule: by its structure
    (a sum of products, where each input is read, what follows), never by names; by its
    shape, and by the module's `eke.target`. Pipelines that have a schedule keep it, so a
    schedule edited by hand stays. A stage that its schedule stores in full, and that is
    too large for a stack, becomes a result, which has a place in the arena.

    With `schedules=FILE`, pipelines get the schedules that the file has for them
    first: a module with one `halide.schedule` for each kernel, as `eke tune` writes
    it. An entry for a pipeline that does not exist, or whose schedule does not fit,
    is an error at its place in the file.

    Example:

    ```mlir
    func.func @f(%x: tensor<64xf32>, %e: tensor<64xf32>) -> tensor<64xf32> {
      %y = halide.pipeline "f.exp" ins(%x : tensor<64xf32>) outs(%e : tensor<64xf32>) {
      ^bb0(%a: tensor<64xf32>, %b: tensor<64xf32>):
        %z = linalg.exp {halide.stage = "exp", halide.vars = ["i"]}
            ins(%a : tensor<64xf32>) outs(%b : tensor<64xf32>) -> tensor<64xf32>
        halide.yield %z : tensor<64xf32>
      } -> tensor<64xf32>
      return %y : tensor<64xf32>
    }
    ```

    gives the pipeline

    ```text
    schedule [#halide.stage<"exp", vectorize(i, 8)>]
    ```
  }];
  let options = [
    Option<"schedules", "schedules", "std::string", /*default=*/"",
           "A file of schedules that come before the recipes">,
  ];
  let dependentDialects = ["::mlir::eke::halide::HalideDialect"];
}

def InlinePipelinesPass : Pass<"halide-inline-pipelines"> {
  let summary = "Turn pipelines back into plain linalg";
  let description = [{
    Replaces every `halide.pipeline` on tensors that Halide cannot take by its body,
    with a remark that says why; with `all`, every one. What Halide has refused before,
    while it compiled the kernel, says why in `halide.plain_loops`, and is replaced, too. What is inlined becomes
    plain loops. It is the fallback, and the second path that the results of the
    kernels are compared with.

    Example:

    ```mlir
    func.func @f(%x: tensor<4xf32>, %e: tensor<4xf32>) -> tensor<4xf32> {
      %y = halide.pipeline "f.exp" ins(%x : tensor<4xf32>) outs(%e : tensor<4xf32>) {
      ^bb0(%a: tensor<4xf32>, %b: tensor<4xf32>):
        %z = linalg.exp ins(%a : tensor<4xf32>) outs(%b : tensor<4xf32>) -> tensor<4xf32>
        halide.yield %z : tensor<4xf32>
      } -> tensor<4xf32>
      return %y : tensor<4xf32>
    }
    ```

    becomes, with `all`,

    ```mlir
    func.func @f(%x: tensor<4xf32>, %e: tensor<4xf32>) -> tensor<4xf32> {
      %z = linalg.exp ins(%x : tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
      return %z : tensor<4xf32>
    }
    ```
  }];
  let options = [
    Option<"all", "all", "bool", /*default=*/"false",
           "Inline every pipeline, also those that Halide can take">,
  ];
}

def BufferizePass : Pass<"eke-bufferize", "::mlir::ModuleOp"> {
  let summary = "Turn tensors into buffers";
  let description = [{
    One-shot bufferisation of everything outside the bodies of pipelines, after
    tensors without contents have been replaced by the buffer they end up in.
    Copies between buffers that are not contiguous become `linalg.generic`.

    Example:

    ```mlir
    func.func @f(%x: memref<4xf32>, %y: memref<4xf32>) {
      %0 = bufferization.to_tensor %x restrict : memref<4xf32> to tensor<4xf32>
      %e = tensor.empty() : tensor<4xf32>
      %1 = linalg.exp ins(%0 : tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
      bufferization.materialize_in_destination %1 in restrict writable %y
          : (tensor<4xf32>, memref<4xf32>) -> ()
      return
    }
    ```

    becomes

    ```mlir
    func.func @f(%x: memref<4xf32>, %y: memref<4xf32>) {
      linalg.exp ins(%x : memref<4xf32>) outs(%y : memref<4xf32>)
      return
    }
    ```
  }];
  let dependentDialects = [
    "::mlir::bufferization::BufferizationDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::memref::MemRefDialect",
    "::mlir::scf::SCFDialect",
  ];
}

def PlanArenaPass : Pass<"eke-plan-arena", "::mlir::ModuleOp"> {
  let summary = "Give every temporary buffer an offset in one arena";
  let description = [{
    Replaces every `memref.alloc` by a view of a new last argument `%arena`, so
    that buffers that are needed at the same time do not overlap. A buffer lives
    from its first to its last use; one that is allocated outside a loop and used
    inside lives throughout the loop. What a callee needs is a buffer of the
    caller that lives during the call. The attribute `eke.arena_bytes` of a
    function is what it needs, that of the module the most that an entry needs.

    Every entry gets the argument, used or not, and its `#eke.entry` the types of its
    tensors, since lowering to LLVM forgets them.

    A buffer of a size known only at run time gets the most it can need, if its
    size is also that of a view into something of known extent. Refused are other
    sizes known only at run time, layouts other than the identity, recursion, and a buffer that leaves the iteration that allocates it: its
    next incarnation would have the same place.

    A remark gives the arena's size and the lower bound, the most bytes that
    live at one time.

    Example:

    ```mlir
    func.func @step(%x: memref<16xf32>)
        attributes {eke.entry = #eke.entry<name = "step", rows = 1,
                        inputs = [#eke.argument<"x">], outputs = []>} {
      %0 = memref.alloc() : memref<16xf32>
      linalg.exp ins(%x : memref<16xf32>) outs(%0 : memref<16xf32>)
      linalg.add ins(%x, %0 : memref<16xf32>, memref<16xf32>) outs(%x : memref<16xf32>)
      return
    }
    ```

    becomes

    ```mlir
    module attributes {eke.arena_bytes = 64 : i64} {
      func.func @step(%x: memref<16xf32>, %arena: memref<64xi8>)
          attributes {eke.arena_bytes = 64 : i64,
                      eke.entry = #eke.entry<name = "step", rows = 1,
                          inputs = [#eke.argument<"x" as memref<16xf32>>], outputs = []>} {
        %c0 = arith.constant 0 : index
        %0 = memref.view %arena[%c0][] : memref<64xi8> to memref<16xf32>
        linalg.exp ins(%x : memref<16xf32>) outs(%0 : memref<16xf32>)
        linalg.add ins(%x, %0 : memref<16xf32>, memref<16xf32>) outs(%x : memref<16xf32>)
        return
      }
    }
    ```
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
    "::mlir::memref::MemRefDialect",
  ];
}

def LowerPipelineCallsPass : Pass<"eke-lower-pipeline-calls", "::mlir::ModuleOp"> {
  let summary = "Turn pipelines into kernels and calls of them";
  let description = [{
    Moves the body and the schedule of every bufferised `halide.pipeline` into a
    `halide.kernel` and calls that. Equal pipelines share one kernel. A kernel
    takes, for every memref, a `halide_buffer_t`, which the caller builds on its
    stack, and for every `index` a 64-bit integer. A label in front of every call
    names the pipeline: `eke profile` finds it in the program.

    Example:

    ```mlir
    func.func @step(%x: memref<64xf32>, %y: memref<64xf32>) {
      halide.pipeline "exp" ins(%x : memref<64xf32>) outs(%y : memref<64xf32>) {
      ^bb0(%a: tensor<64xf32>, %b: tensor<64xf32>):
        %o = linalg.exp ins(%a : tensor<64xf32>) outs(%b : tensor<64xf32>) -> tensor<64xf32>
        halide.yield %o : tensor<64xf32>
      }
      return
    }
    ```

    becomes

    ```text
    llvm.inline_asm has_side_effects "eke.call.exp.${:uid}:", "" : () -> ()
    %0 = llvm.call notail @exp(%x_buffer, %y_buffer) : (!llvm.ptr, !llvm.ptr) -> i32
    …
    halide.kernel @exp ins [memref<64xf32>] outs [memref<64xf32>] {…}
    ```
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::LLVM::LLVMDialect",
    "::mlir::memref::MemRefDialect", "::mlir::eke::halide::HalideDialect",
  ];
}

#endif // EKE_PASSES_PASSES_TD
