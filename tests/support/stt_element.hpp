// An STT element of a streaming service in a harness: sound goes in with turn events, what comes
// out is collected in order.
#pragma once

#include <gst/check/gstharness.h>
#include <gst/gst.h>

#include <chrono>
#include <cmath>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "gstpp.hpp"
#include "harness_element.hpp"
#include "turn_events.hpp"

namespace test_support {

class SttElement : public HarnessElement {
 public:
  explicit SttElement(const std::string& description, bool mulaw = false, int rate = 8000)
      : HarnessElement(description), mulaw_(mulaw), rate_(rate) {
    GstPad* sink = GST_PAD_PEER(harness()->srcpad);
    gst_pad_add_probe(sink, GST_PAD_PROBE_TYPE_EVENT_UPSTREAM, on_upstream, this, nullptr);
    GstPad* src = GST_PAD_PEER(harness()->sinkpad);
    gst_pad_add_probe(src,
                      static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM |
                                                   GST_PAD_PROBE_TYPE_BUFFER),
                      on_downstream, this, nullptr);
    const std::string type =
        mulaw ? "audio/x-mulaw" : "audio/x-raw,format=S16LE,layout=interleaved";
    gst_harness_set_src_caps_str(harness(),
                                 (type + ",channels=1,rate=" + std::to_string(rate)).c_str());
  }
  ~SttElement() { teardown(); }

  // A tone, or silence, in buffers of 20 ms; `pace` waits as long as it lasts, over `speed`.
  void push(bool sound, int milliseconds, double speed = 0) {
    for (int done = 0; done < milliseconds; done += 20) {
      const int count = rate_ / 50;
      std::vector<std::int16_t> samples(static_cast<std::size_t>(count));
      for (int i = 0; i < count && sound; ++i) {
        samples[static_cast<std::size_t>(i)] =
            static_cast<std::int16_t>(8000 * std::sin(2 * 3.14159265 * 400 * i / rate_));
      }
      // 0xff is silence in mu-law, 0x20 and 0xa0 are loud.
      std::vector<std::uint8_t> codes;
      for (const std::int16_t s : samples) codes.push_back(s == 0 ? 0xff : s > 0 ? 0xa0 : 0x20);
      GstBuffer* buffer = mulaw_ ? gst_buffer_new_memdup(codes.data(), codes.size())
                                 : gst_buffer_new_memdup(samples.data(), samples.size() * 2);
      GST_BUFFER_PTS(buffer) = time_;
      GST_BUFFER_DURATION(buffer) = 20 * GST_MSECOND;
      time_ += 20 * GST_MSECOND;
      last_flow_ = gst_harness_push(harness(), buffer);
      if (speed > 0) {
        std::this_thread::sleep_for(std::chrono::microseconds(static_cast<int>(20000 / speed)));
      }
    }
  }
  void begin_turn(unsigned id) {
    gst_harness_push_event(harness(),
                           jackfield::make_event(jackfield::TurnStart{
                               .turn_id = id, .speech_start = time_ - 200 * GST_MSECOND}));
  }
  void end_turn(unsigned id) {
    gst_harness_push_event(harness(),
                           jackfield::make_event(jackfield::TurnEnd{
                               .turn_id = id, .speech_end = time_, .decided_at = time_}));
  }
  // Silence, 200 ms of sound, the event, more sound, the event.
  void say(unsigned id, int milliseconds = 800, double speed = 0) {
    push(false, 400, speed);
    push(true, 200, speed);
    begin_turn(id);
    push(true, milliseconds - 200, speed);
    push(false, 200, speed);
    end_turn(id);
  }

  // "text:...", "start:ID", "end:ID", "end:ID?" (not understood), "eos", in order.
  std::vector<std::string> output() {
    const std::lock_guard lock(mutex_);
    return output_;
  }
  // "ID:text", with "!" behind the final one.
  std::vector<std::string> interims() {
    const std::lock_guard lock(mutex_);
    return interims_;
  }
  bool wait_output(std::size_t count) {
    return wait([&] { return output().size() >= count; });
  }
  // The next element message of that name; nullptr when none comes.
  gstpp::MessagePtr wait_message(const char* name, GstClockTime time = 20 * GST_SECOND) {
    const GstClockTime give_up = gst_util_get_timestamp() + time;
    while (gst_util_get_timestamp() < give_up) {
      gstpp::MessagePtr message{
          gst_bus_timed_pop_filtered(bus(), 50 * GST_MSECOND, GST_MESSAGE_ELEMENT)};
      if (message && gst_message_has_name(message.get(), name)) return message;
    }
    return nullptr;
  }
  bool posted_error() {
    gstpp::MessagePtr message{gst_bus_pop_filtered(bus(), GST_MESSAGE_ERROR)};
    return message != nullptr;
  }
  GstFlowReturn last_flow() const { return last_flow_; }

 private:
  static GstPadProbeReturn on_upstream(GstPad*, GstPadProbeInfo* info, gpointer data) {
    auto& self = *static_cast<SttElement*>(data);
    if (const auto interim = jackfield::parse_interim(GST_PAD_PROBE_INFO_EVENT(info))) {
      const std::lock_guard lock(self.mutex_);
      self.interims_.push_back(std::to_string(interim->turn_id) + ":" + interim->text +
                               (interim->is_final ? "!" : ""));
    }
    return GST_PAD_PROBE_OK;
  }
  static GstPadProbeReturn on_downstream(GstPad*, GstPadProbeInfo* info, gpointer data) {
    auto& self = *static_cast<SttElement*>(data);
    const std::lock_guard lock(self.mutex_);
    if (info->type & GST_PAD_PROBE_TYPE_BUFFER) {
      gstpp::MappedBuffer map(GST_PAD_PROBE_INFO_BUFFER(info), GST_MAP_READ);
      self.output_.push_back("text:" +
                             std::string(reinterpret_cast<const char*>(map.data()), map.size()));
      return GST_PAD_PROBE_OK;
    }
    GstEvent* event = GST_PAD_PROBE_INFO_EVENT(info);
    if (const auto start = jackfield::parse_turn_start(event)) {
      self.output_.push_back("start:" + std::to_string(start->turn_id));
    } else if (const auto end = jackfield::parse_turn_end(event)) {
      self.output_.push_back("end:" + std::to_string(end->turn_id) +
                             (end->not_understood ? "?" : ""));
    } else if (GST_EVENT_TYPE(event) == GST_EVENT_EOS) {
      self.output_.push_back("eos");
    }
    return GST_PAD_PROBE_OK;
  }

  bool mulaw_;
  int rate_;
  GstClockTime time_ = 0;
  GstFlowReturn last_flow_ = GST_FLOW_OK;
  std::mutex mutex_;
  std::vector<std::string> output_;
  std::vector<std::string> interims_;
};

}  // namespace test_support
