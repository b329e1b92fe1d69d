#include "audio/capture_element.hpp"

#include <gst/gst.h>

#include "plugins/common/gstpp.hpp"

namespace jackfield {

bool is_capture_element(const std::string& factory) {
  // A bin, and one with a base class of its own.
  if (factory == "autoaudiosrc" || factory == "pipewiresrc") return true;
  const gstpp::ObjectPtr<GstElementFactory> found{gst_element_factory_find(factory.c_str())};
  const gstpp::ObjectPtr<GstPluginFeature> loaded{
      found ? gst_plugin_feature_load(GST_PLUGIN_FEATURE(found.get())) : nullptr};
  if (!loaded) return false;
  const GType base = g_type_from_name("GstAudioBaseSrc");
  return base != 0 &&
         g_type_is_a(gst_element_factory_get_element_type(GST_ELEMENT_FACTORY(loaded.get())), base);
}

}  // namespace jackfield
