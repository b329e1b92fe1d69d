#include <gio/gnetworking.h>
#include <gst/app/gstappsrc.h>

#include <algorithm>

#include "call_fixture.hpp"
#include "turn_events.hpp"

namespace {

// The agent is an appsrc; what the caller says goes nowhere.
constexpr char kAgent[] =
    "twiliosrc name=src ! fakesink sync=false async=false "
    "appsrc name=agent format=time is-live=false max-bytes=0 "
    "caps=audio/x-mulaw,rate=8000,channels=1 ! identity name=upstream ! twiliosink name=sink";

class SinkTest : public CallTest {
 protected:
  void begin(const std::string& properties = "") {
    begin_call(std::string(kAgent) + " " + properties);
    agent_.reset(gst_bin_get_by_name(GST_BIN(pipeline_.get()), "agent"));
    gstpp::ElementPtr upstream{gst_bin_get_by_name(GST_BIN(pipeline_.get()), "upstream")};
    gstpp::PadPtr pad{gst_element_get_static_pad(upstream.get(), "src")};
    gst_pad_add_probe(
        pad.get(), GST_PAD_PROBE_TYPE_EVENT_UPSTREAM,
        [](GstPad*, GstPadProbeInfo* info, gpointer user) {
          if (const auto played = jackfield::parse_played(GST_PAD_PROBE_INFO_EVENT(info))) {
            auto* self = static_cast<SinkTest*>(user);
            std::lock_guard guard(self->lock_);
            self->played_.push_back(*played);
          }
          return GST_PAD_PROBE_OK;
        },
        this, nullptr);
    // The agent may not speak before the call has begun, or the first audio would wait.
    ASSERT_TRUE(wait_for("twilio/call-started"));
  }

  // Pushes `bytes` of audio that begins at running time `pts`, in buffers of 20 ms.
  void say(const std::string& bytes, GstClockTime pts) {
    for (size_t at = 0; at < bytes.size(); at += 160) {
      const std::string piece = bytes.substr(at, 160);
      GstBuffer* buffer = gst_buffer_new_memdup(piece.data(), piece.size());
      GST_BUFFER_PTS(buffer) = pts + at * 125'000;
      GST_BUFFER_DURATION(buffer) = piece.size() * 125'000;
      gst_app_src_push_buffer(GST_APP_SRC(agent_.get()), buffer);
    }
  }
  void end_of_stream() { gst_app_src_end_of_stream(GST_APP_SRC(agent_.get())); }

  void flush() {
    gst_element_send_event(agent_.get(), gst_event_new_flush_start());
    gst_element_send_event(agent_.get(), gst_event_new_flush_stop(FALSE));
  }

  std::vector<jackfield::Played> played() {
    std::lock_guard guard(lock_);
    return played_;
  }
  GstClockTime ask_played() {
    gstpp::PadPtr pad{gst_element_get_static_pad(sink_.get(), "sink")};
    gstpp::PadPtr peer{gst_pad_get_peer(pad.get())};
    return jackfield::query_played(peer.get());
  }

  std::mutex lock_;
  std::vector<jackfield::Played> played_;  // guarded by lock_
  gstpp::ElementPtr agent_;
};

TEST_F(SinkTest, SendsEverythingPacedAndMarked) {
  begin();
  const std::string speech = noise(8000);
  const auto began = std::chrono::steady_clock::now();
  say(speech, 5 * GST_SECOND);
  EXPECT_TRUE(peer_->run(10s, [&] { return peer_->audio().size() == speech.size(); }));
  // One second of audio, the last 200 ms of it ahead.
  EXPECT_GE(std::chrono::steady_clock::now() - began, 750ms);
  EXPECT_TRUE(peer_->audio() == speech);
  EXPECT_LE(peer_->max_unplayed(), 260ms);
  EXPECT_TRUE(peer_->run(10s, [&] { return stat(sink_, "marks-echoed") == 10; }));
  ASSERT_EQ(peer_->marks().size(), 10U);
  EXPECT_EQ(peer_->marks().front(), "g1:1");
  EXPECT_TRUE(peer_->warnings().empty());

  const auto positions = played();
  ASSERT_EQ(positions.size(), 10U);
  for (size_t i = 0; i < positions.size(); ++i) {
    EXPECT_EQ(positions[i].position, 5 * GST_SECOND + (i + 1) * 100 * GST_MSECOND);
    EXPECT_FALSE(positions[i].discarded);
  }
  EXPECT_EQ(ask_played(), 6 * GST_SECOND);
}

TEST_F(SinkTest, ReplyEndIsMarkedAndReported) {
  begin();
  say(noise(200), 0);  // no multiple of the mark interval
  gstpp::PadPtr pad{gst_element_get_static_pad(agent_.get(), "src")};
  ASSERT_TRUE(peer_->run(5s, [&] { return stat(sink_, "bytes-sent") == 200; }));
  gst_pad_push_event(pad.get(), jackfield::make_event(jackfield::ReplyEnd{.turn_id = 1}));
  const auto mark = wait_for("twilio/mark");
  ASSERT_TRUE(mark);
  EXPECT_EQ(field(mark, "name"), "g1:1");
  const GstStructure* s = gst_message_get_structure(mark.get());
  EXPECT_EQ(gstpp::get_uint64(s, "position", 0), 25 * GST_MSECOND);
  EXPECT_FALSE(gstpp::get_bool(s, "cleared", true));
}

TEST_F(SinkTest, FlushClearsAtOnceAndBeginsANewGeneration) {
  begin();
  say(noise(8000 * 5), 0);
  ASSERT_TRUE(peer_->run(5s, [&] { return stat(sink_, "marks-echoed") >= 3; }));
  const auto at = std::chrono::steady_clock::now();
  flush();
  ASSERT_TRUE(peer_->run(5s, [&] { return peer_->clears() == 1; }));
  EXPECT_LT(peer_->last_clear() - at, 250ms);
  const size_t before = peer_->audio().size();
  EXPECT_LE(before, 8000U * 2);
  // Marks that the clear brought back say nothing about what was heard.
  EXPECT_TRUE(peer_->run(5s, [&] { return stat(sink_, "marks-stale") >= 1; }));
  const auto cleared = wait_for("twilio/mark");
  EXPECT_TRUE(gstpp::get_bool(gst_message_get_structure(cleared.get()), "cleared", false));

  const auto heard = played();
  ASSERT_FALSE(heard.empty());
  EXPECT_TRUE(heard.back().discarded);
  EXPECT_GE(heard.back().position, 300 * GST_MSECOND);
  EXPECT_LE(heard.back().position, before * 125'000);
  EXPECT_EQ(ask_played(), heard.back().position);

  // appsrc forgets its segment by the flush; the second reply comes later.
  const std::string second = noise(800, 77);
  say(second, 20 * GST_SECOND);
  EXPECT_TRUE(peer_->run(5s, [&] { return peer_->audio().size() >= before + second.size(); }));
  EXPECT_TRUE(peer_->audio().substr(before) == second);
  EXPECT_TRUE(peer_->run(5s, [&] { return peer_->marks().back() == "g2:1"; }));
  EXPECT_TRUE(peer_->run(5s, [&] { return ask_played() == 20 * GST_SECOND + 100 * GST_MSECOND; }));
  EXPECT_EQ(peer_->clears(), 1);
  EXPECT_TRUE(peer_->warnings().empty());
}

TEST_F(SinkTest, FlushFreesAPusherThatWaits) {
  begin();
  const std::string speech = noise(8000 * 4);
  say(speech, 0);
  peer_->run(300ms);
  EXPECT_LE(stat(sink_, "bytes-queued"), 8000U);
  flush();
  EXPECT_TRUE(peer_->run(5s, [&] { return stat(sink_, "generation") == 2; }));
  EXPECT_GT(stat(sink_, "bytes-cleared"), 0U);
}

TEST_F(SinkTest, EosWaitsForTheLastMark) {
  begin();
  const std::string goodbye = noise(5000);
  say(goodbye, 0);
  end_of_stream();
  const auto began = std::chrono::steady_clock::now();
  EXPECT_TRUE(wait_for("twilio/call-ended"));
  EXPECT_TRUE(wait_for("eos"));
  EXPECT_GE(std::chrono::steady_clock::now() - began, 600ms);
  EXPECT_TRUE(peer_->audio() == goodbye);
  EXPECT_EQ(peer_->unplayed(), 0ms);
  EXPECT_EQ(peer_->marks().size(), 7U);  // six of 100 ms, one at the end
  EXPECT_TRUE(peer_->client().wait_closed(5s));
  EXPECT_EQ(peer_->client().close_code(), 1000);
}

TEST_F(SinkTest, EosIsBoundedWhenMarksNeverComeBack) {
  begin();
  peer_->set_echo(false);
  say(noise(1600), 0);
  end_of_stream();
  const auto began = std::chrono::steady_clock::now();
  const auto ended = wait_for("twilio/call-ended", 20s);
  EXPECT_EQ(field(ended, "reason"), "hang-up");
  const auto took = std::chrono::steady_clock::now() - began;
  EXPECT_GE(took, 4800ms);
  EXPECT_LE(took, 12s);
}

TEST_F(SinkTest, ReplyEndWithHangUpEndsTheCall) {
  begin();
  const std::string goodbye = noise(1600);
  say(goodbye, 0);
  gstpp::PadPtr pad{gst_element_get_static_pad(agent_.get(), "src")};
  ASSERT_TRUE(peer_->run(
      5s, [&] { return stat(sink_, "bytes-sent") + stat(sink_, "bytes-queued") == 1600; }));
  gst_pad_push_event(pad.get(),
                     jackfield::make_event(jackfield::ReplyEnd{.turn_id = 1, .hang_up = true}));
  const auto ended = wait_for("twilio/call-ended");
  EXPECT_EQ(field(ended, "reason"), "hang-up");
  EXPECT_TRUE(peer_->audio() == goodbye);
}

// What the caller did not stay to hear is reported as dropped, and never counts as heard later.
TEST_F(SinkTest, CallerHangsUpInMidReply) {
  for (const bool abrupt : {false, true}) {
    SCOPED_TRACE(abrupt ? "the connection is lost" : "stop");
    played_.clear();
    begin();
    say(noise(8000 * 3), 5 * GST_SECOND);
    ASSERT_TRUE(peer_->run(5s, [&] { return stat(sink_, "marks-echoed") >= 3; }));
    if (abrupt) {
      g_socket_shutdown(peer_->client().socket(), TRUE, TRUE, nullptr);
    } else {
      peer_->send_stop();
    }
    ASSERT_TRUE(wait_for("twilio/call-ended"));
    ASSERT_FALSE(played().empty());
    const auto last = played().back();
    EXPECT_TRUE(last.discarded);
    EXPECT_GE(last.position, 5 * GST_SECOND + 300 * GST_MSECOND);
    EXPECT_LE(last.position, 5 * GST_SECOND + stat(sink_, "bytes-sent") * 125'000);
    g_usleep(300'000);  // more than was sent ahead
    EXPECT_EQ(ask_played(), last.position);
    EXPECT_EQ(played().size(),
              1U + static_cast<size_t>(std::ranges::count_if(
                       played(), [](const jackfield::Played& p) { return !p.discarded; })));
    stop();
  }
}

TEST_F(SinkTest, CallerHangsUpWhenAllWasHeard) {
  begin();
  say(noise(800), 0);
  ASSERT_TRUE(peer_->run(5s, [&] { return stat(sink_, "marks-echoed") == 1; }));
  peer_->send_stop();
  ASSERT_TRUE(wait_for("twilio/call-ended"));
  ASSERT_EQ(played().size(), 1U);
  EXPECT_FALSE(played().back().discarded);
}

TEST_F(SinkTest, APeerThatReadsNothingBlocksNobody) {
  launch(std::string(kAgent) +
         " write-timeout=1000000000 max-lead=60000000000 max-queue-time=60000000000");
  agent_.reset(gst_bin_get_by_name(GST_BIN(pipeline_.get()), "agent"));
  connect();
  g_socket_set_option(peer_->client().socket(), SOL_SOCKET, SO_RCVBUF, 4096, nullptr);
  play();
  peer_->send_connected();
  peer_->send_start();
  // Far more than the buffers of both sockets hold.
  say(noise(8000 * 60), 0);
  gstpp::MessagePtr ended;
  for (int i = 0; i < 1000 && !ended; ++i) {
    g_usleep(10'000);
    gstpp::MessagePtr message{gst_bus_pop_filtered(bus_.get(), GST_MESSAGE_ELEMENT)};
    if (message && gst_message_has_name(message.get(), "twilio/call-ended"))
      ended = std::move(message);
  }
  EXPECT_EQ(field(ended, "reason"), "stalled");
  EXPECT_LE(stat(sink_, "write-queue-max-bytes"), 1024U * 1024);
  // The pusher learns of the end.
  say(noise(160), 0);
  const auto began = std::chrono::steady_clock::now();
  stop();
  EXPECT_LT(std::chrono::steady_clock::now() - began, 2s);
}

TEST_F(SinkTest, PlaysKeys) {
  begin();
  const auto key = [](int number, gboolean start) {
    return gst_event_new_custom(
        GST_EVENT_CUSTOM_UPSTREAM,
        gst_structure_new("dtmf-event", "type", G_TYPE_INT, 1, "number", G_TYPE_INT, number,
                          "volume", G_TYPE_INT, 8, "start", G_TYPE_BOOLEAN, start, nullptr));
  };
  EXPECT_TRUE(gst_element_send_event(pipeline_.get(), key(5, TRUE)));
  EXPECT_TRUE(gst_element_send_event(pipeline_.get(), key(5, FALSE)));
  // 100 ms of tone and 100 ms of pause, in whole frames.
  EXPECT_TRUE(peer_->run(5s, [&] { return peer_->audio().size() >= 1600; }));
  peer_->run(100ms);
  EXPECT_LE(peer_->audio().size(), 2080U);
  EXPECT_NE(peer_->audio().substr(0, 800).find_first_not_of('\xff'), std::string::npos);
  EXPECT_EQ(peer_->audio().substr(960, 600).find_first_not_of('\xff'), std::string::npos);
  // No time of the pipeline passes in them.
  EXPECT_EQ(ask_played(), GST_CLOCK_TIME_NONE);
}

}  // namespace
