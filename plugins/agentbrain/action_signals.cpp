#include "action_signals.hpp"

#include "loop/gstagentloop.h"

namespace agentbrain {
namespace {

bool has_signal(GstElement* element, const char* name, std::initializer_list<GType> parameters) {
  const guint id = g_signal_lookup(name, G_OBJECT_TYPE(element));
  if (!id) return false;
  GSignalQuery query{};
  g_signal_query(id, &query);
  if (!(query.signal_flags & G_SIGNAL_ACTION) || query.return_type != G_TYPE_BOOLEAN ||
      query.n_params != parameters.size())
    return false;
  guint i = 0;
  for (const GType type : parameters)
    if ((query.param_types[i++] & ~G_SIGNAL_TYPE_STATIC_SCOPE) != type) return false;
  return true;
}

}  // namespace

gstpp::ElementPtr find_element(GstElement* stage, const std::function<bool(GstElement*)>& is_one) {
  if (!stage) return nullptr;
  if (is_one(stage)) return gstpp::share_object(stage);
  if (!GST_IS_BIN(stage)) return nullptr;
  gstpp::ElementPtr found;
  GstIterator* it = gst_bin_iterate_recurse(GST_BIN(stage));
  GValue item = G_VALUE_INIT;
  while (!found && gst_iterator_next(it, &item) == GST_ITERATOR_OK) {
    auto* element = GST_ELEMENT(g_value_get_object(&item));
    if (is_one(element)) found = gstpp::share_object(element);
    g_value_reset(&item);
  }
  g_value_unset(&item);
  gst_iterator_free(it);
  return found;
}

// The tools of an agentloop are its own business.
static bool in_agent_loop(GstElement* element, GstElement* stage) {
  for (GstObject* parent = GST_OBJECT_PARENT(element); element != stage && parent;
       parent = GST_OBJECT_PARENT(parent)) {
    if (GST_IS_AGENT_LOOP(parent)) return true;
    if (parent == GST_OBJECT(stage)) return false;
  }
  return false;
}

gstpp::ElementPtr find_with_signal(GstElement* stage, const char* name,
                                   std::initializer_list<GType> parameters) {
  return find_element(stage, [&](GstElement* element) {
    return has_signal(element, name, parameters) && !in_agent_loop(element, stage);
  });
}

}  // namespace agentbrain
