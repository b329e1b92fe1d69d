#include "webrtc/held_voices.hpp"

#include <mutex>
#include <utility>
#include <vector>

#include "scenario/pipeline_elements.hpp"

namespace jackfield::webrtc {
namespace {

constexpr char kProperty[] = "hold-back";

bool can_be_held(GstElement* element) {
  const GParamSpec* spec = g_object_class_find_property(G_OBJECT_GET_CLASS(element), kProperty);
  return spec && spec->value_type == G_TYPE_BOOLEAN && (spec->flags & G_PARAM_WRITABLE);
}

}  // namespace

struct HeldVoices::State {
  std::mutex lock;
  bool released = false;
  std::vector<gstpp::ElementPtr> held;

  // Under the lock both: whoever is held is released after it.
  void hold(GstElement* element) {
    if (!can_be_held(element)) return;
    const std::lock_guard guard(lock);
    if (released) return;
    g_object_set(element, kProperty, TRUE, nullptr);
    held.emplace_back(GST_ELEMENT(gst_object_ref(element)));
  }
};

HeldVoices::HeldVoices(GstElement* pipeline)
    : pipeline_(GST_ELEMENT(gst_object_ref(pipeline))), state_(std::make_shared<State>()) {
  using Kept = std::shared_ptr<State>;
  handler_ = g_signal_connect_data(
      pipeline, "deep-element-added",
      G_CALLBACK(+[](GstBin*, GstBin*, GstElement* element, gpointer state) {
        (*static_cast<Kept*>(state))->hold(element);
      }),
      new Kept{state_}, [](gpointer state, GClosure*) { delete static_cast<Kept*>(state); },
      static_cast<GConnectFlags>(0));
  for (const gstpp::ElementPtr& element : elements_of(gst_bin_iterate_recurse(GST_BIN(pipeline))))
    state_->hold(element.get());
}

HeldVoices::~HeldVoices() { g_signal_handler_disconnect(pipeline_.get(), handler_); }

void HeldVoices::release() {
  std::vector<gstpp::ElementPtr> held;
  {
    const std::lock_guard guard(state_->lock);
    state_->released = true;
    held = std::exchange(state_->held, {});
  }
  for (const gstpp::ElementPtr& element : held)
    g_object_set(element.get(), kProperty, FALSE, nullptr);
}

}  // namespace jackfield::webrtc
