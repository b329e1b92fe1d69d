// Who may reach a server: signatures, replays, limits, over real sockets.
#include <glib/gstdio.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>

#include "jackfield_process.hpp"
#include "phone_client.hpp"
#include "twilio/signature.hpp"

using namespace jackfield;
using namespace jackfield::test;
using twilio::parse_form;
using twilio::twilio_signature;

namespace {

constexpr char kToken[] = "0123456789abcdef0123456789abcdef";
constexpr char kEcho[] = "twiliosrc ! twiliosink";
constexpr char kForm[] =
    "CallSid=CA00000000000000000000000000000001&From=%2B15550001111&To=%2B15552223333";
constexpr unsigned char kTone = 0x42;

class SignedTest : public testing::Test {
 protected:
  void serve(std::vector<std::string> more = {},
             Jackfield::Variables variables = {{"TWILIO_AUTH_TOKEN", kToken}}) {
    folder.write("p.gst", kEcho);
    std::vector<std::string> arguments{"run",      "p.gst",  "--listen",     "127.0.0.1:0",
                                       "--events", "events", "--recordings", "r"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    server = std::make_unique<Jackfield>(folder, arguments, variables);
    ASSERT_TRUE(events.wait("listening")) << server->err();
    voice = events.named("listening").front().text("url");
    media = "ws" + voice.substr(4, voice.find("/twilio") - 4) + "/twilio/media";
  }

  static Headers sign(const std::string& url, const std::string& form = {},
                      const std::string& token = kToken) {
    return {{"X-Twilio-Signature", twilio_signature(token, url, parse_form(form))}};
  }
  std::string address() const { return events.named("listening").front().text("address"); }
  static std::string token_of(const Reply& twiml) {
    return between(twiml.body, "name=\"token\" value=\"", "\"");
  }
  std::size_t refusals(const std::string& reason) const {
    std::size_t count = 0;
    for (const Events::Event& event : events.named("refused"))
      if (event.text("reason") == reason) count += std::stoul(event.text("count"));
    return count;
  }

  TemporaryFolder folder;
  Events events{folder.file("events")};
  std::unique_ptr<Jackfield> server;
  std::string voice, media;
};

}  // namespace

TEST_F(SignedTest, ASignedCallGoesThrough) {
  serve({"--calls", "1"});
  const Reply twiml = request("POST", voice, kForm, sign(voice, kForm));
  ASSERT_EQ(twiml.status, 200u) << server->err();
  MediaStream stream{media, sign(media)};
  ASSERT_TRUE(stream.connected()) << stream.status();
  stream.start(token_of(twiml));
  stream.send_audio(25, kTone);
  EXPECT_TRUE(wait_for([&] { return stream.received(kTone) >= 20 * 160; }));
  stream.close();
  EXPECT_EQ(server->wait(), 0) << server->err();
}

TEST_F(SignedTest, OtherRequestsAreRefusedAndTheLogSaysWhatWasExpected) {
  serve();
  EXPECT_EQ(request("POST", voice, kForm).status, 403u);
  EXPECT_EQ(request("POST", voice, kForm, sign(voice, kForm, "another token")).status, 403u);
  EXPECT_EQ(request("POST", voice, std::string{kForm} + "&x=1", sign(voice, kForm)).status, 403u);
  EXPECT_EQ(request("POST", voice + "?x=1", kForm, sign(voice, kForm)).status, 403u);
  EXPECT_EQ(request("GET", voice + "?" + kForm, {}, sign(voice, kForm)).status, 403u);
  // The Host field is the sender's to choose.
  const std::string other = "http://voice.example.com/twilio/voice";
  Headers headers = sign(other, kForm);
  headers.emplace_back("Host", "voice.example.com");
  EXPECT_EQ(request("POST", voice, kForm, headers).status, 403u);
  EXPECT_EQ(MediaStream{media}.status(), 403u);
  EXPECT_EQ((MediaStream{media, sign("http" + media.substr(2))}.status()), 403u);
  EXPECT_EQ(request("GET", voice.substr(0, voice.find("/twilio")) + "/healthz").status, 200u);
  ASSERT_TRUE(events.wait("refused"));
  const std::string error = server->err();
  EXPECT_NE(error.find("expected was Twilio's for " + voice), std::string::npos) << error;
  EXPECT_EQ(error.find(kToken), std::string::npos) << error;
  // A flood of refusals is no flood of lines.
  EXPECT_EQ(events.named("refused").size(), 1u);
  server->signal(SIGTERM);
  EXPECT_EQ(server->wait(), 0);
  const auto in_all = events.named("refused-in-all");
  ASSERT_EQ(in_all.size(), 1u);
  EXPECT_EQ(in_all.front().text("reason"), "bad-signature");
  EXPECT_EQ(in_all.front().text("count"), "8");
}

TEST_F(SignedTest, GetIsSignedWithItsQueryAsItWasWritten) {
  serve();
  // Not the way a URL library would write it.
  for (const char* query : {kForm, "CallerName=%7e%41b%2fc'd&CallSid=CA2&To=%2b15552223333", "x"}) {
    const Reply twiml =
        raw_get(address(), std::string{"/twilio/voice?"} + query, sign(voice + "?" + query));
    EXPECT_EQ(twiml.status, 200u) << query;
    EXPECT_NE(token_of(twiml), "");
  }
}

TEST_F(SignedTest, TheUrlIsTheConfiguredOne) {
  serve({"--public-url", "https://voice.example.com/here/"});
  EXPECT_EQ(voice, "https://voice.example.com/here/twilio/voice");
  const std::string local = "http://" + address() + "/twilio/voice";
  EXPECT_EQ(request("POST", local, kForm, sign(local, kForm)).status, 403u);
  // Twilio is not consistent about ports.
  const std::string port = "https://voice.example.com:443/here/twilio/voice";
  const Reply twiml = request("POST", local, kForm, sign(port, kForm));
  EXPECT_EQ(twiml.status, 200u);
  EXPECT_NE(twiml.body.find("url=\"wss://voice.example.com/here/twilio/media\""),
            std::string::npos);
  media = "ws://" + address() + "/twilio/media";
  EXPECT_EQ(MediaStream(media, sign(media)).status(), 403u);
  for (const char* host : {"wss://voice.example.com", "wss://voice.example.com:443"})
    EXPECT_EQ(MediaStream(media, sign(std::string{host} + "/here/twilio/media")).status(), 101u);
}

TEST_F(SignedTest, ARepetitionGetsTheSameAnswerAndMakesNoSecondCall) {
  serve();
  const Headers signature = sign(voice, kForm);
  const Reply first = request("POST", voice, kForm, signature);
  const Reply again = request("POST", voice, kForm, signature);
  EXPECT_EQ(first.status, 200u);
  EXPECT_EQ(again.status, 200u);
  EXPECT_EQ(first.body, again.body);
  MediaStream stream{media, sign(media)};
  stream.start(token_of(first));
  stream.send_audio(5, kTone);
  EXPECT_TRUE(wait_for([&] { return stream.received(kTone) > 0; }));
  MediaStream second{media, sign(media)};
  second.start(token_of(again));
  EXPECT_TRUE(wait_for([&] { return second.closed(); }));
  EXPECT_FALSE(stream.closed());
  EXPECT_EQ(refusals("bad-token"), 1u);
}

TEST_F(SignedTest, ATokenIsForItsCall) {
  serve();
  const Reply twiml = request("POST", voice, kForm, sign(voice, kForm));
  MediaStream wrong{media, sign(media)};
  wrong.start(token_of(twiml), "CA00000000000000000000000000000002");
  EXPECT_TRUE(wait_for([&] { return wrong.closed(); }));
  MediaStream right{media, sign(media)};
  right.start(token_of(twiml));
  right.send_audio(5, kTone);
  EXPECT_TRUE(wait_for([&] { return right.received(kTone) > 0; }));
}

TEST_F(SignedTest, ExposureNeedsTheTokenOrInsecure) {
  folder.write("p.gst", kEcho);
  const Jackfield::Variables token{{"TWILIO_AUTH_TOKEN", kToken}}, empty{{"TWILIO_AUTH_TOKEN", ""}};
  const struct {
    std::vector<std::string> more;
    Jackfield::Variables variables;
    int code;
    const char* message;
  } cases[] = {
      {{"--public-url", "https://voice.example.com"}, {}, 2, "TWILIO_AUTH_TOKEN=..."},
      {{"--public-url", "https://voice.example.com"}, empty, 2, "--insecure"},
      {{"--listen", "0.0.0.0:0"}, empty, 2, "TWILIO_AUTH_TOKEN is not set"},
      {{"--listen", "0.0.0.0:0"}, token, 2, "--public-url"},
      {{"--insecure"}, token, 2, "contradict"},
      {{"--trusted-proxy", "proxy"}, token, 2, "10.0.0.0/8"},
      {{"--tls-certificate", "x.pem"}, token, 2, "--tls-key"},
      {{"--tls-certificate", "x.pem", "--tls-key", "x.key"}, token, 2, "x.pem"},
  };
  for (const auto& c : cases) {
    std::vector<std::string> arguments{"run", "p.gst"};
    arguments.insert(arguments.end(), c.more.begin(), c.more.end());
    const Result result = run_jackfield(folder, arguments, 60, c.variables);
    EXPECT_EQ(result.code, c.code) << result.err;
    EXPECT_NE(result.err.find(c.message), std::string::npos) << result.err;
    EXPECT_EQ(result.err.find(kToken), std::string::npos) << result.err;
  }
}

TEST_F(SignedTest, TheTokenMayStandInAnEnvFile) {
  folder.write(".env", std::string{"TWILIO_AUTH_TOKEN="} + kToken + "\n");
  g_chmod(folder.file(".env").c_str(), 0600);
  serve({}, {});
  EXPECT_EQ(request("POST", voice, kForm).status, 403u);
  EXPECT_EQ(request("POST", voice, kForm, sign(voice, kForm)).status, 200u);
}

TEST_F(SignedTest, ACallDoesNotLastForEver) {
  serve({"--max-call-duration", "2", "--calls", "1"});
  const Reply twiml = request("POST", voice, kForm, sign(voice, kForm));
  MediaStream stream{media, sign(media)};
  stream.start(token_of(twiml));
  stream.send_audio(50, kTone);
  EXPECT_TRUE(wait_for([&] { return stream.received(kTone) >= 45 * 160; }));
  EXPECT_FALSE(stream.closed());
  EXPECT_TRUE(wait_for([&] { return stream.closed(); }));
  EXPECT_EQ(server->wait(), 0) << server->err();
  const auto closed = events.named("session-closed");
  ASSERT_EQ(closed.size(), 1u);
  EXPECT_EQ(closed.front().text("reason"), "max-duration");
  EXPECT_FALSE(closed.front().flag("failed"));
}

TEST_F(SignedTest, AStreamMustBeginItsCallInTime) {
  serve({"--start-timeout", "1"});
  std::vector<std::unique_ptr<MediaStream>> silent;
  for (int i = 0; i < 10; ++i) silent.push_back(std::make_unique<MediaStream>(media, sign(media)));
  const Reply twiml = request("POST", voice, kForm, sign(voice, kForm));
  MediaStream stream{media, sign(media)};
  stream.start(token_of(twiml));
  EXPECT_TRUE(wait_for([&] {
    return std::all_of(silent.begin(), silent.end(), [](const auto& s) { return s->closed(); });
  }));
  stream.send_audio(5, kTone);
  EXPECT_TRUE(wait_for([&] { return stream.received(kTone) > 0; }));
  EXPECT_EQ(refusals("no-call"), 1u);  // one line for them all
  server->signal(SIGTERM);
  stream.close();
  EXPECT_EQ(server->wait(), 0);
  std::string count;
  for (const auto& event : events.named("refused-in-all"))
    if (event.text("reason") == "no-call") count = event.text("count");
  EXPECT_EQ(count, "10");
}

TEST_F(SignedTest, BehindATrustedProxyEachClientHasItsOwnLimit) {
  serve({"--trusted-proxy", "127.0.0.0/8", "--max-pending-per-address", "2", "--start-timeout",
         "60"});
  const auto from = [&](const char* address) {
    Headers headers = sign(media);
    headers.emplace_back("X-Forwarded-For", address);
    return std::make_unique<MediaStream>(media, headers);
  };
  const auto a = from("192.0.2.1"), b = from("9.9.9.9, 192.0.2.1"), c = from("192.0.2.1");
  EXPECT_EQ(a->status(), 101u);
  EXPECT_EQ(b->status(), 101u);
  EXPECT_EQ(c->status(), 429u);
  const auto d = from("192.0.2.2");
  EXPECT_EQ(d->status(), 101u);
  // A call that has begun is not pending any more.
  const Reply twiml = request("POST", voice, kForm, sign(voice, kForm));
  a->start(token_of(twiml));
  ASSERT_TRUE(events.wait("twilio/call-started"));
  EXPECT_EQ(from("192.0.2.1")->status(), 101u);
}
