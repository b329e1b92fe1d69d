// Recorded speech as a telephone line delivers it: 8 kHz, through mu-law and back.
#pragma once

#include <gst/app/gstappsink.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "gstpp.hpp"

namespace test_support {

struct TelephoneClip {
  std::vector<std::int16_t> samples;  // 8 kHz
  std::size_t speech_begin = 0;
  std::size_t speech_end = 0;
};

// Decodes a WAV file of any rate, and puts it between two pauses (ms) of faint line noise.
inline TelephoneClip telephone_clip(const std::string& path, int before, int after) {
  const std::string text = "filesrc location=\"" + path +
                           "\" ! wavparse ! audioconvert ! audioresample ! "
                           "audio/x-raw,format=S16LE,rate=8000,channels=1 ! mulawenc ! mulawdec ! "
                           "appsink name=out sync=false";
  gstpp::ErrorPtr error;
  GstElement* raw = gst_parse_launch(text.c_str(), gstpp::OutPtr{error});
  if (!raw) throw std::runtime_error(error->message);
  const gstpp::ElementPtr pipeline{static_cast<GstElement*>(gst_object_ref_sink(raw))};
  const gstpp::ElementPtr sink{gst_bin_get_by_name(GST_BIN(raw), "out")};
  gst_element_set_state(raw, GST_STATE_PLAYING);
  TelephoneClip clip;
  clip.samples.resize(static_cast<std::size_t>(before) * 8);
  while (GstSample* sample = gst_app_sink_pull_sample(GST_APP_SINK(sink.get()))) {
    gstpp::MappedBuffer map(gst_sample_get_buffer(sample), GST_MAP_READ);
    const auto samples = map.as<const std::int16_t>();
    clip.samples.insert(clip.samples.end(), samples.begin(), samples.end());
    gst_sample_unref(sample);
  }
  gst_element_set_state(raw, GST_STATE_NULL);
  if (clip.samples.size() <= static_cast<std::size_t>(before) * 8) {
    throw std::runtime_error(path +
                             " cannot be read (packages asterisk-core-sounds-en-wav and "
                             "pocketsphinx-testdata)");
  }
  const auto loud = [](std::int16_t s) { return s > 400 || s < -400; };
  const auto first = std::find_if(clip.samples.begin(), clip.samples.end(), loud);
  const auto last = std::find_if(clip.samples.rbegin(), clip.samples.rend(), loud);
  clip.speech_begin = static_cast<std::size_t>(first - clip.samples.begin());
  clip.speech_end = static_cast<std::size_t>(clip.samples.rend() - last);
  clip.samples.resize(
      std::max(clip.samples.size(), clip.speech_end + static_cast<std::size_t>(after) * 8));
  std::mt19937 random(1);
  std::normal_distribution<float> noise(0.0F, 8.0F);
  for (auto& s : clip.samples) {
    s = static_cast<std::int16_t>(
        std::clamp(static_cast<float>(s) + noise(random), -32768.0F, 32767.0F));
  }
  return clip;
}

}  // namespace test_support
