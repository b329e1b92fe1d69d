// A pipeline as the control API shows it: its elements with what was set and what they count, its
// links, and Graphviz' text. Reading properties takes locks of the elements, which may take long:
// not for the main thread. Nothing secret is read: write-only properties are left out, addresses
// lose their user, and texts go through redacted().
#pragma once

#include <gst/gst.h>

#include <string>

#include "records/message_json.hpp"

namespace jackfield {

// {"elements":[{"path","name","factory","klass","parent","state","properties","stats"}],
//  "links":[{"from","to","caps"}]}; GET …/graph of docs/control-api.md.
JsonObjectPtr pipeline_graph(GstElement* pipeline);
// {"elements":[{"path","state","stats"}]}, of elements that have `stats`; the event `elements`.
JsonObjectPtr pipeline_figures(GstElement* pipeline);
// For Graphviz.
std::string pipeline_dot(GstElement* pipeline);

}  // namespace jackfield
