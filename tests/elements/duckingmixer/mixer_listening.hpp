// Pipelines with tones that can be told apart, and what is heard of them.
#pragma once

#include <gst/app/gstappsink.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <numbers>
#include <string>
#include <thread>
#include <vector>

#include "gstpp.hpp"

namespace mixer_test {

inline constexpr double kRate = 48000;

// Amplitude of a tone in what was heard.
inline double tone(const std::vector<float>& samples, double hertz) {
  double re = 0, im = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double angle = 2 * std::numbers::pi * hertz * static_cast<double>(i) / kRate;
    re += samples[i] * std::cos(angle);
    im += samples[i] * std::sin(angle);
  }
  return 2 * std::hypot(re, im) / static_cast<double>(samples.size());
}

// The same in the 100 ms in which it is loudest: what a busy machine leaves out shifts its phase.
inline double loudest(const std::vector<float>& samples, double hertz) {
  constexpr std::ptrdiff_t kWindow = 4800;
  double most = 0;
  for (auto at = samples.begin(); samples.end() - at >= kWindow; at += kWindow)
    most = std::max(most, tone({at, at + kWindow}, hertz));
  return most;
}

// The largest step between two samples.
inline float steepest(const std::vector<float>& samples) {
  float most = 0;
  for (std::size_t i = 1; i < samples.size(); ++i)
    most = std::max(most, std::abs(samples[i] - samples[i - 1]));
  return most;
}

inline bool wait(const std::function<bool()>& done) {
  using namespace std::chrono_literals;
  for (const auto end = std::chrono::steady_clock::now() + 20s;
       std::chrono::steady_clock::now() < end; std::this_thread::sleep_for(5ms)) {
    if (done()) return true;
  }
  return done();
}

inline gstpp::StructurePtr stats_of(gpointer object) {
  GstStructure* stats = nullptr;
  g_object_get(object, "stats", &stats, nullptr);
  return gstpp::StructurePtr{stats};
}
inline guint64 stat(gpointer object, const char* field) {
  return gstpp::get_uint64(stats_of(object).get(), field, G_MAXUINT64);
}

// A running pipeline, stopped at the end of its life.
class Pipeline {
 public:
  Pipeline() = default;
  explicit Pipeline(const std::string& text, GstState state = GST_STATE_PLAYING) {
    launch(text, state);
  }
  ~Pipeline() { stop(); }
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  void launch(const std::string& text, GstState state = GST_STATE_PLAYING) {
    stop();
    gstpp::ErrorPtr error;
    GstElement* made = gst_parse_launch(text.c_str(), gstpp::OutPtr{error});
    ASSERT_TRUE(made && !error) << (error ? error->message : "");
    element_.reset(static_cast<GstElement*>(gst_object_ref_sink(made)));
    gst_element_set_state(made, state);
  }
  void stop() {
    if (element_) gst_element_set_state(element_.get(), GST_STATE_NULL);
  }
  void close() {
    stop();
    element_.reset();
  }
  void set_state(GstState state) { gst_element_set_state(element_.get(), state); }
  GstElement* get() const { return element_.get(); }
  gstpp::ElementPtr operator[](const std::string& name) const {
    return gstpp::ElementPtr{gst_bin_get_by_name(GST_BIN(element_.get()), name.c_str())};
  }
  // The first message of these kinds, if one comes in 20 s.
  gstpp::MessagePtr message(unsigned kinds) const {
    const gstpp::BusPtr bus{gst_element_get_bus(element_.get())};
    return gstpp::MessagePtr{
        gst_bus_timed_pop_filtered(bus.get(), 20 * GST_SECOND, static_cast<GstMessageType>(kinds))};
  }
  // One that has been posted already.
  bool has_posted(unsigned kinds) const {
    const gstpp::BusPtr bus{gst_element_get_bus(element_.get())};
    return gstpp::MessagePtr{gst_bus_pop_filtered(bus.get(), static_cast<GstMessageType>(kinds))} !=
           nullptr;
  }

  // The next `blocks` of the appsink `name`. With `close` timestamps have to follow each other, but
  // for the blocks that are lost when the sink's thread was not run for long.
  std::vector<float> hear(const std::string& name, int blocks, bool close = true) const {
    const gstpp::ElementPtr from = (*this)[name];
    std::vector<float> heard;
    GstClockTime next = GST_CLOCK_TIME_NONE;
    for (int i = 0; i < blocks; ++i) {
      GstSample* sample = gst_app_sink_try_pull_sample(GST_APP_SINK(from.get()), 10 * GST_SECOND);
      if (!sample) {
        ADD_FAILURE() << "nothing from " << name;
        break;
      }
      GstBuffer* buffer = gst_sample_get_buffer(sample);
      if (close && GST_CLOCK_TIME_IS_VALID(next)) {
        EXPECT_GE(GST_BUFFER_PTS(buffer), next) << name;
        EXPECT_EQ((GST_BUFFER_PTS(buffer) - next) % (10 * GST_MSECOND), 0U) << name;
        gaps_ += GST_BUFFER_PTS(buffer) != next;
      }
      next = GST_BUFFER_PTS(buffer) + GST_BUFFER_DURATION(buffer);
      gstpp::MappedBuffer map(buffer, GST_MAP_READ);
      for (const gint16 value : map.as<const gint16>())
        heard.push_back(static_cast<float>(value) / 32768);
      gst_sample_unref(sample);
    }
    return heard;
  }
  int gaps() const { return gaps_; }

  using Judge = std::function<bool(const std::vector<float>&)>;
  // Until an appsink sounds as it should, in 200 ms of it.
  bool sounds(const std::string& name, const Judge& right, bool close = true) const {
    for (int i = 0; i < 50; ++i) {
      if (right(hear(name, 20, close))) return true;
    }
    return false;
  }

 private:
  gstpp::ElementPtr element_;
  mutable int gaps_ = 0;
};

}  // namespace mixer_test
