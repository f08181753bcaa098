module attributes {eke.tuned_for = ["x86-64-v3", "i4"]} {
  halide.schedule ["f.exp"] = [#halide.stage<"exp", unroll(i, 2)>]
  halide.schedule ["f.mul"] = [
    #halide.stage<"rows", compute_at("mul", i)>,
    #halide.stage<"mul", split(j, jo, ji, 8), vectorize(ji)>]
}
