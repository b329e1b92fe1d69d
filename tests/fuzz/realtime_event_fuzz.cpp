// Events of the Realtime API, one a line, in the middle of a call: what they make of it, and
// whether what is sent in return is JSON. The first byte chooses the call's settings.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "json_reader.hpp"
#include "realtime_call.hpp"

namespace {

using namespace openai::realtime;

constexpr uint64_t kMs = 1'000'000;

class Conversation {
 public:
  explicit Conversation(const CallSettings& settings) : call_(settings) {
    take(call_.offer({{.name = "price", .description = "", .parameters = R"({"type":"object"})"}}));
    call_.begin(now_);
    take(call_.connected(now_));
  }
  void line(std::string_view text) {
    std::string error;
    auto event = parse_server_event(text, error);
    if (!event) {
      if (error.empty()) std::abort();  // it must say why
      return;
    }
    const std::string call_id = event->call_id;
    take(call_.event(std::move(*event), now_));
    pass(60);
    if (call_id.empty()) return;
    // While it waits for the function: a filler, what it is told, and the answer of every other.
    Outcome out;
    call_.say_filler("One moment.", now_, out);
    call_.tell("It rains.", call_id.size() % 3 == 0, now_, out);
    if (call_id.size() % 2 == 0) call_.tool_result(call_id, "done", out);
    take(std::move(out));
    pass(60);
  }

 private:
  void pass(unsigned ms) {
    for (unsigned i = 0; i < ms; i += 20) {
      if (const auto piece = call_.playout().next(160)) {
        const Playout::Piece sent_piece = *piece;
        const std::size_t size = piece->audio.size();
        call_.playout().sent(size, now_);
        if (size > 0) take(call_.piece_sent(sent_piece, now_));
      }
      call_.input_sent(160, now_);
      now_ += 20 * kMs;
      if (!call_.playout().paused()) call_.playout().heard_until(now_ - 100 * kMs);
      take(call_.check_finished());
    }
    if (call_.next_deadline() <= now_) take(call_.check(now_));
  }
  void take(Outcome out) {
    for (const std::string& text : out.send) {
      if (!jackfield::parse_json(text).value) std::abort();
    }
    if (out.interrupt) take(call_.interrupted(now_ - 100 * kMs, now_));
    if (out.expired || out.failure) {
      take(call_.disconnected(now_));
      take(call_.connected(now_));
    }
  }

  RealtimeCall call_;
  uint64_t now_ = 1000 * kMs;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  CallSettings settings;
  settings.most_queued = 1 << 16;
  settings.hang_up_tool = "hang_up";
  if (data[0] & 1) settings.resume_after = 0;
  if (data[0] & 2) settings.session.transcription_model = "whisper";
  if (data[0] & 4) settings.session.turn_detection = TurnDetection::kNone;
  Conversation conversation(settings);
  std::string_view rest(reinterpret_cast<const char*>(data + 1), size - 1);
  for (int lines = 0; !rest.empty() && lines < 200; ++lines) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    conversation.line(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return 0;
}
