"""What a test expects, said line by line, and how much of it does not hold."""


class Checks:
    def __init__(self):
        self.faults = 0

    def expect(self, holds, what):
        print(("" if holds else "WRONG: ") + what, flush=True)
        self.faults += not holds
