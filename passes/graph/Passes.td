//===- Passes.td - Equal things exist once -----------------*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_GRAPH_PASSES_TD
#define EKE_PASSES_GRAPH_PASSES_TD

include "mlir/Pass/PassBase.td"

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

def InlineBlocksPass : Pass<"eke-inline-blocks", "::mlir::ModuleOp"> {
  let summary = "Put blocks in the place of their applies";
  let description = [{
    Leaves models without blocks. Every use of a weight stands by itself then, and may have
    another format than those it shared a block with. It is no part of a phase: where a weight
    is looked at alone (`eke-collect-moments`, `eke compile --attribute`), that is worth more than small
    code.

    Example:

    ```mlir
    eke.weight @a : tensor<8x8xf32> = <"m.bin", offset = 0, length = 256, element = f32>
    eke.block @layer(%x: tensor<1x8xf32>) weights(%w: tensor<8x8xf32>) -> tensor<1x8xf32> {
      %y = eke.linear %x, %w : (tensor<1x8xf32>, tensor<8x8xf32>) -> tensor<1x8xf32>
      eke.yield %y : tensor<1x8xf32>
    }
    eke.model @net(%x: tensor<1x8xf32>) -> tensor<1x8xf32> {
      %a = eke.use @a : tensor<8x8xf32>
      %y = eke.apply @layer(%x) weights(%a) : (tensor<1x8xf32>, tensor<8x8xf32>) -> tensor<1x8xf32>
      eke.yield %y : tensor<1x8xf32>
    }
    ```

    becomes

    ```mlir
    eke.weight @a : tensor<8x8xf32> = <"m.bin", offset = 0, length = 256, element = f32>
    eke.model @net(%x: tensor<1x8xf32>) -> tensor<1x8xf32> {
      %a = eke.use @a : tensor<8x8xf32>
      %y = eke.linear %x, %a : (tensor<1x8xf32>, tensor<8x8xf32>) -> tensor<1x8xf32>
      eke.yield %y : tensor<1x8xf32>
    }
    ```
  }];
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

#endif // EKE_PASSES_GRAPH_PASSES_TD
