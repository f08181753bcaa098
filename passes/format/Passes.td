//===- Passes.td - Weights and caches have formats ---------*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_FORMAT_PASSES_TD
#define EKE_PASSES_FORMAT_PASSES_TD

include "mlir/Pass/PassBase.td"

def AttachStoragesPass : Pass<"eke-attach-storages", "::mlir::ModuleOp"> {
  let summary = "Tell weights which format they shall have";
  let description = [{
    Gives each weight that the module attribute `eke.storage` names the storage that it
    has there, in place of what it asked for itself, and drops that attribute. So a plan
    of formats, as `eke compress` writes it and `--formats=FILE` reads it, reaches the weights.
    It comes behind the passes that share weights, as the plan names what is left by these;
    a name that no weight has is an error.

    Example:

    ```mlir
    module attributes {eke.storage = {w = #eke.storage<i4>}} {
      eke.weight @w : tensor<4x32xf32> = <"m.bin", offset = 0, length = 512, element = f32>
    }
    ```

    becomes

    ```mlir
    module {
      eke.weight @w : tensor<4x32xf32> = <"m.bin", offset = 0, length = 512, element = f32>
          {eke.storage = #eke.storage<i4>}
    }
    ```
  }];
}

def SpecializeBlocksPass : Pass<"eke-specialize-blocks", "::mlir::ModuleOp"> {
  let summary = "Make copies of blocks for weights that shall be stored differently";
  let description = [{
    An argument of a block has one type, so all weights that are bound to it are stored
    alike. Where the `eke.storage` of weights says otherwise, this makes a copy of the block
    for each combination of storages, and applies to these. Layers that are equal still become
    one kernel. A remark says how many copies there are.

    Example:

    ```mlir
    module {
      eke.weight @a : tensor<8x8xf32> = <"m.bin", offset = 0, length = 256, element = f32>
      eke.weight @b : tensor<8x8xf32> = <"m.bin", offset = 256, length = 256, element = f32>
          {eke.storage = #eke.storage<i4>}
      eke.block @layer(%x: tensor<1x8xf32>) weights(%w: tensor<8x8xf32>) -> tensor<1x8xf32> {
        %y = eke.linear %x, %w : (tensor<1x8xf32>, tensor<8x8xf32>) -> tensor<1x8xf32>
        eke.yield %y : tensor<1x8xf32>
      }
      eke.model @net(%x: tensor<1x8xf32>) -> tensor<1x8xf32> {
        %a = eke.use @a : tensor<8x8xf32>
        %0 = eke.apply @layer(%x) weights(%a)
             : (tensor<1x8xf32>, tensor<8x8xf32>) -> tensor<1x8xf32>
        %b = eke.use @b : tensor<8x8xf32>
        %1 = eke.apply @layer(%0) weights(%b)
             : (tensor<1x8xf32>, tensor<8x8xf32>) -> tensor<1x8xf32>
        eke.yield %1 : tensor<1x8xf32>
      }
    }
    ```

    becomes

    ```mlir
    module {
      eke.weight @a : tensor<8x8xf32> = <"m.bin", offset = 0, length = 256, element = f32>
      eke.weight @b : tensor<8x8xf32> = <"m.bin", offset = 256, length = 256, element = f32>
          {eke.storage = #eke.storage<i4>}
      eke.block @layer(%x: tensor<1x8xf32>) weights(%w: tensor<8x8xf32>) -> tensor<1x8xf32> {
        %y = eke.linear %x, %w : (tensor<1x8xf32>, tensor<8x8xf32>) -> tensor<1x8xf32>
        eke.yield %y : tensor<1x8xf32>
      }
      eke.block @layer_0(%x: tensor<1x8xf32>) weights(%w: tensor<8x8xf32>) -> tensor<1x8xf32> {
        %y = eke.linear %x, %w : (tensor<1x8xf32>, tensor<8x8xf32>) -> tensor<1x8xf32>
        eke.yield %y : tensor<1x8xf32>
      }
      eke.model @net(%x: tensor<1x8xf32>) -> tensor<1x8xf32> {
        %a = eke.use @a : tensor<8x8xf32>
        %0 = eke.apply @layer(%x) weights(%a)
             : (tensor<1x8xf32>, tensor<8x8xf32>) -> tensor<1x8xf32>
        %b = eke.use @b : tensor<8x8xf32>
        %1 = eke.apply @layer_0(%0) weights(%b)
             : (tensor<1x8xf32>, tensor<8x8xf32>) -> tensor<1x8xf32>
        eke.yield %1 : tensor<1x8xf32>
      }
    }
    ```
  }];
}

def ChooseFormatsPass : Pass<"eke-choose-formats", "::mlir::ModuleOp"> {
  let summary = "Give every matrix the storage format asked for";
  let description = [{
    Sets the encoding of every rank-2 weight that only `WeightUser`s read, as an
    operand that may be compressed, to the format that the module attribute
    `eke.weights_format` names; of the blocks' arguments accordingly. A weight
    with an `eke.storage` of its own gets exactly that; weights that already have a format
    keep it. Vectors stay in f32.

    Where the module has `eke.head_format`, that is the format of matrices that
    `eke.embed` looks rows up in, and of those that a model's results are products with
    (but for a softcap): rounding them costs more quality than others, as nothing behind
    them evens it out.

    A format may have an alternative that holds the numbers of some weights much better:
    i4 has i4m for those that have been in 4 bits with a minimum before. Weights that are
    bound together get it if the squared error of a sample of their rows, in the files below
    `root`, is less than a fourth; a remark says so.

    `#eke.storage<keep>` asks for the smallest format that keeps the numbers as they are
    stored, of all weights that are bound together, in at most twice their bits. What no
    such format keeps is rounded to i8g, and a warning says so.

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
  let options = [
    Option<"root", "root", "std::string", /*default=*/"",
           "Folder that relative file names of payloads are relative to">,
  ];
}

def RotateResidualPass : Pass<"eke-rotate-residual", "::mlir::ModuleOp"> {
  let summary = "Rotate the residual stream, so that 8 bits hold its rows";
  let description = [{
    A few channels of a language model's rows are many times as large as the others. One
    scale for a row then leaves few of its 255 steps to the rest. Where the module has
    `eke.rotate`, this gives the residual stream, from embedded tokens to the end of the
    model, in another basis, in which no channel sticks out (QuaRot, Ashkboos et al., arXiv
    2404.00456): in real numbers, the model stays the same.

    Weights take the rotation up, as their payloads say: `rotated_inputs` of what reads
    the stream, `rotated_outputs` of what is added to it. The scales of norms, which only
    hold for the old basis, become factors of the weights behind them. What is left to
    compute is an `eke.rotate` where rows enter and leave a model, around a norm whose scale
    nothing behind it can have, as a head that is the embedding as well, and, in parts of 16 inputs, of what an activation
    gives. What entries with roles hand to each other, by one name, stays rotated.

    With a remark, everything stays as it is if the errors of the weights' formats would
    grow (as those of numbers do that have been rounded to 4 bits before: `root` is where
    the files are that a sample of them is measured in), if something else than linear layers adds
    to the stream, something else than root mean square norms in front of linear layers
    reads it, or a weight is used otherwise, too.

    Example:

    ```mlir
    module attributes {eke.rotate = true} {
      eke.weight @e : tensor<8x16xf32> = <"m.bin", offset = 0, length = 512, element = f32>
      eke.weight @g : tensor<16xf32> = <"m.bin", offset = 512, length = 64, element = f32>
      eke.weight @w : tensor<4x16xf32> = <"m.bin", offset = 576, length = 256, element = f32>
      eke.model @net(%tokens: tensor<2xi32>) -> tensor<2x4xf32> {
        %e = eke.use @e : tensor<8x16xf32>
        %x = eke.embed %tokens, %e : (tensor<2xi32>, tensor<8x16xf32>) -> tensor<2x16xf32>
        %g = eke.use @g : tensor<16xf32>
        %n = eke.norm %x, %g epsilon 1.0e-5
             : (tensor<2x16xf32>, tensor<16xf32>) -> tensor<2x16xf32>
        %w = eke.use @w : tensor<4x16xf32>
        %y = eke.linear %n, %w : (tensor<2x16xf32>, tensor<4x16xf32>) -> tensor<2x4xf32>
        eke.yield %y : tensor<2x4xf32>
      }
    }
    ```

    becomes

    ```mlir
    module attributes {eke.rotate = true} {
      eke.weight @e : tensor<8x16xf32>
          = <"m.bin", offset = 0, length = 512, element = f32, rotated_inputs = 1>
      eke.weight @w : tensor<4x16xf32>
          = <"m.bin", offset = 576, length = 256, element = f32,
             scale = <"m.bin", offset = 512, length = 64, element = f32>,
             rotated_inputs = 1>
      eke.model @net(%tokens: tensor<2xi32>) -> tensor<2x4xf32> {
        %e = eke.use @e : tensor<8x16xf32>
        %x = eke.embed %tokens, %e : (tensor<2xi32>, tensor<8x16xf32>) -> tensor<2x16xf32>
        %n = eke.norm %x epsilon 1.0e-5 : (tensor<2x16xf32>) -> tensor<2x16xf32>
        %w = eke.use @w : tensor<4x16xf32>
        %y = eke.linear %n, %w : (tensor<2x16xf32>, tensor<4x16xf32>) -> tensor<2x4xf32>
        eke.yield %y : tensor<2x4xf32>
      }
    }
    ```
  }];
  let options = [
    Option<"root", "root", "std::string", /*default=*/"",
           "Folder that relative file names of payloads are relative to">,
  ];
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
    of the same format become one, and keep the attributes that all have. The weights of a block's arguments become one for
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

def CollectMomentsPass : Pass<"eke-collect-moments", "::mlir::ModuleOp"> {
  let summary = "Make a program that says what the inputs of layers are like";
  let description = [{
    Where the module has `eke.collect_moments`, the program becomes one that measures: for every
    matrix whose format is coarse and rounds its numbers, a state `moments.NAME` sums up
    x x^T over all rows x that are multiplied with it, in the basis that they have then
    (`eke-rotate-residual`). All matrices get f32, so that what is measured is the model
    itself; blocks are inlined, because every weight has moments of its own. Weights that
    multiply the same rows, as query, key and value do, share the state of the first.

    `eke compile --calibrate=FILE` runs such a program, and rounds the weights by what it
    finds (`eke-attach-moments`).

    Example:

    ```mlir
    module attributes {eke.collect_moments} {
      eke.weight @w : tensor<4x32xf32, #eke.format<i4, group = 32>>
          = <"m.bin", offset = 0, length = 512, element = f32>
      eke.model @net(%x: tensor<2x32xf32>) -> tensor<2x4xf32> {
        %w = eke.use @w : tensor<4x32xf32, #eke.format<i4, group = 32>>
        %y = eke.linear %x, %w
             : (tensor<2x32xf32>, tensor<4x32xf32, #eke.format<i4, group = 32>>) -> tensor<2x4xf32>
        eke.yield %y : tensor<2x4xf32>
      }
    }
    ```

    becomes

    ```mlir
    module attributes {eke.collect_moments} {
      eke.weight @w : tensor<4x32xf32, #eke.format<f32>>
          = <"m.bin", offset = 0, length = 512, element = f32>
      eke.state @moments.w : tensor<32x32xf32>
      eke.model @net(%x: tensor<2x32xf32>) -> tensor<2x4xf32> {
        %w = eke.use @w : tensor<4x32xf32, #eke.format<f32>>
        %m0 = eke.read @moments.w : tensor<32x32xf32>
        %m1 = linalg.generic {
            indexing_maps = [affine_map<(i, j, r) -> (r, i)>, affine_map<(i, j, r) -> (r, j)>,
                             affine_map<(i, j, r) -> (i, j)>],
            iterator_types = ["parallel", "parallel", "reduction"]}
            ins(%x, %x : tensor<2x32xf32>, tensor<2x32xf32>) outs(%m0 : tensor<32x32xf32>) {
        ^bb0(%a: f32, %b: f32, %s: f32):
          %p = arith.mulf %a, %b : f32
          %t = arith.addf %s, %p : f32
          linalg.yield %t : f32
        } -> tensor<32x32xf32>
        eke.write %m1, @moments.w : tensor<32x32xf32>
        %y = eke.linear %x, %w
             : (tensor<2x32xf32>, tensor<4x32xf32, #eke.format<f32>>) -> tensor<2x4xf32>
        eke.yield %y : tensor<2x4xf32>
      }
    }
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect"];
}

def AttachMomentsPass : Pass<"eke-attach-moments", "::mlir::ModuleOp"> {
  let summary = "Tell weights what their inputs are like";
  let description = [{
    Gives each weight whose format is coarse the moments that the module attribute
    `eke.moments` has for its name, and drops that attribute. Who packs the weight rounds it so
    that products with such inputs change least, not the numbers themselves
    (`FormatInterface::compensate`). A weight for which there are none takes those of another
    one that multiplies the same rows. It comes behind the pass that rotates weights and in
    front of the one that joins them, as `eke-collect-moments` does, so that both mean the same
    weights. A remark says which weights there are no moments for.

    Example:

    ```mlir
    module attributes {eke.moments = {
        w = #eke.payload<"moments.safetensors", offset = 80, length = 4096, element = f32>}} {
      eke.weight @w : tensor<4x32xf32, #eke.format<i4, group = 32>>
          = <"m.bin", offset = 0, length = 512, element = f32>
    }
    ```

    becomes

    ```mlir
    module {
      eke.weight @w : tensor<4x32xf32, #eke.format<i4, group = 32>>
          = <"m.bin", offset = 0, length = 512, element = f32>
          {eke.moments = #eke.payload<"moments.safetensors", offset = 80, length = 4096,
                                      element = f32>}
    }
    ```
  }];
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

#endif // EKE_PASSES_FORMAT_PASSES_TD
