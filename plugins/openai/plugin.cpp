#include "config.h"
#include "gstopenaillm.hpp"
#include "gstopenairealtime.hpp"
#include "gstopenaistt.hpp"
#include "gstopenaitts.hpp"

static gboolean plugin_init(GstPlugin* plugin) {
  gboolean ok = TRUE;
  ok &= GST_ELEMENT_REGISTER(openaillm, plugin);
  ok &= GST_ELEMENT_REGISTER(openairealtime, plugin);
  ok &= GST_ELEMENT_REGISTER(openaistt, plugin);
  ok &= GST_ELEMENT_REGISTER(openaitts, plugin);
  return ok;
}

GST_PLUGIN_DEFINE(GST_VERSION_MAJOR, GST_VERSION_MINOR, openai,
                  "Speech stages over the OpenAI API, of OpenAI or any compatible server",
                  plugin_init, PACKAGE_VERSION, "MIT", PACKAGE_NAME, PACKAGE_ORIGIN)
