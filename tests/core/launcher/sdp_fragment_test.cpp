#include "webrtc/core/sdp_fragment.hpp"

#include <gtest/gtest.h>

namespace jackfield::webrtc {
namespace {

constexpr char kPassword[] = "P2uYro0UCOQ4zxjKXaWCBui1";

std::string candidate(const std::string& address, const std::string& port = "61764") {
  return "a=candidate:1 1 udp 2122260223 " + address + " " + port + " typ host\r\n";
}

SdpFragment good(const std::string& text) {
  auto read = read_fragment(text);
  if (const auto* error = std::get_if<std::string>(&read)) {
    ADD_FAILURE() << *error;
    return {};
  }
  return std::get<SdpFragment>(read);
}

std::string error_of(const std::string& text) {
  auto read = read_fragment(text);
  const auto* error = std::get_if<std::string>(&read);
  return error ? *error : "";
}

// RFC 9725, section 4.3.2.
TEST(SdpFragmentTest, ReadsWhatAClientTrickles) {
  const auto fragment = good(
      "a=group:BUNDLE 0 1\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=ice-ufrag:EsAw\r\n"
      "a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n" +
      candidate("192.0.2.1") +
      "a=candidate:473322822 1 tcp 1518280447 192.0.2.1 9 typ host tcptype active generation 0 "
      "ufrag EsAw network-id 1\r\na=end-of-candidates\r\n");
  EXPECT_EQ(fragment.ufrag, "EsAw");
  EXPECT_EQ(fragment.password, kPassword);
  ASSERT_EQ(fragment.candidates.size(), 2U);
  EXPECT_EQ(fragment.candidates[0], "candidate:1 1 udp 2122260223 192.0.2.1 61764 typ host");
  EXPECT_TRUE(fragment.end_of_candidates);
}

TEST(SdpFragmentTest, CredentialsMayStandAtTheSession) {
  const auto fragment = good("a=ice-ufrag:EsAw\na=ice-pwd:" + std::string{kPassword} +
                             "\nm=audio 9 RTP/AVP 0\na=mid:0\n" + candidate("192.0.2.1"));
  EXPECT_EQ(fragment.ufrag, "EsAw");
  EXPECT_EQ(fragment.candidates.size(), 1U);
  EXPECT_FALSE(fragment.end_of_candidates);
}

TEST(SdpFragmentTest, CredentialsAreNotNeeded) {
  EXPECT_EQ(good("m=audio 9 RTP/AVP 0\r\n" + candidate("192.0.2.1")).ufrag, "");
  EXPECT_TRUE(good("a=end-of-candidates").end_of_candidates);
}

TEST(SdpFragmentTest, CandidatesThatIceCannotUseAreLeftOut) {
  const auto fragment = good("m=audio 9 RTP/AVP 0\r\n" + candidate("evil.example.org") +
                             candidate("192.0.2.1") + candidate("x") + "a=candidate:\r\n");
  ASSERT_EQ(fragment.candidates.size(), 1U);
  EXPECT_NE(fragment.candidates[0].find("192.0.2.1"), std::string::npos);
}

TEST(SdpFragmentTest, SaysWhatIsWrong) {
  EXPECT_NE(error_of("").find("neither"), std::string::npos);
  EXPECT_NE(error_of("a=mid:0\r\n").find("neither"), std::string::npos);
  EXPECT_NE(error_of("{\"candidate\":1}").find("x=value"), std::string::npos);
  EXPECT_NE(error_of("m=audio\r\n").find("m="), std::string::npos);
  EXPECT_NE(error_of("a=ice-ufrag:EsAw\r\n").find("missing"), std::string::npos);
  EXPECT_NE(error_of("a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n").find("missing"), std::string::npos);
  EXPECT_NE(error_of("a=ice-ufrag:E\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n").find("malformed"),
            std::string::npos);
  std::string many = "m=audio 9 RTP/AVP 0\r\n";
  for (std::size_t i = 0; i < kMaxCandidates; ++i) many += candidate("192.0.2.1");
  EXPECT_EQ(good(many).candidates.size(), kMaxCandidates);
  EXPECT_NE(error_of(many + candidate("192.0.2.1")).find("64"), std::string::npos);
}

TEST(SdpFragmentTest, WritesWhatItReads) {
  AudioLine audio;
  audio.ufrag = "abcd";
  audio.password = kPassword;
  audio.candidates = {"candidate:1 1 udp 1 192.0.2.9 7 typ host"};
  audio.end_of_candidates = true;
  const std::string text = write_fragment(only_audio(audio, "0"));
  EXPECT_NE(text.find("m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n"), std::string::npos);
  const auto fragment = good(text);
  EXPECT_EQ(fragment.ufrag, audio.ufrag);
  EXPECT_EQ(fragment.password, audio.password);
  EXPECT_EQ(fragment.candidates, audio.candidates);
  EXPECT_TRUE(fragment.end_of_candidates);
}

}  // namespace
}  // namespace jackfield::webrtc
