#include "control/jitter_json.hpp"

#include <cmath>

#include "control/session_view.hpp"

namespace jackfield {
namespace {

double percent(std::uint64_t part, std::uint64_t whole) {
  // Thousandths of a percent tell a few packets in an hour.
  return std::round(1e5 * static_cast<double>(part) / static_cast<double>(whole)) / 1e3;
}

}  // namespace

JsonObjectPtr jitter_json(const GstStructure& stats, JitterSeen& seen) {
  JsonObjectPtr object{json_object_new()};
  const auto count = [&](const char* field) { return gstpp::get_uint64(&stats, field, 0); };
  const auto ms = [&](const char* name, const char* field) {
    json_object_set_double_member(object.get(), name,
                                  rounded_ms(static_cast<double>(count(field))));
  };
  const auto number = [&](const char* name, const char* field) {
    json_object_set_int_member(object.get(), name, static_cast<gint64>(count(field)));
  };
  ms("delay-ms", "delay");
  ms("target-ms", "target-delay");
  ms("mean-ms", "mean-delay");
  ms("p95-ms", "p95-delay");
  const JitterSeen now{.samples = count("totalSamplesReceived"),
                       .concealed = count("concealedSamples")};
  // A stream of another codec begins to count anew.
  if (now.samples < seen.samples || now.concealed < seen.concealed) seen = {};
  if (now.samples > seen.samples)
    json_object_set_double_member(
        object.get(), "concealed-percent",
        percent(now.concealed - seen.concealed, now.samples - seen.samples));
  if (now.samples > 0)
    json_object_set_double_member(object.get(), "concealed-total-percent",
                                  percent(now.concealed, now.samples));
  seen = now;
  number("received", "packetsReceived");
  gint64 lost = 0;
  gst_structure_get_int64(&stats, "packetsLost", &lost);
  json_object_set_int_member(object.get(), "lost", lost);
  number("late", "packetsDiscarded");
  number("restored", "fec-packets-used");
  number("interruptions", "interruptionCount");
  double rating = 0;
  if (gst_structure_get_double(&stats, "R", &rating) && std::isfinite(rating))
    json_object_set_double_member(object.get(), "rating", std::round(10 * rating) / 10);
  return object;
}

}  // namespace jackfield
