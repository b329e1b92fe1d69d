// OpenAI's transcription sessions over the Realtime socket, as SttSession sees a streaming
// recognizer: audio goes out as it comes, a commit ends a turn, and the text of a turn grows while
// it is spoken. Source: the API's guide to realtime transcription and the reference of its events.
//
// The texts of turns may be completed in another order than the turns were spoken; here they are
// put in order. Pure; one thread at a time.
#pragma once

#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "realtime_event.hpp"
#include "stt_service.hpp"

namespace openai::realtime {

// Whether a model transcribes while it hears, and over this socket only.
bool transcribes_live(std::string_view model);

struct TranscriptionSettings {
  std::string model;
  std::string language;  // "": the model's own judgement
  std::string prompt;    // "": none
  std::string secret;    // to be kept out of what the service says
};

class RealtimeTranscription final : public jackfield::SttService {
 public:
  // 8 kHz goes as mu-law, which telephone audio was on its way; any other rate must be 24 kHz.
  RealtimeTranscription(TranscriptionSettings settings, const jackfield::SttFormat& format)
      : settings_(std::move(settings)), format_(format) {}

  void begin() override;
  std::vector<jackfield::SttMessage> opening() override;
  jackfield::SttMessage audio(std::span<const uint8_t> bytes) override;
  std::optional<jackfield::SttMessage> finish() override;
  // WebSocket pings are enough.
  std::optional<jackfield::SttMessage> keep_alive() override { return std::nullopt; }
  std::optional<jackfield::SttMessage> goodbye() override { return std::nullopt; }
  bool finds_turns() const override { return false; }
  jackfield::SttReading read(std::string_view text) override;
  std::optional<jackfield::SttReading> next() override;

 private:
  // The text of one commit, or of what is not committed yet.
  struct Item {
    std::string id;
    std::string text;
    bool over = false;
    bool fresh = false;  // more text than next() told
    std::optional<jackfield::SttError> error;
  };

  Item* item_of(const std::string& id);
  jackfield::SttReading read_error(const ServerEvent& event);

  const TranscriptionSettings settings_;
  const jackfield::SttFormat format_;
  std::vector<uint8_t> scratch_;
  std::size_t uncommitted_ = 0;   // bytes as sent
  std::deque<Item> items_;        // in the order of their audio
  std::deque<std::string> told_;  // items whose text was told
};

}  // namespace openai::realtime
