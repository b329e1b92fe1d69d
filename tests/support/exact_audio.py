"""Sound that passes unchanged, sample by sample: in recordings of calls and what services got or sent."""
import audioop
import wave

import numpy


def channel(path, number):
    """Of a recording of 16 bits: 0 the caller, 1 the agent."""
    with wave.open(str(path)) as file:
        samples = numpy.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
        return samples.reshape(-1, file.getnchannels())[:, number]


def decoded(mulaw):
    return numpy.frombuffer(audioop.ulaw2lin(mulaw, 2), dtype="<i2")


def find(samples, piece):
    """Where `piece` lies in `samples`, sample by sample; None: nowhere."""
    start = samples.tobytes().find(piece.tobytes())
    while start >= 0 and start % 2:
        start = samples.tobytes().find(piece.tobytes(), start + 1)
    return start // 2 if start >= 0 else None
