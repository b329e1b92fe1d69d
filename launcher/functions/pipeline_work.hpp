// What is done to the elements of pipelines and may wait for streaming threads: in a thread of
// GStreamer's pool, for one pipeline one after the other, in order. Main thread.
#pragma once

#include <gst/gst.h>

#include <deque>
#include <functional>
#include <map>
#include <memory>

#include "plugins/common/gstpp.hpp"

namespace jackfield {

class PipelineWork {
 public:
  using Work = std::function<void(GstElement* pipeline)>;  // in the pool's thread
  using Done = std::function<void()>;                      // main thread

  explicit PipelineWork(std::size_t most_waiting) : most_waiting_(most_waiting) {}
  PipelineWork(const PipelineWork&) = delete;
  PipelineWork& operator=(const PipelineWork&) = delete;

  // False when too much waits for this pipeline already. `done` is not called once the object is
  // gone.
  [[nodiscard]] bool add(GstElement* pipeline, Work work, Done done = {});

 private:
  struct Order {
    Work work;
    Done done;
  };
  struct Job;

  void begin(GstElement* pipeline, Order order);
  void finished(GstElement* pipeline);

  const std::size_t most_waiting_;
  // Of pipelines that are worked at: what comes behind that.
  std::map<GstElement*, std::deque<Order>> waiting_;
  // Gone with this: jobs that end later find nobody.
  std::shared_ptr<PipelineWork*> self_ = std::make_shared<PipelineWork*>(this);
};

}  // namespace jackfield
