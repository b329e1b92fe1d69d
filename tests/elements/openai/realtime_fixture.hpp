// openairealtime in a live pipeline, beside the fake of the Realtime API.
#pragma once

#include <glib/gstdio.h>
#include <gmock/gmock.h>
#include <gst/gst.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <functional>
#include <mutex>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "fake_server.hpp"
#include "gstpp.hpp"
#include "json_reader.hpp"
#include "turn_events.hpp"

namespace test_support {

using namespace std::chrono_literals;
using jackfield::JsonValue;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

inline constexpr char kMulaw[] = "mulawenc";
inline constexpr char kPcm[] = "capsfilter caps=audio/x-raw,format=S16LE,rate=24000,channels=1";

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
    launch("openairealtime name=agent base-url=" + server_->base_url() + " api-key=" + key + " " +
               properties,
           format);
  }
  // `agent`: an element of that name, with its properties.
  void launch(const std::string& agent, const char* format) {
    const std::string text =
        std::string(
            "audiotestsrc name=caller is-live=true wave=silence samplesperbuffer=160 ! "
            "audio/x-raw,rate=") +
        (format == kPcm ? "24000" : "8000") + ",channels=1 ! " + format + " ! " + agent +
        " ! fakesink name=line async=false sync=true signal-handoffs=true";
    gstpp::ErrorPtr error;
    pipeline_.reset(GST_ELEMENT_CAST(
        gst_object_ref_sink(gst_parse_launch(text.c_str(), gstpp::OutPtr{error}))));
    ASSERT_FALSE(error) << error->message;
    agent_.reset(gst_bin_get_by_name(GST_BIN(pipeline_.get()), "agent"));
    bus_.reset(gst_element_get_bus(pipeline_.get()));
    const gstpp::ElementPtr line{gst_bin_get_by_name(GST_BIN(pipeline_.get()), "line")};
    g_signal_connect(line.get(), "handoff", G_CALLBACK(on_buffer), this);
    if (before_play_) before_play_();
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
  std::function<void()> before_play_;

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

}  // namespace test_support
