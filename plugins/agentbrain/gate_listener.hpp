// How the gates inside agentbrain tell their bin what passes them. Called on streaming threads
// without any lock of the gate held; implementations must not block.
#pragma once

#include <gst/gst.h>

#include <string>

#include "turn_events.hpp"

namespace agentbrain {

struct SttPortListener {
  virtual ~SttPortListener() = default;
  virtual void on_input(GstClockTime end) = 0;  // running time; GST_CLOCK_TIME_NONE when unknown
  virtual void on_input_closing() = 0;          // the caller's stream ended, its text may follow
  virtual void on_interim(const jackfield::Interim& interim) = 0;
  virtual void on_stt_failed(GstFlowReturn flow) = 0;
};

struct TurnGateListener {
  virtual ~TurnGateListener() = default;
  virtual void on_text(const std::string& text) = 0;
  virtual void on_turn_end(const jackfield::TurnEnd& end) = 0;
  virtual void on_input_eos() = 0;
  virtual void on_answer_failed(GstFlowReturn flow) = 0;  // pushing into the LLM stage failed
};

struct ReplyGateListener {
  virtual ~ReplyGateListener() = default;
  virtual void on_reply_arrived() = 0;                  // its first audio came from the TTS
  virtual void on_reply_started(GstClockTime pts) = 0;  // its first audio went downstream
  virtual void on_reply_progress() = 0;                 // about once a second while it goes on
  virtual void on_reply_end(const jackfield::ReplyEnd& end, bool anything_to_hear) = 0;
  // Heard to its end; GST_CLOCK_TIME_NONE for both when there was nothing to hear.
  virtual void on_reply_finished(const jackfield::ReplyEnd& end, GstClockTime first,
                                 GstClockTime last) = 0;
  virtual void on_output_gone() = 0;  // downstream answered EOS, or our end of stream was sent
};

}  // namespace agentbrain
