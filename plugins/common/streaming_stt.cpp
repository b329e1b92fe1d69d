// The pads' side of StreamingStt.
#include "streaming_stt.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "streaming_stt_state.hpp"
#include "trial.hpp"

namespace jackfield {

namespace {

constexpr GstClockTime kMostUnsent = 20 * GST_SECOND;  // of audio; then the sink pad blocks
constexpr std::size_t kMostQueuedBytes = 512 * 1024;   // at the connection; likewise
constexpr auto kPoll = std::chrono::milliseconds(10);

std::optional<SttFormat> format_of(const GstCaps* caps) {
  const GstStructure* s = gst_caps_get_structure(caps, 0);
  SttFormat format{.mulaw = gst_structure_has_name(s, "audio/x-mulaw") != FALSE};
  if (!gst_structure_get_int(s, "rate", &format.rate) || format.rate <= 0) return std::nullopt;
  return format;
}

// What upstream will most probably send, so that the connection is made before it does.
std::optional<SttFormat> expected_format(GstPad* sink) {
  gstpp::CapsPtr caps{gst_pad_get_current_caps(sink)};
  if (!caps) caps.reset(gst_pad_get_allowed_caps(sink));
  if (!caps || gst_caps_is_empty(caps.get()) || gst_caps_is_any(caps.get())) return std::nullopt;
  caps.reset(gst_caps_truncate(caps.release()));
  caps.reset(gst_caps_make_writable(caps.release()));
  gst_structure_fixate_field_nearest_int(gst_caps_get_structure(caps.get(), 0), "rate", 8000);
  caps.reset(gst_caps_fixate(caps.release()));
  return format_of(caps.get());
}

}  // namespace

StreamingStt::StreamingStt(GstElement* element, GstPad* sink, GstPad* src, const char* name,
                           GstDebugCategory* category)
    : state_(std::make_unique<State>(element, sink, src, name, category)) {}

StreamingStt::~StreamingStt() {
  begin_stop();
  finish_stop();
}

void StreamingStt::start(Setup setup) {
  State& s = *state_;
  if (is_trial(s.element)) return;
  s.pads.reset();
  s.format.reset();
  s.blocks_never = false;
  s.task->start();
  const auto expected = expected_format(s.sink);
  std::vector<State::Ended> ended;
  auto timer = std::make_unique<IoTimer>([&s] { s.on_timer(); });
  const std::lock_guard lock(s.mutex);
  s.setup = std::move(setup);
  s.timer = std::move(timer);
  s.running = true;
  s.flushing = false;
  s.flow = GST_FLOW_OK;
  s.service_turn = 0;
  s.media_end = 0;
  if (expected) s.make_session(*expected, ended);
}

void StreamingStt::begin_stop() {
  State& s = *state_;
  const std::lock_guard lock(s.mutex);
  s.flushing = true;
  s.running = false;
  s.space.notify_all();
}

void StreamingStt::finish_stop() {
  State& s = *state_;
  s.task->stop();
  std::unique_ptr<State::Link> link;
  std::unique_ptr<IoTimer> timer;
  {
    const std::lock_guard lock(s.mutex);
    link = std::move(s.link);
    timer = std::move(s.timer);
    if (s.session) {
      // The service stops counting time.
      if (link) {
        if (auto message = s.session->goodbye()) link->socket.send_text(std::move(message->data));
      }
      s.stats = make_total(s.stats, s.session->stats());
      s.session.reset();
    }
    s.items.clear();
  }
  if (link) link->socket.leave();
}

GstFlowReturn StreamingStt::chain(GstBuffer* raw) {
  State& s = *state_;
  const gstpp::BufferPtr buffer{raw};
  if (!s.format) return GST_FLOW_NOT_NEGOTIATED;
  const gstpp::MappedBuffer map(buffer.get(), GST_MAP_READ);
  if (!map || map.size() == 0) return GST_FLOW_OK;
  const GstClockTime time = s.pads.take_time(
      buffer.get(), gst_util_uint64_scale(map.size(), GST_SECOND, s.format->bytes_per_second()));
  std::vector<State::Ended> ended;
  {
    std::unique_lock lock(s.mutex);
    const auto full = [&] {
      if (s.blocks_never || s.flushing || !s.session) return false;
      const std::size_t most =
          gst_util_uint64_scale(kMostUnsent, s.session->format().bytes_per_second(), GST_SECOND);
      return s.session->unsent() > most || (s.link && s.link->socket.queued() > kMostQueuedBytes);
    };
    while (full()) s.space.wait_for(lock, kPoll);
    if (s.flushing) return GST_FLOW_FLUSHING;
    if (s.flow != GST_FLOW_OK) return s.flow;
    s.media_end = s.pads.end();
    const std::size_t whole = map.size() - map.size() % s.format->frame_bytes();
    s.execute(s.session->audio(io_now_ns(), time, {map.data(), whole}), ended);
  }
  return GST_FLOW_OK;
}

gboolean StreamingStt::sink_query(GstQuery* query) { return state_->pads.sink_query(query); }

gboolean StreamingStt::sink_event(GstEvent* event) { return state_->pads.sink_event(event); }

using State = StreamingStt::State;

void State::set_flushing(bool on) {
  const std::lock_guard lock(mutex);
  flushing = on || !running;
  space.notify_all();
}

void State::forget() {
  std::vector<Ended> ended;
  const std::lock_guard lock(mutex);
  if (session) execute(session->flush(io_now_ns()), ended);
  std::erase_if(items, [](const SttItem& item) { return !survives_flush(item.event.get()); });
  flow = GST_FLOW_OK;
}

bool State::take_caps(const GstCaps* caps) {
  const auto now = format_of(caps);
  if (!now) return false;
  format = now;
  std::vector<Ended> ended;
  const std::lock_guard lock(mutex);
  if (!running) return false;
  if (!session || !(session->format() == *now)) make_session(*now, ended);
  return true;
}

gboolean State::enqueue(gstpp::EventPtr event) {
  std::vector<Ended> ended;
  const std::lock_guard lock(mutex);
  if (flushing) return FALSE;
  SttItem item;
  if (session) {
    const uint64_t now = io_now_ns();
    if (const auto start = parse_turn_start(event.get())) {
      begin_turn(*start, now, ended);
    } else if (const auto end = parse_turn_end(event.get())) {
      bool known = session->turn_running();
      if (known) {
        item.end = *end;
        item.waits = true;
        add_item(std::move(item));
        execute(session->end_turn(now, known), ended);
        return TRUE;
      }
    } else if (GST_EVENT_TYPE(event.get()) == GST_EVENT_EOS) {
      end_running_turn(now, ended);
      execute(session->finish(now), ended);
      item.waits = session->pending();
    }
  }
  item.event = std::move(event);
  add_item(std::move(item));
  return TRUE;
}

GstStructure* StreamingStt::make_stats() const {
  const State& s = *state_;
  const std::lock_guard lock(s.mutex);
  const auto stats = s.session ? make_total(s.stats, s.session->stats()) : s.stats;
  const guint64 ns_per_byte =
      s.session ? GST_SECOND / s.session->format().bytes_per_second() : GST_SECOND / 8000;
  const std::string title = "application/x-" + s.name + "-stats";
  return gst_structure_new(
      title.c_str(), "turns", G_TYPE_UINT64, stats.turns, "understood", G_TYPE_UINT64,
      stats.understood, "timeouts", G_TYPE_UINT64, stats.timeouts, "latency", G_TYPE_UINT64,
      stats.latency_ns, "latency-mean", G_TYPE_UINT64,
      stats.turns > 0 ? stats.latency_sum_ns / stats.turns : 0, "latency-max", G_TYPE_UINT64,
      stats.latency_max_ns, "connected", G_TYPE_BOOLEAN, s.session && s.session->is_connected(),
      "connections", G_TYPE_UINT64, stats.connects, "failures", G_TYPE_UINT64, stats.failures,
      "audio-sent", G_TYPE_UINT64, stats.sent_bytes * ns_per_byte, "audio-resent", G_TYPE_UINT64,
      stats.resent_bytes * ns_per_byte, "audio-dropped", G_TYPE_UINT64,
      stats.dropped_bytes * ns_per_byte, "malformed", G_TYPE_UINT64, stats.malformed, nullptr);
}

}  // namespace jackfield
