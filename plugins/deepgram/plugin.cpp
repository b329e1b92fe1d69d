#include "config.h"
#include "gstdeepgramstt.hpp"

static gboolean plugin_init(GstPlugin* plugin) { return GST_ELEMENT_REGISTER(deepgramstt, plugin); }

GST_PLUGIN_DEFINE(GST_VERSION_MAJOR, GST_VERSION_MINOR, deepgram,
                  "Speech recognition by Deepgram's streaming services", plugin_init,
                  PACKAGE_VERSION, "MIT", PACKAGE_NAME, PACKAGE_ORIGIN)
