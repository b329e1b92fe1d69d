#include "config.h"
#include "gstflitetts.hpp"
#include "gstpocketsphinxstt.hpp"
#include "gstscriptedllm.hpp"

static gboolean plugin_init(GstPlugin* plugin) {
  gboolean ok = TRUE;
  ok &= GST_ELEMENT_REGISTER(flitetts, plugin);
  ok &= GST_ELEMENT_REGISTER(pocketsphinxstt, plugin);
  ok &= GST_ELEMENT_REGISTER(scriptedllm, plugin);
  return ok;
}

GST_PLUGIN_DEFINE(GST_VERSION_MAJOR, GST_VERSION_MINOR, localspeech,
                  "Speech stages that need no network: recognition, a scripted dialogue, a voice",
                  plugin_init, PACKAGE_VERSION, "MIT", PACKAGE_NAME, PACKAGE_ORIGIN)
