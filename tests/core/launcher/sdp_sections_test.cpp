#include "webrtc/core/sdp_sections.hpp"

#include <gtest/gtest.h>

#include "webrtc/core/sdp_text.hpp"

namespace jackfield::webrtc::sdp {
namespace {

TEST(SdpSectionsTest, AttributesBelongToTheMediaLineBeforeThem) {
  Sections sections;
  EXPECT_FALSE(
      split("v=0\r\na=group:BUNDLE 0 1\r\n\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111 63\r\n"
            "c=IN IP4 0.0.0.0\r\na=mid:0\r\na=rtcp-mux\r\nm=video 0 RTP/AVP 96\na=mid:1",
            sections));
  EXPECT_EQ(sections.session.find("group"), "BUNDLE 0 1");
  EXPECT_FALSE(sections.session.find("mid"));
  ASSERT_EQ(sections.media.size(), 2U);
  EXPECT_EQ(sections.media[0].media, "audio");
  EXPECT_EQ(sections.media[0].port, 9U);
  EXPECT_EQ(sections.media[0].protocol, "UDP/TLS/RTP/SAVPF");
  EXPECT_EQ(sections.media[0].formats, "111 63");
  EXPECT_EQ(sections.media[0].mid(), "0");
  EXPECT_EQ(sections.media[0].find("rtcp-mux"), "");
  EXPECT_EQ(sections.media[1].port, 0U);
  EXPECT_EQ(sections.media[1].mid(), "1");
}

TEST(SdpSectionsTest, NothingIsNothingWrong) {
  Sections sections;
  EXPECT_FALSE(split("", sections));
  EXPECT_FALSE(split("\r\n\n", sections));
  EXPECT_TRUE(sections.media.empty());
}

TEST(SdpSectionsTest, SaysWhatIsWrong) {
  const auto wrong = [](std::string_view text) {
    Sections sections;
    return split(text, sections).value_or("");
  };
  EXPECT_NE(wrong("hello").find("x=value"), std::string::npos);
  EXPECT_NE(wrong("a").find("x=value"), std::string::npos);
  for (const char* line :
       {"m=audio", "m=audio 9 RTP/AVP", "m=audio x RTP/AVP 1", "m=audio 65536 RTP/AVP 1",
        "m=au dio 9 RTP/AVP 1", "m= 9 RTP/AVP 1", "m=audio 9 RTP/\x01VP 1", "m=audio 9 R \x7f"})
    EXPECT_NE(wrong(line).find("m="), std::string::npos) << line;
  std::string many;
  for (std::size_t i = 0; i < kMaxMediaLines; ++i) many += "m=audio 9 RTP/AVP 1\n";
  EXPECT_EQ(wrong(many), "");
  EXPECT_NE(wrong(many + "m=audio 9 RTP/AVP 1\n").find("16"), std::string::npos);
}

TEST(SdpSectionsTest, TakesTextsApart) {
  std::string_view rest = "one two";
  EXPECT_EQ(take(rest, ' '), "one");
  EXPECT_EQ(take(rest, ' '), "two");
  EXPECT_EQ(take(rest, ' '), "");
  EXPECT_EQ(number<unsigned>("12"), 12U);
  EXPECT_FALSE(number<unsigned>("12x"));
  EXPECT_FALSE(number<unsigned>("-1"));
  EXPECT_FALSE(number<unsigned>("99999999999"));
  EXPECT_TRUE(same_word("UDP", "udp"));
  EXPECT_FALSE(same_word("udp", "udpx"));
}

}  // namespace
}  // namespace jackfield::webrtc::sdp
