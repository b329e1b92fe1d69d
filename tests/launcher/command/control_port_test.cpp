// The control API of a pipeline that runs by itself, and its secret.
#include <glib/gstdio.h>
#include <gtest/gtest.h>

#include <csignal>

#include "jackfield_process.hpp"
#include "phone_client.hpp"

using namespace jackfield::test;

namespace {

constexpr char kEndless[] = "audiotestsrc is-live=true ! fakesink sync=true";
constexpr char kToken[] = "a-token-of-more-than-16";

class ControlPortTest : public testing::Test {
 protected:
  void SetUp() override { folder.write("tone.gst", kEndless); }

  // Runs it, until it listens.
  void run(const std::vector<std::string>& more = {}, const Jackfield::Variables& variables = {}) {
    std::vector<std::string> arguments{"run",      "tone.gst", "--listen", "127.0.0.1:0",
                                       "--events", "events",   "--once"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    process.emplace(folder, arguments, variables);
    const Events events{folder.file("events")};
    ASSERT_TRUE(events.wait("session-running")) << process->err();
    base = "http://" + events.named("listening").front().text("address");
    session = events.named("session-running").front().session;
  }
  Reply get(const std::string& path, const Headers& headers = {}) {
    return request("GET", base + path, "", headers);
  }

  TemporaryFolder folder;
  std::optional<Jackfield> process;
  std::string base, session;
};

}  // namespace

TEST_F(ControlPortTest, TellsOfThePipelineAndEndsIt) {
  run();
  EXPECT_EQ(get("/healthz").body, "ok, 1 calls\n");
  EXPECT_EQ(get("/").status, 200u);
  const Reply lines = get("/api/v1/lines");
  EXPECT_NE(lines.body.find(R"("name":"tone","scenario":"tone.gst","kind":"once")"),
            std::string::npos)
      << lines.body;
  const Reply view = get("/api/v1/sessions/" + session);
  EXPECT_EQ(view.status, 200u);
  EXPECT_NE(view.body.find(R"("state":"running")"), std::string::npos) << view.body;
  const Reply hang_up = request("POST", base + "/api/v1/sessions/" + session + "/hangup", "",
                                {{"Content-Type", "application/json"}});
  EXPECT_EQ(hang_up.status, 202u) << hang_up.body;
  EXPECT_EQ(process->wait(), 0) << process->err();
  EXPECT_NE(process->out().find("done after"), std::string::npos) << process->out();
  EXPECT_NE(process->out().find("(operator)"), std::string::npos) << process->out();
}

TEST_F(ControlPortTest, WithoutListenNothingListens) {
  process.emplace(folder,
                  std::vector<std::string>{"run", "tone.gst", "--once", "--events", "events"});
  const Events events{folder.file("events")};
  ASSERT_TRUE(events.wait("session-running")) << process->err();
  EXPECT_TRUE(events.named("listening").empty());
  process->signal(SIGTERM);
  EXPECT_EQ(process->wait(), 0);
}

TEST_F(ControlPortTest, TheTokenIsOfTheEnvironmentOrDotEnv) {
  run({}, {{"JACKFIELD_API_TOKEN", kToken}});
  EXPECT_EQ(get("/api/v1/server").status, 401u);
  EXPECT_EQ(get("/api/v1/server", {{"Authorization", std::string{"Bearer "} + kToken}}).status,
            200u);
  process.reset();
  g_remove(folder.file("events").c_str());
  folder.write(".env", std::string{"JACKFIELD_API_TOKEN="} + kToken + "\n");
  g_chmod(folder.file(".env").c_str(), 0600);
  run();
  EXPECT_EQ(get("/api/v1/server").status, 401u);
  EXPECT_EQ(get("/api/v1/server", {{"Authorization", std::string{"Bearer "} + kToken}}).status,
            200u);
  EXPECT_EQ(get("/api/v1/server", {{"Authorization", "Bearer guess"}}).status, 401u);
  process->signal(SIGTERM);
  EXPECT_EQ(process->wait(), 0);
  for (const std::string& text : {process->out(), process->err(), read_file(folder.file("events"))})
    EXPECT_EQ(text.find(kToken), std::string::npos) << text;
}

TEST_F(ControlPortTest, ItIsNoVariableOfAPipeline) {
  folder.write("leak.gst", "fakesrc name=${JACKFIELD_API_TOKEN:-unset} num-buffers=1 ! fakesink");
  const Result result = run_jackfield(folder, {"run", "leak.gst", "--once"}, 60,
                                      {{"JACKFIELD_API_TOKEN", "leaked0123456789"}});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(result.out.find("leaked"), std::string::npos) << result.out;
}

TEST_F(ControlPortTest, MistakesAreSaidAtOnce) {
  const auto error = [&](const std::vector<std::string>& more,
                         const Jackfield::Variables& variables = {}) {
    std::vector<std::string> arguments{"run", "tone.gst"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Result result = run_jackfield(folder, arguments, 60, variables);
    EXPECT_EQ(result.code, 2) << result.err;
    return result.err;
  };
  EXPECT_NE(error({"--listen", "0.0.0.0:0"}).find("needs JACKFIELD_API_TOKEN"), std::string::npos);
  EXPECT_NE(error({"--listen", "127.0.0.1:0", "--public-url", "https://x.example"})
                .find("--public-url needs JACKFIELD_API_TOKEN"),
            std::string::npos);
  EXPECT_NE(error({"--listen", "127.0.0.1:0"}, {{"JACKFIELD_API_TOKEN", "short"}})
                .find("at least 16 characters"),
            std::string::npos);
  EXPECT_NE(error({"--listen", "somewhere"}).find("no address"), std::string::npos);
  EXPECT_NE(error({"--listen", "127.0.0.1:0", "--drain", "3"}).find("--drain"), std::string::npos);
  EXPECT_NE(error({"--max-pending", "3"}).find("--max-pending"), std::string::npos);
}
