#include "connection_key.hpp"

#include <gtest/gtest.h>

namespace {

using namespace agentbrain::tools;

ServerSettings settings() {
  return {.name = "calendar",
          .command = "node",
          .arguments = {"server.js", "--quiet"},
          .environment = {{"KEY", "value"}},
          .folder = "/srv",
          .shared = true};
}

TEST(ConnectionKey, WhatAServerSeesMakesADifference) {
  const std::string key = connection_key(settings());
  EXPECT_EQ(connection_key(settings()), key);
  const auto differs = [&](auto change) {
    ServerSettings other = settings();
    change(other);
    return connection_key(other) != key;
  };
  EXPECT_TRUE(differs([](auto& one) { one.name = "mail"; }));
  EXPECT_TRUE(differs([](auto& one) { one.command = "nodejs"; }));
  EXPECT_TRUE(differs([](auto& one) { one.arguments = {"server.js --quiet"}; }));
  EXPECT_TRUE(differs([](auto& one) { one.arguments = {"--quiet", "server.js"}; }));
  EXPECT_TRUE(differs([](auto& one) { one.environment[0].second = "another"; }));
  EXPECT_TRUE(differs([](auto& one) { one.environment.clear(); }));
  EXPECT_TRUE(differs([](auto& one) { one.folder = ""; }));
  EXPECT_TRUE(differs([](auto& one) { one.url = "http://a"; }));
  EXPECT_TRUE(differs([](auto& one) { one.headers = {{"X-Key", "a"}}; }));
  EXPECT_TRUE(differs([](auto& one) { one.parallel = false; }));
  EXPECT_TRUE(differs([](auto& one) { one.keep = 0; }));
}

TEST(ConnectionKey, WhatAnAgentMakesOfItDoesNot) {
  ServerSettings other = settings();
  other.allow = {{"read"}};
  other.rules.timeout = 1;
  other.max_result = 256;
  other.secrets = {"value"};
  EXPECT_EQ(connection_key(other), connection_key(settings()));
}

// Values that together look like others.
TEST(ConnectionKey, NoTwoSettingsLookAlike) {
  ServerSettings one = settings();
  ServerSettings other = settings();
  one.command = "a1:b";
  one.folder = "";
  other.command = "a";
  other.folder = "b";
  EXPECT_NE(connection_key(one), connection_key(other));
}

}  // namespace
