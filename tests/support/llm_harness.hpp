// An element that answers text by text, as turngate drives it: turns, flushes, and what comes of
// them.
#pragma once

#include <gst/check/gstharness.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gstpp.hpp"
#include "turn_events.hpp"

namespace test_support {

struct ErrorMessage {
  std::string cause;
  std::string text;
  int status = 0;
  bool retryable = false;
  guint turn_id = 0;
};

class LlmHarnessTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { gst_init(nullptr, nullptr); }
  void TearDown() override {
    if (!harness_) return;
    gst_element_set_bus(llm_.get(), nullptr);
    gst_harness_teardown(harness_);
  }

  // `description`: the element's name, and its properties; `prepare` is called before it starts.
  template <typename F>
  void start_element(const std::string& description, F&& prepare) {
    name_ = description.substr(0, description.find(' '));
    gstpp::ErrorPtr error;
    GstElement* element = gst_parse_launch(description.c_str(), gstpp::OutPtr{error});
    ASSERT_TRUE(element) << error->message;
    llm_.reset(static_cast<GstElement*>(gst_object_ref_sink(element)));
    prepare(element);
    bus_.reset(gst_bus_new());
    gst_element_set_bus(llm_.get(), bus_.get());
    harness_ = gst_harness_new_with_element(llm_.get(), "sink", "src");
    gst_harness_set_src_caps_str(harness_, "text/x-raw, format=utf8");
    take_events();
  }

  bool end_turn(guint id, bool not_understood = false) {
    return gst_harness_push_event(harness_, jackfield::make_event(jackfield::TurnEnd{
                                                .turn_id = id, .not_understood = not_understood}));
  }
  // The question, and all pieces of its answer.
  std::vector<std::string> turn(guint id, std::string_view text) {
    gst_harness_push_event(harness_, jackfield::make_event(jackfield::TurnStart{.turn_id = id}));
    gst_harness_push(harness_, gst_buffer_new_memdup(text.data(), text.size()));
    end_turn(id);
    return take();
  }
  std::string said(guint id, std::string_view text) {
    std::string all;
    for (const auto& piece : turn(id, text)) all += (all.empty() ? "" : " ") + piece;
    return all;
  }
  void flush() {
    gst_harness_push_event(harness_, gst_event_new_flush_start());
    gst_harness_push_event(harness_, gst_event_new_flush_stop(FALSE));
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    gst_harness_push_event(harness_, gst_event_new_segment(&segment));
  }
  void heard(guint id, const std::string& text) {
    gst_harness_push_event(harness_,
                           jackfield::make_event(jackfield::Heard{.turn_id = id, .text = text}));
  }
  std::vector<std::string> take() {
    std::vector<std::string> texts;
    while (GstBuffer* raw = gst_harness_try_pull(harness_)) {
      const gstpp::BufferPtr buffer{raw};
      gstpp::MappedBuffer map(raw, GST_MAP_READ);
      texts.emplace_back(reinterpret_cast<const char*>(map.data()), map.size());
    }
    return texts;
  }
  std::vector<gstpp::EventPtr> take_events() {
    std::vector<gstpp::EventPtr> events;
    while (GstEvent* event = gst_harness_try_pull_event(harness_)) events.emplace_back(event);
    return events;
  }
  std::optional<jackfield::ReplyEnd> reply_end() {
    std::optional<jackfield::ReplyEnd> end;
    for (const auto& event : take_events()) {
      if (const auto parsed = jackfield::parse_reply_end(event.get())) end = parsed;
    }
    return end;
  }
  std::vector<ErrorMessage> errors() {
    std::vector<ErrorMessage> found;
    while (GstMessage* raw = gst_bus_pop_filtered(bus_.get(), GST_MESSAGE_ELEMENT)) {
      const gstpp::MessagePtr message{raw};
      const GstStructure* s = gst_message_get_structure(raw);
      if (!gst_structure_has_name(s, (name_ + "/error").c_str())) continue;
      ErrorMessage e{.cause = gstpp::get_string(s, "cause"),
                     .text = gstpp::get_string(s, "text"),
                     .retryable = gstpp::get_bool(s, "retryable", false),
                     .turn_id = gstpp::get_uint(s, "turn-id", 999)};
      gst_structure_get_int(s, "status", &e.status);
      found.push_back(e);
    }
    return found;
  }
  // The next message of that kind, such as "tool-call", if it comes.
  gstpp::StructurePtr message(const std::string& kind) {
    while (const gstpp::MessagePtr message{
        gst_bus_timed_pop_filtered(bus_.get(), 60 * GST_SECOND, GST_MESSAGE_ELEMENT)}) {
      const GstStructure* s = gst_message_get_structure(message.get());
      if (gst_structure_has_name(s, (name_ + "/" + kind).c_str()))
        return gstpp::StructurePtr{gst_structure_copy(s)};
    }
    return nullptr;
  }
  gstpp::StructurePtr tool_call() { return message("tool-call"); }
  guint64 stat(const char* name) {
    GstStructure* stats = nullptr;
    g_object_get(llm_.get(), "stats", &stats, nullptr);
    const gstpp::StructurePtr owner{stats};
    return gstpp::get_uint64(stats, name, G_MAXUINT64);
  }
  std::string history() {
    gchar* json = nullptr;
    g_object_get(llm_.get(), "history", &json, nullptr);
    const gstpp::CharPtr owner{json};
    return json;
  }

  std::string name_;  // of the element
  gstpp::BusPtr bus_;
  gstpp::ElementPtr llm_;
  GstHarness* harness_ = nullptr;
};

}  // namespace test_support
