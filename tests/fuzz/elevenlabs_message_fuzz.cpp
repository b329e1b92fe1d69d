// Messages of ElevenLabs' text-to-speech, one a line, in the middle of a reply.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "tts_session.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::string_view lines{reinterpret_cast<const char*>(data + 1), size - 1};
  elevenlabs::TtsSession session({.multi_context = data[0] % 2 == 0});
  std::uint64_t now = 1'000'000'000;
  unsigned done = 0;
  unsigned ended = 0;
  const auto count = [&](const std::vector<elevenlabs::TtsSession::Action>& actions) {
    for (const auto& action : actions) {
      done += std::holds_alternative<elevenlabs::TtsSession::ReplyDone>(action);
      const auto* audio = std::get_if<elevenlabs::TtsSession::Audio>(&action);
      if (audio && audio->bytes.empty()) std::abort();
    }
  };
  const auto end_reply = [&] {
    bool known = false;
    const auto actions = session.end_reply(now, known);
    ended += known;
    count(actions);
  };
  count(session.start(now));
  while (!lines.empty()) {
    if (!session.is_connected()) count(session.connected(now));
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    count(session.text(now, "Some words to say."));
    count(session.message(now, lines.substr(0, end), 0.5));
    lines.remove_prefix(std::min(end + 1, lines.size()));
    now += 500'000'000;
    if (now % 2'000'000'000 == 0) end_reply();
    if (now >= session.deadline()) count(session.tick(now));
  }
  end_reply();
  for (int i = 0; i < 100 && done < ended; ++i) {
    now = std::max(now, session.deadline());
    count(session.tick(now));
  }
  // Every reply that was ended is over, once.
  if (done != ended) std::abort();
  return 0;
}
