#include "control/server_view.hpp"

#include <cmath>

#include "config.h"
#include "records/call_record.hpp"

namespace jackfield {
namespace {

constexpr guint kMeasureEachS = 2;

}  // namespace

ServerView::ServerView(const SessionDirectory& directory, const SessionRegistry& registry,
                       const Refusals& refusals, std::size_t max_sessions)
    : directory_(directory),
      registry_(registry),
      refusals_(refusals),
      max_sessions_(max_sessions),
      started_at_(g_get_real_time()),
      cpu_seconds_(read_cpu_seconds()),
      measured_at_(g_get_monotonic_time()) {
  timer_ = g_timeout_add_seconds(
      kMeasureEachS,
      [](gpointer self) -> gboolean {
        static_cast<ServerView*>(self)->measure();
        return G_SOURCE_CONTINUE;
      },
      this);
}

ServerView::~ServerView() { g_source_remove(timer_); }

void ServerView::measure() {
  const double cpu = read_cpu_seconds();
  const gint64 now = g_get_monotonic_time();
  const double passed = static_cast<double>(now - measured_at_) / G_USEC_PER_SEC;
  if (passed > 0) cpu_percent_ = std::round(1000 * (cpu - cpu_seconds_) / passed) / 10;
  cpu_seconds_ = cpu;
  measured_at_ = now;
}

JsonObjectPtr ServerView::json() const {
  JsonObjectPtr json{json_object_new()};
  JsonObject* object = json.get();
  const auto number = [&](const char* name, std::uint64_t value) {
    json_object_set_int_member(object, name, static_cast<gint64>(value));
  };
  json_object_set_string_member(object, "name", PACKAGE_NAME);
  json_object_set_string_member(object, "version", PACKAGE_VERSION);
  json_object_set_string_member(object, "started-at", iso_time(started_at_).c_str());
  number("uptime-ms", static_cast<std::uint64_t>((g_get_real_time() - started_at_) / 1000));
  number("lines", directory_.lines().size());
  number("sessions", registry_.active());
  number("max-sessions", max_sessions_);
  json_object_set_boolean_member(object, "stopping", registry_.is_closed());
  JsonObject* refused = json_object_new();
  for (std::size_t i = 0; i < kRefusals; ++i) {
    const auto why = static_cast<Refusal>(i);
    if (refusals_.count(why) > 0)
      json_object_set_int_member(refused, refusal_name(why),
                                 static_cast<gint64>(refusals_.count(why)));
  }
  json_object_set_object_member(object, "refused", refused);
  const ProcessFigures figures = read_process_figures();
  json_object_set_double_member(object, "cpu-percent", cpu_percent_);
  json_object_set_double_member(object, "memory-mb",
                                std::round(static_cast<double>(figures.resident_bytes) / 1e5) / 10);
  number("threads", figures.threads);
  return json;
}

}  // namespace jackfield
