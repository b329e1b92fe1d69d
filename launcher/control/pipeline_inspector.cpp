#include "control/pipeline_inspector.hpp"

namespace jackfield {
namespace {

struct Patience {
  std::function<void()> over;
};

}  // namespace

struct PipelineInspector::Job {
  std::weak_ptr<PipelineInspector*> inspector;
  gstpp::ElementPtr pipeline;
  Question question;
  std::shared_ptr<void> answer{};
};

PipelineInspector::~PipelineInspector() {
  for (const auto& [key, inquiry] : inquiries_) {
    if (inquiry.timer) g_source_remove(inquiry.timer);
  }
}

void PipelineInspector::ask(GstElement* pipeline, Question question, Done done) {
  const Key key{pipeline, question};
  const auto known = inquiries_.find(key);
  if (known != inquiries_.end()) {
    if (known->second.is_late || known->second.waiting.size() >= kMostWaiting) return done(nullptr);
    known->second.waiting.push_back(std::move(done));
    return;
  }
  Inquiry& inquiry = inquiries_[key];
  inquiry.waiting.push_back(std::move(done));
  inquiry.timer = g_timeout_add_full(
      G_PRIORITY_DEFAULT, patience_ms_,
      [](gpointer user) -> gboolean {
        static_cast<Patience*>(user)->over();
        return G_SOURCE_REMOVE;
      },
      new Patience{[this, key] { too_late(key); }},
      [](gpointer user) { delete static_cast<Patience*>(user); });
  gst_element_call_async(
      pipeline,
      [](GstElement* element, gpointer user) {
        auto* job = static_cast<Job*>(user);
        job->answer = job->question(element);
      },
      new Job{.inspector = self_, .pipeline = gstpp::share_object(pipeline), .question = question},
      [](gpointer user) {
        // The pipeline may be let go of there only.
        g_idle_add_full(
            G_PRIORITY_DEFAULT,
            [](gpointer data) -> gboolean {
              auto* job = static_cast<Job*>(data);
              if (const auto inspector = job->inspector.lock())
                (*inspector)->answered({job->pipeline.get(), job->question}, job->answer);
              return G_SOURCE_REMOVE;
            },
            user, [](gpointer data) { delete static_cast<Job*>(data); });
      });
}

void PipelineInspector::answered(const Key& key, const std::shared_ptr<void>& answer) {
  const auto it = inquiries_.find(key);
  if (it == inquiries_.end()) return;
  Inquiry inquiry = std::move(it->second);
  inquiries_.erase(it);
  if (inquiry.timer) g_source_remove(inquiry.timer);
  for (const Done& done : inquiry.waiting) done(answer);
}

// The thread goes on; as long as it does, nobody else is sent there.
void PipelineInspector::too_late(const Key& key) {
  const auto it = inquiries_.find(key);
  if (it == inquiries_.end()) return;
  it->second.timer = 0;
  it->second.is_late = true;
  const auto waiting = std::exchange(it->second.waiting, {});
  for (const Done& done : waiting) done(nullptr);
}

}  // namespace jackfield
