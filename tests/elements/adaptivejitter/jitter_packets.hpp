// Packets for tests of adaptivejitter, made by GStreamer's own encoders and payloaders.
#pragma once

#include <gst/app/gstappsink.h>
#include <gst/gst.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "gstpp.hpp"

namespace jitter_test {

struct Packets {
  gstpp::CapsPtr caps;
  std::vector<gstpp::BufferPtr> buffers;
};

// Everything that a pipeline without its sink makes.
inline Packets encoded(const std::string& chain) {
  Packets packets;
  const gstpp::ElementPtr pipeline{static_cast<GstElement*>(gst_object_ref_sink(
      gst_parse_launch((chain + " ! appsink name=out sync=false").c_str(), nullptr)))};
  const gstpp::ElementPtr out{gst_bin_get_by_name(GST_BIN(pipeline.get()), "out")};
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  while (GstSample* sample = gst_app_sink_pull_sample(GST_APP_SINK(out.get()))) {
    if (!packets.caps) packets.caps = gstpp::share(gst_sample_get_caps(sample));
    packets.buffers.push_back(gstpp::share(gst_sample_get_buffer(sample)));
    gst_sample_unref(sample);
  }
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
  return packets;
}

// Of one channel of interleaved samples of 16 bits, in −1 to 1.
struct Level {
  double peak = 0, rms = 0;
};
inline Level level(GstBuffer* buffer, size_t channels, size_t channel) {
  gstpp::MappedBuffer map(buffer, GST_MAP_READ);
  const auto samples = map.as<const gint16>();
  Level level;
  size_t count = 0;
  for (size_t i = channel; i < samples.size(); i += channels, ++count) {
    const double value = samples[i] / 32768.0;
    level.peak = std::max(level.peak, std::abs(value));
    level.rms += value * value;
  }
  level.rms = std::sqrt(level.rms / static_cast<double>(std::max<size_t>(1, count)));
  return level;
}

}  // namespace jitter_test
