// elevenlabstts in a harness: texts go in, audio, words and the ends of replies are collected.
#pragma once

#include <gst/check/gstharness.h>

#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "fake_service.hpp"
#include "gstpp.hpp"
#include "harness_element.hpp"
#include "turn_events.hpp"

namespace test_support {

constexpr int kCharacterMs = 60;  // as the fake speaks

class TtsElement : public HarnessElement {
 public:
  explicit TtsElement(const FakeService& fake, const std::string& more = "")
      : HarnessElement(
            "elevenlabstts api-key=test-key voice=test-voice output-format=pcm_8000 base-url=" +
            fake.url() + " " + more) {
    gst_pad_add_probe(GST_PAD_PEER(harness()->sinkpad),
                      static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM |
                                                   GST_PAD_PROBE_TYPE_BUFFER),
                      on_downstream, this, nullptr);
    gst_harness_set_src_caps_str(harness(), "text/x-raw,format=utf8");
  }
  ~TtsElement() { teardown(); }

  void say(const std::string& text) {
    flow_ = gst_harness_push(harness(), gst_buffer_new_memdup(text.data(), text.size()));
  }
  void end(unsigned id) {
    gst_harness_push_event(harness(), jackfield::make_event(jackfield::ReplyEnd{.turn_id = id}));
  }
  bool wait_ends(std::size_t count) {
    return wait([&] { return ends().size() >= count; });
  }
  // Turn ids of VoiceReplyEnd, each with the bytes of audio before it.
  std::vector<std::pair<unsigned, std::size_t>> ends() {
    const std::lock_guard lock(mutex_);
    return ends_;
  }
  std::size_t bytes() {
    const std::lock_guard lock(mutex_);
    return bytes_;
  }
  // Bytes before each place from which on nothing tells what is said.
  std::vector<std::size_t> unknown() {
    const std::lock_guard lock(mutex_);
    return unknown_;
  }
  std::vector<std::string> words() {
    const std::lock_guard lock(mutex_);
    return words_;
  }
  // Of each word, where it begins in all audio, in ms.
  std::vector<int> word_starts() {
    const std::lock_guard lock(mutex_);
    return word_starts_;
  }
  std::string complaint() {
    const std::lock_guard lock(mutex_);
    return complaint_;
  }
  std::string caps() {
    gstpp::CapsPtr caps{gst_pad_get_current_caps(harness()->sinkpad)};
    if (!caps) return "";
    const gstpp::CharPtr text{gst_caps_to_string(caps.get())};
    return text.get();
  }
  std::string wait_cause() {
    gstpp::MessagePtr message{
        gst_bus_timed_pop_filtered(bus(), 20 * GST_SECOND, GST_MESSAGE_ELEMENT)};
    if (!message || !gst_message_has_name(message.get(), "elevenlabstts/error")) return "none";
    return gstpp::get_string(gst_message_get_structure(message.get()), "cause");
  }
  std::string transport() { return gstpp::get_string(stats().get(), "transport"); }
  // Of each text told whole, and the bytes before it.
  std::vector<std::pair<std::string, std::size_t>> sentences() {
    const std::lock_guard lock(mutex_);
    return sentences_;
  }
  GstFlowReturn flow() const { return flow_; }
  bool eos() {
    const std::lock_guard lock(mutex_);
    return eos_;
  }

 private:
  static GstPadProbeReturn on_downstream(GstPad*, GstPadProbeInfo* info, gpointer data) {
    auto& self = *static_cast<TtsElement*>(data);
    const std::lock_guard lock(self.mutex_);
    if (info->type & GST_PAD_PROBE_TYPE_BUFFER) {
      GstBuffer* buffer = GST_PAD_PROBE_INFO_BUFFER(info);
      for (const auto& word : jackfield::get_words(buffer)) {
        self.words_.push_back(word.text);
        self.word_starts_.push_back(static_cast<int>(
            (self.bytes_ / 16) + static_cast<std::size_t>(word.offset / GST_MSECOND)));
      }
      if (const auto sentence = jackfield::get_sentence(buffer)) {
        if (sentence->text.empty()) {
          self.unknown_.push_back(self.bytes_);
        } else {
          self.sentences_.emplace_back(sentence->text, self.bytes_);
        }
      }
      if (GST_BUFFER_DURATION(buffer) > 20 * GST_MSECOND) self.complaint_ = "a piece is too long";
      if (gst_buffer_get_size(buffer) % 2) self.complaint_ = "half a sample";
      if (self.last_end_ != GST_CLOCK_TIME_NONE && GST_BUFFER_PTS(buffer) < self.last_end_) {
        self.complaint_ = "time goes back";
      }
      self.last_end_ = GST_BUFFER_PTS(buffer) + GST_BUFFER_DURATION(buffer);
      self.bytes_ += gst_buffer_get_size(buffer);
      return GST_PAD_PROBE_OK;
    }
    GstEvent* event = GST_PAD_PROBE_INFO_EVENT(info);
    if (const auto end = jackfield::parse_reply_end(event)) {
      self.ends_.emplace_back(end->turn_id, self.bytes_);
    } else if (GST_EVENT_TYPE(event) == GST_EVENT_EOS) {
      self.eos_ = true;
    }
    return GST_PAD_PROBE_OK;
  }

  GstFlowReturn flow_ = GST_FLOW_OK;
  std::mutex mutex_;
  std::vector<std::pair<unsigned, std::size_t>> ends_;
  std::vector<std::string> words_;
  std::vector<std::size_t> unknown_;
  std::vector<std::pair<std::string, std::size_t>> sentences_;
  std::vector<int> word_starts_;
  std::size_t bytes_ = 0;
  GstClockTime last_end_ = GST_CLOCK_TIME_NONE;
  std::string complaint_;
  bool eos_ = false;
};

}  // namespace test_support
