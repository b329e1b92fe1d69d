// A peer that breaks the protocol, and audio that does not come as it should.
#include <gst/app/gstappsink.h>

#include "call_fixture.hpp"

namespace {

constexpr char kEcho[] = "twiliosrc name=src max-errors=20 ! twiliosink name=sink";
class AbuseTest : public CallTest {
 protected:
  std::string media_text(const char* sid, const char* payload) {
    return std::string(R"({"event":"media","streamSid":")") + sid +
           R"(","media":{"track":"inbound","timestamp":"0","payload":")" + payload + R"("}})";
  }
};

TEST_F(AbuseTest, BadMessagesAreCountedAndTheCallGoesOn) {
  launch(kEcho);
  connect();
  play();
  WebSocketClient& client = peer_->client();
  client.send_text(media_text(TwilioPeer::kStreamSid, "AAAA"));  // before start
  peer_->send_connected();
  peer_->send_start();
  peer_->send_start();
  client.send_text("{\"event\":");
  client.send_text(R"({"event":"dance","streamSid":"x"})");
  client.send_text(R"({"event":"media","streamSid":"x"})");
  client.send_text(media_text("MZ9", "AAAA"));
  client.send_text(media_text(TwilioPeer::kStreamSid, "not base64!!"));
  client.send(WSLAY_BINARY_FRAME, "audio?");
  client.send_text(std::string(70'000, ' '));
  peer_->send_mark("g7:3");
  client.send_fragmented(R"({"event":"conn)", R"(ected"})");
  const std::string frame = noise(160);
  peer_->send_media(frame);
  EXPECT_TRUE(peer_->run(5s, [&] { return peer_->audio().size() == 160; }));
  EXPECT_TRUE(peer_->audio() == frame);
  // The audio may be back before the counts of the same run are published.
  EXPECT_TRUE(peer_->run(5s, [&] { return stat(src_, "errors") == 10U; }));
  EXPECT_EQ(stat(src_, "out-of-order"), 2U);
  EXPECT_EQ(stat(src_, "bad-json"), 1U);
  EXPECT_EQ(stat(src_, "unknown-event"), 1U);
  EXPECT_EQ(stat(src_, "missing-field"), 1U);
  EXPECT_EQ(stat(src_, "wrong-stream"), 1U);
  EXPECT_EQ(stat(src_, "bad-base64"), 1U);
  EXPECT_EQ(stat(src_, "binary-frame"), 1U);
  EXPECT_EQ(stat(src_, "too-long"), 1U);
  EXPECT_EQ(stat(src_, "unexpected-mark"), 1U);
}

TEST_F(AbuseTest, TooManyEndTheCall) {
  begin_call(kEcho);
  for (int i = 0; i < 21; ++i) peer_->client().send_text("{");
  const auto ended = wait_for("twilio/call-ended");
  EXPECT_EQ(field(ended, "reason"), "protocol-error");
  EXPECT_TRUE(peer_->client().wait_closed(5s));
  EXPECT_EQ(peer_->client().close_code(), 1008);
  EXPECT_TRUE(wait_for("eos"));
}

TEST_F(AbuseTest, BrokenFramingEndsTheCall) {
  begin_call(kEcho);
  peer_->client().send_raw(std::string("\x81\x05hello", 7));  // not masked
  const auto ended = wait_for("twilio/call-ended");
  EXPECT_EQ(field(ended, "reason"), "protocol-error");
  EXPECT_TRUE(peer_->client().wait_closed(5s));
}

TEST_F(AbuseTest, AnotherFormatEndsTheCall) {
  launch(kEcho);
  connect();
  play();
  peer_->client().send_text(
      R"({"event":"start","streamSid":"M","start":{"streamSid":"M","callSid":"C","mediaFormat":{"encoding":"audio/x-l16","sampleRate":16000,"channels":1}}})");
  const auto ended = wait_for("twilio/call-ended");
  EXPECT_EQ(field(ended, "reason"), "protocol-error");
}

// GLib never forgets the name of a field.
TEST_F(AbuseTest, NamesOfParametersAreBounded) {
  size_t kept = 0;
  for (int call = 0; call < 12; ++call) {
    launch(kEcho);
    connect();
    play();
    std::map<std::string, std::string> parameters{{"token", "t"}, {std::string(200, 'x'), "long"}};
    for (int i = 0; i < 100; ++i)
      parameters["name" + std::to_string(call) + "." + std::to_string(i)] = "v";
    peer_->send_connected();
    peer_->send_start(parameters);
    const auto started = wait_for("twilio/call-started");
    ASSERT_TRUE(started);
    const GValue* value =
        gst_structure_get_value(gst_message_get_structure(started.get()), "parameters");
    const GstStructure* names = gst_value_get_structure(value);
    EXPECT_EQ(gstpp::get_string(names, "token"), "t");
    EXPECT_FALSE(gst_structure_has_field(names, std::string(200, 'x').c_str()));
    kept += static_cast<size_t>(gst_structure_n_fields(names)) - 1;
    stop();
  }
  EXPECT_GE(kept, 1000U);
  EXPECT_LE(kept, 1024U);
}

class TimelineTest : public CallTest {
 protected:
  void begin(const std::string& properties = "") {
    launch("twiliosrc name=src " + properties + " ! appsink name=app sync=false async=false");
    app_.reset(gst_bin_get_by_name(GST_BIN(pipeline_.get()), "app"));
    connect();
    play();
    peer_->send_connected();
    peer_->send_start();
  }

  gstpp::MiniPtr<GstSample> next(GstClockTime timeout = 5 * GST_SECOND) {
    return gstpp::MiniPtr<GstSample>{
        gst_app_sink_try_pull_sample(GST_APP_SINK(app_.get()), timeout)};
  }
  static GstBuffer* buffer_of(const gstpp::MiniPtr<GstSample>& sample) {
    return gst_sample_get_buffer(sample.get());
  }

  gstpp::ElementPtr app_;
};

TEST_F(TimelineTest, LostAudioBecomesSilence) {
  begin();
  const std::string frame = noise(160);
  peer_->send_media_at(0, frame);
  peer_->send_media_at(20, frame);
  peer_->send_media_at(80, frame);  // 40 and 60 never came
  GstClockTime expected = GST_CLOCK_TIME_NONE;
  int gaps = 0;
  for (int i = 0; i < 5; ++i) {
    const auto sample = next();
    ASSERT_TRUE(sample);
    GstBuffer* buffer = buffer_of(sample);
    if (i > 0) {
      // Slewed, since these all come at once.
      EXPECT_NEAR(static_cast<double>(GST_BUFFER_PTS(buffer)), static_cast<double>(expected),
                  0.1 * GST_MSECOND);
    }
    expected = GST_BUFFER_PTS(buffer) + GST_BUFFER_DURATION(buffer);
    EXPECT_EQ(GST_BUFFER_DURATION(buffer), 20 * GST_MSECOND);
    gstpp::MappedBuffer map{buffer, GST_MAP_READ};
    if (GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_GAP)) {
      ++gaps;
      for (gsize at = 0; at < map.size(); ++at) EXPECT_EQ(map.data()[at], 0xff);
    } else {
      EXPECT_EQ(memcmp(map.data(), frame.data(), 160), 0);
    }
  }
  EXPECT_EQ(gaps, 2);
  EXPECT_EQ(stat(src_, "gaps"), 1U);
  EXPECT_EQ(stat(src_, "missing-time"), 40 * GST_MSECOND);
}

TEST_F(TimelineTest, ALateFirstPayloadShiftsNothing) {
  begin();
  g_usleep(50'000);
  // 300 ms come at once, as after a stall; silence but for the first and the last payload.
  for (uint64_t i = 0; i < 16; ++i) {
    peer_->send_media_at(i * 20, i == 0 || i == 15 ? noise(160) : std::string(160, '\xff'));
  }
  GstClockTime end = 0;
  for (int seen = 0; seen < 2;) {
    const auto sample = next();
    ASSERT_TRUE(sample);
    GstBuffer* buffer = buffer_of(sample);
    if (end) {
      EXPECT_NEAR(static_cast<double>(GST_BUFFER_PTS(buffer)), static_cast<double>(end),
                  2.0 * GST_MSECOND);
    }
    end = GST_BUFFER_PTS(buffer) + GST_BUFFER_DURATION(buffer);
    gstpp::MappedBuffer map{buffer, GST_MAP_READ};
    seen += map.data()[0] != 0xff;
  }
  // All but some tens of milliseconds of silence were left out, no time was torn.
  EXPECT_GE(stat(src_, "caught-up-time"), 220 * GST_MSECOND);
  const GstClockTime now = gstpp::running_time(pipeline_.get());
  EXPECT_LT(end, now + 60 * GST_MSECOND);
  // Loud audio is never left out.
  EXPECT_EQ(stat(src_, "late-time"), 0U);
}

TEST_F(TimelineTest, AStalledCallerBecomesSilence) {
  begin("inactivity-timeout=100000000");
  peer_->send_media_at(0, noise(160));
  // The peer says nothing more; silence comes in real time, without end.
  for (int i = 0; i < 30; ++i) {
    const auto sample = next();
    ASSERT_TRUE(sample);
    if (i > 0) {
      EXPECT_TRUE(GST_BUFFER_FLAG_IS_SET(buffer_of(sample), GST_BUFFER_FLAG_GAP));
    }
  }
  EXPECT_GE(stat(src_, "silence-time"), 500 * GST_MSECOND);
}

TEST_F(TimelineTest, WithoutATimeoutNothingIsMade) {
  begin("inactivity-timeout=0");
  peer_->send_media_at(0, noise(160));
  EXPECT_TRUE(next());
  EXPECT_FALSE(next(400 * GST_MSECOND));
}

TEST_F(TimelineTest, KeysComeAsEventsAndMessages) {
  begin();
  std::mutex lock;
  std::vector<std::pair<int, bool>> events;
  struct Seen {
    std::mutex& lock;
    std::vector<std::pair<int, bool>>& events;
  } seen{lock, events};
  gstpp::PadPtr pad{gst_element_get_static_pad(app_.get(), "sink")};
  const gulong probe = gst_pad_add_probe(
      pad.get(), GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
      [](GstPad*, GstPadProbeInfo* info, gpointer user) {
        GstEvent* event = GST_PAD_PROBE_INFO_EVENT(info);
        if (gst_event_has_name(event, "dtmf-event")) {
          auto* to = static_cast<Seen*>(user);
          const GstStructure* s = gst_event_get_structure(event);
          int number = -1;
          gst_structure_get_int(s, "number", &number);
          std::lock_guard guard(to->lock);
          to->events.emplace_back(number, gstpp::get_bool(s, "start", false));
        }
        return GST_PAD_PROBE_OK;
      },
      &seen, nullptr);
  peer_->send_dtmf('#');
  const auto message = wait_for("dtmf-event");
  ASSERT_TRUE(message);
  EXPECT_EQ(field(message, "digit"), "#");
  EXPECT_TRUE(peer_->run(5s, [&] {
    std::lock_guard guard(lock);
    return events.size() == 2;
  }));
  gst_pad_remove_probe(pad.get(), probe);
  EXPECT_EQ(events, (std::vector<std::pair<int, bool>>{{11, true}, {11, false}}));
}

TEST_F(TimelineTest, CapsAndSegmentComeWithTheCallNotWithTheFirstAudio) {
  begin("inactivity-timeout=0");
  ASSERT_TRUE(wait_for("twilio/call-started"));
  gstpp::PadPtr pad{gst_element_get_static_pad(app_.get(), "sink")};
  EXPECT_TRUE(peer_->run(5s, [&] {
    gstpp::CapsPtr caps{gst_pad_get_current_caps(pad.get())};
    return caps != nullptr;
  }));
}

}  // namespace
