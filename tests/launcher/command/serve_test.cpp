// `jackfield run` with a scenario that serves calls, over real sockets.
#include <gtest/gtest.h>

#include <csignal>

#include "jackfield_process.hpp"
#include "phone_client.hpp"

using namespace jackfield::test;

namespace {

class ServeTest : public testing::Test {
 protected:
  void serve(const std::string& text, std::vector<std::string> more = {}) {
    folder.write("p.gst", text);
    std::vector<std::string> arguments{"run",      "p.gst",  "--listen",     "127.0.0.1:0",
                                       "--events", "events", "--recordings", "r"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    server = std::make_unique<Jackfield>(folder, arguments);
    ASSERT_TRUE(events.wait("listening")) << server->err();
    voice = events.named("listening").front().text("url");
    base = voice.substr(0, voice.find("/twilio"));
  }

  // Webhook, connection and start message of a call; its token in between.
  std::unique_ptr<MediaStream> call() {
    const Reply twiml = request("POST", voice, "From=%2B15550001111&To=%2B15552223333");
    EXPECT_EQ(twiml.status, 200u);
    auto stream = std::make_unique<MediaStream>(between(twiml.body, "Stream url=\"", "\""));
    EXPECT_TRUE(stream->connected());
    if (stream->connected()) stream->start(between(twiml.body, "name=\"token\" value=\"", "\""));
    return stream;
  }

  std::string media_url() const { return "ws" + base.substr(4) + "/twilio/media"; }

  TemporaryFolder folder;
  Events events{folder.file("events")};
  std::unique_ptr<Jackfield> server;
  std::string voice, base;
};

constexpr char kEcho[] = "twiliosrc ! twiliosink";
constexpr unsigned char kTone = 0x42;

}  // namespace

TEST_F(ServeTest, TheWebhookAnswersWithTwiml) {
  serve(kEcho);
  const Reply post = request("POST", voice, "From=%2B15550001111&To=client%3Aalice&Digits=%3C");
  EXPECT_EQ(post.status, 200u);
  EXPECT_EQ(post.type, "text/xml");
  EXPECT_NE(post.body.find("<Connect><Stream url=\"" + media_url() + "\">"), std::string::npos)
      << post.body;
  EXPECT_NE(post.body.find("name=\"from\" value=\"+15550001111\""), std::string::npos);
  EXPECT_NE(post.body.find("name=\"to\" value=\"client:alice\""), std::string::npos);
  EXPECT_FALSE(between(post.body, "name=\"token\" value=\"", "\"").empty());

  const Reply get = request("GET", voice + "?From=%2B15550001111&To=%22%3E%3CHangup%2F%3E");
  EXPECT_EQ(get.status, 200u);
  EXPECT_NE(get.body.find("+15550001111"), std::string::npos);
  EXPECT_EQ(get.body.find("Hangup"), std::string::npos);
  EXPECT_NE(between(get.body, "name=\"token\" value=\"", "\""),
            between(post.body, "name=\"token\" value=\"", "\""));
}

TEST_F(ServeTest, OtherRequestsGetClearAnswers) {
  serve(kEcho);
  EXPECT_EQ(request("PUT", voice).status, 405u);
  EXPECT_EQ(request("GET", base + "/").status, 200u);
  EXPECT_EQ(request("GET", base + "/nothing").status, 404u);
  EXPECT_EQ(request("GET", voice + "/more").status, 404u);
  EXPECT_EQ(request("GET", base + "/healthz").status, 200u);
  EXPECT_EQ(request("GET", base + "/readyz").body, "ready\n");
  EXPECT_EQ(request("GET", base + "/twilio/media").status, 400u);
  EXPECT_EQ(request("POST", voice, std::string(100000, 'x')).status, 413u);
  EXPECT_EQ(request("POST", voice, "From").status, 200u);
  EXPECT_TRUE(server->running());
}

TEST_F(ServeTest, ACallGoesThroughAndLeavesItsRecords) {
  serve(kEcho, {"--calls", "1"});
  const auto stream = call();
  stream->send_audio(25, kTone);
  EXPECT_TRUE(wait_for([&] { return stream->received(kTone) >= 20 * 160; }));
  stream->close();
  EXPECT_EQ(server->wait(), 0) << server->err();

  ASSERT_EQ(folder.list("r").size(), 1u);
  const std::string path = folder.file("r/" + folder.list("r").front());
  const std::string call = read_file(path + "/call.json");
  EXPECT_NE(call.find("\"call-sid\" : \"CA00000000000000000000000000000001\""), std::string::npos)
      << call;
  EXPECT_NE(call.find("\"from\" : \"+15550001111\""), std::string::npos) << call;
  const std::string messages = read_file(path + "/transcript.jsonl");
  EXPECT_NE(messages.find("twilio/call-started"), std::string::npos) << messages;
  EXPECT_NE(messages.find("twilio/call-ended"), std::string::npos) << messages;
  EXPECT_EQ(messages.find("token"), std::string::npos) << messages;
  EXPECT_NE(read_file(path + "/transcript.txt").find("call started, from +15550001111"),
            std::string::npos);
  EXPECT_EQ(events.named("session-closed").size(), 1u);
  EXPECT_NE(server->out().find("call over"), std::string::npos) << server->out();
}

TEST_F(ServeTest, StreamsWithoutAValidTokenAreRefused) {
  serve(kEcho);
  const Reply twiml = request("POST", voice, "From=%2B15550001111");
  const std::string token = between(twiml.body, "name=\"token\" value=\"", "\"");
  for (const std::string& wrong : {std::string{}, std::string{"x"}, token + "0"}) {
    MediaStream stream{media_url()};
    ASSERT_TRUE(stream.connected());
    stream.start(wrong);
    EXPECT_TRUE(wait_for([&] { return stream.closed(); }));
  }
  MediaStream first{media_url()};
  first.start(token);
  first.send_audio(5, kTone);
  EXPECT_TRUE(wait_for([&] { return first.received(kTone) > 0; }));
  MediaStream again{media_url()};  // each is good once
  again.start(token);
  EXPECT_TRUE(wait_for([&] { return again.closed(); }));
  EXPECT_FALSE(first.closed());
  first.close();
  ASSERT_TRUE(events.wait("session-closed", 5));
  EXPECT_EQ(folder.list("r").size(), 1u);
}

TEST_F(ServeTest, ASocketThatNeverBeginsACallLeavesNothing) {
  serve(kEcho);
  MediaStream stream{media_url()};
  ASSERT_TRUE(stream.connected());
  stream.close();
  ASSERT_TRUE(events.wait("session-closed"));
  EXPECT_FALSE(events.named("session-closed").front().flag("call"));
  EXPECT_TRUE(folder.list("r").empty());
}

TEST_F(ServeTest, NoMoreThanTheLimit) {
  serve(kEcho, {"--max-calls", "1"});
  auto first = call();
  ASSERT_TRUE(events.wait("twilio/call-started"));
  const Reply busy = request("POST", voice, "From=1");
  EXPECT_EQ(busy.status, 200u);
  EXPECT_NE(busy.body.find("<Reject reason=\"busy\"/>"), std::string::npos) << busy.body;
  const MediaStream second{media_url()};
  EXPECT_FALSE(second.connected());
  EXPECT_EQ(second.status(), 503u);
  const Reply full = request("GET", base + "/readyz");
  EXPECT_EQ(full.status, 503u);
  EXPECT_EQ(full.body, "full\n");
  EXPECT_EQ(request("GET", base + "/healthz").status, 200u);
  first->send_audio(5, kTone);
  EXPECT_TRUE(wait_for([&] { return first->received(kTone) > 0; }));
  first->close();
  ASSERT_TRUE(events.wait("session-closed"));
  EXPECT_EQ(request("GET", base + "/readyz").status, 200u);
  EXPECT_NE(request("POST", voice, "From=1").body.find("<Connect>"), std::string::npos);
}

TEST_F(ServeTest, SigtermLetsCallsFinish) {
  serve(kEcho);
  const auto stream = call();
  stream->send_audio(3, kTone);
  ASSERT_TRUE(events.wait("twilio/call-started"));
  server->signal(SIGTERM);
  ASSERT_TRUE(events.wait("stopping"));
  EXPECT_EQ(request("POST", voice, "From=1").status, 503u);
  EXPECT_EQ(request("GET", base + "/healthz").status, 503u);
  EXPECT_EQ(request("GET", base + "/readyz").body, "stopping\n");
  const std::size_t before = stream->received(kTone);
  stream->send_audio(10, kTone);
  EXPECT_TRUE(wait_for([&] { return stream->received(kTone) > before + 5 * 160; }));
  EXPECT_TRUE(server->running());
  stream->close();
  EXPECT_EQ(server->wait(), 0) << server->err();
}

TEST_F(ServeTest, TheDrainHasADeadline) {
  serve(kEcho, {"--drain", "1"});
  const auto stream = call();
  stream->send_audio(3, kTone);
  ASSERT_TRUE(events.wait("twilio/call-started"));
  server->signal(SIGTERM);
  EXPECT_EQ(server->wait(), 0) << server->err();
  EXPECT_EQ(events.named("session-closed").front().text("reason"), "drained");
  EXPECT_TRUE(wait_for([&] { return stream->closed(); }));
}

TEST_F(ServeTest, TheSecondSignalEndsAtOnce) {
  serve(kEcho, {"--drain", "600"});
  const auto stream = call();
  stream->send_audio(3, kTone);
  ASSERT_TRUE(events.wait("twilio/call-started"));
  server->signal(SIGTERM);
  ASSERT_TRUE(events.wait("stopping"));
  server->signal(SIGTERM);
  EXPECT_EQ(server->wait(), 0) << server->err();
  EXPECT_EQ(events.named("session-closed").front().text("reason"), "stopped");
}

TEST_F(ServeTest, AFailingPipelineEndsItsCallAlone) {
  serve("twiliosrc ! identity name=fuse error-after=100 ! twiliosink", {"--calls", "2"});
  // Silence counts too: the second call must still be young when the first breaks.
  const auto failing = call();
  failing->send_audio(60, kTone);
  const auto other = call();
  other->send_audio(3, kTone);
  failing->send_audio(60, kTone);
  EXPECT_TRUE(wait_for([&] { return failing->closed(); }));
  ASSERT_TRUE(events.wait("session-closed"));
  const Events::Event closed = events.named("session-closed").front();
  EXPECT_EQ(closed.text("reason"), "error");
  EXPECT_TRUE(closed.flag("failed"));
  EXPECT_EQ(read_file(closed.text("folder") + "/pipeline-error.dot").find("digraph"), 0u);
  const auto errors = events.named("error");
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors.front().session, closed.session);
  EXPECT_EQ(errors.front().text("text").find("fuse: "), 0u) << errors.front().text("text");

  const std::size_t before = other->received(kTone);
  other->send_audio(5, kTone);
  EXPECT_TRUE(wait_for([&] { return other->received(kTone) > before; }));
  other->close();
  EXPECT_EQ(server->wait(), 1) << server->err();
}

TEST_F(ServeTest, OnlyLoopbackUnlessToldOtherwise) {
  folder.write("p.gst", kEcho);
  const struct {
    std::vector<std::string> more;
    int code;
    const char* message;
  } cases[] = {
      {{"--listen", "0.0.0.0:0"}, 2, "--insecure"},
      {{"--public-url", "https://voice.example.com"}, 2, "--insecure"},
      {{"--listen", "0.0.0.0:0", "--insecure"}, 2, "--public-url"},
      {{"--listen", "somewhere:80"}, 2, "no address"},
      {{"--listen", "127.0.0.1:99999"}, 2, "no address"},
      {{"--listen", "127.0.0.1:0", "--insecure", "--public-url", "voice"}, 3, "https://"},
      {{"--once"}, 2, "--calls"},
  };
  for (const auto& c : cases) {
    std::vector<std::string> arguments{"run", "p.gst"};
    arguments.insert(arguments.end(), c.more.begin(), c.more.end());
    const Result result = run_jackfield(folder, arguments);
    EXPECT_EQ(result.code, c.code) << result.err;
    EXPECT_NE(result.err.find(c.message), std::string::npos) << result.err;
  }
}

TEST_F(ServeTest, APortThatIsTakenIsSaid) {
  serve(kEcho);
  const std::string address = base.substr(7);
  const Result result = run_jackfield(folder, {"run", "p.gst", "--listen", address});
  EXPECT_EQ(result.code, 3);
  EXPECT_NE(result.err.find("cannot listen on " + address), std::string::npos) << result.err;
}

TEST_F(ServeTest, APublicUrlIsWhatTwilioGets) {
  serve(kEcho, {"--insecure", "--public-url", "https://voice.example.com/"});
  EXPECT_EQ(voice, "https://voice.example.com/twilio/voice");
}
