// What comes out of encoders.
#pragma once

#include <gst/app/gstappsink.h>
#include <gst/audio/audio.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "gstpp.hpp"

namespace sharedopus_test {

struct Packet {
  std::vector<guint8> bytes;
  GstClockTime time = 0, duration = 0;
  guint64 trim_start = 0, trim_end = 0;
  bool operator==(const Packet&) const = default;
};
inline void PrintTo(const Packet& packet, std::ostream* out) {
  *out << packet.bytes.size() << " bytes at " << packet.time << " for " << packet.duration
       << ", trimmed " << packet.trim_start << " and " << packet.trim_end;
}

inline Packet packet_of(GstBuffer* buffer) {
  Packet packet;
  gstpp::MappedBuffer map(buffer, GST_MAP_READ);
  packet.bytes.assign(map.data(), map.data() + map.size());
  packet.time = GST_BUFFER_PTS(buffer);
  packet.duration = GST_BUFFER_DURATION(buffer);
  if (const GstAudioClippingMeta* trim = gst_buffer_get_audio_clipping_meta(buffer)) {
    packet.trim_start = trim->start;
    packet.trim_end = trim->end;
  }
  return packet;
}

inline gstpp::ElementPtr launch(const std::string& text) {
  gstpp::ErrorPtr error;
  GstElement* made = gst_parse_launch(text.c_str(), gstpp::OutPtr{error});
  EXPECT_TRUE(made && !error) << text << ": " << (error ? error->message : "");
  return gstpp::ElementPtr{static_cast<GstElement*>(gst_object_ref_sink(made))};
}

// Of the appsink of that name, until the stream ends.
inline std::vector<Packet> all_packets(GstElement* pipeline, const char* name = "out") {
  const gstpp::ElementPtr sink{gst_bin_get_by_name(GST_BIN(pipeline), name)};
  std::vector<Packet> packets;
  while (GstSample* sample =
             gst_app_sink_try_pull_sample(GST_APP_SINK(sink.get()), 20 * GST_SECOND)) {
    packets.push_back(packet_of(gst_sample_get_buffer(sample)));
    gst_sample_unref(sample);
  }
  EXPECT_TRUE(gst_app_sink_is_eos(GST_APP_SINK(sink.get()))) << name;
  return packets;
}

inline guint64 stat(GstElement* element, const char* field) {
  GstStructure* raw = nullptr;
  g_object_get(element, "stats", &raw, nullptr);
  const gstpp::StructurePtr stats{raw};
  guint64 value = 0;
  EXPECT_TRUE(gst_structure_get_uint64(raw, field, &value)) << field;
  return value;
}

}  // namespace sharedopus_test
