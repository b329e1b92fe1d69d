"""Which of some known sentences are in a recording: when, how loud, and how much of each. Needs numpy.

Recording and sentences are whitened by the mean spectrum of the sentences, so that not the pitch that all
voices share decides but what is their own. Then each sentence s is shifted along the recording h. For each
place the figure is

    z = sum(h s) / sqrt(sum(h^2 s^2)),

whose variance is 1 wherever h knows nothing of s, however loud h is there, and which grows with the root
of the number of samples where s is in h. Half seconds of the sentence are then looked for near the best
places, each as late or early as a jitter buffer that stretches makes it, and their figures added up: that
is the score. How far scores of what is there and of what is not are apart: who_hears_whom_test.py.
"""
import typing

import numpy

import call_audio

RATE = 8000
THERE = 17.5  # score from which a sentence is there
FAINT = 11.0  # the same in what is left when all others were taken away: see Recording.without()
PIECE = RATE // 2
DRIFT = RATE * 6 // 100  # of a piece from its place: what a jitter buffer may stretch or shorten
PIECE_THERE = 5.0  # figure of a piece
WINDOW = 256  # of the whitening filter
CHUNK = 1 << 16
TAPS, BLOCK = 64, 1600  # of the filter with which a sentence is taken away, fitted anew for each block


class Found(typing.NamedTuple):
    score: float
    at: float  # seconds in the recording at which the sentence begins
    level: float  # dB, against the sentence itself
    share: float  # of the sentence's half seconds, how many are there
    places: tuple  # (sample of the sentence, sample of the recording) of each piece

    @property
    def there(self):
        return self.score >= THERE

    def __str__(self):
        return f"score {self.score:.1f} at {self.at:.2f} s, {self.level:.1f} dB, {100 * self.share:.0f} % of it"


NOTHING = Found(0.0, 0.0, -200.0, 0.0, ())


def resampled(samples, rate, to=RATE):
    """At another rate, by the spectrum."""
    samples = numpy.asarray(samples, dtype=float)
    if rate == to:
        return samples
    step = rate // numpy.gcd(rate, to)
    size = -(-(len(samples) + rate // 4) // (2 * step)) * 2 * step
    wanted = size * to // rate
    spectrum = numpy.fft.rfft(samples, size)
    kept = numpy.zeros(wanted // 2 + 1, dtype=complex)
    kept[: min(len(spectrum), len(kept))] = spectrum[: len(kept)]
    return numpy.fft.irfft(kept, wanted)[: len(samples) * to // rate] * (wanted / size)


def figures(sound, piece):
    """z for each place at which `piece` may begin in `sound`, which is longer."""
    size = 1 << int(numpy.ceil(numpy.log2(len(sound))))
    spectrum, power = spectra(piece, size)
    return figures_of(numpy.fft.rfft(sound, size), numpy.fft.rfft(sound**2, size), spectrum, power,
                      least_power(sound, piece), len(sound) - len(piece) + 1)  # fmt: skip


def figures_of(sound, sound_power, piece, piece_power, least, count):
    power = numpy.fft.irfft(sound_power * piece_power)[:count]
    return numpy.fft.irfft(sound * piece)[:count] / numpy.sqrt(numpy.maximum(power, 0) + least)


def spectra(piece, size):
    return numpy.conj(numpy.fft.rfft(piece, size)), numpy.conj(numpy.fft.rfft(piece**2, size))


def least_power(sound, piece):
    """In digital silence the rounding of 16 bits is all there is."""
    return float(numpy.sum(piece**2) * (1e-4 * numpy.std(sound)) ** 2 + 1e-12)


class Sentences:
    """`voices`: {name: samples at 8 kHz}, each of at least a second."""

    def __init__(self, voices):
        self.voices = voices
        self.taps = self.whitening()
        self.white = {name: self.whitened(samples) for name, samples in voices.items()}
        self.chunk_spectra = {name: spectra(white, CHUNK) for name, white in self.white.items()}

    @classmethod
    def read(cls, files):
        """Of WAV files: {name: path}."""
        voices = {}
        for name, path in files.items():
            rate, channels = call_audio.read_wav(path)
            voices[name] = resampled(channels[0], rate)
        return cls(voices)

    def whitening(self):
        power = 0
        for samples in self.voices.values():
            frames = numpy.lib.stride_tricks.sliding_window_view(samples, WINDOW)[:: WINDOW // 2]
            power = power + numpy.mean(numpy.abs(numpy.fft.rfft(frames * numpy.hanning(WINDOW))) ** 2, axis=0)
        response = numpy.fft.irfft(1 / numpy.sqrt(numpy.maximum(power, 1e-4 * power.max())))
        return numpy.roll(response, WINDOW // 2) * numpy.hanning(WINDOW)

    def whitened(self, samples):
        size = 1 << int(numpy.ceil(numpy.log2(len(samples) + WINDOW)))
        filtered = numpy.fft.irfft(numpy.fft.rfft(samples, size) * numpy.fft.rfft(self.taps, size))
        return filtered[WINDOW // 2 : WINDOW // 2 + len(samples)]


class Recording:
    """What somebody heard. Times are seconds from its beginning."""

    def __init__(self, sentences, heard, rate):
        self.sentences = sentences
        self.heard = resampled(heard, rate)
        # Silence around it, so that a sentence may stand at the very edge.
        self.edge = max(len(samples) for samples in sentences.voices.values()) + DRIFT
        self.sound = numpy.pad(self.heard, self.edge)
        self.white = sentences.whitened(self.sound)
        self.chunk_spectra = {}

    def part(self, begin, end):
        return Recording(self.sentences, self.heard[max(0, int(begin * RATE)) : int(end * RATE)], RATE)

    def look(self, names=None):
        """{name: Found} of those sentences, or all."""
        return {name: self.find(name) for name in names or self.sentences.voices}

    def find(self, name):
        values = self.everywhere(name)
        best = NOTHING
        # Stretched speech has several places, none of which stands out: the best few are looked at.
        for _ in range(3):
            place = int(numpy.argmax(values))
            if not numpy.isfinite(values[place]):
                break
            best = max(best, self.examine(name, place), key=lambda found: found.score)
            values[max(0, place - 2 * DRIFT) : place + 2 * DRIFT] = -numpy.inf
        return best

    def everywhere(self, name):
        """z of the whole sentence for each place, a chunk at a time."""
        white = self.sentences.white[name]
        spectrum, power = self.sentences.chunk_spectra[name]
        least = least_power(self.white, white)
        count = len(self.white) - len(white) + 1
        values = numpy.empty(count)
        step = CHUNK - self.edge
        for begin in range(0, count, step):
            if begin not in self.chunk_spectra:
                chunk = self.white[begin : begin + CHUNK]
                self.chunk_spectra[begin] = numpy.fft.rfft(chunk, CHUNK), numpy.fft.rfft(chunk**2, CHUNK)
            values[begin : begin + step] = figures_of(*self.chunk_spectra[begin], spectrum, power, least, min(step, count - begin))
        return values

    def examine(self, name, place):
        samples, white = self.sentences.voices[name], self.sentences.white[name]
        quiet = call_audio.rms(samples) / 10
        scores, matters, levels, places = [], [], [], []
        for at in range(0, len(white) - PIECE // 2, PIECE):
            piece, plain = white[at : at + PIECE], samples[at : at + PIECE]
            first = max(0, place + at - DRIFT)
            near = self.white[first : place + at + len(piece) + DRIFT]
            if len(near) < len(piece) or call_audio.rms(plain) < quiet:  # pauses are in every recording
                continue
            values = figures(near, piece)
            there = first + int(numpy.argmax(values))
            scores.append(float(values.max()))
            levels.append(float(numpy.dot(self.sound[there : there + len(plain)], plain) / numpy.dot(plain, plain)))
            places.append((at, there - self.edge))
        if not scores:
            return NOTHING
        share = numpy.mean(numpy.array(scores) >= PIECE_THERE)
        level = 20 * numpy.log10(max(1e-10, numpy.median(levels)))
        return Found(sum(scores) / len(scores) ** 0.5, (place - self.edge) / RATE, float(level), float(share), tuple(places))

    def without(self, names):
        """The recording less those of the sentences that are in it. What is left shows what is faint, such
        as somebody's own voice that comes back to him while others speak."""
        there = {name: found for name, found in self.look(names).items() if found.there}
        rest = self.heard.copy()
        removed = {name: numpy.zeros(len(rest)) for name in there}
        for _ in range(3):  # those that overlap disturb each other's filters
            for name, found in there.items():
                rest += removed[name]
                removed[name] = self.fitted(rest, name, found)
                rest -= removed[name]
        return Recording(self.sentences, rest, RATE)

    def fitted(self, heard, name, found):
        """What of `heard` is this sentence, filtered by whatever it went through (least squares)."""
        samples = self.sentences.voices[name]
        padded = numpy.pad(samples, TAPS)
        windows = numpy.lib.stride_tricks.sliding_window_view(padded, TAPS)
        part = numpy.zeros(len(heard))
        for at, place in found.places:
            for begin in range(at, min(at + PIECE, len(samples)), BLOCK):
                to = begin + place - at
                size = min(BLOCK, at + PIECE - begin, len(samples) - begin, len(heard) - to)
                if to < 0 or size < 4 * TAPS:
                    continue
                matrix = windows[begin + TAPS // 2 : begin + TAPS // 2 + size]
                gram = matrix.T @ matrix
                gram[numpy.diag_indices(TAPS)] += 1e-6 * numpy.trace(gram) / TAPS + 1e-12
                part[to : to + size] = matrix @ numpy.linalg.solve(gram, matrix.T @ heard[to : to + size])
        return part
