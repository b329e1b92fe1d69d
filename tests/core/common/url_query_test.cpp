#include "url_query.hpp"

#include <gtest/gtest.h>

namespace jackfield {
namespace {

TEST(UrlQueryTest, AllButUnreservedCharactersAreEncoded) {
  EXPECT_EQ(percent_encode("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(percent_encode("a b&c=d/e?f#g+h%"), "a%20b%26c%3Dd%2Fe%3Ff%23g%2Bh%25");
  EXPECT_EQ(percent_encode("\xC3\xA4"), "%C3%A4");
  EXPECT_EQ(percent_encode(std::string_view("\0\xff", 2)), "%00%FF");
  EXPECT_EQ(percent_encode(""), "");
}

TEST(UrlQueryTest, Parameters) {
  UrlQuery query;
  EXPECT_EQ(query.text(), "");
  query.add("model", "a b")
      .add("rate", 8000L)
      .add_if("language", "")
      .add_if("x&y", "1")
      .add("e", "");
  EXPECT_EQ(query.text(), "?model=a%20b&rate=8000&x%26y=1&e=");
}

TEST(UrlQueryTest, WebsocketAddresses) {
  EXPECT_EQ(websocket_base("https://host/"), "wss://host");
  EXPECT_EQ(websocket_base("http://host:1//"), "ws://host:1");
  EXPECT_EQ(websocket_base("wss://host/path"), "wss://host/path");
  EXPECT_EQ(websocket_base(""), "");
}

TEST(UrlQueryTest, HttpAddresses) {
  EXPECT_EQ(http_base("wss://host/"), "https://host");
  EXPECT_EQ(http_base("ws://127.0.0.1:1"), "http://127.0.0.1:1");
  EXPECT_EQ(http_base("https://host/path//"), "https://host/path");
  EXPECT_EQ(http_base("wsx://host"), "wsx://host");
}

}  // namespace
}  // namespace jackfield
