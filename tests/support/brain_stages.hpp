// Speech stages for tests of agentbrain: some that know the events between stages and some that
// know nothing, with delays and failures that a test sets; a caller that is pushed by the test's
// own thread and an ear at the other end of the line. All share one World, made anew for each test.
#pragma once

#include <gst/gst.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "gstpp.hpp"
#include "turn_events.hpp"

namespace brain_test {

constexpr GstClockTime kMs = GST_MSECOND;

// What the stages do and what they saw. Guarded by `lock` where it is not atomic.
struct World {
  std::mutex lock;
  // STT: what the next turns say, in order ("" nothing, "?" not understood). Foreign STT stages
  // push one as soon as it is there.
  std::deque<std::string> hears;
  std::string interim;  // told upstream as soon as a turn starts; "": nothing
  std::atomic<bool> stt_fails{false};
  std::atomic<bool> stt_blocks{false};
  // LLM
  std::atomic<guint64> llm_delay{0};  // ns; a flush ends it
  std::atomic<bool> llm_fails{false};
  std::atomic<bool> llm_silent{false};
  std::string greeting;  // "": silent when asked to speak first
  // '|' between its sentences, each of which is a buffer.
  std::string reply = "one two three four five six seven eight nine ten";
  std::vector<std::string> questions;  // texts of a turn, joined by '|'
  std::vector<std::string> heard;      // VoiceHeard
  std::vector<std::string> histories;  // VoiceHistory: "reserve from 1: caller hi, agent hello,",
                                       // "first from nothing: overheard hi,"
  int not_understood = 0;
  // TTS
  std::atomic<guint64> tts_delay{0};  // ns, before the first audio, cannot be ended
  std::atomic<guint> word_ms{100};
  std::atomic<bool> tts_words{true};
  // Reserves
  std::atomic<bool> stt_swallows{false};   // the first STT says nothing at all
  std::atomic<bool> llm_complains{false};  // posts testllm/error, then an apology of its own
  std::atomic<bool> llm_cut{false};        // fails behind its first sentence
  std::atomic<bool> reserve_fails{false};
  std::atomic<int> tts_fails_at{-1};  // word at which the first TTS fails
  std::atomic<guint64> tts_hangs{0};  // ns before the first audio of the first TTS; a flush ends it
  std::vector<std::string> reserve_questions;
  std::vector<std::string> reserve_texts;
  std::atomic<guint64> reserve_audio{0};  // bytes that the STT in reserve was given
  // The ear
  struct Sound {
    GstClockTime at;  // running time when it came
    GstClockTime pts;
    GstClockTime duration;
    int sample;  // its first
  };
  std::vector<Sound> sounds;
  std::vector<GstClockTime> flushes;  // FLUSH_START
  std::vector<GstClockTime> flush_stops;
  std::vector<jackfield::Played> played;  // out of band
  int gaps = 0;
  GstClockTime gap_time = 0;
  std::atomic<bool> eos{false};
  std::atomic<bool> gone{false};            // the ear returns EOS
  std::atomic<bool> answers_played{false};  // knows what was heard: `behind` before now
  std::atomic<guint64> behind{100 * GST_MSECOND};
};

World& world();
void new_world();
// teststt foreignstt deafstt testllm foreignllm testtts foreigntts testcaller testear reservestt
// reservellm reservetts; call once after gst_init().
void register_stages();

// A pipeline testcaller ! agentbrain ! testear, or another sink, whose caller lives on a thread of
// its own, 20 ms of silence at a time in real time.
class Call {
 public:
  explicit Call(const std::string& agent_properties, const std::string& sink = "testear name=ear");
  ~Call();
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  void play();
  void stop();  // to NULL
  GstElement* agent() { return agent_.get(); }
  GstElement* pipeline() { return pipeline_.get(); }
  GstElement* part(const char* name);
  GstClockTime now();

  // As the detector would report it: signals, then events. Runs on the caller's thread and waits.
  void speech_start();
  // `not` said through the STT: what it hears is in world().hears.
  void speech_end();
  // A whole turn of `length`.
  void say(const std::string& text, GstClockTime length = 100 * kMs);
  void send_eos();

  // The next message of this name for which `accept` holds, nullptr after `timeout`. Errors of the
  // pipeline fail the test.
  gstpp::StructurePtr wait(const char* name, GstClockTime timeout = 10 * GST_SECOND,
                           const std::function<bool(const GstStructure*)>& accept = nullptr);
  bool wait_state(const char* state, GstClockTime timeout = 10 * GST_SECOND);
  // Polls until it holds.
  static bool until(const std::function<bool()>& condition, GstClockTime timeout = 10 * GST_SECOND);
  GstClockTime longest_push() const { return longest_push_; }
  guint64 stat(const char* name);
  // The next warning of the pipeline, "" after `timeout`. Those that wait() has met are kept.
  std::string warning(GstClockTime timeout = 10 * GST_SECOND);
  std::vector<std::string> errors;  // GStreamer errors seen on the bus

 private:
  void run();
  void on_caller(std::function<void()> task);

  gstpp::ElementPtr pipeline_;
  gstpp::ElementPtr agent_;
  gstpp::ElementPtr caller_;
  gstpp::ElementPtr detector_;
  gstpp::BusPtr bus_;
  std::thread thread_;
  std::deque<std::string> warnings_;
  std::mutex lock_;
  std::condition_variable done_;
  std::deque<std::function<void()>> tasks_;
  std::atomic<bool> running_{false};
  std::atomic<guint64> longest_push_{0};
  guint turn_id_ = 0;
};

}  // namespace brain_test
