// What an agent core sends, in a call that goes on meanwhile. Input: steps, each of what is done
// (1 byte), length (2 bytes) and that many bytes: a message of the core, or words of the call, or
// how much time goes by. Whatever comes, each question gets one end, texts are UTF-8 and bounded,
// and what is sent and kept is bounded, too.
#include <google/protobuf/stubs/logging.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "core_session.hpp"
#include "core_texts.hpp"
#include "utf8.hpp"

namespace {

using namespace agentcore;

constexpr Time kMillisecond = 1'000'000;
constexpr std::size_t kHead = 3;

void require(bool ok) {
  if (!ok) std::abort();
}

class Call {
 public:
  Call() {
    v1::Open open;
    open.set_session_id("one");
    session_.begin(open, now_);
    after();
  }

  void step(std::uint8_t what, const std::string& words) {
    const Time time = words.empty() ? 0 : static_cast<unsigned char>(words[0]) * kMillisecond;
    switch (what % 16) {
      case 1:
        return pass(time);
      case 2:
        return pass(100 * time);
      case 3:
        if (open_) closed(words.empty() ? 0 : words[0] % 17, words);
        return;
      case 4:
        ask(whole_text(words, 1000));
        break;
      case 5:
        session_.cancel(now_);
        asked_ = false;
        break;
      case 6:
        session_.heard(turn_, whole_text(words, 1000), now_);
        break;
      case 7:
        session_.answer_tool(call_, words, now_);
        break;
      case 8: {
        v1::Tool tool;
        tool.set_name(whole_text(words, 64));
        session_.offer({tool}, now_);
        break;
      }
      case 9:
        session_.turn_starts(turn_ + 1, now_);
        break;
      case 10: {
        v1::History history;
        history.set_from_turn(turn_);
        history.add_said()->set_text(whole_text(words, 1000));
        session_.take_history(history, now_);
        break;
      }
      case 11:
        reading_ = !reading_;  // the core, what it is sent
        break;
      case 12:
        session_.set_caller(whole_text(words, 1000), now_);
        break;
      default:
        if (open_) session_.received(words, now_);
    }
    after();
  }

  void end() {
    session_.end(now_);
    after();
    pass(10 * CoreSession::kCloseTimeout);
    if (open_) closed(1, "");
    require(session_.deadline() == kNever);
  }

 private:
  void ask(const std::string& question) {
    session_.ask(++turn_, question, false, {}, now_);
    asked_ = true;
    text_ = 0;
  }
  void closed(int code, const std::string& why) {
    open_ = false;
    session_.closed({code, why}, now_);
    after();
  }
  void pass(Time time) {
    for (const Time until = now_ + time; now_ < until;) {
      now_ = std::min(until, std::max(now_ + kMillisecond, session_.deadline()));
      session_.tick(now_);
      after();
    }
  }

  void after() {
    take_actions();
    take_messages();
    take_events();
    std::size_t notices = 0;
    while (const auto notice = session_.next_notice()) {
      require(jackfield::is_utf8(notice->text) && notice->text.size() <= 4096);
      require(++notices <= CoreSession::kMostNotices);
    }
  }
  void take_actions() {
    while (const auto action = session_.next_action()) {
      if (*action == CoreSession::Action::kOpen) {
        require(!open_);
        open_ = first_ = true;
      } else if (open_) {
        open_ = false;
        session_.closed({1, "cancelled"}, now_);
      }
    }
  }
  void take_messages() {
    if (!open_ || !reading_) return;
    while (const auto bytes = session_.next_message()) {
      v1::ToCore message;
      require(bytes->size() <= CoreSession::kMostOutgoing && message.ParseFromString(*bytes));
      require(message.message_case() != v1::ToCore::MESSAGE_NOT_SET);
      require(message.has_open() == std::exchange(first_, false));
    }
  }
  void take_events() {
    while (const auto event = session_.next_event()) {
      require(asked_);
      require(jackfield::is_utf8(event->text) && jackfield::is_utf8(event->transfer));
      text_ += event->text.size();
      require(text_ <= CoreSession::kMostReply);
      if (event->kind == ReplyEvent::Kind::kToolCall) call_ = event->call.id;
      asked_ = event->kind == ReplyEvent::Kind::kText || event->kind == ReplyEvent::Kind::kToolCall;
    }
  }

  Time now_ = 1000 * kSecond;
  CoreSession session_{{}, [] { return 0.5; }};
  bool open_ = false;     // the stream
  bool first_ = false;    // message of it comes
  bool reading_ = true;   // the core
  bool asked_ = false;    // a turn has no end yet
  std::size_t text_ = 0;  // bytes, of this turn
  std::uint32_t turn_ = 0;
  std::string call_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // It would tell of each text that is no UTF-8.
  google::protobuf::SetLogHandler(nullptr);
  Call call;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  for (int steps = 0; rest.size() >= kHead && steps < 1000; ++steps) {
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(rest[at]); };
    const std::size_t wanted = static_cast<std::size_t>(byte(1)) << 8 | byte(2);
    const std::uint8_t what = byte(0);
    rest.remove_prefix(kHead);
    const std::string words(rest.substr(0, wanted));
    rest.remove_prefix(words.size());
    call.step(what, words);
  }
  call.end();
  return 0;
}
