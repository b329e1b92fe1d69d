// Preloaded into tests that run under ThreadSanitizer. GLib's and GStreamer's locks, queues, main
// contexts, pools of threads and reference counts live in libraries that are not instrumented, so
// the sanitizer does not see that they order anything; these functions stand before the real ones
// and tell it. What is done after a hand-over stays unordered, and is found.
#include <glib-object.h>
#include <gst/gst.h>

#include <atomic>

#include "tsan_order.hpp"

namespace {

// Of gst_element_call_async().
struct Call {
  GstElementCallAsyncFunc function;
  gpointer data;
  GDestroyNotify destroy;
};

// Of a source. Whoever matches sources by what they call finds the function and the data unchanged.
struct Callback {
  GSourceFunc function;
  gpointer data;
  GDestroyNotify destroy;
  std::atomic<int> references{1};
};

GSourceCallbackFuncs callback_functions = {
    [](gpointer made) { ++static_cast<Callback*>(made)->references; },
    [](gpointer made) {
      releasing(made);
      auto* callback = static_cast<Callback*>(made);
      if (--callback->references > 0) return;
      acquired(made);
      if (callback->destroy) callback->destroy(callback->data);
      delete callback;
    },
    // The thread of the context asks for it when the source is due.
    [](gpointer made, GSource* source, GSourceFunc* function, gpointer* data) {
      acquired(source);
      const auto* callback = static_cast<Callback*>(made);
      *function = callback->function;
      *data = callback->data;
    }};

// Of a pool of threads.
struct Work {
  GFunc function;
  gpointer data;
};

void run_work(gpointer item, gpointer made) {
  acquired(item);
  const auto* work = static_cast<Work*>(made);
  work->function(item, work->data);
  releasing(made);
}

}  // namespace

EXPORT void g_mutex_lock(GMutex* mutex) {
  REAL(g_mutex_lock)(mutex);
  acquired(mutex);
}
EXPORT gboolean g_mutex_trylock(GMutex* mutex) {
  const gboolean locked = REAL(g_mutex_trylock)(mutex);
  if (locked) acquired(mutex);
  return locked;
}
EXPORT void g_mutex_unlock(GMutex* mutex) {
  releasing(mutex);
  REAL(g_mutex_unlock)(mutex);
}

EXPORT void g_rec_mutex_lock(GRecMutex* mutex) {
  REAL(g_rec_mutex_lock)(mutex);
  acquired(mutex);
}
EXPORT gboolean g_rec_mutex_trylock(GRecMutex* mutex) {
  const gboolean locked = REAL(g_rec_mutex_trylock)(mutex);
  if (locked) acquired(mutex);
  return locked;
}
EXPORT void g_rec_mutex_unlock(GRecMutex* mutex) {
  releasing(mutex);
  REAL(g_rec_mutex_unlock)(mutex);
}

EXPORT void g_cond_wait(GCond* condition, GMutex* mutex) {
  releasing(mutex);
  REAL(g_cond_wait)(condition, mutex);
  acquired(mutex);
}
EXPORT gboolean g_cond_wait_until(GCond* condition, GMutex* mutex, gint64 end_time) {
  releasing(mutex);
  const gboolean signalled = REAL(g_cond_wait_until)(condition, mutex, end_time);
  acquired(mutex);
  return signalled;
}

EXPORT void g_async_queue_push(GAsyncQueue* queue, gpointer data) {
  releasing(queue);
  REAL(g_async_queue_push)(queue, data);
}
EXPORT gpointer g_async_queue_pop(GAsyncQueue* queue) {
  gpointer data = REAL(g_async_queue_pop)(queue);
  acquired(queue);
  return data;
}
EXPORT gpointer g_async_queue_try_pop(GAsyncQueue* queue) {
  gpointer data = REAL(g_async_queue_try_pop)(queue);
  if (data) acquired(queue);
  return data;
}
EXPORT gpointer g_async_queue_timeout_pop(GAsyncQueue* queue, guint64 timeout) {
  gpointer data = REAL(g_async_queue_timeout_pop)(queue, timeout);
  if (data) acquired(queue);
  return data;
}

// The call is handed to a thread pool within the libraries.
EXPORT void gst_element_call_async(GstElement* element, GstElementCallAsyncFunc function,
                                   gpointer data, GDestroyNotify destroy) {
  auto* call = new Call{function, data, destroy};
  const auto run = [](GstElement* of, gpointer made) {
    auto* due = static_cast<Call*>(made);
    acquired(due);
    due->function(of, due->data);
    releasing(due);
  };
  const auto end = [](gpointer made) {
    auto* done = static_cast<Call*>(made);
    acquired(done);
    if (done->destroy) done->destroy(done->data);
    delete done;
  };
  releasing(call);
  REAL(gst_element_call_async)(element, run, call, end);
}

EXPORT void g_source_set_callback(GSource* source, GSourceFunc function, gpointer data,
                                  GDestroyNotify destroy) {
  auto* callback = new Callback{function, data, destroy};
  releasing(source);
  g_source_set_callback_indirect(source, callback, &callback_functions);
}
EXPORT guint g_source_attach(GSource* source, GMainContext* context) {
  releasing(source);
  return REAL(g_source_attach)(source, context);
}

// GLib's own would call what stands within GLib.
namespace {
guint attach(GSource* source, gint priority, GSourceFunc function, gpointer data,
             GDestroyNotify destroy) {
  g_source_set_priority(source, priority);
  g_source_set_callback(source, function, data, destroy);
  const guint id = g_source_attach(source, nullptr);
  g_source_unref(source);
  return id;
}
}  // namespace
EXPORT guint g_idle_add_full(gint priority, GSourceFunc function, gpointer data,
                             GDestroyNotify destroy) {
  return attach(g_idle_source_new(), priority, function, data, destroy);
}
EXPORT guint g_idle_add(GSourceFunc function, gpointer data) {
  return g_idle_add_full(G_PRIORITY_DEFAULT_IDLE, function, data, nullptr);
}
EXPORT guint g_timeout_add_full(gint priority, guint interval, GSourceFunc function, gpointer data,
                                GDestroyNotify destroy) {
  return attach(g_timeout_source_new(interval), priority, function, data, destroy);
}
EXPORT guint g_timeout_add(guint interval, GSourceFunc function, gpointer data) {
  return g_timeout_add_full(G_PRIORITY_DEFAULT, interval, function, data, nullptr);
}
EXPORT guint g_timeout_add_seconds(guint interval, GSourceFunc function, gpointer data) {
  return attach(g_timeout_source_new_seconds(interval), G_PRIORITY_DEFAULT, function, data,
                nullptr);
}

// The wrapping of a pool's function stays: pools are few.
EXPORT GThreadPool* g_thread_pool_new(GFunc function, gpointer data, gint most, gboolean exclusive,
                                      GError** error) {
  return REAL(g_thread_pool_new)(run_work, new Work{function, data}, most, exclusive, error);
}
EXPORT gboolean g_thread_pool_push(GThreadPool* pool, gpointer item, GError** error) {
  releasing(item);
  return REAL(g_thread_pool_push)(pool, item, error);
}
EXPORT void g_thread_pool_free(GThreadPool* pool, gboolean at_once, gboolean wait) {
  const gpointer work = pool->func == run_work ? pool->user_data : nullptr;
  REAL(g_thread_pool_free)(pool, at_once, wait);
  if (work && wait) acquired(work);
}

// What was done with an object comes before its end, whichever thread brings that about.
EXPORT void g_object_unref(gpointer object) {
  releasing(object);
  acquired(object);
  REAL(g_object_unref)(object);
}
EXPORT void gst_mini_object_unref(GstMiniObject* object) {
  releasing(object);
  acquired(object);
  REAL(gst_mini_object_unref)(object);
}
