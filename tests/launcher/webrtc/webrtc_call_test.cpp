// Calls between two ends in one process, over real webrtcbins and the loopback interface.
#include "webrtc/webrtc_call.hpp"

#include "webrtc_call_fixture.hpp"

namespace jackfield::webrtc {
namespace {

TEST_F(WebRtcCallTest, TwoEndsHearEachOther) {
  auto a = side("a", 400);
  auto b = side("b", 700);
  a->call(*b);
  EXPECT_TRUE(both_hear());
  ASSERT_TRUE(wait_until([&] {
    return a->messages.count("webrtc/stats") > 1 && b->messages.count("webrtc/stats") > 1;
  }));
  for (WebRtcSide* end : {a.get(), b.get()}) {
    EXPECT_EQ(end->messages.count("webrtc/call-started"), 1U);
    EXPECT_GE(end->messages.count("webrtc/connected"), 1U);
    EXPECT_TRUE(end->errors.empty());
    const auto* stats = end->messages.last("webrtc/stats");
    EXPECT_STREQ(json_object_get_string_member(stats->fields.get(), "remote-candidate"), "host");
    EXPECT_TRUE(std::string{json_object_get_string_member(stats->fields.get(), "remote-address")}
                    .starts_with("127.0.0.1:"));
    EXPECT_GT(json_object_get_int_member(stats->fields.get(), "packets-received"), 10);
    EXPECT_GT(json_object_get_int_member(stats->fields.get(), "packets-sent"), 10);
  }
  a->the_call()->hang_up("hang-up");
  ASSERT_TRUE(wait_until([&] { return a->sessions().idle() && b->sessions().idle(); }));
  EXPECT_EQ(a->ended, "hang-up");
  EXPECT_EQ(b->ended, "hang-up");
  for (WebRtcSide* end : {a.get(), b.get()}) {
    EXPECT_EQ(end->messages.count("webrtc/call-ended"), 1U);
    ASSERT_EQ(end->messages.ended.size(), 1U);
    EXPECT_TRUE(end->messages.ended[0].was_call);
    EXPECT_FALSE(end->messages.ended[0].failed);
    EXPECT_EQ(end->messages.ended[0].reason, "hang-up");
  }
}

// Many offers have another type than ours; an answer with ours would be a call in one direction.
TEST_F(WebRtcCallTest, AnswersWithTheTypeOfTheOffer) {
  auto a = side("a", 400);
  auto b = side("b", 700);
  a->settings.payload_type = 96;
  a->call(*b);
  EXPECT_TRUE(both_hear());
  ASSERT_FALSE(b->descriptions.empty());
  EXPECT_NE(b->descriptions[0].sdp.find("a=rtpmap:96 opus/48000/2"), std::string::npos);
  EXPECT_NE(b->descriptions[0].sdp.find("a=fmtp:96 minptime=10;useinbandfec=1"), std::string::npos);
  EXPECT_NE(b->descriptions[0].sdp.find("a=sendrecv"), std::string::npos);
}

TEST_F(WebRtcCallTest, RejectsVideoAndTakesTheAudio) {
  auto a = side("a", 400);
  auto b = side("b", 700);
  a->on_description = [](Description& offer) {
    const std::string video =
        "m=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=mid:v\r\na=sendrecv\r\n"
        "a=rtcp-mux\r\na=rtpmap:96 VP8/90000\r\n";
    offer.sdp.insert(offer.sdp.find("m=audio"), video);
    offer.sdp +=
        "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:d\r\n";
    return true;
  };
  a->call(*b);
  EXPECT_TRUE(both_hear());
  const std::string& answer = b->descriptions.at(0).sdp;
  EXPECT_NE(answer.find("m=video 0 "), std::string::npos);
  EXPECT_NE(answer.find("m=application 0 "), std::string::npos);
  EXPECT_EQ(answer.find("m=audio 0 "), std::string::npos);
}

TEST_F(WebRtcCallTest, TheSameOfferAgainIsAnsweredAgain) {
  auto a = side("a", 400);
  auto b = side("b", 700);
  a->call(*b);
  ASSERT_TRUE(both_hear());
  b->the_call()->remote(a->descriptions.at(0));
  ASSERT_TRUE(wait_until([&] { return b->descriptions.size() > 1; }));
  EXPECT_FALSE(b->descriptions[1].restart);
  run_for(1);
  EXPECT_TRUE(both_hear());
  EXPECT_FALSE(a->ended || b->ended);
}

TEST_F(WebRtcCallTest, IceRestart) {
  auto a = side("a", 400);
  auto b = side("b", 700);
  a->call(*b);
  ASSERT_TRUE(both_hear());
  const auto ufrag = [](const Description& description) {
    const std::size_t at = description.sdp.find("a=ice-ufrag:");
    return description.sdp.substr(at, description.sdp.find('\r', at) - at);
  };
  for (std::size_t round = 1; round <= 2; ++round) {
    a->the_call()->start_offer();
    ASSERT_TRUE(wait_until([&] { return b->descriptions.size() == round + 1; }));
    EXPECT_TRUE(a->descriptions[round].restart);
    EXPECT_TRUE(b->descriptions[round].restart);
    EXPECT_NE(ufrag(a->descriptions[round]), ufrag(a->descriptions[round - 1]));
    EXPECT_NE(ufrag(b->descriptions[round]), ufrag(b->descriptions[round - 1]));
    run_for(2);
    EXPECT_TRUE(both_hear());
  }
  EXPECT_FALSE(a->ended || b->ended);
  EXPECT_TRUE(a->errors.empty());
  EXPECT_TRUE(b->errors.empty());
}

// No candidate of a is told, as when a browser hides its addresses behind names that nobody here
// resolves: b learns them from a's checks.
TEST_F(WebRtcCallTest, NamesInsteadOfAddresses) {
  auto a = side("a", 400);
  auto b = side("b", 700);
  a->on_candidate = [](Candidate& candidate) {
    if (!candidate.candidate) return true;
    const std::size_t at = candidate.candidate->find("127.0.0.1");
    if (at != std::string::npos)
      candidate.candidate->replace(at, 9, "0b1e2f3a-45b9-41e1-9d6c-2e3f8a4e4a2b.local");
    return true;
  };
  a->call(*b);
  EXPECT_TRUE(both_hear());
}

}  // namespace
}  // namespace jackfield::webrtc
