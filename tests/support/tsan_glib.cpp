// Preloaded into tests that run under ThreadSanitizer. GLib's and GStreamer's locks, queues and
// reference counts live in libraries that are not instrumented, so the sanitizer does not see that
// they order anything; these functions stand before the real ones and tell it.
#include <glib-object.h>
#include <gst/gst.h>

#include "tsan_order.hpp"

namespace {

// Of gst_element_call_async().
struct Call {
  GstElementCallAsyncFunc function;
  gpointer data;
  GDestroyNotify destroy;
};

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
