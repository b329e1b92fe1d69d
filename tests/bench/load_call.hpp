// One caller of the load generator, on non-blocking sockets: posts the voice webhook as Twilio
// does, opens the media stream that it names, sends a frame whenever it is told to, and compares
// what comes back with what was sent, byte by byte. One thread.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "line_audio.hpp"
#include "simulate/core/stream_message.hpp"

namespace bench {

using Nanoseconds = std::int64_t;
Nanoseconds now_ns();

struct Target {
  std::string host;  // an IPv4 address
  std::uint16_t port = 0;
  std::string voice_path;  // empty: no webhook, the stream is opened at media_path
  std::string media_path;
};

// Of all calls together, while `measuring`.
struct Measured {
  bool measuring = false;
  std::vector<float> rtt_ms;  // of every frame sent while measuring that came back
  std::uint64_t frames_sent = 0;
  std::uint64_t bytes_lost = 0;     // sent while measuring, and never heard again: whole frames
  std::uint64_t bytes_cut = 0;      // less than a frame: twiliosink makes up for a stall by that
  std::uint64_t foreign_bytes = 0;  // heard, though nobody had said it: silence, say
  std::uint64_t messages = 0;       // received
  std::uint64_t marks = 0;          // received and echoed
};

// Who listens to a caller, instead of the comparison with what it said itself.
class Ear {
 public:
  virtual ~Ear() = default;
  // A frame that was sent, and what a message brought; mu-law.
  virtual void said(std::span<const std::uint8_t> mulaw, Nanoseconds now) = 0;
  virtual void heard(std::span<const std::uint8_t> mulaw, Nanoseconds now) = 0;
};

class LoadCall {
 public:
  enum class State { kIdle, kWebhook, kHandshake, kRunning, kClosed };

  // `ear` may be nullptr.
  LoadCall(int number, const Target& target, const LineAudio& audio, Measured& measured,
           Ear* ear = nullptr);
  ~LoadCall();
  LoadCall(const LoadCall&) = delete;
  LoadCall& operator=(const LoadCall&) = delete;

  // Begins to connect. The socket is new after begin() and whenever socket_changed() says so.
  bool begin();
  bool socket_changed();
  int fd() const { return fd_; }
  State state() const { return state_; }
  const std::string& problem() const { return problem_; }
  // Whether bytes wait for the socket to take them.
  bool wants_write() const { return !out_.empty(); }

  void on_readable();
  void on_writable();

  void send_frame();
  // The marks whose audio has played by now; the time of the next one, or -1.
  void echo_marks(Nanoseconds now);
  Nanoseconds next_mark() const { return marks_.empty() ? -1 : marks_.front().due; }

  // What is sent from here on counts; until here.
  void begin_measuring() { measured_from_ = sent_; }
  void end_measuring() { measured_to_ = sent_; }
  bool all_returned() const { return returned_ >= measured_to_; }
  // Counts what has not come back as lost.
  void settle();
  void stop();

 private:
  struct Mark {
    Nanoseconds due;
    std::string name;
  };

  bool connect_to(const std::string& host, std::uint16_t port);
  void fail(std::string problem);
  void close_socket();
  void write(std::string_view bytes);
  void send_text(std::string_view text);
  void take_webhook();
  void open_stream();
  void take_handshake();
  void take_frames();
  void take_message(std::string_view text);
  void take_audio(std::span<const std::uint8_t> mulaw);
  bool resynchronize(std::span<const std::uint8_t> mulaw);
  void returned(std::size_t bytes, Nanoseconds now);
  void lose(std::uint64_t from, std::uint64_t to);

  static constexpr std::size_t kSendTimes = 1024;  // frames that may be under way

  const int number_;
  const Target& target_;
  const LineAudio& audio_;
  Measured& measured_;
  Ear* const ear_;
  State state_ = State::kIdle;
  std::string problem_;
  int fd_ = -1;
  bool socket_changed_ = false;
  std::string out_;
  std::string in_;
  std::string media_path_;
  jackfield::simulate::StreamIdentity identity_;
  std::uint64_t sequence_ = 0;
  std::uint64_t frames_ = 0;
  const std::uint64_t offset_;  // of the caller in the loop of audio, bytes
  std::uint64_t sent_ = 0;      // bytes of audio
  std::uint64_t returned_ = 0;  // all before was heard again, or is lost
  std::uint64_t measured_from_ = UINT64_MAX;
  std::uint64_t measured_to_ = UINT64_MAX;
  std::vector<Nanoseconds> send_times_;
  Nanoseconds play_end_ = 0;
  std::deque<Mark> marks_;
};

}  // namespace bench
