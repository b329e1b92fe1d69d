#include "people/core/person_twiml.hpp"

#include <gtest/gtest.h>

namespace jackfield::people {
namespace {

TEST(PersonTwiml, TheBriefingIsSaidTwiceAndTakenByAKeyOnly) {
  const std::string gather =
      "<Gather input=\"dtmf\" numDigits=\"1\" timeout=\"8\" method=\"POST\" "
      "action=\"https://x.example/k\"><Say language=\"en-US\">A call for you.</Say>"
      "<Say language=\"en-US\">Bob asks</Say><Say language=\"en-US\">Press 1 to take the call, or "
      "any other key to decline.</Say></Gather>";
  EXPECT_EQ(briefing_twiml("", "Bob asks", "https://x.example/k"),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response>" + gather + gather +
                "<Hangup/></Response>\n");
}

TEST(PersonTwiml, WhatAModelWritesIsTextAndNothingElse) {
  const std::string twiml =
      briefing_twiml("", "</Say><Dial>+15559999</Dial><Say>\x01&", "https://x.example/k?a=1&b=2");
  EXPECT_EQ(twiml.find("<Dial>"), std::string::npos);
  EXPECT_NE(twiml.find("&lt;/Say&gt;&lt;Dial&gt;+15559999&lt;/Dial&gt;&lt;Say&gt;&amp;</Say>"),
            std::string::npos)
      << twiml;
  EXPECT_NE(twiml.find("k?a=1&amp;b=2"), std::string::npos);
}

TEST(PersonTwiml, Languages) {
  EXPECT_NE(gone_twiml("de").find("<Say language=\"de-DE\">Der Anrufer hat aufgelegt"),
            std::string::npos);
  EXPECT_NE(declined_twiml("fr-CH").find("<Say language=\"fr-CH\">C&apos;est"), std::string::npos);
  EXPECT_NE(excuse_twiml("xx").find("<Say language=\"en-US\">"), std::string::npos);
  EXPECT_TRUE(has_phrases("it"));
  EXPECT_FALSE(has_phrases("xx"));
  EXPECT_FALSE(has_phrases(""));
}

TEST(PersonTwiml, LongTextsAreCutAtALetter) {
  EXPECT_EQ(shortened("abc", 3), "abc");
  EXPECT_EQ(shortened("abcd", 3), "abc…");
  EXPECT_EQ(shortened("aä", 2), "a…");
  EXPECT_EQ(shortened("\x80\x80\x80", 2), "…");
  EXPECT_LT(briefing_twiml("", std::string(100'000, 'x'), "https://x.example/k").size(), 4000u);
}

TEST(PersonTwiml, BothComeIntoOneConferenceThatEndsWithEither) {
  const std::string person = person_conference_twiml("room-1", "https://x.example/e");
  EXPECT_NE(person.find("startConferenceOnEnter=\"true\" endConferenceOnExit=\"true\" "
                        "maxParticipants=\"2\" waitUrl=\"\" participantLabel=\"person\" "
                        "statusCallback=\"https://x.example/e\" statusCallbackEvent=\"join\""
                        ">room-1</Conference></Dial></Response>"),
            std::string::npos)
      << person;
  EXPECT_NE(caller_conference_twiml("room-1", "https://x.example/e").find("\"caller\""),
            std::string::npos);
  EXPECT_EQ(return_twiml("https://x.example/voice?back=1"),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Redirect method=\"POST\">"
            "https://x.example/voice?back=1</Redirect></Response>\n");
}

}  // namespace
}  // namespace jackfield::people
