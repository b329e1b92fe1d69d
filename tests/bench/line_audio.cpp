#include "line_audio.hpp"

#include <fstream>
#include <iterator>
#include <random>

#include "g711.hpp"
#include "simulate/core/clip.hpp"
#include "simulate/core/codec.hpp"
#include "simulate/core/wav.hpp"

namespace bench {
namespace {

using namespace jackfield::simulate;

constexpr std::size_t kNoiseFrames = 499;  // ten seconds; a prime
constexpr std::size_t kPause = 20 * kFrame;
// Negative zero: decoding and encoding makes it positive zero, which is 0xff.
constexpr std::uint8_t kNegativeZero = 0x7f;

}  // namespace

LineAudio::LineAudio(std::vector<std::uint8_t> mulaw) : twice_(std::move(mulaw)) {
  for (std::uint8_t& code : twice_) {
    if (code == kNegativeZero) code = jackfield::kMulawSilence;
  }
  twice_.resize((twice_.size() + kFrame - 1) / kFrame * kFrame, jackfield::kMulawSilence);
  for (std::size_t at = 0; at < twice_.size(); at += kFrame) {
    base64_.emplace_back();
    base64_append(base64_.back(), {twice_.data() + at, kFrame});
  }
  twice_.insert(twice_.end(), twice_.begin(), twice_.end());
}

LineAudio LineAudio::noise() {
  std::mt19937 random{1};
  std::vector<std::uint8_t> mulaw(kNoiseFrames * kFrame);
  for (std::uint8_t& code : mulaw) code = static_cast<std::uint8_t>(random());
  return LineAudio{std::move(mulaw)};
}

LineAudio LineAudio::quiet_line() {
  // The three smallest values.
  constexpr std::uint8_t kCodes[] = {jackfield::kMulawSilence, 0xfe, 0x7e};
  std::mt19937 random{2};
  std::vector<std::uint8_t> mulaw(kNoiseFrames * kFrame);
  for (std::uint8_t& code : mulaw) code = kCodes[random() % 3];
  return LineAudio{std::move(mulaw)};
}

std::optional<LineAudio> LineAudio::speech(const std::vector<std::string>& files,
                                           std::string& error) {
  std::vector<std::uint8_t> mulaw;
  for (const std::string& name : files) {
    std::ifstream file(name, std::ios::binary);
    const std::vector<std::uint8_t> content{std::istreambuf_iterator<char>(file), {}};
    const WavResult wav = parse_wav(content);
    if (!file || !wav.audio) {
      error = name + ": " + (wav.error.empty() ? "cannot be read" : wav.error);
      return std::nullopt;
    }
    const Clip clip = make_clip(*wav.audio);
    mulaw.insert(mulaw.end(), clip.mulaw.begin(), clip.mulaw.end());
    mulaw.resize(mulaw.size() + kPause, jackfield::kMulawSilence);
  }
  return LineAudio{std::move(mulaw)};
}

}  // namespace bench
