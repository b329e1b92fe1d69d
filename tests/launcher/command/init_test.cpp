// jackfield init: what it writes is complete, passes the check, and is never written over by
// accident. That the agent answers a call is tested in tests/e2e/first_agent_test.py.
#include <glib/gstdio.h>
#include <gtest/gtest.h>

#include "jackfield_process.hpp"

namespace jackfield::test {
namespace {

const std::vector<std::string> kFiles{".env",          ".gitignore", "agent.gst", "caller.json",
                                      "dialogue.json", "words.dict", "words.gram"};

TEST(InitTest, WritesAnAgentThatPassesTheCheck) {
  TemporaryFolder folder;
  const Result result =
      run_jackfield(folder, {"init", "desk", "--company", "Blue Door Bakery & Sons"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(folder.list("desk"), kFiles);
  for (const std::string& name : kFiles)
    EXPECT_NE(result.out.find(name), std::string::npos) << name;
  EXPECT_NE(read_file(folder.file("desk/dialogue.json")).find("Blue Door Bakery & Sons"),
            std::string::npos);
  EXPECT_EQ(read_file(folder.file("desk/dialogue.json")).find("@COMPANY@"), std::string::npos);
  const Result check = run_jackfield(folder, {"check", "desk/agent.gst"});
  EXPECT_EQ(check.code, 0) << check.err;
}

TEST(InitTest, WritesIntoTheCurrentFolder) {
  TemporaryFolder folder;
  EXPECT_EQ(run_jackfield(folder, {"init"}).code, 0);
  EXPECT_NE(read_file(folder.file("dialogue.json")).find("our office"), std::string::npos);
}

#ifndef G_OS_WIN32
TEST(InitTest, SecretsAreTheOwnersAlone) {
  TemporaryFolder folder;
  ASSERT_EQ(run_jackfield(folder, {"init"}).code, 0);
  GStatBuf status{};
  ASSERT_EQ(g_stat(folder.file(".env").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600);
  EXPECT_NE(read_file(folder.file(".gitignore")).find(".env\n"), std::string::npos);
}
#endif

TEST(InitTest, WhatIsThereStays) {
  TemporaryFolder folder;
  folder.write("agent.gst", "mine");
  folder.write(".env", "TWILIO_AUTH_TOKEN=keep-me\n");
  const Result refused = run_jackfield(folder, {"init"});
  EXPECT_EQ(refused.code, 3);
  EXPECT_NE(refused.err.find("agent.gst"), std::string::npos) << refused.err;
  EXPECT_NE(refused.err.find("--force"), std::string::npos);
  EXPECT_EQ(read_file(folder.file("agent.gst")), "mine");
  EXPECT_FALSE(g_file_test(folder.file("dialogue.json").c_str(), G_FILE_TEST_EXISTS));

  const Result forced = run_jackfield(folder, {"init", "--force"});
  EXPECT_EQ(forced.code, 0) << forced.err;
  EXPECT_NE(read_file(folder.file("agent.gst")).find("twiliosrc"), std::string::npos);
  EXPECT_EQ(read_file(folder.file(".env")), "TWILIO_AUTH_TOKEN=keep-me\n");
  EXPECT_NE(forced.out.find("left as it is"), std::string::npos);
}

TEST(InitTest, ANameThatCannotBeSpokenIsRefused) {
  TemporaryFolder folder;
  for (const char* name :
       {"", "  ", "a\"b", "${HOME}", "a\\b", "line\nbreak",
        "a name that is so long that nobody would want to hear it on a telephone"}) {
    const Result result = run_jackfield(folder, {"init", "there", "--company", name});
    EXPECT_EQ(result.code, 2) << name;
    EXPECT_NE(result.err.find("--company"), std::string::npos) << result.err;
  }
  EXPECT_FALSE(g_file_test(folder.file("there").c_str(), G_FILE_TEST_EXISTS));
}

TEST(InitTest, AFolderThatCannotBeMadeIsNamed) {
  TemporaryFolder folder;
  folder.write("file", "x");
  const Result result = run_jackfield(folder, {"init", "file/desk"});
  EXPECT_EQ(result.code, 3);
  EXPECT_NE(result.err.find("file/desk"), std::string::npos) << result.err;
}

}  // namespace
}  // namespace jackfield::test
