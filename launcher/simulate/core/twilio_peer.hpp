// Twilio's end of one media stream, without a socket and without a clock: the order of messages,
// the counters, the play queue, and every breach of the protocol by the server.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "line_time.hpp"
#include "play_queue.hpp"
#include "stream_message.hpp"

namespace jackfield::simulate {

struct Violation {
  Samples at = 0;
  int code = 0;  // Twilio's error code
  std::string text;
};

struct PeerStats {
  std::uint64_t messages = 0;        // received
  std::uint64_t media_messages = 0;  // received and good
  Samples agent_audio = 0;           // received
  Samples agent_played = 0;          // heard by the caller
  Samples agent_cleared = 0;         // dropped by clear
  std::uint64_t marks = 0;           // received
  std::uint64_t marks_played = 0;    // echoed because everything before was heard
  std::uint64_t marks_cleared = 0;   // echoed because of a clear
  std::uint64_t clears = 0;
  std::uint64_t chunks = 0;      // media sent
  std::uint64_t violations = 0;  // all, also those beyond the kept ones
};

class TwilioPeer {
 public:
  static constexpr std::size_t kKeptViolations = 32;

  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void on_send(std::string_view message) = 0;
    virtual void on_agent_audio(Samples at, std::span<const std::uint8_t> mulaw) = 0;
    virtual void on_agent_idle(Samples at, Samples count) = 0;
    virtual void on_clear(Samples at, Samples dropped) = 0;
    virtual void on_mark_echo(Samples at, const std::string& name, bool cleared) = 0;
    virtual void on_violation(const Violation& violation) = 0;
  };

  TwilioPeer(StreamIdentity identity, Listener& listener);

  void connect();  // sends "connected"
  void start();    // sends "start": time begins
  void advance(Samples now);
  void send_media(Samples at, std::span<const std::uint8_t> mulaw);
  void send_dtmf(char digit);
  void stop();  // sends "stop"; nothing is sent after it

  void receive_text(Samples now, std::string_view text);
  void receive_binary(Samples now, std::size_t size);
  void receive_broken(Samples now, std::string reason);  // WebSocket protocol error

  bool started() const { return state_ == State::kStarted; }
  const StreamIdentity& identity() const { return identity_; }
  const PeerStats& stats() const { return stats_; }
  const std::vector<Violation>& violations() const { return violations_; }
  std::size_t marks_outstanding() const { return queue_.pending_marks(); }
  Samples unplayed() const { return queue_.queued(); }

 private:
  enum class State { kIdle, kConnected, kStarted, kStopped };

  class QueueListener : public PlayQueue::Listener {
   public:
    explicit QueueListener(TwilioPeer& peer) : peer_(peer) {}
    void on_played(Samples at, std::span<const std::uint8_t> mulaw) override;
    void on_idle(Samples at, Samples count) override;
    void on_mark(Samples at, const std::string& name, bool cleared) override;

   private:
    TwilioPeer& peer_;
  };

  void violate(Samples at, int code, std::string text);

  StreamIdentity identity_;
  Listener& listener_;
  QueueListener queue_listener_;
  PlayQueue queue_;
  State state_ = State::kIdle;
  std::uint64_t sequence_ = 0;
  std::string scratch_;
  PeerStats stats_;
  std::vector<Violation> violations_;
  bool queue_full_reported_ = false;
};

}  // namespace jackfield::simulate
