// The pads of an element that makes texts of audio, as far as all recognizers have them alike: what
// comes in at the sink pad goes into a queue of the element's, which a serial task in the process's
// pool of workers empties; flushes, segments and times; texts and interim results.
#pragma once

#include <gst/gst.h>

#include <memory>
#include <string>

#include "gstpp.hpp"
#include "turn_events.hpp"
#include "worker_pool.hpp"

namespace jackfield {

// What the element does about what comes in. Called in the threads of the sink pad.
class SttPadsOwner {
 public:
  // True: from now on nothing goes into the queue or out of it, and the sink pad does not wait.
  virtual void set_flushing(bool flushing) = 0;
  // Drops what a flush drops (survives_flush()), while the task does not run.
  virtual void forget() = 0;
  // False: no such audio is taken.
  virtual bool take_caps(const GstCaps* caps) = 0;
  // A serialized event, for the queue.
  virtual gboolean enqueue(gstpp::EventPtr event) = 0;
  // Somebody relies on the sink pad never to block.
  virtual void never_block() {}

 protected:
  ~SttPadsOwner() = default;
};

class SttPads {
 public:
  SttPads(GstElement* element, GstPad* sink, GstPad* src, std::shared_ptr<SerialTask> task,
          SttPadsOwner& owner);

  GstElement* element() const { return element_; }

  // A new stream begins; nothing runs.
  void reset();

  // ---- The sink pad ----
  gboolean sink_event(GstEvent* event);
  gboolean sink_query(GstQuery* query);
  // The running time of a buffer of that length: where the last one ended, when it has none itself.
  // In the streaming thread.
  GstClockTime take_time(GstBuffer* buffer, GstClockTime duration);
  GstClockTime end() const { return end_; }  // of the last buffer

  // ---- The task. No lock is to be held ----
  // Caps and segments are turned into those of the texts.
  void push_event(gstpp::EventPtr event);
  // FLUSHING downstream loses this text alone (OK): whoever sends the audio must not stop for it.
  GstFlowReturn push_text(const std::string& text, GstClockTime running_time);
  void push_upstream(gstpp::EventPtr event);
  void push_interim(const Interim& interim);

 private:
  GstElement* const element_;
  GstPad* const sink_;
  GstPad* const src_;
  const std::shared_ptr<SerialTask> task_;
  SttPadsOwner& owner_;

  // Of the streaming thread.
  GstSegment segment_;
  GstClockTime end_ = 0;

  GstSegment out_segment_;  // of the task
};

// As a queue element does: sticky events survive a flush, but for those that it resets.
bool survives_flush(const GstEvent* event);

}  // namespace jackfield
