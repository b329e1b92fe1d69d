#include "webrtc/core/turn_inquiry.hpp"

#include <gtest/gtest.h>

#include <algorithm>

using namespace jackfield::webrtc;

namespace {

constexpr std::int64_t kMs = 1'000'000;
constexpr std::int64_t kStart = 5'000'000'000;

TurnServer server(const char* transport = "udp") {
  return {.host = "turn.example.org",
          .port = 3478,
          .transport = transport,
          .user = "anna",
          .password = "hush"};
}

// A server of the simplest kind: it knows the nonce, and counts.
class TurnInquiryTest : public ::testing::Test {
 protected:
  static std::array<std::uint8_t, 16> no_md5(std::string_view text) {
    EXPECT_EQ(text, "anna:realm:hush");
    return {};
  }
  static Transaction next_transaction() {
    static std::uint8_t number = 0;
    Transaction transaction{};
    transaction[0] = ++number;
    return transaction;
  }
  TurnInquiry inquiry(const TurnServer& of = server()) {
    return {of,
            {.hmac = [](auto, auto) { return std::array<std::uint8_t, 20>{}; },
             .md5 = no_md5,
             .transaction = next_transaction},
            kStart};
  }
  static Bytes reply(const Bytes& request, std::uint16_t type, const Bytes& attributes) {
    Bytes bytes = request;
    bytes.resize(20);
    bytes[0] = static_cast<std::uint8_t>(type >> 8);
    bytes[1] = static_cast<std::uint8_t>(type);
    bytes[2] = 0;
    bytes[3] = static_cast<std::uint8_t>(attributes.size());
    bytes.insert(bytes.end(), attributes.begin(), attributes.end());
    return bytes;
  }
  static Bytes error(const Bytes& request, unsigned code) {
    return reply(request, 0x0113,
                 {0,
                  9,
                  0,
                  4,
                  0,
                  0,
                  static_cast<std::uint8_t>(code / 100),
                  static_cast<std::uint8_t>(code % 100),
                  0,
                  0x14,
                  0,
                  5,
                  'r',
                  'e',
                  'a',
                  'l',
                  'm',
                  0,
                  0,
                  0,
                  0,
                  0x15,
                  0,
                  4,
                  'n',
                  'o',
                  'n',
                  'c'});
  }
  static Bytes success(const Bytes& request) {
    return reply(request, 0x0103, {0, 0x16, 0, 8, 0, 1, 1, 1, 1, 1, 1, 1});
  }
  static bool is_signed(const Bytes& request) {
    const Bytes user{0, 6, 0, 4, 'a', 'n', 'n', 'a'};
    return std::search(request.begin(), request.end(), user.begin(), user.end()) != request.end();
  }
};

}  // namespace

TEST_F(TurnInquiryTest, ARelayIsGivenAndGivenBack) {
  TurnInquiry ask = inquiry();
  const Bytes first = ask.next(kStart);
  ASSERT_FALSE(first.empty());
  EXPECT_FALSE(is_signed(first));
  EXPECT_TRUE(ask.next(kStart).empty());
  ask.received(error(first, 401));
  const Bytes second = ask.next(kStart);
  EXPECT_TRUE(is_signed(second));
  ask.received(success(second));
  ASSERT_TRUE(ask.verdict());
  EXPECT_TRUE(ask.verdict()->good);
  EXPECT_EQ(ask.verdict()->text, "TURN server turn:turn.example.org:3478 gives a relay");
  const Bytes release = ask.next(kStart);
  ASSERT_FALSE(release.empty());
  EXPECT_EQ(release[1], 4);
  EXPECT_TRUE(ask.next(kStart).empty());
}

TEST_F(TurnInquiryTest, WrongCredentials) {
  TurnInquiry ask = inquiry();
  ask.received(error(ask.next(kStart), 401));
  ask.received(error(ask.next(kStart), 401));
  ASSERT_TRUE(ask.verdict());
  EXPECT_FALSE(ask.verdict()->good);
  EXPECT_EQ(ask.verdict()->text,
            "TURN server turn:turn.example.org:3478 refused the credentials of user 'anna' (401)");
  EXPECT_NE(ask.verdict()->advice.find("static-auth-secret"), std::string::npos);
  EXPECT_EQ((ask.verdict()->text + ask.verdict()->advice).find("hush"), std::string::npos);
  EXPECT_TRUE(ask.next(kStart).empty());
}

TEST_F(TurnInquiryTest, AStaleNonceIsReplacedOnce) {
  TurnInquiry ask = inquiry();
  ask.received(error(ask.next(kStart), 401));
  ask.received(error(ask.next(kStart), 438));
  EXPECT_FALSE(ask.verdict());
  ask.received(error(ask.next(kStart), 438));
  ASSERT_TRUE(ask.verdict());
  EXPECT_FALSE(ask.verdict()->good);
}

TEST_F(TurnInquiryTest, DatagramsAreRepeatedAndThenGivenUp) {
  TurnInquiry ask = inquiry();
  unsigned sent = 0;
  std::int64_t now = kStart;
  while (!ask.verdict() && now < kStart + 20 * TurnInquiry::kPatience) {
    if (!ask.next(now).empty()) ++sent;
    if (!ask.verdict()) now = std::max(now + 1, ask.wake_at());
  }
  EXPECT_EQ(sent, 4U);  // at 0, 0.5, 1.5 and 3.5 s
  EXPECT_EQ(now, kStart + TurnInquiry::kPatience);
  ASSERT_TRUE(ask.verdict());
  EXPECT_NE(ask.verdict()->text.find("does not answer"), std::string::npos);
  EXPECT_NE(ask.verdict()->advice.find("UDP"), std::string::npos);
}

TEST_F(TurnInquiryTest, AnAnswerToTheFirstOfTwoStillCounts) {
  TurnInquiry ask = inquiry();
  const Bytes first = ask.next(kStart);
  EXPECT_EQ(ask.next(kStart + 500 * kMs), first);
  ask.received(error(first, 401));
  EXPECT_TRUE(is_signed(ask.next(kStart + 500 * kMs)));
}

TEST_F(TurnInquiryTest, OverTcpNothingIsRepeated) {
  TurnInquiry ask = inquiry(server("tcp"));
  EXPECT_FALSE(ask.next(kStart).empty());
  EXPECT_TRUE(ask.next(kStart + 2000 * kMs).empty());
  EXPECT_EQ(ask.wake_at(), kStart + TurnInquiry::kPatience);
  ask.lost("Connection refused");
  EXPECT_NE(ask.verdict()->text.find("cannot be reached: Connection refused"), std::string::npos);
}

TEST_F(TurnInquiryTest, OtherRefusalsSayWhatToDo) {
  for (const auto& [code, word] : {std::pair{403U, "forbids"},
                                   {486U, "quota"},
                                   {508U, "max-port"},
                                   {300U, "that server"},
                                   {500U, "log"}}) {
    TurnInquiry ask = inquiry();
    ask.received(error(ask.next(kStart), 401));
    ask.received(error(ask.next(kStart), code));
    ASSERT_TRUE(ask.verdict());
    EXPECT_FALSE(ask.verdict()->good);
    EXPECT_NE(ask.verdict()->text.find(std::to_string(code)), std::string::npos);
    EXPECT_NE(ask.verdict()->advice.find(word), std::string::npos) << ask.verdict()->advice;
  }
}

TEST_F(TurnInquiryTest, StrangersAreNotHeard) {
  TurnInquiry ask = inquiry();
  Bytes foreign = error(ask.next(kStart), 401);
  foreign[9] ^= 1;
  ask.received(foreign);
  ask.received({});
  EXPECT_TRUE(ask.next(kStart).empty());
  EXPECT_FALSE(ask.verdict());
}

TEST_F(TurnInquiryTest, Names) {
  EXPECT_EQ(turn_name(server("tcp")), "turn:turn.example.org:3478?transport=tcp");
  TurnServer six = server("tls");
  six.host = "2001:db8::1";
  six.port = 5349;
  EXPECT_EQ(turn_name(six), "turns:[2001:db8::1]:5349");
}
