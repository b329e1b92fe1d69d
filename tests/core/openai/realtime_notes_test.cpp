// What the model is told and nobody has said, in virtual time.
#include "realtime_call_fixture.hpp"

namespace openai::realtime {
namespace {

using testing::SizeIs;

class RealtimeNotesTest : public RealtimeCallTest {
 protected:
  void tell(const char* text, bool speak) {
    Outcome out;
    EXPECT_TRUE(call.tell(text, speak, now, out));
    take(std::move(out));
  }
  void wait(uint64_t ms) {
    const uint64_t until = now + ms * kMs;
    while (call.next_deadline() <= until) {
      now = std::max(now + kMs, call.next_deadline());
      take(call.check(now));
    }
    now = until;
    take(call.check(now));
  }
  void forget() {
    sent.clear();
    texts.clear();
  }
};

TEST_F(RealtimeNotesTest, ItGoesIntoTheConversationAtOnce) {
  ready();
  forget();
  tell("The task is done.", false);
  ASSERT_THAT(sent, ElementsAre("conversation.item.create"));
  EXPECT_THAT(texts[0], HasSubstr("(Note: The task is done.)"));
  EXPECT_THAT(texts[0], HasSubstr(R"("role":"user")"));
  ASSERT_THAT(of(Notice::Kind::kNote), SizeIs(1));
  EXPECT_FALSE(of(Notice::Kind::kNote)[0].flag);
  wait(5000);
  EXPECT_THAT(sent, SizeIs(1));
}

TEST_F(RealtimeNotesTest, BeforeTheSessionStandsItIsToldWithTheGreeting) {
  speak_first = true;
  call = make();
  tell("The caller is Anna.", false);
  ready();
  EXPECT_THAT(sent, ElementsAre("session.update", "conversation.item.create", "response.create"));
}

TEST_F(RealtimeNotesTest, TheModelSpeaksOfItWhenNobodyHasTheWord) {
  ready();
  forget();
  tell("The task is done.", true);
  EXPECT_THAT(sent, IsEmpty());
  wait(2000);
  EXPECT_THAT(sent, ElementsAre("conversation.item.create", "response.create"));
  response("r1", "a1", 100);
  play();
  hear_all();
  ASSERT_THAT(of(Notice::Kind::kReply), SizeIs(1));
  EXPECT_EQ(of(Notice::Kind::kReply)[0].turn_id, 1u);
  ASSERT_THAT(of(Notice::Kind::kTurn), SizeIs(1));
  EXPECT_TRUE(of(Notice::Kind::kTurn)[0].typed);
  wait(5000);
  EXPECT_THAT(sent, SizeIs(2));  // once
}

TEST_F(RealtimeNotesTest, AReplyIsHeardToItsEndFirst) {
  ready();
  response("r1", "a1", 1000);
  forget();
  tell("The task is done.", true);
  wait(1500);
  EXPECT_THAT(sent, IsEmpty());
  play();
  hear_all();
  wait(1500);
  EXPECT_THAT(sent, ElementsAre("conversation.item.create", "response.create"));
}

TEST_F(RealtimeNotesTest, ACallerWhoSpeaksFirstGetsItWithTheAnswer) {
  ready();
  forget();
  tell("The task is done.", true);
  call.input_sent(8000, now);
  event({.kind = Kind::kSpeechStarted, .item_id = "u1", .ms = 900});
  EXPECT_THAT(sent, ElementsAre("conversation.item.create"));
  now += 900 * kMs;
  event({.kind = Kind::kSpeechStopped, .item_id = "u1", .ms = 1400});
  response("r1", "a1", 100);
  play();
  hear_all();
  wait(5000);
  EXPECT_THAT(sent, ElementsAre("conversation.item.create"));
}

TEST_F(RealtimeNotesTest, ANewSessionKnowsItAndSpeaksOfIt) {
  ready();
  tell("Earlier.", false);
  tell("The task is done.", true);
  take(call.disconnected(now));
  forget();
  ready();
  EXPECT_THAT(texts, Contains(HasSubstr("(Note: Earlier.)")));
  EXPECT_THAT(texts, Contains(HasSubstr("(Note: The task is done.)")));
  forget();
  wait(2000);
  EXPECT_THAT(sent, ElementsAre("response.create"));
}

TEST_F(RealtimeNotesTest, ThereIsABound) {
  Outcome out;
  unsigned taken = 0;
  while (taken < 1000 && call.tell("x", true, now, out)) ++taken;
  EXPECT_EQ(taken, 32u);
}

}  // namespace
}  // namespace openai::realtime
