"""Batches of windows of tokens; which are in one depends on the step alone."""

import hashlib

import numpy
import torch

from losses import IGNORED, generator


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

    def digest(self):
        """Tells this text from another."""
        return hashlib.sha256(self.tokens.tobytes()).hexdigest()


class Mixed:
    """Half of each batch from `windows`, half of what a model generated.

    generated: N x (T + 1) tokens. They are no text to learn from, so the targets of these
    windows are ignored; exits learn there from what the last one says.
    """

    def __init__(self, windows, generated):
        if generated.ndim != 2 or generated.shape[1] != windows.length + 1:
            raise ValueError(f"generated tokens have the shape {generated.shape}; "
                             f"expected windows of {windows.length + 1} tokens")
        self.windows, self.generated = windows, generated
        self.share = windows.batch // 2
        if not 0 < self.share <= len(generated):
            raise ValueError(f"{len(generated)} generated windows are too few for half of "
                             f"a batch of {windows.batch}")

    def chosen(self, step):
        """Which of the generated windows are in a step: all of them before one comes again."""
        epoch, place = divmod(step, len(self.generated) // self.share)
        order = torch.randperm(len(self.generated), generator=generator(self.windows.seed, 3, epoch))
        return order[place * self.share:(place + 1) * self.share].numpy()

    def __getitem__(self, step):
        inputs, targets = self.windows[step]
        ours = torch.from_numpy(self.generated[self.chosen(step)].astype(numpy.int64))
        inputs = torch.cat([inputs[self.share:], ours[:, :-1]])
        ignored = torch.full_like(ours[:, 1:], IGNORED)
        return inputs, torch.cat([targets[self.share:], ignored])

    def digest(self):
        return self.windows.digest() + hashlib.sha256(self.generated.tobytes()).hexdigest()


def cut(tokens, starts, length):
    places = numpy.asarray(starts)[:, None] + numpy.arange(length + 1)
    windows = torch.from_numpy(tokens[places].astype(numpy.int64))
    return windows[:, :-1], windows[:, 1:]
