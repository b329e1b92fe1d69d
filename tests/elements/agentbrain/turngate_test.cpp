#include <gst/check/gstharness.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "blocking_query.hpp"
#include "gstpp.hpp"
#include "gstturngate.hpp"
#include "turn_events.hpp"

namespace {

using namespace jackfield;

class TurnGateTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { gst_init(nullptr, nullptr); }

  void SetUp() override {
    gstpp::ElementPtr element{
        GST_ELEMENT(gst_object_ref_sink(g_object_new(GST_TYPE_TURN_GATE, nullptr)))};
    gate_ = GST_TURN_GATE(element.get());
    h_.reset(gst_harness_new_with_element(element.get(), "sink", "src"));
    gst_harness_use_systemclock(h_.get());
    gst_pad_add_probe(h_->sinkpad, GST_PAD_PROBE_TYPE_BUFFER, on_buffer, this, nullptr);
    gst_harness_set_src_caps_str(h_.get(), "text/x-raw,format=utf8");
  }
  void TearDown() override {
    blocked_ = false;
    h_.reset();
  }

  static GstPadProbeReturn on_buffer(GstPad*, GstPadProbeInfo*, gpointer data) {
    auto* self = static_cast<TurnGateTest*>(data);
    self->inside_ = true;
    while (self->blocked_) g_usleep(500);
    self->inside_ = false;
    return GST_PAD_PROBE_OK;
  }
  GstFlowReturn push(const std::string& text) {
    GstBuffer* buffer = gst_buffer_new_allocate(nullptr, text.size(), nullptr);
    gst_buffer_fill(buffer, 0, text.data(), text.size());
    return gst_harness_push(h_.get(), buffer);
  }
  std::string pull() {
    gstpp::BufferPtr buffer{gst_harness_pull(h_.get())};
    if (!buffer) return "nothing";
    gstpp::MappedBuffer map{buffer.get(), GST_MAP_READ};
    return {reinterpret_cast<const char*>(map.data()), map.size()};
  }
  // Waits for an event of this type (or custom name) and returns what came before it.
  std::vector<gstpp::EventPtr> events_until(const std::string& name) {
    std::vector<gstpp::EventPtr> events;
    while (GstEvent* event = gst_harness_pull_event(h_.get())) {
      events.emplace_back(event);
      if (name_of(event) == name) return events;
    }
    ADD_FAILURE() << name << " never came";
    return events;
  }
  static std::string name_of(GstEvent* event) {
    const GstStructure* s = gst_event_get_structure(event);
    const bool custom = GST_EVENT_TYPE(event) == GST_EVENT_CUSTOM_DOWNSTREAM;
    return custom && s ? gst_structure_get_name(s) : GST_EVENT_TYPE_NAME(event);
  }

  std::unique_ptr<GstHarness, gstpp::FreeWith<gst_harness_teardown>> h_;
  GstTurnGate* gate_ = nullptr;
  std::atomic<bool> blocked_{false};
  std::atomic<bool> inside_{false};
};

TEST_F(TurnGateTest, AnnouncesItsStreamBeforeAnyText) {
  const auto events = events_until("gap");
  ASSERT_GE(events.size(), 4u);
  EXPECT_EQ(name_of(events[0].get()), "stream-start");
  EXPECT_EQ(name_of(events[1].get()), "caps");
  EXPECT_EQ(name_of(events[2].get()), "segment");
}

TEST_F(TurnGateTest, PassesTextAndTheEndOfTheTurnInOrder) {
  EXPECT_EQ(push("hello"), GST_FLOW_OK);
  EXPECT_TRUE(gst_harness_push_event(h_.get(), make_event(TurnEnd{.turn_id = 3})));
  EXPECT_EQ(pull(), "hello");
  EXPECT_EQ(parse_turn_end(events_until("VoiceTurnEnd").back().get())->turn_id, 3u);
}

TEST_F(TurnGateTest, NeverBlocksItsPusherAndSaysSo) {
  blocked_ = true;
  const GstClockTime before = gst_util_get_timestamp();
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(push("text"), GST_FLOW_OK);
  EXPECT_LT(gst_util_get_timestamp() - before, 2 * GST_SECOND);
  EXPECT_TRUE(downstream_never_blocks(h_->srcpad));
  gstpp::StructurePtr stats{gst_structure_new_empty("stats")};
  gst_turn_gate_add_stats(gate_, stats.get());
  EXPECT_GT(gstpp::get_uint64(stats.get(), "turns-dropped", 0), 700u) << "bounded";
  blocked_ = false;
}

TEST_F(TurnGateTest, AnInterruptionFlushesBelowWhileAPushIsStuck) {
  events_until("gap");
  blocked_ = true;
  gst_turn_gate_submit(gate_, {"first", "second"}, {.turn_id = 1});
  while (!inside_) g_usleep(500);
  gst_turn_gate_barge(gate_, {.turn_id = 1, .text = "heard this"});
  // FLUSH_START came from this thread, in spite of the push.
  const auto start = events_until("flush-start");
  gst_turn_gate_submit(gate_, {"third"}, {.turn_id = 2});
  g_usleep(20'000);
  gstpp::EventPtr early{gst_harness_try_pull_event(h_.get())};
  EXPECT_FALSE(early) << "FLUSH_STOP must wait for the push";
  blocked_ = false;

  const auto events = events_until("VoiceTurnEnd");
  std::vector<std::string> names;
  for (const auto& event : events) names.push_back(name_of(event.get()));
  EXPECT_EQ(names, (std::vector<std::string>{"flush-stop", "segment", "gap", "VoiceHeard",
                                             "VoiceTurnEnd"}));
  gboolean reset = TRUE;
  gst_event_parse_flush_stop(events[0].get(), &reset);
  EXPECT_FALSE(reset);
  EXPECT_EQ(gst_event_get_seqnum(events[0].get()), gst_event_get_seqnum(start.back().get()));
  EXPECT_EQ(parse_heard(events[3].get())->text, "heard this");
  std::string text = pull();
  if (text == "first") text = pull();  // it had reached the harness
  EXPECT_EQ(text, "third") << "what was queued before is forgotten";
}

TEST_F(TurnGateTest, AFlushOfTheCallersStreamStaysOutside) {
  events_until("gap");
  EXPECT_TRUE(gst_harness_push_event(h_.get(), gst_event_new_flush_start()));
  EXPECT_TRUE(gst_harness_push_event(h_.get(), gst_event_new_flush_stop(TRUE)));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  gst_harness_push_event(h_.get(), gst_event_new_segment(&segment));
  push("still here");
  EXPECT_EQ(pull(), "still here");
  gstpp::EventPtr event{gst_harness_try_pull_event(h_.get())};
  EXPECT_FALSE(event);
}

TEST_F(TurnGateTest, BargeBeforeAndAfterStreamingIsHarmless) {
  gst_harness_teardown(h_.release());
  gstpp::ElementPtr element{
      GST_ELEMENT(gst_object_ref_sink(g_object_new(GST_TYPE_TURN_GATE, nullptr)))};
  gst_turn_gate_barge(GST_TURN_GATE(element.get()), {});
  gst_turn_gate_submit(GST_TURN_GATE(element.get()), {"x"}, {});
  gst_turn_gate_finish(GST_TURN_GATE(element.get()));
}

}  // namespace
