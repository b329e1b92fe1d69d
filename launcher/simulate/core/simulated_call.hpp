// One call as a whole, without a socket: the caller, Twilio's end of the stream and the recording
// of both sides. Whoever owns it brings messages in and out and says what time it is.
#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "call_result.hpp"
#include "caller.hpp"
#include "speech_activity.hpp"
#include "twilio_peer.hpp"

namespace jackfield::simulate {

// How the caller's audio is cut into media messages.
struct Chunking {
  Samples size = 160;
  // Random sizes of 1 to 400 samples instead: nothing in the protocol promises 20 ms.
  bool odd = false;
};
// "20" and "20ms" are milliseconds, "137B" is bytes, "odd" random sizes. Nothing on nonsense.
std::optional<Chunking> parse_chunking(std::string_view text);

struct CallConfig {
  int number = 1;
  StreamIdentity identity;
  std::vector<Step> steps;
  std::optional<double> line_noise;  // dBFS
  std::uint64_t seed = 0;
  Chunking chunking;
  Samples timeout = 180000 * kSamplesPerMs;
  bool strict = true;  // a violation fails the call
  bool hang_up_on_violation = false;
};

class SimulatedCall : private TwilioPeer::Listener {
 public:
  static constexpr std::size_t kMaxEvents = 2000;  // kept, besides marks
  static constexpr std::size_t kMaxMarks = 1000;

  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void on_message(std::string_view text) = 0;
    virtual void on_event(const CallEvent& event) = 0;
    // Interleaved 16-bit frames: left the caller, right what the caller heard.
    virtual void on_recorded(std::span<const std::int16_t> stereo) = 0;
  };

  SimulatedCall(CallConfig config, Listener& listener);

  void connect();
  void start();
  // Everything that is due. `congested`: the socket does not take more; media is dropped.
  void advance(Samples now, bool congested = false);
  // When the next media message is due.
  Samples next_deadline() const { return chunk_at_ + chunk_size_; }

  void receive_text(Samples now, std::string_view text);
  void receive_binary(Samples now, std::size_t size);
  void receive_broken(Samples now, std::string reason);
  void server_closed(Samples now, std::string_view how);
  // The call cannot go on for a reason of ours (time-out, no answer, interrupted).
  void abandon(Samples now, std::string reason, std::string_view by);

  // kHangUp: send_stop(), then close in order; kAbrupt: just close.
  Caller::Ending ending() const { return caller_.ending(); }
  void send_stop(Samples now);
  // Ends the time line at `now`.
  CallResult finish(Samples now);

  const Caller& caller() const { return caller_; }
  const TwilioPeer& peer() const { return peer_; }
  const SpeechActivity& agent() const { return agent_; }

 private:
  void on_send(std::string_view message) override;
  void on_agent_audio(Samples at, std::span<const std::uint8_t> mulaw) override;
  void on_agent_idle(Samples at, Samples count) override;
  void on_clear(Samples at, Samples dropped) override;
  void on_mark_echo(Samples at, const std::string& name, bool cleared) override;
  void on_violation(const Violation& violation) override;

  void move_to(Samples now);
  void send_chunk(bool congested);
  void tell(Samples at, const char* kind, std::string text);
  void tell_progress(Samples now);
  void record();

  CallConfig config_;
  Listener& listener_;
  TwilioPeer peer_;
  Caller caller_;
  SpeechActivity agent_;
  std::mt19937_64 random_;
  CallResult result_;
  Samples chunk_at_ = 0;
  Samples chunk_size_ = 160;
  bool started_ = false;
  bool over_ = false;
  std::vector<std::uint8_t> chunk_;
  std::vector<std::int16_t> left_, right_, stereo_;
  std::size_t kept_marks_ = 0;
  // What was told of the progress.
  std::size_t told_step_ = 0;
  bool told_begin_ = false;
  bool told_speaking_ = false;
  std::int64_t told_bursts_ = 0;
};

}  // namespace jackfield::simulate
