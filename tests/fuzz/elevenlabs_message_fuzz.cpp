// What ElevenLabs' text-to-speech sends in the middle of a reply: messages of a WebSocket, one a
// line, or the answers of HTTP, an answer up to each empty line.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "tts_session.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  using elevenlabs::TtsSession;
  std::string_view lines{reinterpret_cast<const char*>(data + 1), size - 1};
  const bool http = data[0] & 2;
  TtsSession session(
      {.transport = http ? TtsSession::Transport::kHttp : TtsSession::Transport::kAuto,
       .http = {.timestamps = !(data[0] & 4), .bytes_per_second = 16'000},
       .multi_context = data[0] % 2 == 0});
  std::uint64_t now = 1'000'000'000;
  unsigned done = 0;
  unsigned ended = 0;
  const auto count = [&](const std::vector<TtsSession::Action>& actions) {
    for (const auto& action : actions) {
      done += std::holds_alternative<TtsSession::ReplyDone>(action);
      const auto* audio = std::get_if<TtsSession::Audio>(&action);
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
    if (!session.is_http() && !session.is_connected()) count(session.connected(now));
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    count(session.text(now, "Some words to say."));
    if (!session.is_http()) {
      count(session.message(now, lines.substr(0, end), 0.5));
    } else if (end == 0) {
      count(session.http_end(now));
    } else {
      count(session.http_data(now, lines.substr(0, std::min(end + 1, lines.size()))));
    }
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
