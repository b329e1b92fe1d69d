#include "config.h"
#include "gstduckingmixer.hpp"
#include "gstmixerseat.hpp"

static gboolean plugin_init(GstPlugin* plugin) {
  return GST_ELEMENT_REGISTER(duckingmixer, plugin) && GST_ELEMENT_REGISTER(mixerseat, plugin);
}

GST_PLUGIN_DEFINE(GST_VERSION_MAJOR, GST_VERSION_MINOR, duckingmixer,
                  "Mixes voices: mix-minus, routes, ducking", plugin_init, PACKAGE_VERSION, "MIT",
                  PACKAGE_NAME, PACKAGE_ORIGIN)
