#include "cli/gstreamer.hpp"

#include <gst/gst.h>

#include "config.h"
#include "plugins/common/gstpp.hpp"

namespace jackfield::cli {

void init_gstreamer() {
  gst_init(nullptr, nullptr);
  GstRegistry* registry = gst_registry_get();
  gstpp::ObjectPtr<GstPluginFeature> ours{
      gst_registry_find_feature(registry, "agentbrain", GST_TYPE_ELEMENT_FACTORY)};
  if (!ours) gst_registry_scan_path(registry, JACKFIELD_LIBDIR G_DIR_SEPARATOR_S "gstreamer-1.0");
}

}  // namespace jackfield::cli
