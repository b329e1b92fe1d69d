#include "webpage/console_page.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <regex>

#include "page_fixture.hpp"
#include "webpage/page_files.hpp"

using namespace jackfield;
using jackfield::test::PageTest;

namespace {

constexpr std::size_t kMostBytes = 300 * 1000;  // of everything that the page loads by itself

class ConsolePageTest : public PageTest {
 protected:
  ConsolePage page{server};
};

}  // namespace

TEST_F(ConsolePageTest, ItStandsAtTheRoot) {
  const std::string answer = get("/");
  EXPECT_EQ(answer.find("HTTP/1.1 200 "), 0u) << answer.substr(0, 500);
  EXPECT_NE(answer.find("<title>Jackfield</title>"), std::string::npos);
  for (const char* path : {"/console", "/console/"})
    EXPECT_EQ(get(path).find("HTTP/1.1 307 "), 0u) << path;
  for (const char* path : {"/console/console.html", "/console/nothing.js", "/console/../api"})
    EXPECT_EQ(get(path).find("HTTP/1.1 404 "), 0u) << path;
}

TEST_F(ConsolePageTest, EverythingItNamesIsThere) {
  std::vector<std::string> seen{"console.html"};
  const std::regex in_page{"(?:href|src)=\"([^\"]*)\""},
      in_script{"(?:from|import)[\\s(]*\"([^\"]*)\""};
  for (std::size_t i = 0; i < seen.size(); ++i) {
    const bool is_page = i == 0;
    const std::string answer = get(is_page ? "/" : "/console/" + seen[i]);
    EXPECT_EQ(answer.find("HTTP/1.1 200 "), 0u) << seen[i] << "\n" << answer.substr(0, 500);
    const std::string text = body(answer);
    const std::string folder = seen[i].substr(0, seen[i].rfind('/') + 1);
    const std::regex& names = is_page ? in_page : in_script;
    for (std::sregex_iterator it{text.begin(), text.end(), names}, end; it != end; ++it) {
      const std::string name = (*it)[1];
      ASSERT_TRUE(name.starts_with(is_page ? "console/" : ".")) << seen[i] << ": " << name;
      const std::string path =
          is_page ? name.substr(sizeof "console")
                  : std::filesystem::path{folder + name}.lexically_normal().generic_string();
      if (std::find(seen.begin(), seen.end(), path) == seen.end()) seen.push_back(path);
    }
  }
  for (const std::string& file : page_files("/jackfield/console/"))
    EXPECT_TRUE(file == "licences.txt" || file == "dagre_layout.js" ||
                std::find(seen.begin(), seen.end(), file) != seen.end())
        << file << " is for nothing";
  EXPECT_EQ(get("/console/licences.txt").find("HTTP/1.1 200 "), 0u);
}

TEST_F(ConsolePageTest, ItIsSmall) {
  std::size_t sum = 0;
  for (const std::string& file : page_files("/jackfield/console/")) {
    gsize size = 0;
    ASSERT_TRUE(g_resources_get_info(("/jackfield/console/" + file).c_str(),
                                     G_RESOURCE_LOOKUP_FLAGS_NONE, &size, nullptr, nullptr));
    EXPECT_GT(size, 0u) << file;
    // A text that is read by who opens it.
    if (file != "licences.txt") sum += size;
  }
  EXPECT_LT(sum, kMostBytes);
  RecordProperty("bytes", static_cast<int>(sum));
}

TEST_F(ConsolePageTest, TheBrowserIsToldToRunNothingElse) {
  const std::string answer = get("/");
  for (const char* field : {"Content-Security-Policy: default-src 'none'; script-src 'self';",
                            "require-trusted-types-for 'script'; trusted-types 'none'",
                            "frame-ancestors 'none'", "X-Content-Type-Options: nosniff"})
    EXPECT_NE(answer.find(field), std::string::npos) << field;
  EXPECT_EQ(answer.find("unsafe"), std::string::npos);
  const std::string text = body(answer);
  for (const char* forbidden : {"style=", "<style", "onclick", "onload"})
    EXPECT_EQ(text.find(forbidden), std::string::npos) << forbidden;
}

TEST_F(ConsolePageTest, ItIsOnlyRead) {
  EXPECT_EQ(get("/", "POST").find("HTTP/1.1 405 "), 0u);
  EXPECT_EQ(get("/console/app.js", "DELETE").find("HTTP/1.1 405 "), 0u);
  EXPECT_EQ(body(get("/", "HEAD")), "");
}
