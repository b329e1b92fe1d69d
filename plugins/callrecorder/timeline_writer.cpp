#include "timeline_writer.hpp"

#include <chrono>
#include <utility>

namespace callrecorder {
namespace {

constexpr auto kPeriod = std::chrono::milliseconds{200};
constexpr size_t kFramesPerBuffer = 4096;

gstpp::CapsPtr caps_of(int rate, size_t channels) {
  gstpp::CapsPtr caps{gst_caps_new_simple("audio/x-raw", "format", G_TYPE_STRING, "S16LE", "layout",
                                          G_TYPE_STRING, "interleaved", "rate", G_TYPE_INT, rate,
                                          "channels", G_TYPE_INT, static_cast<int>(channels),
                                          nullptr)};
  if (channels == 2)
    gst_caps_set_simple(caps.get(), "channel-mask", GST_TYPE_BITMASK, guint64{0x3}, nullptr);
  return caps;
}

void push_headers(TimelineState& state, int rate, size_t channels) {
  gstpp::CharPtr id{g_strdup_printf("callrecorder/%08x", g_random_int())};
  gst_pad_push_event(state.src, gst_event_new_stream_start(id.get()));
  gst_pad_push_event(state.src, gst_event_new_caps(caps_of(rate, channels).get()));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  gst_pad_push_event(state.src, gst_event_new_segment(&segment));
}

}  // namespace

TimelineWriter::TimelineWriter(GstElement* element, TimelineState& state)
    : element_(element), state_(state), frames_(kFramesPerBuffer * kSides) {}

void TimelineWriter::run() {
  for (bool done = false; !done;) {
    bool stopping = false;
    {
      std::unique_lock lock(state_.lock);
      state_.writer_wakes.wait_for(lock, kPeriod, [&] { return state_.wake || state_.stopping; });
      state_.wake = false;
      stopping = state_.stopping;
    }
    done = step(running_time_of(element_, state_), stopping);
  }
  push_headers_once(kDefaultRate);
  GstEvent* eos = gst_event_new_eos();
  {
    std::lock_guard guard(state_.lock);
    if (state_.eos_seqnum != GST_SEQNUM_INVALID) gst_event_set_seqnum(eos, state_.eos_seqnum);
  }
  gst_pad_push_event(state_.src, eos);
}

// True: everything has been given out, and no more will be taken.
bool TimelineWriter::step(std::optional<Time> now, bool stopping) {
  bool ending = false;
  {
    std::lock_guard guard(state_.lock);
    ending = stopping || ended(now);
    if (ending && state_.timeline) state_.timeline->finish(timeline_now(state_, now));
  }
  while (write_some(now)) {
  }
  if (!ending) return false;
  std::lock_guard guard(state_.lock);
  state_.finished = true;
  state_.room_made.notify_all();
  return true;
}

// Under the lock. All pads have ended, and what they gave has been heard.
bool TimelineWriter::ended(std::optional<Time> now) const {
  bool any = false;
  for (const SideState& side : state_.sides) {
    if (!side.pad) continue;
    if (!side.eos) return false;
    any = true;
  }
  if (!any) return false;
  const auto time = timeline_now(state_, now);
  return !state_.timeline || !time || state_.timeline->all_heard(*time);
}

bool TimelineWriter::write_some(std::optional<Time> now) {
  size_t frames = 0;
  int rate = 0;
  std::optional<Time> start;
  {
    std::lock_guard guard(state_.lock);
    if (!state_.timeline) return false;
    frames = state_.timeline->take(timeline_now(state_, now), frames_);
    rate = state_.timeline->rate();
    // A file that has begun goes on.
    if (state_.waiting && written_ == 0) {
      state_.timeline->drop_taken();
      state_.room_made.notify_all();
      return frames > 0;
    }
    start = state_.timeline->start();
    state_.room_made.notify_all();
  }
  if (frames == 0) return false;
  push_headers_once(rate);
  if (written_ == 0 && start) announce(*start, rate);

  if (channels_ == 1) {  // the mix is on the caller's side
    for (size_t i = 1; i < frames; ++i) frames_[i] = frames_[i * kSides];
  }
  const gsize bytes = frames * channels_ * sizeof(int16_t);
  GstBuffer* buffer = gst_buffer_new_allocate(nullptr, bytes, nullptr);
  gst_buffer_fill(buffer, 0, frames_.data(), bytes);
  const Time from = time_of(written_, rate);
  written_ += static_cast<int64_t>(frames);
  const Time to = time_of(written_, rate);
  GST_BUFFER_PTS(buffer) = static_cast<GstClockTime>(from);
  GST_BUFFER_DURATION(buffer) = static_cast<GstClockTime>(to - from);
  push(buffer);
  std::lock_guard guard(state_.lock);
  if (!failed_) state_.recorded = static_cast<GstClockTime>(to);
  return true;
}

void TimelineWriter::push(GstBuffer* buffer) {
  if (failed_) {
    gst_buffer_unref(buffer);
    return;
  }
  const GstFlowReturn flow = gst_pad_push(state_.src, buffer);
  failed_ = flow != GST_FLOW_OK;
  if (failed_ && flow != GST_FLOW_FLUSHING) {
    GST_ELEMENT_WARNING(state_.reporter, STREAM, ENCODE,
                        ("The recording ends here; the call goes on: the encoder failed (%s).",
                         gst_flow_get_name(flow)),
                        (nullptr));
  }
}

void TimelineWriter::push_headers_once(int rate) {
  if (std::exchange(headers_pushed_, true)) return;
  {
    std::lock_guard guard(state_.lock);
    if (state_.mono) channels_ = 1;
  }
  push_headers(state_, rate, channels_);
}

void TimelineWriter::announce(Time start, int rate) {
  gst_element_post_message(
      state_.reporter,
      gst_message_new_element(GST_OBJECT(state_.reporter),
                              gst_structure_new("callrecorder/started", "start", G_TYPE_UINT64,
                                                static_cast<guint64>(start > 0 ? start : 0), "rate",
                                                G_TYPE_INT, rate, nullptr)));
}

}  // namespace callrecorder
