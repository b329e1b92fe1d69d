#include "control/typed_texts.hpp"

#include <algorithm>
#include <utility>

#include "plugins/common/gstpp.hpp"
#include "scenario/pipeline_elements.hpp"

namespace jackfield {
namespace {

constexpr char kSignal[] = "user-text";

bool takes_text(GstElement* element) {
  const guint id = g_signal_lookup(kSignal, G_OBJECT_TYPE(element));
  if (!id) return false;
  GSignalQuery query{};
  g_signal_query(id, &query);
  return (query.signal_flags & G_SIGNAL_ACTION) && query.return_type == G_TYPE_BOOLEAN &&
         query.n_params == 1 &&
         (query.param_types[0] & ~G_SIGNAL_TYPE_STATIC_SCOPE) == G_TYPE_STRING;
}

// An agentbrain hands it on to the stage that is in it.
gstpp::ElementPtr taker_in(GstElement* pipeline) {
  auto found = find_elements(pipeline, "agentbrain");
  if (found.empty()) {
    found = elements_of(gst_bin_iterate_recurse(GST_BIN(pipeline)));
    std::erase_if(found, [](const auto& element) { return !takes_text(element.get()); });
  }
  return found.empty() ? nullptr : std::move(found.front());
}

}  // namespace

struct TypedTexts::Job {
  std::weak_ptr<TypedTexts*> owner;
  gstpp::ElementPtr pipeline;
  Order order;
  Outcome outcome = Outcome::kNobody;
};

void TypedTexts::send(GstElement* pipeline, std::string text, Done done) {
  const auto busy = waiting_.find(pipeline);
  if (busy == waiting_.end()) {
    waiting_[pipeline];
    return begin(pipeline, {std::move(text), std::move(done)});
  }
  if (busy->second.size() >= kMostWaiting) return done(Outcome::kTooMany);
  busy->second.push_back({std::move(text), std::move(done)});
}

void TypedTexts::begin(GstElement* pipeline, Order order) {
  gst_element_call_async(
      pipeline,
      [](GstElement* element, gpointer user) {
        auto* job = static_cast<Job*>(user);
        const gstpp::ElementPtr taker = taker_in(element);
        if (!taker) return;
        gboolean taken = FALSE;
        g_signal_emit_by_name(taker.get(), kSignal, job->order.text.c_str(), &taken);
        job->outcome = taken ? Outcome::kTaken : Outcome::kRefused;
      },
      new Job{.owner = self_, .pipeline = gstpp::share_object(pipeline), .order = std::move(order)},
      [](gpointer user) {
        g_idle_add_full(
            G_PRIORITY_DEFAULT,
            [](gpointer data) -> gboolean {
              auto* job = static_cast<Job*>(data);
              const auto owner = job->owner.lock();
              if (!owner) return G_SOURCE_REMOVE;
              job->order.done(job->outcome);
              (*owner)->finished(job->pipeline.get());
              return G_SOURCE_REMOVE;
            },
            user, [](gpointer data) { delete static_cast<Job*>(data); });
      });
}

void TypedTexts::finished(GstElement* pipeline) {
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
