// Properties of elements of which only the names are known. Any thread.
#pragma once

#include <gst/gst.h>

#include <string>

#include "gstpp.hpp"

namespace jackfield {

// The writable property of that name and type; nullptr: there is no element, or it has none.
inline GParamSpec* property_of(GstElement* element, const char* name, GType type) {
  GParamSpec* spec =
      element ? g_object_class_find_property(G_OBJECT_GET_CLASS(element), name) : nullptr;
  return spec && spec->value_type == type && (spec->flags & G_PARAM_WRITABLE) ? spec : nullptr;
}

// Of a property that is there and a string.
inline std::string text_property(GstElement* element, const char* name) {
  gchar* raw = nullptr;
  g_object_get(element, name, &raw, nullptr);
  const gstpp::CharPtr text{raw};
  return text ? text.get() : "";
}

}  // namespace jackfield
