#include "config.h"
#include "gstadaptivejitter.hpp"
#include "gstrtppassthrough.hpp"

static gboolean plugin_init(GstPlugin* plugin) {
  gboolean ok = TRUE;
  ok &= GST_ELEMENT_REGISTER(adaptivejitter, plugin);
  ok &= GST_ELEMENT_REGISTER(rtppassthrough, plugin);
  return ok;
}

GST_PLUGIN_DEFINE(GST_VERSION_MAJOR, GST_VERSION_MINOR, adaptivejitter,
                  "An adaptive jitter buffer for voice", plugin_init, PACKAGE_VERSION, "MIT",
                  PACKAGE_NAME, PACKAGE_ORIGIN)
