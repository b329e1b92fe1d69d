// Starts and stops the task of a source pad that waits on a condition variable.
#pragma once

#include <gst/gst.h>

#include <mutex>

namespace agentbrain {

// For the activation of a pad in push mode. `state` has `lock`, `wake` (what the task waits on) and
// `running` (under `lock`; the task leaves its wait when it is false). `reset(active)` runs under
// `lock` along with the change of `running`, before the task starts or is stopped; other waiters
// are woken there. Returns when a task that is stopped has ended.
template <typename State, typename Reset>
gboolean activate_pad_task(GstPad* pad, gboolean active, State& state, GstTaskFunction loop,
                           gpointer data, Reset&& reset) {
  {
    std::lock_guard guard(state.lock);
    state.running = active;
    reset(active);
  }
  state.wake.notify_all();
  return active ? gst_pad_start_task(pad, loop, data, nullptr) : gst_pad_stop_task(pad);
}

}  // namespace agentbrain
