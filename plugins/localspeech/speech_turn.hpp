// One turn of a caller: its audio on the way to a recognizer of the pool, and what came out. Used
// by one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "recognized_text.hpp"
#include "recognizer_pool.hpp"
#include "upsampler.hpp"

namespace localspeech {

class SpeechTurn {
 public:
  struct Outcome {
    std::string text;      // "" when nothing was heard, or nothing of the grammar
    std::string rejected;  // the words that were not believed
    double confidence = 0.0;
    std::uint64_t decoding = 0;  // time spent, ns
    ChannelMean mean{};          // of the speaker, this turn included
    int rate = 0;                // of the audio, Hz
  };

  // Asks the pool for a recognizer; `wake` is called when ready() may have changed. `first` is the
  // audio before now, at `rate` Hz (8000 or 16000); `mean` of the speaker, nullopt for the model's.
  SpeechTurn(std::shared_ptr<RecognizerPool> pool, std::function<void()> wake, int rate,
             std::optional<ChannelMean> mean, std::vector<std::int16_t> first);
  ~SpeechTurn();
  SpeechTurn(const SpeechTurn&) = delete;
  SpeechTurn& operator=(const SpeechTurn&) = delete;

  // True once there is a recognizer; feed() and finish() need it.
  bool ready();
  // Beyond kLongest, audio is ignored: false.
  bool feed(std::span<const std::int16_t> samples);
  // Words to announce, when the decoder has held the same new ones for two looks, and believes
  // them.
  std::optional<std::string> interim(double rejection);
  // Ends the turn and gives the recognizer back.
  Outcome finish(double rejection);

  static constexpr int kLongest = 60;  // seconds

 private:
  void decode(std::span<const std::int16_t> samples);

  std::shared_ptr<RecognizerPool> pool_;
  std::shared_ptr<RecognizerPool::Ticket> ticket_;
  std::unique_ptr<Recognizer> recognizer_;
  int rate_;
  std::optional<ChannelMean> mean_;
  std::vector<std::int16_t> first_;
  Upsampler upsampler_;
  std::vector<std::int16_t> wide_;  // scratch
  std::size_t fed_ = 0;             // samples
  std::uint64_t decoding_ = 0;
  StableText stable_;
};

}  // namespace localspeech
