"""Hears where there is sound in raw audio: what fakes of speech recognizers have in place of an ear."""
import array

MULAW = []
for code in range(256):
    value = ~code & 0xFF
    sample = (((value & 0x0F) << 3) + 0x84) << ((value & 0x70) >> 4)
    MULAW.append(0x84 - sample if value & 0x80 else sample - 0x84)
LOUD = 328  # -40 dB of full scale


class Ear:
    """Stretches of sound in audio of 10 ms steps; times in seconds of audio."""

    def __init__(self, encoding, rate, endpointing):
        self.encoding, self.rate, self.endpointing = encoding, rate, endpointing
        self.pending = b""
        self.frames = 0
        self.sounding = False
        self.last_loud = -1.0
        self.loud_steps = 0

    @property
    def seconds(self):
        return self.frames / self.rate

    def feed(self, data):
        """Yields "start" and "end"."""
        width = 1 if self.encoding == "mulaw" else 2
        step = self.rate // 100 * width
        self.pending += data
        while len(self.pending) >= step:
            piece, self.pending = self.pending[:step], self.pending[step:]
            samples = [MULAW[b] for b in piece] if width == 1 else array.array("h", piece)
            loud = sum(abs(s) for s in samples) / len(samples) > LOUD
            self.frames += len(samples)
            self.loud_steps = self.loud_steps + 1 if loud else 0
            if loud:
                self.last_loud = self.seconds
            if self.loud_steps >= 3 and not self.sounding:
                self.sounding = True
                yield "start"
            elif self.sounding and self.seconds - self.last_loud >= self.endpointing:
                self.sounding = False
                yield "end"
