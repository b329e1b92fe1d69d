#include "control/metrics_feed.hpp"

#include <algorithm>
#include <optional>

#include "plugins/common/gstpp.hpp"

namespace jackfield {
namespace {

double seconds_field(const GstStructure& s, const char* field) {
  return static_cast<double>(gstpp::get_uint64(&s, field, 0)) / GST_SECOND;
}

// The part of the requirement's three that a part of the way belongs to; nullptr: none.
const char* group_of(const std::string& part, bool incoming) {
  if (part == "network") return "network";
  if (part == "capture" || part == "encode") return "capture";
  if (part == "stages") return incoming ? "playback" : "capture";
  if (part == "jitter buffer" || part == "decode" || part == "playback") return "playback";
  return nullptr;
}

// The kind of a stage; of one that tells its element's name instead, such as deepgramstt, by that.
std::string error_stage(const std::string& stage) {
  for (const char* kind : {"stt", "llm", "tts", "realtime"}) {
    if (stage.ends_with(kind)) return kind;
  }
  return stage;
}

// What is new in a sum since it was last heard of. It never becomes less here: a count of lost
// packets does, when some come late after all.
template <typename Number>
Number newly(Number now, Number& last) {
  const Number before = last;
  last = std::max(now, last);
  return last - before;
}

// Rooms and agents of conferences come with those who call.
bool is_call(const SessionView& view) { return view.kind != "room" && view.kind != "agent"; }

}  // namespace

MetricsFeed::MetricsFeed(SessionDirectory& directory, LatencyMonitor& latencies,
                         PrometheusMetrics& metrics)
    : directory_(directory), latencies_(latencies), metrics_(metrics) {
  directory_.add(*this);
  history_timer_ = g_timeout_add(
      static_cast<guint>(LatencyHistory::kStep / GST_MSECOND),
      [](gpointer user) -> gboolean {
        auto* self = static_cast<MetricsFeed*>(user);
        self->history_.note(self->latencies_,
                            static_cast<std::uint64_t>(g_get_monotonic_time()) * 1000);
        return G_SOURCE_CONTINUE;
      },
      this);
}

MetricsFeed::~MetricsFeed() {
  g_source_remove(history_timer_);
  directory_.remove(*this);
}

void MetricsFeed::add_line(const LineView& line) {
  latencies_.add_line(line.name);
  metrics_.add_line(line.name, line.kind);
}

void MetricsFeed::opened(const SessionView& view) {
  if (is_call(view)) metrics_.session_opened(view.line);
}

void MetricsFeed::ended(const SessionView& view, bool) {
  if (is_call(view)) metrics_.session_ended(view.line);
  if (is_call(view) && (view.call || view.failed))
    metrics_.call_over(view.line, view.failed, static_cast<double>(view.duration_ms) / 1000);
  if (const auto it = buffers_.find(view.id); it != buffers_.end()) buffers_.erase(it);
}

void MetricsFeed::turn(const SessionView& view, const TurnView& turn) {
  latencies_.add(view.line, turn.latency);
}

void MetricsFeed::message(const SessionView& view, const GstStructure& message,
                          const std::optional<CallEvent>& event, const SessionTimes&) {
  if (event) {
    if (const auto* interrupted = std::get_if<Interrupted>(&*event);
        interrupted && interrupted->confirmed)
      metrics_.interrupted(view.line);
    if (const auto* failure = std::get_if<StageError>(&*event))
      metrics_.error(view.line, error_stage(failure->stage));
    return;
  }
  if (!gst_structure_has_name(&message, "webrtc/stats")) return;
  if (const GstStructure* stats = structure_in(message, "jitter-buffer")) jitter(view, *stats);
  if (const GstStructure* latency = structure_in(message, "latency")) {
    add_way(view.line, *latency, "incoming");
    add_way(view.line, *latency, "outgoing");
  }
}

void MetricsFeed::error(const SessionView& view, const std::string&) {
  metrics_.error(view.line, "pipeline");
}

// Of a part of which nothing is known yet there is no value, nor of the sum.
void MetricsFeed::add_way(const std::string& line, const GstStructure& latency, const char* way) {
  const GstStructure* sum = structure_in(latency, way);
  const GValue* parts = sum ? gst_structure_get_value(sum, "parts") : nullptr;
  if (!parts || !GST_VALUE_HOLDS_ARRAY(parts)) return;
  std::map<std::string, std::uint64_t> groups;
  for (guint i = 0; i < gst_value_array_get_size(parts); ++i) {
    const GValue* item = gst_value_array_get_value(parts, i);
    if (!GST_VALUE_HOLDS_STRUCTURE(item)) continue;
    const GstStructure* part = gst_value_get_structure(item);
    const char* group =
        group_of(gstpp::get_string(part, "name"), std::string_view{way} == "incoming");
    if (group && gstpp::get_string(part, "origin") != "unknown")
      groups[group] += gstpp::get_uint64(part, "time", 0);
  }
  const std::string prefix = std::string{way} + "-";
  for (const auto& [group, ns] : groups) latencies_.add(line, prefix + group, ns);
  if (groups.size() == 3)
    latencies_.add(line, prefix + "total", gstpp::get_uint64(sum, "total", 0));
}

void MetricsFeed::jitter(const SessionView& view, const GstStructure& stats) {
  double duration = 0;
  gst_structure_get_double(&stats, "totalSamplesDuration", &duration);
  gint64 lost = 0;
  gst_structure_get_int64(&stats, "packetsLost", &lost);
  const auto samples = static_cast<double>(gstpp::get_uint64(&stats, "totalSamplesReceived", 0));
  const auto concealed = static_cast<double>(gstpp::get_uint64(&stats, "concealedSamples", 0));
  Buffer& buffer = buffers_[view.id];
  buffer.line = view.line;
  Heard& last = buffer.last;
  last.delay = seconds_field(stats, "delay");
  last.target = seconds_field(stats, "target-delay");
  JitterTotals& totals = totals_[view.line];
  totals.played_seconds += newly(duration, last.played);
  totals.concealed_seconds +=
      newly(samples > 0 ? concealed * duration / samples : 0, last.concealed);
  totals.packets_received += newly(gstpp::get_uint64(&stats, "packetsReceived", 0), last.received);
  totals.packets_lost += newly(static_cast<guint64>(std::max<gint64>(lost, 0)), last.lost);
  totals.packets_discarded +=
      newly(gstpp::get_uint64(&stats, "packetsDiscarded", 0), last.discarded);
}

std::vector<std::pair<std::string, JitterTotals>> MetricsFeed::jitter_totals() const {
  auto all = totals_;
  for (const auto& [id, buffer] : buffers_) {
    JitterTotals& totals = all[buffer.line];
    totals.delay += buffer.last.delay;
    totals.target += buffer.last.target;
    ++totals.calls;
  }
  for (auto& [line, totals] : all) {
    if (totals.calls == 0) continue;
    totals.delay /= static_cast<double>(totals.calls);
    totals.target /= static_cast<double>(totals.calls);
  }
  return {all.begin(), all.end()};
}

}  // namespace jackfield
