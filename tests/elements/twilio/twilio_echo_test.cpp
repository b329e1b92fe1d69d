#include <cstring>

#include "call_fixture.hpp"

namespace {

constexpr char kEcho[] = "twiliosrc name=src ! twiliosink name=sink";

class EchoTest : public CallTest {
 protected:
  // Sends in real time, or a bit faster; returns what was sent.
  std::string talk(int frames, size_t size = 160, std::chrono::milliseconds pace = 20ms) {
    std::string sent;
    for (int i = 0; i < frames; ++i) {
      const std::string frame = noise(size, static_cast<unsigned>(i + 1));
      peer_->send_media(frame);
      sent += frame;
      peer_->run(pace);
    }
    return sent;
  }
};

TEST_F(EchoTest, EchoesEveryByteWithoutATask) {
  begin_call(kEcho);
  const std::string sent = talk(50);
  EXPECT_TRUE(peer_->run(5s, [&] { return peer_->audio().size() >= sent.size(); }));
  EXPECT_TRUE(peer_->audio() == sent);
  EXPECT_TRUE(peer_->warnings().empty()) << peer_->warnings().front();
  EXPECT_FALSE(own_task());
  EXPECT_TRUE(peer_->run(5s, [&] { return stat(src_, "media-messages") == 50U; }));
  EXPECT_EQ(stat(src_, "errors"), 0U);
  EXPECT_EQ(stat(src_, "gaps"), 0U);
}

TEST_F(EchoTest, EchoesOddSizes) {
  begin_call(kEcho);
  std::string sent = talk(20, 100, 12ms);
  sent += talk(10, 333, 40ms);
  EXPECT_TRUE(peer_->run(5s, [&] { return peer_->audio().size() >= sent.size(); }));
  EXPECT_TRUE(peer_->audio() == sent);
  EXPECT_EQ(stat(src_, "gaps"), 0U);
}

TEST_F(EchoTest, WorksThroughATaskWhenAQueueIsBelow) {
  // An identity that syncs to the clock blocks its pusher, so the walk must not trust it.
  begin_call("twiliosrc name=src ! fakesink name=sink sync=true async=false");
  talk(10);
  EXPECT_TRUE(own_task());
  peer_->run(200ms);
  EXPECT_GE(stat(src_, "buffers-pushed"), 10U);
}

TEST_F(EchoTest, ReportsTheCall) {
  launch(kEcho);
  connect();
  play();
  peer_->send_connected();
  peer_->send_start({{"token", "s3cret"}, {"line", "front \\u00e9"}});
  const auto started = wait_for("twilio/call-started");
  ASSERT_TRUE(started);
  EXPECT_EQ(field(started, "stream-sid"), TwilioPeer::kStreamSid);
  EXPECT_EQ(field(started, "call-sid"), TwilioPeer::kCallSid);
  EXPECT_EQ(field(started, "account-sid"), TwilioPeer::kAccountSid);
  GstStructure* parameters = nullptr;
  ASSERT_TRUE(gst_structure_get(gst_message_get_structure(started.get()), "parameters",
                                GST_TYPE_STRUCTURE, &parameters, nullptr));
  EXPECT_EQ(gstpp::get_string(parameters, "token"), "s3cret");
  EXPECT_EQ(gstpp::get_string(parameters, "line"), "front \u00e9");
  gst_structure_free(parameters);

  talk(5);
  peer_->send_stop();
  const auto ended = wait_for("twilio/call-ended");
  ASSERT_TRUE(ended);
  EXPECT_EQ(field(ended, "reason"), "stop");
  EXPECT_TRUE(wait_for("eos"));
  EXPECT_TRUE(peer_->client().wait_closed(5s));
  EXPECT_EQ(peer_->client().close_code(), 1000);
}

TEST_F(EchoTest, SurvivesAnAbruptEnd) {
  begin_call(kEcho);
  talk(5);
  peer_->client().cut();
  const auto ended = wait_for("twilio/call-ended");
  EXPECT_EQ(field(ended, "reason"), "closed");
  EXPECT_TRUE(wait_for("eos"));
}

TEST_F(EchoTest, AnswersPingsAndCloses) {
  begin_call(kEcho);
  peer_->client().send(WSLAY_PING, "are you there");
  EXPECT_TRUE(peer_->run(5s, [&] { return peer_->client().pongs() == 1; }));
  peer_->client().send_close(1001);
  EXPECT_TRUE(peer_->client().wait_closed(5s));
  const auto ended = wait_for("twilio/call-ended");
  EXPECT_EQ(field(ended, "reason"), "closed");
  EXPECT_TRUE(peer_->client().violation().empty());
}

TEST_F(EchoTest, CanBeUsedAgain) {
  launch(kEcho);
  for (int round = 0; round < 3; ++round) {
    connect();
    play();
    peer_->send_connected();
    peer_->send_start();
    const std::string sent = talk(5);
    EXPECT_TRUE(peer_->run(5s, [&] { return peer_->audio().size() >= sent.size(); }));
    EXPECT_TRUE(peer_->audio() == sent);
    stop();
    EXPECT_TRUE(peer_->client().wait_closed(5s));
  }
}

TEST_F(EchoTest, EndsADeadCall) {
  begin_call("twiliosrc name=src dead-timeout=300000000 ! twiliosink name=sink");
  const auto ended = wait_for("twilio/call-ended");
  EXPECT_EQ(field(ended, "reason"), "inactive");
  EXPECT_TRUE(wait_for("eos"));
}

TEST_F(EchoTest, HangsUpWhenTheApplicationEndsTheStream) {
  begin_call(kEcho);
  const std::string sent = talk(10);
  // What comes after the end of the stream is not echoed.
  ASSERT_TRUE(peer_->run(5s, [&] { return stat(src_, "buffers-pushed") == 10; }));
  gst_element_send_event(pipeline_.get(), gst_event_new_eos());
  EXPECT_TRUE(wait_for("eos"));
  EXPECT_TRUE(peer_->audio() == sent);
  EXPECT_TRUE(peer_->client().wait_closed(5s));
}

TEST_F(EchoTest, WaitsForACallOnItsOwn) {
  launch("twiliosrc name=src port=0 path=/call ! twiliosink name=sink");
  play();
  guint port = 0;
  g_object_get(src_.get(), "current-port", &port, nullptr);
  ASSERT_NE(port, 0U);
  EXPECT_FALSE(WebSocketClient::open(port, "/elsewhere"));
  auto client = WebSocketClient::open(port, "/call");
  ASSERT_TRUE(client);
  peer_ = std::make_unique<TwilioPeer>(std::move(client));
  peer_->send_connected();
  peer_->send_start();
  const std::string sent = talk(10);
  EXPECT_TRUE(peer_->run(5s, [&] { return peer_->audio().size() >= sent.size(); }));
  EXPECT_TRUE(peer_->audio() == sent);
  EXPECT_FALSE(WebSocketClient::open(port, "/call"));  // one call only
}

TEST_F(EchoTest, RunsUnderGstLaunch) {
#if defined(JACKFIELD_SANITIZED)
  GTEST_SKIP() << "the installed gst-launch-1.0 cannot load plugins built with sanitizers";
#endif
  gstpp::CharPtr program{g_find_program_in_path("gst-launch-1.0")};
  if (!program) GTEST_SKIP() << "gst-launch-1.0 is not installed";
  gstpp::ErrorPtr error;
  gstpp::GObjectPtr<GSubprocess> process{
      g_subprocess_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE, gstpp::OutPtr{error}, program.get(), "-v",
                       "twiliosrc", "port=0", "!", "twiliosink", nullptr)};
  ASSERT_TRUE(process) << error->message;
  gstpp::GObjectPtr<GDataInputStream> out{
      g_data_input_stream_new(g_subprocess_get_stdout_pipe(process.get()))};
  // It tells of the port it found: "...twiliosrc0: current-port = 40001".
  unsigned port = 0;
  while (port == 0) {
    gstpp::CharPtr line{g_data_input_stream_read_line(out.get(), nullptr, nullptr, nullptr)};
    ASSERT_TRUE(line);
    if (const char* at = strstr(line.get(), "current-port = ")) {
      port = static_cast<unsigned>(g_ascii_strtoull(at + strlen("current-port = "), nullptr, 10));
    }
  }
  auto client = WebSocketClient::open(port, "/twilio/media");
  ASSERT_TRUE(client);
  peer_ = std::make_unique<TwilioPeer>(std::move(client));
  peer_->send_connected();
  peer_->send_start();
  const std::string sent = talk(10);
  EXPECT_TRUE(peer_->run(5s, [&] { return peer_->audio().size() >= sent.size(); }));
  EXPECT_TRUE(peer_->audio() == sent);
  peer_->send_stop();
  while (gstpp::CharPtr{g_data_input_stream_read_line(out.get(), nullptr, nullptr, nullptr)}) {
  }
  EXPECT_TRUE(g_subprocess_wait_check(process.get(), nullptr, nullptr));  // ends with the call
}

TEST_F(EchoTest, RefusesAPortInUse) {
  launch("twiliosrc name=src port=0 ! twiliosink name=sink");
  play();
  guint port = 0;
  g_object_get(src_.get(), "current-port", &port, nullptr);
  gstpp::ElementPtr second = gstpp::make_element("twiliosrc");
  g_object_set(second.get(), "port", port, nullptr);
  EXPECT_EQ(gst_element_set_state(second.get(), GST_STATE_READY), GST_STATE_CHANGE_FAILURE);
  gst_element_set_state(second.get(), GST_STATE_NULL);
}

TEST_F(EchoTest, NeedsASource) {
  gstpp::ElementPtr sink = gstpp::make_element("twiliosink");
  EXPECT_EQ(gst_element_set_state(sink.get(), GST_STATE_PAUSED), GST_STATE_CHANGE_FAILURE);
  gst_element_set_state(sink.get(), GST_STATE_NULL);
}

}  // namespace
