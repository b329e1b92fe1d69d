// Provider profiles as a user meets them: chosen by name, mixed with the command line, refused with
// the reason; the keys they need, the models that go; and nobody is called for a mere check.
#include <glib/gstdio.h>
#include <gtest/gtest.h>

#include "jackfield_process.hpp"

using namespace jackfield::test;

namespace {

constexpr char kFile[] = "fakesrc num-buffers=${N:-1} ! fakesink name=${NAME:-own} ${MORE:-}";

std::string shipped(const std::string& name) {
  const gchar* source = g_getenv("JACKFIELD_SOURCE_DIR");
  return std::string{source ? source : "."} + "/pipelines/" + name;
}

bool has(const std::string& text, const std::string& words) {
  return text.find(words) != std::string::npos;
}

class ProfileTest : public testing::Test {
 protected:
  ProfileTest() {
    g_mkdir(folder.file("profiles").c_str(), 0700);
    folder.write("a.gst", kFile);
  }
  void profile(const std::string& name, const std::string& text) {
    folder.write("profiles/" + name + ".conf", text);
  }
  Result check(std::vector<std::string> more, const Jackfield::Variables& variables = {}) {
    more.insert(more.begin(), "check");
    return run_jackfield(folder, more, 60, variables);
  }
  // The text with the profile, "" when it does not pass.
  std::string printed(std::vector<std::string> more, const Jackfield::Variables& variables = {}) {
    more.insert(more.begin(), {"a.gst", "--print"});
    const Result result = check(more, variables);
    EXPECT_EQ(result.code, 0) << result.err;
    return result.out;
  }
  TemporaryFolder folder;
};

// What the cloud elements need, and addresses at which nobody is.
const Jackfield::Variables kKeys{{"OPENAI_API_KEY", "sk-never-shown"},
                                 {"ELEVENLABS_API_KEY", "el-never-shown"},
                                 {"DEEPGRAM_API_KEY", "dg-never-shown"},
                                 {"OPENAI_BASE_URL", ""}};
const Jackfield::Variables kNoKeys{{"OPENAI_API_KEY", ""},
                                   {"ELEVENLABS_API_KEY", ""},
                                   {"DEEPGRAM_API_KEY", ""},
                                   {"OPENAI_BASE_URL", ""}};

// A port that counts who comes.
class Port {
 public:
  Port() {
    port_ = g_socket_listener_add_any_inet_port(listener_.get(), nullptr, nullptr);
    accept();
  }
  ~Port() {
    g_cancellable_cancel(cancellable_.get());
    g_socket_listener_close(listener_.get());
  }
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;
  std::string address(const char* scheme) const {
    return std::string{scheme} + "://127.0.0.1:" + std::to_string(port_);
  }
  int visitors() const { return visitors_; }

 private:
  void accept() { g_socket_listener_accept_async(listener_.get(), cancellable_.get(), came, this); }
  static void came(GObject* source, GAsyncResult* result, gpointer data) {
    gstpp::ErrorPtr error;
    const gstpp::GObjectPtr<GSocketConnection> connection{g_socket_listener_accept_finish(
        G_SOCKET_LISTENER(source), result, nullptr, gstpp::OutPtr{error})};
    if (error && g_error_matches(error.get(), G_IO_ERROR, G_IO_ERROR_CANCELLED)) return;
    auto* self = static_cast<Port*>(data);
    if (connection) ++self->visitors_;
    self->accept();
  }
  gstpp::GObjectPtr<GSocketListener> listener_{g_socket_listener_new()};
  gstpp::GObjectPtr<GCancellable> cancellable_{g_cancellable_new()};
  int port_ = 0;
  int visitors_ = 0;
};

}  // namespace

TEST_F(ProfileTest, StandsBetweenCommandLineAndEnvironment) {
  profile("mine", "[profile]\ndescription=mine\n[variables]\nNAME=chosen\n");
  EXPECT_EQ(printed({}), "fakesrc num-buffers=1 ! fakesink name=own\n");
  EXPECT_EQ(printed({"--profile", "mine"}), "fakesrc num-buffers=1 ! fakesink name=chosen\n");
  EXPECT_EQ(printed({"--profile", "mine"}, {{"NAME", "environment"}, {"N", "3"}}),
            "fakesrc num-buffers=3 ! fakesink name=chosen\n");
  EXPECT_EQ(printed({"--profile", "mine", "NAME=given"}),
            "fakesrc num-buffers=1 ! fakesink name=given\n");
  EXPECT_EQ(printed({"--profile", folder.file("profiles/mine.conf")}),
            "fakesrc num-buffers=1 ! fakesink name=chosen\n");
}

TEST_F(ProfileTest, ItsTextsHaveVariablesOfTheirOwn) {
  profile("mine", "[variables]\nNAME=${PART:-default}\nMORE=sync=${SYNC}\n");
  EXPECT_EQ(printed({"--profile", "mine", "SYNC=true", "PART=a b"}),
            "fakesrc num-buffers=1 ! fakesink name=a\\ b sync=true\n");
  const Result result = check({"a.gst", "--profile", "mine"});
  EXPECT_EQ(result.code, 1);
  EXPECT_TRUE(has(result.err, "in the profile's MORE: the variable SYNC has no value"))
      << result.err;
  EXPECT_TRUE(has(result.err, "a.gst:1:")) << result.err;
}

TEST_F(ProfileTest, AnUnknownOneIsRefusedWithTheList) {
  profile("openai", "[profile]\ndescription=one account\n[variables]\nNAME=x\n");
  profile("local", "[profile]\ndescription=no account\n[variables]\n");
  for (const char* command : {"check", "run", "doctor"}) {
    const Result result = run_jackfield(folder, {command, "a.gst", "--profile", "opnai"});
    EXPECT_EQ(result.code, 2) << command;
    EXPECT_TRUE(has(result.err, "no profile 'opnai'; did you mean 'openai'?")) << result.err;
    EXPECT_TRUE(has(result.err, "local   no account\n")) << result.err;
    EXPECT_TRUE(has(result.err, "openai  one account\n")) << result.err;
  }
}

TEST_F(ProfileTest, MistakesInItAreNamed) {
  const struct {
    const char* text;
    const char* message;
  } cases[] = {
      {"", "a profile has a group [variables]"},
      {"NAME=x\n", "mine.conf: "},
      {"[variable]\nNAME=x\n", "no group [variable] in a profile"},
      {"[profile]\ndescripton=x\n[variables]\n", "did you mean 'description'"},
      {"[variables]\nN-ME=x\n", "'N-ME' is no name of a variable"},
      {"[variables]\nHERE=x\n", "HERE is jackfield's own"},
      {"[variables]\nOPENAI_API_KEY=x\n", "belongs into the file .env"},
      {"[profile]\nneeds=A B-C\n[variables]\n", "'B-C' is no name of a variable"},
      {"[variables]\nNAEM=x\n", "NAEM, which does not occur in the pipeline text; did you mean"},
  };
  for (const auto& c : cases) {
    profile("mine", c.text);
    const Result result = check({"a.gst", "--profile", "mine"});
    EXPECT_EQ(result.code, 2) << c.text;
    EXPECT_TRUE(has(result.err, c.message)) << c.text << result.err;
  }
  EXPECT_TRUE(has(check({"a.gst", "--profile", "none/x.conf"}).err, "there is no such file"));
  EXPECT_TRUE(has(check({"a.gst", "--profile", folder.path() + "/profiles.conf/"}).err,
                  "there is no such file"));
  profile("mine", "[variables]\nNAME=" + std::string(70000, 'x'));
  EXPECT_TRUE(has(check({"a.gst", "--profile", "mine"}).err, "longer than 64 KiB"));
}

TEST_F(ProfileTest, WhatItNeedsMustBeThere) {
  profile("mine", "[profile]\nneeds=MY_SERVICE_URL\n[variables]\nNAME=x\n");
  const Result checked = check({"a.gst", "--profile", "mine"});
  EXPECT_EQ(checked.code, 0);
  EXPECT_TRUE(has(checked.err,
                  "MY_SERVICE_URL is not set: the profile 'mine' needs it; write "
                  "MY_SERVICE_URL=... into " +
                      folder.file(".env")))
      << checked.err;
  const Result result = run_jackfield(folder, {"run", "a.gst", "--profile", "mine"});
  EXPECT_EQ(result.code, 2);
  EXPECT_TRUE(has(result.err, "MY_SERVICE_URL is not set")) << result.err;
  const Result fine =
      run_jackfield(folder, {"run", "a.gst", "--profile", "mine"}, 60, {{"MY_SERVICE_URL", "x"}});
  EXPECT_EQ(fine.code, 0) << fine.err;
  EXPECT_TRUE(has(fine.out, "a.gst with the profile 'mine' runs by itself")) << fine.out;
}

TEST_F(ProfileTest, TheShippedOnesPassTheCheck) {
  for (const char* file :
       {"phone-agent.gst", "browser-agent.gst", "desk-agent.gst", "loopback.gst", "task.gst"}) {
    const bool hears = std::string_view{file} != "task.gst";
    for (const char* name : {"local", "specification", "current", "fast", "openai", "agent-core"}) {
      if (!hears && std::string_view{name} == "agent-core") continue;  // it has no thinker
      std::vector<std::string> arguments{shipped(file), "--profile", name};
      if (std::string_view{file} == "loopback.gst")
        arguments.push_back("IN=" + folder.write("in.wav", "RIFF"));
      const Result result = check(arguments, kKeys);
      EXPECT_EQ(result.code, 0) << file << " " << name << ": " << result.err;
      EXPECT_FALSE(has(result.err, "is not set")) << result.err;
      EXPECT_FALSE(has(result.err, "never-shown")) << result.err;
      // What is shut down is said of the one, and the others use nothing of it.
      const bool old = has(result.err, "shut down by OpenAI on 2027-02-26") ||
                       has(result.err, "OpenAI shut it down on 2027-02-26");
      EXPECT_EQ(old, hears && std::string_view{name} == "specification") << name << result.err;
    }
  }
}

TEST_F(ProfileTest, WhatThinksIsChecked) {
  const auto printed = [&](const std::string& name) {
    return check({shipped("phone-agent.gst"), "--profile", name, "--print"}, kKeys).out;
  };
  EXPECT_TRUE(has(printed("openai"), "thinker=\"openaillm model=")) << printed("openai");
  EXPECT_TRUE(has(printed("openai"), "reasoning-effort=high\"")) << printed("openai");
  EXPECT_TRUE(has(printed("local"), "thinker=\" \"")) << printed("local");
  const std::vector<std::string> with{shipped("phone-agent.gst"), "--profile", "openai"};
  const auto error = [&](const std::string& assignment) {
    std::vector<std::string> arguments = with;
    arguments.push_back(assignment);
    const Result result = check(arguments, kKeys);
    EXPECT_EQ(result.code, 1) << assignment;
    return result.err;
  };
  EXPECT_TRUE(has(error("THINKER=openaillm modell=x"), "has no property 'modell'"));
  EXPECT_TRUE(has(error("LLM=scriptedllm script=" + shipped("scripts/reception.json")),
                  "thinker: the stage \"llm\" takes no tools"));
  EXPECT_EQ(check({shipped("phone-agent.gst"), "--profile", "openai",
                   "THINKER= ", "LLM=scriptedllm script=" + shipped("scripts/reception.json")},
                  kKeys)
                .code,
            0);
}

TEST_F(ProfileTest, ItMustHaveSomethingForTheFile) {
  const Result result = check({shipped("echo.gst"), "--profile", "openai"}, kKeys);
  EXPECT_EQ(result.code, 2);
  EXPECT_TRUE(has(result.err, "has a value for LLM, which does not occur")) << result.err;
}

TEST_F(ProfileTest, WithoutItsKeyNoLineIsOpened) {
  const std::string file = shipped("phone-agent.gst");
  for (const auto& [name, keys] : std::vector<std::pair<std::string, std::vector<std::string>>>{
           {"specification", {"OPENAI_API_KEY", "ELEVENLABS_API_KEY"}},
           {"current", {"OPENAI_API_KEY", "ELEVENLABS_API_KEY"}},
           {"fast", {"DEEPGRAM_API_KEY", "OPENAI_API_KEY", "ELEVENLABS_API_KEY"}},
           {"openai", {"OPENAI_API_KEY"}}}) {
    const Result result = run_jackfield(
        folder, {"run", file, "--profile", name, "--listen", "127.0.0.1:0"}, 60, kNoKeys);
    EXPECT_EQ(result.code, 2) << name;
    EXPECT_FALSE(has(result.out, "voice webhook")) << result.out;
    for (const char* key : {"OPENAI_API_KEY", "ELEVENLABS_API_KEY", "DEEPGRAM_API_KEY"}) {
      const bool needed = std::find(keys.begin(), keys.end(), key) != keys.end();
      EXPECT_EQ(has(result.err, std::string{key} + " is not set"), needed) << name << result.err;
    }
    EXPECT_TRUE(has(result.err, "=... into " + shipped(".env"))) << result.err;
  }
}

TEST_F(ProfileTest, AKeyIsNeededByWhatIsLeftOfIt) {
  const Result result =
      check({shipped("phone-agent.gst"), "--profile", "specification", "TTS=flitetts voice=slt"},
            kNoKeys);
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_TRUE(has(result.err, "OPENAI_API_KEY is not set: openaistt and openaillm need it"))
      << result.err;
  EXPECT_FALSE(has(result.err, "ELEVENLABS_API_KEY")) << result.err;
}

TEST_F(ProfileTest, AnElementIsLookedAtWithoutAProfileToo) {
  const Result result = run_jackfield(
      folder, {"run", shipped("phone-realtime.gst"), "MODEL=gpt-realtime"}, 60, kNoKeys);
  EXPECT_EQ(result.code, 2);
  EXPECT_TRUE(has(result.err, "the model gpt-realtime of openairealtime")) << result.err;
  EXPECT_TRUE(has(result.err, "2027-01-20; use gpt-realtime-2.1")) << result.err;
  EXPECT_TRUE(has(result.err, "OPENAI_API_KEY is not set: openairealtime needs it")) << result.err;
}

TEST_F(ProfileTest, AModelThatGoesIsAnEvent) {
  folder.write("stt.gst",
               "audiotestsrc num-buffers=1 ! openaistt check-model=false model=${M:-whisper-1} "
               "base-url=${URL:-https://api.openai.com/v1} ! fakesink");
  const Result result =
      run_jackfield(folder, {"run", "stt.gst", "--once", "--events", "e.jsonl"}, 60,
                    {{"OPENAI_API_KEY", "sk-never-shown"},
                     // Nobody leaves this machine for a test.
                     {"https_proxy", "http://127.0.0.1:1"}});
  EXPECT_TRUE(has(result.err, "warning: the model whisper-1 of openaistt")) << result.err;
  const auto warnings = Events{folder.file("e.jsonl")}.named("warning");
  ASSERT_FALSE(warnings.empty());
  EXPECT_TRUE(has(warnings.front().text("text"), "2027-02-26")) << warnings.front().text("text");
  EXPECT_FALSE(has(check({"stt.gst", "URL=http://127.0.0.1:1/v1"}).err, "whisper-1 of openaistt"));
}

TEST_F(ProfileTest, ACheckCallsNobody) {
  Port port;
  Jackfield::Variables variables = kKeys;
  variables.back().second = port.address("http") + "/v1";
  const std::string url = port.address("ws");
  const std::vector<std::vector<std::string>> choices{
      {"STT=deepgramstt base-url=" + url, "LLM=openaillm model=x",
       "TTS=elevenlabstts voice=x base-url=" + url},
      {"STT=openaistt model=x", "LLM=openaillm model=x api=responses", "TTS=openaitts model=x"},
      {"STT=elevenlabsstt base-url=" + url, "STT_FALLBACK=deepgramstt base-url=" + url,
       "TTS_FALLBACK=openaitts model=x"},
  };
  for (auto arguments : choices) {
    arguments.insert(arguments.begin(), {"check", shipped("phone-agent.gst")});
    Jackfield process{folder, arguments, variables};
    EXPECT_EQ(process.wait(), 0) << process.err();
    wait_for([] { return false; }, 0.2);  // what is in the backlog is counted
    EXPECT_EQ(port.visitors(), 0) << arguments[2];
  }
  // The port does count: the same elements in a pipeline that runs.
  folder.write("run.gst", "audiotestsrc num-buffers=1 ! openaistt model=x ! fakesink");
  Jackfield process{folder, {"run", "run.gst", "--once"}, variables};
  EXPECT_TRUE(wait_for([&] { return port.visitors() > 0; }));
}
