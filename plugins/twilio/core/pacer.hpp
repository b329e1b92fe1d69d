// The agent's audio on its way to Twilio: a bounded queue that is sent by deadline, the marks that
// tell what was played, and the position heard.
//
// Twilio plays what it gets in order and at once. Audio goes out at most `max_lead_ns` ahead of its
// own playing, so that a `clear` finds little to clear and 10 minutes (Twilio's limit) are never
// near. When the audio sent so far will have been played is known from the wall clock, counted at
// the speed of Twilio's (set_skew): a byte is played at the later of its sending and the end of the
// byte before it. What the network held up is not played then but later; marks that stay late tell.
//
// Live audio that has queued up is shortened, see LiveBacklog.
//
// Positions in time (pts) are the caller's, in nanoseconds; kNever stands for unknown.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "line_units.hpp"
#include "live_backlog.hpp"
#include "rate_clock.hpp"
#include "standing_excess.hpp"

namespace twilio {

class Pacer {
 public:
  struct Config {
    uint64_t max_lead_ns = 200 * kMillisecondNs;
    uint64_t mark_interval_ns = 100 * kMillisecondNs;  // 0: only at the end of a reply
    size_t max_bytes = 8000;                           // of audio waiting to be sent
    // Audio that was held up for so long, on top of the time a full queue takes, is not worth
    // playing any more.
    uint64_t max_age_ns = 5000 * kMillisecondNs;
  };

  struct Stats {
    uint64_t sent_bytes = 0;
    uint64_t sent_messages = 0;
    uint64_t cleared_bytes = 0;  // dropped from the queue by clear()
    uint64_t expired_bytes = 0;  // dropped because of max_age_ns
    uint64_t fill_bytes = 0;     // sent without queued audio, see next()
    uint64_t cut_bytes = 0;      // of live audio, to catch up
    uint64_t marks_sent = 0;
    uint64_t marks_echoed = 0;
    uint64_t marks_stale = 0;       // echoes of generations already cleared
    uint64_t marks_unexpected = 0;  // echoes of names never sent, or echoed before
    uint64_t clears = 0;
  };

  explicit Pacer(Config config);

  void set_max_lead(uint64_t ns) { config_.max_lead_ns = ns; }
  // When half of max_lead will be left to play of what was sent, on the scale of the arguments.
  // Until then nothing is in a hurry: what is queued, or is pushed, can wait for the next round.
  uint64_t low_ns() const { return open_ ? clock_.local(low_end_ns()) : 0; }
  void set_mark_interval(uint64_t ns) { config_.mark_interval_ns = ns; }
  void set_max_bytes(size_t bytes) { config_.max_bytes = bytes; }

  // How fast Twilio plays, see FarClock::skew().
  void set_skew(double skew, uint64_t now_ns) { clock_.set_skew(skew, now_ns); }

  // The stream is there: sending may begin. Audio queued before does not count as waiting yet.
  void open(uint64_t now_ns);

  // Takes as many bytes as there is room for, and returns how many. kNever: of unknown time.
  size_t push(std::span<const uint8_t> mulaw, uint64_t pts_ns, uint64_t now_ns);
  size_t room() const { return queued() < config_.max_bytes ? config_.max_bytes - queued() : 0; }
  size_t queued() const { return queue_.size() - head_; }

  // The one who pushes waits for room, so what waits here is not live.
  void pusher_waits() { backlog_.restart(); }

  // The audio pushed so far ends a reply: a mark follows it.
  void end_reply();

  // Drops what waits, and asks for a `clear` when anything was sent that may not have been played.
  void clear(uint64_t now_ns);

  enum class Step { kIdle, kWait, kAudio, kMark, kClear };
  struct Action {
    Step step = Step::kIdle;
    std::span<const uint8_t> audio;  // kAudio; valid until the next call
    std::string_view mark;           // kMark; valid until the next call
    uint64_t until_ns = kNever;      // kWait
  };
  // What to send now. Call it until it says kIdle (nothing will be due before something is pushed)
  // or kWait. With `fill`, silence is sent where no audio waits: something is to be mixed into it.
  Action next(uint64_t now_ns, bool fill = false);

  struct Echo {
    bool cleared = false;  // of an earlier generation: nothing is known about its playing
    bool ends_reply = false;
    uint64_t pts_ns = kNever;  // the end of the audio heard; kNever when cleared
  };
  // A mark came back. std::nullopt when it is none of ours.
  std::optional<Echo> on_echo(std::string_view name, uint64_t now_ns);

  // Everything before this time was heard: by the last mark echoed and the time since, at most what
  // can have been played by now. After a clear it stands still until newer audio is heard.
  uint64_t played_pts(uint64_t now_ns) const;

  // Everything pushed was sent and its last mark echoed.
  bool drained() const;
  // How long everything queued and sent will still play.
  uint64_t remaining_ns(uint64_t now_ns) const;

  uint64_t generation() const { return generation_; }
  const Stats& stats() const { return stats_; }

 private:
  // From here on, audio at `offset` has time `pts`. Frozen: time does not pass (fill).
  struct Anchor {
    uint64_t offset;
    uint64_t pts;
    bool frozen;
  };
  struct Stamp {
    uint64_t end;  // offset behind the bytes
    uint64_t pushed_ns;
  };
  struct Mark {
    uint64_t serial;
    uint64_t offset;
    bool ends_reply;
    uint64_t due_ns;  // when what is before it will have been played
  };

  void anchor(uint64_t offset, uint64_t pts, bool frozen);
  uint64_t pts_at(uint64_t offset) const;
  uint64_t played_offset(uint64_t now_ns) const;
  uint64_t queue_end() const { return sent_ + queued(); }
  uint64_t low_end_ns() const {
    return play_end_ns_ - std::min(play_end_ns_, config_.max_lead_ns / 2);
  }
  uint64_t lead(uint64_t now_ns) const { return play_end_ns_ > now_ns ? play_end_ns_ - now_ns : 0; }
  void append(std::span<const uint8_t> mulaw, uint64_t now_ns);
  void follow_echo(const Mark& mark, uint64_t now_ns);
  void expire(uint64_t now_ns);
  void drop(size_t bytes);
  void forget_played(uint64_t now_ns);
  Action send_mark(bool ends_reply);

  Config config_;
  Stats stats_;
  // All times below are of this clock; public functions are given ours.
  RateClock clock_;
  LiveBacklog backlog_;
  StandingExcess echo_delay_;
  int64_t held_up_ns_ = 0;  // of play_end_ns_, because of late marks

  // Offsets count bytes of this generation, from its first byte sent.
  uint64_t generation_ = 1;
  std::vector<uint8_t> queue_;
  size_t head_ = 0;
  std::vector<uint8_t> fill_;
  std::deque<Stamp> stamps_;
  std::deque<Anchor> anchors_;
  std::deque<uint64_t> reply_ends_;
  std::deque<Mark> pending_;
  uint64_t sent_ = 0;
  uint64_t marked_ = 0;  // offset of the last mark sent
  uint64_t serial_ = 0;
  uint64_t play_end_ns_ = 0;  // when all that was sent will have been played
  uint64_t last_send_ns_ = 0;
  uint64_t echoed_ = 0;  // offset of the last mark echoed
  uint64_t echoed_ns_ = 0;
  bool any_echo_ = false;
  uint64_t frozen_pts_ = kNever;  // heard before this generation
  bool open_ = false;
  uint64_t open_ns_ = 0;
  bool clear_due_ = false;
  std::string mark_name_;
};

}  // namespace twilio
