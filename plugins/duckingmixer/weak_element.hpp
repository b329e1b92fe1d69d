// A reference to an element that does not keep it alive. Any thread.
#pragma once

#include <gst/gst.h>

#include "gstpp.hpp"

namespace ducking {

class WeakElement {
 public:
  explicit WeakElement(GstElement* element = nullptr) { g_weak_ref_init(&ref_, element); }
  ~WeakElement() { g_weak_ref_clear(&ref_); }
  WeakElement(const WeakElement&) = delete;
  WeakElement& operator=(const WeakElement&) = delete;

  // Null when it has gone. Not to be dropped under a lock: it may have become the last owner.
  gstpp::ElementPtr get() {
    return gstpp::ElementPtr{static_cast<GstElement*>(g_weak_ref_get(&ref_))};
  }
  void set(GstElement* element) { g_weak_ref_set(&ref_, element); }

 private:
  GWeakRef ref_;
};

}  // namespace ducking
