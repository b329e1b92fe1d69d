#include "mixer_output.hpp"

#include <utility>

#include "blocking_query.hpp"
#include "mixer_input.hpp"

namespace ducking {
namespace {

constexpr std::size_t kMostQueued = 20;  // buffers: 200 ms

gstpp::BufferPtr make_buffer(const Mixer::Heard& heard, bool is_float, GstClockTime at) {
  const std::size_t bytes = heard.samples.size() * (is_float ? sizeof(float) : sizeof(gint16));
  gstpp::BufferPtr buffer{gst_buffer_new_allocate(nullptr, bytes, nullptr)};
  {
    gstpp::MappedBuffer map(buffer.get(), GST_MAP_WRITE);
    if (is_float)
      std::copy(heard.samples.begin(), heard.samples.end(), map.as<float>().begin());
    else
      kernels().to_s16(heard.samples.data(), map.as<gint16>().data(), heard.samples.size());
  }
  GST_BUFFER_PTS(buffer.get()) = at;
  GST_BUFFER_DURATION(buffer.get()) = kBlock;
  // Encoders that share their work begin their frames at the same blocks.
  GST_BUFFER_OFFSET(buffer.get()) = at / kBlock;
  GST_BUFFER_OFFSET_END(buffer.get()) = at / kBlock + 1;
  if (heard.silent) GST_BUFFER_FLAG_SET(buffer.get(), GST_BUFFER_FLAG_GAP);
  return buffer;
}

void count(Src& src, GstFlowReturn flow) {
  std::lock_guard guard(src.lock);
  src.flow = flow;
  ++(flow == GST_FLOW_OK ? src.pushed : src.dropped);
}

void own_task(gpointer raw) {
  GstPad* pad = GST_PAD_CAST(raw);
  Src& src = src_of(pad);
  gstpp::BufferPtr buffer;
  {
    std::unique_lock guard(src.lock);
    src.wake.wait(guard, [&] { return !src.running || src.ending || !src.queue.empty(); });
    if (src.running && !src.queue.empty()) {
      buffer = std::move(src.queue.front());
      src.queue.pop_front();
    }
  }
  if (buffer) return count(src, gst_pad_push(pad, buffer.release()));
  bool end = false;
  {
    std::lock_guard guard(src.lock);
    end = src.running && std::exchange(src.ending, false);
  }
  if (end) gst_pad_push_event(pad, gst_event_new_eos());
  gst_pad_pause_task(pad);
}

void begin(GstPad* pad, Src& src, const Mixer::Format& format) {
  src.begun = true;
  src.is_float = peer_wants_float(pad, format);
  // gst_pad_create_stream_id() is for elements with one input.
  const gstpp::CharPtr id{g_uuid_string_random()};
  gst_pad_push_event(pad, gst_event_new_stream_start(id.get()));
  const gstpp::CapsPtr caps = one_format_caps(format, src.is_float);
  gst_pad_push_event(pad, gst_event_new_caps(caps.get()));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  gst_pad_push_event(pad, gst_event_new_segment(&segment));
  src.own_task = !jackfield::downstream_never_blocks(pad);
  if (!src.own_task) return;
  std::lock_guard guard(src.lock);
  // Not behind a pad that is being given back.
  if (src.running) gst_pad_start_task(pad, own_task, pad, nullptr);
}

void send_to_receiver(const Outgoing& out, Src& src, const SharedBuffers& buffers,
                      const Mixer::Format& format) {
  if (!src.begun || out.receiver->undecided()) {
    src.begun = true;
    src.is_float = out.receiver->prefers_float(format);
  }
  {
    std::lock_guard guard(src.lock);
    src.peak = out.heard.peak;
    src.limiter_gain = out.heard.limiter_gain;
  }
  // None in this format for an output that has changed it since: from the next block on.
  if (gstpp::BufferPtr buffer = buffers.get(out.heard.shared, src.is_float))
    count(src, out.receiver->take(std::move(buffer)));
}

}  // namespace

bool peer_wants_float(GstPad* pad, const Mixer::Format& format) {
  const gstpp::CapsPtr ours = format_caps(format);
  gstpp::CapsPtr both{gst_pad_peer_query_caps(pad, ours.get())};
  if (!both || gst_caps_is_empty(both.get()) || gst_caps_is_any(both.get())) return false;
  both.reset(gst_caps_fixate(both.release()));
  return gstpp::get_string(gst_caps_get_structure(both.get(), 0), "format").starts_with("F32");
}

void SharedBuffers::fill(const std::vector<Outgoing>& outgoing, int distinct, GstClockTime at) {
  for (auto* buffers : {&shorts_, &floats_}) {
    buffers->clear();
    buffers->resize(static_cast<std::size_t>(distinct));
  }
  for (const Outgoing& out : outgoing) {
    const bool is_float = src_of(out.pad.get()).is_float;
    auto& buffer = (is_float ? floats_ : shorts_)[static_cast<std::size_t>(out.heard.shared)];
    if (!buffer) buffer = make_buffer(out.heard, is_float, at);
  }
}

gstpp::BufferPtr SharedBuffers::get(int shared, bool is_float) const {
  const auto& buffer = (is_float ? floats_ : shorts_)[static_cast<std::size_t>(shared)];
  return gstpp::share(buffer.get());
}

void send(const Outgoing& out, const SharedBuffers& buffers, const Mixer::Format& format) {
  GstPad* pad = out.pad.get();
  Src& src = src_of(pad);
  if (out.receiver) return send_to_receiver(out, src, buffers, format);
  if (!gst_pad_is_linked(pad)) {
    src.begun = false;
    return;
  }
  if (!src.begun) begin(pad, src, format);
  gstpp::BufferPtr buffer = buffers.get(out.heard.shared, src.is_float);
  if (!buffer) return;
  {
    std::lock_guard guard(src.lock);
    src.peak = out.heard.peak;
    src.limiter_gain = out.heard.limiter_gain;
    if (std::exchange(src.discont, false)) {
      buffer.reset(gst_buffer_make_writable(buffer.release()));
      GST_BUFFER_FLAG_SET(buffer.get(), GST_BUFFER_FLAG_DISCONT);
    }
    if (src.own_task) {
      if (!src.running) return;
      if (src.queue.size() == kMostQueued) {
        src.queue.pop_front();
        ++src.dropped;
        src.discont = true;
      }
      src.queue.push_back(std::move(buffer));
      src.wake.notify_one();
      return;
    }
  }
  count(src, gst_pad_push(pad, buffer.release()));
}

void send_end(const Outgoing& out) {
  if (out.receiver) return out.receiver->ended();
  Src& src = src_of(out.pad.get());
  if (!src.begun) return;
  if (!src.own_task) {
    gst_pad_push_event(out.pad.get(), gst_event_new_eos());
    return;
  }
  std::lock_guard guard(src.lock);
  src.ending = true;
  src.wake.notify_one();
}

void start_output(Src& src) {
  std::lock_guard guard(src.lock);
  src.running = true;
  src.ending = false;
  src.begun = false;
  src.discont = true;
  src.queue.clear();
}

void stop_output(Src& src) {
  std::lock_guard guard(src.lock);
  src.running = false;
  src.queue.clear();
  src.wake.notify_all();
}

}  // namespace ducking
