"""Prints a decoder-only language model without blocks, as an importer of graphs
without structure would make it: every layer is written out, `repeats` times in a
row with the same weights (as MobileLLM-LS does) and caches of its own."""

import sys

LAYERS, REPEATS = int(sys.argv[1]), int(sys.argv[2])
D, KV, F, VOCAB, C = 8, 4, 16, 32, 16

ROWS = {"norm1": f"{D}", "q": f"{D}x{D}", "k": f"{KV}x{D}", "v": f"{KV}x{D}",
        "o": f"{D}x{D}", "norm2": f"{D}", "gate": f"{F}x{D}", "up": f"{F}x{D}",
        "down": f"{D}x{F}"}
offset = 0


def weight(name, shape):
    global offset
    count = 1
    for dim in shape.split("x"):
        count *= int(dim)
    print(f'eke.weight @{name} : tensor<{shape}xf32> = '
          f'<"m.bin", offset = {offset}, length = {4 * count}, element = f32>')
    offset += 4 * count


def rows(columns):
    return f"tensor<?x{columns}xf32>"


def linear(result, x, layer, name):
    n, k = ROWS[name].split("x")
    print(f"%{result}.w = eke.use @l{layer}.{name} : tensor<{n}x{k}xf32>")
    print(f"%{result} = eke.linear %{x}, %{result}.w : "
          f"({rows(k)}, tensor<{n}x{k}xf32>) -> {rows(n)}")


def norm(result, x, weight):
    print(f"%{result}.w = eke.use @{weight} : tensor<{D}xf32>")
    print(f"%{result} = eke.norm %{x}, %{result}.w epsilon 1.0e-5 : "
          f"({rows(D)}, tensor<{D}xf32>) -> {rows(D)}")


def block(run, layer, x):
    p = f"r{run}."
    cache = f"tensor<{C}x2x2xf32>"
    norm(p + "n", x, f"l{layer}.norm1")
    for name in "qkv":
        linear(p + name, p + "n", layer, name)
    for name, columns in (("q", D), ("k", KV)):
        print(f"%{p}{name}r = eke.rope %{p}{name}, %table : "
              f"({rows(columns)}, tensor<?x2x1xf32>) -> {rows(columns)}")
    print(f"%{p}kc = eke.read @kv{run}.k : {cache}")
    print(f"%{p}vc = eke.read @kv{run}.v : {cache}")
    print(f"%{p}a, %{p}kn, %{p}vn = eke.attention %{p}qr, %{p}kr, %{p}v at %position "
          f"caches %{p}kc, %{p}vc heads 4 kv_heads 2 scale 0.70710678 : "
          f"({rows(D)}, {rows(KV)}, {rows(KV)}, index, {cache}, {cache}) -> "
          f"({rows(D)}, {cache}, {cache})")
    print(f"eke.write %{p}kn, @kv{run}.k : {cache}")
    print(f"eke.write %{p}vn, @kv{run}.v : {cache}")
    linear(p + "o", p + "a", layer, "o")
    print(f"%{p}h = arith.addf %{x}, %{p}o : {rows(D)}")
    norm(p + "m", p + "h", f"l{layer}.norm2")
    linear(p + "gate", p + "m", layer, "gate")
    linear(p + "up", p + "m", layer, "up")
    print(f"%{p}glu = eke.glu %{p}gate, %{p}up activation silu : {rows(F)}")
    linear(p + "down", p + "glu", layer, "down")
    print(f"%{p}y = arith.addf %{p}h, %{p}down : {rows(D)}")
    return p + "y"


weight("embed", f"{VOCAB}x{D}")
for layer in range(LAYERS):
    for name, shape in ROWS.items():
        weight(f"l{layer}.{name}", shape)
weight("norm", f"{D}")
for run in range(LAYERS * REPEATS):
    print(f"eke.state @kv{run}.k : tensor<{C}x2x2xf32>")
    print(f"eke.state @kv{run}.v : tensor<{C}x2x2xf32>")

print(f"eke.model @lm(%tokens: tensor<?xi32>, %position: index) "
      f"-> {rows(VOCAB)} rows [1, 4] {{")
print(f"%embed = eke.use @embed : tensor<{VOCAB}x{D}xf32>")
print(f"%x = eke.embed %tokens, %embed : "
      f"(tensor<?xi32>, tensor<{VOCAB}x{D}xf32>) -> {rows(D)}")
print(f"%table = eke.rope_table %x, %position theta 1.0e4 head_dim 2 : "
      f"({rows(D)}, index) -> tensor<?x2x1xf32>")
value = "x"
for run in range(LAYERS * REPEATS):
    value = block(run, run // REPEATS, value)
norm("n", value, "norm")
print(f"%logits = eke.linear %n, %embed : "
      f"({rows(D)}, tensor<{VOCAB}x{D}xf32>) -> {rows(VOCAB)}")
print(f"eke.yield %logits : {rows(VOCAB)}")
print("}")
