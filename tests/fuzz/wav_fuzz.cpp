// WAV files, by both readers: the one of the call's picture, which reads a stream and is strict,
// and the simulator's, which takes what it can of a clip.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>

#include "records/wav_reader.hpp"
#include "simulate/core/clip.hpp"
#include "simulate/core/wav.hpp"

namespace {

void require(bool ok) {
  if (!ok) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::istringstream stream{std::string{reinterpret_cast<const char*>(data), size}};
  std::string error;
  if (auto reader = jackfield::WavReader::open(stream, error)) {
    require(reader->rate() > 0 && (reader->channels() == 1 || reader->channels() == 2));
    require(reader->frames() * reader->channels() * 2 <= size);
    std::array<std::int16_t, 501> samples{};
    std::uint64_t read = 0;
    while (const std::size_t frames = reader->read(samples)) read += frames;
    require(read == reader->frames());
  } else {
    require(!error.empty());
  }
  const auto wav = jackfield::simulate::parse_wav({data, size});
  require(wav.audio.has_value() == wav.error.empty());
  if (!wav.audio) return 0;
  require(!wav.audio->samples.empty() && wav.audio->samples.size() <= size);
  const auto clip = jackfield::simulate::make_clip(*wav.audio, 3);
  require(clip.speech_begin <= clip.speech_end &&
          clip.speech_end <= static_cast<jackfield::simulate::Samples>(clip.mulaw.size()));
  return 0;
}
