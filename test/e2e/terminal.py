"""A chat on a terminal: a prompt, an answer that is interrupted, an end."""

import os
import pty
import select
import signal
import sys
import termios

from harness import expect, expect_equal

TIMEOUT = 120  # for one answer, also on a machine that is busy


class Terminal:
    def __init__(self, command):
        self.child, self.file = pty.fork()
        if self.child == 0:
            os.execv(command[0], [str(word) for word in command])
        settings = termios.tcgetattr(self.file)
        settings[3] &= ~termios.ECHO
        termios.tcsetattr(self.file, termios.TCSANOW, settings)
        self.text = ""

    def wait_for(self, end, more=0):
        """Reads up to a text, and so many characters more; returns what is in front."""
        while end not in self.text or len(self.text) < self.text.index(end) + len(end) + more:
            if not select.select([self.file], [], [], TIMEOUT)[0]:
                os.kill(self.child, signal.SIGKILL)
                sys.exit(f"no {end!r} came, but {self.text!r}")
            try:
                data = os.read(self.file, 4096)
            except OSError:  # the program has closed its side
                data = b""
            if not data:
                sys.exit(f"no {end!r} came before the end, but {self.text!r}")
            self.text += data.decode(errors="replace").replace("\r\n", "\n")
        before, self.text = self.text.split(end, 1)
        return before

    def type(self, text):
        os.write(self.file, text.encode())

    def finish(self):
        """The exit status."""
        while True:
            try:
                if not os.read(self.file, 4096):
                    break
            except OSError:
                break
        return os.waitstatus_to_exitcode(os.waitpid(self.child, 0)[1])


def check(program, question, wanted, *options):
    """`program` takes seconds for the answer to a long question, and answers a short one."""
    terminal = Terminal([program, "--chat", *options])
    terminal.wait_for("> ")
    terminal.type("Tell me a very long story about the sea, in a hundred sentences.\n")
    terminal.wait_for(" ", more=1)  # the answer has begun
    terminal.type("\x03")
    answer = terminal.wait_for("\n> ")
    expect(len(answer) > 0, f"an answer is interrupted after {len(answer)} characters")
    terminal.type("half a line\x03")
    terminal.wait_for("\n> ")
    terminal.type("/reset\n")
    terminal.wait_for("> ")
    terminal.type(f"{question}\n")
    expect_equal(terminal.wait_for("\n> "), wanted, "an answer after an interruption and /reset")
    terminal.type("\x04")
    expect_equal(terminal.finish(), 0, "the end of the input is the end")
