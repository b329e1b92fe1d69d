#include "webrtc/core/stun_message.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>

using namespace jackfield::webrtc;

namespace {

constexpr Transaction kTransaction{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

Bytes head(unsigned type, std::size_t length) {
  Bytes bytes(20);
  bytes[0] = static_cast<std::uint8_t>(type >> 8);
  bytes[1] = static_cast<std::uint8_t>(type);
  bytes[3] = static_cast<std::uint8_t>(length);
  std::ranges::copy(std::array<std::uint8_t, 4>{0x21, 0x12, 0xA4, 0x42}, bytes.begin() + 4);
  std::ranges::copy(kTransaction, bytes.begin() + 8);
  return bytes;
}

void add(Bytes& bytes, std::uint16_t type, std::string_view value) {
  bytes.push_back(static_cast<std::uint8_t>(type >> 8));
  bytes.push_back(static_cast<std::uint8_t>(type));
  bytes.push_back(static_cast<std::uint8_t>(value.size() >> 8));
  bytes.push_back(static_cast<std::uint8_t>(value.size()));
  bytes.insert(bytes.end(), value.begin(), value.end());
  while (bytes.size() % 4) bytes.push_back(0);
  bytes[2] = static_cast<std::uint8_t>((bytes.size() - 20) >> 8);
  bytes[3] = static_cast<std::uint8_t>(bytes.size() - 20);
}

Bytes unauthorized() {
  Bytes bytes = head(0x0113, 0);
  add(bytes, 0x0009, std::string_view("\0\0\4\1Unauthorized", 16));
  add(bytes, 0x0014, "example.org");
  add(bytes, 0x0015, "abcd");
  return bytes;
}

std::optional<StunReply> read(const Bytes& bytes) {
  return read_stun_reply(bytes, StunMethod::kAllocate, kTransaction);
}

}  // namespace

TEST(StunMessageTest, AnUnsignedRequest) {
  Bytes expected = head(0x0003, 8);
  add(expected, 0x0019, std::string_view("\x11\0\0\0", 4));
  EXPECT_EQ(stun_request(StunMethod::kAllocate, kTransaction, nullptr), expected);
}

TEST(StunMessageTest, ASignedRequest) {
  Bytes signed_part;
  StunSignature signature{.user = "anna", .realm = "r", .nonce = "n", .key = {7}, .hmac = {}};
  signature.hmac = [&](std::span<const std::uint8_t> key, std::span<const std::uint8_t> data) {
    EXPECT_EQ(key.size(), 16U);
    EXPECT_EQ(key[0], 7);
    signed_part.assign(data.begin(), data.end());
    std::array<std::uint8_t, 20> digest{};
    digest.fill(9);
    return digest;
  };
  const Bytes message = stun_request(StunMethod::kRefresh, kTransaction, &signature);
  Bytes expected = head(0x0004, 0);
  add(expected, 0x000D, std::string_view("\0\0\0\0", 4));
  add(expected, 0x0006, "anna");
  add(expected, 0x0014, "r");
  add(expected, 0x0015, "n");
  Bytes covered = expected;
  add(expected, 0x0008, std::string(20, '\x09'));
  EXPECT_EQ(message, expected);
  // What is signed has the length of the whole.
  covered[2] = expected[2];
  covered[3] = expected[3];
  EXPECT_EQ(signed_part, covered);
}

TEST(StunMessageTest, AnErrorWithRealmAndNonce) {
  const auto reply = read(unauthorized());
  ASSERT_TRUE(reply);
  EXPECT_FALSE(reply->success);
  EXPECT_EQ(reply->error, 401U);
  EXPECT_EQ(reply->reason, "Unauthorized");
  EXPECT_EQ(reply->realm, "example.org");
  EXPECT_EQ(reply->nonce, "abcd");
}

TEST(StunMessageTest, Success) {
  Bytes bytes = head(0x0103, 0);
  add(bytes, 0x0016, std::string_view("\0\1\1\2\3\4\5\6", 8));
  const auto reply = read(bytes);
  ASSERT_TRUE(reply);
  EXPECT_TRUE(reply->success && reply->relay_address);
}

TEST(StunMessageTest, WhatIsNoReplyToThis) {
  EXPECT_FALSE(read({}));
  Bytes other = unauthorized();
  other[8] ^= 1;  // another transaction
  EXPECT_FALSE(read(other));
  other = unauthorized();
  other[1] = 0x11;  // to a Binding request
  EXPECT_FALSE(read(other));
  other = unauthorized();
  other[4] = 0;  // no cookie
  EXPECT_FALSE(read(other));
  EXPECT_FALSE(read(head(0x0113, 0)));  // an error without a code
}

TEST(StunMessageTest, EveryPrefixAndEveryDamagedByteIsSurvived) {
  const Bytes good = unauthorized();
  for (std::size_t length = 0; length < good.size(); ++length)
    EXPECT_FALSE(read({good.begin(), good.begin() + static_cast<std::ptrdiff_t>(length)}));
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (const unsigned value : {0U, 1U, 127U, 255U}) {
      Bytes bad = good;
      bad[at] = static_cast<std::uint8_t>(value);
      read(bad);
    }
  }
}

TEST(StunMessageTest, TheReasonIsPrintable) {
  Bytes bytes = head(0x0113, 0);
  add(bytes, 0x0009, std::string_view("\0\0\4\3no\x1b[31m\n", 11));
  EXPECT_EQ(read(bytes)->reason, "no[31m");
  bytes = head(0x0113, 0);
  add(bytes, 0x0009, std::string("\0\0\4\3", 4) + std::string(500, 'x'));
  EXPECT_EQ(read(bytes)->reason.size(), 120U);
}

TEST(StunMessageTest, Length) {
  EXPECT_EQ(stun_length(head(0x0103, 8)), 28U);
  EXPECT_EQ(stun_length(head(0x0103, 7)), std::nullopt);
  EXPECT_EQ(stun_length(Bytes(19)), std::nullopt);
  EXPECT_EQ(stun_length(Bytes(20)), std::nullopt);
}
