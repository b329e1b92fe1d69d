#include "websocket_framing.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace jackfield {
namespace {

std::string frame(uint8_t head, const std::string& payload, bool masked = true) {
  std::string out{static_cast<char>(head)};
  const auto mask_bit = static_cast<uint8_t>(masked ? 0x80 : 0);
  if (payload.size() < 126) {
    out += static_cast<char>(mask_bit | payload.size());
  } else if (payload.size() < 65536) {
    out += static_cast<char>(mask_bit | 126);
    for (int shift : {8, 0}) out += static_cast<char>(payload.size() >> shift);
  } else {
    out += static_cast<char>(mask_bit | 127);
    for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(payload.size() >> shift);
  }
  if (!masked) return out + payload;
  const std::string key = "\x12\x34\x56\x78";
  out += key;
  for (size_t i = 0; i < payload.size(); ++i) out += static_cast<char>(payload[i] ^ key[i % 4]);
  return out;
}

class WebSocketFramingTest : public ::testing::Test, public WebSocketFraming::Listener {
 protected:
  void on_text(std::string_view text) override { texts_.emplace_back(text); }
  void on_binary() override { ++binary_; }
  void on_too_long() override { ++too_long_; }
  void on_ping(std::span<const uint8_t> payload) override {
    pings_.emplace_back(reinterpret_cast<const char*>(payload.data()), payload.size());
  }
  void on_pong() override { ++pongs_; }
  void on_close(uint16_t code) override { closes_.push_back(code); }

  bool feed(const std::string& bytes) { return feed(framing_, bytes); }
  static bool feed(WebSocketFraming& framing, const std::string& bytes) {
    std::vector<uint8_t> copy(bytes.begin(), bytes.end());
    return framing.feed(copy);
  }

  WebSocketFraming framing_{*this};
  std::vector<std::string> texts_;
  std::vector<std::string> pings_;
  std::vector<uint16_t> closes_;
  int binary_ = 0;
  int too_long_ = 0;
  int pongs_ = 0;
};

TEST_F(WebSocketFramingTest, MessagesOfAllSizesInAnyPieces) {
  std::string bytes;
  std::vector<std::string> expected;
  for (size_t size : {0U, 1U, 125U, 126U, 127U, 400U, 4095U, 4096U, 5000U, 65535U, 65536U}) {
    expected.push_back(std::string(size, static_cast<char>('a' + size % 26)));
    bytes += frame(0x81, expected.back());
  }
  for (size_t piece : {size_t{1}, size_t{7}, size_t{1000}, bytes.size()}) {
    texts_.clear();
    for (size_t at = 0; at < bytes.size(); at += piece) ASSERT_TRUE(feed(bytes.substr(at, piece)));
    EXPECT_TRUE(texts_ == expected) << piece;
  }
}

TEST_F(WebSocketFramingTest, FragmentsWithAPingBetween) {
  EXPECT_TRUE(feed(frame(0x01, "he") + frame(0x89, "ping") + frame(0x00, "ll") + frame(0x80, "o")));
  EXPECT_EQ(texts_, std::vector<std::string>{"hello"});
  EXPECT_EQ(pings_, std::vector<std::string>{"ping"});
}

TEST_F(WebSocketFramingTest, TooLongIsSkippedAndCounted) {
  EXPECT_TRUE(feed(frame(0x81, std::string(65537, 'x')) + frame(0x81, "next")));
  EXPECT_TRUE(feed(frame(0x01, std::string(60000, 'x')) + frame(0x80, std::string(60000, 'x')) +
                   frame(0x81, "more")));
  EXPECT_EQ(too_long_, 2);
  EXPECT_EQ(texts_, (std::vector<std::string>{"next", "more"}));
}

TEST_F(WebSocketFramingTest, BinaryIsCountedNotDelivered) {
  EXPECT_TRUE(feed(frame(0x82, "abc") + frame(0x81, "next")));
  EXPECT_EQ(binary_, 1);
  EXPECT_EQ(texts_, std::vector<std::string>{"next"});
}

TEST_F(WebSocketFramingTest, NothingIsReadBehindAClose) {
  EXPECT_TRUE(feed(frame(0x88, "\x03\xe9") + frame(0x81, "late")));
  EXPECT_EQ(closes_, std::vector<uint16_t>{1001});
  EXPECT_TRUE(texts_.empty());
}

TEST_F(WebSocketFramingTest, BreakingTheFramingIsFatal) {
  for (const std::string& bytes :
       {frame(0x81, "unmasked", false), frame(0xc1, "rsv"), frame(0x83, "opcode"),
        frame(0x80, "nothing begun"), frame(0x09, "fragmented ping"),
        frame(0x89, std::string(126, 'x')), frame(0x01, "a") + frame(0x81, "b"),
        // A length in more bytes than it needs.
        std::string("\x81\xfe\x00\x05\x00\x00\x00\x00hello", 13),
        std::string("\x81\xff\0\0\0\0\0\0\xff\xff\0\0\0\0", 14),
        // The highest bit of a length.
        std::string("\x81\xff\x80\0\0\0\0\1\0\0\0\0\0\0", 14)}) {
    WebSocketFraming framing{*this};
    EXPECT_FALSE(feed(framing, bytes)) << bytes;
  }
}

TEST_F(WebSocketFramingTest, OnlyCodesThatMayBeSentCloseInOrder) {
  const auto close = [](unsigned code) {
    return std::string{static_cast<char>(code >> 8), static_cast<char>(code & 255)};
  };
  const auto feed_to_another = [this](const std::string& bytes) {
    WebSocketFraming framing{*this};
    return feed(framing, bytes);
  };
  for (const unsigned code : {1000U, 1003U, 1007U, 1014U, 3000U, 4999U}) {
    closes_.clear();
    EXPECT_TRUE(feed_to_another(frame(0x88, close(code)))) << code;
    EXPECT_EQ(closes_.size(), 1U) << code;
  }
  closes_.clear();
  for (const unsigned code : {0U, 999U, 1004U, 1005U, 1006U, 1015U, 2999U, 5000U, 65535U})
    EXPECT_FALSE(feed_to_another(frame(0x88, close(code)))) << code;
  EXPECT_FALSE(feed_to_another(frame(0x88, "x")));
  EXPECT_TRUE(closes_.empty());
}

TEST_F(WebSocketFramingTest, WritesUnmaskedFrames) {
  std::vector<uint8_t> out;
  WebSocketFraming::write_text(out, "hi");
  WebSocketFraming::write_text(out, std::string(300, 'x'));
  WebSocketFraming::write_text(out, std::string(70000, 'x'));
  WebSocketFraming::write_close(out, 1000);
  const std::string bytes(out.begin(), out.end());
  EXPECT_EQ(bytes, frame(0x81, "hi", false) + frame(0x81, std::string(300, 'x'), false) +
                       frame(0x81, std::string(70000, 'x'), false) +
                       frame(0x88, "\x03\xe8", false));
}

TEST_F(WebSocketFramingTest, EmptyFramesAndAnEndlessOneThatIsSkipped) {
  EXPECT_TRUE(feed(frame(0x81, "") + frame(0x01, "") + frame(0x89, "") + frame(0x80, "end")));
  EXPECT_EQ(texts_, (std::vector<std::string>{"", "end"}));
  EXPECT_EQ(pings_, std::vector<std::string>{""});
  // It says that it is 2^63 - 1 bytes long.
  EXPECT_TRUE(feed(std::string("\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff\0\0\0\0", 14)));
  EXPECT_EQ(too_long_, 1);  // before a byte of it came
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(feed(std::string(65536, 'x')));
  EXPECT_EQ(texts_.size(), 2U);
}

TEST_F(WebSocketFramingTest, PingsAndTheirAnswers) {
  std::vector<uint8_t> out;
  WebSocketFraming::write_ping(out);
  EXPECT_EQ(std::string(out.begin(), out.end()), frame(0x89, "", false));
  EXPECT_TRUE(feed(frame(0x8a, "") + frame(0x8a, "unasked")));
  EXPECT_EQ(pongs_, 2);
}

TEST_F(WebSocketFramingTest, PongEchoes) {
  std::vector<uint8_t> out;
  const std::vector<uint8_t> payload{'a', 'b'};
  WebSocketFraming::write_pong(out, payload);
  EXPECT_EQ(std::string(out.begin(), out.end()), frame(0x8a, "ab", false));
}

}  // namespace
}  // namespace jackfield
