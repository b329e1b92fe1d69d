// Questions of agents to people: answered in time, late, behind the call, refused, and not at all.
#include "people/ask_people.hpp"

#include <gmock/gmock.h>

#include "people_fixture.hpp"

namespace jackfield::test {
namespace {

using people::Questions;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class AskPeopleTest : public PeopleTest {
 protected:
  // Its id.
  std::string ask(const std::string& call_id, const std::string& text) {
    const std::size_t before = questions->open().size();
    EXPECT_TRUE(model_calls(call_id, "ask_person", R"({"question":")" + text + R"("})"));
    EXPECT_TRUE(wait([&] { return questions->open().size() > before; }));
    return questions->open().empty() ? "" : questions->open().back().id;
  }
  bool is_posted(const std::string& message) {
    return wait([&] { return std::find(posted.begin(), posted.end(), message) != posted.end(); });
  }
};

TEST_F(AskPeopleTest, AnAnswerInTime) {
  begin();
  const std::string question = ask("c1", "how much?");
  EXPECT_TRUE(questions->open()[0].waiting);
  EXPECT_EQ(questions->answer(question, "ten"), Questions::Told::kAgent);
  EXPECT_THAT(answered(1), ElementsAre("c1: ten"));
  EXPECT_EQ(questions->answer(question, "twenty"), Questions::Told::kNoQuestion);
  EXPECT_TRUE(is_posted("people/answer " + question + " ten"));
  EXPECT_THAT(missed, IsEmpty());
}

TEST_F(AskPeopleTest, ALateAnswerIsTold) {
  ask_timeout = 0;
  begin();
  ASSERT_TRUE(model_calls("c1", "ask_person", R"({"question":"how much?"})"));
  EXPECT_THAT(answered(1), ElementsAre(HasSubstr("nobody has answered in time")));
  ASSERT_EQ(questions->open().size(), 1u);
  EXPECT_FALSE(questions->open()[0].waiting);
  const std::string question = questions->open()[0].id;
  EXPECT_TRUE(is_posted("people/no-answer " + question + " timeout"));
  EXPECT_EQ(questions->answer(question, "ten"), Questions::Told::kAgent);
  EXPECT_THAT(told(1),
              ElementsAre("A person's answer to your question \"how much?\": ten (speak)"));
  EXPECT_TRUE(is_posted("people/answer " + question + " ten"));
}

TEST_F(AskPeopleTest, AnAnswerBehindTheCallIsKept) {
  begin();
  const std::string question = ask("c1", "how much?");
  EXPECT_EQ(end_call(), "stop");
  EXPECT_THAT(questions->open(), IsEmpty());
  EXPECT_EQ(questions->answer(question, "ten"), Questions::Told::kNobody);
  EXPECT_THAT(missed, ElementsAre("how much?: ten"));
  EXPECT_EQ(questions->answer(question, "ten"), Questions::Told::kNoQuestion);
  EXPECT_THAT(noted(&AgentNotes::answers), IsEmpty());
}

TEST_F(AskPeopleTest, ARefusalInTimeAndALateOne) {
  ask_timeout = 1;
  begin();
  const std::string question = ask("c1", "how much?");
  EXPECT_EQ(questions->refuse(question), Questions::Told::kAgent);
  EXPECT_THAT(answered(1), ElementsAre(HasSubstr("c1: error: nobody can answer this")));
  EXPECT_TRUE(is_posted("people/no-answer " + question + " refused"));
  const std::string other = ask("c2", "how many?");
  EXPECT_THAT(answered(2).back(), HasSubstr("nobody has answered in time"));
  EXPECT_EQ(questions->refuse(other), Questions::Told::kAgent);
  EXPECT_THAT(told(1), ElementsAre("Nobody can answer your question \"how many?\". (speak)"));
  EXPECT_EQ(questions->refuse(other), Questions::Told::kNoQuestion);
}

TEST_F(AskPeopleTest, NoMoreThanThreeAtATime) {
  begin();
  for (const char* call : {"c1", "c2", "c3"}) ask(call, "how much?");
  ASSERT_TRUE(model_calls("c4", "ask_person", R"({"question":"how much?"})"));
  EXPECT_THAT(answered(1), ElementsAre("c4: error: too many questions were asked"));
}

TEST_F(AskPeopleTest, TheAgentDiesWhileItWaits) {
  begin();
  const std::string question = ask("c1", "how much?");
  GST_ELEMENT_ERROR(agent_notes().element, LIBRARY, FAILED, ("it died"), (nullptr));
  ASSERT_TRUE(wait([&] { return !runs(); }));
  EXPECT_EQ(questions->answer(question, "ten"), Questions::Told::kNobody);
}

}  // namespace
}  // namespace jackfield::test
