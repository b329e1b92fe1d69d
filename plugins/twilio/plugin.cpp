#include <gst/gst.h>

#include "config.h"
#include "gsttwiliosink.hpp"
#include "gsttwiliosrc.hpp"

static gboolean plugin_init(GstPlugin* plugin) {
  return GST_ELEMENT_REGISTER(twiliosrc, plugin) && GST_ELEMENT_REGISTER(twiliosink, plugin);
}

GST_PLUGIN_DEFINE(GST_VERSION_MAJOR, GST_VERSION_MINOR, twilio,
                  "Phone calls over Twilio Media Streams", plugin_init, PACKAGE_VERSION, "MIT",
                  PACKAGE_NAME, PACKAGE_ORIGIN)
