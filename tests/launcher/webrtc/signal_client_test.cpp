// The calling side against the real signalling, with calls that have no sound on either side.
#include "webrtc/signal_client.hpp"

#include <gtest/gtest.h>

#include "../command/jackfield_process.hpp"
#include "fake_call.hpp"
#include "webrtc/signal_entry.hpp"

namespace jackfield::webrtc {
namespace {

using test::FakeLine;
using test::wait_for;

// Offers, and keeps what it hears.
class FakeOffer final : public OfferingCall {
 public:
  FakeOffer(SignalPeer& signal, FakeOffer*& place) : peer(signal), place_(place) { place = this; }
  ~FakeOffer() override { place_ = nullptr; }
  void start_offer() override {
    peer.send({.type = Description::Type::kOffer, .sdp = "v=0"});
    peer.send({.candidate = "mine", .mid = "0", .line = 0});
  }
  void remote(const Description& description) override { heard.push_back(description.sdp); }
  void remote(const Candidate& candidate) override {
    heard.push_back(candidate.candidate.value_or("end"));
  }
  void hang_up(const std::string& reason) override { peer.call_ended(reason); }

  SignalPeer& peer;
  std::vector<std::string> heard;

 private:
  FakeOffer*& place_;
};

class SignalClientTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string error;
    ASSERT_TRUE(server.listen(address, error)) << error;
    open();
  }
  void open() {
    entry.emplace(server,
                  SignalEntry::Config{.lines = {"agent"}, .require_token = false, .limits = {}},
                  line.factory(), nullptr);
  }
  void call(const std::string& path = "/signal/agent", CallingSide::Config calling = {}) {
    calling.join.name = "Ann";
    client.emplace(
        SignalClient::Config{.url = "ws://" + address.text() + path, .calling = std::move(calling)},
        SignalClient::Callbacks{
            .make_call = [this](const std::string&, const std::string& peer, const std::string&,
                                SignalPeer& signal,
                                std::string& error) -> std::unique_ptr<OfferingCall> {
              who = peer;
              error = "no pipeline";
              return cannot ? nullptr : std::make_unique<FakeOffer>(signal, offer);
            },
            .event = [this](const EventMessage& event) { events.push_back(event.name); },
            .ended = [this](const CallingOutcome& end) { outcome = end; }});
  }
  bool answered() {
    return wait_for([&] { return offer && offer->heard.size() >= 2; });
  }

  HttpServer server;
  ListenAddress address{.host = "127.0.0.1", .port = 0};
  FakeLine line;
  std::optional<SignalEntry> entry;
  FakeOffer* offer = nullptr;
  std::string who;
  bool cannot = false;
  std::vector<std::string> events;
  std::optional<CallingOutcome> outcome;
  std::optional<SignalClient> client;
};

TEST_F(SignalClientTest, CallsAndHangsUp) {
  call();
  ASSERT_TRUE(answered());
  EXPECT_EQ(offer->heard, (std::vector<std::string>{"answer to v=0", "mine"}));
  EXPECT_EQ(line.calls.at(who)->request.name, "Ann");
  line.calls.at(who)->peer.send_event("transcript", "{}");
  EXPECT_TRUE(wait_for([&] { return !events.empty(); }));
  client->hang_up("enough");
  ASSERT_TRUE(wait_for([&] { return outcome.has_value(); }));
  EXPECT_FALSE(outcome->failed) << outcome->reason;
  EXPECT_TRUE(outcome->answered);
  EXPECT_FALSE(offer);
  EXPECT_TRUE(wait_for([&] { return line.destroyed == 1; }));
  EXPECT_TRUE(wait_for([&] { return entry->peers() == 0; }));
}

TEST_F(SignalClientTest, IsHungUp) {
  call();
  ASSERT_TRUE(answered());
  line.calls.at(who)->peer.call_ended("the agent is done");
  ASSERT_TRUE(wait_for([&] { return outcome.has_value(); }));
  EXPECT_FALSE(outcome->failed);
  EXPECT_EQ(outcome->reason, "the agent is done");
}

TEST_F(SignalClientTest, ComesBackToACallThatGoesOn) {
  call();
  ASSERT_TRUE(answered());
  entry->drop_connections();
  EXPECT_EQ(entry->connections(), 0U);
  EXPECT_TRUE(wait_for([&] { return entry->connections() == 1; }));
  offer->peer.send({.candidate = "later", .mid = "0", .line = 0});
  EXPECT_TRUE(wait_for([&] { return offer->heard.size() >= 3; }));
  EXPECT_EQ(offer->heard.back(), "later");
  EXPECT_EQ(line.started, 1);
  EXPECT_FALSE(outcome);
}

TEST_F(SignalClientTest, AServerThatHasStartedAnew) {
  call();
  ASSERT_TRUE(answered());
  entry.reset();
  open();
  ASSERT_TRUE(wait_for([&] { return outcome.has_value(); }));
  EXPECT_TRUE(outcome->failed);
  EXPECT_NE(outcome->reason.find("gone"), std::string::npos) << outcome->reason;
}

TEST_F(SignalClientTest, LinesThatAreNotThere) {
  call("/signal/nobody");
  ASSERT_TRUE(wait_for([&] { return outcome.has_value(); }));
  EXPECT_TRUE(outcome->failed);
  EXPECT_EQ(outcome->reason, "there is no such line");
}

TEST_F(SignalClientTest, ServersThatAreNone) {
  call("/call");
  ASSERT_TRUE(wait_for([&] { return outcome.has_value(); }));
  EXPECT_TRUE(outcome->failed);
  EXPECT_NE(outcome->reason.find("404"), std::string::npos) << outcome->reason;
}

TEST_F(SignalClientTest, ACallThatCannotBeMadeHere) {
  cannot = true;
  call();
  ASSERT_TRUE(wait_for([&] { return outcome.has_value(); }));
  EXPECT_TRUE(outcome->failed);
  EXPECT_EQ(outcome->reason, "no pipeline");
  EXPECT_TRUE(wait_for([&] { return entry->peers() == 0; }));
}

TEST_F(SignalClientTest, GoesWithoutAWord) {
  call();
  ASSERT_TRUE(answered());
  client.reset();
  EXPECT_FALSE(offer);
  EXPECT_TRUE(wait_for([&] { return entry->connections() == 0; }));
}

}  // namespace
}  // namespace jackfield::webrtc
