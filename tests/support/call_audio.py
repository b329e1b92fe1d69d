"""Measures recordings of calls: speech spans, alignment, clicks, clipping, level. Needs numpy."""
import wave

import numpy


def read_wav(path):
    """(rate, list of channels as float arrays in -1..1) of a 16-bit WAV file."""
    with wave.open(str(path), "rb") as file:
        if file.getsampwidth() != 2:
            raise ValueError(f"{path}: {8 * file.getsampwidth()} bits a sample, expected 16")
        frames = numpy.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
        channels = file.getnchannels()
        samples = frames.reshape(-1, channels).astype(float) / 32768
        return file.getframerate(), [samples[:, i].copy() for i in range(channels)]


def read_raw(path):
    """Samples of a file of 16 bits without a header; of one that is still written, whole ones."""
    data = path.read_bytes()
    return numpy.frombuffer(data[: len(data) // 2 * 2], dtype="<i2").astype(float) / 32768


def rms(samples):
    return float(numpy.sqrt(numpy.mean(samples**2))) if len(samples) else 0.0


def envelope(samples, rate, frame_ms=10):
    """RMS of each frame of frame_ms."""
    frame = rate * frame_ms // 1000
    usable = len(samples) // frame * frame
    return numpy.sqrt(numpy.mean(samples[:usable].reshape(-1, frame) ** 2, axis=1))


def speech_spans(samples, rate, threshold=0.006, gap_s=0.3, shortest_s=0.04):
    """Spans (start, end in seconds) in which the level is over the threshold."""
    spans = []
    for index in numpy.flatnonzero(envelope(samples, rate) > threshold):
        at = index * 0.01
        if spans and at - spans[-1][1] <= gap_s:
            spans[-1][1] = at + 0.01
        else:
            spans.append([at, at + 0.01])
    return [(start, end) for start, end in spans if end - start >= shortest_s]


def offset_s(reference, other, rate):
    """How many seconds later the same sound stands in `other`, by cross-correlation."""
    size = 1 << int(numpy.ceil(numpy.log2(len(reference) + len(other))))
    spectrum = numpy.fft.rfft(other, size) * numpy.conj(numpy.fft.rfft(reference, size))
    correlation = numpy.fft.irfft(spectrum, size)
    lag = int(numpy.argmax(correlation))
    return (lag - size if lag > size // 2 else lag) / rate


def similarity(reference, other, rate):
    """Greatest normalised cross-correlation, 0..1: 1 for the same sound at any offset."""
    size = 1 << int(numpy.ceil(numpy.log2(len(reference) + len(other))))
    spectrum = numpy.fft.rfft(other, size) * numpy.conj(numpy.fft.rfft(reference, size))
    norm = numpy.linalg.norm(reference) * numpy.linalg.norm(other)
    return float(numpy.max(numpy.fft.irfft(spectrum, size)) / norm) if norm else 0.0


def find(piece, samples):
    """(likeness 0..1, index): where `piece` stands in `samples`, by correlation over just that stretch."""
    if len(samples) < len(piece):
        return 0.0, 0
    size = 1 << int(numpy.ceil(numpy.log2(len(piece) + len(samples))))
    products = numpy.fft.irfft(numpy.fft.rfft(samples, size) * numpy.conj(numpy.fft.rfft(piece, size)), size)
    products = products[: len(samples) - len(piece) + 1]
    energy = numpy.concatenate(([0.0], numpy.cumsum(samples**2)))
    energy = numpy.maximum(energy[len(piece) :] - energy[: -len(piece)], 1e-3)
    likeness = products / numpy.sqrt(energy * numpy.sum(piece**2))
    index = int(numpy.argmax(likeness))
    return float(likeness[index]), index


def find_speech(piece, samples, rate):
    """As find(), for speech with a hole or a doubled frame in it, as busy machines make them: the median
    likeness of stretches of half a second, each near its place."""
    _, index = find(piece, samples)
    stretch, reach = rate // 2, rate // 4
    scores = []
    for at in range(0, max(1, len(piece) - stretch + 1), stretch):
        around = samples[max(0, index + at - reach) : index + at + stretch + reach]
        scores.append(find(piece[at : at + stretch], around)[0])
    return float(numpy.median(scores)), index


def clicks(samples, rate, ratio=2.5, floor=0.05):
    """Times (s) of single steps that stand alone, as where a wave was cut and joined.

    A voice has steep steps too, one a pitch period, and its onsets rise over several samples; a cut is
    one step, larger by `ratio` than every other within 20 ms.
    """
    steps = numpy.abs(numpy.diff(samples))
    reach = rate // 50
    padded = numpy.pad(steps, reach)
    windows = numpy.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1)
    found = []
    for index in numpy.flatnonzero(steps > floor):
        window = windows[index]
        others = max(window[:reach].max(), window[reach + 1 :].max())
        if steps[index] > ratio * others:
            found.append(index / rate)
    return found


def clipped(samples):
    """How many samples stand at full scale, in runs of three or more."""
    full = numpy.abs(samples) >= 0.999
    runs = full[:-2] & full[1:-1] & full[2:]
    return int(numpy.count_nonzero(runs))
