// Owning handles and guards for GLib and GStreamer. The only header that knows about reference
// counting. Every handle is the size of a pointer.
#pragma once

#include <gst/gst.h>

#include <exception>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

namespace gstpp {

template <auto Fn>
struct FreeWith {
  template <typename T>
  void operator()(T* p) const noexcept {
    Fn(p);
  }
};
struct GstObjectUnref {
  // gst_object_unref, not g_object_unref: the leaks tracer only sees the former.
  void operator()(gpointer p) const noexcept { gst_object_unref(p); }
};
struct MiniObjectUnref {
  template <typename T>
  void operator()(T* p) const noexcept {
    gst_mini_object_unref(reinterpret_cast<GstMiniObject*>(p));
  }
};

template <typename T>
using ObjectPtr = std::unique_ptr<T, GstObjectUnref>;
template <typename T>
using MiniPtr = std::unique_ptr<T, MiniObjectUnref>;
// For GObjects that are not GstObjects (streams, sockets, parsers).
template <typename T>
using GObjectPtr = std::unique_ptr<T, FreeWith<g_object_unref>>;

using ElementPtr = ObjectPtr<GstElement>;
using PadPtr = ObjectPtr<GstPad>;
using BusPtr = ObjectPtr<GstBus>;
using ClockPtr = ObjectPtr<GstClock>;
using BufferPtr = MiniPtr<GstBuffer>;
using CapsPtr = MiniPtr<GstCaps>;
using EventPtr = MiniPtr<GstEvent>;
using MessagePtr = MiniPtr<GstMessage>;
using QueryPtr = MiniPtr<GstQuery>;
using StructurePtr = std::unique_ptr<GstStructure, FreeWith<gst_structure_free>>;
using ErrorPtr = std::unique_ptr<GError, FreeWith<g_error_free>>;
using CharPtr = std::unique_ptr<gchar, FreeWith<g_free>>;
using BytesPtr = std::unique_ptr<GBytes, FreeWith<g_bytes_unref>>;

static_assert(sizeof(BufferPtr) == sizeof(GstBuffer*));

// For "T** out" parameters: gst_parse_launch_full(..., OutPtr{error}).
template <typename P>
class OutPtr {
 public:
  explicit OutPtr(P& owner) : owner_(owner) {}
  OutPtr(const OutPtr&) = delete;
  OutPtr& operator=(const OutPtr&) = delete;
  ~OutPtr() { owner_.reset(raw_); }
  operator typename P::pointer *() { return &raw_; }

 private:
  P& owner_;
  typename P::pointer raw_ = nullptr;
};

// Factories return a floating reference; sinking it makes the handle a real owner, so that
// gst_bin_add (which takes its own) and the handle's destructor are both right.
inline ElementPtr make_element(const char* factory, const char* name = nullptr) {
  GstElement* element = gst_element_factory_make(factory, name);
  return ElementPtr{element ? static_cast<GstElement*>(gst_object_ref_sink(element)) : nullptr};
}

// A second owner of the same GstObject or mini object.
template <typename T>
ObjectPtr<T> share_object(T* object) {
  return ObjectPtr<T>{object ? static_cast<T*>(gst_object_ref(object)) : nullptr};
}
template <typename T>
MiniPtr<T> share(T* mini) {
  return MiniPtr<T>{
      mini ? reinterpret_cast<T*>(gst_mini_object_ref(reinterpret_cast<GstMiniObject*>(mini)))
           : nullptr};
}

// Maps a buffer for the length of a scope. Check it with operator bool before use.
class MappedBuffer {
 public:
  MappedBuffer(GstBuffer* buffer, GstMapFlags flags) : buffer_(buffer) {
    mapped_ = gst_buffer_map(buffer, &info_, flags);
  }
  MappedBuffer(const MappedBuffer&) = delete;
  MappedBuffer& operator=(const MappedBuffer&) = delete;
  ~MappedBuffer() {
    if (mapped_) gst_buffer_unmap(buffer_, &info_);
  }
  explicit operator bool() const { return mapped_; }
  guint8* data() { return info_.data; }
  const guint8* data() const { return info_.data; }
  gsize size() const { return info_.size; }
  // The bytes as samples; trailing bytes that do not fill a sample are left out.
  template <typename T>
  std::span<T> as() {
    return {reinterpret_cast<T*>(info_.data), info_.size / sizeof(T)};
  }

 private:
  GstBuffer* buffer_;
  GstMapInfo info_{};
  bool mapped_ = false;
};

// The GST_OBJECT_LOCK for the length of a scope.
class ObjectLock {
 public:
  explicit ObjectLock(gpointer object) : object_(object) { GST_OBJECT_LOCK(object_); }
  ~ObjectLock() { GST_OBJECT_UNLOCK(object_); }
  ObjectLock(const ObjectLock&) = delete;
  ObjectLock& operator=(const ObjectLock&) = delete;

 private:
  gpointer object_;
};

// Every entry point that GStreamer calls and that can throw goes through here: an exception must
// never unwind through C frames.
template <typename R, typename F>
R guarded(gpointer element, R on_error, F&& body) noexcept {
  try {
    return std::forward<F>(body)();
  } catch (const std::exception& e) {
    GST_ELEMENT_ERROR(element, LIBRARY, FAILED, (nullptr), ("%s", e.what()));
  } catch (...) {
    GST_ELEMENT_ERROR(element, LIBRARY, FAILED, (nullptr), ("unknown exception"));
  }
  return on_error;
}

// Running time of the element's clock, or GST_CLOCK_TIME_NONE before it has one. It stands still
// while the element is PAUSED: on the way to PLAYING the clock is there before the base time is,
// and the difference to a base time of 0 would be the age of the machine. Any thread.
inline GstClockTime running_time(GstElement* element) {
  ClockPtr clock;
  GstClockTime base = 0;
  {
    ObjectLock lock(element);
    if (!GST_ELEMENT_CLOCK(element)) return GST_CLOCK_TIME_NONE;
    if (GST_STATE(element) != GST_STATE_PLAYING && GST_STATE_NEXT(element) != GST_STATE_PLAYING) {
      const GstClockTime stopped = GST_ELEMENT_START_TIME(element);
      return GST_CLOCK_TIME_IS_VALID(stopped) ? stopped : 0;
    }
    clock.reset(GST_CLOCK_CAST(gst_object_ref(GST_ELEMENT_CLOCK(element))));
    base = element->base_time;
  }
  const GstClockTime now = gst_clock_get_time(clock.get());
  return now > base ? now - base : 0;
}

// A GstStructure field as std::string; "" when absent or not a string.
// "" for none.
inline std::string get_string(const GValue* value) {
  const gchar* text = g_value_get_string(value);
  return text ? text : "";
}
inline std::string get_string(const GstStructure* s, const char* field) {
  const gchar* value = gst_structure_get_string(s, field);
  return value ? value : "";
}
inline guint64 get_uint64(const GstStructure* s, const char* field, guint64 fallback) {
  guint64 value = fallback;
  gst_structure_get_uint64(s, field, &value);
  return value;
}
inline guint get_uint(const GstStructure* s, const char* field, guint fallback) {
  guint value = fallback;
  gst_structure_get_uint(s, field, &value);
  return value;
}
inline bool get_bool(const GstStructure* s, const char* field, bool fallback) {
  gboolean value = fallback;
  gst_structure_get_boolean(s, field, &value);
  return value != FALSE;
}

}  // namespace gstpp
