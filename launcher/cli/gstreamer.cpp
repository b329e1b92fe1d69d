#include "cli/gstreamer.hpp"

#include <gst/gst.h>

#include "platform/installation.hpp"
#include "plugins/common/gstpp.hpp"

namespace jackfield::cli {

void init_gstreamer() {
  gst_init(nullptr, nullptr);
  GstRegistry* registry = gst_registry_get();
  gstpp::ObjectPtr<GstPluginFeature> ours{
      gst_registry_find_feature(registry, "agentbrain", GST_TYPE_ELEMENT_FACTORY)};
  if (!ours) gst_registry_scan_path(registry, plugin_folder().c_str());
}

}  // namespace jackfield::cli
