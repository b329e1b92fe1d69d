// Runs the turn taker inside agentbrain: feeds it what gates and detector report, carries out its
// actions, keeps its timer and posts the agentbrain/* messages.
//
// Inputs come from any streaming thread. One lock guards everything; it is not held while an action
// is carried out. Actions are carried out in order by whichever thread got there first; none of
// them blocks. The timer is an asynchronous wait on the system clock that calls back from
// GStreamer's thread pool: no thread of its own.
#pragma once

#include <gst/gst.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/reply_text.hpp"
#include "core/turn_latency.hpp"
#include "core/turn_taker.hpp"
#include "gate_listener.hpp"
#include "gstpp.hpp"
#include "gstreplygate.hpp"
#include "gststtport.hpp"
#include "gstturngate.hpp"
#include "media_time.hpp"
#include "speaker.hpp"
#include "stage_switch.hpp"

namespace agentbrain {

class Conductor : public SttPortListener,
                  public TurnGateListener,
                  public ReplyGateListener,
                  public StageSwitchListener {
 public:
  struct Parts {  // owned by the bin, which outlives the conductor
    GstElement* bin = nullptr;
    GstElement* detector = nullptr;
    GstTurnGate* turn_gate = nullptr;
    GstReplyGate* reply_gate = nullptr;
    GstPad* sink = nullptr;              // of the bin, to ask whether the caller is live
    std::function<void()> on_reply_cut;  // what the reply waits for is not wanted any more
    std::function<void(bool speaks)> on_caller_speaks;
    // Words of the caller's go to the LLM; `continues`: with those of the turn before, of whose
    // answer nothing was heard.
    std::function<void(guint turn, bool continues)> on_caller_said;
  };
  struct Settings {
    TurnTaker::Config turns;
    bool speak_first = true;
    std::string backchannels = jackfield::kDefaultBackchannels;
    std::string filler;
    std::string error_reply = "I am sorry, something went wrong here. Please say that again.";
    std::string error_goodbye =
        "I am sorry, I cannot help you at the moment. Please call again later. Goodbye.";
  };

  explicit Conductor(const Parts& parts) : parts_(parts) {}
  Conductor(const Conductor&) = delete;
  Conductor& operator=(const Conductor&) = delete;

  MediaTime& time() { return time_; }

  // READY -> PAUSED, before anything streams. `tts_sink` is where fillers go.
  void prepare(const Settings& settings, GstPad* tts_sink);
  void configure(const Settings& settings);  // while streaming
  void playing();                            // PAUSED -> PLAYING
  void greet();                              // the agent speaks first, now
  // The caller's turn in writing. False when it cannot be taken (any more).
  bool user_text(const std::string& text);
  // What the agent learns from the application, from PAUSED on. False likewise.
  bool tell(const std::string& text, bool speak);
  void stop();  // PAUSED -> READY, first: nothing is done any more
  void join();  // PAUSED -> READY, last: pads are inactive

  void on_speech_start(guint turn_id, GstClockTime start);
  void on_speech_end(guint turn_id, GstClockTime end);
  void on_sentence(GstBuffer* text);  // on its way into the TTS stage
  void on_reply_text_end();           // VoiceReplyEnd on its way into the TTS stage
  // A stage posted an error. False: it must go on as one of the pipeline.
  bool on_stage_error(const char* stage, const std::string& text);
  // A stage's `element` told of a failure that it survives, and nobody took over.
  void on_stage_complaint(const char* stage, const std::string& text, const std::string& element);

  void on_input(GstClockTime end) override;
  void on_input_closing() override;
  void on_interim(const jackfield::Interim& interim) override;
  void on_stt_failed(GstFlowReturn flow) override;
  void on_text(const std::string& text) override;
  void on_turn_end(const jackfield::TurnEnd& end) override;
  void on_input_eos() override;
  void on_answer_failed(GstFlowReturn flow) override;
  void on_reply_arrived() override;
  void on_reply_started(GstClockTime pts) override;
  void on_reply_progress() override;
  void on_reply_end(const jackfield::ReplyEnd& end, bool anything_to_hear) override;
  void on_reply_finished(const jackfield::ReplyEnd& end, GstClockTime first,
                         GstClockTime last) override;
  void on_output_gone() override;
  void on_fallback(const char* stage, int to, const std::string& cause,
                   const std::string& element) override;

  // The reply waits for tools, at most so long from now; 0: not any more.
  void on_tools_awaited(GstClockTime at_most);
  void on_tool_filler(const std::string& text);

  void add_stats(GstStructure* stats);

 private:
  using Lock = std::unique_lock<std::mutex>;
  struct TimerCall {
    Conductor* conductor;  // lives as long as the bin
    GWeakRef bin;
  };

  template <typename F>
  void feed(F&& input);
  void drain(Lock& lock);
  void arm(Lock& lock);
  void disarm();
  void call_later(GstClockID id);

  GstClockTime now() const { return time_.now(parts_.bin); }
  void carry_out(Action& action);
  void pause_reply(const Action& action);
  void cut_reply(const Action& action);
  void submit(Action& action);
  void begin_turn_of_notes();
  void post_typed(const Action& action);
  void post_transcript(bool not_understood, bool addressed);
  void change_state(State state);
  void post(GstStructure* message);
  void post_error(const std::string& stage, const std::string& text, const std::string& element);
  void check_live();

  const Parts parts_;
  MediaTime time_;
  Speaker speaker_;

  std::mutex lock_;
  std::condition_variable idle_;
  bool running_ = false;
  bool executing_ = false;
  bool started_ = false;
  bool live_known_ = false;
  Settings settings_;
  TurnTaker taker_{TurnTaker::Config{}};
  // What is to be done next: an action, or a message that is to be posted before those behind it.
  struct Step {
    std::optional<Action> action;
    gstpp::StructurePtr message;
  };
  std::deque<Step> todo_;
  GstClockID timer_ = nullptr;
  Time timer_at_ = kNever;

  // The caller's turn and its times.
  jackfield::TurnEnd turn_;
  GstClockTime speech_start_ = 0;
  std::vector<std::string> turn_text_;
  // The pause of the reply that may become an interruption.
  struct Paused {
    GstClockTime at = 0;
    GstClockTime since_onset = 0;
  };
  std::optional<Paused> paused_;
  TurnTimes times_;
  guint decided_turn_ = 0;     // whose end of speech times_ holds, by the clock
  bool turn_reported_ = true;  // its latency was posted
  bool turn_typed_ = false;
  ReplyTexts texts_;

  // Statistics.
  TurnLatency last_;
  guint64 turns_ = 0, replies_ = 0, interruptions_ = 0, resumed_ = 0, backchannels_ = 0,
          errors_ = 0, fillers_ = 0, fallbacks_ = 0;
  GstClockTime last_error_[2] = {GST_CLOCK_TIME_NONE, GST_CLOCK_TIME_NONE};  // stt, llm
};

}  // namespace agentbrain
