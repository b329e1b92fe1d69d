// What the two halves of replygate share: its state, its pads' side (gstreplygate.cpp) and the task
// that sends the reply (reply_task.cpp). Private to both.
#pragma once

#include <gst/audio/audio.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>

#include "gstpp.hpp"
#include "gstreplygate.hpp"
#include "turn_events.hpp"

namespace agentbrain::reply {

using Lock = std::unique_lock<std::mutex>;
// One item of the timeline: audio, or the end of a reply.
struct Kept {
  gstpp::BufferPtr audio;
  gstpp::CapsPtr caps;
  jackfield::ReplyEnd end;
};

// Guarded by `lock`, which is never held while pushing, querying or calling the listener.
struct State {
  std::mutex lock;
  std::condition_variable wake;   // the task
  std::condition_variable space;  // whoever pushes into the gate
  ReplyGateSettings settings;
  ReplyTimeline timeline;
  std::deque<Kept> kept;
  std::uint64_t first_id = 0;  // of kept.front()

  bool running = false;
  bool begun = false;
  bool sink_flushing = false;
  bool held = false;
  bool finish = false;
  bool gone = false;            // the sink dropped what it had: nobody listens any more
  bool closing = false;         // the last reply was sent; EOS follows when it was heard
  bool ended = false;           // EOS was sent or received
  bool announces_ends = false;  // the stages send VoiceReplyEnd
  int flush_starting = 0;
  bool flush_due = false;
  guint32 flush_seqnum = 0;
  bool discont = true;
  bool knows_played = false;  // the sink tells what was heard
  GstClockTime latency = 0;
  GstClockTime last_arrival = 0;
  GstClockTime next_poll = 0;
  GstClockTime next_progress = 0;
  GstClockTime covered = 0;  // silence was sent up to here (files only)
  gstpp::CapsPtr in_caps;
  GstAudioInfo in_info;
  std::string given;  // the text that went into the TTS stage last, while no audio came of it
  std::thread::id giver;
  gstpp::CapsPtr out_caps;  // as sent downstream; the task's own

  guint64 flushes = 0;
  guint64 resumes = 0;
  guint64 replies = 0;
  guint64 pushed = 0;
  guint64 underruns = 0;
  guint64 max_queued = 0;
  agentbrain::ReplyGateListener* listener = nullptr;
  agentbrain::MediaTime* time = nullptr;
};

GstClockTime now(GstReplyGate* self);
bool is_live(const State& s);
// Nothing more is taken, and the line not silenced any more.
inline bool over(const State& s) { return s.closing || s.ended; }
// Nobody speaks any more and no clock paces a file: the rest goes out at once.
bool unpaced(const State& s);
// With the lock held.
void forget_heard(State& s);
void clear_reply(State& s);
void update_heard(State& s, GstClockTime t);
void played_until(State& s, GstClockTime position, GstClockTime t);

// The formats replygate takes and gives.
gstpp::CapsPtr reply_caps();
// The function of the src pad's task; `data` is the gate.
void loop(gpointer data);

}  // namespace agentbrain::reply

struct _GstReplyGate {
  GstElement parent;
  GstPad* sinkpad;
  GstPad* srcpad;
  agentbrain::reply::State* state;
};
