#include "control/session_meters.hpp"

#include <cmath>
#include <memory>
#include <utility>

#include "scenario/pipeline_elements.hpp"

namespace jackfield {
namespace {

constexpr guint kLevelMs = 100, kFigureMs = 1000;

using JitterList = std::vector<std::pair<std::string, JitterCounts>>;  // by element

JitterCounts counts_of(const GstStructure* stats) {
  const auto count = [&](const char* field) { return gstpp::get_uint64(stats, field, 0); };
  JitterCounts counts{.total_samples = count("totalSamplesReceived"),
                      .concealed_samples = count("concealedSamples"),
                      .received = count("packetsReceived"),
                      .discarded = count("packetsDiscarded"),
                      .restored = count("fec-packets-used"),
                      .interruptions = count("interruptionCount"),
                      .delay = count("delay"),
                      .target = count("target-delay"),
                      .mean = count("mean-delay"),
                      .p95 = count("p95-delay")};
  gint64 lost = 0;
  if (gst_structure_get_int64(stats, "packetsLost", &lost)) counts.lost = lost;
  gst_structure_get_double(stats, "R", &counts.rating);
  return counts;
}

// In another thread.
std::shared_ptr<void> jitter_of(GstElement* pipeline) {
  auto list = std::make_shared<JitterList>();
  for (const gstpp::ElementPtr& element : find_elements(pipeline, "adaptivejitter")) {
    GstStructure* raw = nullptr;
    g_object_get(element.get(), "stats", &raw, nullptr);
    const gstpp::StructurePtr stats{raw};
    const gstpp::CharPtr name{gst_object_get_name(GST_OBJECT(element.get()))};
    if (stats) list->emplace_back(name.get(), counts_of(stats.get()));
  }
  return list;
}

JsonObjectPtr to_json(const std::string& element, const JitterFigures& figures) {
  JsonObjectPtr json{json_object_new()};
  JsonObject* object = json.get();
  const JitterCounts& counts = figures.counts;
  const auto real = [&](const char* name, double value) {
    json_object_set_double_member(object, name, std::round(1000 * value) / 1000);
  };
  const auto ms = [&](const char* name, std::uint64_t ns) {
    real(name, static_cast<double>(ns) / 1e6);
  };
  const auto count = [&](const char* name, std::uint64_t value) {
    json_object_set_int_member(object, name, static_cast<gint64>(value));
  };
  json_object_set_string_member(object, "element", element.c_str());
  ms("delay-ms", counts.delay);
  ms("target-ms", counts.target);
  ms("mean-ms", counts.mean);
  ms("p95-ms", counts.p95);
  real("concealed-percent", figures.concealed);
  real("concealed-total-percent", figures.concealed_total);
  count("received", counts.received);
  json_object_set_int_member(object, "lost", counts.lost);
  count("late", counts.discarded);
  count("restored", counts.restored);
  count("interruptions", counts.interruptions);
  real("rating", counts.rating);
  return json;
}

void set_loudness(JsonObject* object, const char* voice, const std::optional<Loudness>& loudness) {
  if (!loudness) return json_object_set_null_member(object, voice);
  const auto tenths = [](double value) { return std::round(10 * value) / 10; };
  JsonObject* inner = json_object_new();
  json_object_set_double_member(inner, "peak", tenths(loudness->peak));
  json_object_set_double_member(inner, "rms", tenths(loudness->rms));
  json_object_set_object_member(object, voice, inner);
}

}  // namespace

SessionMeters::SessionMeters(EventSocket& events, SessionDirectory& directory,
                             LocalSessionHost& host)
    : events_(events), directory_(directory), host_(host) {
  directory_.add(*this);
  level_timer_ = g_timeout_add(
      kLevelMs,
      [](gpointer self) -> gboolean {
        static_cast<SessionMeters*>(self)->tell_levels();
        return G_SOURCE_CONTINUE;
      },
      this);
  figure_timer_ = g_timeout_add(
      kFigureMs,
      [](gpointer self) -> gboolean {
        static_cast<SessionMeters*>(self)->tell_figures();
        return G_SOURCE_CONTINUE;
      },
      this);
}

SessionMeters::~SessionMeters() {
  g_source_remove(figure_timer_);
  g_source_remove(level_timer_);
  directory_.remove(*this);
}

void SessionMeters::running(const SessionView& view) { sessions_[view.id]; }
void SessionMeters::ended(const SessionView& view, bool) { sessions_.erase(view.id); }

void SessionMeters::tell_levels() {
  for (auto& [id, watched] : sessions_) {
    const bool is_wanted = events_.wanted(EventKind::kLevel, id);
    if (!is_wanted && !watched.has_levels) continue;
    AudioControl* audio = host_.audio(id);
    if (!audio) continue;
    const bool had_levels = std::exchange(watched.has_levels, is_wanted);
    audio->measure(is_wanted);
    // The first are of less than an interval.
    if (!is_wanted || !had_levels) continue;
    const auto levels = audio->take_levels();
    const JsonObjectPtr data{json_object_new()};
    set_loudness(data.get(), "caller", levels.caller);
    set_loudness(data.get(), "agent", levels.agent);
    events_.publish(EventKind::kLevel, id, data);
  }
}

void SessionMeters::tell_figures() {
  // Answers may come at once, when a pipeline is stuck.
  std::vector<std::string> ids;
  for (const auto& [id, watched] : sessions_) ids.push_back(id);
  for (const std::string& id : ids) {
    if (events_.wanted(EventKind::kJitter, id)) tell_jitter(id);
    if (events_.wanted(EventKind::kElements, id)) tell_elements(id);
  }
}

void SessionMeters::tell_jitter(const std::string& id) {
  const auto session = host_.find(id);
  if (!session) return;
  host_.inspector().ask(session->pipeline(), jitter_of,
                        [this, id](const std::shared_ptr<void>& answer) {
                          const auto it = sessions_.find(id);
                          if (!answer || it == sessions_.end()) return;
                          for (const auto& [name, counts] : *static_cast<JitterList*>(answer.get()))
                            events_.publish(EventKind::kJitter, id,
                                            to_json(name, it->second.jitter[name].take(counts)));
                        });
}

void SessionMeters::tell_elements(const std::string& id) {
  host_.figures(id, [this, id](const HostResult& result, const JsonObjectPtr& figures) {
    if (result.ok() && sessions_.contains(id)) events_.publish(EventKind::kElements, id, figures);
  });
}

}  // namespace jackfield
