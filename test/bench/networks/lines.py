"""The networks and single layers that are compared, each a line of the table."""

from dataclasses import dataclass
from typing import Callable

from .graph import Graph

INFINITE = float("inf")


@dataclass(frozen=True)
class Line:
    name: str
    title: str
    build: Callable  # the graph of this name
    formats: tuple = ("f32", "i8")

    def graph(self):
        return self.build(self.name)


def resnet8(name):
    """The network of MLPerf Tiny for 32 × 32 images of ten kinds, up to its logits."""
    graph = Graph(name, (1, 32, 32, 3), images=True)
    x = graph.conv(graph.inputs[0], 16, 3, most=INFINITE)
    for channels, stride in ((16, 1), (32, 2), (64, 2)):
        y = graph.conv(x, channels, 3, stride, most=INFINITE)
        y = graph.conv(y, channels, 3)
        if stride > 1:
            x = graph.conv(x, channels, 1, stride)
        x = graph.add(x, y, most=INFINITE)
    graph.results = [graph.linear(graph.mean(x), 10)]
    return graph


def rounded(channels):
    """As MobileNet rounds: to a multiple of 8, but not by more than a tenth down."""
    result = max(8, int(channels + 4) // 8 * 8)
    return result if result >= 0.9 * channels else result + 8


MOBILENET_STAGES = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2),
                    (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))


def inverted_residual(graph, x, expansion, channels, stride):
    y = x
    if expansion > 1:
        y = graph.conv(y, expansion * x.shape[3], 1, most=6.0)
    y = graph.depthwise(y, 3, stride, most=6.0)
    y = graph.conv(y, channels, 1)
    return graph.add(x, y) if x.shape == y.shape else y


def mobilenet(name, width=0.35, size=96):
    graph = Graph(name, (1, size, size, 3), images=True)
    x = graph.conv(graph.inputs[0], rounded(32 * width), 3, 2, most=6.0)
    for expansion, channels, count, stride in MOBILENET_STAGES:
        for index in range(count):
            x = inverted_residual(graph, x, expansion, rounded(channels * width),
                                  1 if index else stride)
    x = graph.conv(x, 1280, 1, most=6.0)
    graph.results = [graph.linear(graph.mean(x), 1000)]
    return graph


def attention(graph, x, heads):
    tokens, width = x.shape
    size = width // heads
    query, key, value = (graph.reshape(graph.linear(x, width), tokens, heads, size)
                         for _ in range(3))
    query = graph.transpose(query, 1, 0, 2)
    key = graph.transpose(key, 1, 2, 0)
    value = graph.transpose(value, 1, 0, 2)
    scores = graph.scale(graph.matmul(query, key), size ** -0.5)
    mixed = graph.matmul(graph.softmax(scores), value)
    mixed = graph.reshape(graph.transpose(mixed, 1, 0, 2), tokens, width)
    return graph.linear(mixed, width)


def vit_block(name, tokens=197, width=192, heads=3):
    graph = Graph(name, (tokens, width))
    x = graph.inputs[0]
    x = graph.add(x, attention(graph, graph.layer_norm(x), heads))
    y = graph.linear(graph.layer_norm(x), 4 * width)
    graph.results = [graph.add(x, graph.linear(graph.gelu(y), width))]
    return graph


def single(name, layer, shape, *arguments, images=False, **options):
    """One layer; its name is that of Graph's method."""
    graph = Graph(name, shape, images=images)
    graph.results = [getattr(graph, layer)(graph.inputs[0], *arguments, **options)]
    return graph


def layer(name, title, *arguments, formats=("f32", "i8"), **options):
    return Line(name, title, lambda name: single(name, *arguments, **options), formats)


FLOAT = ("f32",)
LINES = [
    Line("resnet8", "ResNet-8 of MLPerf Tiny, 32×32×3", resnet8),
    Line("mobilenet", "MobileNet-v2, width 0.35, 96×96×3", mobilenet),
    Line("vit-block", "ViT block, 197 tokens, width 192, 3 heads", vit_block, FLOAT),
    layer("lstm", "LSTM of 256, 16 steps of 256", "lstm", (16, 256), 256, formats=FLOAT),
    layer("conv", "convolution 3×3, 16×16×32 to 64", "conv", (1, 16, 16, 32), 64, 3,
          images=True, most=INFINITE),
    layer("pointwise", "convolution 1×1, 14×14×96 to 576", "conv", (1, 14, 14, 96), 576, 1,
          images=True, most=6.0),
    layer("depthwise", "depthwise convolution 3×3, 24×24×96", "depthwise", (1, 24, 24, 96), 3,
          images=True, most=6.0),
    layer("linear-row", "fully connected, 1×640 to 128", "linear", (1, 640), 128),
    layer("linear-rows", "fully connected, 197×192 to 768", "linear", (197, 192), 768),
    layer("linear-deep", "fully connected, 197×768 to 192", "linear", (197, 768), 192),
    layer("softmax-rows", "softmax, 3×197×197", "softmax", (3, 197, 197), formats=FLOAT),
    layer("softmax-row", "softmax, 1×1000", "softmax", (1, 1000), formats=FLOAT),
    layer("layer-norm", "layer norm, 197×192", "layer_norm", (197, 192), formats=FLOAT),
    layer("transpose", "transpose, 512×512", "transpose", (512, 512), 1, 0, formats=FLOAT),
    layer("channels-first", "NHWC to NCHW, 1×56×56×64", "transpose", (1, 56, 56, 64),
          0, 3, 1, 2, formats=FLOAT),
]
