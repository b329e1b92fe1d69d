#include "webrtc/connection_stats.hpp"

#include <cmath>
#include <string_view>

namespace jackfield::webrtc {
namespace {

// More than an hour is no delay but a peer's nonsense.
constexpr double kMaxSeconds = 3600;

std::optional<GstClockTime> seconds(const GstStructure* s, const char* field) {
  gdouble value = 0;
  if (!gst_structure_get_double(s, field, &value) || !std::isfinite(value) || value < 0 ||
      value > kMaxSeconds)
    return std::nullopt;
  return static_cast<GstClockTime>(value * GST_SECOND);
}

ConnectionStats::End end_of(const GstStructure* s) {
  const std::string address = gstpp::get_string(s, "address");
  const std::string port = std::to_string(gstpp::get_uint(s, "port", 0));
  const bool ipv6 = address.find(':') != std::string::npos;
  return {.type = gstpp::get_string(s, "candidate-type"),
          .address = (ipv6 ? "[" + address + "]" : address) + ":" + port,
          .protocol = gstpp::get_string(s, "protocol")};
}

void read_one(std::string_view id, const GstStructure* s, ConnectionStats& stats) {
  // GStreamer 1.22 swaps the types of the two candidates; their names are right.
  if (id.starts_with("ice-candidate-local_")) {
    stats.local = end_of(s);
  } else if (id.starts_with("ice-candidate-remote_")) {
    stats.remote = end_of(s);
  } else if (id.starts_with("rtp-inbound-stream-stats_")) {
    stats.packets_received += gstpp::get_uint64(s, "packets-received", 0);
    stats.bytes_received += gstpp::get_uint64(s, "bytes-received", 0);
    if (const auto jitter = seconds(s, "jitter")) stats.jitter = jitter;
  } else if (id.starts_with("rtp-outbound-stream-stats_")) {
    stats.packets_sent += gstpp::get_uint64(s, "packets-sent", 0);
    stats.bytes_sent += gstpp::get_uint64(s, "bytes-sent", 0);
  } else if (id.starts_with("rtp-remote-inbound-stream-stats_")) {
    if (const auto trip = seconds(s, "round-trip-time")) stats.round_trip = trip;
    if (const auto jitter = seconds(s, "jitter")) stats.remote_jitter = jitter;
    gint64 lost = 0;
    if (gst_structure_get_int64(s, "packets-lost", &lost)) stats.remote_lost = lost;
    gdouble fraction = 0;
    if (gst_structure_get_double(s, "fraction-lost", &fraction) && std::isfinite(fraction))
      stats.remote_fraction_lost = fraction;
  } else if (id.starts_with("codec-stats-")) {
    if (std::string type = gstpp::get_string(s, "mime-type"); !type.empty()) stats.codec = type;
  }
}

}  // namespace

GstClockTime ConnectionStats::far_delay() const {
  return round_trip.value_or(0) / 2 + 2 * remote_jitter.value_or(0) + kFarBuffer;
}

ConnectionStats read_stats(const GstStructure& reply) {
  ConnectionStats stats;
  for (gint i = 0; i < gst_structure_n_fields(&reply); ++i) {
    const gchar* name = gst_structure_nth_field_name(&reply, static_cast<guint>(i));
    const GValue* value = gst_structure_get_value(&reply, name);
    if (value && GST_VALUE_HOLDS_STRUCTURE(value))
      read_one(name, gst_value_get_structure(value), stats);
  }
  return stats;
}

GstStructure* connected_message(const ConnectionStats& stats) {
  return gst_structure_new("webrtc/connected", "local-candidate", G_TYPE_STRING,
                           stats.local.type.c_str(), "local-address", G_TYPE_STRING,
                           stats.local.address.c_str(), "remote-candidate", G_TYPE_STRING,
                           stats.remote.type.c_str(), "remote-address", G_TYPE_STRING,
                           stats.remote.address.c_str(), "protocol", G_TYPE_STRING,
                           stats.remote.protocol.c_str(), nullptr);
}

GstStructure* stats_message(const ConnectionStats& stats, GstElement* jitter,
                            const GstStructure* latency) {
  constexpr GstClockTime kUnknown = GST_CLOCK_TIME_NONE;
  GstStructure* s = gst_structure_new(
      "webrtc/stats", "local-candidate", G_TYPE_STRING, stats.local.type.c_str(), "local-address",
      G_TYPE_STRING, stats.local.address.c_str(), "remote-candidate", G_TYPE_STRING,
      stats.remote.type.c_str(), "remote-address", G_TYPE_STRING, stats.remote.address.c_str(),
      "protocol", G_TYPE_STRING, stats.remote.protocol.c_str(), "codec", G_TYPE_STRING,
      stats.codec.c_str(), "round-trip", G_TYPE_UINT64, stats.round_trip.value_or(kUnknown),
      "jitter", G_TYPE_UINT64, stats.jitter.value_or(kUnknown), "remote-jitter", G_TYPE_UINT64,
      stats.remote_jitter.value_or(kUnknown), "packets-sent", G_TYPE_UINT64, stats.packets_sent,
      "bytes-sent", G_TYPE_UINT64, stats.bytes_sent, "packets-received", G_TYPE_UINT64,
      stats.packets_received, "bytes-received", G_TYPE_UINT64, stats.bytes_received, "remote-lost",
      G_TYPE_INT64, stats.remote_lost, "remote-fraction-lost", G_TYPE_DOUBLE,
      stats.remote_fraction_lost, "far-delay", G_TYPE_UINT64, stats.far_delay(), nullptr);
  GstStructure* buffer = nullptr;
  if (jitter) g_object_get(jitter, "stats", &buffer, nullptr);
  if (buffer) {
    gst_structure_set(s, "jitter-buffer", GST_TYPE_STRUCTURE, buffer, nullptr);
    gst_structure_free(buffer);
  }
  if (latency) gst_structure_set(s, "latency", GST_TYPE_STRUCTURE, latency, nullptr);
  return s;
}

}  // namespace jackfield::webrtc
