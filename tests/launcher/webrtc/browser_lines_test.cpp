// `jackfield run` with lines that are called from browsers: who may call, and what they are told.
// Calls with sound have tests of their own.
#include <gtest/gtest.h>

#include <csignal>

#include "../command/jackfield_process.hpp"
#include "../command/phone_client.hpp"
#include "fake_call.hpp"
#include "signal_test_peer.hpp"
#include "webrtc/access_token.hpp"

namespace jackfield::webrtc {
namespace {

using namespace jackfield::test;

constexpr char kSecret[] = "0123456789abcdef0123456789abcdef";
constexpr char kBrowser[] = "webrtcbin name=peer";
constexpr char kOffer[] = R"({"type":"offer","sdp":"v=0"})";

class BrowserLinesTest : public testing::Test {
 protected:
  BrowserLinesTest() {
    folder.write("echo.gst", "twiliosrc ! twiliosink");
    folder.write("browser.gst", kBrowser);
  }

  void serve(const std::string& lines, std::vector<std::string> more = {},
             const Jackfield::Variables& variables = {}) {
    folder.write("jackfield.conf",
                 "[server]\nlisten=127.0.0.1:0\nevents=events\nrecordings=r\n" + lines);
    std::vector<std::string> arguments{"run", "jackfield.conf"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    server = std::make_unique<Jackfield>(folder, arguments, variables);
    ASSERT_TRUE(events.wait("listening")) << server->err();
    where = events.named("listening").front().text("address");
  }

  // What `jackfield run` says to this, and does not start.
  std::string error(std::vector<std::string> more, const Jackfield::Variables& variables = {}) {
    std::vector<std::string> arguments{"run", "browser.gst"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Result result = run_jackfield(folder, arguments, 60, variables);
    EXPECT_EQ(result.code, 2) << result.out;
    return result.err;
  }

  std::unique_ptr<MediaStream> phone_call() const {
    const Reply twiml =
        request("POST", "http://" + where + "/twilio/voice", "From=%2B15550001111&To=x");
    auto stream = std::make_unique<MediaStream>(between(twiml.body, "Stream url=\"", "\""));
    EXPECT_TRUE(stream->connected()) << twiml.body;
    if (stream->connected()) stream->start(between(twiml.body, "name=\"token\" value=\"", "\""));
    return stream;
  }

  TemporaryFolder folder;
  Events events{folder.file("events")};
  std::unique_ptr<Jackfield> server;
  std::string where;
};

constexpr char kTwoLines[] = "[line one]\npipeline=browser.gst\n[line two]\npipeline=browser.gst\n";
constexpr char kBoth[] = "[line one]\npipeline=browser.gst\n[line phone]\npipeline=echo.gst\n";

TEST_F(BrowserLinesTest, EachLineHasItsPageAndItsSignalling) {
  serve(kTwoLines);
  const Events::Event listening = events.named("listening").front();
  const std::string base = "http://" + where;
  EXPECT_EQ(listening.text("page"), base + "/call");
  EXPECT_EQ(listening.text("url"), base + "/call");
  EXPECT_EQ(listening.text("signal"), "ws://" + where + "/signal");
  EXPECT_EQ(request("GET", base + "/call/one").status, 200u);
  EXPECT_EQ(request("GET", base + "/call/two").status, 200u);
  EXPECT_EQ(request("GET", base + "/call/three").status, 404u);
  EXPECT_EQ(request("POST", base + "/twilio/voice", "To=x").status, 404u);
  for (const std::string line : {"one", "two"}) {
    SignalTestPeer peer{where, "/signal/" + line};
    ASSERT_TRUE(peer.connected());
    const auto welcome = peer.wait("welcome");
    ASSERT_TRUE(welcome);
    EXPECT_EQ(text_of(*welcome, "line"), line);
  }
  const std::string row = "line one  " + base + "/call/one";
  EXPECT_TRUE(wait_for([&] { return server->out().find(row) != std::string::npos; }))
      << server->out();
}

TEST_F(BrowserLinesTest, WhoMayCall) {
  const std::string advice =
      "\n  put a secret into a file .env, JACKFIELD_TOKEN_SECRET=... (openssl rand -hex 32 makes "
      "one), and give callers tokens: jackfield token";
  const std::string danger =
      " would let anybody who finds the address call: JACKFIELD_TOKEN_SECRET is not set, so "
      "callers from browsers cannot be checked" +
      advice + "\n  or add --insecure if you want it open to everybody, or stay on 127.0.0.1\n";
  EXPECT_EQ(error({"--listen", "0.0.0.0:0"}), "jackfield: listening on 0.0.0.0:0" + danger);
  EXPECT_EQ(error({"--public-url", "https://x.example"}), "jackfield: --public-url" + danger);
  EXPECT_EQ(error({"--insecure"}, {{"JACKFIELD_TOKEN_SECRET", kSecret}}),
            "jackfield: --insecure and JACKFIELD_TOKEN_SECRET contradict each other: callers are "
            "checked, or not\n"
            "  leave --insecure out, or set JACKFIELD_TOKEN_SECRET to nothing "
            "(JACKFIELD_TOKEN_SECRET= jackfield run ...)\n");
  EXPECT_EQ(
      error({"--require-token"}),
      "jackfield: --require-token needs JACKFIELD_TOKEN_SECRET, with which tokens are signed" +
          advice + "\n");
  EXPECT_EQ(error({"--listen", "127.0.0.1:0"}, {{"JACKFIELD_TOKEN_SECRET", "short"}}),
            "jackfield: JACKFIELD_TOKEN_SECRET is too short to be a secret: at least 16 characters "
            "(openssl rand -hex 32 makes one)\n");
}

TEST_F(BrowserLinesTest, ServersForIce) {
  EXPECT_EQ(error({"--ice-server", "turn:127.0.0.1"}),
            "jackfield: a TURN server gives relays only to who has credentials, and none are set\n"
            "  write TURN_SECRET=... (coturn's static-auth-secret), or TURN_USER=... and "
            "TURN_PASSWORD=..., into a file .env\n");
  EXPECT_EQ(error({"--relay-only", "--ice-server", "stun:127.0.0.1"}),
            "jackfield: --relay-only needs a TURN server: --ice-server turn:HOST:PORT\n");
  EXPECT_EQ(error({"--ice-server", "http://x"}).find("jackfield: 'http://x' is no ICE server: "),
            0u);
  EXPECT_EQ(error({"--media-ports", "7-5"}),
            "jackfield: '7-5' is no range of ports for --media-ports; it looks like 40000-40100\n");
  EXPECT_EQ(error({"--media-address", "here"}),
            "jackfield: 'here' is no numeric address for --media-address; it looks like 192.0.2.7 "
            "or ::1\n");
  folder.write("jackfield.conf",
               "[server]\nice-servers=stun:127.0.0.1, turn\nmedia-ports=x\n[line a]\n"
               "pipeline=browser.gst\n");
  const Result result = run_jackfield(folder, {"check", "jackfield.conf"});
  EXPECT_EQ(result.code, 2);
  EXPECT_EQ(result.err.find("jackfield.conf:2:13: 'turn' is no ICE server: "), 0u) << result.err;
  EXPECT_NE(result.err.find("\njackfield.conf:3:13: 'x' is no range of ports for 'media-ports'\n"),
            std::string::npos)
      << result.err;
}

TEST_F(BrowserLinesTest, ATokenOpensItsLine) {
  serve(std::string{"require-token=true\n"} + kTwoLines, {}, {{"JACKFIELD_TOKEN_SECRET", kSecret}});
  const std::string token =
      issue_token(Secret{kSecret}, {.line = "one", .expires = g_get_real_time() / 1000000 + 60});
  SignalTestPeer without{where, "/signal/one"};
  without.send(R"({"type":"join","room":"r"})");
  const auto refused = without.wait("error");
  ASSERT_TRUE(refused);
  EXPECT_EQ(text_of(*refused, "code"), "unauthorized");
  SignalTestPeer other{where, "/signal/two"};
  other.send(R"({"type":"join","room":"r","token":")" + token + "\"}");
  EXPECT_TRUE(other.wait("error"));
  SignalTestPeer peer{where, "/signal/one"};
  peer.send(R"({"type":"join","room":"r","token":")" + token + "\"}");
  EXPECT_TRUE(peer.wait("joined"));
}

TEST_F(BrowserLinesTest, CredentialsOfTurnAreForWhoHasJoined) {
  // Nobody answers there, which is told of.
  serve(std::string{"require-token=true\nice-servers=turn:127.0.0.1:9, stun:127.0.0.1:9\n"} +
            kTwoLines,
        {}, {{"JACKFIELD_TOKEN_SECRET", kSecret}, {"TURN_SECRET", "a secret of both"}});
  SignalTestPeer peer{where, "/signal/one"};
  const auto welcome = peer.wait("welcome");
  ASSERT_TRUE(welcome);
  for (const JsonValue& ice : welcome->find("iceServers")->items)
    EXPECT_FALSE(ice.find("credential"));
  const std::string token =
      issue_token(Secret{kSecret}, {.line = "one", .expires = g_get_real_time() / 1000000 + 60});
  peer.send(R"({"type":"join","room":"r","token":")" + token + "\"}");
  const auto joined = peer.wait("joined");
  ASSERT_TRUE(joined);
  const auto& servers = joined->find("iceServers")->items;
  ASSERT_EQ(servers.size(), 2u);
  // Until after the longest call.
  EXPECT_GT(g_ascii_strtoll(text_of(servers[0], "username").c_str(), nullptr, 10),
            g_get_real_time() / 1000000 + 14400);
  EXPECT_EQ(text_of(servers[0], "credential").size(), 28u);
  ASSERT_TRUE(events.wait("warning"));
  EXPECT_EQ(events.named("warning").front().text("text").find("TURN server turn:127.0.0.1:9"), 0u);
  EXPECT_EQ(server->err().find("a secret of both"), std::string::npos);
}

TEST_F(BrowserLinesTest, LimitsCountTelephonesAndBrowsersTogether) {
  serve(std::string{"max-calls=1\n"} + kBoth);
  const auto call = phone_call();
  ASSERT_TRUE(events.wait("twilio/call-started"));
  SignalTestPeer peer{where, "/signal/one"};
  peer.join();
  peer.send(kOffer);
  const auto busy = peer.wait("error");
  ASSERT_TRUE(busy);
  EXPECT_EQ(text_of(*busy, "code"), "busy");
  ASSERT_TRUE(events.wait("refused"));
  EXPECT_EQ(events.named("refused").front().text("text"),
            "no place for one more call to the line 'one' (max-calls)");
}

TEST_F(BrowserLinesTest, NobodyNewWhileStopping) {
  serve(kBoth);
  const auto call = phone_call();
  ASSERT_TRUE(events.wait("twilio/call-started"));
  server->signal(SIGTERM);
  ASSERT_TRUE(events.wait("stopping"));
  SignalTestPeer peer{where, "/signal/one"};
  ASSERT_TRUE(peer.connected());
  peer.send(R"({"type":"join","room":"r"})");
  const auto busy = peer.wait("error");
  ASSERT_TRUE(busy);
  EXPECT_EQ(text_of(*busy, "code"), "busy");
  call->close();
  EXPECT_EQ(server->wait(), 0) << server->err();
}

TEST_F(BrowserLinesTest, AWordBehindAnOptionThatMayBeRepeatedIsNoValueOfIt) {
  for (const char* option : {"--media-address", "--ice-server"}) {
    const std::string value = option == std::string{"--ice-server"} ? "stun:127.0.0.1:1" : "::1";
    const std::string told = error({option, value, option, value, "NOBODY=1"});
    EXPECT_NE(told.find("NOBODY"), std::string::npos) << told;
    EXPECT_EQ(told.find(option), std::string::npos) << told;
  }
}

}  // namespace
}  // namespace jackfield::webrtc
