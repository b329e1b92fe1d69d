// What is said between a call and its agent core, without the network: the order of messages, turns
// and their deadlines, tools, life signs, and what becomes of all that when a stream breaks. Time
// is an argument, in ns on a scale of one's own. One thread at a time.
//
// Whoever drives it opens a stream when next_action() says so, hands over what comes and what next_
// message() gives, tells when the stream is closed, and calls tick() at deadline(). After each call
// there may be actions, messages, events and notices.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agentcore.pb.h"
#include "backoff.hpp"
#include "conversation.hpp"

namespace agentcore {

namespace v1 = jackfield::agentcore::v1;

using Time = std::uint64_t;
inline constexpr Time kSecond = 1'000'000'000;
inline constexpr Time kNever = UINT64_MAX;

// Why a turn failed, or a stream ended. `cause` as in openaillm/error.
struct Failure {
  std::string cause;
  std::string text;
  bool retryable = true;
};

// The end of a stream. Codes are those of gRPC.
struct StreamEnd {
  int code = 0;
  std::string text;
};

// Of the running turn, for who speaks it.
struct ReplyEvent {
  enum class Kind { kText, kToolCall, kEnd, kFailed };
  Kind kind = Kind::kText;
  std::string text;
  jackfield::ToolCall call;  // kToolCall; the id is unique in the call
  bool hang_up = false;      // kEnd
  std::string transfer;
  Failure failure;  // kFailed
};

// For the operator or the application.
struct Notice {
  enum class Kind { kConnection, kUsage, kTell, kError };
  Kind kind = Kind::kConnection;
  std::uint32_t turn_id = 0;
  bool connected = false;  // kConnection
  bool resumed = false;
  std::string text;    // kConnection: the core's name, or why it is not there; kTell; kError
  bool speak = false;  // kTell
  v1::Usage usage;
};

struct SessionStats {
  std::uint64_t connections = 0;  // streams on which the core was ready
  std::uint64_t failed_attempts = 0;
  std::uint64_t asked_again = 0;
  std::uint64_t tool_calls = 0;
  std::uint64_t malformed = 0;
  std::uint64_t late = 0;      // of turns that were over
  std::uint64_t unwanted = 0;  // sensible, but asked for by nobody
  std::uint64_t cuts = 0;      // streams that were ended because of what the core did
  std::uint64_t input_tokens = 0, cached_tokens = 0, output_tokens = 0, reasoning_tokens = 0;
  Time first_text = 0, first_text_max = 0;
};

class CoreSession {
 public:
  static constexpr std::size_t kMostReply = 32 * 1024;           // bytes of text
  static constexpr std::size_t kMostOutgoing = 4 * 1024 * 1024;  // bytes that wait
  static constexpr std::size_t kMostOutgoingMessages = 1024;     // that wait
  static constexpr int kMostMalformed = 20;                      // of a stream
  static constexpr int kMostUnwanted = 1000;                     // in kUnwantedTime
  static constexpr Time kUnwantedTime = 10 * kSecond;
  static constexpr std::size_t kMostNotices = 64;
  static constexpr std::size_t kMostToolCalls = 32;          // of a turn
  static constexpr std::size_t kMostArguments = 64 * 1024;   // bytes
  static constexpr std::size_t kMostToolOutput = 64 * 1024;  // bytes
  static constexpr Time kToolTimeout = 660 * kSecond;        // more than any tool may take
  // For each byte of text that is no blank. Speech has about 15 a second: what comes slower than
  // this is never heard as speech.
  static constexpr Time kSlowest = kSecond;
  static constexpr Time kCloseTimeout = 2 * kSecond;
  static constexpr unsigned kMostAsks = 3;  // of one turn
  static constexpr std::size_t kHistoryTokens = 16000;

  struct Config {
    Time connect_timeout = 3 * kSecond;
    Time ping_interval = 5 * kSecond;
    jackfield::Backoff::Config backoff{.first_ns = 100'000'000, .most_ns = 5 * kSecond};
  };
  struct Limits {
    Time first_text = 15 * kSecond;
    Time text = 10 * kSecond;
  };
  enum class Action { kOpen, kCut, kCutDead };  // the last: and trust its connection no more

  // `random` gives numbers in [0, 1).
  CoreSession(const Config& config, std::function<double()> random);

  // ---- The call ----
  // `open` without history and tools, which are the session's.
  void begin(v1::Open open, Time now);
  void end(Time now);
  // Who calls; "": nobody is known. The core is told what it does not know yet.
  void set_caller(std::string caller, Time now);

  // ---- The stream ----
  std::optional<Action> next_action();
  // Serialized; to be called when the one before was written.
  std::optional<std::string> next_message();
  // Nothing more will be written.
  bool finished_writing() const { return link_ == Link::kEnding && outgoing_.empty(); }
  void received(std::string_view bytes, Time now);
  void closed(const StreamEnd& end, Time now);
  void tick(Time now);
  Time deadline() const;
  bool connected() const { return link_ == Link::kReady; }

  // ---- Turns ----
  void turn_starts(std::uint32_t turn_id, Time now);
  void ask(std::uint32_t turn_id, const std::string& text, bool not_understood,
           const Limits& limits, Time now);
  void cancel(Time now);
  // A piece of the running reply that is passed on to be spoken.
  void said(std::uint32_t turn_id, std::string_view piece);
  // Something that goes before the turns to come, and needs no answer.
  void note(std::uint32_t turn_id, const std::string& text, Time now);
  void heard(std::uint32_t turn_id, std::string_view text, Time now);
  void take_history(const v1::History& history, Time now);
  // Of ReplyEvent: none without a running turn.
  bool has_event() const { return !events_.empty(); }
  std::optional<ReplyEvent> next_event();
  bool has_notice() const { return !notices_.empty(); }
  std::optional<Notice> next_notice();

  // ---- Tools ----
  void offer(std::vector<v1::Tool> tools, Time now);
  // False when it was not asked, or not any more.
  bool answer_tool(const std::string& call_id, std::string_view output, Time now);

  const jackfield::Conversation& conversation() const { return conversation_; }
  const SessionStats& stats() const { return stats_; }

 private:
  enum class Link { kNone, kWaiting, kConnecting, kReady, kCutting, kEnding };
  struct Running {
    v1::Turn turn;
    Limits limits;
    Time asked_at = 0;
    Time deadline = kNever;
    Time due_by = kNever;  // more text, or the end, at the slowest pace that is borne
    bool sent = false;
    unsigned asks = 0;
    bool answered = false;  // something of the reply came
    std::size_t bytes = 0;
    std::map<std::string, std::string> open_calls;  // our id -> the core's
    std::vector<std::string> call_ids;              // the core's, all
    std::optional<ReplyEvent> end;                  // when the open calls are answered
  };

  v1::Open make_open() const;
  void open_stream(Time now);
  void tell_caller(Time now);
  void cut(Failure why, Time now, bool dead = false);
  void retry(Time now);
  void send(const v1::ToCore& message, Time now);
  void send_turn(Time now);
  void fail_turn(Failure failure);
  void finish_turn(ReplyEvent end);
  void check_finished(Time now);
  void malformed(const char* what, Time now);
  void unwanted(Time now);
  void notice(Notice notice, Time now);
  void connection_notice(bool connected, const std::string& text, Time now);

  // True: a message about the running turn. False, and counted, when it is late or nonsense.
  bool is_running(std::uint64_t request_id, Time now);
  void take(const v1::FromCore& message, Time now);
  void take_ready(const v1::Ready& ready, Time now);
  void take_text(const v1::Text& text, Time now);
  void take_tool_call(const v1::ToolCall& call, Time now);
  void take_end(const v1::ReplyEnd& end, Time now);
  void take_error(const v1::Error& error, Time now);
  void take_usage(const v1::Usage& usage, Time now);

  Config config_;
  jackfield::Backoff backoff_;
  std::function<double()> random_;

  v1::Open open_;
  std::string told_caller_;  // on this stream
  std::vector<v1::Tool> tools_;
  jackfield::Conversation conversation_;
  bool was_ready_ = false;  // of this call

  Link link_ = Link::kNone;
  Time retry_at_ = kNever;
  Time ready_by_ = kNever;
  Time ready_at_ = 0;
  Time last_heard_ = 0;
  Time ping_at_ = kNever;
  Time close_by_ = kNever;
  std::uint64_t pings_ = 0;
  Failure failure_;  // of the last stream
  std::deque<Action> actions_;
  std::deque<std::string> outgoing_;
  std::size_t outgoing_bytes_ = 0;
  std::deque<v1::ToCore> pending_;  // until the core is ready
  int malformed_ = 0;
  int unwanted_ = 0;
  Time unwanted_since_ = 0;

  std::uint64_t requests_ = 0;
  std::optional<Running> running_;
  std::deque<std::pair<std::uint64_t, std::uint32_t>> recent_;  // request and turn of the last ones
  std::deque<ReplyEvent> events_;
  std::deque<Notice> notices_;
  SessionStats stats_;
};

}  // namespace agentcore
