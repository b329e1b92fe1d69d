// pipelines/browser-agent.gst over real webrtcbins: a caller's recorded speech in, the agent's
// voice out.
#include <cmath>
#include <fstream>
#include <numbers>

#include "records/message_json.hpp"
#include "support/fake_server.hpp"
#include "support/speech_clip.hpp"
#include "support/webrtc_side.hpp"
#include "webrtc_call_fixture.hpp"

namespace jackfield::webrtc {
namespace {

constexpr int kRate = 48000;
constexpr char kGreeting[] = "Hello and welcome. How can I help you today?";

constexpr char kCaller[] = R"(
webrtcbin name=peer latency=0
filesrc location=${SPEECH} ! rawaudioparse format=pcm pcm-format=s16le sample-rate=8000 num-channels=1
  ! audiobuffersplit output-buffer-duration=1/50 ! audioconvert ! audioresample
  ! audio/x-raw,format=S16LE,rate=48000,channels=1 ! clocksync
  ! opusenc audio-type=voice frame-size=20 inband-fec=true ! rtpopuspay
  ! application/x-rtp,media=audio,encoding-name=OPUS,clock-rate=48000,encoding-params=(string)2,payload=111,minptime=(string)10,useinbandfec=(string)1
  ! peer.
peer. ! adaptivejitter ! audioconvert ! audioresample ! audio/x-raw,format=S16LE,rate=48000,channels=1
  ! filesink location=${OUT} async=false sync=false buffer-mode=unbuffered
)";

constexpr char kRealtime[] = R"(
webrtcbin name=peer latency=0
peer. ! adaptivejitter ! audioconvert ! audioresample ! audio/x-raw,format=S16LE,rate=8000,channels=1 ! mulawenc
  ! agentbrain realtime="openairealtime base-url=${SERVICE} api-key=test-key lead=20000000"
  ! mulawdec ! audioconvert ! audioresample ! audio/x-raw,format=S16LE,rate=48000,channels=1
  ! opusenc audio-type=voice frame-size=20 ! rtpopuspay
  ! application/x-rtp,media=audio,encoding-name=OPUS,clock-rate=48000,encoding-params=(string)2,payload=111,minptime=(string)10,useinbandfec=(string)1
  ! peer.
)";

class WebRtcAgentTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    gst_init(nullptr, nullptr);
    prepare_dtls_key();
  }

  // The agent of the scenario with a short greeting.
  std::unique_ptr<WebRtcSide> agent() {
    const std::string pipelines = std::string{g_getenv("JACKFIELD_SOURCE_DIR")} + "/pipelines";
    std::ifstream in(pipelines + "/scripts/reception.json");
    std::string script{std::istreambuf_iterator<char>(in), {}};
    const std::size_t at = script.find("\"greeting\": \"");
    const std::size_t end = script.find("\",\n", at);
    script.replace(at, end - at, std::string{"\"greeting\": \""} + kGreeting);
    return std::make_unique<WebRtcSide>(folder_, pipelines + "/browser-agent.gst",
                                        std::map<std::string, std::string, std::less<>>{
                                            {"RATE", "8000"},
                                            {"SCRIPT", folder_.write("script.json", script)},
                                            {"RECORDING", folder_.file("call.wav")}});
  }

  std::unique_ptr<WebRtcSide> caller(const test_support::Clip& speech) {
    const std::string file = folder_.file("speech.raw");
    std::ofstream{file, std::ios::binary}.write(
        reinterpret_cast<const char*>(speech.samples.data()),
        static_cast<std::streamsize>(speech.samples.size() * 2));
    return std::make_unique<WebRtcSide>(
        folder_, folder_.write("caller.gst", kCaller),
        std::map<std::string, std::string, std::less<>>{{"SPEECH", file}, {"OUT", heard()}});
  }
  std::string heard() const { return folder_.file("heard.raw"); }

  // From the first to the last sound, in seconds; `gap`: the longest silence within.
  struct Voice {
    double begin = 0, length = 0, gap = 0;
  };
  static Voice voice(const std::vector<std::int16_t>& samples) {
    constexpr std::size_t kBlock = kRate / 100;
    Voice found;
    double last = -1;
    for (std::size_t at = 0; at + kBlock <= samples.size(); at += kBlock) {
      double energy = 0;
      for (std::size_t i = at; i < at + kBlock; ++i)
        energy += samples[i] * static_cast<double>(samples[i]);
      if (std::sqrt(energy / kBlock) < 200) continue;
      const double now = static_cast<double>(at) / kRate;
      if (last < 0) found.begin = now;
      if (last >= 0) found.gap = std::max(found.gap, now - last - 0.01);
      last = now;
    }
    found.length = last < 0 ? 0 : last + 0.01 - found.begin;
    return found;
  }

  static const test_support::Messages::Message* reply_of(const WebRtcSide& side, gint64 turn) {
    for (const auto& message : side.messages.all) {
      if (message.name == "agentbrain/reply" &&
          json_object_get_int_member(message.fields.get(), "turn-id") == turn)
        return &message;
    }
    return nullptr;
  }

  static std::string all_of(const WebRtcSide& side) {
    std::string text;
    for (const auto& message : side.messages.all) {
      if (message.name != "webrtc/stats")
        text += message.name + " " + to_text(message.fields.get()) + "\n";
    }
    return text;
  }

  static test_support::Clip clip(const char* name) {
    return test_support::read_wav("/usr/share/asterisk/sounds/en/" + std::string{name} + ".wav");
  }

  TemporaryFolder folder_;
};

TEST_F(WebRtcAgentTest, GreetsUnderstandsAndAnswers) {
  auto desk = agent();
  test_support::Clip speech{.rate = 8000, .samples = {}};
  speech.pause(5000);
  speech += clip("extension");
  speech.pause(30000);
  auto a = caller(speech);
  a->call(*desk);

  // The greeting: all of it is heard, from its first sound on, without a hole.
  ASSERT_TRUE(wait_until([&] { return reply_of(*desk, 0); }));
  const auto* greeting = reply_of(*desk, 0);
  EXPECT_STREQ(json_object_get_string_member(greeting->fields.get(), "text"), kGreeting);
  EXPECT_FALSE(json_object_get_boolean_member(greeting->fields.get(), "interrupted"));
  const double said =
      static_cast<double>(json_object_get_int_member(greeting->fields.get(), "end") -
                          json_object_get_int_member(greeting->fields.get(), "start")) /
      1e9;
  run_for(0.3);
  const Voice got = voice(read_samples(heard()));
  EXPECT_GT(got.length, 1.5);
  // flite ends with up to 0.3 s of silence.
  EXPECT_NEAR(got.length, said, 0.4);
  EXPECT_LT(got.gap, 0.5);

  ASSERT_TRUE(wait_until([&] { return reply_of(*desk, 1); }));
  EXPECT_STREQ(json_object_get_string_member(reply_of(*desk, 1)->fields.get(), "text"),
               "Which extension would you like? Please say one digit.");
  // The peer was told all that.
  const auto told = [&](const std::string& name, const std::string& part) {
    return std::any_of(desk->events.begin(), desk->events.end(), [&](const auto& event) {
      return event.name == name && event.data.find(part) != std::string::npos;
    });
  };
  EXPECT_TRUE(told("transcript", R"("text":"extension")"));
  EXPECT_TRUE(told("transcript", R"("role":"agent")"));
  EXPECT_TRUE(told("turn", R"("state":"speaking")"));
  EXPECT_TRUE(told("latency", R"("stt")"));
  a->the_call()->hang_up("hang-up");
  ASSERT_TRUE(wait_until([&] { return desk->sessions().idle(); }));
  EXPECT_EQ(desk->messages.ended.at(0).reason, "hang-up");
  EXPECT_FALSE(desk->messages.ended.at(0).failed);
  EXPECT_EQ(desk->messages.count("callrecorder/finished"), 1U);
  EXPECT_EQ(desk->messages.count("webrtc/latency"), 1U);
}

// A speech-to-speech service has its greeting ready long before the connection stands: a low tone
// at the beginning, and a high one.
TEST_F(WebRtcAgentTest, AServiceThatSpeaksByItselfWaitsForTheConnection) {
  constexpr int kLow = 700, kHigh = 1700;
  test_support::Clip greeting{.rate = 8000, .samples = {}};
  for (int i = 0; i < 8000 * 3 / 2; ++i) {
    const int hertz = i < 8000 / 10 ? kLow : kHigh;
    greeting.samples.push_back(
        static_cast<std::int16_t>(8000 * std::sin(2 * std::numbers::pi * hertz * i / 8000)));
  }
  const std::string clip_file = folder_.file("greeting.wav");
  test_support::write_wav(clip_file, greeting);
  const test_support::FakeServer service{
      "openai_realtime.py",
      {"--script", folder_.write("service.json", R"({"replies":[{"text":"Hello.","clip":")" +
                                                     clip_file + R"("}]})")}};
  auto desk = std::make_unique<WebRtcSide>(
      folder_, folder_.write("realtime.gst", kRealtime),
      std::map<std::string, std::string, std::less<>>{{"SERVICE", service.base_url()}});
  auto a = caller({.rate = 8000, .samples = std::vector<std::int16_t>(8000 * 60)});
  for (WebRtcSide* side : {a.get(), desk.get()})
    side->on_candidate = [](Candidate&) { return false; };
  a->call(*desk);
  // The way is found only after the service would have begun.
  run_for(2);
  for (const Candidate& candidate : desk->candidates) a->the_call()->remote(candidate);
  for (const Candidate& candidate : a->candidates) desk->the_call()->remote(candidate);
  ASSERT_TRUE(wait_until([&] { return reply_of(*desk, 0); })) << all_of(*desk);
  const auto all_heard = [&] { return voice(read_samples(heard())).length > 1.4; };
  EXPECT_TRUE(wait_until(all_heard)) << voice(read_samples(heard())).length;
  std::vector<std::int16_t> samples = read_samples(heard());
  const double begin = voice(samples).begin;
  samples.resize(static_cast<std::size_t>((begin + 0.08) * kRate));
  EXPECT_GT(tone_share(samples, kLow, 0.06), 0.7);
}

TEST_F(WebRtcAgentTest, FallsSilentWhenInterrupted) {
  auto desk = agent();
  test_support::Clip speech{.rate = 8000, .samples = {}};
  speech.pause(1200);
  speech += clip("tt-weasels");
  speech.pause(30000);
  auto a = caller(speech);
  a->call(*desk);
  ASSERT_TRUE(wait_until([&] { return desk->messages.count("agentbrain/interrupted") > 0; }))
      << all_of(*desk);
  const auto* first = desk->messages.last("agentbrain/interrupted");
  EXPECT_LT(json_object_get_int_member(first->fields.get(), "onset-to-flush"), 1'000'000'000);
  ASSERT_TRUE(wait_until([&] { return reply_of(*desk, 0); }));
  EXPECT_TRUE(json_object_get_boolean_member(reply_of(*desk, 0)->fields.get(), "interrupted"));
  // Only a part of it was heard, as the clock of the call knows.
  const std::string text = json_object_get_string_member(reply_of(*desk, 0)->fields.get(), "text");
  EXPECT_LT(text.size(), std::string{kGreeting}.size());
  ASSERT_TRUE(wait_until([&] { return reply_of(*desk, 1); }));
}

TEST_F(WebRtcAgentTest, TheAgentHangsUp) {
  auto desk = agent();
  test_support::Clip speech{.rate = 8000, .samples = {}};
  speech.pause(4500);
  speech += clip("vm-goodbye");
  speech.pause(30000);
  auto a = caller(speech);
  a->call(*desk);
  ASSERT_TRUE(wait_until([&] { return desk->ended.has_value(); }));
  EXPECT_EQ(*desk->ended, "hang-up");
  ASSERT_TRUE(wait_until([&] { return desk->sessions().idle() && a->sessions().idle(); }));
  ASSERT_NE(reply_of(*desk, 1), nullptr);
  EXPECT_TRUE(json_object_get_boolean_member(reply_of(*desk, 1)->fields.get(), "hang-up"));
  EXPECT_FALSE(desk->messages.ended.at(0).failed);
}

}  // namespace
}  // namespace jackfield::webrtc
