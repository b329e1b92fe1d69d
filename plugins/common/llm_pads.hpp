// The pads of an element that answers text by text, as far as all language models have them alike:
// the texts of a turn become its question, turn events say when it is to be answered, and the reply
// goes out piece by piece. All but the constructor runs in the streaming thread, unless stated.
#pragma once

#include <gst/gst.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "gstpp.hpp"
#include "turn_events.hpp"

namespace jackfield {

enum class LlmTurnEvents {
  kAuto,    // each text is a turn until a turn event is seen
  kAlways,  // a turn ends with VoiceTurnEnd only
  kNever    // each text is a turn
};

// What the element does about what comes in. Called in the threads of the sink pad.
class LlmPadsOwner {
 public:
  // Answers a question by LlmPads::push_text(), then LlmPads::end_reply(). Returns what the last
  // push did. An empty question of a turn other than 0 that was understood is silence.
  virtual GstFlowReturn answer(guint turn_id, std::string question, bool not_understood) = 0;
  // True: the running reply is to end, and none to begin. Any thread.
  virtual void set_flushing(bool flushing) = 0;
  virtual void heard(const Heard& heard) = 0;
  virtual void take_history(const History& history) = 0;
  virtual void turn_starts(guint) {}
  virtual LlmTurnEvents turn_events() { return LlmTurnEvents::kAuto; }
  // That many bytes of a turn were too many.
  virtual void dropped(std::size_t bytes) = 0;

 protected:
  ~LlmPadsOwner() = default;
};

class LlmPads {
 public:
  // `longest_question` in bytes. Adds the pads to the element.
  LlmPads(GstElement* element, GstPad* sink, GstPad* src, std::size_t longest_question,
          LlmPadsOwner& owner);

  // A new stream begins; nothing runs.
  void reset();

  // ---- The sink pad ----
  GstFlowReturn chain(GstBuffer* buffer);
  gboolean sink_event(GstEvent* event);

  // ---- The reply ----
  // stream-start, caps and segment, if upstream has sent none: the agent may speak first.
  void ensure_started();
  // A piece of the reply, at the running time of now.
  GstFlowReturn push_text(std::string_view text);
  void end_reply(const ReplyEnd& end);

 private:
  GstFlowReturn answer(guint turn_id, bool not_understood);
  void add_to_question(std::string_view text);
  // False when the event is none of ours that end here.
  bool take_turn_event(GstEvent* event, bool& ok);

  GstElement* const element_;
  GstPad* const sink_;
  GstPad* const src_;
  const std::size_t longest_question_;
  LlmPadsOwner& owner_;

  GstSegment segment_;
  std::string question_;
  GstClockTime question_pts_ = GST_CLOCK_TIME_NONE;
  bool turn_events_seen_ = false;
  guint own_turns_ = 0;  // counted when upstream counts none
  GstFlowReturn flow_ = GST_FLOW_OK;
};

}  // namespace jackfield
