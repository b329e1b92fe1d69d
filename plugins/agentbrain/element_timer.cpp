#include "element_timer.hpp"

#include <utility>

#include "gstpp.hpp"

namespace agentbrain {
namespace {

struct Call {
  gstpp::ElementPtr element;
  GstElementCallAsyncFunc function;
};

gboolean on_clock(GstClock*, GstClockTime time, GstClockID, gpointer data) {
  const auto* call = static_cast<Call*>(data);
  // An unscheduled entry comes with no time.
  if (GST_CLOCK_TIME_IS_VALID(time)) {
    gst_element_call_async(call->element.get(), call->function, nullptr, nullptr);
  }
  return TRUE;
}

}  // namespace

void ElementTimer::arm(GstElement* element, GstClockTime delay, GstElementCallAsyncFunc call) {
  stop();
  gstpp::ClockPtr clock{gst_element_get_clock(element)};
  if (!clock) return;
  GstClockID id =
      gst_clock_new_single_shot_id(clock.get(), gst_clock_get_time(clock.get()) + delay);
  {
    std::lock_guard guard(lock_);
    id_ = gst_clock_id_ref(id);
    armed_ = true;
  }
  gst_clock_id_wait_async(id, on_clock, new Call{gstpp::share_object(element), call},
                          [](gpointer data) { delete static_cast<Call*>(data); });
  gst_clock_id_unref(id);
}

void ElementTimer::stop() {
  GstClockID id;
  {
    std::lock_guard guard(lock_);
    id = std::exchange(id_, nullptr);
    armed_ = false;
  }
  if (!id) return;
  gst_clock_id_unschedule(id);
  gst_clock_id_unref(id);
}

}  // namespace agentbrain
