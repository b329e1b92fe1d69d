// Drives pocketsphinxstt as a caller and a turn detector do.
#pragma once

#include <gst/check/gstharness.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "gstpp.hpp"
#include "telephone_clip.hpp"
#include "turn_events.hpp"

namespace test_support {

inline std::string scripts_file(const std::string& name) {
  const char* source = std::getenv("JACKFIELD_SOURCE_DIR");
  return std::string(source ? source : ".") + "/pipelines/scripts/" + name;
}

struct HeardTurn {
  std::optional<jackfield::TurnEnd> end;  // none: it did not come in time
  std::vector<std::string> texts;
  std::vector<std::string> interims;
};

class SttHarness {
 public:
  static constexpr std::size_t kPiece = 160;

  explicit SttHarness(const std::string& settings = "", int rate = 8000) : rate_(rate) {
    const std::string text =
        "pocketsphinxstt grammar=\"" + scripts_file("reception.gram") + "\" " + settings;
    element_.reset(
        static_cast<GstElement*>(gst_object_ref_sink(gst_parse_launch(text.c_str(), nullptr))));
    bus_.reset(gst_bus_new());
    gst_element_set_bus(element(), bus_.get());
    harness_ = gst_harness_new_with_element(element(), "sink", "src");
  }
  ~SttHarness() {
    gst_element_set_bus(element(), nullptr);
    gst_harness_teardown(harness_);
  }
  SttHarness(const SttHarness&) = delete;
  SttHarness& operator=(const SttHarness&) = delete;

  // The events that come before audio.
  void begin() {
    const std::string caps =
        "audio/x-raw,format=S16LE,layout=interleaved,channels=1,rate=" + std::to_string(rate_);
    gst_harness_set_src_caps_str(harness_, caps.c_str());
  }

  GstElement* element() { return element_.get(); }
  GstHarness* get() { return harness_; }
  GstClockTime now() const { return time(pushed_); }
  GstClockTime time(std::size_t samples) const {
    return gst_util_uint64_scale(samples, GST_SECOND, rate_);
  }
  bool push(jackfield::TurnStart start) {
    return gst_harness_push_event(harness_, jackfield::make_event(start));
  }
  bool push(jackfield::TurnEnd end) {
    return gst_harness_push_event(harness_, jackfield::make_event(end));
  }
  GstFlowReturn push(std::span<const std::int16_t> samples) {
    GstFlowReturn flow = GST_FLOW_OK;
    for (; !samples.empty() && flow == GST_FLOW_OK;) {
      const auto piece = samples.first(std::min(kPiece, samples.size()));
      GstBuffer* buffer = gst_buffer_new_memdup(piece.data(), piece.size_bytes());
      GST_BUFFER_PTS(buffer) = time(pushed_);
      GST_BUFFER_DURATION(buffer) = time(piece.size());
      flow = gst_harness_push(harness_, buffer);
      pushed_ += piece.size();
      samples = samples.subspan(piece.size());
    }
    return flow;
  }

  // A turn as turndetector announces it: the start 200 ms after it began, the end 500 ms after.
  void speak(const TelephoneClip& clip, guint id) {
    const std::span<const std::int16_t> all(clip.samples);
    const std::size_t start = std::min(all.size(), clip.speech_begin + 1600);
    const std::size_t end = std::min(all.size(), clip.speech_end + 4000);
    const std::size_t origin = pushed_;
    push(all.first(start));
    push(jackfield::TurnStart{.turn_id = id, .speech_start = time(origin + clip.speech_begin)});
    push(all.subspan(start, end - std::min(start, end)));
    push(jackfield::TurnEnd{
        .turn_id = id, .speech_end = time(origin + clip.speech_end), .decided_at = now()});
    push(all.subspan(end));
  }

  // Everything up to the end of turn `id`, which must come within 60 s.
  HeardTurn wait(guint id) {
    HeardTurn heard;
    const gint64 deadline = g_get_monotonic_time() + 60 * G_TIME_SPAN_SECOND;
    while (g_get_monotonic_time() < deadline && !heard.end) {
      const gstpp::EventPtr event{gst_harness_try_pull_event(harness_)};
      if (!event) {
        g_usleep(1000);
        continue;
      }
      const auto end = jackfield::parse_turn_end(event.get());
      if (end && end->turn_id == id) heard.end = end;
    }
    heard.texts = texts();
    while (GstEvent* raw = gst_harness_try_pull_upstream_event(harness_)) {
      const gstpp::EventPtr event{raw};
      if (const auto interim = jackfield::parse_interim(raw))
        heard.interims.push_back(interim->text);
    }
    return heard;
  }
  // What has come out so far.
  std::vector<std::string> texts() {
    std::vector<std::string> result;
    while (GstBuffer* raw = gst_harness_try_pull(harness_)) {
      const gstpp::BufferPtr buffer{raw};
      const gstpp::MappedBuffer map(raw, GST_MAP_READ);
      result.emplace_back(reinterpret_cast<const char*>(map.data()), map.size());
    }
    return result;
  }
  HeardTurn hear(const TelephoneClip& clip, guint id) {
    speak(clip, id);
    return wait(id);
  }

  bool has_error() {
    return gstpp::MessagePtr{gst_bus_pop_filtered(bus_.get(), GST_MESSAGE_ERROR)} != nullptr;
  }

  gstpp::StructurePtr stats() {
    GstStructure* stats = nullptr;
    g_object_get(element(), "stats", &stats, nullptr);
    return gstpp::StructurePtr{stats};
  }
  guint64 stat(const char* name) { return gstpp::get_uint64(stats().get(), name, G_MAXUINT64); }

 private:
  int rate_;
  std::size_t pushed_ = 0;
  gstpp::ElementPtr element_;
  gstpp::BusPtr bus_;
  GstHarness* harness_ = nullptr;
};

}  // namespace test_support
