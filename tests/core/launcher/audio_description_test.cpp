#include "webrtc/core/audio_description.hpp"

#include <gtest/gtest.h>

namespace jackfield::webrtc {
namespace {

const std::string kFingerprint =
    "AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:"
    "99";

std::string session(const std::string& bundle = "0") {
  return "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE " + bundle + "\r\n";
}

std::string audio(const std::string& type = "111", const std::string& more = "",
                  const std::string& mid = "0") {
  return "m=audio 9 UDP/TLS/RTP/SAVPF " + type +
         " 63 9\r\nc=IN IP4 0.0.0.0\r\na=ice-ufrag:abcd\r\n" +
         "a=ice-pwd:0123456789012345678901\r\na=fingerprint:sha-256 " + kFingerprint +
         "\r\na=setup:actpass\r\na=mid:" + mid + "\r\na=extmap:1 urn:x\r\na=sendrecv\r\n" +
         "a=rtcp-mux\r\na=rtpmap:63 red/48000/2\r\na=rtpmap:" + type +
         " opus/48000/2\r\na=fmtp:" + type + " minptime=10;useinbandfec=1\r\na=rtcp-fb:" + type +
         " transport-cc\r\n" + more;
}

const std::string kVideo =
    "m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\nc=IN IP4 0.0.0.0\r\na=ice-ufrag:abcd\r\n"
    "a=ice-pwd:0123456789012345678901\r\na=mid:1\r\na=sendrecv\r\na=rtcp-mux\r\n"
    "a=rtpmap:96 VP8/90000\r\n";

SessionDescription good(const std::string& sdp, std::string_view wanted = {}) {
  auto read = read_description(sdp, wanted);
  if (const auto* error = std::get_if<std::string>(&read)) {
    ADD_FAILURE() << *error;
    return {};
  }
  return std::get<SessionDescription>(read);
}

std::string error_of(const std::string& sdp) {
  auto read = read_description(sdp);
  const auto* error = std::get_if<std::string>(&read);
  return error ? *error : "";
}

std::string without(std::string sdp, const std::string& part) {
  const std::size_t at = sdp.find(part);
  if (at == std::string::npos) ADD_FAILURE() << "no '" << part << "'";
  return sdp.erase(at, sdp.find('\n', at) + 1 - at);
}

TEST(AudioDescriptionTest, ReadsABrowsersOffer) {
  const auto d = good(session() + audio("111",
                                        "a=ssrc:1234 cname:x\r\na=candidate:1 1 udp 2122260223 "
                                        "192.0.2.1 5000 typ host generation 0\r\n"));
  EXPECT_EQ(d.audio.ufrag, "abcd");
  EXPECT_EQ(d.audio.password, "0123456789012345678901");
  EXPECT_EQ(d.audio.hash, "sha-256");
  EXPECT_EQ(d.audio.fingerprint, kFingerprint);
  EXPECT_EQ(d.audio.setup, "actpass");
  EXPECT_EQ(d.audio.payload_type, 111U);
  EXPECT_EQ(d.audio.format, "minptime=10;useinbandfec=1");
  EXPECT_EQ(d.audio.direction, AudioLine::Direction::kSendRecv);
  EXPECT_EQ(d.audio.ssrc, 1234U);
  ASSERT_EQ(d.audio.candidates.size(), 1U);
  EXPECT_EQ(d.audio.candidates[0],
            "candidate:1 1 udp 2122260223 192.0.2.1 5000 typ host generation 0");
  ASSERT_EQ(d.lines.size(), 1U);
  EXPECT_EQ(d.lines[0].mid, "0");
}

TEST(AudioDescriptionTest, TakesAnyPayloadType) {
  EXPECT_EQ(good(session() + audio("96")).audio.payload_type, 96U);
  EXPECT_EQ(good(session() + audio("0")).audio.payload_type, 0U);
  EXPECT_NE(error_of(session() + audio("128")), "");
}

TEST(AudioDescriptionTest, AnAnswerHasTheLinesOfTheOffer) {
  auto d = good(session("0 1") + kVideo + audio("111", "", "a"));
  EXPECT_EQ(d.audio_line, 1U);
  d.audio.setup = "active";
  const std::string sdp = write_description(d, 7, 3);
  EXPECT_NE(sdp.find("o=- 7 3 "), std::string::npos);
  EXPECT_NE(sdp.find("a=group:BUNDLE a\r\n"), std::string::npos);
  EXPECT_NE(sdp.find("m=video 0 UDP/TLS/RTP/SAVPF 96 97\r\n"), std::string::npos);
  EXPECT_NE(sdp.find("a=setup:active\r\n"), std::string::npos);
  EXPECT_LT(sdp.find("m=video 0"), sdp.find("m=audio 9"));
  const auto again = good(sdp);
  EXPECT_EQ(again.audio_line, 1U);
  EXPECT_EQ(again.audio.ufrag, "abcd");
  EXPECT_EQ(again.lines.size(), 2U);
}

TEST(AudioDescriptionTest, NothingElseOfThePeerIsPassedOn) {
  const auto d = good(session() + audio());
  const std::string sdp = write_description(only_audio(d.audio, "audio"), 1, 1);
  for (const char* part : {"extmap", "rtcp-fb", "red/", "mid:0"})
    EXPECT_EQ(sdp.find(part), std::string::npos) << part;
  EXPECT_NE(sdp.find("a=mid:audio\r\n"), std::string::npos);
}

TEST(AudioDescriptionTest, ChoosesTheAudioLine) {
  const std::string second = audio("111", "", "b");
  EXPECT_EQ(good(session() + audio() + second).audio_line, 0U);
  EXPECT_EQ(good(session() + audio() + second, "b").audio_line, 1U);
  EXPECT_EQ(good(session() + audio() + second, "gone").audio_line, 0U);
  std::string rejected = audio();
  rejected.replace(rejected.find("audio 9"), 7, "audio 0");
  EXPECT_EQ(good(session() + rejected + second).audio_line, 1U);
  EXPECT_EQ(good(session() + rejected + second, "0").audio_line, 1U);
}

TEST(AudioDescriptionTest, WorksWithoutAMid) {
  const auto d = good(session() + without(audio(), "a=mid:"));
  EXPECT_EQ(d.lines[0].mid, "");
  EXPECT_EQ(write_description(d, 1, 1).find("BUNDLE"), std::string::npos);
}

TEST(AudioDescriptionTest, TakesCredentialsOfTheSession) {
  std::string line = audio();
  for (const char* part : {"a=ice-ufrag", "a=ice-pwd", "a=fingerprint", "a=setup"})
    line = without(line, part);
  const auto d = good(session() + "a=ice-ufrag:wxyz\r\na=ice-pwd:0123456789012345678901\r\n" +
                      "a=fingerprint:SHA-256 " + kFingerprint + "\r\na=setup:active\r\n" + line);
  EXPECT_EQ(d.audio.ufrag, "wxyz");
  EXPECT_EQ(d.audio.setup, "active");
}

TEST(AudioDescriptionTest, SaysWhatIsWrong) {
  EXPECT_EQ(error_of(""), "it is empty");
  EXPECT_EQ(error_of("hello"), "a line is not of the form x=value");
  EXPECT_EQ(error_of("o=- 1\r\nv=0\r\n"), "it does not begin with v=0");
  EXPECT_EQ(error_of(session()), "it has no audio line (m=audio)");
  EXPECT_EQ(error_of(session() + kVideo), "it has no audio line (m=audio)");
  std::string line = audio();
  line.replace(line.find("opus"), 4, "PCMX");
  EXPECT_EQ(error_of(session() + line), "the audio line has no Opus (opus/48000/2)");
  line = audio();
  line.replace(line.find("audio 9"), 7, "audio 0");
  EXPECT_EQ(error_of(session() + line), "the audio line is rejected (port 0)");
  EXPECT_NE(error_of(session() + without(audio(), "a=ice-pwd")).find("ICE"), std::string::npos);
  EXPECT_NE(error_of(session() + without(audio(), "a=fingerprint")).find("DTLS"),
            std::string::npos);
  EXPECT_NE(error_of(session() + without(audio(), "a=rtcp-mux")).find("rtcp-mux"),
            std::string::npos);
  line = audio();
  line.replace(line.find("sha-256"), 7, "sha-1");
  EXPECT_NE(error_of(session() + line).find("SHA-256"), std::string::npos);
  line = audio();
  line.replace(line.find("actpass"), 7, "holdconn");
  EXPECT_NE(error_of(session() + line).find("setup"), std::string::npos);
  line = audio();
  line.replace(line.find("UDP/TLS/RTP/SAVPF"), 17, "RTP/AVP");
  EXPECT_NE(error_of(session() + line).find("WebRTC"), std::string::npos);
  std::string many = session();
  for (int i = 0; i < 20; ++i) many += kVideo;
  EXPECT_NE(error_of(many).find("16"), std::string::npos);
}

TEST(AudioDescriptionTest, FormatThatCouldEndALineIsLeftOut) {
  std::string line = audio();
  line.replace(line.find("minptime=10;useinbandfec=1"), 26, "a=1\"<>\x01");
  EXPECT_EQ(good(session() + line).audio.format, "");
}

TEST(AudioDescriptionTest, TimeOfAPacket) {
  EXPECT_EQ(good(session() + audio()).audio.packet_time, 0U);
  const auto asked = good(session() + audio("111", "a=ptime:10\r\n"));
  EXPECT_EQ(asked.audio.packet_time, 10U);
  EXPECT_NE(write_description(asked, 1, 1).find("\r\na=ptime:10\r\n"), std::string::npos);
  for (const char* wrong : {"121", "x", "-1", "", "10 "})
    EXPECT_EQ(
        good(session() + audio("111", "a=ptime:" + std::string{wrong} + "\r\n")).audio.packet_time,
        0U)
        << wrong;
}

TEST(AudioDescriptionTest, CandidatesGoToTheirLine) {
  const auto offer = good(session("0 1") + kVideo + audio());
  const std::string with = add_candidates(write_description(offer, 1, 1), 1,
                                          {"candidate:1 1 udp 1 192.0.2.1 5 typ host"});
  const auto read = good(with);
  EXPECT_EQ(read.audio_line, 1U);
  EXPECT_EQ(read.audio.candidates.size(), 1U);
  EXPECT_TRUE(read.audio.end_of_candidates);
  const std::string first = add_candidates(with, 0, {"candidate:2 1 udp 1 192.0.2.2 5 typ host"});
  EXPECT_LT(first.find("192.0.2.2"), first.find("m=audio"));
  EXPECT_EQ(add_candidates("", 3, {}), "a=end-of-candidates\r\n");
}

TEST(AudioDescriptionTest, CandidatesAreBounded) {
  std::string many;
  for (int i = 0; i < 500; ++i) many += "a=candidate:1 1 udp 1 192.0.2.1 5000 typ host\r\n";
  EXPECT_EQ(good(session() + audio("111", many)).audio.candidates.size(), kMaxCandidates);
}

}  // namespace
}  // namespace jackfield::webrtc
