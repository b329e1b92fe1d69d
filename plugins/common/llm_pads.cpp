#include "llm_pads.hpp"

#include <algorithm>
#include <utility>

#include "utf8.hpp"

namespace jackfield {

LlmPads::LlmPads(GstElement* element, GstPad* sink, GstPad* src, std::size_t longest_question,
                 LlmPadsOwner& owner)
    : element_(element),
      sink_(sink),
      src_(src),
      longest_question_(longest_question),
      owner_(owner) {
  reset();
  gst_element_add_pad(element, sink);
  gst_pad_use_fixed_caps(src);
  gst_element_add_pad(element, src);
}

void LlmPads::reset() {
  gst_segment_init(&segment_, GST_FORMAT_TIME);
  question_.clear();
  question_pts_ = GST_CLOCK_TIME_NONE;
  turn_events_seen_ = false;
  own_turns_ = 0;
  flow_ = GST_FLOW_OK;
}

void LlmPads::add_to_question(std::string_view text) {
  const std::size_t room = longest_question_ - std::min(longest_question_, question_.size() + 1);
  const std::string_view fits = truncate_utf8(text, room);
  if (!question_.empty() && !fits.empty()) question_ += ' ';
  question_ += fits;
  if (fits.size() == text.size()) return;
  GST_WARNING_OBJECT(element_, "a turn of more than %" G_GSIZE_FORMAT " bytes is cut",
                     longest_question_);
  owner_.dropped(text.size() - fits.size());
}

GstFlowReturn LlmPads::answer(guint turn_id, bool not_understood) {
  return flow_ = owner_.answer(turn_id, std::exchange(question_, {}), not_understood);
}

GstFlowReturn LlmPads::chain(GstBuffer* raw) {
  const gstpp::BufferPtr buffer{raw};
  {
    const gstpp::MappedBuffer map(buffer.get(), GST_MAP_READ);
    if (!map) {
      GST_ELEMENT_ERROR(element_, RESOURCE, READ, (nullptr), ("could not map a text buffer"));
      return GST_FLOW_ERROR;
    }
    add_to_question({reinterpret_cast<const char*>(map.data()), map.size()});
  }
  question_pts_ = GST_BUFFER_PTS(buffer.get());
  const LlmTurnEvents mode = owner_.turn_events();
  if (mode == LlmTurnEvents::kNever || (mode == LlmTurnEvents::kAuto && !turn_events_seen_))
    return answer(++own_turns_, false);
  // A reply that was pushed from an event could not return its result.
  return flow_ == GST_FLOW_FLUSHING ? GST_FLOW_OK : flow_;
}

bool LlmPads::take_turn_event(GstEvent* event, bool& ok) {
  ok = true;
  if (const auto heard = parse_heard(event)) {
    turn_events_seen_ = true;
    owner_.heard(*heard);
    return true;
  }
  if (const auto history = parse_history(event)) {
    owner_.take_history(*history);
    return true;
  }
  if (const auto end = parse_turn_end(event)) {
    turn_events_seen_ = true;
    ensure_started();
    gst_pad_push_event(src_, gst_event_ref(event));
    if (owner_.turn_events() == LlmTurnEvents::kNever && end->turn_id != 0) return true;
    ok = answer(end->turn_id, end->not_understood) == GST_FLOW_OK;
    return true;
  }
  if (const auto start = parse_turn_start(event)) {
    turn_events_seen_ = true;
    owner_.turn_starts(start->turn_id);
  }
  return false;
}

gboolean LlmPads::sink_event(GstEvent* raw) {
  gstpp::EventPtr event{raw};
  switch (GST_EVENT_TYPE(raw)) {
    case GST_EVENT_CUSTOM_DOWNSTREAM: {
      bool ok = true;
      if (take_turn_event(raw, ok)) return ok;
      break;
    }
    case GST_EVENT_CAPS:
      return gst_pad_push_event(src_, event.release());  // the default is to keep it
    case GST_EVENT_SEGMENT: {
      const GstSegment* segment = nullptr;
      gst_event_parse_segment(raw, &segment);
      if (segment->format == GST_FORMAT_TIME) {
        gst_segment_copy_into(segment, &segment_);
        break;
      }
      gst_segment_init(&segment_, GST_FORMAT_TIME);
      GstEvent* own = gst_event_new_segment(&segment_);
      gst_event_set_seqnum(own, gst_event_get_seqnum(raw));
      return gst_pad_push_event(src_, own);
    }
    case GST_EVENT_FLUSH_START:
      owner_.set_flushing(true);
      break;
    case GST_EVENT_FLUSH_STOP:
      // The stream lock is held: the aborted reply has returned.
      question_.clear();
      flow_ = GST_FLOW_OK;
      owner_.set_flushing(false);
      break;
    case GST_EVENT_EOS:
      if (!question_.empty()) answer(++own_turns_, false);
      break;
    default:
      break;
  }
  return gst_pad_event_default(sink_, GST_OBJECT_CAST(element_), event.release());
}

void LlmPads::ensure_started() {
  const auto sent = [&](GstEventType type) {
    return gstpp::EventPtr{gst_pad_get_sticky_event(src_, type, 0)} != nullptr;
  };
  if (!sent(GST_EVENT_STREAM_START)) {
    const gstpp::CharPtr id{gst_pad_create_stream_id(src_, element_, nullptr)};
    gst_pad_push_event(src_, gst_event_new_stream_start(id.get()));
  }
  if (!sent(GST_EVENT_CAPS)) {
    const gstpp::CapsPtr caps{
        gst_caps_new_simple("text/x-raw", "format", G_TYPE_STRING, "utf8", nullptr)};
    gst_pad_push_event(src_, gst_event_new_caps(caps.get()));
  }
  if (!sent(GST_EVENT_SEGMENT)) gst_pad_push_event(src_, gst_event_new_segment(&segment_));
}

GstFlowReturn LlmPads::push_text(std::string_view text) {
  ensure_started();
  GstBuffer* buffer = gst_buffer_new_memdup(text.data(), text.size());
  const GstClockTime now = gstpp::running_time(element_);
  GST_BUFFER_PTS(buffer) = GST_CLOCK_TIME_IS_VALID(now) ? gst_segment_position_from_running_time(
                                                              &segment_, GST_FORMAT_TIME, now)
                                                        : question_pts_;
  return gst_pad_push(src_, buffer);
}

void LlmPads::end_reply(const ReplyEnd& end) {
  ensure_started();
  gst_pad_push_event(src_, make_event(end));
}

}  // namespace jackfield
