"""Batches of windows of a stream of tokens; where one starts depends on the step alone."""

import numpy
import torch

from losses import generator


class Windows:
    """Each epoch cuts the stream at another offset and shuffles the windows."""

    def __init__(self, tokens, length, batch, seed):
        self.tokens, self.length, self.batch, self.seed = tokens, length, batch, seed
        # One window less than fit leaves room for the offset.
        self.per_epoch = (len(tokens) - 1) // length - 1
        if self.per_epoch < batch:
            raise ValueError(f"{len(tokens)} tokens are too few for {batch} windows of {length}")

    def starts(self, step):
        """The first token of each window of a step."""
        epoch, place = divmod(step, self.per_epoch // self.batch)
        random = generator(self.seed, 1, epoch)
        offset = int(torch.randint(self.length, (1,), generator=random))
        order = torch.randperm(self.per_epoch, generator=random)
        return offset + self.length * order[place * self.batch:(place + 1) * self.batch]

    def __getitem__(self, step):
        """Inputs and targets of a step: B x T each, the targets one token on."""
        return cut(self.tokens, self.starts(step).numpy(), self.length)


def cut(tokens, starts, length):
    places = numpy.asarray(starts)[:, None] + numpy.arange(length + 1)
    windows = torch.from_numpy(tokens[places].astype(numpy.int64))
    return windows[:, :-1], windows[:, 1:]
