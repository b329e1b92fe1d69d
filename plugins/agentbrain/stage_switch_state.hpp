// What fork and join of a StageSwitch share. Private to stage_switch*.cpp.
#pragma once

#include <deque>
#include <mutex>
#include <vector>

#include "core/turn_history.hpp"
#include "element_timer.hpp"
#include "gstpp.hpp"
#include "stage_switch.hpp"

namespace agentbrain {

using SwitchItem = gstpp::MiniPtr<GstMiniObject>;

// `lock` guards all but what is constant; nothing is pushed, posted or called while it is held.
struct StageSwitch::Shared {
  StageKind kind = StageKind::kLlm;
  StageSwitchListener* listener = nullptr;

  std::mutex lock;
  StageSwitchSettings settings;
  bool running = false;
  int active = 0;
  int announced = 0;               // whose caps and segment went downstream last
  bool tried[2] = {false, false};  // failed in the running turn
  GstClockTime failed_at = 0;      // of the first provider, monotonic
  // What the running turn or reply consists of so far.
  std::deque<SwitchItem> kept;
  GstClockTime kept_audio = 0;
  bool in_turn = false;        // STT: between start and end
  bool answered = false;       // something came of it
  bool forwards_ends = false;  // TTS: it is known to forward VoiceReplyEnd
  GstClockTime audio = 0;      // TTS: what came of the running reply
  std::size_t words = 0;
  // LLM: the call so far, and the question that is coming in.
  TurnHistory history;
  std::string asking;
  std::vector<std::string> asking_overheard;
  guint question = 0;  // counts, so that a timer knows its own
  guint timed_question = 0;
  // On their way to a provider; whoever finds `busy` leaves the rest to that thread.
  struct Branch {
    std::deque<SwitchItem> queue;
    bool busy = false;
    bool flushed = false;  // FLUSH_START was sent, FLUSH_STOP not yet
  } branches[2];
  gstpp::EventPtr stream_start, caps, segment;
  gstpp::EventPtr cut_end;     // LLM: the end of an answer that was cut, to be sent
  GstPad* join_src = nullptr;  // the join's own

  ElementTimer timer;

  void keep(GstMiniObject* item);
  std::vector<SwitchItem> to_repeat();
  void forget();
  bool begins_turn(GstMiniObject* item) const;
  gstpp::EventPtr end_of_cut() const;
  // LLM: `item` is given to the active provider, or behind it in its queue.
  void note_question(GstMiniObject* item);
  // What must be told to a provider before it is given `item`; nothing, mostly.
  gstpp::EventPtr missing_history(int provider, GstMiniObject* item);
  // From the join, of the active provider. True: this is what it was asked for, or of it.
  bool came(GstMiniObject* item);
};

GstElement* make_stage_fork(std::shared_ptr<StageSwitch::Shared> shared);
GstElement* make_stage_join(std::shared_ptr<StageSwitch::Shared> shared);
bool fail_provider(GstElement* fork, int provider, const std::string& cause,
                   const std::string& element = {});

}  // namespace agentbrain
