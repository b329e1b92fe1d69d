// Finds elements by what they can do: stages of agentbrain are any elements.
#pragma once

#include <gst/gst.h>

#include <functional>
#include <initializer_list>

#include "gstpp.hpp"

namespace agentbrain {

// The first element of a stage (itself, or one inside it) that is such a one; none: nullptr.
gstpp::ElementPtr find_element(GstElement* stage, const std::function<bool(GstElement*)>& is_one);

// The same, for one that has the action signal `name` with these parameters, which returns a
// boolean, and is not inside an agentloop.
gstpp::ElementPtr find_with_signal(GstElement* stage, const char* name,
                                   std::initializer_list<GType> parameters);

}  // namespace agentbrain
