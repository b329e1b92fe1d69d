#include "conductor.hpp"

#include <utility>

#include "core/heard_text.hpp"
#include "gstpp.hpp"
#include "gstturndetector.h"
#include "turn_events.hpp"

GST_DEBUG_CATEGORY_EXTERN(gst_agent_brain_debug);
#define GST_CAT_DEFAULT gst_agent_brain_debug

namespace agentbrain {
namespace {

// One stage's errors are reported at most this often; a broken stage may fail on every buffer.
constexpr GstClockTime kErrorEvery = GST_SECOND;
constexpr std::size_t kMaxTurnParts = 256;

std::string text_of(GstBuffer* buffer) {
  gstpp::MappedBuffer map{buffer, GST_MAP_READ};
  if (!map) return {};
  std::string text(reinterpret_cast<const char*>(map.data()), map.size());
  while (!text.empty() && text.back() == '\0') text.pop_back();
  // Goes into messages: what is not UTF-8 would make their fields invalid.
  if (!g_utf8_validate(text.data(), static_cast<gssize>(text.size()), nullptr)) return {};
  return text;
}

}  // namespace

template <typename F>
void Conductor::feed(F&& input) {
  Lock lock(lock_);
  if (!running_) return;
  input();
  drain(lock);
}

void Conductor::drain(Lock& lock) {
  for (Action& action : taker_.take_actions())
    todo_.push_back({.action = std::move(action), .message = {}});
  if (executing_) return;  // that thread goes on with these
  executing_ = true;
  while (running_ && !todo_.empty()) {
    Step step = std::move(todo_.front());
    todo_.pop_front();
    lock.unlock();
    if (step.message) post(step.message.release());
    if (step.action) carry_out(*step.action);
    lock.lock();
  }
  executing_ = false;
  if (running_) {
    arm(lock);
  } else {
    todo_.clear();
    idle_.notify_all();
  }
}

void Conductor::arm(Lock&) {
  const Time deadline = taker_.deadline();
  if (deadline == timer_at_ && timer_) return;
  disarm();
  if (deadline == kNever) return;
  timer_at_ = deadline;
  const GstClockTime t = now();
  gstpp::ClockPtr clock{gst_system_clock_obtain()};
  timer_ = gst_clock_new_single_shot_id(
      clock.get(), gst_clock_get_time(clock.get()) + (deadline > t ? deadline - t : 0));
  // The reference keeps bin and conductor alive while the clock's thread may call.
  // Weak: the clock's thread serves the whole process, it must not come to finalize an agent. Nor
  // must it wait for one, so the call itself is made by GStreamer's thread pool.
  auto* call = new TimerCall{this, {}};
  g_weak_ref_init(&call->bin, parts_.bin);
  gst_clock_id_wait_async(
      timer_,
      [](GstClock*, GstClockTime, GstClockID id, gpointer data) -> gboolean {
        auto* due = static_cast<TimerCall*>(data);
        gstpp::ElementPtr bin{static_cast<GstElement*>(g_weak_ref_get(&due->bin))};
        if (bin) due->conductor->call_later(id);
        return TRUE;
      },
      call,
      [](gpointer data) {
        auto* done = static_cast<TimerCall*>(data);
        g_weak_ref_clear(&done->bin);
        delete done;
      });
}

void Conductor::call_later(GstClockID id) {
  {
    Lock lock(lock_);
    if (!running_ || id != timer_) return;
    timer_at_ = kNever;
    gst_clock_id_unref(std::exchange(timer_, nullptr));
  }
  gst_element_call_async(
      parts_.bin,
      [](GstElement*, gpointer conductor) {
        auto& self = *static_cast<Conductor*>(conductor);
        self.feed([&] { self.taker_.timer(self.now()); });
      },
      this, nullptr);
}

void Conductor::disarm() {
  timer_at_ = kNever;
  GstClockID timer = std::exchange(timer_, nullptr);
  if (!timer) return;
  gst_clock_id_unschedule(timer);
  gst_clock_id_unref(timer);
}

void Conductor::prepare(const Settings& settings, GstPad* tts_sink) {
  Lock lock(lock_);
  settings_ = settings;
  taker_ = TurnTaker(settings.turns);
  todo_.clear();
  time_.reset();
  turn_ = {};
  times_ = {};
  decided_turn_ = 0;
  paused_.reset();
  turn_text_.clear();
  texts_.clear();
  turn_reported_ = true;
  turn_typed_ = false;
  started_ = live_known_ = false;
  last_error_[0] = last_error_[1] = GST_CLOCK_TIME_NONE;
  last_ = {};
  turns_ = replies_ = interruptions_ = resumed_ = backchannels_ = errors_ = fillers_ = fallbacks_ =
      0;
  running_ = true;
  lock.unlock();
  speaker_.start(tts_sink);
}

void Conductor::configure(const Settings& settings) {
  Lock lock(lock_);
  settings_ = settings;
  taker_.configure(settings.turns);
}

void Conductor::playing() {
  feed([&] {
    if (std::exchange(started_, true)) return;
    taker_.start(settings_.speak_first, now());
  });
}

void Conductor::greet() {
  feed([&] {
    if (started_) taker_.start(true, now());
  });
}

bool Conductor::user_text(const std::string& text) {
  const guint id = gst_turn_detector_take_turn_id(GST_TURN_DETECTOR(parts_.detector));
  bool taken = false;
  feed([&] { taken = started_ && taker_.typed(id, text, now()) != 0; });
  return taken;
}

bool Conductor::tell(const std::string& text, bool speak) {
  bool taken = false;
  feed([&] {
    taken = taker_.told(text, speak, now());
    if (!taken) return;
    // Before the turn that it begins.
    todo_.push_back({.action = {},
                     .message = gstpp::StructurePtr{gst_structure_new(
                         "agentbrain/note", "text", G_TYPE_STRING, text.c_str(), "speak",
                         G_TYPE_BOOLEAN, static_cast<gboolean>(speak), nullptr)}});
  });
  return taken;
}

void Conductor::begin_turn_of_notes() {
  const guint id = gst_turn_detector_take_turn_id(GST_TURN_DETECTOR(parts_.detector));
  feed([&] { taker_.notes_due(id, now()); });
}

void Conductor::stop() {
  Lock lock(lock_);
  running_ = false;
  disarm();
  idle_.wait(lock, [&] { return !executing_; });
  todo_.clear();
}

void Conductor::join() { speaker_.stop(); }

// --- What the caller does ---------------------------------------------------------------------

void Conductor::on_speech_start(guint turn_id, GstClockTime start) {
  feed([&] {
    const GstClockTime t = now();
    speech_start_ = GST_CLOCK_TIME_IS_VALID(start) ? start : t;
    taker_.speech_start(turn_id, speech_start_, t);
  });
}

void Conductor::on_speech_end(guint turn_id, GstClockTime end) {
  feed([&] {
    const GstClockTime t = now();
    if (!GST_CLOCK_TIME_IS_VALID(end)) end = t;
    // For a stage that forwards no end of turn.
    turn_.turn_id = turn_id;
    turn_.speech_end = end;
    turn_.decided_at = t;
    times_ = {.speech_end = end, .decided = t};
    decided_turn_ = turn_id;
    taker_.speech_end(turn_id, end, t);
  });
}

void Conductor::on_interim(const jackfield::Interim& interim) {
  GstClockTime speech_start = 0;
  bool addressed = true;
  feed([&] {
    speech_start = speech_start_;
    taker_.interim(interim.text, now());
    addressed = taker_.perhaps_meant(now());
  });
  post(gst_structure_new("agentbrain/transcript", "turn-id", G_TYPE_UINT, interim.turn_id, "text",
                         G_TYPE_STRING, interim.text.c_str(), "final", G_TYPE_BOOLEAN, FALSE,
                         "not-understood", G_TYPE_BOOLEAN, FALSE, "typed", G_TYPE_BOOLEAN, FALSE,
                         "addressed", G_TYPE_BOOLEAN, static_cast<gboolean>(addressed),
                         "speech-start", G_TYPE_UINT64, speech_start, "speech-end", G_TYPE_UINT64,
                         GST_CLOCK_TIME_NONE, nullptr));
}

void Conductor::on_text(const std::string& text) {
  feed([&] {
    const GstClockTime t = now();
    if (turn_text_.size() < kMaxTurnParts && jackfield::count_words(text) > 0)
      turn_text_.push_back(text);
    times_.transcribed = t;
    taker_.text(text, t);
  });
}

void Conductor::on_turn_end(const jackfield::TurnEnd& end) {
  bool words = false;
  bool addressed = true;
  feed([&] {
    words = !turn_text_.empty();
    addressed = taker_.meant(now());
    turn_ = end;
  });
  post_transcript(end.not_understood, addressed);
  feed([&] {
    const GstClockTime t = now();
    // The caller's timestamps may run a little ahead of the clock, which all later stages are
    // measured by: the hang-over is taken from the former and ends where the clock was then.
    const GstClockTime decided = decided_turn_ == end.turn_id ? times_.decided : end.decided_at;
    const GstClockTime hang_over =
        end.decided_at > end.speech_end ? end.decided_at - end.speech_end : 0;
    times_ = {.speech_end = decided > hang_over ? decided - hang_over : 0,
              .decided = decided,
              .transcribed = t};
    taker_.turn_end(end.turn_id, end.not_understood && !words, t);
  });
}

void Conductor::on_input(GstClockTime end) {
  check_live();
  if (time_.live() || !GST_CLOCK_TIME_IS_VALID(end)) return;
  time_.advance(end);
  playing();  // a file may be through before the pipeline plays
  gst_reply_gate_input_advanced(parts_.reply_gate);
  feed([&] { taker_.timer(now()); });
}

void Conductor::check_live() {
  if (live_known_) return;  // written by the caller's streaming thread only
  live_known_ = true;
  gstpp::QueryPtr query{gst_query_new_latency()};
  gboolean live = TRUE;
  if (gst_pad_peer_query(parts_.sink, query.get())) {
    gst_query_parse_latency(query.get(), &live, nullptr, nullptr);
  }
  GST_INFO_OBJECT(parts_.bin, "the caller is %s", live ? "live" : "a file");
  time_.set_live(live);
  if (live) return;
  // A file loses nothing by waiting.
  gstpp::ElementPtr queue{gst_bin_get_by_name(GST_BIN(parts_.bin), "sttqueue")};
  if (queue) gst_util_set_object_arg(G_OBJECT(queue.get()), "leaky", "no");
}

void Conductor::on_input_closing() {
  feed([&] { taker_.closing(now()); });
}

void Conductor::on_input_eos() {
  if (!time_.live()) {
    time_.input_ended();
    gst_reply_gate_input_advanced(parts_.reply_gate);
  }
  playing();
  feed([&] { taker_.eos(now()); });
}

// --- What the stages do -----------------------------------------------------------------------

void Conductor::on_stt_failed(GstFlowReturn flow) {
  on_stage_error("stt", std::string("the stage returned ") + gst_flow_get_name(flow));
}

void Conductor::on_answer_failed(GstFlowReturn flow) {
  on_stage_error("llm", std::string("the stage returned ") + gst_flow_get_name(flow));
}

bool Conductor::on_stage_error(const char* stage, const std::string& text) {
  bool running = false;
  feed([&] {
    running = true;
    const GstClockTime t = gst_util_get_timestamp();
    GstClockTime& last = last_error_[g_str_equal(stage, "stt") ? 0 : 1];
    if (GST_CLOCK_TIME_IS_VALID(last) && t < last + kErrorEvery) return;
    last = t;
    taker_.stage_failed(stage, text, now());
  });
  return running;
}

void Conductor::on_stage_complaint(const char* stage, const std::string& text,
                                   const std::string& element) {
  feed([&] { taker_.stage_complained(stage, text, now(), element); });
}

void Conductor::on_tools_awaited(GstClockTime at_most) {
  feed([&] {
    const GstClockTime t = now();
    taker_.tools_awaited(at_most ? t + at_most : 0, t);
  });
}

void Conductor::on_tool_filler(const std::string& text) {
  feed([&] { taker_.tool_filler(text); });
}

void Conductor::on_sentence(GstBuffer* buffer) {
  if (!Speaker::is_new(buffer)) return;
  const std::string text = text_of(buffer);
  const bool filler = Speaker::is_filler(buffer);
  gst_reply_gate_expect(parts_.reply_gate, text);
  feed([&] {
    if (filler) {
      texts_.add_filler(text);
      return;
    }
    texts_.add(text);
    if (times_.sentence == kNever) times_.sentence = now();
    taker_.sentence(now(), text);
  });
}

void Conductor::on_reply_text_end() {
  feed([&] { texts_.end(); });
}

void Conductor::on_reply_arrived() {
  feed([&] {
    if (times_.synthesized == kNever) times_.synthesized = now();
  });
}

void Conductor::on_reply_started(GstClockTime) {
  GstStructure* message = nullptr;
  feed([&] {
    const GstClockTime t = now();
    times_.output = t;
    if (!std::exchange(turn_reported_, true)) {
      last_ = stages_of(times_);
      message = gst_structure_new("agentbrain/turn", "turn-id", G_TYPE_UINT, taker_.reply_turn(),
                                  "hang-over", G_TYPE_UINT64, last_.hang_over, "stt", G_TYPE_UINT64,
                                  last_.stt, "llm", G_TYPE_UINT64, last_.llm, "tts", G_TYPE_UINT64,
                                  last_.tts, "output", G_TYPE_UINT64, last_.output, "total",
                                  G_TYPE_UINT64, last_.total, "typed", G_TYPE_BOOLEAN,
                                  static_cast<gboolean>(turn_typed_), nullptr);
    }
    taker_.reply_audio(t);
  });
  if (message) post(message);
}

void Conductor::on_reply_progress() {
  feed([&] { taker_.reply_progress(now()); });
}

void Conductor::on_reply_end(const jackfield::ReplyEnd&, bool anything_to_hear) {
  feed([&] { taker_.reply_end(anything_to_hear, now()); });
}

void Conductor::on_reply_finished(const jackfield::ReplyEnd& end, GstClockTime first,
                                  GstClockTime last) {
  // At one go: whoever interrupts now finds either this reply or none.
  feed([&] {
    const std::string text = texts_.full();
    texts_.pop();
    if (GST_CLOCK_TIME_IS_VALID(first)) {
      ++replies_;
      gstpp::StructurePtr message{gst_structure_new(
          "agentbrain/reply", "turn-id", G_TYPE_UINT, taker_.reply_turn(), "text", G_TYPE_STRING,
          text.c_str(), "full-text", G_TYPE_STRING, text.c_str(), "interrupted", G_TYPE_BOOLEAN,
          FALSE, "hang-up", G_TYPE_BOOLEAN, static_cast<gboolean>(end.hang_up), "transfer",
          G_TYPE_STRING, end.transfer.c_str(), "start", G_TYPE_UINT64, first, "end", G_TYPE_UINT64,
          last, nullptr)};
      // Before the state changes that follow from it.
      todo_.push_back({.action = {}, .message = std::move(message)});
    }
    taker_.reply_finished(end.hang_up, now());
  });
}

void Conductor::on_fallback(const char* stage, int to, const std::string& cause,
                            const std::string& element) {
  {
    Lock lock(lock_);
    if (!running_) return;
    if (to == 1) ++fallbacks_;
  }
  post(gst_structure_new("agentbrain/fallback", "stage", G_TYPE_STRING, stage, "provider",
                         G_TYPE_STRING, to == 0 ? "first" : "fallback", "cause", G_TYPE_STRING,
                         cause.c_str(), "element", G_TYPE_STRING, element.c_str(), nullptr));
}

void Conductor::on_output_gone() {
  feed([&] { taker_.gone(now()); });
}

}  // namespace agentbrain
