// One reply of agentcorellm, from the question to its last piece.
#include <utility>

#include "agent_core_state.hpp"
#include "core_texts.hpp"
#include "io_pool.hpp"
#include "sentence_segmenter.hpp"
#include "speech_text.hpp"

#define GST_CAT_DEFAULT agentcorellm_debug

namespace agentcore {
namespace {

using jackfield::SentenceSegmenter;

constexpr jackfield::SegmenterConfig kPieces{.long_first = 60};

class Reply {
 public:
  Reply(State& state, std::shared_ptr<CoreLink> link, guint turn_id)
      : s_(state), link_(std::move(link)), turn_id_(turn_id), began_(jackfield::io_now_ns()) {
    const gstpp::ObjectLock lock(s_.element);
    limits_ = {.first_text = s_.settings.first_text_timeout, .text = s_.settings.text_timeout};
    apology_ = s_.settings.apology;
  }

  // `notes`: what the core is told before the greeting, and nobody has said.
  GstFlowReturn greet(const std::string& greeting, const std::string& notes) {
    if (!notes.empty())
      link_->with([&](CoreSession& session, Time now) { session.note(turn_id_, notes, now); });
    take_text(greeting);
    finish_text();
    return flow_;
  }

  GstFlowReturn run(const std::string& question, bool not_understood) {
    {
      const std::lock_guard lock(s_.mutex);
      ++s_.stats.requests;
    }
    link_->with([&](CoreSession& session, Time now) {
      session.ask(turn_id_, question, not_understood, limits_, now);
    });
    while (flow_ == GST_FLOW_OK) {
      const auto event = link_->wait_event();
      if (!event) {
        flow_ = GST_FLOW_FLUSHING;
        break;
      }
      if (event->kind == ReplyEvent::Kind::kText) {
        take_text(event->text);
      } else if (event->kind == ReplyEvent::Kind::kToolCall) {
        finish_text();
        if (flow_ == GST_FLOW_OK) post_tool_call(event->call);
      } else if (event->kind == ReplyEvent::Kind::kFailed) {
        fail(event->failure);
        return flow_;
      } else {
        finish_text();
        end_ = *event;
        break;
      }
    }
    if (flow_ == GST_FLOW_OK) {
      const std::lock_guard lock(s_.mutex);
      if (end_.hang_up) ++s_.stats.calls_ended;
      return flow_;
    }
    GST_DEBUG_OBJECT(s_.element, "reply to turn %u ended: %s", turn_id_, gst_flow_get_name(flow_));
    link_->with([](CoreSession& session, Time now) { session.cancel(now); });
    const std::lock_guard lock(s_.mutex);
    ++s_.stats.aborted;
    return flow_;
  }

  jackfield::ReplyEnd end() const {
    return {.turn_id = turn_id_, .hang_up = end_.hang_up, .transfer = end_.transfer};
  }

 private:
  void take_text(const std::string& text) {
    segmenter_.feed(speech_.feed(text));
    say_complete();
  }

  // All that was held back, because more could have followed.
  void finish_text() {
    segmenter_.feed(speech_.finish());
    say_complete();
    if (const auto rest = segmenter_.finish(); rest && flow_ == GST_FLOW_OK) say(*rest);
  }

  void say_complete() {
    while (flow_ == GST_FLOW_OK) {
      const auto piece = segmenter_.next();
      if (!piece) break;
      say(*piece);
    }
  }

  void say(const std::string& piece) {
    GST_DEBUG_OBJECT(s_.element, "turn %u: \"%s\"", turn_id_, piece.c_str());
    // Before it is pushed: once it is below, it may be heard.
    link_->with([&](CoreSession& session, Time) { session.said(turn_id_, piece); });
    if (!std::exchange(spoke_, true)) {
      const std::lock_guard lock(s_.mutex);
      s_.stats.first_piece = jackfield::io_now_ns() - began_;
    }
    flow_ = s_.pads.push_text(piece);
  }

  void post_tool_call(const jackfield::ToolCall& call) {
    GST_INFO_OBJECT(s_.element, "turn %u: tool %s(%s)", turn_id_, call.name.c_str(),
                    call.arguments.c_str());
    gst_element_post_message(
        GST_ELEMENT_CAST(s_.element),
        gst_message_new_element(
            GST_OBJECT_CAST(s_.element),
            gst_structure_new("agentcorellm/tool-call", "turn-id", G_TYPE_UINT, turn_id_, "call-id",
                              G_TYPE_STRING, call.id.c_str(), "name", G_TYPE_STRING,
                              call.name.c_str(), "arguments", G_TYPE_STRING, call.arguments.c_str(),
                              nullptr)));
  }

  void fail(const Failure& failure) {
    GST_WARNING_OBJECT(s_.element, "turn %u: %s: %s", turn_id_, failure.cause.c_str(),
                       failure.text.c_str());
    {
      const std::lock_guard lock(s_.mutex);
      ++s_.stats.failed;
      s_.stats.last_error = failure.cause;
    }
    gst_element_post_message(
        GST_ELEMENT_CAST(s_.element),
        gst_message_new_element(
            GST_OBJECT_CAST(s_.element),
            gst_structure_new("agentcorellm/error", "turn-id", G_TYPE_UINT, turn_id_, "cause",
                              G_TYPE_STRING, failure.cause.c_str(), "text", G_TYPE_STRING,
                              failure.text.c_str(), "retryable", G_TYPE_BOOLEAN,
                              static_cast<gboolean>(failure.retryable), nullptr)));
    // Half a sentence is not said.
    speech_.finish();
    segmenter_ = SentenceSegmenter{kPieces};
    if (!apology_.empty()) say(apology_);
  }

  State& s_;
  const std::shared_ptr<CoreLink> link_;
  const guint turn_id_;
  const guint64 began_;
  CoreSession::Limits limits_;
  std::string apology_;
  ReplyEvent end_;

  jackfield::SpeechText speech_;
  SentenceSegmenter segmenter_{kPieces};
  GstFlowReturn flow_ = GST_FLOW_OK;
  bool spoke_ = false;
};

}  // namespace

GstFlowReturn State::answer(guint turn_id, std::string question, bool not_understood) {
  std::shared_ptr<CoreLink> own;
  {
    const std::lock_guard lock(mutex);
    if (flushing || !link) return GST_FLOW_FLUSHING;
    if (turn_id != 0) ++stats.turns;
    own = link;
  }
  question = whole_text(question, kMaxQuestion);
  GST_INFO_OBJECT(element, "turn %u: \"%s\"", turn_id, question.c_str());
  Reply reply(*this, own, turn_id);
  GstFlowReturn flow = GST_FLOW_OK;
  if (turn_id == 0 && !prepared.greeting.empty()) {
    flow = reply.greet(prepared.greeting, question);
  } else if (turn_id == 0 || !question.empty() || not_understood) {
    flow = reply.run(question, not_understood);
  }
  if (flow == GST_FLOW_OK) pads.end_reply(reply.end());
  return flow;
}

}  // namespace agentcore
