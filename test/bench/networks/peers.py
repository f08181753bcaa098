"""The other sides: ONNX Runtime and LiteRT, on one thread of this process."""

import time
from importlib.metadata import version

import ai_edge_litert.interpreter as litert
import numpy as np
import onnxruntime

from . import onnx_file, tflite_file
from .graph import Graph


class Peer:
    def seconds(self, count):
        """The processor's seconds of `count` calls from Python."""
        call, begin = self.call, time.process_time()
        for _ in range(count):
            call()
        return time.process_time() - begin


class OnnxRuntime(Peer):
    name, package = "ONNX Runtime", "onnxruntime"

    def __init__(self, graph, quantised, folder):
        path = folder / "network.onnx"
        onnx_file.write(path, graph, quantised)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self.session = onnxruntime.InferenceSession(str(path), options, ["CPUExecutionProvider"])
        self.images = graph.images

    def run(self, inputs):
        """The results for arrays as the graph has them, and the same call to be repeated."""
        inputs = [self.theirs(x) for x in inputs]
        self.binding = self.session.io_binding()
        for given, x in zip(self.session.get_inputs(), inputs):
            self.binding.bind_cpu_input(given.name, np.ascontiguousarray(x))
        for result in self.session.get_outputs():
            self.binding.bind_output(result.name)
        self.call()
        return [self.ours(x) for x in self.binding.copy_outputs_to_cpu()]

    def theirs(self, x):
        """An array of the graph as its file has it."""
        if x.dtype == np.int8:
            x = (x.astype(np.int16) + onnx_file.OFFSET).astype(np.uint8)
        return x.transpose(0, 3, 1, 2) if self.images and x.ndim == 4 else x

    def ours(self, x):
        if x.dtype == np.uint8:
            x = (x.astype(np.int16) - onnx_file.OFFSET).astype(np.int8)
        return x.transpose(0, 2, 3, 1) if self.images and x.ndim == 4 else x

    def call(self):
        self.session.run_with_iobinding(self.binding)


class LiteRt(Peer):
    name, package = "LiteRT", "ai-edge-litert"

    def __init__(self, graph, quantised, folder):
        path = folder / "network.tflite"
        tflite_file.write(path, graph, quantised)
        self.interpreter = litert.Interpreter(str(path), num_threads=1)  # with XNNPACK
        self.interpreter.allocate_tensors()
        self.call = self.interpreter.invoke

    def run(self, inputs):
        self.interpreter.reset_all_variables()
        for given, x in zip(self.interpreter.get_input_details(), inputs):
            self.interpreter.set_tensor(given["index"], x)
        self.call()
        return [self.interpreter.get_tensor(result["index"])
                for result in self.interpreter.get_output_details()]


PEERS = (OnnxRuntime, LiteRt)


def versions():
    return {peer.name: version(peer.package) for peer in PEERS}


def smallest_network():
    """An addition of two numbers: what calling a peer from Python takes, and no more."""
    graph = Graph("smallest", (1, 1))
    graph.results = [graph.add(graph.inputs[0], graph.inputs[0])]
    return graph
