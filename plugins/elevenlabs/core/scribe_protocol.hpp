// ElevenLabs' live recognition, Scribe over a WebSocket: audio as base64 in JSON texts. A text is
// committed on request (manual) or behind a pause that the service finds.
// https://elevenlabs.io/docs/api-reference/speech-to-text/v-1-speech-to-text-realtime
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "stt_service.hpp"

namespace elevenlabs {

struct ScribeSettings {
  std::string base_url = "wss://api.elevenlabs.io";
  std::string model = "scribe_v2_realtime";
  std::string language;  // ISO 639-1 or 639-3; empty: the model finds out
  std::vector<std::string> keyterms;
  bool timestamps = false;
  bool find_turns = false;                  // by the service's pauses, else commits only
  uint64_t vad_silence_ns = 1'500'000'000;  // pause that ends a turn
  double vad_threshold = 0.4;               // probability of speech
  uint64_t min_speech_ns = 100'000'000;     // shorter sounds are none
  uint64_t min_silence_ns = 100'000'000;    // shorter pauses are none
  std::string extra;                        // appended to the query as it is, "a=b&c=d"
};

// Why the service would refuse these settings; "": it would not.
std::string check_scribe_settings(const ScribeSettings& settings);

std::string scribe_url(const ScribeSettings& settings, const jackfield::SttFormat& format);

class ScribeProtocol final : public jackfield::SttService {
 public:
  ScribeProtocol(const ScribeSettings& settings, const jackfield::SttFormat& format)
      : find_turns_(settings.find_turns), timestamps_(settings.timestamps), format_(format) {}

  void begin() override;
  jackfield::SttMessage audio(std::span<const uint8_t> bytes) override;
  // A commit. The service refuses one of less than kShortestCommit: silence makes it long enough.
  std::optional<jackfield::SttMessage> finish() override;
  // The protocol has no message for it, and the service closes a connection that gets no audio for
  // about ten seconds: a little silence.
  std::optional<jackfield::SttMessage> keep_alive() override;
  std::optional<jackfield::SttMessage> goodbye() override { return std::nullopt; }
  jackfield::SttReading read(std::string_view text) override;

  static constexpr uint64_t kShortestCommitMs = 300;
  // The service commits unasked after some 36 s, which could be taken for the answer to a commit.
  static constexpr uint64_t kLongestCommitMs = 30'000;
  static constexpr uint64_t kKeepAliveMs = 20;

 private:
  // Counts the audio, and has it committed when there is much of it.
  jackfield::SttMessage add(std::span<const uint8_t> bytes);
  jackfield::SttMessage chunk(std::span<const uint8_t> bytes, bool commit) const;
  // Whether what was answered is the end of a turn.
  bool take_commit();
  std::vector<uint8_t> silence(std::size_t bytes) const;
  std::size_t bytes_of(uint64_t ms) const;

  const bool find_turns_;
  const bool timestamps_;
  const jackfield::SttFormat format_;
  std::size_t uncommitted_ = 0;  // bytes of audio behind the last commit
  // Those that were not answered; true: that of a turn's end.
  std::deque<bool> commits_;
};

}  // namespace elevenlabs
