// The requests of one reply over HTTP: one after the other, since the service counts those that run
// at the same time. Texts that come while one runs are said together by the next. Pure; one thread
// at a time.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http_speech.hpp"
#include "word_assembler.hpp"

namespace elevenlabs {

class HttpReply {
 public:
  struct Config {
    bool timestamps = true;
    std::size_t bytes_per_second = 32'000;  // of audio
  };
  struct Audio {
    std::vector<uint8_t> bytes;
    std::vector<TimedWord> words;
    bool aligned = true;   // false: nothing tells what is said in it
    std::string sentence;  // without timestamps, with the first piece: what is said from here on
  };

  explicit HttpReply(const Config& config) : config_(config) {}

  void add(std::string_view text);
  // What is to be asked for now; nothing while a request runs, or when all was said.
  std::optional<SpeechRequest> next();
  std::vector<Audio> data(std::string_view bytes);
  // The answer is over. When its times stop within the text it was cut (libsoup takes a connection
  // that is closed between two chunks for the end of the answer): the next request says the rest.
  std::vector<Audio> end();
  bool was_cut() const { return cut_; }
  // The request failed. What was not said of it is said by the next one, if that is known; returns
  // false when it is not.
  bool failed();
  void reset();

  bool running() const { return running_; }
  bool idle() const { return !running_ && pending_.empty(); }
  std::size_t malformed() const { return malformed_; }

  static constexpr std::size_t kMostText = 1000;     // bytes of texts that are put together
  static constexpr std::size_t kMostPrevious = 300;  // bytes

 private:
  std::vector<Audio> take(std::vector<TtsMessage> messages);
  void over();

  Config config_;
  std::vector<std::string> pending_;
  std::string current_;
  std::string previous_;
  bool running_ = false;
  bool audio_came_ = false;  // of the request
  bool cut_ = false;         // the last answer was
  bool continued_ = false;   // the request says the rest of an answer that was cut
  std::optional<HttpSpeechReader> reader_;
  WordAssembler words_;
  std::size_t malformed_ = 0;
};

}  // namespace elevenlabs
