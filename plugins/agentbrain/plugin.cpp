#include "config.h"
#include "gstagentbrain.h"
#include "gstturndetector.h"

static gboolean plugin_init(GstPlugin* plugin) {
  gboolean ok = TRUE;
  ok &= GST_ELEMENT_REGISTER(turndetector, plugin);
  ok &= GST_ELEMENT_REGISTER(agentbrain, plugin);
  return ok;
}

GST_PLUGIN_DEFINE(GST_VERSION_MAJOR, GST_VERSION_MINOR, agentbrain,
                  "Turn taking for voice agents: turn detection and the conversation", plugin_init,
                  PACKAGE_VERSION, "MIT", PACKAGE_NAME, PACKAGE_ORIGIN)
