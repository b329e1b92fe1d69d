// What the parts of openairealtime share. `lock` guards everything below it; it is not held while
// pushing, posting or asking others.
#pragma once

#include <gst/gst.h>

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "announcement.hpp"
#include "gstopenairealtime.hpp"
#include "gstpp.hpp"
#include "realtime_call.hpp"
#include "realtime_link.hpp"

namespace openai::realtime {

struct Settings {
  std::string base_url;  // "": OPENAI_BASE_URL, or the service
  std::string api_key;   // "": OPENAI_API_KEY
  std::string model = "gpt-realtime-2.1";
  CallSettings call;
  guint64 lead = 200 * GST_MSECOND;
  guint64 max_queued = 600 * GST_SECOND;
  guint64 session_limit = 55 * 60 * GST_SECOND;
  guint64 eos_timeout = 30 * GST_SECOND;
  std::string error_reply = "I am sorry, we have a technical problem. Please call again later.";
  std::string filler = "One moment, please.";
  std::string error_tts = "flitetts";
  std::string persona;    // file
  bool end_call = false;  // the model is offered a tool for it
  std::shared_ptr<const GstStructure> variables;
};

using Lock = std::unique_lock<std::mutex>;

// Audio of the caller that is not sent yet.
struct Input {
  std::vector<uint8_t> audio;
  uint64_t end = 0;  // running time
};

// What the model is to be told, once there is a call.
struct Told {
  std::string text;
  bool speak = false;
};

struct State final : RealtimeLinkHandler {
  explicit State(GstOpenaiRealtime* element) : self(element) {}
  void link_opened() override;
  void link_text(const std::string& text) override;
  void link_lost(const jackfield::WebSocketEnd& end, bool again) override;
  void link_timer() override;

  GstOpenaiRealtime* const self;
  GstPad* sink = nullptr;
  GstPad* src = nullptr;
  Settings settings;   // under the object lock
  GstSegment segment;  // of the sink pad's streaming thread

  std::mutex lock;
  std::condition_variable wake;
  Settings used;                       // of this run
  std::unique_ptr<RealtimeLink> link;  // changed while nothing streams
  std::optional<RealtimeCall> call;    // once the format is known
  std::vector<jackfield::Tool> offered;
  std::vector<Told> told;  // until then
  bool greet = false;      // likewise
  std::optional<AudioFormat> format;
  bool open = false;                      // the connection
  uint64_t opened_at = 0;                 // io_now_ns()
  bool failed = false;                    // no further attempt is made
  std::optional<ServiceError> last_word;  // of the failure that the caller was not told yet
  uint64_t last_word_due = 0;             // io_now_ns(): the announcement is not waited for longer
  std::shared_ptr<Announcement> error_reply, filler;
  uint64_t planned = 0;  // io_now_ns() of the next timer
  std::string last_bad_event;

  // The caller's audio.
  std::deque<Input> waiting;
  std::size_t waiting_bytes = 0;
  bool in_turn = false;        // turns found on our side
  std::size_t turn_bytes = 0;  // sent of this turn
  bool eos_received = false;
  uint64_t eos_deadline = 0;  // running time

  // The reply.
  bool running = false;
  bool playing = false;
  bool held_back = false;  // nobody listens yet, although the pipeline plays
  bool begun = false;
  bool ended = false;
  bool discont = true;
  int flush_starting = 0;
  bool flush_due = false;
  guint32 flush_seqnum = 0;
  bool knows_played = false;
  uint64_t next_poll = 0;
  uint64_t latency = 0;

  uint64_t bytes_sent = 0, bytes_received = 0, input_dropped = 0, bad_events = 0;
  uint64_t connections_lost = 0, flushes = 0, underruns = 0;
};

inline GstClockTime now(const State& s) {
  const GstClockTime t = gstpp::running_time(GST_ELEMENT_CAST(s.self));
  return GST_CLOCK_TIME_IS_VALID(t) ? t : 0;
}

// With the lock held: what is said now is heard.
inline bool audible(const State& s) { return s.playing && !s.held_back; }

// With the lock held, which is let go for a while: sends, posts, and silences the line if due.
void deliver(State& s, Lock& lock, Outcome out);

// The format of the caps, if it is one of ours.
std::optional<AudioFormat> format_of(const GstCaps* caps);
gstpp::CapsPtr caps_of(AudioFormat format);
// With the lock held: from here on the session can be set up.
void set_format(State& s, Lock& lock, AudioFormat format);
// With the lock held: caller's audio.
void take_input(State& s, Input input);
// With the lock held: begins and ends a turn that is found on our side.
void turn_started(State& s, Lock& lock, guint turn_id, GstClockTime speech_start);
void turn_ended(State& s, Lock& lock, GstClockTime speech_end, GstClockTime decided);
// With the lock held: the caller's stream is over.
void input_ended(State& s, Lock& lock);
// With the lock held: the format, if the peer leaves no choice.
void find_format(State& s, Lock& lock);
// With the lock held: the service cannot be used. The caller is told, and the call ends.
void give_up(State& s, Lock& lock, ServiceError error);
// With the lock held, from the task: says the last word. False: it is not ready yet.
bool say_last_word(State& s, Lock& lock);

// What the settings come to, on the way to PAUSED. std::nullopt after an element error.
std::optional<Settings> prepare(const State& s);
// Where these are served.
std::string websocket_address(const Settings& used);

// The task of the src pad.
void loop(gpointer element);

State& state_of(GstOpenaiRealtime* self);

// --- Properties -------------------------------------------------------------------------------

void install_properties(GObjectClass* klass);
// Under the object lock. False: no such setting.
bool set_setting(Settings& settings, guint id, const GValue* value);
bool get_setting(const Settings& settings, guint id, GValue* value);
constexpr guint kPropStats = 1;
constexpr guint kPropHoldBack = 2;

}  // namespace openai::realtime
