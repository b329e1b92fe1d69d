// Looks into pipelines that run without ever keeping the main thread waiting: the elements are read
// in a thread of GStreamer's pool, one for a pipeline and question at a time, and who does not
// answer within a while is given up. Main thread.
#pragma once

#include <gst/gst.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "plugins/common/gstpp.hpp"

namespace jackfield {

class PipelineInspector {
 public:
  // What is asked: reads the pipeline, in another thread. The same question has the same address.
  using Question = std::shared_ptr<void> (*)(GstElement* pipeline);
  // The answer; null when the pipeline did not give one in time, or too many wait for it.
  using Done = std::function<void(const std::shared_ptr<void>& answer)>;

  static constexpr guint kPatienceMs = 5000;
  static constexpr std::size_t kMostWaiting = 64;  // for one answer

  explicit PipelineInspector(guint patience_ms = kPatienceMs) : patience_ms_(patience_ms) {}
  // Nobody is called any more.
  ~PipelineInspector();
  PipelineInspector(const PipelineInspector&) = delete;
  PipelineInspector& operator=(const PipelineInspector&) = delete;

  // Those who ask while the question is being answered get that answer.
  void ask(GstElement* pipeline, Question question, Done done);

 private:
  using Key = std::pair<GstElement*, Question>;
  struct Inquiry {
    std::vector<Done> waiting;
    guint timer = 0;
    bool is_late = false;
  };
  struct Job;

  void answered(const Key& key, const std::shared_ptr<void>& answer);
  void too_late(const Key& key);

  const guint patience_ms_;
  std::map<Key, Inquiry> inquiries_;
  // Gone with this: jobs that end later find nobody.
  std::shared_ptr<PipelineInspector*> self_ = std::make_shared<PipelineInspector*>(this);
};

}  // namespace jackfield
