"""A command on a pseudo-terminal, and what is to be seen there. POSIX only."""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

SEQUENCE = re.compile(r"\x1b\[(\??)([0-9;]*)([A-Za-z])")


class Screen:
    """The part of a VT terminal that our commands use. Everything else is kept in `unknown`."""

    def __init__(self, columns, rows):
        self.columns, self.rows = columns, rows
        self.alternate = self.cursor_hidden = False
        self.unknown = []
        self.clear()

    def clear(self):
        self.lines = [""] * self.rows
        self.row = self.column = 0

    def feed(self, text):
        at = 0
        while at < len(text):
            match = SEQUENCE.match(text, at)
            if match:
                self.obey(*match.groups())
                at = match.end()
                continue
            if text[at] == "\r":
                self.column = 0
            elif text[at] == "\n":
                self.row = min(self.row + 1, self.rows - 1)
            elif text[at] < " " or "\x7f" <= text[at] < "\xa0":
                self.unknown.append(text[at : at + 20])
            elif self.row < self.rows:
                line = self.lines[self.row].ljust(self.column)
                self.lines[self.row] = line[: self.column] + text[at] + line[self.column + 1 :]
                self.column += 1
            at += 1

    def obey(self, private, parameters, final):
        if private and parameters == "1049":
            self.alternate = final == "h"
            self.clear()
        elif private and parameters == "25":
            self.cursor_hidden = final == "l"
        elif final == "H":
            row, column = (parameters or "1;1").split(";")
            self.row, self.column = int(row) - 1, int(column) - 1
        elif final == "J":
            self.lines = [""] * self.rows
        elif final == "K" and self.row < self.rows:
            self.lines[self.row] = self.lines[self.row][: self.column]
        elif final != "m" and not private:
            self.unknown.append(parameters + final)

    def text(self):
        return "\n".join(self.lines)


def take_terminal():
    """In the child: its standard input is its terminal, and signals that whoever started us ignores
    (nohup, a shell's job in the background) are what they are to a command in a terminal."""
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class PseudoTerminal:
    """`command` with a terminal of its own as its standard input and output (and errors)."""

    def __init__(self, command, columns=100, rows=24, **arguments):
        self.master, self.slave = pty.openpty()
        self.screen = Screen(columns, rows)
        self.set_size(columns, rows)
        self.before = termios.tcgetattr(self.slave)
        self.output = b""
        self.seen = 0
        self.process = subprocess.Popen(
            command, stdin=self.slave, stdout=self.slave, stderr=self.slave, start_new_session=True,
            preexec_fn=take_terminal, **arguments,
        )  # fmt: skip

    def set_size(self, columns, rows):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.screen.columns, self.screen.rows = columns, rows
        self.screen.clear()

    def read(self, seconds=0.05):
        """What comes within this time."""
        if select.select([self.master], [], [], seconds)[0]:
            try:
                self.output += os.read(self.master, 65536)
            except OSError:
                return
        # A character may have come in part.
        text = self.output[self.seen :].decode(errors="ignore")
        cut = text.rfind("\x1b", max(0, len(text) - 16))
        if cut >= 0 and not SEQUENCE.match(text, cut):
            text = text[:cut]
        self.seen += len(text.encode())
        self.screen.feed(text)

    def wait_for(self, condition, seconds=30):
        """Reads until `condition(screen)`; whether it came true."""
        deadline = time.monotonic() + seconds
        while not condition(self.screen):
            if time.monotonic() > deadline:
                return False
            self.read()
        return True

    def type(self, text):
        os.write(self.master, text.encode())

    def wait(self, seconds=30):
        """The exit code; None when it does not end."""
        deadline = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < deadline:
            self.read()
        self.read()
        return self.process.poll()

    def is_as_before(self):
        """The terminal's settings, and the screen that the shell had."""
        same = termios.tcgetattr(self.slave)[:4] == self.before[:4]
        return same and not self.screen.alternate and not self.screen.cursor_hidden

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
        os.close(self.master)
        os.close(self.slave)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
