// Events of OpenAI's transcription sessions, one a line, while turns come and go.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <vector>

#include "realtime_transcription.hpp"
#include "stt_session.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::string_view lines{reinterpret_cast<const char*>(data + 1), size - 1};
  const jackfield::SttFormat format{.mulaw = data[0] % 2 == 0, .rate = 8000};
  jackfield::SttSession session(
      {},
      std::make_unique<openai::realtime::RealtimeTranscription>(
          openai::realtime::TranscriptionSettings{.model = "gpt-live-transcribe", .secret = "key1"},
          format),
      format);
  std::uint64_t now = 1'000'000'000;
  const std::vector<std::uint8_t> audio(format.mulaw ? 800 : 1600);
  session.start(now);
  session.connected(now);
  session.begin_turn(now, 1, 0);
  unsigned results = 0;
  unsigned turns = 1;
  const auto count = [&](const std::vector<jackfield::SttSession::Action>& actions) {
    for (const auto& action : actions) {
      results += std::holds_alternative<jackfield::SttSession::Result>(action);
    }
  };
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    count(session.audio(now, now, audio));
    count(session.message(now, lines.substr(0, end), 0.5));
    lines.remove_prefix(std::min(end + 1, lines.size()));
    now += 100'000'000;
    if (now % 300'000'000 == 0) {
      bool known = false;
      count(session.end_turn(now, known));
      count(session.begin_turn(now, ++turns, now));
    }
    if (now >= session.deadline()) count(session.tick(now));
    if (!session.is_connected()) count(session.connected(now));
  }
  bool known = false;
  count(session.end_turn(now, known));
  for (int i = 0; i < 100 && session.pending(); ++i) {
    now = std::max(now, session.deadline());
    count(session.tick(now));
  }
  // Every turn ends, once.
  if (session.pending() || results != turns) std::abort();
  return 0;
}
