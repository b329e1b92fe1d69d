#include <gst/check/gstharness.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gstpp.hpp"
#include "gstreplygate.hpp"
#include "turn_events.hpp"

namespace {

using namespace jackfield;
constexpr GstClockTime kMs = GST_MSECOND;
constexpr GstClockTime kSecond = GST_SECOND;

struct Listener : agentbrain::ReplyGateListener {
  void on_reply_arrived() override { ++arrived; }
  void on_reply_started(GstClockTime) override { ++started; }
  void on_reply_progress() override {}
  void on_reply_end(const ReplyEnd&, bool something) override { anything = something; }
  void on_reply_finished(const ReplyEnd&, GstClockTime first, GstClockTime last) override {
    length = last - first;
    ++finished;
  }
  void on_output_gone() override {
    if (gate) heard_when_gone = gst_reply_gate_heard(gate).heard;
    ++gone;
  }
  std::atomic<int> arrived{0}, started{0}, finished{0}, gone{0};
  std::atomic<GstClockTime> heard_when_gone{GST_CLOCK_TIME_NONE};
  GstReplyGate* gate = nullptr;
  std::atomic<bool> anything{false};
  std::atomic<GstClockTime> length{0};
};

class ReplyGateTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { gst_init(nullptr, nullptr); }

  void SetUp() override {
    gstpp::ElementPtr element{
        GST_ELEMENT(gst_object_ref_sink(g_object_new(GST_TYPE_REPLY_GATE, nullptr)))};
    gate_ = GST_REPLY_GATE(element.get());
    settings_.lead = 60 * kMs;
    settings_.max_queued = 400 * kMs;
    settings_.silence = 100 * kMs;
    gst_reply_gate_configure(gate_, settings_);
    listener_.gate = gate_;
    gst_reply_gate_connect(gate_, &listener_, nullptr);
    h_.reset(gst_harness_new_with_element(element.get(), "sink", "src"));
    gst_harness_use_systemclock(h_.get());
    gst_pad_add_probe(h_->sinkpad, GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM, on_query, this, nullptr);
    gst_harness_set_src_caps_str(
        h_.get(), "audio/x-raw,format=S16LE,layout=interleaved,rate=8000,channels=1");
  }

  GstFlowReturn push(GstClockTime length, int sample = 0, const char* word = nullptr) {
    const gsize size = gst_util_uint64_scale(length, 8000, GST_SECOND) * 2;
    gstpp::BufferPtr buffer{gst_buffer_new_allocate(nullptr, size, nullptr)};
    {
      gstpp::MappedBuffer map{buffer.get(), GST_MAP_WRITE};
      for (auto& v : map.as<gint16>()) v = static_cast<gint16>(sample);
    }
    if (word) add_words(buffer.get(), {{.text = word, .offset = 0, .duration = length}});
    return gst_harness_push(h_.get(), buffer.release());
  }
  // Samples that count from 0.
  void push_ramp(int samples) {
    gstpp::BufferPtr buffer{
        gst_buffer_new_allocate(nullptr, static_cast<gsize>(samples) * 2, nullptr)};
    {
      gstpp::MappedBuffer map{buffer.get(), GST_MAP_WRITE};
      gint16 next = 0;
      for (auto& v : map.as<gint16>()) v = next++;
    }
    EXPECT_EQ(gst_harness_push(h_.get(), buffer.release()), GST_FLOW_OK);
  }
  template <typename Line>
  static std::size_t pending(const Line& line) {
    std::size_t n = 0;
    for (const auto& piece : line) n += piece.second.size();
    return n;
  }
  // What the sink answers when it is asked what was heard.
  void answer(GstClockTime position) { position_ = position; }
  static GstPadProbeReturn on_query(GstPad*, GstPadProbeInfo* info, gpointer data) {
    GstQuery* query = GST_PAD_PROBE_INFO_QUERY(info);
    auto* self = static_cast<ReplyGateTest*>(data);
    if (!is_played_query(query) || !GST_CLOCK_TIME_IS_VALID(self->position_)) {
      return GST_PAD_PROBE_OK;
    }
    answer_played_query(query, self->position_);
    return GST_PAD_PROBE_HANDLED;
  }
  void end(bool hang_up = false) {
    gst_harness_push_event(h_.get(), make_event(ReplyEnd{.turn_id = 1, .hang_up = hang_up}));
  }
  static bool until(const std::function<bool()>& condition) {
    for (int i = 0; i < 10'000 && !condition(); ++i) g_usleep(1000);
    return condition();
  }
  // Types of the events so far that are of interest.
  int count(GstEventType type) {
    while (GstEvent* event = gst_harness_try_pull_event(h_.get())) events_.emplace_back(event);
    int n = 0;
    for (const auto& event : events_) n += GST_EVENT_TYPE(event.get()) == type;
    return n;
  }
  std::vector<Played> played() {
    count(GST_EVENT_EOS);
    std::vector<Played> out;
    for (const auto& event : events_) {
      if (const auto p = parse_played(event.get())) out.push_back(*p);
    }
    return out;
  }

  std::atomic<GstClockTime> position_{GST_CLOCK_TIME_NONE};
  Listener listener_;
  agentbrain::ReplyGateSettings settings_;
  std::vector<gstpp::EventPtr> events_;
  std::unique_ptr<GstHarness, gstpp::FreeWith<gst_harness_teardown>> h_;
  GstReplyGate* gate_ = nullptr;
};

TEST_F(ReplyGateTest, SaysWhatComesBeforeTheFirstWord) {
  ASSERT_TRUE(until([&] { return count(GST_EVENT_GAP) == 1; }));
  EXPECT_EQ(GST_EVENT_TYPE(events_[0].get()), GST_EVENT_STREAM_START);
  EXPECT_EQ(count(GST_EVENT_CAPS), 1);
  EXPECT_EQ(count(GST_EVENT_SEGMENT), 1);
}

TEST_F(ReplyGateTest, SplitsAndTimesTheReply) {
  push(100 * kMs);
  end();
  GstClockTime next = 0;
  for (int i = 0; i < 5; ++i) {
    gstpp::BufferPtr buffer{gst_harness_pull(h_.get())};
    ASSERT_TRUE(buffer);
    EXPECT_EQ(GST_BUFFER_DURATION(buffer.get()), 20 * kMs);
    EXPECT_EQ(GST_BUFFER_FLAG_IS_SET(buffer.get(), GST_BUFFER_FLAG_DISCONT), i == 0);
    EXPECT_GE(GST_BUFFER_PTS(buffer.get()), next);
    next = GST_BUFFER_PTS(buffer.get()) + 20 * kMs;
  }
  ASSERT_TRUE(until([&] { return listener_.finished == 1; }));
  EXPECT_TRUE(listener_.anything);
  EXPECT_EQ(listener_.started, 1);
  EXPECT_EQ(listener_.arrived, 1);
  EXPECT_GE(listener_.length, 100 * kMs);
}

TEST_F(ReplyGateTest, ItsQueueIsBoundedInTime) {
  gst_reply_gate_pause(gate_);
  std::atomic<int> pushed{0};
  std::thread tts([&] {
    for (int i = 0; i < 100; ++i) {
      if (push(20 * kMs) != GST_FLOW_OK) break;
      ++pushed;
    }
  });
  EXPECT_TRUE(until([&] { return pushed >= 20; }));
  g_usleep(50'000);
  EXPECT_EQ(pushed, 20) << "400 ms";
  gst_harness_push_event(h_.get(), gst_event_new_flush_start());
  tts.join();  // a flush ends the wait
  EXPECT_EQ(pushed, 20);
}

TEST_F(ReplyGateTest, PauseSilencesAndResumeRepeatsTheCutWord) {
  for (int i = 0; i < 4; ++i) push(100 * kMs, 100 * (i + 1), "word");
  ASSERT_TRUE(until([&] { return gst_harness_buffers_received(h_.get()) >= 7; }));
  gst_reply_gate_pause(gate_);
  const guint before = gst_harness_buffers_received(h_.get());
  EXPECT_EQ(count(GST_EVENT_FLUSH_START), 1);
  ASSERT_EQ(played().size(), 1u);
  EXPECT_TRUE(played()[0].discarded);
  ASSERT_TRUE(until([&] { return count(GST_EVENT_FLUSH_STOP) == 1; }));
  ASSERT_TRUE(until([&] { return count(GST_EVENT_GAP) == 2; }));
  EXPECT_EQ(count(GST_EVENT_SEGMENT), 2);
  g_usleep(80'000);
  EXPECT_EQ(gst_harness_buffers_received(h_.get()), before);
  int cut = 100;
  while (gst_harness_buffers_in_queue(h_.get()) > 0) {
    gstpp::BufferPtr buffer{gst_harness_pull(h_.get())};
    gstpp::MappedBuffer map{buffer.get(), GST_MAP_READ};
    if (GST_BUFFER_PTS(buffer.get()) < played()[0].position) cut = map.as<gint16>()[0];
  }
  gst_reply_gate_resume(gate_);
  gstpp::BufferPtr buffer{gst_harness_pull(h_.get())};
  gstpp::MappedBuffer map{buffer.get(), GST_MAP_READ};
  EXPECT_TRUE(map.as<gint16>()[0] == cut || map.as<gint16>()[0] == cut + 100)
      << map.as<gint16>()[0] << " after " << cut;
  EXPECT_TRUE(GST_BUFFER_FLAG_IS_SET(buffer.get(), GST_BUFFER_FLAG_DISCONT));
  EXPECT_GT(GST_BUFFER_PTS(buffer.get()), played()[0].position);
}

TEST_F(ReplyGateTest, AFlushFromTheStagesIsNotSentTwice) {
  push(200 * kMs);
  ASSERT_TRUE(until([&] { return gst_harness_buffers_received(h_.get()) >= 2; }));
  gst_reply_gate_pause(gate_);
  ASSERT_TRUE(until([&] { return count(GST_EVENT_FLUSH_STOP) == 1; }));
  gst_harness_push_event(h_.get(), gst_event_new_flush_start());
  gst_harness_push_event(h_.get(), gst_event_new_flush_stop(FALSE));
  gst_reply_gate_resume(gate_);
  g_usleep(50'000);
  EXPECT_EQ(count(GST_EVENT_FLUSH_START), 1);
  EXPECT_EQ(count(GST_EVENT_FLUSH_STOP), 1);
  const guint before = gst_harness_buffers_received(h_.get());
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  gst_harness_push_event(h_.get(), gst_event_new_segment(&segment));
  EXPECT_EQ(push(20 * kMs), GST_FLOW_OK);
  EXPECT_TRUE(until([&] { return gst_harness_buffers_received(h_.get()) == before + 1; }))
      << "only the new reply";
}

TEST_F(ReplyGateTest, AFlushFromTheStagesSilencesALineThatSounds) {
  push(200 * kMs);
  ASSERT_TRUE(until([&] { return gst_harness_buffers_received(h_.get()) >= 2; }));
  gst_harness_push_event(h_.get(), gst_event_new_flush_start());
  EXPECT_EQ(count(GST_EVENT_FLUSH_START), 1);
  gst_harness_push_event(h_.get(), gst_event_new_flush_stop(FALSE));
  EXPECT_TRUE(until([&] { return count(GST_EVENT_FLUSH_STOP) == 1; }));
}

TEST_F(ReplyGateTest, PauseOfASilentLineFlushesNothing) {
  ASSERT_TRUE(until([&] { return count(GST_EVENT_GAP) == 1; }));
  gst_reply_gate_pause(gate_);
  gst_reply_gate_resume(gate_);
  g_usleep(20'000);
  EXPECT_EQ(count(GST_EVENT_FLUSH_START), 0);
}

TEST_F(ReplyGateTest, WhatASinkHeardGoesOnToRecorders) {
  push(200 * kMs);
  ASSERT_TRUE(until([&] { return gst_harness_buffers_received(h_.get()) >= 2; }));
  gstpp::BufferPtr first{gst_harness_pull(h_.get())};
  const GstClockTime position = GST_BUFFER_PTS(first.get()) + 20 * kMs;
  gst_harness_push_upstream_event(h_.get(), make_played_upstream({.position = position}));
  ASSERT_EQ(played().size(), 1u);
  EXPECT_EQ(played()[0].position, position);
  EXPECT_FALSE(played()[0].discarded);
  EXPECT_EQ(gst_reply_gate_heard(gate_).heard, 20 * kMs);
}

TEST_F(ReplyGateTest, WhatTheSinkDroppedByItselfGoesOnToRecorders) {
  push(200 * kMs);
  ASSERT_TRUE(until([&] { return gst_harness_buffers_received(h_.get()) >= 4; }));
  gstpp::BufferPtr first{gst_harness_pull(h_.get())};
  const GstClockTime position = GST_BUFFER_PTS(first.get()) + 10 * kMs;
  gst_harness_push_upstream_event(h_.get(),
                                  make_played_upstream({.position = position, .discarded = true}));
  ASSERT_EQ(played().size(), 1U);
  EXPECT_EQ(played()[0].position, position);
  EXPECT_TRUE(played()[0].discarded);
  // Nobody listens any more; what was heard can still be asked for then.
  ASSERT_TRUE(until([&] { return count(GST_EVENT_EOS) == 1; }));
  EXPECT_EQ(listener_.gone, 1);
  EXPECT_EQ(listener_.heard_when_gone, 10 * kMs);
  EXPECT_EQ(push(20 * kMs), GST_FLOW_EOS);
}

TEST_F(ReplyGateTest, SilenceEndsAReplyWithoutAnEnd) {
  push(40 * kMs);
  EXPECT_TRUE(until([&] { return listener_.finished == 1; }));
  push(40 * kMs);
  EXPECT_TRUE(until([&] { return listener_.finished == 2; }));
  EXPECT_EQ(listener_.started, 2);
}

TEST_F(ReplyGateTest, HangUpEndsTheStreamBehindTheLastAudio) {
  push(200 * kMs);
  end(true);
  ASSERT_TRUE(until([&] { return count(GST_EVENT_EOS) == 1; }));
  EXPECT_EQ(gst_harness_buffers_received(h_.get()), 10u);
  EXPECT_EQ(listener_.finished, 1);
  EXPECT_EQ(listener_.gone, 1);
  EXPECT_EQ(push(20 * kMs), GST_FLOW_EOS);
}

TEST_F(ReplyGateTest, AGoodbyeIsHeardBeforeTheStreamEnds) {
  const GstClockTime latency = 300 * kMs;  // a sink that plays 300 ms late
  gst_harness_push_upstream_event(h_.get(), gst_event_new_latency(latency));
  push(100 * kMs);
  end(true);
  ASSERT_TRUE(until([&] { return listener_.finished == 1; }));
  gst_reply_gate_pause(gate_);  // nobody can cut it any more
  gst_harness_push_event(h_.get(), gst_event_new_flush_start());
  EXPECT_EQ(count(GST_EVENT_FLUSH_START), 0);
  ASSERT_TRUE(until([&] { return count(GST_EVENT_EOS) == 1; }));
  GstClockTime last = 0;
  for (int i = 0; i < 5; ++i) {
    gstpp::BufferPtr buffer{gst_harness_pull(h_.get())};
    last = GST_BUFFER_PTS(buffer.get()) + GST_BUFFER_DURATION(buffer.get());
  }
  EXPECT_GE(gstpp::running_time(h_->element), last + latency);
  EXPECT_EQ(listener_.gone, 1);
}

TEST_F(ReplyGateTest, AGoodbyeThatASinkNeverConfirmsEndsAllTheSame) {
  answer(0);
  push(40 * kMs);
  end(true);
  ASSERT_TRUE(until([&] { return listener_.finished == 1; }));
  gst_harness_push_upstream_event(h_.get(), make_played_upstream({.position = 0}));
  g_usleep(300'000);
  EXPECT_EQ(count(GST_EVENT_EOS), 0) << "the sink says that nothing was heard yet";
  EXPECT_TRUE(until([&] { return count(GST_EVENT_EOS) == 1; })) << "within five seconds";
}

TEST_F(ReplyGateTest, WithoutASinkThatKnowsTheClockLessTheLatencyDecides) {
  const GstClockTime latency = 50 * kMs;
  gst_harness_push_upstream_event(h_.get(), gst_event_new_latency(latency));
  push(400 * kMs);
  end();
  ASSERT_TRUE(until([&] { return gst_harness_buffers_received(h_.get()) >= 10; }));
  const GstClockTime before = gstpp::running_time(h_->element);
  gst_reply_gate_pause(gate_);
  const GstClockTime after = gstpp::running_time(h_->element);
  gstpp::BufferPtr buffer{gst_harness_pull(h_.get())};
  const GstClockTime start = GST_BUFFER_PTS(buffer.get());
  const GstClockTime heard = gst_reply_gate_heard(gate_).heard;
  EXPECT_GE(start + heard + latency, before);
  EXPECT_LE(start + heard + latency, after);
  ASSERT_EQ(played().size(), 1u);
  EXPECT_EQ(played()[0].position, start + heard);
}

// A sink that says exactly what was heard, at random places of a reply: what was heard before the
// pauses and after them is the reply, sample by sample.
TEST_F(ReplyGateTest, FalseInterruptionsLoseAndDoubleNoSample) {
  constexpr int kSamples = 6400;
  settings_.max_queued = kSecond;
  gst_reply_gate_configure(gate_, settings_);
  std::uint32_t seed = 7;
  const auto random = [&] { return (seed = seed * 1664525 + 1013904223) >> 8; };
  for (int repeat = 0; repeat < 3; ++repeat) {
    push_ramp(kSamples);
    end();
    std::vector<int> heard;
    std::vector<std::pair<GstClockTime, std::vector<int>>> line;  // not yet known to be heard
    const auto receive = [&] {
      gstpp::BufferPtr buffer{gst_harness_pull(h_.get())};
      gstpp::MappedBuffer map{buffer.get(), GST_MAP_READ};
      const auto samples = map.as<gint16>();
      line.emplace_back(GST_BUFFER_PTS(buffer.get()),
                        std::vector<int>(samples.begin(), samples.end()));
    };
    for (int pause = 0; pause < 6; ++pause) {
      const guint more = 1 + random() % 4;
      for (guint i = 0; i < more; ++i) receive();
      // Everything up to the last buffer, and some samples of that.
      const auto& [pts, samples] = line.back();
      const std::size_t part = random() % (samples.size() + 1);
      answer(pts + gst_util_uint64_scale_round(part, GST_SECOND, 8000));
      const int flushes = count(GST_EVENT_FLUSH_STOP);
      gst_reply_gate_pause(gate_);
      ASSERT_TRUE(until([&] { return count(GST_EVENT_FLUSH_STOP) == flushes + 1; }));
      line.back().second.resize(part);
      for (const auto& piece : line) {
        heard.insert(heard.end(), piece.second.begin(), piece.second.end());
      }
      line.clear();
      while (gst_harness_buffers_in_queue(h_.get()) > 0)
        gst_buffer_unref(gst_harness_pull(h_.get()));
      EXPECT_EQ(gst_reply_gate_heard(gate_).heard,
                gst_util_uint64_scale_round(heard.size(), GST_SECOND, 8000));
      gst_reply_gate_resume(gate_);
    }
    answer(GST_CLOCK_TIME_NONE);
    while (heard.size() + pending(line) < kSamples) receive();
    for (const auto& piece : line)
      heard.insert(heard.end(), piece.second.begin(), piece.second.end());
    ASSERT_EQ(heard.size(), static_cast<std::size_t>(kSamples));
    for (int i = 0; i < kSamples; ++i) ASSERT_EQ(heard[static_cast<std::size_t>(i)], i) << repeat;
    gst_harness_push_upstream_event(
        h_.get(), make_played_upstream({.position = gstpp::running_time(h_->element) + kSecond}));
    ASSERT_TRUE(until([&] { return listener_.finished == repeat + 1; }));
  }
}

TEST_F(ReplyGateTest, FinishWaitsForWhatIsKept) {
  push(200 * kMs);
  end();
  gst_reply_gate_finish(gate_);
  ASSERT_TRUE(until([&] { return count(GST_EVENT_EOS) == 1; }));
  EXPECT_EQ(gst_harness_buffers_received(h_.get()), 10u);
}

}  // namespace
