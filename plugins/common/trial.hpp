// A start that only looks whether an element can start: it reads its files and judges its settings,
// but opens no connection and asks no service, which would cost money or a place. Whoever tries
// sets the context before the change of state (bins hand it on to what is in them), and afterwards
// uses the element no more.
#pragma once

#include <gst/gst.h>

#include "gstpp.hpp"

namespace jackfield {

inline constexpr char kTrialContext[] = "jackfield.trial";

inline void set_trial(GstElement* element) {
  GstContext* context = gst_context_new(kTrialContext, TRUE);
  gst_element_set_context(element, context);
  gst_context_unref(context);
}

inline bool is_trial(GstElement* element) {
  GstContext* context = gst_element_get_context(element, kTrialContext);
  if (!context) return false;
  gst_context_unref(context);
  return true;
}

}  // namespace jackfield
