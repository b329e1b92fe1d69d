#include "message_writer.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace twilio {
namespace {

TEST(MessageWriterTest, ExactlyTheFieldsOfTheProtocol) {
  std::string out;
  const std::vector<uint8_t> audio{0xff, 0xfe, 0xfe};
  append_media_message(out, media_message_head("MZ1"), audio);
  EXPECT_EQ(out, R"({"event":"media","streamSid":"MZ1","media":{"payload":"//7+"}})");
  out.clear();
  append_mark_message(out, "MZ1", "g1:2");
  EXPECT_EQ(out, R"({"event":"mark","streamSid":"MZ1","mark":{"name":"g1:2"}})");
  out.clear();
  append_clear_message(out, "MZ1");
  EXPECT_EQ(out, R"({"event":"clear","streamSid":"MZ1"})");
}

TEST(MessageWriterTest, AStreamSidCannotBreakOut) {
  std::string out;
  append_clear_message(out, "a\"},\"x\":\"\\\n");
  EXPECT_EQ(out, R"({"event":"clear","streamSid":"a\"},\"x\":\"\\\u000a"})");
}

}  // namespace
}  // namespace twilio
