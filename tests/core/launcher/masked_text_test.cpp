#include "text/masked_text.hpp"

#include <gtest/gtest.h>

using jackfield::masked;

TEST(MaskedTextTest, UsersInAddresses) {
  EXPECT_EQ(masked("turn://name:secret@192.0.2.1:3478"), "turn://***@192.0.2.1:3478");
  EXPECT_EQ(masked("a=\"https://me:pw@host/path\" b=\"wss://k@h?x=1\""),
            "a=\"https://***@host/path\" b=\"wss://***@h?x=1\"");
  // A password may hold what should have been escaped.
  EXPECT_EQ(masked("rtsp://me:p@ss@host"), "rtsp://***@host");
  EXPECT_EQ(masked("turn-server=\\\"turn://u:p@h\\\"\\l"), "turn-server=\\\"turn://***@h\\\"\\l");
}

TEST(MaskedTextTest, SettingsThatSaySo) {
  EXPECT_EQ(masked("openaillm api-key=sk-1 model=m"), "openaillm api-key=*** model=m");
  EXPECT_EQ(masked("stt api-key=\"a b\" ! x auth-token='c' y"),
            "stt api-key=\"***\" ! x auth-token='***' y");
  EXPECT_EQ(masked("PASSWORD = secret"), "PASSWORD = ***");
  EXPECT_EQ(masked("api-key="), "api-key=");
  // As GStreamer escapes a text within a text, once and twice.
  EXPECT_EQ(masked(R"(llm="openaillm\ api-key\=sk-1\ model\=m")"),
            R"(llm="openaillm\ api-key\=***\ model\=m")");
  EXPECT_EQ(masked(R"(llm=\"openaillm\\ api-key\\\=sk-1\\ model\\\=m\")"),
            R"(llm=\"openaillm\\ api-key\\\=***\\ model\\\=m\")");
}

TEST(MaskedTextTest, TheRestStaysAsItIs) {
  for (const char* text : {"", "no address", "http://host/path@home", "mail me@home.example", "://",
                           "a://b://c", "http://host", "x://\n@", "=", "a=b", "keyboard=qwerty",
                           "monkey=1", "stt=\"a b=c\"", "turns key", "key", "=key"})
    EXPECT_EQ(masked(text), text);
}
