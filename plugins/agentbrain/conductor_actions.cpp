// What the conductor does for the turn taker. Runs without its lock, one action at a time.
#include <algorithm>
#include <utility>

#include "conductor.hpp"
#include "core/heard_text.hpp"
#include "gstpp.hpp"
#include "turn_events.hpp"

GST_DEBUG_CATEGORY_EXTERN(gst_agent_brain_debug);
#define GST_CAT_DEFAULT gst_agent_brain_debug

namespace agentbrain {
namespace {

const char* detector_state(State state) {
  switch (state) {
    case State::kThinking:
      return "thinking";
    case State::kSpeaking:
      return "speaking";
    default:
      return "listening";  // also while pending: the line is silent, no echo comes back
  }
}

}  // namespace

void Conductor::carry_out(Action& action) {
  using Kind = Action::Kind;
  GST_DEBUG_OBJECT(parts_.bin, "action %d, turn %u, state %s", static_cast<int>(action.kind),
                   action.turn_id, state_name(action.state));
  switch (action.kind) {
    case Kind::kPauseReply:
      pause_reply(action);
      break;
    case Kind::kResumeReply:
      gst_reply_gate_resume(parts_.reply_gate);
      {
        Lock lock(lock_);
        paused_.reset();
        if (action.audible) ++resumed_;
        if (action.backchannel) ++backchannels_;
      }
      if (!action.audible) break;
      post(gst_structure_new("agentbrain/resumed", "turn-id", G_TYPE_UINT, action.turn_id, "at",
                             G_TYPE_UINT64, now(), "backchannel", G_TYPE_BOOLEAN,
                             static_cast<gboolean>(action.backchannel), nullptr));
      break;
    case Kind::kConfirmInterruption:
    case Kind::kAbandonReply:
      cut_reply(action);
      break;
    case Kind::kSubmitTurn:
      submit(action);
      break;
    case Kind::kTyped:
      post_typed(action);
      break;
    case Kind::kDiscardTurn:
      post_transcript(false, action.addressed);
      break;
    case Kind::kSayFiller:
    case Kind::kSayError:
    case Kind::kSayGoodbye: {
      const bool filler = action.kind == Kind::kSayFiller;
      const bool goodbye = action.kind == Kind::kSayGoodbye;
      std::string text;
      {
        Lock lock(lock_);
        text = filler    ? (action.text.empty() ? settings_.filler : action.text)
               : goodbye ? settings_.error_goodbye
                         : settings_.error_reply;
        if (filler) ++fillers_;
      }
      if (text.empty()) break;
      std::optional<jackfield::ReplyEnd> end;
      if (!filler) end = {.turn_id = action.turn_id, .hang_up = goodbye, .transfer = {}};
      speaker_.say(text, end, now());
      break;
    }
    case Kind::kStateChanged:
      change_state(action.state);
      break;
    case Kind::kError:
      post_error(action.stage, action.text, action.element);
      break;
    case Kind::kNotesDue:
      begin_turn_of_notes();
      break;
    case Kind::kFinish:
      gst_turn_gate_finish(parts_.turn_gate);
      gst_reply_gate_finish(parts_.reply_gate);
      break;
  }
}

void Conductor::pause_reply(const Action& action) {
  gst_reply_gate_pause(parts_.reply_gate);
  const GstClockTime flushed_at = now();
  const auto heard = gst_reply_gate_heard(parts_.reply_gate);
  Lock lock(lock_);
  if (!running_) return;
  const std::string text = texts_.heard(heard);
  const GstClockTime onset = action.typed ? flushed_at : speech_start_;
  paused_ = {.at = flushed_at, .since_onset = flushed_at > onset ? flushed_at - onset : 0};
  const Paused paused = *paused_;
  taker_.paused(!text.empty(), now(), heard.complete ? heard.total - heard.heard : kNever);
  drain(lock);
  lock.unlock();
  if (!action.audible) return;
  post(gst_structure_new("agentbrain/interrupted", "turn-id", G_TYPE_UINT, action.turn_id, "at",
                         G_TYPE_UINT64, paused.at, "heard", G_TYPE_STRING, text.c_str(),
                         "onset-to-flush", G_TYPE_UINT64, paused.since_onset, "confirmed",
                         G_TYPE_BOOLEAN, FALSE, nullptr));
}

void Conductor::cut_reply(const Action& action) {
  const auto heard = gst_reply_gate_heard(parts_.reply_gate);
  const GstClockTime first = gst_reply_gate_reply_start(parts_.reply_gate);
  const GstClockTime t = now();
  std::string text, full;
  GstClockTime end = first;
  Paused cut;  // when the line fell silent, which is before anybody knew that it was meant
  {
    Lock lock(lock_);
    text = texts_.heard(heard);
    full = texts_.full();
    // What is kept for a resumed reply begins with a whole word, a little before the silence.
    if (GST_CLOCK_TIME_IS_VALID(first)) {
      end = paused_ ? std::max(first, paused_->at) : first + heard.heard;
    }
    cut =
        paused_.value_or(Paused{.at = t, .since_onset = t > speech_start_ ? t - speech_start_ : 0});
    paused_.reset();
  }
  speaker_.cancel();
  // The stages first: behind the flush nothing of the old reply can arrive any more.
  gst_turn_gate_barge(parts_.turn_gate, {.turn_id = action.turn_id, .text = text});
  gst_reply_gate_drop(parts_.reply_gate);
  if (parts_.on_reply_cut) parts_.on_reply_cut();
  const bool confirmed = action.kind == Action::Kind::kConfirmInterruption;
  {
    Lock lock(lock_);
    texts_.clear();
    if (confirmed && action.audible) ++interruptions_;
  }
  if (!action.audible) return;
  if (confirmed) {
    post(gst_structure_new("agentbrain/interrupted", "turn-id", G_TYPE_UINT, action.turn_id, "at",
                           G_TYPE_UINT64, cut.at, "heard", G_TYPE_STRING, text.c_str(),
                           "onset-to-flush", G_TYPE_UINT64, cut.since_onset, "confirmed",
                           G_TYPE_BOOLEAN, TRUE, nullptr));
  }
  post(gst_structure_new("agentbrain/reply", "turn-id", G_TYPE_UINT, action.turn_id, "text",
                         G_TYPE_STRING, text.c_str(), "full-text", G_TYPE_STRING, full.c_str(),
                         "interrupted", G_TYPE_BOOLEAN, TRUE, "hang-up", G_TYPE_BOOLEAN, FALSE,
                         "transfer", G_TYPE_STRING, "", "start", G_TYPE_UINT64, first, "end",
                         G_TYPE_UINT64, end, nullptr));
}

void Conductor::submit(Action& action) {
  post_transcript(false, true);  // of a stage that ends no turns
  if (action.by_caller && parts_.on_caller_said)
    parts_.on_caller_said(action.turn_id, action.continues);
  jackfield::TurnEnd end;
  {
    Lock lock(lock_);
    end = turn_;
    end.turn_id = action.turn_id;
    end.not_understood = action.not_understood;
    turn_typed_ = action.typed;
    if (action.typed) {
      end.speech_end = end.decided_at = now();
      times_ = {
          .speech_end = end.speech_end, .decided = end.speech_end, .transcribed = end.speech_end};
    }
    if (action.turn_id == 0) {
      end.speech_end = end.decided_at = now();
      times_ = {.transcribed = now()};
      turn_reported_ = true;  // the greeting answers no turn
    } else {
      ++turns_;
      times_.sentence = times_.synthesized = times_.output = kNever;
      turn_reported_ = false;
    }
  }
  gst_turn_gate_submit(parts_.turn_gate, action.texts, end, action.overheard);
}

// At the moment of typing, which is all there is of its time.
void Conductor::post_typed(const Action& action) {
  const GstClockTime at = now();
  post(gst_structure_new("agentbrain/transcript", "turn-id", G_TYPE_UINT, action.turn_id, "text",
                         G_TYPE_STRING, action.texts.front().c_str(), "final", G_TYPE_BOOLEAN, TRUE,
                         "not-understood", G_TYPE_BOOLEAN, FALSE, "typed", G_TYPE_BOOLEAN, TRUE,
                         "addressed", G_TYPE_BOOLEAN, TRUE, "speech-start", G_TYPE_UINT64, at,
                         "speech-end", G_TYPE_UINT64, at, nullptr));
}

void Conductor::post_transcript(bool not_understood, bool addressed) {
  GstStructure* message = nullptr;
  {
    Lock lock(lock_);
    const std::string text = jackfield::join(std::exchange(turn_text_, {}));
    if (text.empty() && !not_understood) return;
    message = gst_structure_new(
        "agentbrain/transcript", "turn-id", G_TYPE_UINT, turn_.turn_id, "text", G_TYPE_STRING,
        text.c_str(), "final", G_TYPE_BOOLEAN, TRUE, "not-understood", G_TYPE_BOOLEAN,
        static_cast<gboolean>(not_understood && text.empty()), "typed", G_TYPE_BOOLEAN, FALSE,
        "addressed", G_TYPE_BOOLEAN, static_cast<gboolean>(addressed), "speech-start",
        G_TYPE_UINT64, speech_start_, "speech-end", G_TYPE_UINT64, turn_.speech_end, nullptr);
  }
  post(message);
}

void Conductor::change_state(State state) {
  if (parts_.on_caller_speaks)
    parts_.on_caller_speaks(state == State::kUserSpeaking || state == State::kInterruptionPending);
  gst_util_set_object_arg(G_OBJECT(parts_.detector), "state", detector_state(state));
  if (state == State::kEnded) return;
  post(gst_structure_new("agentbrain/state", "state", G_TYPE_STRING, state_name(state), nullptr));
}

void Conductor::post_error(const std::string& stage, const std::string& text,
                           const std::string& element) {
  {
    Lock lock(lock_);
    ++errors_;
  }
  GST_WARNING_OBJECT(parts_.bin, "%s: %s", stage.c_str(), text.c_str());
  post(gst_structure_new("agentbrain/error", "stage", G_TYPE_STRING, stage.c_str(), "text",
                         G_TYPE_STRING, text.c_str(), "element", G_TYPE_STRING, element.c_str(),
                         nullptr));
}

void Conductor::post(GstStructure* message) {
  gst_element_post_message(parts_.bin, gst_message_new_element(GST_OBJECT(parts_.bin), message));
}

void Conductor::add_stats(GstStructure* stats) {
  Lock lock(lock_);
  gst_structure_set(stats, "state", G_TYPE_STRING, state_name(taker_.state()), "turns",
                    G_TYPE_UINT64, turns_, "replies", G_TYPE_UINT64, replies_, "interruptions",
                    G_TYPE_UINT64, interruptions_, "resumed", G_TYPE_UINT64, resumed_,
                    "backchannels", G_TYPE_UINT64, backchannels_, "errors", G_TYPE_UINT64, errors_,
                    "fillers", G_TYPE_UINT64, fillers_, "fallbacks", G_TYPE_UINT64, fallbacks_,
                    "last-hang-over", G_TYPE_UINT64, last_.hang_over, "last-stt", G_TYPE_UINT64,
                    last_.stt, "last-llm", G_TYPE_UINT64, last_.llm, "last-tts", G_TYPE_UINT64,
                    last_.tts, "last-output", G_TYPE_UINT64, last_.output, "last-total",
                    G_TYPE_UINT64, last_.total, nullptr);
}

}  // namespace agentbrain
