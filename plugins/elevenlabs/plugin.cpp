#include "config.h"
#include "gstelevenlabsstt.hpp"
#include "gstelevenlabstts.hpp"

static gboolean plugin_init(GstPlugin* plugin) {
  return GST_ELEMENT_REGISTER(elevenlabsstt, plugin) && GST_ELEMENT_REGISTER(elevenlabstts, plugin);
}

GST_PLUGIN_DEFINE(GST_VERSION_MAJOR, GST_VERSION_MINOR, elevenlabs,
                  "Recognition and speech by ElevenLabs' streaming services", plugin_init,
                  PACKAGE_VERSION, "MIT", PACKAGE_NAME, PACKAGE_ORIGIN)
