#include "config.h"
#include "gstagentcorellm.hpp"

static gboolean plugin_init(GstPlugin* plugin) {
  return GST_ELEMENT_REGISTER(agentcorellm, plugin);
}

GST_PLUGIN_DEFINE(GST_VERSION_MAJOR, GST_VERSION_MINOR, agentcore,
                  "An agent core in a program of its own, by gRPC", plugin_init, PACKAGE_VERSION,
                  "MIT", PACKAGE_NAME, PACKAGE_ORIGIN)
