// What becomes of a call whose agent core misbehaves.
#include <fstream>
#include <sstream>
#include <thread>

#include "agent_core_fixture.hpp"

namespace {

using namespace test_support;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::string only_cause(const std::vector<ErrorMessage>& errors) {
  EXPECT_EQ(errors.size(), 1u);
  return errors.empty() ? "" : errors[0].cause;
}

TEST_F(AgentCoreLlmTest, ACoreThatIsNotThere) {
  core_.stop();
  start("connect-timeout=200000000");
  EXPECT_EQ(said(1, "Hello?"), kApology);
  // On a busy machine the time is over before the refusal has come.
  EXPECT_THAT(only_cause(errors()), testing::AnyOf("network", "timeout"));
  EXPECT_TRUE(reply_end());
  EXPECT_EQ(stat("failed"), 1u);
  // It comes later, and the call goes on.
  core_.start(core_.port());
  EXPECT_TRUE(wait([&] { return connected(); }));
  EXPECT_EQ(said(2, "And now?"), "You said: And now?");
}

TEST_F(AgentCoreLlmTest, ACoreThatDiesAndComesBackKnowsTheCall) {
  start();
  EXPECT_EQ(said(1, "One."), "You said: One.");
  heard(1, "You said:");
  const std::string session = core_.wait_for(kHasOpen).open().session_id();
  core_.stop();
  EXPECT_TRUE(wait([&] { return !connected(); }));
  core_.start(core_.port());
  const v1::Open open = core_.wait_for(kHasOpen, 2).open();
  EXPECT_TRUE(open.resumed());
  EXPECT_EQ(open.session_id(), session);
  ASSERT_EQ(open.history_size(), 2);
  EXPECT_EQ(open.history(0).text(), "One.");
  EXPECT_EQ(open.history(1).text(), "You said:");
  EXPECT_EQ(open.history(1).full_text(), "You said: One.");
  EXPECT_EQ(said(2, "Two."), "You said: Two.");
  EXPECT_THAT(errors(), IsEmpty());
  EXPECT_EQ(stat("connections"), 2u);
}

TEST_F(AgentCoreLlmTest, ACoreThatDiesBeforeItAnswersIsAskedAgain) {
  std::atomic<int> asked{0};
  core_.script([&](FakeCore::Stream& stream, const v1::ToCore& message) {
    if (!message.has_turn() || ++asked != 1) return false;
    stream.finish(grpc::StatusCode::UNAVAILABLE);
    return true;
  });
  start("connect-timeout=20000000000");
  EXPECT_EQ(said(1, "Hello?"), "You said: Hello?");
  EXPECT_TRUE(core_.wait_for(kHasTurn, 2).turn().again());
  EXPECT_THAT(errors(), IsEmpty());
  EXPECT_EQ(stat("asked-again"), 1u);
}

TEST_F(AgentCoreLlmTest, ACoreThatDiesInTheMiddleOfAnAnswer) {
  core_.script([](FakeCore::Stream& stream, const v1::ToCore& message) {
    if (!message.has_turn() || message.turn().turn_id() != 1) return false;
    stream.text(message.turn().request_id(), "The first sentence. And then the re");
    return true;
  });
  start();
  std::vector<std::string> pieces;
  std::thread caller([&] { pieces = turn(1, "Hello?"); });
  EXPECT_TRUE(wait([&] { return stat("first-piece-latency") > 0; }));
  core_.stop();
  caller.join();
  EXPECT_THAT(pieces, ElementsAre("The first sentence.", kApology));
  EXPECT_EQ(only_cause(errors()), "cut");
  core_.start(core_.port());
  EXPECT_TRUE(wait([&] { return connected(); }));
  EXPECT_EQ(said(2, "Still there?"), "You said: Still there?");
}

TEST_F(AgentCoreLlmTest, ACoreThatClosesInTheMiddleOfAnAnswer) {
  core_.script([](FakeCore::Stream& stream, const v1::ToCore& message) {
    if (!message.has_turn() || message.turn().turn_id() != 1) return false;
    stream.text(message.turn().request_id(), "The first sentence. And then the re");
    return true;
  });
  start();
  std::vector<std::string> pieces;
  std::thread caller([&] { pieces = turn(1, "Hello?"); });
  EXPECT_TRUE(wait([&] { return stat("first-piece-latency") > 0; }));
  core_.stream()->finish(grpc::StatusCode::OK);
  caller.join();
  EXPECT_THAT(pieces, ElementsAre("The first sentence.", kApology));
  const auto all = errors();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].cause, "cut");
  EXPECT_THAT(all[0].text, HasSubstr("ended the stream in the middle"));
  EXPECT_TRUE(wait([&] { return stat("connections") == 2; }));
  EXPECT_EQ(said(2, "Still there?"), "You said: Still there?");
}

TEST_F(AgentCoreLlmTest, TheReasonOfAnEndIsShownWhateverItsBytes) {
  core_.script([](FakeCore::Stream& stream, const v1::ToCore& message) {
    if (!message.has_turn()) return false;
    stream.text(message.turn().request_id(), "Well, ");
    stream.finish(grpc::StatusCode::INTERNAL, "no \xFF room");
    return true;
  });
  start();
  EXPECT_EQ(said(1, "Hello?"), kApology);
  const auto all = errors();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].text, "the agent core failed: no \xEF\xBF\xBD room");
}

TEST_F(AgentCoreLlmTest, ACoreThatDrips) {
  std::atomic<bool> over{false};
  std::thread dripping;
  core_.script([&](FakeCore::Stream& stream, const v1::ToCore& message) {
    if (!message.has_turn() || message.turn().turn_id() != 1) return false;
    dripping =
        std::thread([&, held = stream.shared_from_this(), request = message.turn().request_id()] {
          for (int i = 0; i < 1000 && !over; ++i) {
            held->text(request, i == 0 ? "x" : " ");
            g_usleep(50'000);
          }
        });
    return true;
  });
  start("text-timeout=1000000000");
  EXPECT_EQ(said(1, "Hello?"), kApology);
  over = true;
  dripping.join();
  EXPECT_EQ(only_cause(errors()), "timeout");
  EXPECT_EQ(said(2, "And now?"), "You said: And now?");
}

TEST_F(AgentCoreLlmTest, ACoreThatHangs) {
  core_.script([](FakeCore::Stream&, const v1::ToCore& message) {
    return message.has_turn() && message.turn().turn_id() == 1;
  });
  start("first-text-timeout=100000000");
  EXPECT_EQ(said(1, "Hello?"), kApology);
  EXPECT_EQ(only_cause(errors()), "timeout");
  EXPECT_EQ(core_.wait_for(kHasCancel).cancel().request_id(), 1u);
  EXPECT_TRUE(connected()) << "it answers pings";
  g_object_set(llm_.get(), "first-text-timeout", 30 * GST_SECOND, nullptr);
  EXPECT_EQ(said(2, "Hello?"), "You said: Hello?");
}

TEST_F(AgentCoreLlmTest, ACoreThatHangsInTheMiddle) {
  core_.script([](FakeCore::Stream& stream, const v1::ToCore& message) {
    if (!message.has_turn()) return false;
    stream.text(message.turn().request_id(), "The first sentence. And");
    return true;
  });
  start("text-timeout=100000000 apology=\"\"");
  EXPECT_THAT(turn(1, "Hello?"), ElementsAre("The first sentence."));
  EXPECT_EQ(only_cause(errors()), "timeout");
  EXPECT_TRUE(reply_end());
}

TEST_F(AgentCoreLlmTest, ACoreThatTakesNoCall) {
  core_.script([](FakeCore::Stream&, const v1::ToCore& message) { return message.has_open(); });
  start("connect-timeout=100000000");
  EXPECT_EQ(said(1, "Hello?"), kApology);
  EXPECT_EQ(only_cause(errors()), "timeout");
  core_.script(nullptr);
  EXPECT_TRUE(wait([&] { return connected(); }));
}

TEST_F(AgentCoreLlmTest, ACoreWithoutASignOfLifeIsReplacedByANewConnection) {
  core_.script([](FakeCore::Stream&, const v1::ToCore& message) { return message.has_ping(); });
  start("ping-interval=50000000");
  EXPECT_TRUE(core_.wait_for(kHasOpen, 2).open().resumed());
  core_.script(nullptr);
  EXPECT_TRUE(wait([&] { return connected(); }));
  EXPECT_GE(stat("cuts"), 1u);
}

TEST_F(AgentCoreLlmTest, ACoreThatFloods) {
  std::atomic<bool> flooding{true};
  core_.script([&](FakeCore::Stream& stream, const v1::ToCore& message) {
    if (!message.has_turn() || !flooding) return false;
    // More than a reply may have, and then much more.
    const std::string much(2000, 'x');
    for (int i = 0; i < 3000; ++i) stream.text(message.turn().request_id(), much + ". ");
    return true;
  });
  start();
  std::size_t bytes = 0;
  for (const auto& piece : turn(1, "Hello?")) bytes += piece.size();
  EXPECT_GT(bytes, 30'000u);
  EXPECT_LT(bytes, 40'000u);
  EXPECT_TRUE(reply_end());
  flooding = false;
  EXPECT_TRUE(wait([&] { return stat("connections") >= 2; })) << "it is cut";
  EXPECT_GE(stat("cuts"), 1u);
  EXPECT_EQ(said(2, "And now?"), "You said: And now?");
}

TEST_F(AgentCoreLlmTest, ACoreThatDoesNotRead) {
  core_.script([](FakeCore::Stream& stream, const v1::ToCore& message) {
    if (message.has_heard()) stream.stop_reading();
    return false;
  });
  start("ping-interval=60000000000");
  EXPECT_EQ(said(1, "Hello?"), "You said: Hello?");
  // More than all windows and queues on the way hold: it is noticed long before.
  const std::string much(30'000, 'x');
  bool cut = false;
  for (int i = 0; i < 2000 && !cut; ++i) {
    heard(1, much);
    cut = stat("cuts") > 0;
  }
  EXPECT_TRUE(cut);
}

TEST_F(AgentCoreLlmTest, ACoreThatTalksNonsense) {
  core_.script([](FakeCore::Stream& stream, const v1::ToCore& message) {
    if (!message.has_turn()) return false;
    stream.send_bytes("\xFF\xFF\xFF");
    stream.send_bytes(std::string("\x12\x06\x08\x01\x12\x02\xC3\x28", 8));  // no UTF-8
    stream.ready();
    stream.text(99, "of no turn");
    return false;
  });
  start();
  EXPECT_EQ(said(1, "Hello?"), "You said: Hello?");
  EXPECT_EQ(stat("malformed"), 4u);
  EXPECT_TRUE(connected());
  for (guint id = 2; id <= 5; ++id) turn(id, "Again.");
  turn(6, "Again.");
  EXPECT_TRUE(wait([&] { return stat("cuts") == 1; }));
}

TEST_F(AgentCoreLlmTest, AMessageThatIsTooLarge) {
  core_.script([](FakeCore::Stream& stream, const v1::ToCore& message) {
    if (!message.has_turn() || message.turn().turn_id() != 1) return false;
    stream.text(message.turn().request_id(), "Well. ");
    stream.text(message.turn().request_id(), std::string(10 * 1024 * 1024, 'x'));
    return true;
  });
  start();
  EXPECT_THAT(turn(1, "Hello?"), testing::Contains(kApology));
  EXPECT_EQ(only_cause(errors()), "protocol");
  EXPECT_TRUE(wait([&] { return connected(); }));
  EXPECT_EQ(said(2, "And now?"), "You said: And now?");
}

TEST_F(AgentCoreLlmTest, ACoreThatRefuses) {
  core_.expect_token("right-token-123");
  start("", "wrong-token-999");
  EXPECT_EQ(said(1, "Hello?"), kApology);
  const auto all = errors();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].cause, "key");
  EXPECT_FALSE(all[0].retryable);
  EXPECT_THAT(all[0].text, Not(HasSubstr("999")));
  gst_element_set_state(llm_.get(), GST_STATE_NULL);
  g_object_set(llm_.get(), "token", "right-token-123", nullptr);
  gst_element_set_state(llm_.get(), GST_STATE_PLAYING);
  gst_harness_set_src_caps_str(harness_, "text/x-raw, format=utf8");
  EXPECT_EQ(said(2, "Hello?"), "You said: Hello?");
}

TEST_F(AgentCoreLlmTest, ACoreThatCannotAnswerSaysSo) {
  core_.script([](FakeCore::Stream& stream, const v1::ToCore& message) {
    if (!message.has_turn()) return false;
    v1::FromCore error;
    error.mutable_error()->set_request_id(message.turn().request_id());
    error.mutable_error()->set_text("the model is not loaded");
    error.mutable_error()->set_retryable(true);
    stream.send(error);
    return true;
  });
  start();
  EXPECT_EQ(said(1, "Hello?"), kApology);
  const auto all = errors();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].cause, "server");
  EXPECT_EQ(all[0].text, "the model is not loaded");
  EXPECT_TRUE(all[0].retryable);
}

TEST_F(AgentCoreLlmTest, AnswersThatComeTooLateOrOutOfOrder) {
  core_.script([](FakeCore::Stream& stream, const v1::ToCore& message) {
    if (!message.has_turn() || message.turn().turn_id() != 2) return false;
    const std::uint64_t request = message.turn().request_id();
    stream.text(request - 1, "Late. ");
    stream.end(request - 1);
    stream.text(request, "In time.");
    stream.end(request);
    stream.text(request, "After the end.");
    return true;
  });
  start();
  turn(1, "One.");
  EXPECT_EQ(said(2, "Two."), "In time.");
  EXPECT_EQ(said(3, "Three."), "You said: Three.");
  EXPECT_EQ(stat("late"), 3u);
  EXPECT_TRUE(connected());
}

// SSL_CERT_FILE of the test's environment names trusted.pem.
class OverTls : public AgentCoreLlmTest {
 protected:
  void serve(const char* file) {
    const std::string path = std::string(g_getenv("JACKFIELD_SOURCE_DIR")) + "/tests/support/tls/";
    std::ifstream stream(path + file);
    std::stringstream text;
    text << stream.rdbuf();
    grpc::SslServerCredentialsOptions options;
    options.pem_key_cert_pairs.push_back({text.str(), text.str()});
    core_.stop();
    core_.start(0, grpc::SslServerCredentials(options));
  }
};

TEST_F(OverTls, ATrustedCoreIsSpokenTo) {
  serve("trusted.pem");
  core_.expect_token("right-token-123");
  start("tls=true connect-timeout=20000000000", "right-token-123");
  EXPECT_EQ(said(1, "Hello?"), "You said: Hello?");
}

TEST_F(OverTls, AStrangerIsNot) {
  serve("stranger.pem");
  start("tls=true connect-timeout=2000000000", "right-token-123");
  EXPECT_EQ(said(1, "Hello?"), kApology);
  const auto all = errors();
  ASSERT_EQ(all.size(), 1u);
  // On a busy machine the time is over before the handshake is.
  EXPECT_THAT(all[0].text, testing::AnyOf(HasSubstr("certificate verify failed"),
                                          HasSubstr("in time"), HasSubstr("cannot be reached")));
  EXPECT_THAT(core_.messages(), IsEmpty());
}

TEST_F(OverTls, NeitherIsOneThatHasNone) {
  start("tls=true connect-timeout=500000000", "right-token-123");
  EXPECT_EQ(said(1, "Hello?"), kApology);
  EXPECT_THAT(only_cause(errors()), testing::AnyOf("network", "timeout"));
  EXPECT_THAT(core_.messages(), IsEmpty());
}

TEST_F(OverTls, NorOneThatHasOneWithoutTls) {
  serve("trusted.pem");
  start("connect-timeout=500000000", "right-token-123");
  EXPECT_EQ(said(1, "Hello?"), kApology);
  EXPECT_THAT(only_cause(errors()), testing::AnyOf("network", "timeout"));
  EXPECT_THAT(core_.messages(), IsEmpty());
}

}  // namespace
