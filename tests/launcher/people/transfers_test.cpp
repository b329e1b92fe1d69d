// Transfers of telephone calls against a service that does everything it can do: whatever fails,
// the agent has the caller again, and is told what it can say.
#include <gmock/gmock.h>

#include "people_fixture.hpp"

namespace jackfield::test {
namespace {

using test_support::HttpPeer;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class TransfersTest : public PeopleTest {
 protected:
  // The person is called and has answered.
  void brief() {
    transfer();
    ASSERT_TRUE(was_asked("call"));
    EXPECT_THAT(webhook("", {}), HasSubstr("wants a table"));
  }
  // What the model is told of one transfer that failed, and that the caller is where he was.
  void expect_failure(const std::string& text) {
    EXPECT_THAT(answered(1), ElementsAre("c1: error: the transfer did not work: " + text +
                                         "; the caller is still with you"));
    EXPECT_TRUE(runs());
    for (const std::string& request : asked())
      EXPECT_FALSE(request.starts_with("caller ")) << request;
  }
  // Of a service that refuses the call to the person.
  void refuses(int status, const std::string& body) {
    rest = [status, body](const std::string&, HttpPeer& peer) { peer.answer(status, body); };
    begin();
    transfer();
  }
};

TEST_F(TransfersTest, ThePersonTakesTheCall) {
  begin();
  brief();
  EXPECT_THAT(webhook("/key", {{"Digits", "1"}}), HasSubstr("<Conference"));
  ASSERT_TRUE(was_asked("caller "));
  ASSERT_THAT(answered(1), ElementsAre(HasSubstr("anna has taken the call")));
  EXPECT_EQ(end_call(), "transferred");
}

TEST_F(TransfersTest, WhoIsBusy) {
  begin();
  transfer();
  ASSERT_TRUE(was_asked("call"));
  tell_status("busy");
  expect_failure("the line of anna is busy, or the call was declined");
}

TEST_F(TransfersTest, WhoDoesNotAnswer) {
  begin();
  transfer();
  ASSERT_TRUE(was_asked("call"));
  tell_status("no-answer");
  expect_failure("anna did not answer");
}

TEST_F(TransfersTest, WhoDeclinesByAKey) {
  begin();
  brief();
  EXPECT_THAT(webhook("/key", {{"Digits", "5"}}), HasSubstr("Goodbye"));
  expect_failure("anna cannot take the call now");
}

TEST_F(TransfersTest, VoiceMailPressesNoKey) {
  begin();
  brief();
  tell_status("completed");
  expect_failure(
      "somebody or something answered at anna's number and did not take the call (voice mail, "
      "perhaps)");
}

TEST_F(TransfersTest, TheCallerHangsUpWhileItRings) {
  begin();
  transfer();
  ASSERT_TRUE(was_asked("call"));
  // The service's answer has come, or is on its way.
  end_call();
  ASSERT_TRUE(was_asked("hang up"));
  EXPECT_THAT(webhook("", {}), HasSubstr("The caller has hung up"));
}

TEST_F(TransfersTest, TheCallerHangsUpWhileThePersonListens) {
  begin();
  brief();
  end_call();
  ASSERT_TRUE(was_asked("person "));
  EXPECT_THAT(asked().back(), HasSubstr("The caller has hung up"));
  EXPECT_THAT(webhook("/key", {{"Digits", "1"}}), HasSubstr("The caller has hung up"));
}

TEST_F(TransfersTest, TheAgentDies) {
  begin();
  brief();
  GST_ELEMENT_ERROR(agent_notes().element, LIBRARY, FAILED, ("it died"), (nullptr));
  ASSERT_TRUE(was_asked("person "));
  EXPECT_THAT(asked().back(), HasSubstr("The caller has hung up"));
}

TEST_F(TransfersTest, ThePersonHangsUpBeforeTheCallerIsThere) {
  begin();
  brief();
  webhook("/key", {{"Digits", "1"}});
  ASSERT_TRUE(was_asked("caller "));
  answered(1);
  tell_status("completed");
  ASSERT_TRUE(was_asked("caller ", 2));
  EXPECT_THAT(asked().back(), HasSubstr("https://voice/desk?back="));
}

TEST_F(TransfersTest, TheCallerCannotBeMoved) {
  rest = [](const std::string& what, HttpPeer& peer) {
    if (what.starts_with("caller "))
      peer.answer(400, R"({"code":21200,"message":"no","status":400})");
    else
      good_rest(what, peer);
  };
  begin();
  brief();
  webhook("/key", {{"Digits", "1"}});
  EXPECT_THAT(answered(1), ElementsAre(HasSubstr("the telephone service refused it; the caller is "
                                                 "still with you")));
  ASSERT_TRUE(was_asked("person "));
  EXPECT_THAT(asked().back(), HasSubstr("could not be connected"));
  EXPECT_TRUE(runs());
  // He hangs up later, and was not transferred.
  EXPECT_EQ(end_call(), "stop");
}

TEST_F(TransfersTest, ANumberThatIsNone) {
  refuses(400, R"({"code":21211,"message":"Invalid 'To' Phone Number","status":400})");
  expect_failure("the number of anna cannot be reached");
  EXPECT_THAT(trouble, ElementsAre(HasSubstr("Invalid 'To' Phone Number (21211)")));
  EXPECT_EQ(asked().size(), 1u);
}

TEST_F(TransfersTest, AKeyThatIsWrong) {
  refuses(401, R"({"code":20003,"message":"Authenticate","status":401})");
  expect_failure("the telephone service refused it");
  EXPECT_THAT(trouble, ElementsAre(HasSubstr("TWILIO_ACCOUNT_SID")));
}

TEST_F(TransfersTest, AServiceThatIsBrokenIsNotAskedTwice) {
  refuses(503, "<html>no</html>");
  expect_failure("the telephone service does not answer");
  EXPECT_EQ(asked().size(), 1u);
}

TEST_F(TransfersTest, AServiceThatIsBusyIsAskedAgain) {
  refuses(429, R"({"code":20429,"message":"Too Many Requests","status":429})");
  expect_failure("the telephone service does not answer");
  EXPECT_EQ(asked().size(), 4u);
}

class NonsenseTest : public TransfersTest, public testing::WithParamInterface<const char*> {};

TEST_P(NonsenseTest, IsARefusal) {
  refuses(201, GetParam());
  expect_failure("the telephone service refused it");
  EXPECT_THAT(trouble, ElementsAre(HasSubstr("no call")));
  // The call was made all the same.
  EXPECT_THAT(webhook("", {}), HasSubstr("The caller has hung up"));
}

INSTANTIATE_TEST_SUITE_P(Bodies, NonsenseTest,
                         testing::Values("", "[]", "{", "\xff\xfe", R"({"sid":7})",
                                         R"({"sid":"CA1"})"));

TEST_F(TransfersTest, AServiceThatNeverAnswers) {
  rest = [](const std::string&, HttpPeer& peer) { peer.wait_closed(); };
  auto impatient = config();
  impatient.timeout = 300'000'000;
  begin(impatient);
  transfer();
  expect_failure("the telephone service does not answer");
  EXPECT_EQ(asked().size(), 1u);
  // The call was made all the same.
  EXPECT_THAT(webhook("", {}), HasSubstr("The caller has hung up"));
}

TEST_F(TransfersTest, AServiceThatFloods) {
  rest = [](const std::string&, HttpPeer& peer) {
    const std::string piece(64 * 1024, 'x');
    peer.begin_chunks();
    for (int i = 0; i < 160 && peer.chunk(piece); ++i) {
    }
  };
  begin();
  transfer();
  expect_failure("the telephone service does not answer");
}

TEST_F(TransfersTest, AServiceThatIsNotThere) {
  auto nowhere = config();
  service.reset();
  begin(nowhere);
  transfer();
  EXPECT_THAT(answered(1), ElementsAre(HasSubstr("the telephone service does not answer")));
  EXPECT_TRUE(runs());
  EXPECT_THAT(trouble, ElementsAre(HasSubstr("no connection to Twilio")));
}

TEST_F(TransfersTest, WithoutCredentialsItIsNotOffered) {
  begin(std::nullopt, false);
  const auto offered = noted(&AgentNotes::offered);
  ASSERT_EQ(offered.size(), 1u);
  EXPECT_THAT(offered[0], Not(HasSubstr("transfer_call")));
  EXPECT_THAT(offered[0], HasSubstr("ask_person"));
  EXPECT_FALSE(model_calls("c1", "transfer_call", R"({"person":"anna","summary":"x"})"));
  // A stage that knows no tools asks for one all the same.
  reply("anna", false);
  EXPECT_THAT(told(1), ElementsAre("error: calls of this line cannot be transferred (speak)"));
}

TEST_F(TransfersTest, OneAtATimeAndThreeInAll) {
  begin();
  transfer("c1");
  ASSERT_TRUE(was_asked("call"));
  transfer("c2");
  EXPECT_THAT(answered(1), ElementsAre("c2: error: a transfer is under way already"));
  tell_status("busy");
  for (int i = 2; i <= 3; ++i) {
    answered(static_cast<std::size_t>(i));
    transfer("d" + std::to_string(i));
    ASSERT_TRUE(was_asked("call", static_cast<std::size_t>(i)));
    tell_status("busy");
  }
  answered(4);
  transfer("e");
  EXPECT_EQ(answered(5).back(), "e: error: this was tried often enough in this call");
  EXPECT_EQ(asked().size(), 3u);
}

TEST_F(TransfersTest, WhomNobodyConfiguredIsNotCalled) {
  begin();
  transfer("c1", "mallory");
  EXPECT_THAT(answered(1),
              ElementsAre("c1: error: there is no person of this name who can be called"));
  EXPECT_THAT(asked(), IsEmpty());
}

// The reply that asked was cut: nobody waits for the answer, and the agent is told by a note.
TEST_F(TransfersTest, AReplyThatWasCutIsToldLater) {
  begin();
  transfer();
  ASSERT_TRUE(was_asked("call"));
  {
    const std::lock_guard guard(agent_notes().lock);
    agent_notes().waits = false;
  }
  tell_status("busy");
  EXPECT_THAT(told(1), ElementsAre(HasSubstr("the line of anna is busy")));
  EXPECT_TRUE(runs());
}

// VoiceReplyEnd's `transfer`, of a stage that knows no tools.
TEST_F(TransfersTest, AReplyThatNamesAPerson) {
  begin();
  reply("anna", true);
  reply("", false);
  reply("mallory", false);
  EXPECT_THAT(told(1),
              ElementsAre("error: there is no person of this name who can be called (speak)"));
  EXPECT_THAT(asked(), IsEmpty());
  reply("anna", false);
  ASSERT_TRUE(was_asked("call"));
  EXPECT_THAT(webhook("", {}), HasSubstr("A call for you."));
  webhook("/key", {{"Digits", "2"}});
  EXPECT_THAT(told(2).back(), HasSubstr("anna cannot take the call now; the caller is still with "
                                        "you (speak)"));
  reply("anna", false);
  ASSERT_TRUE(was_asked("call", 2));
  webhook("", {});
  webhook("/key", {{"Digits", "1"}});
  ASSERT_TRUE(was_asked("caller "));
  EXPECT_EQ(end_call(), "transferred");
  EXPECT_EQ(noted(&AgentNotes::told).size(), 2u);
}

TEST_F(TransfersTest, RequestsThatAreNotSignedDoNothing) {
  begin();
  transfer();
  ASSERT_TRUE(was_asked("call"));
  EXPECT_EQ(unsigned_webhook("/status", "CallStatus=busy"), 403);
  EXPECT_THAT(noted(&AgentNotes::answers), IsEmpty());
  tell_status("busy");
  EXPECT_EQ(answered(1).size(), 1u);
}

TEST_F(TransfersTest, SecretsAreWrittenNowhere) {
  int count = 0;
  rest = [&count](const std::string&, HttpPeer& peer) {
    // A service that shows what it was sent.
    peer.answer(++count == 1 ? 401 : 500, R"({"code":20003,"message":"Authenticate"})");
  };
  begin();
  transfer();
  answered(1);
  stop();
  const std::string text = everything();
  EXPECT_THAT(text, Not(HasSubstr(kAuthToken)));
  EXPECT_THAT(text, Not(HasSubstr(kApiSecret)));
  EXPECT_THAT(text, Not(HasSubstr("+15550001")));
}

}  // namespace
}  // namespace jackfield::test
