// Answers about caps. Any thread.
#pragma once

#include <gst/gst.h>

#include "gstpp.hpp"

namespace jackfield {

// `query` asks for caps: it gets `caps`, as far as its filter lets them through and in that order.
inline void answer_caps(GstQuery* query, const gstpp::CapsPtr& caps) {
  GstCaps* filter = nullptr;
  gst_query_parse_caps(query, &filter);
  const gstpp::CapsPtr result{
      filter ? gst_caps_intersect_full(filter, caps.get(), GST_CAPS_INTERSECT_FIRST)
             : gst_caps_ref(caps.get())};
  gst_query_set_caps_result(query, result.get());
}

}  // namespace jackfield
