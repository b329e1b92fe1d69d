// Cuts synthesised speech into short pieces for a live line: sets the level, leaves out most of the
// silence before the first word, and gives each word to the piece in which it begins.
//
// One object speaks one sentence after the other; one thread at a time. All positions in samples.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace localspeech {

struct TimedWord {
  std::string text;
  std::size_t begin = 0;
  std::size_t end = 0;
};

// What lies above the knee is bent so that it stays below full scale: y = k + (1-k)
// tanh((x-k)/(1-k)). Both curve and slope are continuous at the knee, so there is no click and no
// hard clipping.
std::int16_t apply_level(std::int16_t sample, float gain);

class SpeechPieces {
 public:
  explicit SpeechPieces(std::size_t piece_samples) : piece_samples_(piece_samples) {
    piece_.reserve(piece_samples);
  }

  // Begins a sentence whose first `skip` samples are not wanted. Words count from the first sample
  // that was synthesised; one that begins within the skipped part begins at 0.
  void begin(std::vector<TimedWord> words, std::size_t skip, float gain);

  // Takes samples; calls emit(std::span<const int16_t>, std::span<const TimedWord>) for each full
  // piece, the words counted from the start of the piece. emit returns false to stop; then so does
  // feed, and the sentence is over.
  template <typename Emit>
  bool feed(std::span<const std::int16_t> samples, Emit&& emit) {
    for (const std::int16_t sample : samples) {
      if (skip_ > 0) {
        --skip_;
        continue;
      }
      piece_.push_back(apply_level(sample, gain_));
      if (piece_.size() == piece_samples_ && !flush(emit, false)) return false;
    }
    return true;
  }

  // Emits what is left of the sentence.
  template <typename Emit>
  bool finish(Emit&& emit) {
    return piece_.empty() || flush(emit, true);
  }

 private:
  template <typename Emit>
  bool flush(Emit& emit, bool last) {
    const auto words = words_of_piece(last);
    const bool go_on = emit(std::span<const std::int16_t>{piece_}, words);
    position_ += piece_.size();
    piece_.clear();
    return go_on;
  }
  std::span<const TimedWord> words_of_piece(bool last);

  std::size_t piece_samples_;
  std::vector<std::int16_t> piece_;
  std::vector<TimedWord> words_;
  std::size_t next_word_ = 0;
  std::size_t position_ = 0;  // of the piece in the sentence
  std::size_t skip_ = 0;
  float gain_ = 1.0F;
};

}  // namespace localspeech
