// Whether sound from a caller who was answered is meant: words are; a cough, noise, or a listener's
// "mhm" is not. Pure; one thread at a time. Times are running times in nanoseconds.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "backchannels.hpp"

namespace openai::realtime {

class Interruption {
 public:
  struct Config {
    uint64_t resume_after = 800'000'000;  // without words; 0: all speech is meant
    uint64_t min_interruption =
        600'000'000;                   // speech of which no words are known is meant from here
    uint64_t hang_over = 500'000'000;  // so late the end of speech is known
    bool transcribed = false;          // words come, sooner or later
    jackfield::Backchannels backchannels{std::string_view{}};
  };
  enum class Verdict { kNone, kMeant, kNotMeant, kGoOn };  // kGoOn: the words of a listener

  explicit Interruption(Config config) : config_(std::move(config)) {}

  bool possible() const { return config_.resume_after > 0; }
  bool pending() const { return pending_; }
  // The caller began to make a sound at `start`.
  void begin(uint64_t start, uint64_t now);
  // The reply is paused. `go_on`: enough of it was heard, and is left, for a listener to say "mhm".
  void paused(bool go_on) { go_on_ = go_on; }
  void speech_ended(uint64_t end, uint64_t now);
  void words(const std::string& text, bool final);  // of all of this speech
  Verdict check(uint64_t now) const;
  void settled() { pending_ = false; }
  // When check() has something to say, unless something happens before.
  uint64_t deadline() const;

  // Whether these words, of speech that was dismissed, are meant.
  bool tells(const std::string& text) const;

 private:
  Config config_;
  bool pending_ = false;
  bool go_on_ = false;
  bool speaking_ = false;
  bool final_ = false;
  std::string text_;
  uint64_t start_ = 0, end_ = 0, began_ = 0, resume_at_ = 0;
};

}  // namespace openai::realtime
