// Secrets of the environment, of .env and of the command line, and everything that is written.
#include <glib/gstdio.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>

#include "jackfield_process.hpp"
#include "phone_client.hpp"
#include "twilio/signature.hpp"

using namespace jackfield;
using namespace jackfield::test;

namespace {

constexpr char kToken[] = "0123456789abcdeffedcba9876543210";
constexpr char kPlain[] = "hunter2-hunter2-hunter2";
constexpr char kOdd[] = "pass \"word\" & it's $5\\7";  // everything that is escaped somewhere
constexpr char kReal[] = "real-environment-secret";
constexpr char kGiven[] = "command-line-secret";

class SecretsTest : public testing::Test {
 protected:
  void SetUp() override {
    folder.write(".env",
                 std::string{"TWILIO_AUTH_TOKEN="} + kToken + "\nPLAIN_KEY=" + kPlain +
                     "\nODD_PASSWORD=\"pass \\\"word\\\" & it's $5\\\\7\"\nGREETING=hello\n");
    g_chmod(folder.file(".env").c_str(), 0600);
  }

  static Jackfield::Variables variables() {
    return {{"REAL_SECRET", kReal}, {"GST_DEBUG", "5"}, {"GST_DEBUG_FILE", "gst.log"}};
  }

  // Every file in the folder but .env, with the secret of these that is in it.
  std::vector<std::string> leaks(const std::string& in = "") const {
    std::vector<std::string> found;
    for (const std::string& name : folder.list(in)) {
      const std::string path = in.empty() ? name : in + "/" + name;
      if (g_file_test(folder.file(path).c_str(), G_FILE_TEST_IS_DIR)) {
        const auto more = leaks(path);
        found.insert(found.end(), more.begin(), more.end());
      } else if (path != ".env") {
        const std::string text = read_file(folder.file(path));
        for (const char* secret :
             {kToken, kPlain, kOdd, kReal, kGiven, "hunter2-", "pass \"word", "word\\\""})
          if (const std::size_t at = text.find(secret); at != std::string::npos)
            found.push_back(path + ": " + text.substr(at > 200 ? at - 200 : 0, 300));
      }
    }
    return found;
  }

  void expect_no_leak() const {
    const auto found = leaks();
    EXPECT_TRUE(found.empty()) << found.size() << " places; the first: " << found.front();
  }

  TemporaryFolder folder;
  Events events{folder.file("events")};
};

}  // namespace

TEST_F(SecretsTest, AFailingPipelineDoesNotTell) {
  folder.write(
      "p.gst",
      "audiotestsrc num-buffers=5 name=${REAL_SECRET} ! taginject tags=\"comment=${PLAIN_KEY}\"\n"
      "  ! filesink name=${GIVEN_TOKEN} location=/nonexistent/${ODD_PASSWORD}/${PLAIN_KEY}\n");
  const Result result = run_jackfield(folder,
                                      {"run", "p.gst", "--events", "events", "--recordings", "r",
                                       std::string{"GIVEN_TOKEN="} + kGiven},
                                      60, variables());
  EXPECT_EQ(result.code, 1);
  EXPECT_NE(result.out.find("/nonexistent/***/***"), std::string::npos) << result.out;
  EXPECT_EQ(events.named("error").size(), 1u);
  EXPECT_GT(read_file(folder.file("gst.log")).size(), 100000u);
  EXPECT_NE(read_file(folder.file("gst.log")).find("***"), std::string::npos);
  bool dot = false;
  for (const std::string& session : folder.list("r")) {
    const std::string graph = read_file(folder.file("r/" + session + "/pipeline-error.dot"));
    dot = dot || graph.find("***") != std::string::npos;
  }
  EXPECT_TRUE(dot);
  expect_no_leak();
}

TEST_F(SecretsTest, AFailingCallDoesNotTell) {
  folder.write("p.gst",
               "twiliosrc name=${PLAIN_KEY} ! identity name=\"${REAL_SECRET}\" error-after=30 ! "
               "twiliosink\n");
  Jackfield server{
      folder,
      {"run", "p.gst", "--listen", "127.0.0.1:0", "--events", "events", "--recordings", "r"},
      variables()};
  ASSERT_TRUE(events.wait("listening")) << server.err();
  const std::string voice = events.named("listening").front().text("url");
  const std::string media = "ws" + voice.substr(4, voice.find("/twilio") - 4) + "/twilio/media";
  const std::string form = "CallSid=CA00000000000000000000000000000001&From=%2B15550001111";
  const auto sign = [&](const std::string& url, const std::string& body) {
    return Headers{
        {"X-Twilio-Signature", twilio::twilio_signature(kToken, url, twilio::parse_form(body))}};
  };
  EXPECT_EQ(request("POST", voice, form, sign(voice, "")).status, 403u);
  const Reply twiml = request("POST", voice, form, sign(voice, form));
  MediaStream stream{media, sign(media, "")};
  ASSERT_TRUE(stream.connected()) << server.err();
  stream.start(between(twiml.body, "name=\"token\" value=\"", "\""));
  stream.send_audio(60, 0x42);
  EXPECT_TRUE(wait_for([&] { return stream.closed(); }));
  ASSERT_TRUE(events.wait("session-closed"));
  EXPECT_EQ(events.named("session-closed").front().text("reason"), "error");
  server.signal(SIGTERM);
  EXPECT_EQ(server.wait(), 0);
  expect_no_leak();
}

TEST_F(SecretsTest, AWrongFileDoesNotTell) {
  folder.write("p.gst",
               "audiotestsrc num-buffers=${PLAIN_KEY} wave=${ODD_PASSWORD} ! fakesink\n"
               "${REAL_SECRET} ! fakesink\n");
  for (const char* command : {"check", "run"}) {
    const Result result = run_jackfield(folder, {command, "p.gst"}, 60, variables());
    EXPECT_NE(result.code, 0);
    EXPECT_NE(result.err.find("'***' is not a value"), std::string::npos) << result.err;
    EXPECT_NE(result.err.find("p.gst:1:"), std::string::npos) << result.err;
  }
  expect_no_leak();
}

TEST_F(SecretsTest, CheckPrintsNamesInPlaceOfSecrets) {
  folder.write(
      "p.gst",
      "audiotestsrc name=${PLAIN_KEY} num-buffers=1 ! taginject tags=\"comment=${ODD_PASSWORD}\"\n"
      "  ! fakesink name=${GREETING}${GIVEN_TOKEN}\n");
  const Result result = run_jackfield(
      folder, {"check", "--print", "p.gst", std::string{"GIVEN_TOKEN="} + kGiven}, 60, variables());
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_NE(result.out.find("name=${PLAIN_KEY}"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("${ODD_PASSWORD}"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("name=hello${GIVEN_TOKEN}"), std::string::npos) << result.out;
  expect_no_leak();
}

TEST_F(SecretsTest, AWrongEnvFileDoesNotTell) {
  folder.write("p.gst", "fakesrc num-buffers=1 ! fakesink");
  folder.write("bad.env", std::string{"A=1\nPLAIN_KEY=\""} + kPlain + "\n");
  EXPECT_EQ(g_rename(folder.file("bad.env").c_str(), folder.file(".env").c_str()), 0);
  g_chmod(folder.file(".env").c_str(), 0600);
  for (const char* command : {"check", "run"}) {
    const Result result = run_jackfield(folder, {command, "p.gst"}, 60, variables());
    EXPECT_EQ(result.code, 2);
    EXPECT_NE(result.err.find(".env:2: the closing quote is missing"), std::string::npos)
        << result.err;
  }
  const Result simulated = run_jackfield(folder, {"simulate"});
  EXPECT_EQ(simulated.code, 2);
  expect_no_leak();
  g_chmod(folder.file(".env").c_str(), 0640);
  const Result open_to_all = run_jackfield(folder, {"run", "p.gst"});
  EXPECT_EQ(open_to_all.code, 2);
  EXPECT_NE(open_to_all.err.find("chmod 600"), std::string::npos) << open_to_all.err;
  const Result missing = run_jackfield(folder, {"run", "p.gst", "--env-file", "nowhere"});
  EXPECT_EQ(missing.code, 2);
  EXPECT_NE(missing.err.find("nowhere: "), std::string::npos) << missing.err;
}

TEST_F(SecretsTest, TheRealEnvironmentComesBeforeTheFile) {
  folder.write("p.gst", "fakesrc num-buffers=1 name=${GREETING} ! fakesink");
  const Result file = run_jackfield(folder, {"check", "--print", "p.gst"});
  EXPECT_NE(file.out.find("name=hello"), std::string::npos) << file.out << file.err;
  const Result real =
      run_jackfield(folder, {"check", "--print", "p.gst"}, 60, {{"GREETING", "hi"}});
  EXPECT_NE(real.out.find("name=hi"), std::string::npos) << real.out;
  folder.write("other.env", "GREETING=other\n");
  g_chmod(folder.file("other.env").c_str(), 0600);
  const Result given =
      run_jackfield(folder, {"check", "--print", "p.gst", "--env-file", "other.env"});
  EXPECT_NE(given.out.find("name=other"), std::string::npos) << given.out;
}

#if defined(__linux__)
TEST_F(SecretsTest, TheProcessItselfDoesNotTell) {
  folder.write("p.gst", "twiliosrc ! identity name=${GIVEN_TOKEN} ! twiliosink");
  const auto start = [&](const std::string& events_file, std::vector<std::string> more) {
    std::vector<std::string> words{
        "run",          "p.gst",    "--listen",
        "127.0.0.1:0",  "--events", events_file,
        "--recordings", "r",        std::string{"GIVEN_TOKEN="} + kGiven};
    words.insert(words.end(), more.begin(), more.end());
    auto server = std::make_unique<Jackfield>(folder, words, variables());
    EXPECT_TRUE(Events{folder.file(events_file)}.wait("listening")) << server->err();
    return server;
  };
  const auto server = start("events", {});
  const std::string command_line = read_file("/proc/" + server->pid() + "/cmdline");
  EXPECT_NE(command_line.find("GIVEN_TOKEN=****"), std::string::npos) << command_line;
  EXPECT_EQ(command_line.find(kGiven), std::string::npos) << command_line;
  const auto core_limit = [](const Jackfield& process) {
    const std::string limits = read_file("/proc/" + process.pid() + "/limits");
    return between(limits, "Max core file size", "\n");
  };
  EXPECT_NE(core_limit(*server).find(" 0 "), std::string::npos) << core_limit(*server);
  // A process that may not be looked into belongs to the superuser in /proc.
  GStatBuf status{};
  ASSERT_EQ(g_stat(("/proc/" + server->pid() + "/environ").c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, 0u);
}
#endif
