// With a file, pipelines get its schedules first and those of recipes otherwise.

// RUN: split-file %s %t
// RUN: eke-opt %t/model.mlir --eke-choose-schedules=schedules=%t/good.mlir -o %t/out.mlir
// RUN: FileCheck %s < %t/out.mlir
// RUN: eke-opt %t/out.mlir --eke-choose-schedules=schedules=%t/good.mlir | diff %t/out.mlir -

// CHECK-LABEL: func.func @layer(
// CHECK:         halide.pipeline "layer.a.exp"
// CHECK:         schedule [#halide.stage<"exp", unroll(i, 2)>]
// CHECK:         halide.pipeline "layer.b.exp"
// CHECK:         schedule [#halide.stage<"exp", unroll(i, 2)>]
// CHECK:         halide.pipeline "layer.c.exp"
// CHECK:         schedule [#halide.stage<"exp", vectorize(i, 32)>]

// RUN: not eke-opt %t/model.mlir --eke-choose-schedules=schedules=%t/unknown.mlir 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// UNKNOWN: unknown.mlir:2:1: error: no pipeline is called "layer.d.exp"; the phase 'pipelines' gives them their names

// RUN: not eke-opt %t/model.mlir --eke-choose-schedules=schedules=%t/twice.mlir 2>&1 | FileCheck %s --check-prefix=TWICE
// TWICE: twice.mlir:2:1: error: pipeline "layer.a.exp" has two schedules, expected one
// TWICE: twice.mlir:1:1: note: this is the other

// RUN: not eke-opt %t/model.mlir --eke-choose-schedules=schedules=%t/misfit.mlir 2>&1 | FileCheck %s --check-prefix=MISFIT
// MISFIT: misfit.mlir:1:1: error: 'halide.schedule' op stage "exp" has no loop 'k' at this point of its schedule
// MISFIT: model.mlir:{{.*}}: note: in pipeline "layer.b.exp"

// RUN: not eke-opt %t/model.mlir --eke-choose-schedules=schedules=%t/syntax.mlir 2>&1 | FileCheck %s --check-prefix=SYNTAX
// SYNTAX: syntax.mlir:1:57: error: unknown directive 'unwind'

// RUN: not eke-opt %t/model.mlir --eke-choose-schedules=schedules=%t/other.mlir 2>&1 | FileCheck %s --check-prefix=OTHER
// OTHER: other.mlir:1:1: error: 'func.func' in a file of schedules, expected only 'halide.schedule'

// RUN: not eke-opt %t/model.mlir --eke-choose-schedules=schedules=%t/none.mlir 2>&1 | FileCheck %s --check-prefix=NONE
// NONE: error: {{.*}}none.mlir

// Schedules for another target or format are right, but may not be good.
// RUN: eke-opt %t/model.mlir --eke-choose-schedules=schedules=%t/elsewhere.mlir 2>&1 -o /dev/null | FileCheck %s --check-prefix=ELSEWHERE
// ELSEWHERE: elsewhere.mlir:1:1: warning: the schedules were chosen for ["cortex-a53", "i8"], and are used for ["x86-64-v3", "i4"]

// A schedule that is in the model stays.
// RUN: eke-opt %t/edited.mlir --eke-choose-schedules=schedules=%t/edits.mlir 2>%t/errors | FileCheck %s --check-prefix=EDITED
// RUN: FileCheck %s --check-prefix=KEEPS < %t/errors
// EDITED: halide.pipeline "layer.a.exp"
// EDITED: schedule [#halide.stage<"exp", unroll(i, 4)>]
// KEEPS: edits.mlir:1:1: warning: pipeline "layer.a.exp" keeps the schedule that it has already

//--- model.mlir
module attributes {eke.weights_format = #eke.storage<i4>, eke.target = #eke.target<
    name = "x86-64-v3", triple = "x86_64-linux-gnu", cpu = "x86-64-v3", features = "+avx2",
    halide = "x86-64-linux-avx2", vector_bits = 256, memories = [<l1d, cache, capacity = 32768>, <dram, ram>]>} {
  func.func @layer(%x: tensor<64xf32>, %e: tensor<64xf32>) -> tensor<64xf32> {
    %a = halide.pipeline "layer.a.exp" ins(%x : tensor<64xf32>) outs(%e : tensor<64xf32>) {
    ^bb0(%i: tensor<64xf32>, %o: tensor<64xf32>):
      %z = linalg.exp {halide.stage = "exp", halide.vars = ["i"]}
          ins(%i : tensor<64xf32>) outs(%o : tensor<64xf32>) -> tensor<64xf32>
      halide.yield %z : tensor<64xf32>
    } -> tensor<64xf32>
    %b = halide.pipeline "layer.b.exp" ins(%a : tensor<64xf32>) outs(%e : tensor<64xf32>) {
    ^bb0(%i: tensor<64xf32>, %o: tensor<64xf32>):
      %z = linalg.exp {halide.stage = "exp", halide.vars = ["i"]}
          ins(%i : tensor<64xf32>) outs(%o : tensor<64xf32>) -> tensor<64xf32>
      halide.yield %z : tensor<64xf32>
    } -> tensor<64xf32>
    %c = halide.pipeline "layer.c.exp" ins(%b : tensor<64xf32>) outs(%e : tensor<64xf32>) {
    ^bb0(%i: tensor<64xf32>, %o: tensor<64xf32>):
      %z = linalg.exp {halide.stage = "exp", halide.vars = ["i"]}
          ins(%i : tensor<64xf32>) outs(%o : tensor<64xf32>) -> tensor<64xf32>
      halide.yield %z : tensor<64xf32>
    } -> tensor<64xf32>
    return %c : tensor<64xf32>
  }
}
//--- good.mlir
module attributes {eke.tuned_for = ["x86-64-v3", "i4"]} {
  halide.schedule ["layer.a.exp", "layer.b.exp"] = [#halide.stage<"exp", unroll(i, 2)>]
}
//--- unknown.mlir
halide.schedule ["layer.a.exp"] = []
halide.schedule ["layer.d.exp"] = []
//--- twice.mlir
halide.schedule ["layer.a.exp"] = []
halide.schedule ["layer.b.exp", "layer.a.exp"] = []
//--- misfit.mlir
halide.schedule ["layer.b.exp"] = [#halide.stage<"exp", unroll(k, 2)>]
//--- syntax.mlir
halide.schedule ["layer.a.exp"] = [#halide.stage<"exp", unwind(i)>]
//--- other.mlir
func.func private @layer()
//--- elsewhere.mlir
module attributes {eke.tuned_for = ["cortex-a53", "i8"]} {}
//--- edited.mlir
func.func @layer(%x: tensor<64xf32>, %e: tensor<64xf32>) -> tensor<64xf32> {
  %a = halide.pipeline "layer.a.exp" ins(%x : tensor<64xf32>) outs(%e : tensor<64xf32>) {
  ^bb0(%i: tensor<64xf32>, %o: tensor<64xf32>):
    %z = linalg.exp {halide.stage = "exp", halide.vars = ["i"]}
        ins(%i : tensor<64xf32>) outs(%o : tensor<64xf32>) -> tensor<64xf32>
    halide.yield %z : tensor<64xf32>
  } schedule [#halide.stage<"exp", unroll(i, 4)>] -> tensor<64xf32>
  return %a : tensor<64xf32>
}
//--- edits.mlir
halide.schedule ["layer.a.exp"] = [#halide.stage<"exp", unroll(i, 2)>]
