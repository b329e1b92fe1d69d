#include "conf/core/server_settings.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace jackfield {
namespace {

using Range = std::optional<std::pair<unsigned, unsigned>>;

TEST(ServerSettingsTest, HaveDifferentKeysAndGoodDefaults) {
  std::set<std::string> keys;
  for (const auto& s : kNumberSettings) EXPECT_TRUE(keys.insert(s.key).second) << s.key;
  for (const auto& s : kTextSettings) EXPECT_TRUE(keys.insert(s.key).second) << s.key;
  for (const auto& s : kListSettings) EXPECT_TRUE(keys.insert(s.key).second) << s.key;
  for (const auto& s : kFlagSettings) EXPECT_TRUE(keys.insert(s.key).second) << s.key;
  const ServerSettings defaults;
  for (const auto& s : kNumberSettings) {
    EXPECT_GE(defaults.*s.member, s.low) << s.key;
    EXPECT_LE(defaults.*s.member, s.high) << s.key;
  }
}

TEST(ServerSettingsTest, RangesOfPorts) {
  EXPECT_EQ(parse_port_range(""), (Range{{0, 0}}));
  EXPECT_EQ(parse_port_range("40000-40100"), (Range{{40000, 40100}}));
  EXPECT_EQ(parse_port_range("1-65535"), (Range{{1, 65535}}));
  EXPECT_EQ(parse_port_range("5000"), (Range{{5000, 5000}}));
  for (const char* text : {"-", "5000-", "-5000", "0-5", "6-5", "1-65536", "1 - 5", "a-b", "1-2-3",
                           "99999999999-1", "+1-2"})
    EXPECT_EQ(parse_port_range(text), std::nullopt) << text;
}

}  // namespace
}  // namespace jackfield
