// openairealtime in live pipelines, beside the fake of the Realtime API.
#include <glib/gstdio.h>
#include <gmock/gmock.h>
#include <gst/gst.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "fake_server.hpp"
#include "gstpp.hpp"
#include "json_reader.hpp"
#include "turn_events.hpp"

namespace test_support {
namespace {

using namespace std::chrono_literals;
using jackfield::JsonValue;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr char kMulaw[] = "mulawenc";
constexpr char kPcm[] = "capsfilter caps=audio/x-raw,format=S16LE,rate=24000,channels=1";

class OpenAiRealtimeTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { gst_init(nullptr, nullptr); }
  void SetUp() override {
    gstpp::ErrorPtr error;
    folder_ =
        gstpp::CharPtr{g_dir_make_tmp("jackfield-realtime-XXXXXX", gstpp::OutPtr{error})}.get();
  }
  void TearDown() override {
    stop();
    server_.reset();
    GDir* dir = g_dir_open(folder_.c_str(), 0, nullptr);
    while (const gchar* name = g_dir_read_name(dir)) g_unlink((folder_ + "/" + name).c_str());
    g_dir_close(dir);
    g_rmdir(folder_.c_str());
  }

  void serve(const std::string& script) {
    std::ofstream(folder_ + "/script.json") << script;
    server_.emplace(
        "openai_realtime.py",
        std::vector<std::string>{"--script", folder_ + "/script.json", "--log", folder_});
  }
  void start(const std::string& properties = "", const char* format = kMulaw,
             const std::string& key = "test-key") {
    const std::string text =
        std::string(
            "audiotestsrc name=caller is-live=true wave=silence samplesperbuffer=160 ! "
            "audio/x-raw,rate=") +
        (format == kPcm ? "24000" : "8000") + ",channels=1 ! " + format +
        " ! openairealtime name=agent base-url=" + server_->base_url() + " api-key=" + key + " " +
        properties + " ! fakesink name=line async=false sync=true signal-handoffs=true";
    gstpp::ErrorPtr error;
    pipeline_.reset(GST_ELEMENT_CAST(
        gst_object_ref_sink(gst_parse_launch(text.c_str(), gstpp::OutPtr{error}))));
    ASSERT_FALSE(error) << error->message;
    agent_.reset(gst_bin_get_by_name(GST_BIN(pipeline_.get()), "agent"));
    bus_.reset(gst_element_get_bus(pipeline_.get()));
    const gstpp::ElementPtr line{gst_bin_get_by_name(GST_BIN(pipeline_.get()), "line")};
    g_signal_connect(line.get(), "handoff", G_CALLBACK(on_buffer), this);
    play();
  }
  void play() { gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING); }
  void stop() {
    if (pipeline_) gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
    agent_.reset();
    pipeline_.reset();
    bus_.reset();
  }
  void speak(bool loud) {
    const gstpp::ElementPtr caller{gst_bin_get_by_name(GST_BIN(pipeline_.get()), "caller")};
    gst_util_set_object_arg(G_OBJECT(caller.get()), "wave", loud ? "sine" : "silence");
  }

  // The next message of that name; its fields. Others are dropped.
  gstpp::StructurePtr wait(const std::string& name,
                           const std::function<bool(const GstStructure*)>& fits = {}) {
    const auto until = std::chrono::steady_clock::now() + 40s;
    while (std::chrono::steady_clock::now() < until) {
      const gstpp::MessagePtr message{gst_bus_timed_pop_filtered(
          bus_.get(), 100 * GST_MSECOND,
          static_cast<GstMessageType>(GST_MESSAGE_ELEMENT | GST_MESSAGE_ERROR | GST_MESSAGE_EOS))};
      if (!message) continue;
      if (GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_EOS) {
        if (name == "eos") return gstpp::StructurePtr{gst_structure_new_empty("eos")};
        ADD_FAILURE() << "the stream ended before " << name;
        return nullptr;
      }
      if (GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_ERROR) {
        gstpp::ErrorPtr error;
        gst_message_parse_error(message.get(), gstpp::OutPtr{error}, nullptr);
        if (name == "error") {
          return gstpp::StructurePtr{
              gst_structure_new("error", "text", G_TYPE_STRING, error->message, nullptr)};
        }
        ADD_FAILURE() << "error before " << name << ": " << error->message;
        return nullptr;
      }
      const GstStructure* s = gst_message_get_structure(message.get());
      if (gst_structure_has_name(s, name.c_str()) && (!fits || fits(s))) {
        return gstpp::StructurePtr{gst_structure_copy(s)};
      }
    }
    ADD_FAILURE() << name << " did not come";
    return nullptr;
  }
  static std::string text_of(const gstpp::StructurePtr& s, const char* field = "text") {
    return s ? gstpp::get_string(s.get(), field) : std::string();
  }
  guint64 stat(const char* name) {
    GstStructure* raw = nullptr;
    g_object_get(agent_.get(), "stats", &raw, nullptr);
    const gstpp::StructurePtr stats{raw};
    return gstpp::get_uint64(stats.get(), name, G_MAXUINT64);
  }
  // Types of what the service received, without audio; and the events themselves.
  std::vector<std::string> received(std::vector<JsonValue>* events = nullptr) {
    return logged("received", events);
  }
  std::vector<std::string> logged(const char* direction, std::vector<JsonValue>* events = nullptr) {
    std::vector<std::string> types;
    std::ifstream log(folder_ + "/events.jsonl");
    for (std::string line; std::getline(log, line);) {
      const auto parsed = jackfield::parse_json(line);
      if (!parsed.value || parsed.value->find("direction")->string != direction) continue;
      const JsonValue* event = parsed.value->find("event");
      const JsonValue* type = event->find("type");
      if (!type || type->string == "input_audio_buffer.append") continue;
      types.push_back(type->string);
      if (events) events->push_back(*event);
    }
    return types;
  }
  std::string audio_sent_of(const std::string& item) {
    std::ifstream file(folder_ + "/output-" + item + ".raw", std::ios::binary);
    std::ostringstream bytes;
    bytes << file.rdbuf();
    return bytes.str();
  }
  std::string heard() {
    const std::lock_guard guard(lock_);
    return heard_;
  }
  void expect_no_refusals() { EXPECT_THAT(logged("sent"), testing::Not(Contains("error"))); }
  void turn_event(GstEvent* event) {
    const gstpp::PadPtr pad{gst_element_get_static_pad(agent_.get(), "sink")};
    EXPECT_TRUE(gst_pad_send_event(pad.get(), event));
  }

  gstpp::ElementPtr pipeline_, agent_;
  gstpp::BusPtr bus_;
  std::optional<FakeServer> server_;
  std::string folder_;

 private:
  static void on_buffer(GstElement*, GstBuffer* buffer, GstPad*, gpointer test) {
    auto* self = static_cast<OpenAiRealtimeTest*>(test);
    const gstpp::MappedBuffer map(buffer, GST_MAP_READ);
    const std::lock_guard guard(self->lock_);
    self->heard_.append(reinterpret_cast<const char*>(map.data()), map.size());
  }
  std::mutex lock_;
  std::string heard_;
};

TEST_F(OpenAiRealtimeTest, TheGreetingArrivesByteForByteInBothFormats) {
  for (const char* format : {kMulaw, kPcm}) {
    serve(R"({"replies":[{"text":"Good morning.","ms":730}]})");
    start("", format);
    EXPECT_EQ(text_of(wait("agentbrain/reply")), "Good morning.");
    std::vector<JsonValue> events;
    logged("sent", &events);
    std::string item;
    for (const JsonValue& e : events) {
      if (e.find("type")->string == "response.output_audio.done") item = e.find("item_id")->string;
    }
    EXPECT_FALSE(item.empty());
    EXPECT_EQ(heard().substr(heard().size() - std::min(heard().size(), audio_sent_of(item).size())),
              audio_sent_of(item));
    expect_no_refusals();
    stop();
    server_.reset();
    g_unlink((folder_ + "/events.jsonl").c_str());
    g_unlink((folder_ + "/output-" + item + ".raw").c_str());
  }
}

TEST_F(OpenAiRealtimeTest, AConversationWithTheServicesTurnDetection) {
  serve(
      R"({"replies":[{"text":"Yes?","ms":400},{"text":"Nine to five.","ms":400}],"heard":["the hours"]})");
  start("transcription-model=gpt-live-transcribe noise-reduction=far-field voice=marin");
  wait("agentbrain/reply");
  speak(true);
  wait("agentbrain/state",
       [](auto* s) { return gstpp::get_string(s, "state") == "user-speaking"; });
  speak(false);
  const auto turn = wait("agentbrain/turn");
  ASSERT_TRUE(turn);
  EXPECT_GE(gstpp::get_uint64(turn.get(), "hang-over", 0), 300 * GST_MSECOND);
  const auto words =
      wait("agentbrain/transcript", [](auto* s) { return gstpp::get_bool(s, "final", false); });
  EXPECT_EQ(text_of(words), "the hours");
  EXPECT_EQ(gstpp::get_uint(words.get(), "turn-id", 9), 1u);
  EXPECT_EQ(text_of(wait("agentbrain/reply")), "Nine to five.");
  EXPECT_EQ(stat("turns"), 1u);
  EXPECT_EQ(stat("replies"), 2u);
  expect_no_refusals();
}

TEST_F(OpenAiRealtimeTest, SpeechIntoAReplySilencesItAndTheServiceIsTold) {
  serve(
      R"({"replies":[{"text":"one two three four five six seven eight nine ten","ms":8000},{"text":"Yes?","ms":300}]})");
  start();
  wait("agentbrain/state", [](auto* s) { return gstpp::get_string(s, "state") == "speaking"; });
  std::this_thread::sleep_for(1s);
  speak(true);
  const auto cut = wait("agentbrain/interrupted");
  ASSERT_TRUE(cut);
  const double played = static_cast<double>(heard().size()) / 8;  // ms; a busy machine leaves holes
  speak(false);
  const auto reply = wait("agentbrain/reply");
  EXPECT_TRUE(gstpp::get_bool(reply.get(), "interrupted", false));
  EXPECT_EQ(text_of(wait("agentbrain/reply")), "Yes?");
  std::vector<JsonValue> events;
  received(&events);
  double told = -1;
  for (const JsonValue& e : events) {
    if (e.find("type")->string == "conversation.item.truncate")
      told = e.find("audio_end_ms")->number;
  }
  EXPECT_NEAR(told, played, 150);
  EXPECT_EQ(stat("flushes"), 1u);
  expect_no_refusals();
}

TEST_F(OpenAiRealtimeTest, TurnsFromUpstreamAreCommitted) {
  serve(R"({"replies":[{"text":"Yes?","ms":300}]})");
  start("turn-detection=none speak-first=false", kPcm);
  std::this_thread::sleep_for(500ms);
  turn_event(jackfield::make_event(jackfield::TurnStart{.turn_id = 1, .speech_start = 0}));
  std::this_thread::sleep_for(300ms);
  turn_event(jackfield::make_event(jackfield::TurnEnd{.turn_id = 1}));
  EXPECT_EQ(text_of(wait("agentbrain/reply")), "Yes?");
  EXPECT_THAT(received(),
              ElementsAre("session.update", "input_audio_buffer.commit", "response.create"));
  EXPECT_LT(stat("audio-sent"), 2 * GST_SECOND);  // only the turn
  expect_no_refusals();
}

TEST_F(OpenAiRealtimeTest, AToolIsAnsweredAndTheModelGoesOn) {
  serve(
      R"({"replies":[{"silent":true,"tool":{"name":"price","arguments":{"of":"tea"}}},{"text":"Two.","ms":300}]})");
  start(R"(tools="[{\"type\":\"function\",\"name\":\"price\"}]")");
  const auto call = wait("openairealtime/tool-call");
  ASSERT_TRUE(call);
  EXPECT_EQ(text_of(call, "name"), "price");
  EXPECT_THAT(text_of(call, "arguments"), HasSubstr("tea"));
  gboolean taken = TRUE;
  g_signal_emit_by_name(agent_.get(), "answer-tool-call", "call_x", "2", &taken);
  EXPECT_FALSE(taken);
  g_signal_emit_by_name(agent_.get(), "answer-tool-call", text_of(call, "call-id").c_str(), "2",
                        &taken);
  EXPECT_TRUE(taken);
  EXPECT_EQ(text_of(wait("agentbrain/reply")), "Two.");
  expect_no_refusals();
}

TEST_F(OpenAiRealtimeTest, AToolThatDoesNotAnswerIsReportedToTheModel) {
  serve(
      R"({"replies":[{"silent":true,"tool":{"name":"price"}},{"text":"I do not know.","ms":300}]})");
  start(R"(tool-timeout=200000000 tools="[{\"type\":\"function\",\"name\":\"price\"}]")");
  EXPECT_THAT(text_of(wait("agentbrain/error")), HasSubstr("price"));
  EXPECT_EQ(text_of(wait("agentbrain/reply")), "I do not know.");
}

TEST_F(OpenAiRealtimeTest, TheModelHangsUpBehindItsReply) {
  serve(R"({"replies":[{"text":"Good bye.","ms":300,"tool":{"name":"end"}}]})");
  start(R"(hang-up-tool=end tools="[{\"type\":\"function\",\"name\":\"end\"}]")");
  const auto reply = wait("agentbrain/reply");
  EXPECT_TRUE(gstpp::get_bool(reply.get(), "hang-up", false));
  wait("eos");
}

TEST_F(OpenAiRealtimeTest, ABrokenConnectionIsMadeAgainWithTheConversation) {
  serve(
      R"({"connections":[{"cut_after_ms":1500},{}],"replies":[{"text":"Good morning.","ms":300},{"text":"Yes?","ms":300}]})");
  start();
  EXPECT_EQ(text_of(wait("agentbrain/reply")), "Good morning.");
  EXPECT_FALSE(text_of(wait("agentbrain/error")).empty());
  speak(true);
  std::this_thread::sleep_for(1500ms);
  speak(false);
  EXPECT_EQ(text_of(wait("agentbrain/reply")), "Yes?");
  EXPECT_EQ(stat("sessions"), 2u);
  EXPECT_THAT(received(), ElementsAre("session.update", "response.create", "session.update",
                                      "conversation.item.create"));
  expect_no_refusals();
}

TEST_F(OpenAiRealtimeTest, ASessionIsReplacedBeforeAndWhenItExpires) {
  serve(
      R"({"connections":[{},{"expire_after_ms":1000},{}],"replies":[{"text":"Good morning.","ms":300}]})");
  start("session-limit=1000000000");
  wait("agentbrain/reply");
  while (stat("sessions") < 3) std::this_thread::sleep_for(20ms);
  EXPECT_EQ(stat("connections-lost"), 0u);
  std::vector<JsonValue> events;
  received(&events);
  EXPECT_EQ(events.at(3).find("item")->find("content")->items[0].find("text")->string,
            "Good morning.");
}

TEST_F(OpenAiRealtimeTest, AWrongKeyIsAnErrorWithItsCause) {
  serve("{}");
  start("", kMulaw, "sk-wrong");
  const std::string text = text_of(wait("error"));
  EXPECT_THAT(text, HasSubstr("401"));
  EXPECT_THAT(text, testing::Not(HasSubstr("sk-wrong")));
}

TEST_F(OpenAiRealtimeTest, AModelThatIsNotThereIsNotAskedForWithoutEnd) {
  serve("{}");
  start("model=gpt-none");
  EXPECT_THAT(text_of(wait("agentbrain/error")), HasSubstr("model"));
  wait("error");
}

TEST_F(OpenAiRealtimeTest, ServerFailuresAreTriedAgain) {
  serve(
      R"({"connections":[{"refuse":503},{"refuse":429},{}],"replies":[{"text":"Late.","ms":200}]})");
  start();
  EXPECT_EQ(text_of(wait("agentbrain/reply")), "Late.");
  EXPECT_EQ(stat("connections-lost"), 2u);
}

TEST_F(OpenAiRealtimeTest, NonsenseIsCountedAndSkipped) {
  serve(
      R"({"connections":[{"malformed":["{","[]","{\"type\":\"response.output_audio.delta\",\"delta\":\"*\"}"]}],
            "replies":[{"text":"Fine.","ms":200}]})");
  start();
  EXPECT_EQ(text_of(wait("agentbrain/reply")), "Fine.");
  EXPECT_EQ(stat("bad-events"), 3u);
}

TEST_F(OpenAiRealtimeTest, AFailedResponseIsReportedAndTheCallGoesOn) {
  serve(R"({"replies":[{"fail":"You exceeded your quota."},{"text":"Here.","ms":200}]})");
  start();
  EXPECT_THAT(text_of(wait("agentbrain/error")), HasSubstr("quota"));
  speak(true);
  std::this_thread::sleep_for(500ms);
  speak(false);
  EXPECT_EQ(text_of(wait("agentbrain/reply")), "Here.");
}

TEST_F(OpenAiRealtimeTest, BadToolsAreAnErrorAtTheStart) {
  serve("{}");
  start(R"(tools="[{]")");
  EXPECT_THAT(text_of(wait("error")), HasSubstr("tools: line 1"));
}

TEST_F(OpenAiRealtimeTest, CanBeStoppedAtAnyTimeAndUsedAgain) {
  serve(R"({"replies":[{"text":"Good morning.","ms":4000}]})");
  start();
  for (int ms : {0, 1, 5, 20, 60, 150, 400}) {
    std::this_thread::sleep_for(std::chrono::milliseconds(ms));
    gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
    play();
  }
  wait("agentbrain/state", [](auto* s) { return gstpp::get_string(s, "state") == "speaking"; });
}

}  // namespace
}  // namespace test_support
