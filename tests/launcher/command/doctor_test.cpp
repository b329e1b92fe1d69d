// `jackfield doctor` on machines where something is missing.
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <gtest/gtest.h>

#include <optional>

#include "jackfield_process.hpp"

using namespace jackfield::test;

namespace {

// A variable of the environment for the length of a test, or none; children inherit it.
class Environment {
 public:
  Environment(const char* name, const std::optional<std::string>& value) : name_(name) {
    const gchar* before = g_getenv(name);
    had_ = before != nullptr;
    before_ = had_ ? before : "";
    value ? (void)g_setenv(name, value->c_str(), TRUE) : g_unsetenv(name);
  }
  ~Environment() { had_ ? (void)g_setenv(name_, before_.c_str(), TRUE) : g_unsetenv(name_); }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  const char* name_;
  bool had_ = false;
  std::string before_;
};

struct Report {
  int code = 0;
  std::string text;
  std::shared_ptr<JsonNode> root;

  // "health: text (advice)" of each finding about the topic.
  std::vector<std::string> about(const std::string& topic) const {
    std::vector<std::string> found;
    if (!root) return found;
    JsonArray* findings =
        json_object_get_array_member(json_node_get_object(root.get()), "findings");
    for (guint i = 0; i < json_array_get_length(findings); ++i) {
      JsonObject* finding = json_array_get_object_element(findings, i);
      const auto member = [&](const char* name) {
        return std::string{json_object_get_string_member(finding, name)};
      };
      if (member("topic") == topic)
        found.push_back(member("health") + ": " + member("text") + " (" + member("advice") + ")");
    }
    return found;
  }
  bool says(const std::string& topic, const std::string& begin, const std::string& words) const {
    for (const std::string& finding : about(topic)) {
      if (finding.starts_with(begin) && finding.find(words) != std::string::npos) return true;
    }
    return false;
  }
};

std::string pipeline(const char* name) {
  const gchar* source = g_getenv("JACKFIELD_SOURCE_DIR");
  return std::string{source ? source : "."} + "/pipelines/" + name;
}

class DoctorTest : public testing::Test {
 protected:
  Report doctor(std::vector<std::string> arguments = {}) {
    arguments.insert(arguments.begin(), {"doctor", "--json"});
    const Result result = run_jackfield(folder, arguments);
    Report report{.code = result.code, .text = result.out + result.err, .root = {}};
    report.root = {json_from_string(result.out.c_str(), nullptr),
                   [](JsonNode* node) { node ? json_node_unref(node) : (void)0; }};
    EXPECT_TRUE(report.root) << report.text;
    return report;
  }
  TemporaryFolder folder;
  // Never the sound server of whoever runs the tests.
  Environment no_server{"PULSE_SERVER", "unix:/nowhere/native"};
};

}  // namespace

TEST_F(DoctorTest, HereNothingIsMissingButSound) {
  const Report report = doctor();
  EXPECT_EQ(report.code, 0) << report.text;
  EXPECT_TRUE(report.says("plugins", "ok", "elements")) << report.text;
  EXPECT_TRUE(report.says("models", "ok", "silero_vad.onnx")) << report.text;
  EXPECT_TRUE(report.says("models", "ok", "en-us")) << report.text;
  EXPECT_TRUE(report.says("audio", "warn", "no sound server answers")) << report.text;
  EXPECT_TRUE(report.says("machine", "", "processor cores")) << report.text;
  EXPECT_TRUE(report.says("storage", "", "free")) << report.text;
}

TEST_F(DoctorTest, WithoutOurPluginsItSaysHowToGetThem) {
  const Environment path{"GST_PLUGIN_PATH_1_0", ""};
  const Environment registry{"GST_REGISTRY", folder.file("registry")};
  const Report report = doctor();
  EXPECT_EQ(report.code, 1);
  EXPECT_TRUE(report.says("plugins", "fail: there is no element 'agentbrain'", "./dev build"))
      << report.text;
  EXPECT_TRUE(report.says("models", "warn", "turndetector is missing")) << report.text;
}

TEST_F(DoctorTest, AModelThatIsNoneIsAFailure) {
  folder.write("silero_vad.onnx", "this is no model");
  const Environment models{"JACKFIELD_MODELS", folder.path()};
  const Report report = doctor();
  EXPECT_EQ(report.code, 1);
  EXPECT_TRUE(report.says("models", "fail", "silero_vad.onnx")) << report.text;
}

TEST_F(DoctorTest, AnUntestedModelIsAWarning) {
  const gchar* models = g_getenv("JACKFIELD_MODELS");
  std::string model = read_file(std::string{models ? models : ""} + "/silero_vad.onnx");
  ASSERT_GT(model.size(), 100000u);
  model[model.size() / 2] = static_cast<char>(model[model.size() / 2] ^ 1);  // inside the weights
  folder.write("silero_vad.onnx", model);
  const Environment other{"JACKFIELD_MODELS", folder.path()};
  const Report report = doctor();
  EXPECT_EQ(report.code, 0) << report.text;
  EXPECT_TRUE(report.says("models", "warn", "not the version that was tested")) << report.text;
}

TEST_F(DoctorTest, ADeskWithoutDevicesIsAFailure) {
  const Report report = doctor({pipeline("desk-agent.gst")});
  EXPECT_EQ(report.code, 1);
  EXPECT_TRUE(report.says("scenario", "ok", "desk-agent.gst")) << report.text;
  EXPECT_TRUE(report.says("audio", "fail", "no sound server answers")) << report.text;
}

TEST_F(DoctorTest, AScenarioWithAMistakeIsAFailure) {
  folder.write("bad.gst", "fakesrc ! fakesinc");
  const Report report = doctor({"bad.gst"});
  EXPECT_EQ(report.code, 1);
  EXPECT_TRUE(report.says("scenario", "fail", "no element 'fakesinc'")) << report.text;
}

TEST_F(DoctorTest, ATakenPortIsAFailureForCallsOnly) {
  const gstpp::GObjectPtr<GSocketListener> listener{g_socket_listener_new()};
  const gstpp::GObjectPtr<GSocketAddress> wanted{
      g_inet_socket_address_new_from_string("127.0.0.1", 0)};
  GSocketAddress* given = nullptr;
  ASSERT_TRUE(g_socket_listener_add_address(listener.get(), wanted.get(), G_SOCKET_TYPE_STREAM,
                                            G_SOCKET_PROTOCOL_TCP, nullptr, &given, nullptr));
  const gstpp::GObjectPtr<GSocketAddress> owned{given};
  const std::string port =
      std::to_string(g_inet_socket_address_get_port(G_INET_SOCKET_ADDRESS(given)));
  const Report alone = doctor({"--port", port});
  EXPECT_EQ(alone.code, 0) << alone.text;
  EXPECT_TRUE(alone.says("ports", "warn", port)) << alone.text;
  const Report calls = doctor({pipeline("echo.gst"), "--port", port});
  EXPECT_EQ(calls.code, 1);
  EXPECT_TRUE(calls.says("ports", "fail", port)) << calls.text;
}

TEST_F(DoctorTest, ProgramsForToolsAreLookedFor) {
  const gchar* before = g_getenv("PATH");
  folder.write("playwright-mcp", "#!/bin/sh\n");
  g_chmod(folder.file("playwright-mcp").c_str(), 0755);
  const Environment path{"PATH", folder.file(".") + ":" + (before ? before : "")};
  const Report report = doctor();
  EXPECT_TRUE(report.says("tools", "ok", "playwright-mcp")) << report.text;
  EXPECT_FALSE(report.says("tools", "ok", "needed by some only: playwright-mcp")) << report.text;
}

TEST_F(DoctorTest, KeysAreNamedAndNeverShown) {
  const Environment key{"OPENAI_API_KEY", "this-is-secret"};
  folder.write(".env", "DEEPGRAM_API_KEY=also-secret\n");
  g_chmod(folder.file(".env").c_str(), 0644);
  const Report report = doctor();
  EXPECT_TRUE(report.says("keys", "ok", "OPENAI_API_KEY")) << report.text;
  EXPECT_TRUE(report.says("keys", "fail", "chmod 600 .env")) << report.text;
  EXPECT_EQ(report.text.find("-secret"), std::string::npos) << report.text;
  EXPECT_EQ(report.code, 1);
  g_chmod(folder.file(".env").c_str(), 0600);
  const Report closed = doctor();
  EXPECT_TRUE(closed.says("keys", "ok", "DEEPGRAM_API_KEY")) << closed.text;
  EXPECT_TRUE(closed.says("keys", "ok", ".env is read")) << closed.text;
  EXPECT_EQ(closed.text.find("-secret"), std::string::npos) << closed.text;
  const Result people = run_jackfield(folder, {"doctor"});
  EXPECT_EQ(people.out.find("-secret"), std::string::npos) << people.out;
}

TEST_F(DoctorTest, WhatAScenarioNeedsOfServicesIsLookedFor) {
  const Environment no_key{"OPENAI_API_KEY", std::nullopt};
  const Environment no_other{"ELEVENLABS_API_KEY", std::nullopt};
  const Environment no_address{"OPENAI_BASE_URL", std::nullopt};
  const Report none = doctor({pipeline("phone-agent.gst"), "--profile", "specification"});
  EXPECT_EQ(none.code, 1);
  EXPECT_TRUE(none.says("keys", "fail", "OPENAI_API_KEY is not set: openaistt and openaillm"))
      << none.text;
  EXPECT_TRUE(none.says("keys", "fail", "ELEVENLABS_API_KEY is not set")) << none.text;
  EXPECT_TRUE(none.says("models", "warn", "2027-02-26")) << none.text;
  folder.write("mine.env", "OPENAI_API_KEY=this-is-one\nELEVENLABS_API_KEY=this-is-another\n");
  g_chmod(folder.file("mine.env").c_str(), 0600);
  const Report there =
      doctor({pipeline("phone-agent.gst"), "--profile", "specification", "--env-file", "mine.env"});
  EXPECT_TRUE(there.says("keys", "ok", "mine.env is read")) << there.text;
  EXPECT_EQ(there.text.find("is not set"), std::string::npos) << there.text;
  EXPECT_EQ(there.text.find("this-is"), std::string::npos) << there.text;
}
