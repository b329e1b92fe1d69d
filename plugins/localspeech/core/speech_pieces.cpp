#include "speech_pieces.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace localspeech {
namespace {

constexpr float kFullScale = 32767.0F;
constexpr float kKnee = 0.7F;  // -3.1 dB

}  // namespace

std::int16_t apply_level(std::int16_t sample, float gain) {
  const float value = static_cast<float>(sample) * gain / kFullScale;
  float size = std::fabs(value);
  if (size > kKnee) size = kKnee + (1.0F - kKnee) * std::tanh((size - kKnee) / (1.0F - kKnee));
  return static_cast<std::int16_t>(std::lrintf(std::copysign(size, value) * kFullScale));
}

void SpeechPieces::begin(std::vector<TimedWord> words, std::size_t skip, float gain) {
  words_ = std::move(words);
  for (TimedWord& word : words_) {
    word.begin -= std::min(word.begin, skip);
    word.end -= std::min(word.end, skip);
  }
  next_word_ = 0;
  position_ = 0;
  skip_ = skip;
  gain_ = gain;
  piece_.clear();
}

std::span<const TimedWord> SpeechPieces::words_of_piece(bool last) {
  const std::size_t first = next_word_;
  const std::size_t end = position_ + piece_.size();
  while (next_word_ < words_.size() && (last || words_[next_word_].begin < end)) {
    TimedWord& word = words_[next_word_++];
    word.begin -= std::min(word.begin, position_);
    word.end -= std::min(word.end, position_);
  }
  return std::span<const TimedWord>{words_}.subspan(first, next_word_ - first);
}

}  // namespace localspeech
