#include <gst/gst.h>

#include "config.h"
#include "gstcallrecorder.h"

static gboolean plugin_init(GstPlugin* plugin) {
  return GST_ELEMENT_REGISTER(callrecorder, plugin);
}

GST_PLUGIN_DEFINE(GST_VERSION_MAJOR, GST_VERSION_MINOR, callrecorder,
                  "Records both sides of a call", plugin_init, PACKAGE_VERSION, "MIT", PACKAGE_NAME,
                  PACKAGE_ORIGIN)
