#include "cli/gstreamer.hpp"

#include <gst/gst.h>

#include "platform/installation.hpp"
#include "plugins/common/gstpp.hpp"

namespace jackfield::cli {
namespace {

// A pipeline whose webrtcbin gives sound and takes sound is a loop to whoever sorts its elements,
// as GStreamer does for each change of state; it warns of that, and goes on. No data goes round.
void without_loops(const gchar* domain, GLogLevelFlags level, const gchar* message, gpointer) {
  if (message && g_str_has_prefix(message, "loop detected in the graph of bin"))
    GST_DEBUG("%s", message);
  else
    g_log_default_handler(domain, level, message, nullptr);
}

}  // namespace

void init_gstreamer() {
  gst_init(nullptr, nullptr);
  g_log_set_handler("GStreamer", G_LOG_LEVEL_WARNING, without_loops, nullptr);
  GstRegistry* registry = gst_registry_get();
  gstpp::ObjectPtr<GstPluginFeature> ours{
      gst_registry_find_feature(registry, "agentbrain", GST_TYPE_ELEMENT_FACTORY)};
  if (!ours) gst_registry_scan_path(registry, plugin_folder().c_str());
}

}  // namespace jackfield::cli
