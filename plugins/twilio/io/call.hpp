// One call: what twiliosrc and twiliosink of a pipeline share.
//
// Threads: run() and everything it calls belong to the call's I/O thread. All public functions may
// come from any thread. mutex_ guards what both sides touch (the pacer, the tones, the ends'
// pointers, the requests); it is never held while an end is called, so the ends may call back.
// Waiting for room in the queue happens in enqueue() only, and never on an I/O thread.
#pragma once

#include <array>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "call_protocol.hpp"
#include "caller_timeline.hpp"
#include "dtmf_tones.hpp"
#include "io_pool.hpp"
#include "pacer.hpp"
#include "websocket_framing.hpp"
#include "write_queue.hpp"

namespace twilio {

using jackfield::WebSocketFraming;
using jackfield::WriteQueue;

// The inbound end, implemented by twiliosrc. Called on the call's I/O thread.
class CallSource {
 public:
  virtual void on_started(const StartDetails& start) = 0;
  // Audio that has just arrived, behind the one before it unless `discontinuous`. `remapped`: how
  // much time passed since then is not known.
  virtual void on_audio(std::span<const uint8_t> mulaw, CallerPosition at, bool discontinuous,
                        bool remapped) = 0;
  virtual void on_missing(CallerPosition at, uint64_t samples) = 0;
  virtual void on_digit(char digit) = 0;
  virtual void on_ended(const char* reason, uint64_t duration_ns) = 0;

 protected:
  ~CallSource() = default;
};

// The outbound end, implemented by twiliosink. Called on the call's I/O thread.
class CallSink {
 public:
  virtual void on_mark(std::string_view name, const Pacer::Echo& echo) = 0;
  // The call ended with audio that was not heard: all before `heard_pts` was. Comes before the
  // ends of both sides.
  virtual void on_unheard(uint64_t heard_pts) = 0;
  virtual void on_ended() = 0;

 protected:
  ~CallSink() = default;
};

struct CallSettings {
  uint64_t inactivity_timeout_ns = 200 * kMillisecondNs;  // 0: no silence is made
  uint64_t dead_timeout_ns = 30'000 * kMillisecondNs;     // 0: never
  uint64_t max_errors = 100;                              // 0: any number
};

struct CallStats {
  uint64_t messages = 0;
  uint64_t media_messages = 0;
  uint64_t received_bytes = 0;  // from the socket
  uint64_t audio_bytes = 0;     // µ-law in
  uint64_t gaps = 0;
  uint64_t missing_samples = 0;  // between two payloads
  uint64_t silence_samples = 0;  // made because nothing came
  uint64_t late_samples = 0;     // dropped: their time had passed
  uint64_t quiet_samples = 0;    // dropped: catching up
  uint64_t behind_samples = 0;   // now
  double skew = 0;               // see FarClock
  uint64_t sequence_gaps = 0;
  std::array<uint64_t, kOffenceKinds> offences{};
  uint64_t total_offences = 0;
  Pacer::Stats out;
  uint64_t queued_bytes = 0;
  uint64_t dropped_bytes = 0;  // from pushers that must not wait
  uint64_t generation = 0;
  uint64_t write_queue_bytes = 0;
  uint64_t write_queue_max_bytes = 0;
  uint64_t played_pts = kNever;
};

class Call final : public jackfield::IoClient,
                   public std::enable_shared_from_this<Call>,
                   private WebSocketFraming::Listener {
 public:
  explicit Call(const CallSettings& settings);

  // Takes over an upgraded connection. False and `error` when it cannot be used. Once only.
  bool connect(GIOStream* connection, GError** error);

  // An end is called until it is detached; a call of it may still be running then, and the share
  // keeps it alive for that long. nullptr detaches.
  void set_source(std::shared_ptr<CallSource> source);
  void set_sink(std::shared_ptr<CallSink> sink);

  enum class Taken { kAll, kDropped, kFlushing, kEnded };
  // Queues audio for the caller. Waits for room, on an I/O thread it drops what has no room.
  Taken enqueue(std::span<const uint8_t> mulaw, uint64_t pts_ns);
  void end_reply();
  // Start: drops what waits, sends `clear`, and lets no pusher in until stop. Cancels a hang-up.
  void flush_start();
  void flush_stop();
  // For good: lets every waiting pusher go.
  void release_pushers();
  // Ends the call when all audio queued so far was heard, at most 5 s later than it should have.
  void hang_up_when_played();
  // Ends the call now. Nobody needs to wait for it.
  void shut_down();

  bool press_key(int number, int volume);
  void release_key();

  void set_max_lead(uint64_t ns);
  void set_mark_interval(uint64_t ns);
  void set_max_queue(uint64_t ns);
  void set_write_timeout(uint64_t ns);  // before connect()

  uint64_t played_pts() const;
  std::string stream_sid() const;  // "" before start
  bool ended() const;
  CallStats stats() const;

  jackfield::IoWish run(jackfield::IoChannel& channel, jackfield::IoReady ready,
                        uint64_t now_ns) noexcept override;

 private:
  enum class State { kOpen, kClosing, kDone };

  // WebSocketFraming::Listener
  void on_text(std::string_view text) override;
  void on_binary() override;
  void on_too_long() override;
  void on_ping(std::span<const uint8_t> payload) override;
  void on_close(uint16_t code) override;

  void round(jackfield::IoChannel& channel, jackfield::IoReady ready);
  void receive(jackfield::IoChannel& channel);
  void on_media(const Message& message);
  void on_mark(const Message& message);
  void offend(Offence offence);
  void check_offences();
  void check_times();
  uint64_t pump();
  void flush_out(jackfield::IoChannel& channel);
  void end(const char* reason, uint16_t close_code);
  void report_end();
  void publish();
  void wake();
  void wake_for_queue(std::unique_lock<std::mutex>& lock);

  const CallSettings settings_;

  // Of the I/O thread.
  uint64_t now_ns_ = 0;
  State state_ = State::kOpen;
  const char* end_reason_ = nullptr;
  bool end_reported_ = false;
  bool peer_closed_ = false;
  bool connection_lost_ = false;
  uint64_t close_deadline_ns_ = kNever;
  uint64_t connected_ns_ = 0;  // 0: not run yet
  uint64_t started_ns_ = 0;
  WebSocketFraming framing_;
  CallProtocol protocol_;
  CallerTimeline clock_;
  std::unique_ptr<WriteQueue> out_;
  CallStats counted_;
  std::shared_ptr<CallSource> source_now_;  // the ends during one round
  std::shared_ptr<CallSink> sink_now_;

  mutable std::mutex mutex_;
  std::condition_variable room_;
  // Guarded by mutex_.
  std::shared_ptr<jackfield::IoHandle> handle_;
  std::shared_ptr<CallSource> source_;
  std::shared_ptr<CallSink> sink_;
  Pacer pacer_;
  DtmfTones tones_;
  uint64_t write_timeout_ns_ = 5'000 * kMillisecondNs;
  uint64_t max_queue_bytes_;
  bool flushing_ = false;
  bool released_ = false;
  bool ended_ = false;
  bool idle_ = true;  // the I/O thread waits for nothing from the queue: it has to be woken
  int waiting_ = 0;   // pushers
  bool hang_up_ = false;
  uint64_t hang_up_deadline_ns_ = kNever;
  bool shut_down_ = false;
  uint64_t dropped_bytes_ = 0;
  std::string stream_sid_;
  std::string media_head_;  // of every media message
  CallStats published_;
};

}  // namespace twilio
