#include "turn_events.hpp"

#include <gtest/gtest.h>

#include "gstpp.hpp"

namespace {

using namespace jackfield;

class TurnEventsTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { gst_init(nullptr, nullptr); }
};

TEST_F(TurnEventsTest, TurnEndSurvivesTheRoundTrip) {
  gstpp::EventPtr event{make_event(
      TurnEnd{.turn_id = 7, .speech_end = 1000, .decided_at = 2000, .not_understood = true})};
  EXPECT_TRUE(GST_EVENT_IS_SERIALIZED(event.get()));
  EXPECT_TRUE(GST_EVENT_IS_DOWNSTREAM(event.get()));
  const auto parsed = parse_turn_end(event.get());
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->turn_id, 7u);
  EXPECT_EQ(parsed->speech_end, 1000u);
  EXPECT_EQ(parsed->decided_at, 2000u);
  EXPECT_TRUE(parsed->not_understood);
}

TEST_F(TurnEventsTest, AnEventOfAnotherKindIsNotParsed) {
  gstpp::EventPtr event{make_event(TurnStart{.turn_id = 1, .speech_start = 5})};
  EXPECT_FALSE(parse_turn_end(event.get()));
  EXPECT_FALSE(parse_played(event.get()));
  EXPECT_EQ(parse_turn_start(event.get())->speech_start, 5u);
}

TEST_F(TurnEventsTest, ReplyEndCarriesHangUpAndTransfer) {
  gstpp::EventPtr event{
      make_event(ReplyEnd{.turn_id = 3, .hang_up = true, .transfer = "+15550001111"})};
  const auto parsed = parse_reply_end(event.get());
  ASSERT_TRUE(parsed);
  EXPECT_TRUE(parsed->hang_up);
  EXPECT_EQ(parsed->transfer, "+15550001111");
}

TEST_F(TurnEventsTest, AHistorySurvivesTheRoundTrip) {
  gstpp::EventPtr event{make_event(
      History{.from_turn = 3, .said = {{3, false, "how much"}, {3, true, "five \"euros\""}}})};
  EXPECT_TRUE(GST_EVENT_IS_SERIALIZED(event.get()));
  const auto parsed = parse_history(event.get());
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->from_turn, 3u);
  ASSERT_EQ(parsed->said.size(), 2u);
  EXPECT_FALSE(parsed->said[0].by_agent);
  EXPECT_EQ(parsed->said[0].turn_id, 3u);
  EXPECT_TRUE(parsed->said[1].by_agent);
  EXPECT_EQ(parsed->said[1].text, "five \"euros\"");
  EXPECT_FALSE(parse_heard(event.get()));
}

TEST_F(TurnEventsTest, ForeignHistoriesAreReadAsFarAsTheyGo) {
  for (const char* text :
       {"VoiceHistory", "VoiceHistory, said=(string)nonsense", "VoiceHistory, said=(int)<1, 2>",
        "VoiceHistory, from-turn=(uint)0, said=(structure)< [said] >"}) {
    GstStructure* s = gst_structure_from_string(text, nullptr);
    ASSERT_TRUE(s) << text;
    gstpp::EventPtr event{gst_event_new_custom(GST_EVENT_CUSTOM_DOWNSTREAM, s)};
    const auto parsed = parse_history(event.get());
    ASSERT_TRUE(parsed) << text;
    for (const auto& said : parsed->said) EXPECT_TRUE(said.text.empty());
  }
}

TEST_F(TurnEventsTest, InterimGoesUpstreamAndPlayedBothWays) {
  gstpp::EventPtr interim{make_event(Interim{.turn_id = 2, .text = "hel", .is_final = false})};
  EXPECT_TRUE(GST_EVENT_IS_UPSTREAM(interim.get()));
  EXPECT_EQ(parse_interim(interim.get())->text, "hel");
  gstpp::EventPtr up{make_played_upstream({.position = 9})};
  gstpp::EventPtr down{make_played_out_of_band({.position = 9, .discarded = true})};
  EXPECT_TRUE(GST_EVENT_IS_UPSTREAM(up.get()));
  EXPECT_TRUE(GST_EVENT_IS_DOWNSTREAM(down.get()));
  EXPECT_FALSE(GST_EVENT_IS_SERIALIZED(down.get()));
  EXPECT_TRUE(parse_played(down.get())->discarded);
}

TEST_F(TurnEventsTest, WordsAccumulateOnABuffer) {
  gstpp::BufferPtr buffer{gst_buffer_new()};
  EXPECT_TRUE(get_words(buffer.get()).empty());
  add_words(buffer.get(), {{.text = "good", .offset = 0, .duration = 100}});
  add_words(buffer.get(), {{.text = "bye", .offset = 100, .duration = 200}});
  const auto words = get_words(buffer.get());
  ASSERT_EQ(words.size(), 2u);
  EXPECT_EQ(words[1].text, "bye");
  EXPECT_EQ(words[1].offset, 100u);
  EXPECT_EQ(words[1].duration, 200u);
}

TEST_F(TurnEventsTest, ASentenceGoesWithItsBuffer) {
  gstpp::BufferPtr buffer{gst_buffer_new_allocate(nullptr, 64, nullptr)};
  EXPECT_FALSE(get_sentence(buffer.get()));
  set_sentence(buffer.get(), {.text = "Good day.", .offset = 7});
  set_sentence(buffer.get(), {.text = "Goodbye.", .offset = 9});
  add_words(buffer.get(), {{.text = "Goodbye."}});
  const gstpp::BufferPtr copy{gst_buffer_copy(buffer.get())};
  const auto sentence = get_sentence(copy.get());
  ASSERT_TRUE(sentence);
  EXPECT_EQ(sentence->text, "Goodbye.");
  EXPECT_EQ(sentence->offset, 9u);
  EXPECT_EQ(get_words(copy.get()).size(), 1u);
}

TEST_F(TurnEventsTest, PlayedQueryIsAnswered) {
  gstpp::QueryPtr query{make_played_query()};
  EXPECT_TRUE(is_played_query(query.get()));
  answer_played_query(query.get(), 42);
  EXPECT_EQ(gstpp::get_uint64(gst_query_get_structure(query.get()), "position", 0), 42u);
}

}  // namespace
