// The session of an STT element with a streaming service: which audio goes out when, which texts
// belong to which turn, and what happens when the connection fails in the middle.
//
// Turns are announced from outside (begin_turn, end_turn); until the first one, or always with
// Segmentation::kService, the service's own detection makes them. Outside announced turns no audio
// is sent, unless the service needs it. The audio of a turn is kept until its text is there: on a
// new connection it is sent again.
//
// Pure: the time is an argument (monotonic, ns), media times are running times in ns; what is to be
// done comes out as actions, in order. One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "backoff.hpp"
#include "stt_service.hpp"

namespace jackfield {

class SttSession {
 public:
  enum class Segmentation { kAuto, kEvents, kService };

  struct Config {
    Segmentation segmentation = Segmentation::kAuto;
    uint64_t pre_roll_ns = 300'000'000;          // audio before the announced start
    uint64_t result_timeout_ns = 3'000'000'000;  // from the end of a turn to its text
    uint64_t keep_alive_ns = 4'000'000'000;      // silence on the connection before a keep-alive
    uint64_t chunk_ns = 60'000'000;              // audio goes out in pieces of at least this
    uint64_t kept_ns = 60'000'000'000;           // audio kept of a turn
    uint64_t renew_ns = UINT64_MAX;  // a connection this old is replaced when nobody speaks
    Backoff::Config backoff;
  };

  struct Failure {
    std::string cause;  // "unreachable", "refused", "service", ...
    std::string text;
    bool retryable = true;
    int http_status = 0;
    int close_code = 0;
  };

  // ---- Actions ----
  struct Connect {};     // a new connection, in place of the old one
  struct Disconnect {};  // drop it
  struct Send {
    SttMessage message;
  };
  struct Interim {
    unsigned turn_id;
    std::string text;
    bool is_final;
  };
  // The text of an announced turn; every turn that was ended gets one, in order.
  struct Result {
    unsigned turn_id;
    std::string text;  // "": not understood
  };
  // A turn that the service found. `text` is set at its end.
  struct ServiceTurn {
    bool ended;
    std::string text;
  };
  struct Note {
    std::string event;
    std::string text;
    double confidence;
    std::vector<SttWord> words;
    std::string language;
  };
  using Action =
      std::variant<Connect, Disconnect, Send, Interim, Result, ServiceTurn, Note, Failure>;

  struct Stats {
    uint64_t turns = 0;
    uint64_t understood = 0;
    uint64_t timeouts = 0;  // turns whose text did not come in time
    uint64_t connects = 0;
    uint64_t failures = 0;       // connections that failed, or were not made
    uint64_t resent_bytes = 0;   // audio sent again on a new connection
    uint64_t dropped_bytes = 0;  // audio beyond what is kept
    uint64_t sent_bytes = 0;     // audio
    uint64_t malformed = 0;      // messages that could not be read
    uint64_t latency_ns = 0;     // of the last turn: from its end to its text
    uint64_t latency_sum_ns = 0;
    uint64_t latency_max_ns = 0;
  };

  SttSession(const Config& config, std::unique_ptr<SttService> service, const SttFormat& format);

  // ---- Events; each returns what is to be done ----
  std::vector<Action> start(uint64_t now);  // connects
  std::vector<Action> audio(uint64_t now, uint64_t media_time, std::span<const uint8_t> bytes);
  std::vector<Action> begin_turn(uint64_t now, unsigned id, uint64_t speech_start);
  // False in `known` when no such turn is running.
  std::vector<Action> end_turn(uint64_t now, bool& known);
  // The end of the stream: has what was said without turns transcribed. `pending()` says when it
  // is.
  std::vector<Action> finish(uint64_t now);
  std::vector<Action> connected(uint64_t now);
  std::vector<Action> disconnected(uint64_t now, const Failure& failure, double random);
  std::vector<Action> message(uint64_t now, std::string_view text, double random);
  std::vector<Action> tick(uint64_t now);
  // Forgets all turns; results that are still on their way are dropped.
  std::vector<Action> flush(uint64_t now);

  // When tick() is to be called; UINT64_MAX: never.
  uint64_t deadline() const;
  // Whether texts are still to come for what was ended.
  bool pending() const;
  bool turn_running() const { return !turns_.empty() && !turns_.back().ended; }
  unsigned running_id() const { return turn_running() ? turns_.back().id : 0; }
  // Audio that was not sent yet, bytes.
  std::size_t unsent() const;
  const Stats& stats() const { return stats_; }
  const SttFormat& format() const { return format_; }
  bool is_connected() const { return connected_; }
  // A farewell for a connection that is in order.
  std::optional<SttMessage> goodbye() { return connected_ ? service_->goodbye() : std::nullopt; }

 private:
  struct Kept {
    std::vector<uint8_t> bytes;
    std::size_t sent = 0;
    std::size_t ever_sent = 0;  // on any connection
  };
  struct Turn {
    unsigned id = 0;
    bool ended = false;
    bool finished = false;  // finish() went out
    uint64_t ended_at = 0;
    uint64_t waits_since = 0;
    uint64_t sent_at_finish = 0;  // audio of the connection when finish() went out, bytes
    Kept audio;
    std::string settled;
    std::string tail;
  };
  using Actions = std::vector<Action>;

  // Built in place: a temporary variant costs a move, and GCC 12 false warnings.
  template <typename T>
  static void add(Actions& out, T action) {
    out.emplace_back(std::in_place_type<T>, std::move(action));
  }
  bool by_service() const;
  bool waits_for_end() const { return !service_->finds_turns() && finishing_since_ == 0; }
  void remember(uint64_t media_time, std::span<const uint8_t> bytes);
  void keep(Kept& kept, std::span<const uint8_t> bytes);
  void send(uint64_t now, SttMessage message, Actions& out);
  void send_audio(uint64_t now, Kept& kept, bool all, Actions& out);
  void send_all(uint64_t now, Actions& out);
  void finish_turn(uint64_t now, Turn& turn, Actions& out);
  // False: the connection is of no use any more.
  bool take_reading(uint64_t now, const SttReading& reading, double random, Actions& out);
  void take_text(uint64_t now, const SttReading& reading, Actions& out);
  void take_service_turn(uint64_t now, const SttReading& reading, Actions& out);
  void resolve_front(uint64_t now, Actions& out);
  void resolve_all(uint64_t now, Actions& out);
  void reconnect_now(Actions& out);
  void lose_connection();
  void fail(uint64_t now, const Failure& failure, double random, Actions& out);
  uint64_t renewal() const;
  bool front_is_over(const SttReading& reading) const;
  uint64_t turn_deadline(const Turn& turn) const;
  std::size_t bytes_of(uint64_t ns) const;

  Config config_;
  std::unique_ptr<SttService> service_;
  SttFormat format_;
  Backoff backoff_;
  Stats stats_;

  bool connected_ = false;
  bool connecting_ = false;
  bool announced_ = false;  // a turn was announced so far
  uint64_t retry_at_ = UINT64_MAX;
  uint64_t connected_at_ = 0;
  uint64_t last_sent_ = 0;
  uint64_t connection_bytes_ = 0;  // audio sent on this connection

  std::deque<uint8_t> recent_;  // outside turns
  uint64_t recent_end_ = 0;     // media time

  std::deque<Turn> turns_;
  Kept stream_;  // what is sent whether there is a turn or not
  std::string stream_settled_;
  std::string stream_tail_;
  bool service_speaks_ = false;     // the service is within a turn that it found
  std::size_t answered_words_ = 0;  // of the service's own turn, given to earlier turns of ours
  uint64_t finishing_since_ = 0;    // finish() of the stream, 0: not asked for
};

}  // namespace jackfield
