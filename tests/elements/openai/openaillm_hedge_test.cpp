// openaillm: a request that is slow to be answered is sent once more.
#include "llm_fixture.hpp"

namespace {

using test_support::BothApis;
using test_support::OpenAiLlmTest;
using testing::HasSubstr;
using testing::IsEmpty;

INSTANTIATE_TEST_SUITE_P(Api, BothApis, testing::Values("chat", "responses"),
                         [](const auto& test) { return std::string(test.param); });

constexpr gint64 kStall = 30;  // seconds, of the requests that must not be waited for
constexpr char kHedged[] = "hedge-after=50000000 ";

class Watch {
 public:
  gint64 seconds() const { return (g_get_monotonic_time() - began_) / G_TIME_SPAN_SECOND; }

 private:
  gint64 began_ = g_get_monotonic_time();
};

TEST_P(BothApis, TheSecondAnswersForAFirstThatStalls) {
  server().script(R"({"delay_ms":30000})");
  start(api(kHedged));
  const Watch watch;
  EXPECT_EQ(said(1, "Hello?"), "You said: Hello?");
  EXPECT_LT(watch.seconds(), kStall);
  EXPECT_TRUE(server().cancelled(0));
  const auto asked = server().requests();
  ASSERT_EQ(asked.size(), 2u);
  EXPECT_FALSE(asked[1].find("cancelled"));
  EXPECT_EQ(stat("requests"), 1u);
  EXPECT_EQ(stat("hedges"), 1u);
  EXPECT_EQ(stat("hedges-won"), 1u);
  EXPECT_GE(stat("first-token-latency"), 50'000'000u);
  EXPECT_THAT(errors(), IsEmpty());
  // The call goes on as ever.
  EXPECT_EQ(said(2, "And now?"), "You said: And now?");
  EXPECT_EQ(stat("hedges"), 1u);
}

TEST_P(BothApis, AnAnswerThatStallsBehindItsHeadIsNoAnswerYet) {
  server().script(R"({"hang_after":1})");
  start(api(kHedged));
  const Watch watch;
  EXPECT_EQ(said(1, "Hello?"), "You said: Hello?");
  EXPECT_LT(watch.seconds(), 15);
  EXPECT_TRUE(server().cancelled(0));
  EXPECT_EQ(stat("hedges-won"), 1u);
}

TEST_P(BothApis, TheFirstMayStillWin) {
  server().script(R"({"delay_ms":400,"text":"I am the first."},{"delay_ms":30000})");
  start(api(kHedged));
  const Watch watch;
  EXPECT_EQ(said(1, "Hello?"), "I am the first.");
  EXPECT_LT(watch.seconds(), kStall);
  EXPECT_TRUE(server().cancelled(1));
  EXPECT_EQ(stat("hedges"), 1u);
  EXPECT_EQ(stat("hedges-won"), 0u);
}

TEST_P(BothApis, AToolCallIsAnAnswer) {
  server().script(R"({"delay_ms":30000},{"tool_calls":[{"name":"weather","arguments":{}}]},
                     {"delay_ms":300})");
  start(api(kHedged));
  EXPECT_THAT(said(1, "Weather?"), HasSubstr("no tool of that name"));
  // The second round of the same reply is not hedged again.
  EXPECT_EQ(stat("hedges"), 1u);
  EXPECT_EQ(server().requests().size(), 3u);
}

TEST_P(BothApis, WhenBothFailItIsOneFailure) {
  server().script(R"({"delay_ms":400,"status":500,"error":"first"},
                     {"status":500,"error":"second"})");
  start(api(std::string(kHedged) + "max-retries=0"));
  EXPECT_THAT(said(1, "Hello?"), HasSubstr("I am sorry"));
  const auto all = errors();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].cause, "server");
  EXPECT_THAT(all[0].text, HasSubstr("first"));
  EXPECT_EQ(stat("hedges"), 1u);
  EXPECT_EQ(stat("failed"), 1u);
}

TEST_P(BothApis, OneFailureIsNone) {
  for (const char* first :
       {R"({"delay_ms":300,"status":500,"error":"oops"})", R"({"delay_ms":300,"error_after":0})",
        R"({"delay_ms":300,"cut_after":0})"}) {
    server().script(std::string(first) + R"(,{"delay_ms":600})");
    start(api(std::string(kHedged) + "max-retries=0"));
    EXPECT_EQ(said(1, "Hello?"), "You said: Hello?") << first;
    EXPECT_THAT(errors(), IsEmpty()) << first;
    EXPECT_EQ(stat("hedges-won"), 1u) << first;
    TearDown();
    harness_ = nullptr;
  }
}

TEST_P(BothApis, AFlushEndsBoth) {
  server().script(R"({"delay_ms":60000},{"delay_ms":60000})");
  start(api(kHedged));
  std::thread caller([&] { turn(1, "Hello?"); });
  while (server().requests(path()).size() < 2) g_usleep(5'000);
  const Watch watch;
  flush();
  caller.join();
  EXPECT_LT(watch.seconds(), 15);
  EXPECT_TRUE(server().cancelled(0));
  EXPECT_TRUE(server().cancelled(1));
  heard(1, "");
  EXPECT_EQ(said(2, "And now?"), "You said: And now?");
  EXPECT_THAT(errors(), IsEmpty());
}

TEST_P(BothApis, AFlushBeforeTheSecond) {
  server().script(R"({"delay_ms":60000})");
  start(api("hedge-after=30000000000"));
  std::thread caller([&] { turn(1, "Hello?"); });
  while (server().requests(path()).empty()) g_usleep(5'000);
  const Watch watch;
  flush();
  caller.join();
  EXPECT_LT(watch.seconds(), 15);
  EXPECT_TRUE(server().cancelled(0));
  EXPECT_EQ(stat("hedges"), 0u);
}

TEST_F(OpenAiLlmTest, AnOutageIsNotDoubled) {
  start(std::string(kHedged) + "max-retries=0");
  for (guint id = 1; id <= 6; ++id) {
    // Slow for everybody: the second is no faster.
    server().script(id <= 3 ? R"({"delay_ms":200},{"delay_ms":200})" : R"({"delay_ms":200})");
    EXPECT_EQ(said(id, "Hello?"), "You said: Hello?");
  }
  EXPECT_EQ(stat("hedges"), 3u);
  EXPECT_EQ(stat("hedges-withheld"), 3u);
  EXPECT_EQ(server().requests().size(), 9u);
}

TEST_F(OpenAiLlmTest, NotBesideARetry) {
  server().script(R"({"status":503,"headers":{"retry-after-ms":"1500"}})");
  start("hedge-after=1000000000 ");
  EXPECT_EQ(said(1, "Hello?"), "You said: Hello?");
  EXPECT_EQ(stat("retries"), 1u);
  EXPECT_EQ(stat("hedges"), 0u);
  EXPECT_EQ(server().requests().size(), 2u);
}

TEST_F(OpenAiLlmTest, WithoutHedgingASlowAnswerIsWaitedFor) {
  server().script(R"({"delay_ms":300})");
  start();
  EXPECT_EQ(said(1, "Hello?"), "You said: Hello?");
  EXPECT_EQ(server().requests().size(), 1u);
  EXPECT_EQ(stat("hedges"), 0u);
  EXPECT_EQ(stat("hedges-withheld"), 0u);
}

}  // namespace
