#include "config.h"
#include "gstsharedopusenc.hpp"

static gboolean plugin_init(GstPlugin* plugin) {
  return GST_ELEMENT_REGISTER(sharedopusenc, plugin);
}

GST_PLUGIN_DEFINE(GST_VERSION_MAJOR, GST_VERSION_MINOR, sharedopus,
                  "Opus, encoded once for all who hear the same", plugin_init, PACKAGE_VERSION,
                  "MIT", PACKAGE_NAME, PACKAGE_ORIGIN)
