#include "stt_pads.hpp"

#include <utility>

#include "blocking_query.hpp"

namespace jackfield {

SttPads::SttPads(GstElement* element, GstPad* sink, GstPad* src, std::shared_ptr<SerialTask> task,
                 SttPadsOwner& owner)
    : element_(element), sink_(sink), src_(src), task_(std::move(task)), owner_(owner) {
  reset();
}

void SttPads::reset() {
  gst_segment_init(&segment_, GST_FORMAT_TIME);
  gst_segment_init(&out_segment_, GST_FORMAT_TIME);
  end_ = 0;
}

gboolean SttPads::sink_event(GstEvent* raw) {
  gstpp::EventPtr event{raw};
  switch (GST_EVENT_TYPE(raw)) {
    case GST_EVENT_FLUSH_START: {
      owner_.set_flushing(true);
      // First downstream, which frees a push that blocks.
      const gboolean result = gst_pad_push_event(src_, event.release());
      task_->stop();
      owner_.forget();
      return result;
    }
    case GST_EVENT_FLUSH_STOP: {
      const gboolean result = gst_pad_push_event(src_, event.release());
      gst_segment_init(&segment_, GST_FORMAT_TIME);
      end_ = 0;
      task_->start();
      owner_.set_flushing(false);
      task_->schedule();
      return result;
    }
    case GST_EVENT_CAPS: {
      GstCaps* caps = nullptr;
      gst_event_parse_caps(raw, &caps);
      if (!owner_.take_caps(caps)) return FALSE;
      break;
    }
    case GST_EVENT_SEGMENT: {
      const GstSegment* segment = nullptr;
      gst_event_parse_segment(raw, &segment);
      if (segment->format == GST_FORMAT_TIME) {
        gst_segment_copy_into(segment, &segment_);
      } else {
        gst_segment_init(&segment_, GST_FORMAT_TIME);
      }
      break;
    }
    default:
      break;
  }
  if (GST_EVENT_IS_SERIALIZED(raw)) return owner_.enqueue(std::move(event));
  return gst_pad_event_default(sink_, GST_OBJECT_CAST(element_), event.release());
}

gboolean SttPads::sink_query(GstQuery* query) {
  if (answer_never_blocks(query, element_)) {
    owner_.never_block();
    return TRUE;
  }
  // Buffers and their pools end here.
  if (GST_QUERY_TYPE(query) == GST_QUERY_ALLOCATION) return FALSE;
  return gst_pad_query_default(sink_, GST_OBJECT_CAST(element_), query);
}

GstClockTime SttPads::take_time(GstBuffer* buffer, GstClockTime duration) {
  GstClockTime time =
      gst_segment_to_running_time(&segment_, GST_FORMAT_TIME, GST_BUFFER_PTS(buffer));
  if (!GST_CLOCK_TIME_IS_VALID(time)) time = end_;
  end_ = time + duration;
  return time;
}

void SttPads::push_event(gstpp::EventPtr event) {
  if (GST_EVENT_TYPE(event.get()) == GST_EVENT_CAPS) {
    const gstpp::CapsPtr caps{
        gst_caps_new_simple("text/x-raw", "format", G_TYPE_STRING, "utf8", nullptr)};
    event.reset(gst_event_new_caps(caps.get()));
  } else if (GST_EVENT_TYPE(event.get()) == GST_EVENT_SEGMENT) {
    const GstSegment* segment = nullptr;
    gst_event_parse_segment(event.get(), &segment);
    if (segment->format == GST_FORMAT_TIME) {
      gst_segment_copy_into(segment, &out_segment_);
    } else {
      gst_segment_init(&out_segment_, GST_FORMAT_TIME);
      GstEvent* own = gst_event_new_segment(&out_segment_);
      gst_event_set_seqnum(own, gst_event_get_seqnum(event.get()));
      event.reset(own);
    }
  }
  const WorkerPool::Blocking blocking(WorkerPool::shared());
  gst_pad_push_event(src_, event.release());
}

GstFlowReturn SttPads::push_text(const std::string& text, GstClockTime running_time) {
  GstBuffer* buffer = gst_buffer_new_memdup(text.data(), text.size());
  if (GST_CLOCK_TIME_IS_VALID(running_time)) {
    GST_BUFFER_PTS(buffer) =
        gst_segment_position_from_running_time(&out_segment_, GST_FORMAT_TIME, running_time);
  }
  const WorkerPool::Blocking blocking(WorkerPool::shared());
  const GstFlowReturn flow = gst_pad_push(src_, buffer);
  return flow == GST_FLOW_FLUSHING ? GST_FLOW_OK : flow;
}

void SttPads::push_upstream(gstpp::EventPtr event) {
  const WorkerPool::Blocking blocking(WorkerPool::shared());
  gst_pad_push_event(sink_, event.release());
}

void SttPads::push_interim(const Interim& interim) {
  push_upstream(gstpp::EventPtr{make_event(interim)});
}

bool survives_flush(const GstEvent* event) {
  return event && GST_EVENT_IS_STICKY(event) && GST_EVENT_TYPE(event) != GST_EVENT_SEGMENT &&
         GST_EVENT_TYPE(event) != GST_EVENT_EOS;
}

}  // namespace jackfield
