#include "mixer_seat_room.hpp"

#include <utility>

#include "mixer_input.hpp"
#include "mixer_output.hpp"

namespace ducking {
namespace {

constexpr GstClockTime kLongestDrain = 300 * GST_MSECOND;  // of a ring of 200 ms
constexpr GstClockTime kTolerance = 40 * GST_MSECOND;      // of timestamps on another clock

// What makes running time of timestamps that are `offset` behind it.
GstSegment segment_for(gint64 offset) {
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  if (offset >= 0)
    segment.base = static_cast<guint64>(offset);
  else
    segment.start = segment.position = static_cast<guint64>(-offset);
  return segment;
}

template <typename Number>
void fade_in(std::span<Number> samples, std::size_t channels) {
  const std::size_t frames = samples.size() / channels;
  for (std::size_t i = 0; i < frames * channels; ++i)
    samples[i] = static_cast<Number>(static_cast<float>(samples[i]) *
                                     static_cast<float>(i / channels) / static_cast<float>(frames));
}

}  // namespace

SeatRoom::SeatRoom(GstDuckingMixer* mixer, std::shared_ptr<SeatOutput> output,
                   std::shared_ptr<const ElementTime> seat_time,
                   std::function<void(const SeatRoom&)> on_end)
    : mixer_(GST_ELEMENT(mixer)),
      mixer_address_(mixer),
      mixer_time_(time_of(mixer)),
      seat_time_(std::move(seat_time)),
      output_(std::move(output)),
      on_end_(std::move(on_end)),
      format_(format_of(mixer)),
      segment_(segment_for(0)) {}

bool SeatRoom::join() {
  const gstpp::ElementPtr mixer = mixer_.get();
  if (!mixer) return false;
  output_->give_to(this);
  pads_ = take_seat(GST_DUCKING_MIXER(mixer.get()), shared_from_this());
  return pads_.src != nullptr;
}

void SeatRoom::leave() {
  over_ = true;
  output_->give_to(nullptr);
  if (pads_.sink) stop_input(sink_of(pads_.sink.get()));
  if (const gstpp::ElementPtr mixer = mixer_.get())
    give_up_seat(GST_DUCKING_MIXER(mixer.get()), pads_, this);
}

bool SeatRoom::put(GstBuffer* buffer, const SeatStream& stream, GstClockTime running) {
  Sink& sink = sink_of(pads_.sink.get());
  const auto hand_caps = [&] {
    handed_caps_ = gstpp::share(stream.caps.get());
    fits_ = set_input_caps(sink, stream.caps.get(), format_, stream.live);
    if (stream.never_waits) never_wait(sink);
  };
  if (handed_caps_ != stream.caps) hand_caps();
  if (!fits_) return false;
  // On another clock, or before the mixer plays: at once.
  const auto offset = ElementTime::difference(*seat_time_, *mixer_time_);
  GstClockTime at = GST_CLOCK_TIME_NONE;
  if (GST_CLOCK_TIME_IS_VALID(running) && offset) {
    const gint64 there = static_cast<gint64>(running) + *offset;
    at = there > 0 ? static_cast<GstClockTime>(there) : 0;
  }
  GstFlowReturn flow = put_buffer(sink, buffer, at);
  if (flow == GST_FLOW_NOT_NEGOTIATED) {
    // The mixer's pads were deactivated meanwhile.
    hand_caps();
    flow = put_buffer(sink, buffer, at);
  }
  return flow == GST_FLOW_OK;
}

void SeatRoom::drain() {
  const gint64 last = g_get_monotonic_time() + static_cast<gint64>(kLongestDrain / GST_USECOND);
  wait_until_taken(sink_of(pads_.sink.get()), last);
}

void SeatRoom::flush_start() { flush_input(sink_of(pads_.sink.get())); }
void SeatRoom::flush_stop() { restart_input(sink_of(pads_.sink.get())); }

bool SeatRoom::undecided() { return output_->undecided(); }

bool SeatRoom::prefers_float(const Mixer::Format&) {
  out_float_ = output_->prefers_float(format_);
  out_caps_ = one_format_caps(format_, out_float_);
  return out_float_;
}

GstFlowReturn SeatRoom::take(gstpp::BufferPtr buffer) {
  // Before the seat plays its running time is none.
  if (over_ || !seat_time_->plays()) return GST_FLOW_FLUSHING;
  // Those who hear the same get the same buffer, so the timestamps are the mixer's: the segment
  // makes running time of the seat's pipeline of them.
  const auto offset = ElementTime::difference(*mixer_time_, *seat_time_);
  if (!offset) {
    buffer = restamped(std::move(buffer));
    if (!buffer) return GST_FLOW_FLUSHING;
  } else if (*offset != offset_) {
    offset_ = *offset;
    segment_ = segment_for(offset_);
  }
  // It began before the seat's pipeline did.
  if (GST_BUFFER_PTS(buffer.get()) < segment_.start) return GST_FLOW_FLUSHING;
  if (std::exchange(first_, false)) buffer = faded_in(buffer);
  return output_->send(this, std::move(buffer), out_caps_, segment_);
}

gstpp::BufferPtr SeatRoom::restamped(gstpp::BufferPtr buffer) {
  const GstClockTime now = output_->running_time();
  if (!GST_CLOCK_TIME_IS_VALID(now) || now < kBlock) return nullptr;
  const GstClockTime due = now - kBlock;
  if (!GST_CLOCK_TIME_IS_VALID(next_) || due > next_ + kTolerance || next_ > due + kTolerance)
    next_ = due;
  gstpp::BufferPtr own{gst_buffer_make_writable(buffer.release())};
  GST_BUFFER_PTS(own.get()) = next_;
  next_ += kBlock;
  if (offset_ != 0) segment_ = segment_for(offset_ = 0);
  return own;
}

gstpp::BufferPtr SeatRoom::faded_in(const gstpp::BufferPtr& buffer) const {
  gstpp::BufferPtr own{gst_buffer_copy_deep(buffer.get())};
  gstpp::MappedBuffer map{own.get(), GST_MAP_READWRITE};
  const auto channels = static_cast<std::size_t>(format_.channels);
  if (out_float_)
    fade_in(map.as<float>(), channels);
  else
    fade_in(map.as<gint16>(), channels);
  return own;
}

void SeatRoom::ended() {
  over_ = true;
  on_end_(*this);
}

}  // namespace ducking
