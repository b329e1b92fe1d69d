#include "simulate/io/simulation.hpp"

#include <glib.h>
#include <glib/gstdio.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

#include "agent_server.hpp"
#include "g711.hpp"
#include "simulate/core/codec.hpp"
#include "twilio/signature.hpp"

namespace jackfield::simulate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using twilio::twilio_signature;

std::shared_ptr<const Clip> ramp_clip() {
  auto clip = std::make_shared<Clip>();
  for (int i = 0; i < 2400; ++i) clip->mulaw.push_back(static_cast<std::uint8_t>(i * 7 % 251));
  clip->speech_end = 2400;
  return clip;
}

std::string event_of(const JsonValue& message) { return message.find("event")->string; }

void echo(AgentStream& stream, const JsonValue& message) {
  if (event_of(message) == "media") stream.media(message.find("media")->find("payload")->string);
}

class SimulationTest : public testing::Test, public SimulationObserver {
 protected:
  ~SimulationTest() override {
    for (const std::string& path : files_) g_remove(path.c_str());
    if (folder_) g_rmdir(folder_.get());
  }

  void serve(AgentServer::Handler handler, AgentServer::Answers answers = {}) {
    server = std::make_unique<AgentServer>(std::move(answers), std::move(handler));
    config.line.url = server->url();
  }
  void script(const std::string& steps) {
    auto parsed = parse_caller_script("{\"steps\": [" + steps + "]}");
    ASSERT_TRUE(parsed.script) << parsed.error.text;
    config.script = std::move(*parsed.script);
    config.script.timeout = ms_to_samples(60000);
    const auto clip = ramp_clip();
    for_each_utterance(config.script.items, [&](Utterance& u) { u.clip = clip; });
  }
  void run() { result = run_simulation(config, *this, stop); }

  const CallResult& call() const { return result.calls.at(0); }
  std::string failures() const {
    std::string out;
    for (const CallResult& c : result.calls)
      for (const std::string& f : c.failures) out += f + "\n";
    return out;
  }
  // The streams of the server once they have seen the end of the call.
  std::vector<AgentStream> closed_streams() {
    for (int i = 0; i < 500; ++i) {
      const auto streams = server->streams();
      if (std::all_of(streams.begin(), streams.end(), [](auto& s) { return s.closed; })) break;
      g_usleep(10000);
    }
    return server->streams();
  }
  std::string temporary(const std::string& name) {
    if (!folder_) folder_.reset(g_dir_make_tmp("simulation-XXXXXX", nullptr));
    files_.push_back(std::string{folder_.get()} + G_DIR_SEPARATOR_S + name);
    return files_.back();
  }

  void on_call_event(int, const CallEvent& event) override {
    events.push_back(event.text);
    if (on_event) on_event(event);
  }
  void on_call_done(const CallResult&) override { ++done; }
  void on_second(const SimulationProgress&) override {}
  void on_waiting(const std::string&, double) override {
    ++waits;
    if (on_wait) on_wait();
  }

  SimulationConfig config;
  std::unique_ptr<AgentServer> server;
  std::atomic<bool> stop{false};
  SimulationResult result;
  std::vector<std::string> events;
  std::function<void(const CallEvent&)> on_event;
  std::function<void()> on_wait;
  int done = 0;
  int waits = 0;

 private:
  gstpp::CharPtr folder_;
  std::vector<std::string> files_;
};

TEST_F(SimulationTest, AnEchoComesBackByteForByte) {
  serve(echo);
  script(R"({"pause": 100}, {"say": "a"}, {"pause": 1500}, {"hang-up": true})");
  config.out = temporary("call.wav");
  run();
  ASSERT_EQ(result.calls.size(), 1u);
  EXPECT_EQ(failures(), "");
  EXPECT_EQ(call().hung_up_by, "caller");
  EXPECT_EQ(call().recording, config.out);

  char* data = nullptr;
  gsize size = 0;
  ASSERT_TRUE(g_file_get_contents(config.out.c_str(), &data, &size, nullptr));
  const gstpp::CharPtr owner{data};
  const auto* samples = reinterpret_cast<const std::int16_t*>(data + 44);
  const std::size_t frames = (size - 44) / 4;
  std::vector<std::int16_t> left, right;
  for (std::size_t i = 0; i < frames; ++i) {
    left.push_back(samples[2 * i]);
    right.push_back(samples[2 * i + 1]);
  }
  // What was said stands whole on the left; on the right too unless the machine was so slow that
  // the queue ran dry, and then it is only longer. Silence between is all that may differ.
  const auto sounding = [](std::vector<std::int16_t> v) {
    std::erase(v, 0);
    return v;
  };
  EXPECT_GE(sounding(left).size(), 2300u);
  EXPECT_EQ(sounding(left), sounding(right));

  const auto streams = closed_streams();
  ASSERT_EQ(streams.size(), 1u);
  EXPECT_THAT(streams[0].faults, ElementsAre());
  EXPECT_TRUE(streams[0].stopped);
  EXPECT_GE(streams[0].audio.size(), 2400u + 1600 * 8);
}

TEST_F(SimulationTest, ShakesHandsExactlyAsTwilio) {
  serve(nullptr);
  script(R"({"pause": 60})");
  run();
  EXPECT_EQ(failures(), "");
  ASSERT_EQ(server->handshakes().size(), 1u);
  std::vector<std::string> names;
  const auto headers = server->handshakes()[0].headers;
  for (const auto& [name, value] : headers) names.push_back(name);
  EXPECT_THAT(names, ElementsAre("accept-encoding", "connection", "host", "sec-websocket-key",
                                 "sec-websocket-version", "upgrade", "user-agent"));
  EXPECT_EQ(headers.at("user-agent"), "Twilio.TmeWs/1.0");
  EXPECT_EQ(headers.at("host"), "127.0.0.1:" + std::to_string(server->port()));
}

TEST_F(SimulationTest, PostsTheWholeFormAndSignsIt) {
  serve(nullptr);
  config.line.auth_token = "12345";
  config.line.from = "+15551234567";
  script(R"({"pause": 60})");
  run();
  EXPECT_EQ(failures(), "");
  ASSERT_EQ(server->webhooks().size(), 1u);
  const ReceivedForm post = server->webhooks()[0];
  FormParameters form;
  std::vector<std::string> names;
  for (const auto& [name, value] : post.form) {
    form.emplace_back(name, value);
    names.push_back(name);
  }
  EXPECT_THAT(names, ElementsAre("AccountSid", "ApiVersion", "CallSid", "CallStatus", "Called",
                                 "Caller", "Direction", "From", "To"));
  EXPECT_EQ(post.form.at("From"), "+15551234567");
  EXPECT_EQ(post.form.at("CallStatus"), "ringing");
  EXPECT_EQ(post.method, "POST");
  EXPECT_EQ(post.headers.at("x-twilio-signature"), twilio_signature("12345", server->url(), form));
  EXPECT_EQ(server->handshakes()[0].headers.at("x-twilio-signature"),
            twilio_signature("12345", server->stream_url(), {}));
  EXPECT_EQ(server->streams()[0].call_sid, post.form.at("CallSid"));
}

TEST_F(SimulationTest, SignsForThePublicUrlButConnectsHere) {
  AgentServer::Answers answers;
  answers.twiml =
      "<Response><Connect><Stream url=\"wss://voice.example.com/media\"/></Connect></Response>";
  serve(nullptr, answers);
  config.line.auth_token = "12345";
  config.line.public_url = "https://voice.example.com";
  script(R"({"pause": 60})");
  run();
  EXPECT_EQ(failures(), "");
  const auto headers = server->handshakes().at(0).headers;
  EXPECT_EQ(headers.at("host"), "voice.example.com");
  EXPECT_EQ(headers.at("x-twilio-signature"), "jFDHVhI8XO69C49uXR3xmdZPylY=");
  FormParameters form;
  const ReceivedForm post = server->webhooks().at(0);
  for (const auto& [name, value] : post.form) form.emplace_back(name, value);
  EXPECT_EQ(post.headers.at("host"), "voice.example.com");
  EXPECT_EQ(post.headers.at("x-twilio-signature"),
            twilio_signature("12345", "https://voice.example.com/voice", form));
}

TEST_F(SimulationTest, AMediaStreamIsCalledWithoutAWebhook) {
  serve(echo);
  config.line.url = server->stream_url();
  ASSERT_TRUE(config.line.url.starts_with("ws://"));
  config.line.auth_token = "12345";
  config.line.public_url = "https://voice.example.com";
  script(R"({"pause": 60})");
  run();
  EXPECT_EQ(failures(), "");
  EXPECT_TRUE(result.reached);
  EXPECT_TRUE(server->webhooks().empty());
  const auto headers = server->handshakes().at(0).headers;
  EXPECT_EQ(headers.at("host"), "voice.example.com");
  // The signature of wss://voice.example.com/media.
  EXPECT_EQ(headers.at("x-twilio-signature"), "jFDHVhI8XO69C49uXR3xmdZPylY=");
}

TEST_F(SimulationTest, AMediaStreamThatIsNotThereIsNotReached) {
  serve(nullptr);
  config.line.url = server->stream_url();
  server.reset();
  script(R"({"pause": 60})");
  run();
  EXPECT_FALSE(result.reached);
  EXPECT_THAT(failures(), HasSubstr("the media stream cannot be opened"));
}

TEST_F(SimulationTest, ParametersAndStatusCallbacksArrive) {
  AgentServer::Answers answers;
  answers.parameters = "<Parameter name=\"token\" value=\"&quot;x&quot;\"/>";
  answers.stream_attributes = "name=\"desk\" statusCallback=\"/status\"";
  serve(nullptr, answers);
  script(R"({"pause": 60})");
  run();
  EXPECT_EQ(failures(), "");
  EXPECT_THAT(closed_streams()[0].events, ElementsAre("parameter:token=\"x\"", "start", "stop"));
  const auto callbacks = server->callbacks();
  ASSERT_EQ(callbacks.size(), 2u);
  EXPECT_EQ(callbacks[0].form.at("StreamEvent"), "stream-started");
  EXPECT_EQ(callbacks[1].form.at("StreamEvent"), "stream-stopped");
  EXPECT_EQ(callbacks[1].form.at("StreamName"), "desk");
  EXPECT_EQ(callbacks[1].form.at("StreamSid"), call().stream_sid);
}

TEST_F(SimulationTest, MarksAndClearAreAnsweredAndMeasured) {
  // Speaks for five seconds with a mark behind every one; a loud caller makes it clear.
  int marks = 0;
  bool spoken = false, cleared = false;
  serve([&](AgentStream& stream, const JsonValue& message) {
    if (event_of(message) == "start") {
      for (int i = 0; i < 5; ++i) {
        stream.media(8000, 0x90);
        stream.mark("m" + std::to_string(i));
      }
      spoken = true;
    } else if (event_of(message) == "mark") {
      ++marks;
    } else if (event_of(message) == "media" && spoken && !cleared) {
      const auto mulaw = *base64_decode(message.find("media")->find("payload")->string);
      if (std::all_of(mulaw.begin(), mulaw.end(), [](auto c) { return c == kMulawSilence; }))
        return;
      stream.clear();
      cleared = true;
    }
  });
  script(R"({"barge-in": {"after": 1300, "say": "stop"}}, {"dtmf": "7"}, {"hang-up": true})");
  run();
  EXPECT_EQ(failures(), "");
  const StepResult& barge = call().steps[0];
  ASSERT_TRUE(barge.clear_after && barge.silent_after);
  // The onset leaves with its frame, at most 20 ms later; the rest is this machine's load.
  EXPECT_GT(*barge.clear_after, 0);
  EXPECT_LT(samples_to_ms(*barge.clear_after), 1000);
  EXPECT_LT(samples_to_ms(*barge.silent_after), 1000);
  EXPECT_EQ(call().stats.marks_played + call().stats.marks_cleared, 5u);
  EXPECT_GE(call().stats.marks_played, 1u);
  EXPECT_GE(call().stats.marks_cleared, 2u);
  EXPECT_GT(call().stats.agent_cleared, 0);
  EXPECT_EQ(call().stats.agent_audio,
            call().stats.agent_cleared + call().stats.agent_played + call().unplayed);
  EXPECT_EQ(call().marks_outstanding, 0u);
  const auto streams = closed_streams();
  EXPECT_THAT(streams[0].faults, ElementsAre());
  EXPECT_THAT(streams[0].events, ElementsAre("start", "mark:m0", "mark:m1", "mark:m2", "mark:m3",
                                             "mark:m4", "dtmf:inbound_track7", "stop"));
}

TEST_F(SimulationTest, AGoodbyeIsHeardToItsEnd) {
  serve([](AgentStream& stream, const JsonValue& message) {
    if (event_of(message) == "start") {
      stream.media(4000, 0x90);
      stream.mark("goodbye");
    }
    if (event_of(message) == "mark") stream.close();
  });
  script(R"({"expect-hang-up": 20000})");
  run();
  EXPECT_EQ(failures(), "");
  EXPECT_EQ(call().hung_up_by, "agent");
  EXPECT_EQ(call().unplayed, 0);
  EXPECT_GE(call().duration, 4000);
}

TEST_F(SimulationTest, AGoodbyeThatIsCutOffIsReported) {
  serve([](AgentStream& stream, const JsonValue& message) {
    if (event_of(message) != "start") return;
    stream.media(160000, 0x90);
    stream.mark("goodbye");
    stream.close();
  });
  script(R"({"expect-hang-up": 20000})");
  run();
  EXPECT_THAT(failures(), HasSubstr("and 1 marks still to be played"));
  EXPECT_EQ(call().marks_outstanding, 1u);
  EXPECT_GT(call().unplayed, 0);
}

TEST_F(SimulationTest, TwentyCallsAtOnce) {
  serve(echo);
  script(R"({"say": "a"}, {"shuffle": [{"pause": 100}, {"dtmf": "1"}]}, {"hang-up": true})");
  config.calls = 20;
  config.rate = 1000;
  config.spread = true;
  config.chunking = *parse_chunking("odd");
  run();
  EXPECT_EQ(failures(), "");
  ASSERT_EQ(result.calls.size(), 20u);
  EXPECT_EQ(done, 20);
  std::set<std::string> sids;
  for (const CallResult& c : result.calls) sids.insert(c.stream_sid);
  EXPECT_EQ(sids.size(), 20u);
  for (const AgentStream& stream : closed_streams()) {
    EXPECT_THAT(stream.faults, ElementsAre());
    EXPECT_TRUE(stream.stopped);
  }
}

TEST_F(SimulationTest, NoMoreThanAskedRunAtATime) {
  serve(nullptr);
  script(R"({"pause": 200})");
  config.calls = 6;
  config.concurrency = 2;
  config.rate = 1000;
  int running = 0, most = 0;
  on_event = [&](const CallEvent& event) {
    if (event.text.starts_with("posts")) most = std::max(most, ++running);
    if (event.text.starts_with("over")) --running;
  };
  run();
  EXPECT_EQ(failures(), "");
  EXPECT_EQ(result.calls.size(), 6u);
  EXPECT_EQ(most, 2);
}

TEST_F(SimulationTest, AnAbruptHangUpHasNoStop) {
  serve(nullptr);
  script(R"({"pause": 100}, {"hang-up": "abrupt"})");
  run();
  EXPECT_EQ(failures(), "");
  const auto streams = closed_streams();
  EXPECT_TRUE(streams[0].closed);
  EXPECT_FALSE(streams[0].stopped);
}

TEST_F(SimulationTest, ViolationsAreReported) {
  const std::pair<std::function<void(AgentStream&)>, const char*> kBad[] = {
      {[](AgentStream& s) { s.send("{"); }, "31951, bad JSON"},
      {[](AgentStream& s) { s.send(R"({"event":"clear","streamSid":"MZx"})"); }, "wrong streamSid"},
      {[](AgentStream& s) { s.send_binary(10); }, "31950"},
      {[](AgentStream& s) { s.send_raw(std::string("\xC1\x00", 2)); }, "31924"},
      {[](AgentStream& s) { s.send_raw(std::string("\x09\x00", 2)); }, "31924"},
      {[](AgentStream& s) { s.send_raw("\x81\x02\xFF\xFF"); }, "not UTF-8"},
      {[](AgentStream& s) { s.send(std::string(1100000, ' ')); }, "more than 1 MiB"},
  };
  for (const auto& [misbehave, wanted] : kBad) {
    serve([&, misbehave = misbehave](AgentStream& stream, const JsonValue& message) {
      if (event_of(message) == "start") misbehave(stream);
    });
    script(R"({"pause": 300})");
    run();
    EXPECT_THAT(failures(), HasSubstr(wanted));
    EXPECT_EQ(call().stats.violations, 1u) << wanted;
  }
}

TEST_F(SimulationTest, ACallCanEndAtTheFirstViolation) {
  serve([](AgentStream& stream, const JsonValue& message) {
    if (event_of(message) == "start") stream.send("{}");
  });
  script(R"({"pause": 30000})");
  config.hang_up_on_violation = true;
  run();
  EXPECT_THAT(failures(), HasSubstr("the server broke the protocol"));
  EXPECT_LT(call().duration, ms_to_samples(20000));
}

TEST_F(SimulationTest, AServerThatIsGoneIsAClearError) {
  serve(nullptr);
  script(R"({"pause": 100})");
  server.reset();
  run();
  EXPECT_FALSE(result.reached);
  EXPECT_THAT(failures(), HasSubstr("the voice webhook cannot be reached"));
}

TEST_F(SimulationTest, AServerThatStartsLateIsWaitedFor) {
  serve(nullptr);
  const int port = server->port();
  server.reset();
  script(R"({"pause": 60})");
  config.wait = 20;
  on_wait = [&] { server = std::make_unique<AgentServer>(AgentServer::Answers{}, nullptr, port); };
  run();
  EXPECT_EQ(waits, 1);
  EXPECT_EQ(failures(), "");
}

TEST_F(SimulationTest, BadWebhooksAreClearErrors) {
  const auto with = [](int status, const char* type, const char* twiml) {
    AgentServer::Answers out;
    out.status = status;
    out.type = type;
    out.twiml = twiml;
    return out;
  };
  const std::pair<AgentServer::Answers, const char*> kBad[] = {
      {with(403, "text/xml", ""), "11200: the voice webhook failed: HTTP status 403"},
      {with(500, "text/xml", ""), "HTTP status 500"},
      {with(302, "text/xml", ""), "HTTP status 302"},
      {with(200, "text/html", ""), "Content-Type is \"text/html\""},
      {with(200, "text/xml", "<Response><Reject/></Response>"), "rejects the call"},
      {with(200, "text/xml",
            "<Response><Connect><Stream url=\"ws://h.example/x\"/></Connect></Response>"),
       "31922"},
      {with(200, "text/xml", "<Response><Connect><Stream url=\"http://[x\"/></Connect></Response>"),
       "31923"},
      {with(200, "text/xml",
            "<Response><Connect><Stream url=\"wss://127.0.0.1/x?token=1\"/></Connect></Response>"),
       "has a query"},
      {with(200, "text/xml",
            "<Response><Connect><Stream url=\"/elsewhere\"/></Connect></Response>"),
       "31920: HTTP status 404"},
      {with(200, "text/xml",
            "<Response><Connect><Stream url=\"ws://127.0.0.1:1/x\"/></Connect></Response>"),
       "31902"},
  };
  for (const auto& [answers, wanted] : kBad) {
    serve(nullptr, answers);
    script(R"({"pause": 100})");
    run();
    EXPECT_TRUE(result.reached);
    EXPECT_THAT(failures(), HasSubstr(wanted));
    EXPECT_FALSE(call().reached);
  }
}

TEST_F(SimulationTest, AServerThatDiesMidCallEndsTheCall) {
  serve([](AgentStream& stream, const JsonValue& message) {
    if (event_of(message) == "media") stream.close();
  });
  script(R"({"pause": 30000}, {"hang-up": true})");
  run();
  EXPECT_THAT(failures(), HasSubstr("the server closed the stream"));
  EXPECT_EQ(call().hung_up_by, "agent");
  EXPECT_EQ(call().steps[1].state, StepResult::State::kWaiting);
}

TEST_F(SimulationTest, StopHangsUpEveryCall) {
  serve(nullptr);
  script(R"({"pause": 50000})");
  config.calls = 5;
  config.concurrency = 2;
  on_event = [&](const CallEvent& event) {
    if (event.kind == "caller") stop = true;
  };
  run();
  EXPECT_GE(result.calls.size(), 1u);
  EXPECT_LE(result.calls.size(), 2u);
  EXPECT_THAT(failures(), HasSubstr("interrupted"));
  EXPECT_TRUE(closed_streams()[0].stopped);
}

TEST_F(SimulationTest, ATimeoutEndsTheCall) {
  serve(nullptr);
  script(R"({"pause": 50000})");
  config.timeout = ms_to_samples(300);
  run();
  EXPECT_THAT(failures(), HasSubstr("not over after 0.3 s"));
  EXPECT_EQ(call().hung_up_by, "timeout");
}

TEST_F(SimulationTest, AFolderThatCannotBeMadeStopsEverything) {
  serve(nullptr);
  script(R"({"pause": 50})");
  config.out = temporary("file");
  g_file_set_contents(config.out.c_str(), "x", 1, nullptr);
  config.out += G_DIR_SEPARATOR_S "sub";
  run();
  EXPECT_THAT(result.error, HasSubstr("cannot be made"));
  EXPECT_TRUE(result.calls.empty());
}

}  // namespace
}  // namespace jackfield::simulate
