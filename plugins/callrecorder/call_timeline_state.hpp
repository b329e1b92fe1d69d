// What the pads' streaming threads, the state changes and the writer thread of a call timeline
// share. The lock is held for copies only: never while pushing, posting, waiting for I/O or
// joining.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>

#include "audio_input.hpp"
#include "gstcalltimeline.h"
#include "gstpp.hpp"
#include "stereo_timeline.hpp"

namespace callrecorder {

constexpr int kDefaultRate = 8000;  // of a recording that never got audio

struct SideState {
  // Streaming thread of the pad.
  AudioInput input;
  GstSegment segment{};
  bool announced = false;  // upstream was asked whether it is live
  std::optional<Time> next_time;
  // Guarded by TimelineState::lock.
  GstPad* pad = nullptr;
  bool eos = false;
  bool flushing = false;
};

struct TimelineState {
  GstCallTimelineSettings settings;  // changed in NULL and READY only
  GstElement* reporter = nullptr;
  GstPad* src = nullptr;
  GThread* writer = nullptr;  // state changes only
  std::atomic<bool> playing{false};
  std::atomic<GstClockTime> paused_at{0};  // running time when PLAYING was left

  std::mutex lock;
  std::condition_variable writer_wakes;
  std::condition_variable room_made;
  std::array<SideState, kSides> sides;
  bool mono = false;  // the caller's side holds a mix, and there is no other
  std::optional<StereoTimeline> timeline;
  int rate = 0;              // of the recording, once known
  bool live = false;         // any side is live
  GstClockTime latency = 0;  // of the slower side
  bool waiting = false;      // nothing is written yet; what is older than the hold is forgotten
  bool wake = false;
  bool stopping = false;
  bool finished = true;  // the writer takes nothing any more
  guint32 eos_seqnum = GST_SEQNUM_INVALID;
  GstClockTime recorded = 0;
};

// Running time now; absent without a clock. Not under the lock.
inline std::optional<Time> running_time_of(GstElement* element, const TimelineState& state) {
  if (!state.playing.load()) return static_cast<Time>(state.paused_at.load());
  const GstClockTime now = gstpp::running_time(element);
  if (now == GST_CLOCK_TIME_NONE) return std::nullopt;
  return static_cast<Time>(now);
}

// The time the timeline works with: none when it follows the data.
inline std::optional<Time> timeline_now(const TimelineState& state, std::optional<Time> now) {
  return state.live ? now : std::nullopt;
}

}  // namespace callrecorder
