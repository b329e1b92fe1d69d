"""Named checks, printed as TAP when all are made."""


class Checks:
    def __init__(self):
        self.lines = []
        self.count = 0

    def __call__(self, name, good, detail=""):
        self.count += 1
        self.lines.append(f"{'ok' if good else 'not ok'} {self.count} - {name}")
        if not good:
            self.lines += [f"# {line}" for line in str(detail).splitlines()]

    def print(self):
        print("\n".join([f"1..{self.count}", *self.lines]))
