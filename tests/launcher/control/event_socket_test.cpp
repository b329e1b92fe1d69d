// The event socket over real connections: what its readers are told, and what they may not do to
// it or to each other.
#include "control/event_socket.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "../command/jackfield_process.hpp"
#include "../webrtc/signal_test_peer.hpp"
#include "control/event_feed.hpp"
#include "json_members.hpp"
#include "websocket_framing.hpp"

namespace jackfield {
namespace {

using test::RawSignalPeer;
using test::SignalTestPeer;
using test::text_of;
using test::wait_for;
using testing::HasSubstr;

constexpr std::uint64_t kMs = 1'000'000;
constexpr char kAll[] = R"({"type":"subscribe"})";

JsonObjectPtr object_with(const char* member, const std::string& text) {
  JsonObjectPtr object{json_object_new()};
  json_object_set_string_member(object.get(), member, text.c_str());
  return object;
}

class EventSocketTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { gst_init(nullptr, nullptr); }

  void open(const std::string& token = "", EventSocket::Config config = {}) {
    access.emplace(ApiAccess::Config{
        .token = Secret{token}, .exposed = false, .public_url = {}, .refused = {}});
    events.emplace(server, *access, directory, config);
    feed.emplace(
        *events, directory, latencies, [] { return object_with("name", "a server"); },
        EventFeed::Intervals{.latency = 50, .server = 80});
    std::string error;
    ASSERT_TRUE(server.listen(address, error)) << error;
    where = address.text();
  }

  std::unique_ptr<SignalTestPeer> connect(const std::string& origin = {}) {
    return std::make_unique<SignalTestPeer>(
        where, kEventPath, SignalTestPeer::Options{.origin = origin, .protocol = kEventProtocol});
  }
  std::unique_ptr<SignalTestPeer> subscribed(const std::string& message = kAll) {
    auto peer = connect();
    peer->send(message);
    EXPECT_TRUE(peer->wait("subscribed"));
    return peer;
  }
  // The next event of this name.
  static std::optional<JsonValue> event(SignalTestPeer& peer, std::string_view name) {
    while (auto message = peer.wait("event")) {
      if (text_of(*message, "event") == name) return message;
    }
    return std::nullopt;
  }
  void publish(const std::string& text, EventKind kind = EventKind::kWarning) {
    events->publish(kind, "one", "support", object_with("text", text));
  }

  HttpServer server{{.connections = 200, .per_address = 200}};
  ListenAddress address{.host = "127.0.0.1", .port = 0};
  std::string where;
  std::optional<ApiAccess> access;
  SessionDirectory directory;
  LatencyMonitor latencies;
  std::optional<EventSocket> events;
  std::optional<EventFeed> feed;
};

TEST_F(EventSocketTest, TheSessionsThereAreAndWhatHappensThen) {
  open();
  directory.add_line({.name = "support", .scenario = "agent.gst", .kind = "phone"});
  directory.opened("one", "support", "");
  auto peer = connect();
  EXPECT_EQ(peer->protocol(), kEventProtocol);
  peer->send(kAll);
  const auto first = peer->wait("subscribed");
  ASSERT_TRUE(first);
  const JsonValue* sessions = first->find("sessions");
  ASSERT_TRUE(sessions && sessions->items.size() == 1);
  EXPECT_EQ(text_of(sessions->items[0], "id"), "one");
  EXPECT_EQ(events->readers(), 1u);

  directory.opened("two", "support", "");
  const auto opened = event(*peer, "session-opened");
  ASSERT_TRUE(opened);
  EXPECT_EQ(text_of(*opened, "session"), "two");
  EXPECT_EQ(text_of(*opened, "line"), "support");
  EXPECT_THAT(text_of(*opened, "at"), HasSubstr("Z"));
  ASSERT_TRUE(opened->find("data"));
  EXPECT_EQ(text_of(*opened->find("data"), "scenario"), "agent.gst");
  directory.running("two");
  EXPECT_TRUE(event(*peer, "session-running"));
  directory.ending("two", "hang-up");
  EXPECT_TRUE(event(*peer, "session-changed"));
  directory.closed({.id = "two", .reason = "hang-up", .was_call = true});
  const auto ended = event(*peer, "session-ended");
  ASSERT_TRUE(ended);
  EXPECT_EQ(text_of(*ended->find("data"), "state"), "ended");
}

TEST_F(EventSocketTest, WhatHappensInACall) {
  open();
  directory.opened("one", "support", "");
  auto peer = subscribed();
  const auto tell = [&](const char* message, const std::optional<CallEvent>& what) {
    const gstpp::StructurePtr structure{gst_structure_new_from_string(message)};
    directory.message("one", *structure, what, 0);
  };
  tell("agentbrain/transcript", CallerSaid{.turn_id = 1, .text = "my name is"});
  const auto interim = event(*peer, "transcript");
  ASSERT_TRUE(interim);
  EXPECT_EQ(text_of(*interim->find("data"), "who"), "caller");
  EXPECT_FALSE(true_member(*interim->find("data"), "final"));
  tell("agentbrain/transcript",
       CallerSaid{.turn_id = 1, .text = "my name is <script>", .is_final = true});
  const auto said = event(*peer, "transcript");
  ASSERT_TRUE(said);
  EXPECT_EQ(text_of(*said->find("data"), "text"), "my name is <script>");
  tell("agentbrain/turn", TurnLatency{.turn_id = 1, .stt = 100 * kMs, .total = 900 * kMs});
  const auto turn = event(*peer, "turn");
  ASSERT_TRUE(turn);
  EXPECT_EQ(number_member(*turn->find("data"), "total"), 900);
  tell("agentbrain/interrupted", Interrupted{.turn_id = 1, .heard = "Hello", .confirmed = true});
  const auto interrupted = event(*peer, "interrupted");
  ASSERT_TRUE(interrupted);
  EXPECT_EQ(text_of(*interrupted->find("data"), "heard"), "Hello");
  tell("agentbrain/resumed", Resumed{.turn_id = 1});
  EXPECT_TRUE(event(*peer, "resumed"));
  tell("openaillm/tool-call", ToolCall{.turn_id = 2, .name = "weather", .arguments = "{}"});
  const auto call = event(*peer, "tool-call");
  ASSERT_TRUE(call);
  EXPECT_EQ(text_of(*call->find("data"), "name"), "weather");
  tell("agentbrain/state,state=(string)listening", std::nullopt);
  const auto state = event(*peer, "state");
  ASSERT_TRUE(state);
  EXPECT_EQ(text_of(*state->find("data"), "state"), "listening");
  tell("openaillm/error", StageError{.stage = "llm", .text = "no answer"});
  const auto error = event(*peer, "error");
  ASSERT_TRUE(error);
  EXPECT_EQ(text_of(*error->find("data"), "stage"), "llm");
  directory.warning("one", "a warning");
  EXPECT_TRUE(event(*peer, "warning"));
}

TEST_F(EventSocketTest, LatenciesAndTheServerFromTimeToTime) {
  open();
  auto peer = subscribed(R"({"type":"subscribe","events":["latency","server"]})");
  latencies.add("support", {.turn_id = 1, .total = 900 * kMs});
  const auto latency = event(*peer, "latency");
  ASSERT_TRUE(latency);
  EXPECT_EQ(latency->find("session"), nullptr);
  const JsonValue* lines = latency->find("data")->find("lines");
  ASSERT_TRUE(lines && lines->items.size() == 1);
  EXPECT_EQ(number_member(lines->items[0].find("stages")->items[0], "current"), 900);
  EXPECT_TRUE(event(*peer, "server"));
}

TEST_F(EventSocketTest, OnlyWhatIsWanted) {
  open();
  EXPECT_FALSE(events->wanted(EventKind::kTurn, "one"));
  auto peer = subscribed(R"({"type":"subscribe","sessions":["one"],"events":["warning","level"]})");
  EXPECT_TRUE(events->wanted(EventKind::kWarning, "one"));
  EXPECT_TRUE(events->wanted(EventKind::kLevel, "one"));
  EXPECT_FALSE(events->wanted(EventKind::kWarning, "two"));
  EXPECT_FALSE(events->wanted(EventKind::kTurn, "one"));
  events->publish(EventKind::kWarning, "two", "support", object_with("text", "of another"));
  publish("of another kind", EventKind::kError);
  publish("wanted");
  const auto first = peer->wait("event");
  ASSERT_TRUE(first);
  EXPECT_EQ(text_of(*first->find("data"), "text"), "wanted");
  // A subscription may be changed.
  peer->send(R"({"type":"subscribe","sessions":"all","events":["error"]})");
  ASSERT_TRUE(peer->wait("subscribed"));
  EXPECT_TRUE(events->wanted(EventKind::kError, "two"));
  EXPECT_FALSE(events->wanted(EventKind::kWarning, "one"));
  peer->close();
  EXPECT_TRUE(wait_for([&] { return events->connections() == 0; }));
  EXPECT_FALSE(events->wanted(EventKind::kError, "two"));
}

TEST_F(EventSocketTest, ASourceNeedsNoLine) {
  open();
  directory.opened("one", "support", "");
  auto peer = subscribed(R"({"type":"subscribe","sessions":["one"],"events":["level"]})");
  events->publish(EventKind::kLevel, "one", object_with("text", "a level"));
  const auto level = event(*peer, "level");
  ASSERT_TRUE(level);
  EXPECT_EQ(text_of(*level, "line"), "support");
  events->publish(EventKind::kLevel, "gone", object_with("text", "a level"));
}

TEST_F(EventSocketTest, ATokenIsToldInTheFirstMessage) {
  open("a token of some length");
  auto wrong = connect();
  ASSERT_TRUE(wrong->connected());
  wrong->send(R"({"type":"subscribe","token":"a guess"})");
  const auto refused = wrong->wait("error");
  ASSERT_TRUE(refused);
  EXPECT_EQ(text_of(*refused->find("error"), "code"), "token-wrong");
  EXPECT_TRUE(wrong->wait_closed());
  EXPECT_EQ(wrong->close_code(), kClosePolicyViolation);
  auto missing = connect();
  missing->send(kAll);
  EXPECT_TRUE(missing->wait("error"));
  EXPECT_TRUE(missing->wait_closed());

  auto right = subscribed(R"({"type":"subscribe","token":"a token of some length"})");
  publish("for those who know it");
  EXPECT_TRUE(event(*right, "warning"));
  // From then on it need not be told again.
  right->send(kAll);
  EXPECT_TRUE(right->wait("subscribed"));
}

TEST_F(EventSocketTest, WrongTokensMayNotBeTriedAtWill) {
  open("a token of some length");
  std::string code;
  for (int i = 0; i < 40 && code != "too-many-wrong-tokens"; ++i) {
    auto peer = connect();
    peer->send(R"({"type":"subscribe","token":"guess )" + std::to_string(i) + "\"}");
    const auto refused = peer->wait("error");
    ASSERT_TRUE(refused);
    code = text_of(*refused->find("error"), "code");
  }
  EXPECT_EQ(code, "too-many-wrong-tokens");
  // Who knows it does not wait behind somebody who guesses.
  subscribed(R"({"type":"subscribe","token":"a token of some length"})");
}

TEST_F(EventSocketTest, PagesOfOthersAreRefused) {
  open();
  EXPECT_EQ(connect("https://evil.example.com")->status(), 403u);
  EXPECT_EQ(connect("null")->status(), 403u);
  EXPECT_TRUE(connect("http://" + where)->connected());
}

TEST_F(EventSocketTest, WhatIsNoWebSocketGetsAnAnswer) {
  open();
  const SignalTestPeer other{where, kEventPath, SignalTestPeer::Options{.protocol = "chat"}};
  EXPECT_EQ(other.status(), 400u);
}

TEST_F(EventSocketTest, MistakesAreToldAndEndIt) {
  open();
  auto other = subscribed();
  for (const char* text :
       {"", "{", "[]", R"({"type":"dance"})", R"({"type":"subscribe","events":["tern"]})",
        R"({"type":"subscribe","session":"all"})"}) {
    auto peer = connect();
    peer->send(text);
    EXPECT_TRUE(peer->wait("error")) << text;
    EXPECT_TRUE(peer->wait_closed()) << text;
  }
  publish("the others are still told");
  EXPECT_TRUE(event(*other, "warning"));
}

TEST_F(EventSocketTest, AGiantFirstMessageIsRefused) {
  open();
  RawSignalPeer peer{where, kEventPath, kEventProtocol, "101 Switching"};
  peer.send_text(std::string(1'000'000, ' '));
  EXPECT_TRUE(wait_for([&] { return !peer.alive(); }));
  EXPECT_THAT(peer.received(), HasSubstr("too-long"));
  EXPECT_EQ(events->connections(), 0u);
}

TEST_F(EventSocketTest, WhoSaysNothingIsCutOff) {
  open("", {.subscribe_time = 300 * kMs});
  auto peer = connect();
  EXPECT_TRUE(peer->wait("error"));
  EXPECT_TRUE(peer->wait_closed());
  EXPECT_TRUE(wait_for([&] { return events->connections() == 0; }));
}

TEST_F(EventSocketTest, WhoAnswersNoPingIsCutOff) {
  open("", {.ping_interval = 200 * kMs, .silence = 1000 * kMs});
  RawSignalPeer silent{where, kEventPath, kEventProtocol, "101 Switching"};
  silent.send_text(kAll);
  auto other = subscribed();
  EXPECT_TRUE(wait_for([&] { return !silent.alive(); }));
  publish("who answers stays");
  EXPECT_TRUE(event(*other, "warning"));
}

TEST_F(EventSocketTest, SixtyFiveReaders) {
  open();
  std::vector<std::unique_ptr<SignalTestPeer>> peers;
  for (int i = 0; i < 64; ++i) peers.push_back(subscribed());
  EXPECT_EQ(events->readers(), 64u);
  EXPECT_EQ(connect()->status(), 503u);
  publish("for all");
  for (auto& peer : peers) EXPECT_TRUE(event(*peer, "warning"));
  peers.pop_back();
  EXPECT_TRUE(wait_for([&] { return events->readers() == 63; }));
  peers.push_back(subscribed());
}

// Connections that do not subscribe take no place of a reader.
TEST_F(EventSocketTest, ThoseWhoWaitKeepNobodyOut) {
  open("", {.max_readers = 3});
  std::vector<std::unique_ptr<SignalTestPeer>> waiting;
  for (int i = 0; i < 4; ++i) waiting.push_back(connect());
  auto first = subscribed();
  auto second = subscribed();
  EXPECT_EQ(connect()->status(), 503u);  // six connections at most
  waiting[0]->send(kAll);
  EXPECT_TRUE(waiting[0]->wait("subscribed"));
  waiting[1]->send(kAll);
  const auto full = waiting[1]->wait("error");
  ASSERT_TRUE(full);
  EXPECT_EQ(text_of(*full->find("error"), "code"), "too-many-readers");
  EXPECT_TRUE(waiting[1]->wait_closed());
}

// It reads nothing while far more comes than is kept; the others get all.
TEST_F(EventSocketTest, ASlowReaderLosesAndOthersDoNot) {
  open();
  auto quick = subscribed();
  RawSignalPeer slow{where, kEventPath, kEventProtocol, "101 Switching"};
  slow.send_text(kAll);
  ASSERT_TRUE(wait_for([&] { return events->readers() == 2; }));
  const std::string text(20'000, 'x');
  // Far more than the system keeps for a connection.
  constexpr int kRounds = 100, kAtOnce = 20;
  for (int round = 0; round < kRounds; ++round) {
    for (int i = 0; i < kAtOnce; ++i) publish(text);
    for (int i = 0; i < kAtOnce; ++i) ASSERT_TRUE(event(*quick, "warning")) << round;
  }
  std::size_t searched = 0;
  ASSERT_TRUE(wait_for([&] {
    slow.alive();
    const std::size_t from = std::exchange(searched, slow.received().size());
    return slow.received().find(R"({"type":"lost","count":)",
                                from - std::min<std::size_t>(from, 100)) != std::string::npos;
  }));
  EXPECT_GT(events->lost(), 0u);
  EXPECT_LT(events->lost(), static_cast<std::uint64_t>(kRounds * kAtOnce));
  // Nothing more comes until it has subscribed anew.
  const std::size_t before = slow.received().size();
  publish("not for the slow one");
  ASSERT_TRUE(event(*quick, "warning"));
  slow.alive();
  EXPECT_EQ(slow.received().find("not for the slow one"), std::string::npos);
  EXPECT_EQ(slow.received().find("subscribed", before), std::string::npos);
  slow.send_text(kAll);
  ASSERT_TRUE(wait_for([&] {
    slow.alive();
    return slow.received().find("subscribed", before) != std::string::npos;
  }));
  publish("for both");
  ASSERT_TRUE(wait_for([&] {
    slow.alive();
    return slow.received().find("for both", before) != std::string::npos;
  }));
}

TEST_F(EventSocketTest, WhoReadsNothingAtAllIsCutOff) {
  open("", {.slowest = 500 * kMs});
  RawSignalPeer dead{where, kEventPath, kEventProtocol, "101 Switching"};
  dead.send_text(kAll);
  ASSERT_TRUE(wait_for([&] { return events->readers() == 1; }));
  const std::string text(20'000, 'x');
  // It has to be told that it lost something, and does not even read that.
  for (int i = 0; i < 4000 && events->connections() > 0; ++i) {
    publish(text);
    wait_for([&] { return events->connections() == 0; }, 0.005);
  }
  EXPECT_TRUE(wait_for([&] { return events->connections() == 0; }));
}

TEST_F(EventSocketTest, SubscribingWithoutAnEndIsRefused) {
  open();
  auto peer = connect();
  for (int i = 0; i < 100; ++i) peer->send(kAll);
  EXPECT_TRUE(peer->wait("error"));
  EXPECT_TRUE(peer->wait_closed());
}

TEST_F(EventSocketTest, TheServerMayGoAway) {
  open();
  auto peer = subscribed();
  publish("something that waits");
  feed.reset();
  events.reset();
  EXPECT_TRUE(peer->wait_closed());
  EXPECT_EQ(peer->close_code(), kCloseGoingAway);
  EXPECT_EQ(connect()->status(), 404u);
}

}  // namespace
}  // namespace jackfield
