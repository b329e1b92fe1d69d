#include "functions/pipeline_work.hpp"

#include <utility>

namespace jackfield {

struct PipelineWork::Job {
  std::weak_ptr<PipelineWork*> owner;
  gstpp::ElementPtr pipeline;
  Order order;
};

bool PipelineWork::add(GstElement* pipeline, Work work, Done done) {
  const auto busy = waiting_.find(pipeline);
  if (busy == waiting_.end()) {
    waiting_[pipeline];
    begin(pipeline, {std::move(work), std::move(done)});
    return true;
  }
  if (busy->second.size() >= most_waiting_) return false;
  busy->second.push_back({std::move(work), std::move(done)});
  return true;
}

void PipelineWork::begin(GstElement* pipeline, Order order) {
  gst_element_call_async(
      pipeline,
      [](GstElement* element, gpointer user) { static_cast<Job*>(user)->order.work(element); },
      new Job{.owner = self_, .pipeline = gstpp::share_object(pipeline), .order = std::move(order)},
      [](gpointer user) {
        g_idle_add_full(
            G_PRIORITY_DEFAULT,
            [](gpointer data) -> gboolean {
              auto* job = static_cast<Job*>(data);
              const auto owner = job->owner.lock();
              if (!owner) return G_SOURCE_REMOVE;
              if (job->order.done) job->order.done();
              (*owner)->finished(job->pipeline.get());
              return G_SOURCE_REMOVE;
            },
            user, [](gpointer data) { delete static_cast<Job*>(data); });
      });
}

void PipelineWork::finished(GstElement* pipeline) {
  const auto it = waiting_.find(pipeline);
  if (it == waiting_.end()) return;
  if (it->second.empty()) {
    waiting_.erase(it);
    return;
  }
  Order next = std::move(it->second.front());
  it->second.pop_front();
  begin(pipeline, std::move(next));
}

}  // namespace jackfield
