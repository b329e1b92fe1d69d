// Decides what goes into the recording of a call, and when it is final.
//
// Both sides push blocks with their running time; the timeline puts them in step into a bounded
// ring. A frame leaves the ring for the file once it is older than `hold`. Until then the agent's
// audio can still be taken back: audio that a barge-in cleared was never heard and is never
// written.
//
// Heard means: before the position of the last VoicePlayed. Where nobody sends VoicePlayed, nominal
// time counts: audio is heard when the running time passes it. An agent's audio that is due but not
// yet confirmed is kept back up to `unconfirmed_hold`, then written and counted.
//
// Live (`now` is known): frames become final as time passes. Not live (`now` absent): as both sides
// advance, or when a side needs the room. All times are running times in ns. Not thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "placement.hpp"
#include "stereo_ring.hpp"

namespace callrecorder {

using Time = int64_t;  // ns
constexpr Time kSecond = 1'000'000'000;
constexpr Time kMillisecond = 1'000'000;

// Nearest sample of a time; exact for any time and rate in use.
int64_t samples_of(Time time, int rate) noexcept;
Time time_of(int64_t samples, int rate) noexcept;

class StereoTimeline {
 public:
  struct Config {
    int rate = 8000;                            // Hz
    Time hold = 1500 * kMillisecond;            // before a frame is final
    Time unconfirmed_hold = 3 * kSecond;        // at most, while VoicePlayed is behind
    Time lead = 2500 * kMillisecond;            // how far the agent may be ahead of time
    Time jitter_tolerance = 10 * kMillisecond;  // see Placement
    Time fade = 5 * kMillisecond;               // at cuts and at the edges of gaps
  };

  struct Counters {            // samples
    uint64_t late = 0;         // came when their place was already in the file
    uint64_t overrun = 0;      // no room: too far ahead, or the file was not written for too long
    uint64_t discarded = 0;    // agent audio that was never heard
    uint64_t unconfirmed = 0;  // agent audio written without VoicePlayed having reached it
    uint64_t corrected = 0;    // added or removed against drift
    uint64_t gaps = 0;         // (count) discontinuities after the first block of a side
  };

  explicit StereoTimeline(const Config& config);

  // Which sides are there and have not ended; only these are waited for when not live.
  void set_active(Side side, bool active) noexcept;

  // Without a time the block goes behind its predecessor. Live, a block whose time is not near
  // `now` (older than the hold, or further ahead than the lead) is dropped and counted.
  void push(Side side, std::optional<Time> time, std::span<const int16_t> samples,
            std::optional<Time> now);
  // Silence that was announced.
  void gap(Side side, Time time, Time duration) noexcept;

  void played(Time position, bool discarded, std::optional<Time> now) noexcept;
  // A flush on the agent's side: what is pushed but not heard is dropped.
  void flush_started(std::optional<Time> now) noexcept;
  void flush_stopped() noexcept;

  // Would a block of the side fit that ends at this time? When not, remembers the wish: the
  // timeline then makes room without waiting for the other side. A wish that is further away than
  // ten minutes is an error of the timestamps and granted at once (push() then drops the block).
  bool has_room(Side side, std::optional<Time> time, size_t samples) noexcept;

  // Takes final frames (interleaved caller, agent). 0: none yet, or `out` was empty.
  size_t take(std::optional<Time> now, std::span<int16_t> out) noexcept;
  // What was taken so far does not belong to the file: it begins with the next frame.
  void drop_taken() noexcept;
  // Has all audio been heard, so that nothing more can be discarded? Only asked when live.
  bool all_heard(Time now) const noexcept;
  // Nothing more will come: what was not heard by now is dropped, the rest is final.
  void finish(std::optional<Time> now) noexcept;

  // Running time of the first frame of the file; absent before the first take.
  std::optional<Time> start() const noexcept;
  // End of the latest audio that was accepted.
  Time end() const noexcept;
  const Counters& counters() const { return counters_; }
  int rate() const { return config_.rate; }

 private:
  struct SideState {
    explicit SideState(const Placement::Config& config) : placement(config) {}
    Placement placement;
    bool active = false;
    bool ever = false;      // has pushed or announced anything; `end` is valid
    bool pushed = false;    // has pushed samples
    bool sounding = false;  // its last block has not been closed by a fade
    int64_t end = 0;        // behind its last sample or announced silence
  };

  SideState& state(Side side) { return sides_[index_of(side)]; }
  const SideState& state(Side side) const { return sides_[index_of(side)]; }
  void begin_at(int64_t position) noexcept;
  void reach(SideState& side, int64_t position) noexcept;
  int64_t latest_end() const noexcept;
  int64_t progress() const noexcept;
  int64_t final_until(std::optional<Time> now) noexcept;
  int64_t close_edges(int64_t until, bool may_wait) noexcept;
  void cut(int64_t position) noexcept;

  Config config_;
  int64_t hold_;
  int64_t fade_;
  StereoRing ring_;
  std::array<SideState, kSides> sides_;
  std::vector<int16_t> scratch_;
  Counters counters_;
  int64_t unconfirmed_until_ = INT64_MIN;  // counted up to here

  bool anchored_ = false;         // the ring has a place in time
  std::optional<int64_t> start_;  // first frame of the file, fixed at the first take
  int64_t earliest_ = 0;          // first sample pushed by any side
  std::optional<int64_t> finished_at_;
  int64_t room_wished_ = INT64_MIN;  // has_room() wants the ring to reach here

  std::optional<int64_t> heard_;             // last VoicePlayed
  std::optional<int64_t> generation_start_;  // first agent sample after the last flush
  bool new_generation_ = true;
  std::optional<int64_t> discard_;  // last discard, until the flush it belongs to ends
  Time discard_at_ = 0;
};

}  // namespace callrecorder
