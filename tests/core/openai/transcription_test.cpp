#include "transcription.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace openai;
using testing::HasSubstr;

TEST(Wav, HasItsHeader) {
  const std::int16_t samples[] = {1, -2, 0x1234};
  const std::string wav = make_wav(samples, 8000);
  EXPECT_EQ(wav,
            std::string("RIFF\x2a\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x40\x1f\0\0\x80\x3e\0\0\2\0\x10\0"
                        "data\6\0\0\0\1\0\xfe\xff\x34\x12",
                        50));
}

TEST(Multipart, TheBoundaryOccursNowhereElse) {
  const Multipart plain = make_multipart({{"model", "m"}}, "WAV");
  const std::string boundary = plain.content_type.substr(plain.content_type.find('=') + 1);
  EXPECT_EQ(plain.body, "--" + boundary +
                            "\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nm\r\n--" +
                            boundary +
                            "\r\nContent-Disposition: form-data; name=\"file\"; "
                            "filename=\"turn.wav\"\r\nContent-Type: "
                            "audio/wav\r\n\r\nWAV\r\n--" +
                            boundary + "--\r\n");
  EXPECT_NE(make_multipart({{"prompt", boundary}}, "W").content_type, plain.content_type);
  EXPECT_NE(make_multipart({}, "x" + boundary).content_type, plain.content_type);
}

TEST(Transcript, IsCleaned) {
  EXPECT_EQ(clean_transcript(" Hello there.\n  How are\n you? \n"), "Hello there. How are you?");
  for (const char* none :
       {"", " \n", "[BLANK_AUDIO]", "(music) [x]", "...", "- ?", "\xFF\xFE words"}) {
    EXPECT_EQ(clean_transcript(none), "") << none;
  }
  EXPECT_EQ(clean_transcript("[noise] Yes (I think"), "Yes (I think");
}

TEST(TranscriptReader, ReadsWholeAnswers) {
  TranscriptReader r("");
  EXPECT_FALSE(r.feed(R"({"text":" Hello)", "application/json"));
  r.feed("\\nworld\\n\"}", "application/json");
  r.closed();
  EXPECT_FALSE(r.error());
  EXPECT_EQ(r.text(), "Hello world");
}

TEST(TranscriptReader, ReadsStreams) {
  TranscriptReader r("");
  constexpr char kType[] = "text/event-stream; charset=utf-8";
  EXPECT_TRUE(r.feed("data: {\"type\":\"transcript.text.delta\",\"delta\":\"Hel\"}\n\n", kType));
  EXPECT_EQ(r.text(), "Hel");
  EXPECT_FALSE(r.feed("data: {\"type\":\"transcript.text.done\",\"text\":\"Hello.\"}\n\n", kType));
  r.closed();
  EXPECT_FALSE(r.error());
  EXPECT_EQ(r.text(), "Hello.");
}

TEST(TranscriptReader, NonsenseIsAnError) {
  for (const char* bad : {"", "Invalid request", "[]", "{}", R"({"text":1})"}) {
    TranscriptReader r("");
    r.feed(bad, "text/html");
    r.closed();
    ASSERT_TRUE(r.error()) << bad;
    EXPECT_EQ(r.error()->cause, "protocol");
  }
  TranscriptReader cut("");
  cut.feed("data: {\"type\":\"transcript.text.delta\",\"delta\":\"Hel\"}\n\n", "text/event-stream");
  cut.closed();
  EXPECT_EQ(cut.error()->cause, "cut");
  TranscriptReader failed("");
  failed.feed("event: error\ndata: {\"error\":{\"message\":\"m\",\"type\":\"server_error\"}}\n\n",
              "text/event-stream");
  EXPECT_EQ(failed.error()->cause, "server");
  TranscriptReader endless("");
  for (int i = 0; i < 100; ++i) endless.feed(std::string(10000, 'x'), "application/json");
  EXPECT_TRUE(endless.error());
}

TEST(LanguageList, IsTakenByNewerModels) {
  EXPECT_TRUE(takes_language_list("gpt-transcribe"));
  EXPECT_TRUE(takes_language_list("gpt-live-transcribe"));
  EXPECT_FALSE(takes_language_list("gpt-4o-transcribe"));
  EXPECT_FALSE(takes_language_list("gpt-realtime-whisper"));
  EXPECT_FALSE(takes_language_list("whisper-1"));
}

}  // namespace
