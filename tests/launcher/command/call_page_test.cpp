#include "webpage/call_page.hpp"

#include <gtest/gtest.h>

#include <regex>

#include "page_fixture.hpp"
#include "webpage/console_page.hpp"

using namespace jackfield;
using jackfield::test::PageTest;

namespace {

class CallPageTest : public PageTest {
 protected:
  CallPage page{server, {"reception", "night"}};
};

}  // namespace

TEST_F(CallPageTest, EachLineHasThePage) {
  const std::string plain = get("/call/reception");
  EXPECT_EQ(plain.find("HTTP/1.1 200 "), 0u) << plain;
  EXPECT_NE(plain.find("<button"), std::string::npos);
  EXPECT_EQ(body(get("/call/night")), body(plain));
  const std::string unknown = get("/call/nobody");
  EXPECT_EQ(unknown.find("HTTP/1.1 404 "), 0u) << unknown;
  EXPECT_EQ(body(unknown), body(plain));
  EXPECT_EQ(get("/call/nobody/else").find("<button"), std::string::npos);
}

TEST_F(CallPageTest, WithoutANameSeveralLinesAreLinks) {
  const std::string answer = get("/call/");
  EXPECT_EQ(answer.find("HTTP/1.1 200 "), 0u) << answer;
  EXPECT_NE(answer.find("Content-Security-Policy: default-src 'none'"), std::string::npos);
  EXPECT_NE(answer.find("Content-Type: text/html; charset=utf-8"), std::string::npos);
  const std::string text = body(answer);
  EXPECT_NE(text.find("<li><a href=\"./reception\">reception</a></li>"), std::string::npos) << text;
  EXPECT_NE(text.find("<li><a href=\"./night\">night</a></li>"), std::string::npos) << text;
  EXPECT_EQ(text.find("<button"), std::string::npos);
  EXPECT_EQ(get("/call/lines.html").find("HTTP/1.1 404 "), 0u);
}

TEST_F(PageTest, NamesOfLinesAreText) {
  const CallPage page{server, {"a<b>&\"c", "\xC3\xA9t\xC3\xA9/.."}};
  const std::string text = body(get("/call/"));
  EXPECT_NE(text.find("<a href=\"./a%3Cb%3E%26%22c\">a&lt;b&gt;&amp;&quot;c</a>"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("<a href=\"./%C3%A9t%C3%A9%2F..\">"), std::string::npos) << text;
}

TEST_F(PageTest, OneLineIsThereWithoutItsName) {
  const CallPage page{server, {"reception"}};
  EXPECT_NE(body(get("/call/")).find("<button"), std::string::npos);
  EXPECT_EQ(body(get("/call/")), body(get("/call/reception")));
}

TEST_F(CallPageTest, TheBareAddressLeadsThere) {
  const std::string answer = get("/call");
  EXPECT_EQ(answer.find("HTTP/1.1 307 "), 0u) << answer;
  EXPECT_NE(answer.find("\r\nLocation: call/\r\n"), std::string::npos) << answer;
}

TEST_F(CallPageTest, EverythingThePageNamesIsThereAndItsOwn) {
  std::vector<std::string> files{"call.html", "lines.html"};
  std::vector<std::string> seen;
  const std::regex in_page{"(?:href|src)=\"([^\"]*)\""}, in_script{"from \"([^\"]*)\""};
  for (std::size_t i = 0; i < files.size(); ++i) {
    const std::string path = i == 0   ? "/call/night"
                             : i == 1 ? "/call/"
                                      : "/call/assets/" + files[i].substr(files[i].rfind('/') + 1);
    const std::string answer = get(path);
    EXPECT_EQ(answer.find("HTTP/1.1 200 "), 0u) << path << "\n" << answer.substr(0, 500);
    EXPECT_NE(answer.find("nosniff"), std::string::npos) << path;
    const std::string text = body(answer);
    // A script says what it needs; the page names its parts. Nothing has an address of its own.
    if (path.ends_with(".svg")) continue;
    EXPECT_EQ(text.find("http://"), std::string::npos) << path;
    EXPECT_EQ(text.find("https://"), std::string::npos) << path;
    const std::regex& names = i < 2 ? in_page : in_script;
    for (std::sregex_iterator it{text.begin(), text.end(), names}, end; it != end; ++it) {
      const std::string name = (*it)[1];
      if (i == 1 && (name == "./reception" || name == "./night")) continue;
      EXPECT_TRUE(name.starts_with(i < 2 ? "assets/" : "./")) << path << ": " << name;
      if (std::find(files.begin(), files.end(), name) == files.end()) files.push_back(name);
    }
  }
  EXPECT_GE(files.size(), 10u);
}

TEST_F(CallPageTest, TheBrowserIsToldToRunNothingElse) {
  const std::string answer = get("/call/reception");
  for (const char* field : {"Content-Security-Policy: default-src 'none'; script-src 'self';",
                            "frame-ancestors 'none'", "Permissions-Policy: microphone=(self)",
                            "Referrer-Policy: no-referrer", "X-Content-Type-Options: nosniff",
                            "Cache-Control: no-cache", "Content-Type: text/html; charset=utf-8"})
    EXPECT_NE(answer.find(field), std::string::npos) << field << "\n" << answer.substr(0, 1000);
  EXPECT_EQ(answer.find("unsafe"), std::string::npos);
  // What that forbids the page must not have.
  const std::string text = body(answer);
  EXPECT_EQ(text.find("style="), std::string::npos);
  EXPECT_EQ(text.find("onclick"), std::string::npos);
  EXPECT_EQ(text.find("<style"), std::string::npos);
}

TEST_F(CallPageTest, ItIsOnlyRead) {
  EXPECT_EQ(get("/call/", "POST").find("HTTP/1.1 405 "), 0u);
  EXPECT_EQ(get("/call/assets/call.js", "DELETE").find("HTTP/1.1 405 "), 0u);
  const std::string head = get("/call/", "HEAD");
  EXPECT_EQ(head.find("HTTP/1.1 200 "), 0u);
  EXPECT_EQ(body(head), "");
}

// Linked without the console's files, as in a build that has none.
TEST_F(CallPageTest, ABuildWithoutTheConsoleSaysSo) {
  const ConsolePage console{server};
  const std::string answer = get("/");
  EXPECT_EQ(answer.find("HTTP/1.1 404 "), 0u) << answer;
  EXPECT_NE(answer.find("this build has no console"), std::string::npos) << answer;
}
