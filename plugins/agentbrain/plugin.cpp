#include "config.h"
#include "gstagentbrain.h"
#include "gstturndetector.h"
#include "loop/gstagentloop.h"

static gboolean plugin_init(GstPlugin* plugin) {
  gboolean ok = TRUE;
  ok &= GST_ELEMENT_REGISTER(turndetector, plugin);
  ok &= GST_ELEMENT_REGISTER(agentbrain, plugin);
  ok &= GST_ELEMENT_REGISTER(agentloop, plugin);
  return ok;
}

GST_PLUGIN_DEFINE(GST_VERSION_MAJOR, GST_VERSION_MINOR, agentbrain,
                  "Voice agents: turn detection, the conversation, and agents that work by themselves", plugin_init,
                  PACKAGE_VERSION, "MIT", PACKAGE_NAME, PACKAGE_ORIGIN)
