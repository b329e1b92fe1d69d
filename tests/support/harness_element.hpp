// An element in a harness with the clock of the system, and a bus: what tests of elements that
// speak with a service have in common.
#pragma once

#include <gst/check/gstharness.h>
#include <gst/gst.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>

#include "gstpp.hpp"

namespace test_support {

// A string of a message's structure; "none": no message.
inline std::string text_in(const gstpp::MessagePtr& message, const char* field) {
  return message ? gstpp::get_string(gst_message_get_structure(message.get()), field) : "none";
}

class HarnessElement {
 public:
  // `description`: the element's name, and its properties.
  explicit HarnessElement(const std::string& description) : harness_(make_harness(description)) {
    element_ =
        gst_harness_find_element(harness_, description.substr(0, description.find(' ')).c_str());
    bus_.reset(gst_bus_new());
    gst_element_set_bus(element_, bus_.get());
    gst_harness_use_systemclock(harness_);
  }
  ~HarnessElement() { teardown(); }
  HarnessElement(const HarnessElement&) = delete;
  HarnessElement& operator=(const HarnessElement&) = delete;

  void flush() {
    gst_harness_push_event(harness_, gst_event_new_flush_start());
    gst_harness_push_event(harness_, gst_event_new_flush_stop(FALSE));
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    gst_harness_push_event(harness_, gst_event_new_segment(&segment));
  }
  template <typename F>
  bool wait(F&& condition, std::chrono::seconds time = std::chrono::seconds(30)) {
    const auto give_up = std::chrono::steady_clock::now() + time;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > give_up) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return true;
  }
  gstpp::StructurePtr stats() {
    GstStructure* raw = nullptr;
    g_object_get(element_, "stats", &raw, nullptr);
    return gstpp::StructurePtr{raw};
  }
  guint64 stat(const char* field) {
    guint64 value = 0;
    EXPECT_TRUE(gst_structure_get_uint64(stats().get(), field, &value)) << field;
    return value;
  }
  bool connected() { return gstpp::get_bool(stats().get(), "connected", false); }
  GstHarness* harness() { return harness_; }
  GstElement* element() { return element_; }
  GstBus* bus() { return bus_.get(); }

 protected:
  // First of all in the destructor of a class whose members the element's threads reach.
  void teardown() {
    if (!harness_) return;
    gst_element_set_bus(element_, nullptr);
    gst_object_unref(element_);
    gst_harness_teardown(harness_);
    harness_ = nullptr;
  }

 private:
  static GstHarness* make_harness(const std::string& description) {
    gst_init(nullptr, nullptr);
    return gst_harness_new_parse(description.c_str());
  }

  GstHarness* harness_;
  GstElement* element_;
  gstpp::BusPtr bus_;
};

}  // namespace test_support
